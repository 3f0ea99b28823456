"""The one number that a question asks for, found among the numbers of the working.

The answer is what is announced ("the answer is", "####", a box), else what the last sentence that adds a number
concludes: the result of its last equation, else its last number that the question did not give. Two announced answers
that differ are none.
"""

from __future__ import annotations

import re
from decimal import Decimal

from ..items import Item, Verdict
from ..reading import numbers, sentences

ANNOUNCED = re.compile(
    r"(?:\banswer(?: \w+){0,3}? ?(?:is|=|:)|####|\\boxed\{)\s*([^\n]*?(?=[.!?;](?:\s|$)|\n|$))", re.IGNORECASE
)
EQUALS = re.compile(r"=|\bequals?\b|\bmakes\b")
SUM = re.compile(r"\W*[\d.,]+\s*[-+*/×x÷]\s*\$?\d")


def check_result(item: Item, text: str, strict: bool) -> Verdict:
    """`answer`: {number}. Units, currency, thousands separators, `12.0` and number words are read as the number."""
    expected = item.answer["number"]
    announced = [found[-1] for match in ANNOUNCED.finditer(text.replace("*", "")) if (found := numbers(match.group(1)))]
    if len(set(announced)) > 1 and (strict or announced[-1] != expected):
        return Verdict(False, f"announces {' and '.join(map(str, dict.fromkeys(announced)))}")
    if announced:
        return Verdict(announced[-1] == expected, f"answers {announced[-1]}")
    given = set(numbers(item.prompt))
    said = sentences(text)
    concluded = next((number for one in reversed(said) if (number := _concluded(one, given)) is not None), None)
    if concluded is None:
        concluded = next((found[-1] for one in reversed(said) if (found := numbers(one))), None)
    if concluded is None:
        return Verdict(False, "gives no number")
    return Verdict(concluded == expected, f"concludes {concluded}")


def _concluded(sentence: str, given: set[Decimal]) -> Decimal | None:
    """The result of the last equation, else the last number not given; None when the sentence adds no number."""
    equations = list(EQUALS.finditer(sentence))
    if equations:
        left, right = sentence[: equations[-1].start()], sentence[equations[-1].end() :]
        if results := numbers(right):
            return numbers(left)[-1] if SUM.match(right) and numbers(left) else results[0]
    new = [number for number in numbers(sentence) if number not in given]
    return new[-1] if new else None
