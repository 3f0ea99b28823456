"""What a model was made from, and whether making it changed anything.

Parents are what the runs that wrote it read, and what its own files name. A merge whose every tensor is that of a
parent is that parent under another name: a weight of zero, an adapter that was never trained, a copy that was saved.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from ..facts.kinds import kinds_of
from ..facts.query import ArtifactRow
from ..facts.reading.runs import inputs_of_writers
from ..facts.reading.versions import profiles
from ..hashing import SHORT
from ..kinds import CHECKPOINT, family_of
from ..standing.today import Today
from .evaluated import Subjects
from .named import Bytes, NamedModels


@dataclass(frozen=True)
class ParentFound:
    """One parent: as it is named, the content on record that this is (None where that cannot be told), how that is
    known or why not, and whether every tensor of the model is that of this parent."""

    named: str
    bytes: Bytes | None
    how: str
    is_same: bool = False
    is_by_run: bool = False

    def text(self) -> str:
        """In one line."""
        which = f" is {self.bytes.text()}" if self.bytes and self.bytes.name != self.named else ""
        which = which or (
            f"@{self.bytes.version.rpartition(':')[2][:SHORT]}" if self.bytes else "; cannot tell which bytes"
        )
        nothing = "; CHANGED NOTHING: every tensor is that of this parent" if self.is_same else ""
        return f"{self.named}{which}: {self.how}{nothing}"

    def as_dict(self) -> dict[str, Any]:
        """The parent as JSON-ready values."""
        found = self.bytes
        return {
            "named": self.named,
            "version": found.version if found else None,
            "name": found.name if found else None,
            "how": self.how,
            "same_tensors": self.is_same,
        }


def parents_of(today: Today, row: ArtifactRow) -> tuple[ParentFound, ...]:
    """Those of a checkpoint or model, by runs first; none for anything else."""
    if family_of(row.kind) != CHECKPOINT or row.version is None:
        return ()
    found = {one.bytes.version: one for one in _by_runs(today, row.version) if one.bytes}
    named = [one for one in _by_name(today, row) if not (one.bytes and one.bytes.version in found)]
    tensors = row.profile.get("tensors")
    every = [*found.values(), *named]
    described = profiles(today.store, [one.bytes.version for one in every if one.bytes])
    return tuple(
        replace(one, is_same=_is_same(tensors, described.get(one.bytes.version)))
        if one.bytes and one.bytes.version != row.version
        else one
        for one in every
    )


def named_only(today: Today, row: ArtifactRow) -> tuple[str, ...]:
    """What something says that it was made from or run on and no run on record does, in lines: no part of its lineage
    until a run or an attestation says so too."""
    parents = [one.text() for one in parents_of(today, row) if not one.is_by_run]
    subject = Subjects(today).of(row)
    return (*parents, *([f"evaluates {subject.text()}"] if subject and not subject.is_by_run else []))


def _is_same(tensors: str | None, profile: str | None) -> bool:
    return bool(tensors and profile and json.loads(profile).get("tensors") == tensors)


def _by_runs(today: Today, version: str) -> list[ParentFound]:
    read = inputs_of_writers(today.store, version)
    kinds = kinds_of(today.store, {one.version for one in read})
    found = []
    for one in read:
        if any(family_of(kind) == CHECKPOINT for kind in kinds.get(one.version, ())):
            name = today.names.of(one.version)
            how = f"read as {one.role} by run {one.run[:SHORT]}"
            found.append(ParentFound(name, Bytes(one.version, name), how, is_by_run=True))
    return found


def _by_name(today: Today, row: ArtifactRow) -> list[ParentFound]:
    merge, base = row.profile.get("merge"), row.profile.get("base")
    stated = merge["stated_in"] if merge else base["stated_in"] if base else ""
    if not merge and not base:
        return []
    from ..observe.checkpoint.merge import Parent  # most of what is asked about names none

    parents = [Parent(**one) for one in merge["parents"]] if merge else []
    parents += [Parent(base["name"], base["revision"])] if base and not merge else []
    models = NamedModels(today.store)
    found = []
    for parent in parents:
        matched = models.match(parent.name, parent.revision)
        which = matched if isinstance(matched, Bytes) else None
        why = f"named in {stated}" + ("" if which else f"; {matched}")
        found.append(ParentFound(parent.text(), which, why))
    return found
