"""AS210: answers that were cut off."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from ..base import Basis, Parameter, Severity
from .fields import Role
from .rule import TextRule

ENDING = re.compile(r"[a-z]{2,},? (?:[a-z'’-]+,? ){5,}[a-z'’-]+[,]?\s*$")


class CutAnswers(TextRule):
    """Answers that were cut off.

    What it sees: long answers whose last line is prose of some length and ends in the middle of a sentence: lower-case
    words with no full stop, quote or bracket after them. Lists, poems, code and signatures are left alone.

    Why it matters: the generator hit its limit. The model learns to stop anywhere, or never to end.

    Example: a paragraph that ends in "and the second reason is that the" fails; one that ends in a full stop passes.

    Do instead: raise the limit, or drop answers without an end marker.

    Source: heuristic; measured in docs/dataset-rules-measured.md.
    """

    code = "AS210"
    name = "cut-answers"
    severity = Severity.WARNS
    basis = Basis.HEURISTIC
    fix = "Regenerate these answers with a higher limit, or drop them."
    says = "answers that end in the middle of a sentence"
    parameters: ClassVar[Mapping[str, Parameter]] = {
        "least_length": Parameter(200, "characters an answer must have to be judged", "shorter ones may be titles"),
        "least_line": Parameter(80, "characters the last line must have", "lines of verse are shorter"),
    }
    pattern = r"[a-z,]\s*$"
    VALID = (
        [
            {
                "prompt": "Why?",
                "completion": "Because it is the way that all of these things have always been done. " * 5,
            }
        ],
        [{"prompt": "Name one", "completion": "the old man and the sea in a small boat"}],
    )
    INVALID = (
        [
            {
                "prompt": "Why?",
                "completion": "It is so. " * 20
                + "The first reason for this is simple, and the second one " * 2
                + "is that all of the people who were there on that day and the",
            }
        ],
    )

    def judge(self, text: str, role: Role, field: str) -> tuple[int, int] | None:
        """The unfinished ending of a long answer in prose."""
        last = text.rstrip().rpartition("\n")[2]
        if len(text) < self.values["least_length"] or len(last) < self.values["least_line"]:
            return None
        if re.match(r"\s*(?:[-*•|>#]|\d+[.)]|```)", last) or text.count("```") % 2 == 1:
            return None
        ending = ENDING.search(last[-200:])
        return (max(0, len(text) - 80), len(text)) if ending else None
