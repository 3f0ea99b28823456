"""What the functions of a draft resemble: where it stands, whether it may be used, and how it is imported.

Each function of the draft is answered for by the best that there is. What is deprecated or contaminated stands behind
its replacement, with the reason.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from ..facts.reading.findings import current_findings
from ..observe.script.clones import LOOSE, Piece
from ..project import Project
from ..rules.severity import Severity
from ..standing.cards import Card, cards_of
from ..standing.today import Today
from .alike import SAME, Likeness, how_like
from .instead import instead_of, is_unusable

MOST = 10
PYTHON = (".py", ".pyw")


@dataclass(frozen=True)
class Resemblance:
    """A function of a draft (`of`) and what it resembles; `reason` and `instead` where that may not be used."""

    of: str
    of_line: int
    path: str
    line: int
    symbol: str
    likeness: float
    status: str
    statement: str = ""
    usable: bool = True
    reason: str = ""
    instead: str = ""

    @property
    def is_same(self) -> bool:
        """Whether it is as good as the same function."""
        return self.likeness >= SAME

    @property
    def place(self) -> str:
        """`scripts/x.py:120 score_pair`."""
        return f"{self.path}:{self.line} {self.symbol}"

    def text(self) -> str:
        """In one line: what resembles what, how much, and what to do."""
        much = how_like(self.likeness)
        if not self.usable:
            why = f": {self.reason}" if self.reason else ""
            ways = f"; use {self.instead}" if self.instead else ""
            return f"{self.of} (line {self.of_line}) is {much} {self.place}, which is {self.status}{why}{ways}"
        how = f": {self.statement}" if self.statement else ""
        return f"{self.of} (line {self.of_line}) is {much} {self.place} ({self.status}){how}"

    def as_dict(self) -> dict[str, Any]:
        """The resemblance as JSON-ready values."""
        return {
            "of": self.of,
            "of_line": self.of_line,
            "path": self.path,
            "line": self.line,
            "symbol": self.symbol,
            "likeness": round(self.likeness, 3),
            "status": self.status,
            "usable": self.usable,
            "reason": self.reason or None,
            "use_instead": self.instead or None,
            "import": self.statement or None,
        }


def resemblances(today: Today, found: Sequence[Likeness], own: str) -> tuple[Resemblance, ...]:
    """The best of these likenesses for each function of a draft that would be saved as `own`, those most alike first.

    Only what is here answers. Among equals the usable one does, and of those the PRIMARY.
    """
    lies = today.store.project.path_of
    here = [one for one in found if one.row.present and os.path.lexists(lies(one.row.name))]
    cards = {card.row.id: card for card in cards_of(today, list({one.row.id: one.row for one in here}.values()))}
    best: dict[Piece, Likeness] = {}
    for one in sorted(here, key=lambda one: _rank(one, cards[one.row.id])):
        best.setdefault(one.piece, one)
    shown = sorted(best.values(), key=lambda one: one.order)[:MOST]
    why = reasons(today, [cards[one.row.id] for one in shown])
    return tuple(_resemblance(today, one, cards, why, own) for one in shown)


def _rank(one: Likeness, card: Card) -> tuple[Any, ...]:
    return not one.share >= SAME, is_unusable(card), card.primary is None, one.order


def _resemblance(today: Today, one: Likeness, cards: dict[str, Card], why: dict[str, str], own: str) -> Resemblance:
    card = cards[one.row.id]
    path, symbol = one.row.name, one.name
    said = Resemblance(
        one.piece.name, one.piece.line, path, one.line, symbol, one.share, card.lineage_status.value,
        import_of(today.store.project, path, symbol, own),
    )  # fmt: skip
    if not is_unusable(card):
        return said
    instead = instead_of(today, card, list(cards.values()))
    return replace(
        said, usable=False, statement="", reason=why.get(card.row.id, ""), instead=instead.name if instead else ""
    )


def reasons(today: Today, cards: Iterable[Card]) -> dict[str, str]:
    """By artifact, why each of these may not be used: what was declared, or the first rule that it breaks."""
    unusable = [card for card in cards if is_unusable(card)]
    found = {card.row.id: card.deprecated_because for card in unusable if card.deprecated_because}
    own: dict[str, list[str]] = defaultdict(list)  # copies of one version are several artifacts
    for card in unusable:
        own[str(card.row.version)].append(card.row.id)
    for one in current_findings(today.store, today.rulesets, set(own)):
        if one.severity == Severity.CONTAMINATES:
            for artifact in own[one.version]:
                found.setdefault(artifact, f"{one.rule} {one.file or ''}{f':{one.line}' if one.line else ''}".strip())
    return found


def import_of(project: Project, path: str, symbol: str, own: str) -> str:
    """The statement by which `own` would import a function of another script; empty where it cannot be one.

    From the same folder, if that is no package, by the file's own name; else from the project's root.
    """
    file, first = PurePosixPath(path), symbol.partition(".")[0]
    if symbol == LOOSE or file.suffix not in PYTHON:
        return ""
    beside = file.parent == PurePosixPath(own).parent and not project.path_of(f"{file.parent}/__init__.py").exists()
    parts = [file.stem] if beside else list(file.with_suffix("").parts)
    parts = parts[1:] if parts[0] == "src" else parts
    parts = parts[:-1] if parts[-1:] == ["__init__"] else parts
    if not parts or not all(part.isidentifier() for part in parts):
        return ""
    return f"from {'.'.join(parts)} import {first}"
