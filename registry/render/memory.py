"""The documents beside the registry document: bugs, deprecated scripts, where data came from, tasks, each decision.

The same facts give the same bytes; what is shown is escaped like there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..facts.reading.memory import Item, Subject
from ..facts.receipts import BUG, DECISION, TASK
from ..hashing import SHORT, short
from ..kinds import CHECKPOINT, DATASET, SCRIPT, family_of
from ..lineage.status import Status
from . import inline
from .entries import Entry
from .portable import portable_name, portable_words

BUGS, DEPRECATED, PROVENANCE, TASKS = (
    "KNOWN_BUGS_AND_FIXES.md", "DEPRECATED_SCRIPTS.md", "DATA_PROVENANCE.md", "TASKS.md"
)  # fmt: skip
DECISIONS = "decisions"
FILES = (BUGS, DEPRECATED, PROVENANCE, TASKS)
WRITTEN = "Written by `assay markdown --all`"
DAY = 10
SLUG = 60


def documents(items: Sequence[Item], entries: Sequence[Entry]) -> dict[str, str]:
    """Path → text of each of these documents, for what is remembered and what is on record."""
    found = {
        BUGS: _page("Known bugs and fixes", _bugs([one for one in items if one.kind == BUG])),
        DEPRECATED: _page("Deprecated scripts", _deprecated(entries)),
        PROVENANCE: _page("Data provenance", _provenance(entries)),
        TASKS: _page("Tasks", _tasks([one for one in items if one.kind == TASK])),
    }
    decided = {f"{DECISIONS}/{name}": _decision(one) for name, one in _named(items).items()}
    return found | decided


def is_ours(text: str) -> bool:
    """Whether one of these documents was written by the tool; an empty file may be replaced too."""
    return not text.strip() or WRITTEN in "\n".join(text.split("\n", 4)[:4])


def _page(title: str, lines: Iterable[str]) -> str:
    body = list(lines) or ["", "None is on record."]
    return "\n".join([f"# {title}", "", f"{WRITTEN} from the record; do not edit.", *body, ""])


def _bugs(bugs: Sequence[Item]) -> Iterator[str]:
    for title, found in (("Open", [one for one in bugs if not one.end]), ("Fixed", [one for one in bugs if one.end])):
        if found:
            yield from ("", f"## {title}")
        for one in found:
            fixed = f"fixed {one.end.at[:DAY]}, {_person(one.end.author)}" if one.end else ""
            yield from ("", f"### {_words(one.title)}", "", f"- {_said(one)}")
            yield from _told({"affected": _affected(one), "cause": _words(one.why), "fix": _words(one.remedy),
                              "guarded by": inline.code(one.guard), "state": fixed})  # fmt: skip


def _tasks(tasks: Sequence[Item]) -> Iterator[str]:
    if tasks:
        yield ""
    for one in sorted(tasks, key=lambda one: one.end is not None):
        about = f" ({', '.join(map(_name, one.about))})" if one.about else ""
        came = f": {_words(one.end.text)}" if one.end and one.end.text else ""
        over = f"; done {one.end.at[:DAY]}, {_person(one.end.author)}{came}" if one.end else ""
        yield f"- [{'x' if one.end else ' '}] {_words(one.title)}{about} · {_said(one)}{over}"


def _decision(one: Item) -> str:
    told = _told({"about": ", ".join(map(_name, one.about)), "read in": _words(one.source)})
    why = ["", "## Why", "", _words(one.why)] if one.why else []
    return _page(_words(one.title), ["", f"- {_said(one)}", *told, *why])


def _named(items: Sequence[Item]) -> dict[str, Item]:
    """File name → decision: its day and its words; of several that would be called the same, with their ids."""
    found: dict[str, list[Item]] = {}
    for one in items:
        if one.kind == DECISION:
            slug = re.sub(r"[^a-z0-9]+", "-", one.title.lower())[:SLUG].strip("-")
            found.setdefault("-".join(filter(None, (one.at[:DAY], slug))), []).append(one)
    return {
        f"{name}.md" if len(some) == 1 else f"{name}-{one.fact[:SHORT]}.md": one
        for name, some in sorted(found.items())
        for one in some
    }


def _deprecated(entries: Sequence[Entry]) -> Iterator[str]:
    found = [
        one for one in entries if one.card.row.kind == SCRIPT and one.card.lineage_status is Status.DEPRECATED
    ]  # fmt: skip
    if found:
        yield from ("", "| script | why | use instead |", "| --- | --- | --- |")
    for one in found:
        instead = inline.name(portable_name(one.instead)) if one.instead else "—"
        yield f"| {_file(one)} | {_words(one.why) or '—'} | {instead} |"


def _provenance(entries: Sequence[Entry]) -> Iterator[str]:
    found = [one for one in entries if family_of(one.card.row.kind) in (DATASET, CHECKPOINT)]
    if found:
        yield from ("", "| what | kind | where it came from | status |", "| --- | --- | --- | --- |")
    for one in found:
        why = f": {_words(one.why)}" if one.why else ""
        origin = _words(one.origin) or "unknown"
        yield f"| {_file(one)} | {one.card.row.kind} | {origin} | {one.card.lineage_status.value}{why} |"


def _affected(one: Item) -> str:
    """The artifacts that have a bug, with their versions."""
    return ", ".join(
        _name(about) + (f" at {', '.join(map(short, about.versions))}" if about.versions else "") for about in one.about
    )


def _told(said: Mapping[str, str]) -> Iterator[str]:
    yield from (f"- {what}: {text}" for what, text in said.items() if text)


def _said(one: Item) -> str:
    return f"{one.at[:DAY]}, {_person(one.author)}, `{one.fact[:SHORT]}`"


def _name(about: Subject) -> str:
    return inline.name(portable_name(about.name))


def _file(one: Entry) -> str:
    shown = portable_name(one.card.name)
    return inline.link(shown) if shown == one.card.name and one.card.row.kind == SCRIPT else inline.name(shown)


def _person(author: str) -> str:
    """Who somebody is, without where to write to."""
    return inline.text(author.partition(" <")[0])


def _words(text: str) -> str:
    return inline.text(portable_words(text))
