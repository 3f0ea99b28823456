"""Which bytes an evaluation was run on: by the run that made it, by its own word, or by the only match of its name.

A result only names its model, and names are used again. Refuses to guess: where no run says so and the name has meant
more than one content, the answer is that it cannot be told, and why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..facts.kinds import kinds_of
from ..facts.query import ArtifactRow, artifacts
from ..facts.reading.runs import inputs_of_writers
from ..facts.reading.versions import known
from ..facts.store import Store
from ..hashing import SHORT
from ..kinds import CHECKPOINT, EVALUATION, family_of
from ..standing.today import Today
from .named import ONLY, Bytes, NamedModels

if TYPE_CHECKING:
    from ..observe.evaluation.result import Result


@dataclass(frozen=True)
class Subject:
    """What an evaluation was run on. `how` says how its `bytes` are known, or why there are none: it cannot be told."""

    named: str | None
    revision: str | None
    bytes: tuple[Bytes, ...]
    how: str
    is_by_run: bool = False

    def text(self) -> str:
        """In one line."""
        name = self.named or "a model without a name"
        if not self.bytes and not self.named:
            return f"cannot tell: {self.how}"
        if not self.bytes:
            return f"{name}; on which bytes, cannot tell: {self.how}"
        return f"{name}, on {' with '.join(one.text() for one in self.bytes)}: {self.how}"

    def as_dict(self) -> dict[str, Any]:
        """The subject as JSON-ready values."""
        return {
            "named": self.named,
            "revision": self.revision,
            "bytes": [{"version": one.version, "name": one.name} for one in self.bytes],
            "can_tell": bool(self.bytes),
            "how": self.how,
        }


@dataclass(frozen=True)
class Subjects:
    """Finds the subjects of evaluations; reads the models on record once."""

    today: Today

    @property
    def store(self) -> Store:
        """The record."""
        return self.today.store

    @cached_property
    def _models(self) -> NamedModels:
        return NamedModels(self.store)

    def of(self, row: ArtifactRow) -> Subject | None:
        """That of an artifact; None for what is no evaluation, or says nothing of its tasks and was made by no run."""
        if row.kind != EVALUATION or row.version is None:
            return None
        from ..observe.evaluation.lm_eval import SAMPLES  # most of what is asked about is no evaluation
        from ..observe.evaluation.result import Result

        result = Result.of(row.profile) if "tasks" in row.profile else None
        by_run = self._by_run(row.version, result)
        if by_run or result is None:
            return by_run
        if result.form == SAMPLES and (whole := self._whole(row)):
            return self.of(whole)
        return self.of_result(result)

    def _whole(self, row: ArtifactRow) -> ArtifactRow | None:
        """The result that a file of samples belongs to."""
        from ..observe.evaluation.forms import result_beside  # only here: it knows every form of results

        beside = result_beside(self.store.project.path_of(row.name))
        name = self.store.project.name_of(beside) if beside else None
        found = [one for one in artifacts(self.store, "a.kind = ?", [EVALUATION], profiles=True) if one.name == name]
        return found[0] if len(found) == 1 else None

    def _by_run(self, version: str, result: Result | None) -> Subject | None:
        named, revision = (result.model, result.revision) if result else (None, None)
        read: dict[str, set[str]] = {}
        rows = inputs_of_writers(self.store, version)
        kinds = kinds_of(self.store, {one.version for one in rows})
        for one in rows:
            if any(family_of(kind) == CHECKPOINT for kind in kinds.get(one.version, ())):
                read.setdefault(one.run, set()).add(one.version)
        if not read:
            return None
        if len({frozenset(versions) for versions in read.values()}) > 1:
            return Subject(named, revision, (), f"{len(read)} runs made these very bytes, on different models")
        run, versions = next(iter(read.items()))
        return Subject(named, revision, self._called(sorted(versions)), f"run {run[:SHORT]} read it", is_by_run=True)

    def _called(self, versions: Iterable[str]) -> tuple[Bytes, ...]:
        return tuple(Bytes(version, self.today.names.of(version)) for version in versions)

    def of_result(self, result: Result) -> Subject:
        """That of a result which no run on record made, by its own word and by names."""
        several = any(task.model for task in result.tasks)
        why = "its tasks are of several models" if several else "it does not name its model"
        subject = Subject(result.model, result.revision, (), why)
        if result.model_version and result.model_version in known(self.store, [result.model_version]):
            return replace(subject, bytes=self._called([result.model_version]), how="the result says so")
        found: list[Bytes] = []
        for part in result.parts:
            matched = self._models.match(part, result.revision, result.date)
            if isinstance(matched, str):
                return replace(subject, how=matched)
            found.append(matched)
        return replace(subject, bytes=tuple(found), how=ONLY) if found else subject
