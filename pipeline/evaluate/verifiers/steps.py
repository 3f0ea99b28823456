"""Several operations in order: the end of a chain of sums, or one line for each thing done to a word."""

from __future__ import annotations

from ..items import Item, Verdict
from ..reading import lines, words
from .numbers import check_result


def check(item: Item, text: str, strict: bool) -> Verdict:
    """`answer`: {number}, or {lines: [str]}: each must end a line, in this order, with the capitals asked for.

    Strict allows no further lines; loose lets remarks stand between them.
    """
    if "number" in item.answer:
        return check_result(item, text, strict)
    said = [_tokens(line) for line in lines(text)]
    expected = [_tokens(line) for line in item.answer["lines"]]
    if strict and len(said) != len(expected):
        return Verdict(False, f"{len(said)} lines, not {len(expected)}")
    rest = iter(said)
    for wanted in expected:
        if not any(line[-len(wanted) :] == wanted and _adds_nothing(line[: -len(wanted)], wanted) for line in rest):
            return Verdict(False, f"no line {' '.join(wanted)!r} where it should be")
    return Verdict(True, "every step in order")


def _tokens(line: str) -> list[str]:
    return [token for word in words(line.replace(",", " ")) if (token := word.strip("\"'“”‘’.:;!?()*_`"))]


def _adds_nothing(label: list[str], wanted: list[str]) -> bool:
    """Whether what stands before the result is only a label: no further result in capitals."""
    return not (wanted[0].isupper() and len(wanted[0]) > 1 and any(word.isupper() and len(word) > 1 for word in label))
