"""An artifact on one card: what it is, where it stands, since when, and what to use instead."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..facts.query import FORGOTTEN, ArtifactRow, artifacts
from ..facts.reading.artifacts import first_seen
from ..facts.reading.declarations import declared
from ..facts.receipts import OUTLINE
from ..facts.store import Store
from ..hashing import EMPTY
from ..kinds import row_of
from ..lineage.status import Standing, Status, VersionFacts, as_named, explain, fold, own_stands, worst
from .today import Today

PRIMARY = "primary"
SOURCES = {
    "git": "git author date",
    "git-dirty": "file time (uncommitted)",
    "git-undated": "file time (its commit has no usable time)",
    "mtime": "file time",
    "run": "run on record",
}


@dataclass(frozen=True)
class Card:
    """One artifact as every answer shows it; times are ISO 8601 UTC."""

    row: ArtifactRow
    status: Status
    lineage_status: Status
    purpose: str = ""
    primary: str | None = None
    replaced_by: str | None = None
    deprecated_because: str = ""
    created_at: str | None = None
    created_from: str | None = None

    @property
    def name(self) -> str:
        """The artifact's present name."""
        return self.row.name

    @property
    def code(self) -> frozenset[str]:
        """The digests of all that is large enough to compare in a script; none of what is no script."""
        return frozenset(shape["exact"] for shape in self.row.profile.get("shapes", ()))

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON shape `artifact`."""
        return {
            "name": self.row.name,
            "kind": self.row.kind,
            "path": self.row.name if self.row.present else None,
            "version": self.row.version,
            "status": self.status.value,
            "lineage_status": self.lineage_status.value,
            "purpose": self.purpose,
            "primary": self.primary is not None,
            "replaced_by": self.replaced_by,
            "created_at": self.created_at,
            "created_from": self.created_from,
        }


def all_rows(store: Store) -> list[ArtifactRow]:
    """Every artifact on record with what it says of itself, by name, without what is forgotten."""
    return artifacts(store, f"a.id NOT IN ({FORGOTTEN})", profiles=True)


def all_cards(today: Today, rows: Sequence[ArtifactRow] | None = None) -> list[Card]:
    """A card for every artifact on record, or for these rows of all of them. Reads every fact once."""
    rows = all_rows(today.store) if rows is None else rows
    return _cards(today.store, rows, today.facts, fold(today.graph, today.facts), None)


def cards_of(today: Today, rows: Sequence[ArtifactRow]) -> list[Card]:
    """Cards for these artifacts only; touches no more than their ancestry."""
    graph, facts = today.above(row.version for row in rows if row.version)
    return _cards(today.store, rows, facts, fold(graph, facts), [row.id for row in rows])


def card_with_standing(today: Today, row: ArtifactRow) -> tuple[Card, Standing | None]:
    """The card of one artifact, and the standing of its version with every reason; None where it has no version."""
    if row.version is None:
        return cards_of(today, [row])[0], None
    graph, facts = today.above([row.version])
    (card,) = _cards(today.store, [row], facts, fold(graph, facts), [row.id])
    return card, explain(row.version, graph, {**facts, row.version: as_named(facts[row.version], row.kind)})


def _cards(
    store: Store,
    rows: Iterable[ArtifactRow],
    facts: Mapping[str, VersionFacts],
    statuses: Mapping[str, tuple[Status, Status]],
    ids: Collection[str] | None,
) -> list[Card]:
    said = declared(store, (PRIMARY, Status.DEPRECATED.value), ids)
    primary = {one.subject: one.purpose or "" for one in said if one.status == PRIMARY}
    deprecated = {one.subject: one for one in said if one.status == Status.DEPRECATED}
    first = first_seen(store, ids)
    cards = []
    for row in rows:
        own, lineage = statuses.get(row.version or "", (Status.UNVERIFIED, Status.UNVERIFIED))
        if row.version == EMPTY:
            own = lineage = worst(s.status for s in own_stands(as_named(facts[EMPTY], row.kind), (), frozenset()))
        at, source = first.get(row.id, (None, None))
        old = deprecated.get(row.id)
        cards.append(
            Card(
                row=row,
                status=own,
                lineage_status=lineage,
                purpose=row.profile.get(OUTLINE) or row_of(row.kind).observed.purpose(row.profile),
                primary=primary.get(row.id),
                replaced_by=old.replaced_by if old else None,
                deprecated_because=old.reason if old else "",
                created_at=at,
                created_from=SOURCES.get(source or "", source),
            )
        )
    return cards
