"""How something is remembered: what it is about is found, its words are put on record, and it is found again.

Refuses an empty text, and one that is on record already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from string import hexdigits
from typing import Any

from ..disclosure import Places
from ..errors import NotRecorded, UsageError
from ..facts.chosen import chosen
from ..facts.names import resolve
from ..facts.reading.memory import Item, Subject, items
from ..facts.receipts import CONCERNS, ENDS
from ..facts.store import Batch, Store
from ..hashing import EMPTY, SHORT, canonical_json, fact_id
from ..statements.assertions import script_called
from ..statements.declarations import versions_in
from ..statements.stated import present_version

FEWEST_DIGITS = 4


@dataclass(frozen=True)
class Words:
    """What an item says, before it is on record."""

    kind: str
    title: str
    said: Mapping[str, str]
    about: tuple[Subject, ...] = ()

    @property
    def key(self) -> str:
        """What the same text has again, whoever says it and when."""
        return fact_id("memory", self.kind, " ".join(self.title.lower().split()))


def worded(kind: str, title: str, example: str, about: tuple[Subject, ...] = (), **said: str | None) -> Words:
    """The words of an item. Raises UsageError, with an example of a call, where its text is empty."""
    text = " ".join(title.split())
    if not text:
        raise UsageError(f"a {kind} says something", f"For example: {example}")
    return Words(kind, text, {name: value.strip() for name, value in said.items() if value and value.strip()}, about)


def subjects(store: Store, names: Sequence[str], commits: str | None = None) -> tuple[Subject, ...]:
    """What these names mean: artifacts (folders and globs: all in them), or versions, as `NAME@COMMIT` says it.

    With `commits` (`A..B`), every version that was seen in those. Raises NotRecorded, and UsageError for a file that is
    no longer what was scanned.
    """
    found: dict[str, Subject] = {}
    for name in chosen(store, names):
        one = _subject(store, name, commits)
        before = found.get(one.artifact, one)
        found[one.artifact] = replace(one, versions=tuple(dict.fromkeys((*before.versions, *one.versions))))
    return tuple(found.values())


def _subject(store: Store, name: str, commits: str | None) -> Subject:
    base, at, _ = name.rpartition("@")
    if at and not (store.project.root / store.project.name_of(name)).exists():
        version = script_called(store, name)
        one = resolve(store, base)
        return Subject(one.id, one.name, (version,))
    one = resolve(store, name)
    if commits:
        return Subject(one.id, one.name, tuple(versions_in(store, one, commits)))
    versions = (present_version(store, one.name)[1],) if one.version and one.version != EMPTY else ()
    return Subject(one.id, one.name, versions)


def put(store: Store, batch: Batch, words: Words) -> str:
    """Put an item into a batch; returns the fact. Raises UsageError where the same text stands already."""
    for one in items(store, [words.kind]):
        if one.key == words.key:
            raise UsageError(
                f"this {words.kind} is on record already: {one.fact[:SHORT]}, {one.author}, {one.at[:10]}",
                f"Take that back first, to say more of it: assay retract {one.fact[:SHORT]} --reason …",
            )
    at, about = store.moment(), [one.as_dict() for one in words.about]
    said = Places.of(store.project.root).data({"title": words.title, **words.said})
    body = {**said, "about": about, "author": store.project.author}
    fact = batch.add("receipt", subject_id=words.key, kind=words.kind, body=_text(body), at=at)
    for subject in words.about:
        batch.add("receipt", subject_id=subject.artifact, kind=CONCERNS, body=_text({"item": fact}), at=at)
    return fact


def end(store: Store, batch: Batch, item: Item, versions: Iterable[str] = (), **said: str | None) -> str:
    """Put into a batch that an item is over; returns the fact. Raises UsageError where it is over already."""
    if item.end and not any(said.values()):
        over = f"{item.end.author} said so on {item.end.at[:10]}"
        raise UsageError(f"{item.kind} {item.fact[:SHORT]} is over: {over}", "Nothing more is needed.")
    places = Places.of(store.project.root)
    told = {name: places.relative(value.strip()) for name, value in said.items() if value and value.strip()}
    body = {**told, "author": store.project.author, **({"versions": sorted(versions)} if versions else {})}
    return batch.add("receipt", subject_id=item.fact, kind=ENDS[item.kind], body=_text(body), at=store.moment())


def called(store: Store, kind: str, digits: str) -> Item:
    """The item of this kind whose id begins so. Raises NotRecorded and UsageError."""
    asked = digits.strip().strip("[]…").lower()
    if len(asked) < FEWEST_DIGITS or not set(asked) <= set(hexdigits):
        raise UsageError(f"{digits!r} is no id", f"Give the first digits, as `assay {kind} list` shows them.")
    found = [one for one in items(store, [kind]) if one.fact.startswith(asked)]
    if not found:
        raise NotRecorded(f"no {kind} on record begins with {asked}", f"`assay {kind} list` shows all.")
    if len(found) > 1:
        raise UsageError(f"{len(found)} of them begin with {asked}", "Give more digits.")
    return found[0]


def _text(body: Mapping[str, Any]) -> str:
    return canonical_json(body).decode()
