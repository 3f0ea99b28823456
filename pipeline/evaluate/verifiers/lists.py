"""Lists: the right number of entries, each the right thing, none twice, in the form that was asked for.

An entry may go on after what it names ("Mercury: the closest to the Sun"), so a long answer is as good as a short one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..items import Item, Verdict
from ..reading import lines, normal

MARKER = re.compile(r"\s*(?:[-*•+–]|\(?\d{1,2}[.):]|[a-z][.)])\s+", re.IGNORECASE)
NUMBERED = re.compile(r"\s*[(\[]?(\d{1,2})[.):\]]+\s*(.*)")
INLINE_NUMBER = re.compile(r"(?:(?<=\s)|^)(?=[(\[]?\d{1,2}[.):\]]+\s)")
SEPARATOR = re.compile(r"\s*(?:[,;\n]|(?<=[\s,])and\s)\s*", re.IGNORECASE)


def check_explicit(item: Item, text: str, strict: bool) -> Verdict:
    """`answer`: {count, members: [[spelling]], layout: "lines" | "commas"}. Loose takes either layout."""
    readings = {"lines": _by_line(text), "commas": _by_comma(text)}
    wanted = [item.answer["layout"]] if strict else list(readings)
    verdicts = [_members(readings[layout], item.answer["count"], item.answer["members"]) for layout in wanted]
    return next((verdict for verdict in verdicts if verdict.passed), verdicts[0])


def _by_line(text: str) -> list[str]:
    """One entry a line: the marked lines if any are, else all but a lead-in that ends with a colon."""
    found = lines(text)
    if marked := [line for line in found if MARKER.match(line)]:
        return [MARKER.sub("", line, count=1) for line in marked]
    return found[1:] if found and found[0].endswith(":") else found


def _by_comma(text: str) -> list[str]:
    """Entries of one running line, after a lead-in that ends with a colon."""
    head, colon, tail = text.partition(":")
    body = tail if colon and tail.strip() else head
    return [entry for entry in SEPARATOR.split(body.strip().rstrip(".")) if entry]


def _members(entries: Sequence[str], count: int, members: Sequence[Sequence[str]]) -> Verdict:
    if len(entries) != count:
        return Verdict(False, f"{len(entries)} entries, not {count}")
    places = []
    for entry in entries:
        place = next((n for n, spellings in enumerate(members) if _names(entry, spellings)), None)
        if place is None:
            return Verdict(False, f"{entry[:40]!r} does not belong")
        places.append(place)
    if len(set(places)) < count:
        return Verdict(False, "names one thing twice")
    return Verdict(True, f"{count} right entries")


def _names(entry: str, spellings: Sequence[str]) -> bool:
    """Whether an entry is one of the spellings, or begins with it and explains it after a break."""
    head = re.split(r"\s[-–—]+\s|[:;(,=]|[.!?](?:\s|$)|\s(?:is|was)\s", entry, maxsplit=1)[0]
    return normal(head).removeprefix("the ") in {normal(spelling) for spelling in spellings}


def check_numbered(item: Item, text: str, strict: bool) -> Verdict:
    """`answer`: {members: [[spelling]]} in order. Numbers must run 1, 2, 3 …; `1.`, `1)` and `(1)` are all numbering.

    Loose also takes the list on one line.
    """
    members = item.answer["members"]
    rows = lines(text)
    if not strict and sum(bool(NUMBERED.match(row)) for row in rows) < 2:
        rows = [row.strip(" ,;") for row in INLINE_NUMBER.split(text)]
    entries = [match.groups() for row in rows if (match := NUMBERED.match(row))]
    if not entries:
        return Verdict(False, "no numbered lines")
    if [int(number) for number, _ in entries] != list(range(1, len(members) + 1)):
        return Verdict(False, f"numbered {', '.join(number for number, _ in entries)}, not 1 to {len(members)}")
    for (number, entry), spellings in zip(entries, members, strict=True):
        if not _names(entry, spellings):
            return Verdict(False, f"entry {number} is {entry[:40]!r}, not {spellings[0]!r}")
    return Verdict(True, f"{len(members)} entries in order")
