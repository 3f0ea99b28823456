"""The texts in a script's code, with their lines: prompts, markers, messages of errors.

What a script does is often said nowhere else: one that splits at "Instruction:" is what cuts at an instruction marker.
Docstrings are read elsewhere. Refuses bare words, which are keys more often than they say anything, and what may tell a
secret.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from ...disclosure import masked
from .source import Source

MOST_TEXTS, LONGEST = 100, 120
TELLING = re.compile(r"[^\W\d_]{3,}\W+[^\W\d_]{3,}|^\W+[^\W\d_]{4,}\W*$|^[^\W\d_]{4,}\W+$")

CONFIDES = re.compile(r"(?:passw|secret|token|key|credential)\w*\W{0,3}[:=]\W*\S", re.I)


@dataclass(frozen=True)
class Text:
    """A text in the code, shortened, and its line."""

    line: int
    text: str


def read_texts(source: Source) -> tuple[Text, ...]:
    """The different texts that say something, by line, without docstrings and secrets."""
    alone = {id(node.value) for node in source.nodes(ast.Expr)}
    found: dict[str, int] = {}
    for node in source.nodes(ast.Constant):
        if not isinstance(node.value, str) or id(node) in alone:
            continue
        start = node.value[: 2 * LONGEST]
        if TELLING.search(start) and not CONFIDES.search(start):
            found.setdefault(" ".join(start.split()), node.lineno)
    first = sorted((line, text) for text, line in found.items())[:MOST_TEXTS]
    whole = masked("\n".join(text for _, text in first)).split("\n")
    if len(whole) != len(first):  # a secret over several of them
        return ()
    return tuple(Text(line, text[:LONGEST]) for (line, _), text in zip(first, whole, strict=True))
