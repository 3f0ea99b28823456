"""Small files of plain JSON Lines, which can be parsed many at a time: what each would be alone is known beforehand.

Rows are alike where every row has the same fields in the same order, each with one type and none without a value. Files
whose rows are alike give the same table together as alone. Anything else is refused, by None: it is read by itself.
What is refused here costs time and nothing else, so the least doubt is enough.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LARGEST = 64 << 10  # bytes of a file that is worth reading with others
SUFFIXES = (".jsonl", ".ndjson")  # of names that say in which format the file is
DEEPEST = 8  # levels of values within values
KEY = re.compile(rb'"\s*:')  # ends every key, and some texts
SAFE = range(-(2**63), 2**63)

Shape = Any  # a type, or of an object its fields with their shapes, or of a list the one of its items


class _NotPlain(Exception):
    pass


@dataclass(frozen=True)
class Plain:
    """Lines of a file, all with rows of this shape; each line ends."""

    content: bytes
    rows: int
    shape: Shape


def read_plain(path: Path) -> Plain | None:
    """A file that may be parsed with others of its shape, None where it has to be read alone. Raises OSError."""
    if path.suffix not in SUFFIXES:
        return None
    with open(path, "rb") as file:
        content = file.read(LARGEST + 1)
    return plain(content) if len(content) <= LARGEST else None


def plain(content: bytes) -> Plain | None:
    """The same for the content of such a file."""
    import orjson

    if not content.startswith(b"{") or not content.endswith(b"}\n") or b"\r" in content or b"\0" in content:
        return None
    try:
        rows = [orjson.loads(line) for line in content[:-1].split(b"\n")]
        shape = _shape(rows[0], DEEPEST)
        fields = _count_keys(rows)
        if not isinstance(rows[0], dict) or any(_shape(row, DEEPEST) != shape for row in rows):
            return None
    except (ValueError, _NotPlain):
        return None
    return Plain(content, len(rows), shape) if len(KEY.findall(content)) == fields else None


def _shape(value: Any, deepest: int) -> Shape:
    kind = type(value)
    if kind is str:
        if value[4:5] == "-" and value[:4].isdigit():  # maybe a date, which only all values together tell
            raise _NotPlain
        return str
    if deepest and value:
        if kind is dict:
            return tuple([(name, _shape(inner, deepest - 1)) for name, inner in value.items()])
        if kind is list:
            first, *others = [_shape(item, deepest - 1) for item in value]
            if any(other != first for other in others):
                raise _NotPlain
            return list, first
    if kind is float or kind is bool or (kind is int and value in SAFE):
        return kind
    raise _NotPlain


def _count_keys(value: Any) -> int:
    """How many keys all objects have: one that is there twice in a file is counted once here."""
    if type(value) is dict:
        return len(value) + sum(map(_count_keys, value.values()))
    return sum(map(_count_keys, value)) if type(value) is list else 0
