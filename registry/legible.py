"""Text for people: what came from files, git and other people is shown as it is, never acted out.

A name with a line break would write lines of its own, an escape would colour or clear the terminal, a character that
turns the direction of writing would make one name look like another. Such characters are written out, as `\\n`, `\\x1b`
or `\\u202e`. Answers in JSON keep the exact value, escaped as JSON escapes it. Markdown's own markup is the business of
`render/inline.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any
from unicodedata import category

HIDDEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))  # control, format (direction, zero width), surrogate, line ends
NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
SUSPECT = re.compile(r"[^ -~]")


def legible(text: str) -> str:
    """The text on one line, with every character written out that shows nothing itself or changes what is around it."""
    if text.isascii() and text.isprintable():  # nearly all there is: told without a search
        return text
    return SUSPECT.sub(lambda found: _written_out(found[0]), text)


def page(lines: Iterable[str]) -> str:
    """Lines of our own as one text; what they quote can neither add a line nor leave its own."""
    return "\n".join(map(legible, lines))


def as_json(data: Any, compact: bool = False) -> str:
    """The exact values as JSON, with what a terminal would act on escaped; `compact` on one line, without spaces."""
    layout: dict[str, Any] = {"separators": (",", ":")} if compact else {"indent": 2}
    text = json.dumps(data, **layout, ensure_ascii=False, default=str)
    return "\n".join(SUSPECT.sub(lambda found: _as_json(found[0]), line) for line in text.split("\n"))


def _written_out(character: str) -> str:
    if category(character) not in HIDDEN:
        return character
    if "\udc80" <= character <= "\udcff":  # a byte of a file name that is no UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return NAMED.get(character) or ascii(character)[1:-1]


def _as_json(character: str) -> str:
    return json.dumps(character)[1:-1] if category(character) in HIDDEN else character


def listed(names: Sequence[str], most: int) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
