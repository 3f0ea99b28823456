"""What `assay exists` answers: a verdict, the artifacts behind it and where they stand, and whether a no would hold."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import CannotSay
from ..facts.query import ArtifactRow
from ..facts.reading.findings import Finding, current_findings
from ..facts.reading.memory import Item
from ..facts.store import Store
from ..kinds import Part
from ..lineage.status import Status
from ..rules.severity import Severity
from ..standing.cards import Card, cards_of
from ..standing.freshness import Freshness
from ..standing.relatives import Relatives, relatives
from ..standing.today import Today
from .index import VOCABULARY
from .instead import Instead, instead_of, is_unusable
from .resembling import Resemblance, reasons

MOST_ANSWERS, MOST_NEAREST = 10, 3
EXCERPT = 100
TIES = 20  # steps of a score: what differs by less than one answers as well
YES, MAYBE, NO = "yes", "maybe", "no"
AFTER_MENDING = "after mending"


@dataclass(frozen=True)
class Match:
    """An artifact that a search came upon: how well it answers (0 to 1), whether that makes a yes, and where.

    `covers` are the words of the question that it has, `missing` those that it has not.
    """

    row: ArtifactRow
    score: float
    is_sure: bool
    place: Part
    covers: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """A match on its card, with what to use instead of it; `usable` as it is, after mending (how), or not (why).

    Of a question in words, `covers` and `missing` say what of it the artifact has and has not.
    """

    card: Card
    score: float
    is_sure: bool
    where: str
    why: str
    usable: bool | str
    mend: str = ""
    instead: Instead | None = None
    family: Relatives | None = None
    reason: str = ""
    covers: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def is_partial(self) -> bool:
        """Whether it answers a part of what was asked and nothing that is there says the rest."""
        return bool(self.covers and self.missing)

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON-ready values."""
        return self.card.as_dict() | {
            "present": self.card.row.present,
            "score": round(self.score, 3),
            "strength": "strong" if self.is_sure else "weak",
            "where": self.where,
            "why": self.why,
            "covers": list(self.covers),
            "missing": list(self.missing),
            "usable": self.usable,
            "mend": self.mend or None,
            "reason": self.reason or None,
            "use_instead": self.instead.name if self.instead else None,
            "use_instead_is_a_guess": self.instead.is_guess if self.instead else None,
            "family": self.family.as_dict() if self.family else None,
        }


@dataclass(frozen=True)
class Existence:
    """Yes or maybe with the answers, best first, or no; with what came nearest, and what would answer and is not here.

    Of a draft, `resembles` says which of its functions are like which on record, `too_small` which cannot be judged.
    `memory` has the decisions, bugs and tasks that speak of what is asked.
    `problem` says why a verdict short of yes cannot be relied on: what is not on record cannot have been found.
    """

    answers: tuple[Answer, ...] = ()
    nearest: tuple[Card, ...] = ()
    gone: tuple[Answer, ...] = ()
    fresh: Freshness = field(default_factory=lambda: Freshness(scanned=True))
    resembles: tuple[Resemblance, ...] | None = None
    too_small: tuple[str, ...] = ()
    memory: tuple[Item, ...] = ()

    @property
    def verdict(self) -> str:
        """`yes`, `maybe` or `no`, of what is on record."""
        if any(answer.is_sure for answer in self.answers):
            return YES
        return MAYBE if self.answers else NO

    @property
    def problem(self) -> CannotSay | None:
        """A yes is a yes whatever else there is; anything less needs a record of everything."""
        return None if self.verdict == YES else self.fresh.problem

    @property
    def exit_code(self) -> int:
        """0 for yes and maybe, 1 for a no that holds, 2 where nothing can be said."""
        if self.problem:
            return self.problem.exit_code
        return 1 if self.verdict == NO else 0

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON shape `exists`; a no that does not hold is no verdict but an error."""
        found: dict[str, Any] = {
            "verdict": None if self.problem and self.verdict == NO else self.verdict,
            "answers": [answer.as_dict() for answer in self.answers],
            "nearest": [card.as_dict() for card in self.nearest],
            "gone": [answer.as_dict() for answer in self.gone],
            "fresh": self.fresh.as_dict(),
            "memory": [one.as_dict() for one in self.memory],
        }
        if self.resembles is not None:
            found |= {"resembles": [one.as_dict() for one in self.resembles], "too_small": list(self.too_small)}
        return found | ({"error": self.problem.as_dict()} if self.problem else {})


def seen_now(store: Store, matches: Iterable[Match]) -> list[Match]:
    """The matches, each here or not as its file is now: one that was deleted since the last scan is not."""
    return [
        replace(one, row=replace(one.row, present=one.row.present and os.path.lexists(store.project.path_of(name))))
        for one in matches
        for name in [one.row.name]
    ]


def answers_of(today: Today, matches: Sequence[Match]) -> tuple[Answer, ...]:
    """Each match on its card, with what it takes to use it."""
    cards = cards_of(today, [one.row for one in matches])
    mends, why = _mends(today, cards), reasons(today, cards)
    return tuple(
        replace(_answer(one, card, mends.get(str(card.row.version), ""), instead), reason=why.get(card.row.id, ""))
        for one, card in zip(matches, cards, strict=True)
        for instead in [instead_of(today, card, cards)]
    )


def together(today: Today, answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """The same answers, where scripts that do the same stand together at the place of the best of them, and the one to
    use comes first. A family is told of what was found; the audit knows all of it."""
    found = relatives(today.store, [one.card for one in answers if one.card.row.present])
    families = {member.name: one for one in found for member in one.family.members}
    groups: dict[str, list[Answer]] = {}
    for one in answers:
        kin = families.get(one.card.name)
        groups.setdefault(kin.family.first.name if kin else one.card.name, []).append(replace(one, family=kin))
    return tuple(
        one for name, group in groups.items() for one in sorted(group, key=lambda one: not _is_current(one, name))
    )


def _is_current(answer: Answer, name: str) -> bool:
    return answer.family is not None and answer.family.family.current is not None and answer.card.name == name


def current_first(answers: Iterable[Answer]) -> tuple[Answer, ...]:
    """The best first, a PRIMARY before what answers as well; what is not to be used stands behind its replacement."""
    ordered = sorted(answers, key=lambda one: (-round(one.score * TIES), one.card.primary is None))
    by_name = {one.card.name: one for one in ordered}
    placed: dict[str, Answer] = {}
    for one in ordered:
        if one.instead and (better := by_name.get(one.instead.name)):
            placed.setdefault(better.card.row.id, better)
        placed.setdefault(one.card.row.id, one)
    return tuple(placed.values())


def usable_first(answers: Iterable[Answer]) -> tuple[Answer, ...]:
    """The answers with what may not be used behind what may and makes as much of a yes."""
    return tuple(sorted(answers, key=lambda one: (not one.is_sure, not one.usable)))


def _answer(match: Match, card: Card, mend: str, instead: Instead | None) -> Answer:
    usable: bool | str = AFTER_MENDING if mend else not is_unusable(card)
    text = (
        ", ".join(match.covers) if match.place.where == VOCABULARY else match.place.text
    )  # a list of words says nothing
    excerpt = " ".join(text.split())
    why = excerpt if len(excerpt) <= EXCERPT else excerpt[: EXCERPT - 1] + "…"
    return Answer(
        card, match.score, match.is_sure, match.place.where, why, usable and card.row.present, mend, instead,
        covers=match.covers, missing=match.missing,
    )  # fmt: skip


def _mends(today: Today, cards: Iterable[Card]) -> dict[str, str]:
    """How the own contamination of versions is mended, of those where every finding says how."""
    own = [card for card in cards if {card.status, card.lineage_status} == {Status.CONTAMINATED}]
    found: dict[str, list[Finding]] = defaultdict(list)
    for one in current_findings(today.store, today.rulesets, {str(card.row.version) for card in own}):
        if one.severity == Severity.CONTAMINATES:
            found[one.version].append(one)
    first = {version: min(some, key=lambda one: (one.rule, one.line or 0)) for version, some in found.items()}
    return {version: one.fix for version, one in first.items() if all(each.fix for each in found[version])}
