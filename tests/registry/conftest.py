"""Fixtures of the tests that need a real project rather than rows put in by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .workshop import Workshop


@pytest.fixture
def shop(root: Path, store_url: str) -> Iterator[Workshop]:
    """A small project with committed scripts, on each database in turn."""
    made = Workshop(root, store_url)
    yield made
    made.store.close()


@pytest.fixture
def lone_shop(root: Path) -> Iterator[Workshop]:
    """The same on SQLite alone, for what has nothing to do with the database."""
    made = Workshop(root, f"sqlite:///{root / '.assay' / 'registry.db'}")
    yield made
    made.store.close()
