"""The one number that a question asks for, found among the numbers of the working.

The answer is what is announced ("the answer is", "####", a box), else what the last sentence with a number concludes.
Two announced answers that differ are no answer.
"""

from __future__ import annotations

import re

from ..items import Item, Verdict
from ..reading import numbers, sentences

ANNOUNCED = re.compile(
    r"(?:\b(?:answer|result|total)\b(?: \w+){0,3}? ?(?:is|=|:)|####|\\boxed\{)\s*"
    r"([^\n]*?(?=[.!?;](?:\s|$)|\n|$))",
    re.IGNORECASE,
)


def check_result(item: Item, text: str, strict: bool) -> Verdict:
    """`answer`: {number}. Units, currency, thousands separators, `12.0` and number words are read as the number."""
    expected = item.answer["number"]
    announced = [found[-1] for match in ANNOUNCED.finditer(text.replace("*", "")) if (found := numbers(match.group(1)))]
    if len(set(announced)) > 1 and (strict or announced[-1] != expected):
        return Verdict(False, f"announces {' and '.join(map(str, dict.fromkeys(announced)))}")
    if announced:
        return Verdict(announced[-1] == expected, f"answers {announced[-1]}")
    given = set(numbers(item.prompt))
    for sentence in reversed(sentences(text)):
        found = numbers(sentence)
        if found:
            claimed = [number for number in found if number not in given] or found
            return Verdict(claimed[-1] == expected, f"concludes {claimed[-1]}")
    return Verdict(False, "gives no number")
