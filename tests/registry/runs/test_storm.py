"""Runs at once, and whoever reads beside them, are told apart: nobody is charged with what another did."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assay.registry.observe.process import seccomp

from ..workshop import Workshop
from .storm import charged, readers

ROUNDS = 10


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """One project for all rounds, with readers in it."""
    root = tmp_path_factory.mktemp("storm") / "project"
    root.mkdir()
    made = Workshop(root, f"sqlite:///{root / '.assay' / 'registry.db'}")
    with readers(made):
        yield made
    made.store.close()


@pytest.mark.kernel
@pytest.mark.skipif(seccomp.why_not() is not None, reason="this system gives no listener")
@pytest.mark.parametrize("number", range(ROUNDS))
def test_eight_runs_at_once_with_readers_beside_them_are_charged_with_nothing_of_others(
    shop: Workshop, number: int
) -> None:
    """Each run ends clean, whoever else reads what contaminates or what it has just written."""
    assert charged(shop, number) == []
