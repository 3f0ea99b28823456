"""Families of scripts as answers tell them: the one to use first, the others counted, and who still imports an old one.

Counts as old whatever is not the one to use; where nobody said which that is, nothing is old. Tests are in no family.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..facts.reading.artifacts import importing
from ..facts.reading.references import here
from ..facts.store import Store
from ..legible import legible, listed
from .cards import Card
from .families import Family, families, is_of_tests

SHOWN = 3


@dataclass(frozen=True)
class Relatives:
    """A family, and for each old member that is still imported the scripts here that import it."""

    family: Family
    imported: Mapping[str, Sequence[str]]

    def as_dict(self) -> dict[str, Any]:
        """The family as JSON-ready values; `current` is null where nobody said which member is to be used."""
        current, members = self.family.current, self.family.members
        return {
            "current": current.name if current else None,
            "members": [one.name for one in members],
            "why": dict(self.family.why),
            "imported": {name: list(users) for name, users in self.imported.items()},
        }

    def lines(self) -> list[str]:
        """The family for a person: who is in it, then who imports an old one."""
        first, others = self.family.first.name, self.family.members[1:]
        beside = listed([f"{one.name} ({self.family.why[one.name]})" for one in others], SHOWN)
        if self.family.current is None:
            told = [f"{first}, {beside}: nobody said which is the one to use (assay mark NAME --primary …)"]
        else:
            told = [f"{first} is the one to use; beside it {beside}"]
        return [legible(one) for one in (*told, *self.still_imported())]

    def still_imported(self) -> list[str]:
        """Who imports an old member, a line for each."""
        return [f"  {old} is still imported by {listed(users, SHOWN)}" for old, users in self.imported.items()]


def relatives(store: Store, cards: Iterable[Card]) -> list[Relatives]:
    """The families among these cards."""
    found = families(card for card in cards if not is_of_tests(card))
    old = {one.name: str(one.row.content) for family in found for one in family.members if _is_old(one, family)}
    using = importing(store, set(old.values()))
    names = here(store, {version for versions in using.values() for version in versions})
    users = {content: sorted({name for one in versions for name in names.get(one, ())})
             for content, versions in using.items()}  # fmt: skip
    return [
        Relatives(one, {card.name: who for card in one.members if (who := users.get(old.get(card.name, ""), []))})
        for one in found
    ]


def _is_old(card: Card, family: Family) -> bool:
    """Whether there is another to use; not one of the same bytes, by which nobody can tell who imports what."""
    current = family.current
    return current is not None and card is not current and card.row.content != current.row.content
