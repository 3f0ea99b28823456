"""Yes or no, given as an answer and not as a word that happens to stand in the text.

"Yes, no other city" says yes; "Yes and no" says nothing; "Yes, that is false" contradicts itself.
"""

from __future__ import annotations

import re

from ..items import Item, Verdict
from ..reading import QUOTES, sentences

OPENS = re.compile(
    r"[\"'*_(\s]*(yes|no)\b[\"'*_)]*(?:\s*(?:[.,!;:\n—–-]|$)|\s+(?:it|he|she|they|this|that|there|the|is|i|we|you|because|since)\b"
    r"|\s+(?-i:[A-Z0-9]))",
    re.IGNORECASE,
)
ANNOUNCED = re.compile(r"\banswer(?: to [^.:]*?)?(?: is|:)[\s\"'*_]*(yes|no)\b(?!\s+(?:one|more)\b)", re.IGNORECASE)
BOTH = re.compile(r"\byes\b\W*(?:and|or|/)\W*no\b", re.IGNORECASE)
DENIES = re.compile(r"\b(?:not|false|incorrect|untrue|wrong)\b|n't\b", re.IGNORECASE)


def check(item: Item, text: str, strict: bool) -> Verdict:
    """`answer`: {answer: "yes" | "no"}. Strict wants the answer to open with it; loose finds it announced anywhere."""
    text = text.translate(QUOTES)
    said = sentences(text)
    if BOTH.search(said[0]):
        return Verdict(False, "says yes and no")
    claims = [match.group(1).lower() for sentence in said if (match := OPENS.match(sentence))]
    claims += [match.group(1).lower() for match in ANNOUNCED.finditer(text)]
    if len(set(claims)) > 1:
        return Verdict(False, "says yes in one place and no in another")
    if not claims:
        return Verdict(False, "says neither yes nor no")
    if claims[0] == "yes" and OPENS.match(said[0]) and DENIES.search(said[0]) and not DENIES.search(item.prompt):
        return Verdict(False, "says yes and then denies it")
    if strict and not (OPENS.match(said[0]) or ANNOUNCED.match(said[0].removeprefix("The "))):
        return Verdict(False, "does not open with the answer")
    return Verdict(claims[0] == item.answer["answer"], f"says {claims[0]}")
