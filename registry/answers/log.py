"""What happened: who said or did what, when, and by whom it was undone; the newest first."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..facts.names import Names, resolve
from ..facts.proven import Word, words
from ..facts.query import artifacts
from ..facts.reading.events import Event, events, outcomes_of, outputs_of
from ..facts.receipts import ENDS
from ..facts.splits import whole_of
from ..facts.store import Store
from ..hashing import SHORT
from ..legible import listed, page
from ..lineage.purpose import ASSERTED

SHOWN = 3
WORDS = 90


@dataclass(frozen=True)
class Entry:
    """One thing that was said or done: `undone` says by whom it was taken back, when and why, else it is None; `signed`
    says who signed it, and `proven` whether that is the author."""

    at: str
    author: str
    kind: str
    about: str
    what: str
    fact: str
    undone: str | None
    signed: str | None = None
    proven: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The entry as JSON-ready values."""
        return asdict(self)

    def text(self) -> str:
        """The entry in a line."""
        undone = f"  (taken back by {self.undone})" if self.undone else ""
        about = f"{self.about}: " if self.about else ""
        signed = f"  ({self.signed})" if self.signed else ""
        when = self.at[:16].replace("T", " ")
        return f"{when}  {self.author}  {about}{self.what}  [{self.fact[:SHORT]}]{signed}{undone}"


def log(store: Store, name: str | None = None) -> list[Entry]:
    """What happened to all, or to what this name means. Raises NotRecorded and UsageError."""
    found = events(store, resolve(store, whole_of(store, name)).id if name else None)
    runs = [one.fact for one in found if one.kind == "run"]
    names = Names(store)
    called = {row.id: row.name for row in artifacts(store)}
    kept = {one.subject for one in found if one.kind != "memory"}
    names.learn({subject for subject in kept if subject and subject not in called})
    by_fact = {one.fact: one for one in found}
    wrote, ended = outputs_of(store, runs), outcomes_of(store, runs)

    def about(one: Event) -> str:
        if one.kind == "retraction":
            if undone := by_fact.get(one.undoes):
                return about(undone)
            return names.of(one.subject) if one.subject else f"fact {one.undoes[:SHORT]}"
        if one.kind == "memory":
            return listed([about["name"] for about in json.loads(one.more).get("about", ())], SHOWN)
        return called.get(one.subject) or (names.of(one.subject) if one.subject else "")

    by = words(store)
    return [_signed(_entry(one, about(one), by_fact, wrote, ended), by.get(one.fact)) for one in found]


def _signed(entry: Entry, word: Word | None) -> Entry:
    return replace(entry, signed=word.text(), proven=word.proven) if word else entry


def told(entries: Sequence[Entry]) -> str:
    """The entries for a person."""
    return page(one.text() for one in entries) if entries else "Nothing was said or done so far."


def _entry(
    one: Event, about: str, by_fact: Mapping[str, Event], wrote: Mapping[str, list[str]], ended: Mapping[str, str]
) -> Entry:
    author, what = one.author, one.more
    if one.kind == "note":
        body = json.loads(one.more)
        author, what = body["author"], f"note: {body['text']}"
    elif one.kind == "memory":
        author, what = _remembered(one)
    elif one.kind == "run":
        what = "; ".join(_run(one, wrote.get(one.fact, ()), ended.get(one.fact)))
    elif one.kind == "retraction":
        undone = by_fact.get(one.undoes)
        taken = undone.kind if undone else one.what or "a fact"
        what = f"took back {taken} {one.undoes[:SHORT]}: {one.more}"
    else:
        verb = {"attestation": "attested from", "waiver": f"waived for {one.what}"}.get(one.kind, one.what)
        what = f"{verb}: {one.more}" if one.kind != "attestation" else f"{verb} {one.more}"
    return Entry(one.at, author, one.kind, about, what, one.fact, one.undone)


def _remembered(one: Event) -> tuple[str, str]:
    """Who remembers what: a decision, a bug or a task, or that one is over; of what was redacted, that there is one."""
    body = json.loads(one.more)
    if one.what in ENDS.values():
        over = f"{one.what.replace('-', ' ')} {one.subject[:SHORT]}"
        return body.get("author", ""), f"{over}: {body['text']}" if body.get("text") else over
    return body.get("author", ""), f"{one.what}: {body.get('title', '<redacted>')}"


def _run(one: Event, outputs: Sequence[str], outcome: str | None) -> Iterator[str]:
    more = f" and {len(outputs) - SHOWN} more" if len(outputs) > SHOWN else ""
    made = f"{', '.join(outputs[:SHOWN])}{more}"
    if one.what == ASSERTED:
        yield f"is said to have made {made}"
        return
    command = shlex.join(json.loads(one.more))
    yield f"ran ({one.what}, {outcome or 'not ended'}): {command[:WORDS]}{'…' if len(command) > WORDS else ''}"
    if outputs:
        yield f"wrote {made}"
