"""Describe a found thing and run today's rules on it, unless both are on record already; then write that down.

The scan and the runs share these few writes, so that a thing is recorded the same way whoever finds it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import AssayError, FileChanged
from ..facts.kinds import kinds_of
from ..facts.query import RULES, Rulesets
from ..facts.reading.retractions import examinations_taken_back
from ..facts.reading.versions import is_described
from ..facts.receipts import OUTLINE, outlined
from ..facts.store import Batch, Store
from ..hashing import canonical_json, digest_file
from ..kinds import KINDS, SCRIPT, Description, Kind, row_of
from ..observe.identity import Digest, Identity, of_file, of_folder, of_script
from ..observe.script.imports import ImportGraph
from ..observe.walk import Found
from ..rules.base import Examination
from ..rules.config import RuleConfig
from ..standing.rulesets import config_of, todays
from .references import record_names

SKIPPED = (  # what leaves one thing out of a scan, and not the rest
    *(FileChanged, OSError, TypeError, ValueError, LookupError, AttributeError, RecursionError, MemoryError),
)


def _note(text: str, *values: str) -> None:
    """Log the error that is being handled, and from which work goes on."""
    import logging

    logging.getLogger(__name__).debug(text, *values, exc_info=True)


def why_skipped(error: BaseException) -> str:
    """In one line, why a thing is not described."""
    if isinstance(error, FileChanged):
        return error.message
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror or error}"
    why = f"not described, by a fault of Assay's own: {type(error).__name__}: {error}"
    return " ".join(why.split())[:300]


def observers() -> dict[str, int]:
    """Which observer of each kind speaks today; what an earlier one saw is looked at again."""
    return {kind.name: kind.observed.version for kind in KINDS.values()}


@dataclass(frozen=True)
class Described:
    """The kind that content makes of a thing, its profile, and what the rules saw; None where that is on record.

    `follows` is the retraction of the examination before this one, under the same rules.
    """

    kind: str
    profile: Mapping[str, Any] | None = None
    examination: Examination | None = None
    weights: str | None = None
    problem: str = ""
    follows: str | None = None

    @classmethod
    def of(cls, seen: Description, examination: Examination | None, kind: str) -> Described:
        """What was seen of a thing that was taken for this kind."""
        return cls(seen.kind or kind, seen.profile, examination, seen.weights, seen.problem)


def identify(one: Found, graph: ImportGraph, digest: Digest = digest_file) -> Identity:
    """What the found thing is, read in full; a script with every local module that it needs or may need."""
    if one.members:
        return of_folder(one.members)
    if one.kind == SCRIPT:
        return of_script(one.path, graph.parts(one.path), digest)
    return of_file(one.file)


@dataclass(frozen=True)
class Describer:
    """Describes and examines what was found, under one configuration of the rules; `today` names its rulesets.

    `taken_back` says which examinations were: of (version, ruleset), the retraction.
    """

    store: Store
    graph: ImportGraph
    config: RuleConfig
    today: Rulesets
    taken_back: Mapping[tuple[str, str], str]

    @classmethod
    def of(cls, store: Store, graph: ImportGraph | None = None) -> Describer:
        """One for the project of this store as it is now, with what was read of its imports already."""
        taken_back = examinations_taken_back(store)
        return cls(store, graph or ImportGraph(store.project.root), config_of(store), todays(store), taken_back)

    def describe(self, one: Found, version: str, kind: str | None = None, seen: Described | None = None) -> Described:
        """Describe and examine a found thing whose identity is this version, unless today's rules have seen it.

        `kind` is what is known of it, `seen` what a look at it as that has seen already. Where no rule looks at its
        kind, it is only described. What cannot be described is not examined either, and says so. Raises OSError where
        it cannot be read.
        """
        row = row_of(kind or one.exact or one.kind) if seen else self.unseen(one, version, kind)
        if row is None:
            return Described(kind or one.exact or self._told(version, row_of(one.kind)))
        follows = self.taken_back.get((version, self.today.get(row.name, "")))
        return replace(seen or self.look(one, row), follows=follows)

    def unseen(self, one: Found, version: str, kind: str | None = None) -> Kind | None:
        """The kind that a thing is to be looked at as; None where today's observer and rules have seen this version."""
        row = row_of(kind or one.exact or one.kind)
        ruleset = self.today.get(row.name, "") if row.examiner else None
        return None if is_described(self.store, version, row.observed.version, ruleset) else row

    def look(self, one: Found, row: Kind) -> Described:
        """Look at what lies there, whatever is on record. Raises OSError where it cannot be read."""
        try:
            if row.examiner:
                seen, examination = row.examine(one.path, self.config, self.graph)
            else:
                seen, examination = row.observed.describe(one.path), None
        except (OSError, AssayError):
            raise
        except Exception as error:  # whatever it is, it costs the description and not the record of what lies there
            _note("%s cannot be described", one.name)
            return Described(row.name, problem=why_skipped(error))
        return Described.of(seen, examination, row.name)

    def look_together(self, asked: Iterable[tuple[Found, Kind]]) -> dict[str, Described]:
        """Look at those of many that can be looked at together, by name; the others have to be looked at one by one."""
        files: dict[Kind, dict[Path, Found]] = defaultdict(dict)
        for one, row in asked:
            if row.together and not one.members:
                files[row][one.path] = one
        seen: dict[str, Described] = {}
        for row, listed in files.items():
            try:
                looks = row.examine_many(list(listed), self.config, self.graph)
            except Exception:  # what it is costs time alone: each is looked at by itself
                _note("many cannot be looked at together")
                continue
            for path, (described, examination) in looks.items():
                seen[listed[path].name] = Described.of(described, examination, row.name)
        return seen

    def _told(self, version: str, row: Kind) -> str:
        """Which of the kinds that the same look tells apart this version was found to be."""
        named = map(row_of, kinds_of(self.store, [version]).get(version, ()))
        same = (kind.name for kind in named if (kind.family, kind.examiner) == (row.family, row.examiner))
        return next(same, row.name)


def record_examination(batch: Batch, version: str, described: Described) -> None:
    """Write down an examination and its findings; nothing where there is none.

    One that follows a retraction says so, which makes it another fact than the one that was taken back.
    """
    examination = described.examination
    if examination is None:
        return
    ignored = [[one.finding.as_dict(), one.reason] for one in examination.ignored]
    id = batch.add(
        "examination",
        version_id=version,
        examiner=RULES,
        ruleset=examination.ruleset,
        unchecked=canonical_json([[one.rule, one.why] for one in examination.unchecked]).decode(),
        ignored=canonical_json(ignored).decode(),
        detail=canonical_json({"follows": described.follows}).decode() if described.follows else None,
    )
    for finding in examination.findings:
        batch.add("finding", examination_id=id, version_id=version, **finding.as_dict())


def record_version(batch: Batch, kind: str, found: Identity, weights: str | None = None) -> None:
    """Write down one exact content with its parts."""
    files = max(1, len(found.entries)) if kind != SCRIPT else 1
    batch.add(
        "version", id=found.version, kind=kind, content=found.content, size=found.size, files=files, weights=weights
    )
    for entry in found.entries:
        batch.add("manifest_entry", version_id=found.version, path=entry.path, size=entry.size, digest=entry.digest)


def record_description(batch: Batch, version: str, described: Described) -> None:
    """Write down what an observer and the rules saw; nothing where that is on record already."""
    record_examination(batch, version, described)
    if described.profile is not None:
        record_names(batch, version, described.profile)
        profile = canonical_json(described.profile).decode()
        observed = row_of(described.kind).observed
        observer = observed.version
        if purpose := observed.purpose(described.profile):
            batch.add("receipt", subject_id=version, kind=OUTLINE, body=outlined(observer, purpose), at="")
        batch.cache("description", version_id=version, observer=observer, profile=profile)


def record_location(
    batch: Batch,
    workspace: str,
    name: str,
    artifact: str | None,
    version: str | None,
    digest: str,
    stat: str,
    present: int = 1,
) -> None:
    """Note what lies at a path of this working copy."""
    values = {"artifact_id": artifact, "version_id": version, "digest": digest, "stat": stat, "present": present}
    batch.cache("location", workspace=workspace, path=name, **values)
