"""The options with which every command opens a model."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from .session import Session

DTYPES = ("auto", "float32", "bfloat16", "float16")
OPTIONS = (
    click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:N or mps."),
    click.option("--dtype", type=click.Choice(DTYPES), default="auto", show_default=True, help="Precision to load in."),
    click.option("--four-bit", is_flag=True, help="Load in 4 bits (needs bitsandbytes and a GPU)."),
    click.option("--allow-token", multiple=True, metavar="TOKEN", help="A control token that a prompt may contain."),
    click.option("--backend", default="transformers", show_default=True, help="transformers, vllm, or one of yours."),
    click.option("--batch-size", type=click.IntRange(1), default=16, show_default=True, help="Texts at once."),
    click.option("--tensor-parallel", type=click.IntRange(1), default=1, show_default=True, help="GPUs, for vLLM."),
)


def model_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command, which takes what they say as `opening`."""

    @functools.wraps(function)
    def call(
        *arguments: Any,
        device: str,
        dtype: str,
        four_bit: bool,
        allow_token: tuple[str, ...],
        backend: str,
        batch_size: int,
        tensor_parallel: int,
        **values: Any,
    ) -> None:
        from ..pipeline.backends.base import BackendSettings
        from ..pipeline.loading import LoadSettings

        load = LoadSettings(device, dtype, four_bit, allow_token)
        function(*arguments, opening=BackendSettings(backend, load, batch_size, tensor_parallel), **values)

    for option in reversed(OPTIONS):
        call = option(call)
    return call


def located(session: Session, model: str) -> Path:
    """The path of a model by path or pinned hub id."""
    from ..pipeline.hub import locate

    return locate(session.store, model)
