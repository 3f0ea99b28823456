"""AS309: weights that are promised and not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...observe.checkpoint.profile import CheckpointProfile
from ..base import Basis, Finding, Severity
from .examples import LORA, write_json, write_model
from .rule import CheckpointRule

SHARDS = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}


def _shard_lost(folder: Path) -> Path:
    write_json(folder, "model.safetensors.index.json", {"weight_map": SHARDS})
    (write_model(folder) / "model.safetensors").unlink()
    return folder


def _adapter_configuration(folder: Path) -> Path:
    return write_json(folder, "adapter_config.json", LORA)


class MissingWeights(CheckpointRule):
    """Weights that are promised and not there.

    What it sees: files that a `*.index.json` names, or that a shard's own name counts (`-00001-of-00003`), where they
    are not in the folder. An adapter_config.json alone promises no file: such a folder is described as what it is, and
    is unverified.

    Why it matters: some loaders fill what is missing with random numbers and only warn. A complete copy is another
    version and is not touched by this finding.

    Example: an index of two shards with one of them in the folder fails; a single model.safetensors passes.

    Do instead: copy or download the folder again in full; check that saving had finished.

    Source: transformers 5.23, `PreTrainedModel.from_pretrained` ("newly initialized").
    """

    code = "AS309"
    name = "missing-weights"
    severity = Severity.CONTAMINATES
    version = 2
    basis = Basis.PROOF
    fix = "Fetch or save the checkpoint again, with every file."
    VALID = (write_model, _adapter_configuration)
    INVALID = (_shard_lost,)

    def check(self, path: Path, profile: CheckpointProfile) -> Iterator[Finding]:
        """One finding for the checkpoint, which names the files."""
        if profile.missing:
            names = ", ".join(profile.missing)
            message = f"not complete, {len(profile.missing)} promised files are not there: {names}"
            yield self.finding(message, file=profile.missing[0], excerpt=names, count=len(profile.missing))
