"""`assay find`: is it there already, what of the task does it cover, how is it used: `exists`, `why`, `show` in one.

A *yes* covers nearly all of what tells the task from others; what covers less of it is *partial*, with the words that
are covered and those that are missing. A draft's functions are asked beside the words. Refuses to answer no where
files were written that no scan has seen, and never suggests what was asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..answers.importers import importers_of
from ..errors import CannotSay, UsageError
from ..facts.reading.here import placed
from ..facts.reading.memory import Item
from ..facts.reading.references import here
from ..facts.store import Store
from ..hashing import SHORT
from ..kinds import SCRIPT
from ..legible import page
from ..observe.script.clones import pieces
from ..observe.script.source import Source
from ..search.alike import MOST_CODE, how_like, likenesses
from ..search.answer import Answer, Existence
from ..search.exists import exists
from ..search.question import Question
from ..search.ranking import Ranking
from ..search.resembling import Resemblance, import_of, resemblances
from ..search.words import words
from ..standing.freshness import Freshness
from ..standing.today import Today
from .economy import Economy, freshly
from .symbols import Symbol, place_of, source_of, symbols

USUAL = 3
FIELDS = (
    *("path", "line", "symbol", "signature", "import", "kind", "covers", "missing", "strength", "status", "usable"),
    *("reason", "fix", "use_instead", "importers", "like"),
)
MOST_REMEMBERED = 2  # decisions, bugs and tasks that speak of it
COVERED = 0.75  # of what the task's words tell, for a yes
YES, PARTIAL, NO = "yes", "partial", "no"


@dataclass(frozen=True)
class Found:
    """One thing that does what is asked, or some of it; nothing is said with None."""

    path: str
    kind: str
    status: str
    strength: str
    usable: bool | str
    line: int | None = None
    symbol: str | None = None
    signature: str | None = None
    statement: str | None = None
    covers: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    share: float = 0.0
    reason: str | None = None
    fix: str | None = None
    instead: str | None = None
    importers: int | None = None
    like: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The thing as JSON-ready values, in the order in which an agent reads."""
        said = (
            *(self.path, self.line, self.symbol, self.signature, self.statement),
            *(self.kind if self.kind != SCRIPT else None, list(self.covers), list(self.missing)),
            *(self.strength, self.status, self.usable, self.reason, self.fix, self.instead, self.importers, self.like),
        )
        return dict(zip(FIELDS, said, strict=True))

    def text(self) -> list[str]:
        """The same for a person."""
        place = f"{self.path}{f':{self.line}' if self.line else ''}"
        called = f" {self.symbol}{self.signature or ''}" if self.symbol else ""
        lines = [f"  {place}{called}  ({self.kind}, {self.status}, {self.strength})"]
        if self.like:
            lines.append(f"      {self.like}")
        if self.missing:
            lines.append(f"      covers {', '.join(self.covers) or 'nothing'}; missing: {', '.join(self.missing)}")
        if self.reason:
            lines.append(f"      {self.status}: {self.reason}")
        if self.fix:
            lines.append(f"      → use it after mending: {self.fix}")
        if self.instead:
            lines.append(f"      → use {self.instead} instead")
        elif self.statement and self.usable:
            lines.append(f"      {self.statement}")
        return lines


@dataclass(frozen=True)
class Finding:
    """What `assay find` answers: the verdict with what is there, best first, and why it cannot be relied on."""

    verdict: str
    answers: tuple[Found, ...]
    more: int
    fresh: Freshness
    draft: str = ""
    too_small: tuple[str, ...] = ()
    remembered: tuple[str, ...] = ()

    @property
    def problem(self) -> CannotSay | None:
        """A yes is a yes whatever else there is; anything less needs a record of everything."""
        return None if self.verdict == YES else self.fresh.problem

    @property
    def exit_code(self) -> int:
        """0 for yes and partial, 1 for a no that holds, 2 where nothing can be said."""
        return self.problem.exit_code if self.problem else 1 if self.verdict == NO else 0

    @property
    def next(self) -> str:
        """The one command that goes on from here."""
        if self.problem:
            return "assay scan"
        if not self.answers:
            return "assay lint PATH, once it is written"
        first = self.answers[0]
        path = first.instead or first.path
        return f"assay before-edit {path}" if first.kind == SCRIPT else f"assay may-use {path} --for train"

    def as_dict(self, store: Store, economy: Economy) -> dict[str, Any]:
        """The documented JSON shape `find`; a no that does not hold is no verdict but an error."""
        problem = self.problem
        said: dict[str, Any] = {
            "verdict": None if problem and self.verdict == NO else self.verdict,
            "answers": [one.as_dict() for one in self.answers],
        }
        said |= {"draft": self.draft} if self.draft else {}
        said |= {"too_small": list(self.too_small[:USUAL])} if self.too_small else {}
        said |= {"remembered": list(self.remembered[:MOST_REMEMBERED])} if self.remembered else {}
        said |= {"fresh": freshly(store, self.fresh), "next": self.next}
        said |= {"error": problem.as_dict()} if problem else {}
        return economy.applied(said, {"answers": FIELDS}, USUAL, self.more)

    def text(self, economy: Economy) -> str:
        """The answer for a person."""
        if problem := self.problem:
            lines = [f"{problem.message[0].upper()}{problem.message[1:]}.", f"  → {problem.remedy}"]
            lines += ["Of what is on record, these may do it:"] if self.answers else []
        else:
            lines = [{YES: "Yes:", PARTIAL: "In part:", NO: "No: nothing on record does this."}[self.verdict]]
        limit = economy.limit or USUAL
        lines += [line for one in self.answers[:limit] for line in one.text()]
        more = len(self.answers[limit:]) + self.more
        lines += [f"  … and {more} more (--limit {limit + more})"] if more else []
        lines += [f"The draft: {self.draft}"] if self.draft else []
        lines += [f"Remembered: {one}" for one in self.remembered[:MOST_REMEMBERED]]
        lines += [f"Next: {self.next}"] if not problem else []
        return page(lines)


def find(
    today: Today, task: str, fresh: Freshness, draft: Source | None = None, own: str = "", limit: int = USUAL
) -> Finding:
    """What there is for a task, asked in words, by a draft that would be saved as `own`, or both.

    Raises UsageError where neither asks anything.
    """
    said, problem = "", ""
    like: tuple[Resemblance, ...] = ()
    small: tuple[str, ...] = ()
    if draft is not None:
        like, problem, small = _like(today, draft, own)
        said = _says(draft)
    text = task.strip() or said
    if not text and not like:
        raise UsageError(
            problem or "nothing in the draft can be compared or asked about", 'Say what it does: assay find "…"'
        )
    known = exists(today, text, fresh) if text else Existence((), fresh=fresh)
    asked = _Asked(today, text or "nothing")
    by_words = [one for one in known.answers if one.card.name != own]
    found = [_by_likeness(today, one) for one in like[:limit]]
    seen = {(one.path, one.symbol) for one in found}
    for answer in by_words[: limit + len(seen)]:
        one = _by_words(today, answer, asked)
        if (one.path, one.symbol) not in seen and len(found) < limit:
            found.append(one)
            seen.add((one.path, one.symbol))
    more = len({one.place for one in like} - {f"{one.path}:{one.line} {one.symbol}" for one in found})
    names = {one.path for one in found}
    more += len([one for one in by_words if one.card.name not in names])
    remembered = tuple(_recalled(item) for item in known.memory)
    return Finding(_verdict(found, like, known), tuple(found), more, fresh, problem, small, remembered)


def _recalled(item: Item) -> str:
    """A decision, bug or task in a line: `bug 3f2a91bc: rows end early → count to the end`."""
    return f"{item.kind} {item.fact[:SHORT]}: {item.title}" + (f" → {item.remedy}" if item.remedy else "")


def _verdict(found: Sequence[Found], like: Sequence[Resemblance], known: Existence) -> str:
    if any(one.is_same for one in like):
        return YES
    if known.verdict == YES and any(one.strength == "strong" and one.share >= COVERED for one in found):
        return YES
    return PARTIAL if found else NO


def _like(today: Today, draft: Source, own: str) -> tuple[tuple[Resemblance, ...], str, tuple[str, ...]]:
    """What a draft's functions resemble, why they could not be compared, and those too small to judge."""
    if len(draft.text) > MOST_CODE:
        return (), f"too large to compare ({len(draft.text) / 1e6:.1f} MB)", ()
    if draft.broken:
        return (), draft.broken, ()
    asked = pieces(draft.tree)
    small = tuple(one.name for one in asked if not one.is_comparable)
    problem = "" if any(one.is_comparable for one in asked) else "no function in it is large enough to compare"
    return resemblances(today, likenesses(today.store, asked, {own} if own else set()), own), problem, small


def _says(draft: Source) -> str:
    """What a draft says that it does: its docstrings, else the names of its functions."""
    own = symbols(draft)
    said = [one.doc for one in own if one.doc] or [one.name.replace("_", " ") for one in own]
    return ". ".join(said)[:500]


def _by_likeness(today: Today, one: Resemblance) -> Found:
    defined = _defined(today, one.path, one.symbol)
    known = placed(today.store, [one.path]).get(one.path)
    return Found(
        path=one.path, kind=SCRIPT, status=one.status, strength="strong" if one.is_same else "weak", usable=one.usable,
        line=one.line, symbol=one.symbol, signature=defined.signature if defined else None,
        statement=one.statement or None, share=one.likeness, reason=one.reason or None, instead=one.instead or None,
        importers=imported(today.store, known.version if known else None),
        like=f"{how_like(one.likeness)} your {one.of}, line {one.of_line}",
    )  # fmt: skip


def _defined(today: Today, path: str, symbol: str) -> Symbol | None:
    own = symbols(source_of(today.store.project.path_of(path)))
    return next((one for one in own if one.name == symbol), None)


def imported(store: Store, version: str | None) -> int:
    """How many scripts that are here import this version."""
    found = importers_of(store, version).certain if version else frozenset()
    return sum(map(len, here(store, found).values())) if found else 0


class _Asked:
    """A task in words: how much of it is told by some of its words, and which function has most of it."""

    def __init__(self, today: Today, text: str) -> None:
        self.ranking = Ranking(today.store, Question.of(text))

    def share(self, covers: Sequence[str]) -> float:
        """How much of the task these words of it tell; words that are rare on record tell more."""
        told = self.ranking.rarity
        having = self.ranking.having({stem for word in covers for stem in words(word)})
        return sum(told[place] for place in having) / (sum(told) or 1)

    def best(self, own: Sequence[Symbol]) -> Symbol | None:
        """The function that has most of the task in its name and docstring; None where none has any of it."""
        best: tuple[float, Symbol] | None = None
        for one in own:
            having = self.ranking.having(set(words(f"{one.name.replace('__', ' ')} {one.doc}")))
            told = sum(self.ranking.rarity[place] for place in having)
            if told and (best is None or told > best[0]):
                best = (told, one)
        return best[1] if best else None


def _by_words(today: Today, answer: Answer, asked: _Asked) -> Found:
    card, project = answer.card, today.store.project
    row = card.row
    symbol, line = place_of(answer.where)
    signature = statement = None
    if row.kind == SCRIPT:
        own = symbols(source_of(project.path_of(row.name)))
        best = next((one for one in own if one.name == symbol), None) or (asked.best(own) if line is None else None)
        if best:
            symbol, line, signature = best.name, best.line, best.signature
            statement = import_of(project, row.name, best.name, "") or None
    is_used = bool(answer.usable) or not answer.instead
    return Found(
        path=card.name, kind=row.kind, status=card.lineage_status.value,
        strength="strong" if answer.is_sure else "weak", usable=answer.usable, line=line, symbol=symbol or None,
        signature=signature,
        statement=statement if is_used else None, covers=answer.covers, missing=answer.missing,
        share=asked.share(answer.covers),
        reason=answer.reason or None, fix=answer.mend or None,
        instead=answer.instead.name if answer.instead and answer.instead.name != card.name else None,
        importers=imported(today.store, row.version) if row.kind == SCRIPT else None,
    )  # fmt: skip
