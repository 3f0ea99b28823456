"""What documents say of the standing of files, held against the record: PRIMARY, deprecated, clean, and what they list.

Nothing is false that only the record does not say: a document that calls a script deprecated which nobody marked is
unjudged. It is false where the record says the opposite.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..lineage.status import Status
from ..standing.cards import Card
from .checks import Contradicted
from .claims import BUG, DECISION, DEPRECATED, NOTE, PRIMARY, Claim, plain
from .files import Known, named
from .markdown import FENCE, HEADING, ITEM, ROW, Block

CLEAN = re.compile(r"^\W*(?:status|state)\W*:?\W*(?:is )?(?:clean|verified|ok|current|active|in use)\b|\bCLEAN\b", re.I)
REGISTRY = re.compile(r"\b(?:registry|inventory|catalogue?|index of|all scripts|scripts)\b", re.I)
READER = re.compile(
    r"\b(?:best|fastest?|slow(?:er)?|recommended|tested|verified|reliable|correct|always|never|must|better|improves?|"
    r"accuracy|clean|works|about \d|\d+(?:\.\d+)? ?%)", re.I
)  # fmt: skip
LEAST_LISTED, SHARE = 3, 0.6


@dataclass(frozen=True)
class Unjudged:
    """A statement that needs a reader: at its line, in its words."""

    file: str
    line: int
    text: str

    def as_dict(self) -> dict[str, Any]:
        """The statement as JSON-ready values."""
        return asdict(self)


def opposed(document: str, found: Sequence[Claim], known: Known, cards: Mapping[str, Card]) -> Iterator[Contradicted]:
    """What a document says of statuses and the record denies, and two that it calls PRIMARY for the same."""
    purposes: dict[str, tuple[str, int]] = {}
    said = {one.file: one.text for one in found if one.kind == NOTE and one.text.startswith("purpose: ")}
    for claim in found:
        row = known.called(claim.file, document.rpartition("/")[0]) if claim.file else None
        card = cards.get(row.id) if row else None
        if card is None:
            continue
        yield from _opposed(document, claim, card)
        if claim.kind == PRIMARY and (purpose := said.get(claim.file, "").lower()):
            first, line = purposes.setdefault(purpose, (card.name, claim.line))
            if first != card.name:
                told = f"{first} is so too, in line {line}"
                yield Contradicted(document, claim.line, "primary", f"{card.name} is PRIMARY, {said[claim.file]}", told)


def _opposed(document: str, claim: Claim, card: Card) -> Iterator[Contradicted]:
    bad = card.lineage_status in (Status.CONTAMINATED, Status.DEPRECATED)
    if claim.kind == PRIMARY and bad:
        told = f"it is {card.lineage_status.value}" + (f", use {card.replaced_by}" if card.replaced_by else "")
        yield Contradicted(document, claim.line, "status", f"{card.name} is PRIMARY", told)
    if claim.kind == DEPRECATED and card.primary is not None:
        told = f"it is PRIMARY{f' for {card.primary}' if card.primary else ''}"
        yield Contradicted(document, claim.line, "status", f"{card.name} is deprecated", told)
    other = card.replaced_by or ""
    if claim.kind == DEPRECATED and claim.instead and other and not f"/{other}".endswith(f"/{claim.instead}"):
        yield Contradicted(
            document, claim.line, "status", f"use {claim.instead} instead of {card.name}", f"use {other}"
        )


def called_clean(
    document: str, blocks: Sequence[Block], known: Known, cards: Mapping[str, Card]
) -> Iterator[Contradicted]:
    """What a line with one file calls clean, and the record does not."""
    about = ""
    for block in blocks:
        files = [one.name for one in named(block.text)] if block.kind != FENCE else []
        about = (files[0] if files else "") if block.kind == HEADING else about
        one = files[0] if len(files) == 1 else about if not files else ""
        row = known.called(one, document.rpartition("/")[0]) if one else None
        card = cards.get(row.id) if row else None
        words = [text for head, text in block.cells if plain(head).lower() in ("status", "state")]
        is_said = any(CLEAN.search(f"status: {text}") for text in words) or (
            block.kind not in (ROW, FENCE) and CLEAN.search(block.text)
        )
        if card and is_said and card.lineage_status in (Status.CONTAMINATED, Status.DEPRECATED):
            yield Contradicted(
                document, block.line, "status", f"{card.name} is in order", f"it is {card.lineage_status.value}"
            )


def left_out(
    document: str, blocks: Sequence[Block], found: Sequence[Claim], known: Known, scripts: Sequence[str]
) -> Iterator[Contradicted]:
    """The scripts of a folder that a registry of it leaves out."""
    title = next((block.text for block in blocks if block.kind == HEADING), "")
    if not (REGISTRY.search(title) or any(one.kind in (PRIMARY, DEPRECATED) for one in found)):
        return
    beside = document.rpartition("/")[0]
    lines: dict[str, int] = {}
    for block in blocks:
        for one in named(block.text) if block.kind in (HEADING, ITEM, ROW) else ():
            if row := known.called(one.name, beside):
                lines.setdefault(row.name, block.line)
    everywhere = {row.name for block in blocks for one in named(block.text) if (row := known.called(one.name, beside))}
    folders: dict[str, list[str]] = defaultdict(list)
    for name in scripts:
        folders[name.rpartition("/")[0]].append(name)
    for folder, held in sorted(folders.items()):
        listed = [name for name in held if name in lines]
        if len(listed) < LEAST_LISTED or len(listed) < SHARE * len(held):
            continue
        for name in sorted(set(held) - everywhere):
            told = f"{name} lies there and is not in it"
            claim = f"lists {len(listed)} scripts of {folder or '.'}"
            yield Contradicted(document, min(lines[one] for one in listed), "entry", claim, told)


def unjudged(document: str, blocks: Sequence[Block], found: Sequence[Claim]) -> Iterator[Unjudged]:
    """What a document says of files that no check can tell: what they are for, what comes of them, how good
    they are."""
    lines = {one.line: one.text for one in found if one.kind in (NOTE, BUG, DECISION)}
    for block in blocks:
        if block.kind != FENCE and READER.search(block.text) and next(iter(named(block.text)), None):
            lines.setdefault(block.line, plain(block.text))
    yield from (Unjudged(document, line, text) for line, text in sorted(lines.items()))
