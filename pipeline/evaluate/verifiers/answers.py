"""Short answers: a translation, a fact, the end of a saying, the word for a gap.

A right answer may be one word or a paragraph. What counts is the first sentence that claims anything: it must name an
accepted answer, must not deny it, and must not name a rival beside it. Refuses a list of guesses.
"""

from __future__ import annotations

import re

from ..items import Item, Verdict
from ..reading import QUOTES, normal, numbers, sentences, unaccented

DENIAL = re.compile(r"\b(?:not|never|nor|neither|unlike|than|cannot|\w+n't)(?: \w+){0,2} ?$")
CLAUSE = re.compile(r"[,;:()]|\bbut\b|\band\b")
ALTERNATIVE = re.compile(r"\d\s*(?:or|to|and|-|–)\s*\d")
YEAR = re.compile(r"\b\d{4}\b")


def check_claim(item: Item, text: str, strict: bool) -> Verdict:
    """`answer`: {accepted: [str], rivals: [str]}. Accents count in the strict reading only."""
    accepted, rivals = item.answer["accepted"], item.answer["rivals"]
    if not strict:
        text, accepted, rivals = unaccented(text), [*map(unaccented, accepted)], [*map(unaccented, rivals)]
    for sentence in sentences(text):
        right = [phrase for phrase in accepted if _claims(sentence, phrase)]
        wrong = [phrase for phrase in rivals if _claims(sentence, phrase)]
        if wrong:
            return Verdict(False, f"says {wrong[0]!r}" + (f" beside {right[0]!r}" if right else ""))
        if right:
            return Verdict(True, f"says {right[0]!r}")
    return Verdict(False, f"does not say {accepted[0]!r}")


def _claims(sentence: str, phrase: str) -> bool:
    """Whether the phrase stands in the sentence as whole words, outside a clause that denies it."""
    sentence = sentence.translate(QUOTES).casefold()
    pattern = r"(?<!\w)" + r"\W+".join(re.escape(word) for word in normal(phrase).split()) + r"(?!\w)"
    for match in re.finditer(pattern, sentence):
        clause = normal(CLAUSE.split(sentence[: match.start()])[-1])
        if not DENIAL.search(clause):
            return True
    return False


def check_fact(item: Item, text: str, strict: bool) -> Verdict:
    """`answer`: as for `check_claim`, or {number}: the first number given that the question does not hold already."""
    if "number" not in item.answer:
        return check_claim(item, text, strict)
    expected = item.answer["number"]
    given = {1, *numbers(item.prompt)} - {expected}
    for sentence in sentences(text):
        said = " ".join(YEAR.findall(sentence)) if YEAR.search(str(expected)) and YEAR.search(sentence) else sentence
        found = [number for number in numbers(said) if number not in given]
        if found:
            if ALTERNATIVE.search(sentence) and len(set(found)) > 1:
                return Verdict(False, "gives more than one number")
            return Verdict(found[0] == expected, f"says {found[0]}")
    return Verdict(False, "gives no number")


def check_continuation(item: Item, text: str, strict: bool) -> Verdict:
    """`answer`: {stem, accepted: [str]} and, for a gap, {after}: what stands behind the gap.

    The answer may be the missing words alone, the whole sentence with them in it, or a sentence that names them. Loose
    lets a repeated sentence end in another way.
    """
    accepted = "|".join(sorted(map(re.escape, map(str.casefold, item.answer["accepted"])), key=len, reverse=True))
    begins = rf"[\s\"'*_.…]*(?:(?:an?|the)\s+)?[\"'*_]*({accepted})(?!\w)"
    after = normal(item.answer.get("after", "")).split()
    follows = rf"|\s+{re.escape(after[0])}\b" if after else ""
    ends = rf"(?=[\"'*_]*(?:[ \t]*\n|\s*(?:[^\w\s'-]|$)){follows})"
    folded = text.translate(QUOTES).casefold()
    _, repeated, rest = folded.partition(item.answer["stem"].translate(QUOTES).casefold())
    pattern = re.compile(begins if repeated and not strict else begins + ends)
    for tail in [rest] if repeated else _openings(folded):
        if match := pattern.match(tail):
            return Verdict(True, f"goes on with {match.group(1)!r}")
    return Verdict(False, f"does not go on with {item.answer['accepted'][0]!r}")


def _openings(text: str) -> list[str]:
    """Where an answer may begin: at the start, or in the first sentence after a verb or a colon that names it."""
    return [text, *re.split(r"\b(?:is|be|are|was)\b|:", sentences(text)[0])[1:]]
