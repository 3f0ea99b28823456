"""Everything on record about one artifact: its card, versions, findings, statements, runs and profile."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import NotRecorded
from ..facts.query import artifacts
from ..facts.reading.artifacts import same_bytes, was_here
from ..facts.reading.executions import Part, parts_in_runs
from ..facts.reading.findings import Finding, current_findings
from ..facts.reading.history import Excepted, Said, Sighted, excepted, said, versions_of
from ..facts.reading.memory import Item, items
from ..facts.reading.remarks import remarks_above
from ..facts.splits import MARK, resolve_split, split_of
from ..facts.store import Store
from ..gate.remarks import word_told
from ..lineage.status import Standing
from ..standing.cards import Card, card_with_standing
from ..standing.today import Today
from .evaluated import Subject, Subjects
from .observed import Observed, observed_reads
from .parents import ParentFound, parents_of
from .references import Named, ReferenceDossier, names_in, reference_dossier

FINDING = ("rule", "severity", "version", "file", "line", "row", "field", "excerpt", "message", "fix", "count", "fact")


@dataclass(frozen=True)
class RunPart:
    """What a run did with a version, and what that version is called."""

    part: Part
    artifact: str

    def as_dict(self) -> dict[str, Any]:
        """The part as JSON-ready values."""
        return self.part._asdict() | {"command": json.loads(self.part.command), "artifact": self.artifact}


@dataclass(frozen=True)
class Dossier:
    """What `assay show` answers with. Findings are those that count now; statements are shown when they were retracted
    too, and say so. `split` is the one that was asked about."""

    card: Card
    standing: Standing | None
    versions: Sequence[Sighted]
    findings: Sequence[Finding]
    declarations: Sequence[Said]
    waivers: Sequence[Excepted]
    runs: Sequence[RunPart]
    profile: Mapping[str, Any]
    observed: Sequence[Observed] = ()
    was_here: bool = True
    same_bytes: Sequence[str] = ()
    names: Sequence[Named] = ()
    split: str = ""
    evaluated: Subject | None = None
    parents: Sequence[ParentFound] = ()
    words: Sequence[str] = ()
    memory: Sequence[Item] = ()

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON shape `show`."""
        return {
            **self.card.as_dict(),
            "versions": [one._asdict() for one in self.versions],
            "findings": [
                {name: getattr(one, name) for name in FINDING} | {"artifact": self.card.name} for one in self.findings
            ],
            "declarations": [one._asdict() for one in self.declarations],
            "waivers": [one._asdict() for one in self.waivers],
            "runs": [one.as_dict() for one in self.runs],
            "profile": self.profile,
            "observed": [one.as_dict() for one in self.observed],
            "same_bytes": self.same_bytes,
            "names": [one.as_dict() for one in self.names],
            **({"split": self.split} if self.split else {}),
            "parents": [one.as_dict() for one in self.parents],
            "words": list(self.words),
            "memory": [one.as_dict() for one in self.memory],
            "evaluated": self.evaluated.as_dict() if self.evaluated else None,
        }


def shown(store: Store, name: str) -> Dossier | ReferenceDossier:
    """The dossier of what is called so here, else of a name of the Hub. Raises NotRecorded or UsageError."""
    try:
        return dossier(store, name)
    except NotRecorded:
        if found := reference_dossier(store, name):
            return found
        raise


def dossier(store: Store, name: str) -> Dossier:
    """The dossier of what this name means. Raises NotRecorded or UsageError."""
    today = Today.of(store)
    asked = resolve_split(store, name)
    row = artifacts(store, "a.id = ?", [asked.id.partition(MARK)[0]], profiles=True)[0]
    card, standing = card_with_standing(today, row)
    return Dossier(
        card=card,
        standing=standing,
        versions=versions_of(store, row.id),
        findings=_findings(today, row.version),
        declarations=said(store, row.id),
        waivers=excepted(store, row.id),
        runs=[RunPart(one, today.names.of(one.version)) for one in parts_in_runs(store, row.id)],
        profile=row.profile,
        observed=tuple(observed_reads(store, row.version)) if row.version else (),
        was_here=row.present or was_here(store, row.id),
        same_bytes=same_bytes(store, row.content, row.id),
        names=names_in(store, row.version),
        split=split_of(asked),
        evaluated=Subjects(today).of(row),
        parents=parents_of(today, row),
        memory=[one for one in items(store) if any(about.artifact == row.id for about in one.about)],
        words=[word_told(one, today.names) for one in remarks_above(store, [row.version] if row.version else [])[1]],
    )


def _findings(today: Today, version: str | None) -> list[Finding]:
    """What counts of the findings about a version; of a comparison, what was found with the questions of today."""
    if version is None:
        return []
    found = current_findings(today.store, today.rulesets, [version])
    if scopes := {one.scope for one in found if one.scope}:
        found = current_findings(today.store, today.with_overlap(scopes).rulesets, [version])
    return sorted(found, key=lambda one: (one.severity, one.rule, one.file or "", one.line or 0, one.row or 0))
