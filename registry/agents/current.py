"""`assay current`: the one to use for a purpose. Somebody's word first, and whose it is; then what is known.

What is deprecated or contaminated is never the one to use, whoever declared it; it is named with its reason. Where two
are declared for the same purpose that is said, and not settled here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import CannotSay, UsageError
from ..facts.query import FORGOTTEN, artifacts
from ..facts.reading.declarations import declared
from ..facts.reading.history import said
from ..legible import page
from ..search.answer import Answer
from ..search.exists import exists
from ..search.instead import is_unusable
from ..search.resembling import reasons
from ..search.words import words
from ..standing.cards import PRIMARY, Card, cards_of
from ..standing.freshness import Freshness
from ..standing.today import Today
from .economy import Economy, freshly

USUAL = 5
OTHER, UNUSABLE = ("path", "kind", "status", "primary"), ("path", "status", "reason")
ENOUGH = 0.5  # of a role's words are in what a declaration says that the thing is for


@dataclass(frozen=True)
class Word:
    """Who declared it, when, and what for."""

    author: str
    at: str
    purpose: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {"by": self.author, "at": self.at, "for": self.purpose or None}


@dataclass(frozen=True)
class Current:
    """What `assay current` answers: the one to use, on whose word or why else, the others, and what may not be used."""

    role: str
    card: Card | None
    word: Word | None
    because: str
    others: tuple[Card, ...]
    unusable: tuple[tuple[Card, str], ...]
    disputed: bool
    fresh: Freshness

    @property
    def problem(self) -> CannotSay | None:
        """Somebody's word holds whatever else there is; anything else needs a record of everything."""
        return None if self.word else self.fresh.problem

    @property
    def exit_code(self) -> int:
        """0 with one to use, 1 with none, 2 where nothing can be said."""
        return self.problem.exit_code if self.problem else 0 if self.card else 1

    @property
    def next(self) -> str:
        """The one command that goes on from here."""
        if self.problem:
            return "assay scan"
        if self.card and self.word and not self.disputed:
            return f"assay before-edit {self.card.name}"
        return "ask the user which one is meant; a person says so with assay mark NAME --primary"

    def as_dict(self, today: Today, economy: Economy) -> dict[str, Any]:
        """The documented JSON shape `current`."""
        card = self.card
        shape: dict[str, Any] = {"role": self.role, "current": None}
        if card:
            named = {"path": card.name, "kind": card.row.kind, "status": card.lineage_status.value}
            shape["current"] = {**named, "word": self.word.as_dict() if self.word else None, "because": self.because}
        shape |= {
            "disputed": self.disputed,
            "others": [
                dict(
                    zip(OTHER, (one.name, one.row.kind, one.lineage_status.value, one.primary is not None), strict=True)
                )
                for one in self.others
            ],
            "unusable": [
                dict(zip(UNUSABLE, (one.name, one.lineage_status.value, why or None), strict=True))
                for one, why in self.unusable
            ],
            "fresh": freshly(today.store, self.fresh),
            "next": self.next,
        }
        shape |= {"error": self.problem.as_dict()} if self.problem else {}
        return economy.applied(shape, {"others": OTHER, "unusable": UNUSABLE}, USUAL)

    def text(self, economy: Economy) -> str:
        """The same for a person."""
        limit = economy.limit or USUAL
        if self.card:
            lines = [f"{self.card.name} ({self.card.row.kind}, {self.card.lineage_status.value}): {self.because}"]
        else:
            lines = [f"Nothing on record is the one to use for {self.role}."]
        if problem := self.problem:
            lines.append(f"{problem.message[0].upper()}{problem.message[1:]}. → {problem.remedy}")
        if self.disputed:
            lines.append("More than one is declared PRIMARY for it; nobody said which.")
        lines += [f"  also: {one.name} ({one.row.kind}, {one.lineage_status.value})" for one in self.others[:limit]]
        lines += [f"  … and {len(self.others) - limit} more"] if len(self.others) > limit else []
        for one, why in self.unusable[:limit]:
            lines.append(f"  not to be used: {one.name}, {one.lineage_status.value}{f': {why}' if why else ''}")
        return page([*lines, f"Next: {self.next}"])


def current(today: Today, role: str, fresh: Freshness) -> Current:
    """The one to use for a purpose in words. Raises UsageError for a purpose that says nothing."""
    asked = set(words(role))
    if not asked:
        raise UsageError(f"{role!r} says nothing", 'Say what it is for: assay current "scoring answers"')
    primaries = _primaries(today, asked)
    answers = exists(today, role, fresh).answers
    known = {card.row.id for card in primaries}
    cards = [*primaries, *(one.card for one in answers if one.card.row.id not in known)]
    cards += _replacing(today, answers, {card.name for card in cards})
    usable = [card for card in cards if not is_unusable(card)]
    bad = [card for card in cards if is_unusable(card)]
    why = reasons(today, bad)
    card, because = _chosen(usable, answers)
    word = _word(today, card) if card and card.primary is not None else None
    if word:
        because = f"declared PRIMARY by {word.author} on {word.at[:10]}" + f" for {word.purpose}" * bool(word.purpose)
    return Current(
        role, card, word, because,
        tuple(one for one in usable if one is not card), tuple((one, why.get(one.row.id, "")) for one in bad),
        sum(one.primary is not None for one in usable) > 1, fresh,
    )  # fmt: skip


def _primaries(today: Today, asked: set[str]) -> list[Card]:
    """What is here and declared to be the one to use for something of these words, the best fit first."""
    ids = {one.subject for one in declared(today.store, (PRIMARY,))}
    if not ids:
        return []
    where = f"l.present = 1 AND a.id NOT IN ({FORGOTTEN}) AND a.id IN ({', '.join('?' * len(ids))})"
    cards = cards_of(today, artifacts(today.store, where, sorted(ids), profiles=True))
    fits = {card.row.id: _fit(card, asked) for card in cards}
    return sorted((card for card in cards if fits[card.row.id] >= ENOUGH), key=lambda card: -fits[card.row.id])


def _replacing(today: Today, answers: Sequence[Answer], known: set[str]) -> list[Card]:
    """What was declared to replace an answer, and was not found itself."""
    named = {one.instead.name for one in answers if one.instead and not one.instead.is_guess} - known
    where = f"l.present = 1 AND l.path IN ({', '.join('?' * len(named))})"
    return cards_of(today, artifacts(today.store, where, sorted(named), profiles=True)) if named else []


def _fit(card: Card, asked: set[str]) -> float:
    """How much of what is asked a primary is for: by its declaration, name and own words."""
    said = words(f"{card.primary or ''} {card.name} {card.purpose}")
    return len(asked & set(said)) / len(asked)


def _chosen(usable: Sequence[Card], answers: Sequence[Answer]) -> tuple[Card | None, str]:
    """The first that somebody declared; else the one that a family is left with, or the only sure answer."""
    if declared_ones := [card for card in usable if card.primary is not None]:
        return declared_ones[0], ""
    sure = [one for one in answers if one.is_sure and not is_unusable(one.card)]
    for one in sure:
        if one.family and one.family.family.current and one.family.family.current.name == one.card.name:
            return one.card, f"the one of {len(one.family.family.members)} that do the same that may be used"
    if len(sure) == 1:
        return sure[0].card, "the only one on record that does this; nobody declared it"
    if sure:
        return sure[0].card, f"fits best of {len(sure)}; nobody declared which is the one to use"
    for one in answers:
        for card in usable:
            if one.is_sure and one.instead and one.instead.name == card.name:
                return card, f"to be used instead of {one.card.name}"
    return None, ""


def _word(today: Today, card: Card) -> Word | None:
    """The newest declaration that stands."""
    for one in reversed(said(today.store, card.row.id)):
        if one.status == PRIMARY and not one.retracted:
            return Word(one.author, one.at, card.primary or "")
    return None
