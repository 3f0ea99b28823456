"""Reads that stand on observation alone: a run was seen at them, and had not declared them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from ..facts.reading.executions import undeclared_reads
from ..facts.store import Store
from ..hashing import SHORT


@dataclass(frozen=True)
class Observed:
    """A read that a run of the ancestry was seen at without having declared it; `fact` is what a retraction names."""

    fact: str
    run: str
    name: str
    version: str

    def as_dict(self) -> dict[str, Any]:
        """The read as JSON-ready values."""
        return asdict(self)

    def text(self) -> str:
        """What was seen, and how it is taken back."""
        back = f"assay retract {self.fact[:SHORT]} --reason …"
        return f"run {self.run[:SHORT]} was seen reading {self.name} (if it was not that run: {back})"


def observed_reads(store: Store, version: str) -> Iterator[Observed]:
    """Reads behind a version that stand on observation alone and were not taken back."""
    yield from (Observed(*read) for read in undeclared_reads(store, version))
