"""An empty registry that is there at once: SQLite databases of tests are copies of one that was migrated."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from assay.registry.facts.database import Database

SQLITE = "sqlite:///"


def prepared(url: str) -> str:
    """The URL, behind which an empty registry of today's schema lies now, where it is SQLite's and nothing was there."""
    path = Path(url.removeprefix(SQLITE))
    if url.startswith(SQLITE) and not path.exists():
        path.write_bytes(_migrated())
    return url


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "registry.db")
        Database(f"{SQLITE}{path}").close()
        return path.read_bytes()
