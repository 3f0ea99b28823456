"""Is this file, or what its functions do, on record already? A draft compared by its bytes, then by its shapes.

Bytes that are the same are found whatever they are: a prompt, a table of constants, data; so is a text that differs in
its line ends alone, as an editor or git of another system leaves it. Functions are compared by the shape of their
syntax, without what every script has (imports, logging, options). Where no code is like it, its names and docstrings
are asked (`told.py`). Refuses what is no text of a reasonable size, and to say no about a draft in which nothing is
large enough to compare.
"""

from __future__ import annotations

import codecs
import stat
from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import FileChanged, UsageError
from ..facts.query import FORGOTTEN, ArtifactRow, artifacts
from ..facts.reading import documents
from ..facts.store import Store
from ..hashing import digest_bytes, digest_file
from ..kinds import KINDS, SCRIPT, Part
from ..observe.script.clones import Piece, meaningful, pieces
from ..observe.script.source import Source
from ..standing.freshness import Freshness
from ..standing.today import Today
from . import index
from .alike import MOST_CODE, Likeness, how_like, likenesses
from .answer import MOST_ANSWERS, MOST_NEAREST, Existence, Match, answers_of, seen_now, together, usable_first
from .fragment import read_fragment, touched
from .resembling import resemblances
from .told import by_words

MOST = 0.4  # of the draft's code is there: a yes
SOME = 0.1  # a maybe
REMEDY = 'Ask in words instead: assay exists "what it does".'


@dataclass(frozen=True)
class Draft:
    """Code that is asked about: a file, or a text that lies nowhere (`file` is then its name in messages)."""

    file: Path
    digest: str
    size: int
    given: bytes | None = None

    @classmethod
    def of_file(cls, file: Path) -> Draft:
        """A file on disk. Raises UsageError for what is no file or empty."""
        return cls(file, _digest(file), file.stat().st_size)

    @classmethod
    def of_text(cls, name: str, content: bytes) -> Draft:
        """A text that is not saved. Raises UsageError for an empty one."""
        if not content.strip():
            raise UsageError(f"{name} is empty: there is nothing to compare", REMEDY)
        return cls(Path(name), digest_bytes(content), len(content), content)

    @property
    def content(self) -> bytes:
        """All of it."""
        return self.file.read_bytes() if self.given is None else self.given

    def source(self) -> Source:
        """Its code. Raises UsageError for what is too large to compare, or no text."""
        if self.size > MOST_CODE:
            size = f"{self.size / 1e6:.1f} MB"
            why = f"{self.file} is too large to compare ({size}), and no other file on record has the same bytes"
            raise UsageError(why, REMEDY)
        source = read_fragment(self.file, self.content)
        if "\0" in source.text:
            raise self._cannot(source.problem or "no text")
        return source

    def cannot_be_compared(self, source: Source) -> UsageError:
        """Why nothing in it can be."""
        return self._cannot(source.problem or "no function in it is large enough to compare")

    def _cannot(self, why: str) -> UsageError:
        return UsageError(f"{self.file}: {why}, and no other file on record has the same bytes", REMEDY)


def exists_code(today: Today, draft: Draft, fresh: Freshness | None = None) -> Existence:
    """Whether this code, or much of it, is on record; `fresh` is as in `exists`.

    The score is the share of the draft's code (in syntax nodes) that is found there. A file that is on record as it is
    comes last, with whether anything else is like it. Where no code is there, what its names and docstrings say is
    asked, which makes a maybe. Raises UsageError for what is no text, and for code that cannot be compared, says
    nothing, and whose bytes are not on record.
    """
    store = today.store
    index.refresh(store)
    own = store.project.name_of(draft.file) if draft.given is None else ""
    known = artifacts(store, f"v.content = ? AND a.id NOT IN ({FORGOTTEN})", [draft.digest], profiles=True)
    same = [_identical(row) for row in known if row.name != own]
    same += _same_text(store, draft, {own, *(one.row.name for one in same)})
    itself = [row for row in known if row.name == own and row.present]
    asked: tuple[Piece, ...] = ()
    alike: list[Likeness] = []
    try:
        source = draft.source()
        asked = pieces(source.tree)
        but = {own, *touched(draft.content), *(one.row.name for one in same)}
        if is_comparable := any(one.is_comparable for one in asked):
            alike = likenesses(store, asked, but)
            same += _alike(meaningful(source.tree), alike)
        if not any(one.is_sure for one in same):
            same += by_words(today, source, {*but, *(one.row.name for one in same)})
        if not (is_comparable or same or itself):
            raise draft.cannot_be_compared(source)
    except UsageError:
        if not itself and not any(one.row.present for one in same):
            raise
    found = sorted(same, key=lambda one: (not one.is_sure, -one.score, one.row.name))
    found = seen_now(store, found) if fresh else found
    here, gone = ([one for one in found if one.row.present is present] for present in (True, False))
    now = fresh or Freshness(scanned=True)
    own_rows = [_itself(row, here, any(one.is_comparable for one in asked) or bool(here)) for row in itself]
    return Existence(
        (*together(today, usable_first(answers_of(today, here[:MOST_ANSWERS]))), *answers_of(today, own_rows)),
        (),
        answers_of(today, gone[:MOST_NEAREST]),
        replace(now, outdated=documents.outdated(store, KINDS[SCRIPT].observed.version)),
        resemblances(today, alike, own),
        tuple(one.name for one in asked if not one.is_comparable),
    )


def _itself(row: ArtifactRow, others: Sequence[Match], is_comparable: bool) -> Match:
    """The file that was asked about, which is no copy of itself and is on record: with whether anything else is."""
    more = "; nothing else on record is like it"
    if not is_comparable:
        more = "; no other file has its bytes, and its functions cannot be compared"
    return Match(row, 1.0, True, Part("the file itself", f"on record already{'' if others else more}"))


def _digest(file: Path) -> str:
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{file} is not a regular file", "Give a file of code, saved on disk.")
        if not status.st_size:
            raise UsageError(f"{file} is empty: there is nothing to compare", REMEDY)
        return digest_file(file)
    except FileChanged as error:
        raise UsageError(error.message, error.remedy) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"{file} cannot be read: {why}", "Give a file of code.") from None


def _identical(row: ArtifactRow) -> Match:
    return Match(row, 1.0, True, Part("the whole file", "identical, byte for byte"))


def _same_text(store: Store, draft: Draft, known: Container[str]) -> Iterator[Match]:
    """What has the text of the draft in other bytes: other line ends, with or without a byte order mark, or without an
    end of the last line. A text that mixes line ends has no bytes that could be looked up."""
    content = draft.content if draft.size <= MOST_CODE else b""
    if not content or b"\0" in content:
        return
    text = content.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n")
    plain = {text, text.removesuffix(b"\n"), text if text.endswith(b"\n") else text + b"\n"} - {b""}
    wrapped = [one.replace(b"\n", end) for one in plain for end in (b"\n", b"\r\n")]
    digests = {digest_bytes(start + one) for one in wrapped for start in (b"", codecs.BOM_UTF8)}
    marks = ", ".join("?" * len(digests))
    for row in artifacts(store, f"v.content IN ({marks}) AND a.id NOT IN ({FORGOTTEN})", sorted(digests), True):
        if row.name not in known:
            yield Match(row, 1.0, True, Part("the whole file", "the same text but for line ends or a byte order mark"))


def _alike(size: int, found: Sequence[Likeness]) -> Iterator[Match]:
    """What has functions like those of the draft, with how much of the draft's code that is."""
    by_artifact: dict[str, dict[Piece, Likeness]] = defaultdict(dict)
    for one in found:
        by_artifact[one.row.id].setdefault(one.piece, one)
    for alike in by_artifact.values():
        if match := _match(size, list(alike.values())):
            yield match


def _match(size: int, alike: Sequence[Likeness]) -> Match | None:
    """How much of the draft an artifact has, and which function is most like which; None below a maybe.

    `alike` is the best that it has for each piece of the draft.
    """
    score = min(1.0, sum(one.share * len(one.piece.nodes) for one in alike) / size)
    if score < SOME:
        return None
    best = max(alike, key=lambda one: (one.share * len(one.piece.nodes), one.name))
    more = f", and {len(alike) - 1} more" if len(alike) > 1 else ""
    of = f"{best.piece.name}, line {best.piece.line}"
    place = Part(f"{best.name}, line {best.line}", f"{how_like(best.share)} {of}{more}")
    return Match(best.row, score, score >= MOST, place)
