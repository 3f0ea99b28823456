"""Does a table of text begin with the names of its columns, and what stands between its cells? By its first rows.

Names are short, unlike each other, and no numbers; what stands in the first line and again below it is a value. Where
nothing tells, the first line is taken for names, as every reader does.
"""

from __future__ import annotations

import csv
import io
import re

from .schema import FIELDS, MEDIA

ROWS = 200
LONGEST = 60
NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?%?")
SENTENCE = re.compile(r"[.!?]['\")\]]*\s*$|[.!?]\s+[A-Z]|\n|https?://")
KNOWN = frozenset(("id", "idx", "index", "label", "source", "category", "type")).union(
    *FIELDS.values(), *MEDIA.values()
)
FEWEST = 3  # rows below the first that can tell
NO_NAMES = frozenset(("", "n/a", "na", "nan", "null", "none", "-", "?"))
ABBREVIATED = 3  # words at most in a name that has full stops
OTHERS = ";\t|"  # what stands between cells of a `.csv` whose commas divide nothing


def delimiter_of(head: bytes) -> str:
    """What divides the cells of a `.csv` that starts so: a comma, unless its first line has none and another divides
    that and every line below into the same number of cells."""
    lines = _rows(head, ",")
    if not lines or len(lines[0]) > 1:
        return ","
    for other in OTHERS:
        rows = _rows(head, other)
        if len(rows) > 1 and len(rows[0]) > 1 and len({len(row) for row in rows}) == 1:
            return other
    return ","


def starts_with_header(head: bytes, delimiter: str) -> bool:
    """Whether the first line of a table, of which this is the start, holds names of columns."""
    rows = _rows(head, delimiter)
    if not rows:
        return True
    first, below = rows[0], rows[1:]
    if all(NUMBER.fullmatch(cell.strip()) for cell in first if cell):
        return [cell for cell in first if cell] == [str(n) for n in range(len(first) - first.count(""))]
    named = {cell.strip().lower() for cell in first}
    if KNOWN & named:
        return True
    if _names_numbers(first, below):
        return True
    if any(len(cell) > LONGEST or SENTENCE.search(cell) or NUMBER.fullmatch(cell.strip()) for cell in first):
        return False
    return len(below) < FEWEST or not any(
        cell and sum(len(row) > place and row[place] == cell for row in below) for place, cell in enumerate(first)
    )


def _rows(head: bytes, delimiter: str) -> list[list[str]]:
    """The first whole rows of a table; none where it cannot be read so."""
    text = head.decode("utf-8-sig", "replace")
    cut = text.rfind("\n") + 1
    try:
        return [row for row in csv.reader(io.StringIO(text[:cut] or text), delimiter=delimiter) if row][: ROWS + 1]
    except csv.Error:
        return []


def _names_numbers(first: list[str], below: list[list[str]]) -> bool:
    """Whether some column holds numbers alone, below a first cell that is none: then that is its name.

    No cell beside it is a sentence; a full stop in a short one abbreviates.
    """
    short = [cell.replace(".", "") if len(cell.split()) <= ABBREVIATED else cell for cell in first]
    values = (len(cell) > LONGEST or SENTENCE.search(cell) or NUMBER.fullmatch(cell.strip()) for cell in short)
    if len(below) < FEWEST or any(values):
        return False
    named = (place for place, cell in enumerate(first) if cell.strip().lower() not in NO_NAMES)
    columns = ([row[place].strip() for row in below if place < len(row)] for place in named)
    return any(len(cells) == len(below) and all(map(NUMBER.fullmatch, cells)) for cells in columns)
