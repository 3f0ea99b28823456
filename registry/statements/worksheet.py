"""A worksheet that a person filled in: the lines that are not commented out, each a statement, all recorded or none.

A line is read as a shell reads words: a verb, what it is about, what the verb asks for, `because` and a reason. A line
that is on record already is passed over, so that a sheet is applied in parts and again. Refuses the whole sheet where a
line cannot be read or carried out, and names each such line by its number.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import AssayError, Refused, UsageError
from ..facts.query import artifacts
from ..facts.reading.retractions import taken_back
from ..facts.reading.runs import receipts
from ..facts.receipts import TRIAGED
from ..facts.store import Store
from ..hashing import canonical_json, fact_id
from ..legible import legible
from ..lineage.purpose import Purpose
from ..recording.forgotten import forget
from .assertions import assert_made, maker_called
from .attestations import attest
from .declarations import mark
from .retractions import retract
from .stated import Stated
from .together import Together
from .waivers import waive

BECAUSE = "because"


@dataclass(frozen=True)
class Line:
    """One statement of a worksheet: its number, its words without the reason, and the reason."""

    number: int
    words: tuple[str, ...]
    reason: str

    @property
    def key(self) -> str:
        """What the same line has again, wherever it stands in a sheet."""
        return fact_id("worksheet", canonical_json([*self.words, self.reason]).decode())


@dataclass(frozen=True)
class Applied:
    """A line that is on record, with its facts; `before` where it was so already."""

    line: int
    said: str
    facts: tuple[str, ...]
    before: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The line as JSON-ready values."""
        return asdict(self)


def _made_by(store: Store, line: Line) -> Stated:
    name, script, *inputs = line.words[1:]
    pairs = [(role, read) for role, _, read in (one.partition("=") for one in inputs)]
    return assert_made(store, name, replace(maker_called(store, script, pairs), params={"reason": line.reason}))


def _waive(store: Store, line: Line) -> Stated:
    name, purpose, expires = line.words[1:]
    return waive(store, store.project.path_of(name), Purpose.parse(purpose), line.reason, expires)


def _ignore(store: Store, line: Line) -> Stated:
    done = forget(store, [line.words[1]], line.reason)
    return Stated(tuple(one.fact for one in done), tuple(one.name for one in done), done[0].at)


Verb = Callable[[Store, Line], Stated]
VERBS: Mapping[str, tuple[str, int, Verb]] = {  # verb: (what it takes, fewest words, what it does)
    "made-by": ("NAME SCRIPT[@COMMIT] [ROLE=NAME…]", 2, _made_by),
    "origin": ("NAME ORIGIN", 2, lambda store, line: attest(store, line.words[1], f"{line.words[2]} ({line.reason})")),
    "replace": ("NAME NEW", 2, lambda store, line: mark(store, line.words[1], "deprecated", line.reason,
                                                        replaced_by=line.words[2])),
    "contaminated": ("NAME", 1, lambda store, line: mark(store, line.words[1], "contaminated", line.reason)),
    "waive": ("NAME PURPOSE EXPIRES", 3, _waive),
    "retract": ("FACT", 1, lambda store, line: retract(store, line.words[1], line.reason)),
    "ignore": ("NAME", 1, _ignore),
}  # fmt: skip
SOURCES = ("made-by", "origin")  # of one thing there is one of these


def apply(store: Store, text: str) -> list[Applied]:
    """Put every line on record that is not commented out and not on record yet, all of them or none.

    Raises UsageError naming the lines that are wrong, Refused where an agent may not say what a line says.
    """
    shown = {legible(row.name): row.name for row in artifacts(store)}  # as a sheet shows it
    lines = [replace(line, words=tuple(shown.get(word, word) for word in line.words)) for line in _read(text)]
    done: list[Applied] = []
    wrong: list[tuple[int, AssayError]] = []
    with store.batch() as batch:
        together = Together(store, batch)
        for line in lines:
            said = " ".join(line.words)
            if facts := _standing(store, line):
                done.append(Applied(line.number, said, facts, before=True))
                continue
            try:
                facts = VERBS[line.words[0]][2](together, line).facts
            except AssayError as error:
                wrong.append((line.number, error))
                continue
            body = canonical_json({"author": store.project.author, "facts": list(facts), "line": said}).decode()
            batch.add("receipt", subject_id=line.key, kind=TRIAGED, body=body, at=store.moment())
            done.append(Applied(line.number, said, facts))
        if wrong:
            raise _refusal(wrong)
    return done


def _refusal(wrong: Sequence[tuple[int, AssayError]]) -> AssayError:
    told = "; ".join(f"line {number}: {error.message}" for number, error in wrong)
    kind = Refused if all(isinstance(error, Refused) for _, error in wrong) else UsageError
    return kind(told, f"{wrong[0][1].remedy} Nothing was put on record.".lstrip())


def _read(text: str) -> Iterator[Line]:
    """The lines of a sheet. Raises UsageError with the number of the first that cannot be read."""
    sources: dict[str, int] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        line = _line(number, raw)
        if line.words[0] in SOURCES and (first := sources.setdefault(line.words[1], number)) != number:
            raise _misread(number, f"{line.words[1]} has its source in line {first} already", "Leave one of them.")
        yield line


def _line(number: int, raw: str) -> Line:
    try:
        words = shlex.split(raw)
    except ValueError as error:
        raise _misread(number, f"it cannot be read: {str(error).lower()}", "Close the quotation mark.") from None
    if words[0] not in VERBS:
        raise _misread(number, f"{words[0]!r} is no verb", f"Say {', '.join(VERBS)}; a comment begins with #.")
    if BECAUSE not in words or not " ".join(words[words.index(BECAUSE) + 1 :]).strip():
        raise _misread(number, "it gives no reason", f"End it with: {BECAUSE} REASON")
    takes, fewest, _ = VERBS[words[0]]
    cut = words.index(BECAUSE)
    given, most = cut - 1, fewest if "…" not in takes else cut
    if not fewest <= given <= most:
        raise _misread(number, f"{words[0]} takes {takes}", f"Write: {words[0]} {takes} {BECAUSE} REASON")
    if unfilled := next((word for word in words if word.startswith("<") and word.endswith(">")), None):
        raise _misread(number, f"{unfilled} is still to be filled in", "Put what you know in its place.")
    return Line(number, tuple(words[:cut]), " ".join(words[cut + 1 :]))


def _misread(number: int, why: str, remedy: str) -> UsageError:
    return UsageError(f"line {number}: {why}", f"{remedy} Nothing was put on record.")


def _standing(store: Store, line: Line) -> tuple[str, ...]:
    """The facts by which a line is on record already, unless all were taken back."""
    for body in receipts(store, line.key, TRIAGED):
        facts = tuple(json.loads(body)["facts"])
        if any(taken_back(store, "run", fact) is None for fact in facts):
            return facts
    return ()


def read_sheet(path: Path) -> str:
    """The text of a worksheet. Raises UsageError for what is none."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read as text: {error}", "Give the file that `assay triage` wrote."
        ) from None
