"""What is remembered, as lines for a person; each begins with the id by which it is mended, done or taken back."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts.reading.memory import Item
from ..facts.receipts import BUG
from ..hashing import SHORT
from ..legible import legible, listed

NAMES = 4
OVER = {BUG: "fixed", "task": "done"}
WHY = {BUG: "cause"}


def line(item: Item) -> str:
    """An item in a line: what, since when, about what, and whether it is over."""
    over = f", {OVER[item.kind]} {item.end.at[:10]}" if item.end else ""
    about = f"  ({listed([one.name for one in item.about], NAMES)})" if item.about else ""
    return legible(f"[{item.fact[:SHORT]}] {item.kind} of {item.at[:10]}{over}: {item.title}{about}")


def lines(item: Item) -> Iterator[str]:
    """An item with all that is known of it, indented below its line."""
    yield line(item)
    for what, text in (
        (WHY.get(item.kind, "because"), item.why), ("fix", item.remedy), ("guarded by", item.guard),
        ("read in", item.source),
    ):  # fmt: skip
        if text:
            yield legible(f"    {what}: {text}")
