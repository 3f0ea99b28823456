"""Why a thing stands where it stands: every reason with its path, or the record that proves it clean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..facts.names import Names, resolve_version
from ..facts.reading.artifacts import modules
from ..facts.reading.declarations import attested
from ..facts.reading.executions import last_announced, made
from ..facts.reading.history import first_commit
from ..facts.reading.runs import read_by
from ..facts.receipts import announced
from ..facts.splits import whole_of
from ..facts.store import Store
from ..gate.decision import Decision
from ..gate.verdict import InputVerdict
from ..hashing import SHORT
from ..legible import legible, listed
from ..lineage.graph import ended_as
from ..lineage.purpose import TRAIN, Purpose
from .observed import Observed, observed_reads

SHOWN = 12


@dataclass(frozen=True)
class Why:
    """What `assay why` answers: the word of the gate, where the bytes come from as far as that is on record, and of a
    script the modules that are part of its version, those that may be, and what it takes from outside."""

    word: InputVerdict
    origins: tuple[str, ...]
    observed: tuple[Observed, ...] = ()
    imports: tuple[str, ...] = ()
    may_import: tuple[str, ...] = ()
    external: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON-ready values: the shape of an input in `check`, with `origins` and `observed`."""
        observed = [one.as_dict() for one in self.observed]
        imported = {"imports": self.imports, "may_import": self.may_import, "external": self.external}
        told = {name: list(modules) for name, modules in imported.items()} if self.word.kind == "script" else {}
        return {**self.word.as_dict(), "origins": list(self.origins), "observed": observed, **told}

    def text(self) -> str:
        """The answer for a person."""
        lines = [self.word.text(), *(legible(f"  origin: {origin}") for origin in self.origins)]
        lines += [legible(f"  observed: {one.text()}") for one in self.observed]
        told = (("imports", self.imports), ("may import", self.may_import), ("from outside", self.external))
        return "\n".join(
            [*lines, *(legible(f"  {word}: {listed(modules, SHOWN)}") for word, modules in told if modules)]
        )


def why(store: Store, name: str) -> Why:
    """The standing of what a name, path or `NAME@version` means. Raises NotRecorded and UsageError."""
    one, version = resolve_version(store, whole_of(store, name))
    word = Decision.of(store).explain_one(one.name, version, Purpose(TRAIN))
    parts = modules(store, version)
    return Why(
        word,
        tuple(_origins(store, one.name, version)),
        tuple(observed_reads(store, version)),
        parts.certain,
        parts.doubtful,
        parts.external,
    )


def _origins(store: Store, name: str, version: str) -> Iterator[str]:
    names = Names(store)
    runs = list(reversed(made(store, [version])))
    read = read_by(store, [one.run for one in runs])
    for one in runs:
        inputs = ", ".join(f"{role} {names.of(input)}" for role, input in read[one.run])
        if one.asserted_by:
            yield (
                f"made from {inputs}: nobody watched, {one.asserted_by} said so on {one.started_at[:10]} "
                f"(asserted, fact {one.run[:SHORT]})"
            )
            continue
        yield f"run {one.run[:SHORT]} of {one.started_at[:10]} made it from {inputs or 'nothing on record'}"
    if not runs:
        yield from _announced(store, name)
    for said in attested(store, [version]):
        more = (("revision", said.revision), ("licence", said.licence))
        where = "".join([said.origin, *(f", {word} {value}" for word, value in more if value)])
        yield f"{where}, attested by {said.author} on {said.at[:10]} (fact {said.fact[:SHORT]})"
    if tracked := first_commit(store, version):
        yield f"git, commit {str(tracked.commit)[:SHORT]} of {tracked.at[:10]} by {tracked.author}"


def _announced(store: Store, name: str) -> Iterator[str]:
    """What became of the last run that was to write here, where no run is on record as having made what lies here."""
    path = store.project.name_of(store.project.path_of(name))
    if last := last_announced(store, announced(path, store.workspace)):
        said = [note for note in (last.detail or "").split("; ") if note.startswith(f"{name} ")]
        ended = f"it {ended_as(last.outcome)}" if last.outcome else "it never ended, so nothing says what it wrote"
        end = "; ".join(said) or ended
        yield f"run {last.run[:SHORT]} of {last.started_at[:10]} was to write it: {end}"
