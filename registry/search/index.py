"""What of an artifact can be found: its name, purpose, parts and vocabulary, as the words of one document each.

The documents are a cache beside the facts. `refresh` brings them in step with what is on record, whoever recorded it,
and costs one query when they are. A missing description leaves the name, never nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from ..facts.query import FORGOTTEN, ArtifactRow, artifacts
from ..facts.reading import documents
from ..facts.reading.documents import Written
from ..facts.store import Store
from ..hashing import canonical_json
from ..kinds import Part, Profile, row_of
from ..observe.script.clones import Shape
from .words import words

FORMAT = 2  # grows whenever a document would be written differently
MOST_WORDS = 20_000  # PostgreSQL holds 1 MiB of them for a document
CHUNK = 1000
INDEXED = "search-index"  # the setting that says what the documents were made from
VOCABULARY = "code"  # where a word was found that stands in no place of its own
KEYS = 8  # the smallest hashes of a sketch by which a function is looked up
Progress = Callable[[int, int, str], None]


def head(kind: str, name: str, profile: Profile) -> list[Part]:
    """What an artifact says about itself first: the last part of its name, and what it is for."""
    return [
        Part("name", PurePosixPath(name).name.split(".")[0].replace("__init__", "")),
        *(part for part in row_of(kind).observed.leading(profile) if part.text.strip()),
    ]


def parts(kind: str, name: str, profile: Profile) -> list[Part]:
    """What else can be named in it: functions, classes, options, columns, fields."""
    return [Part("path", name), *(part for part in row_of(kind).observed.inner(profile) if part.text.strip())]


def body(profile: Profile) -> list[Part]:
    """The words of the code itself, its texts and functions inside functions with their lines: weak evidence, and all
    there is where nobody documented anything."""
    texts = (Part(f"a text, line {one['line']}", one["text"]) for one in profile.get("texts", ()))
    inner = (
        Part(f"function {one['name']}, line {one['line']}", f"{one['name']} {one['doc']}")
        for one in profile.get("inner", ())
    )
    return [*inner, *texts, Part(VOCABULARY, " ".join(profile.get("vocabulary", ())))]


def code_keys(shape: Shape) -> list[str]:
    """The words by which a function with this shape, or nearly this shape, is looked up."""
    return [f"x{shape.exact}", *(f"x{hash:x}" for hash in shape.sketch[:KEYS])]


def refresh(store: Store, progress: Progress = lambda *_: None) -> int:
    """Write the documents of artifacts that are new, changed or renamed since the last time; returns how many."""
    state = canonical_json([FORMAT, documents.chains(store)]).decode()
    if store.database.readonly or store.setting(INDEXED) == state:
        return 0
    stamps = documents.stale(store, FORMAT)
    ids = sorted(stamps)
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        progress(start, len(ids), "search index")
        rows = artifacts(store, f"a.id IN ({', '.join('?' * len(chunk))})", chunk, profiles=True)
        documents.write(store, [_document(stamps[row.id], row) for row in rows])
    with store.batch() as batch:
        batch.cache("setting", workspace=store.workspace, key=INDEXED, value=state)
    return len(ids)


def rows_of(store: Store, ids: Iterable[str]) -> list[ArtifactRow]:
    """These artifacts with their profiles, without those that were forgotten."""
    wanted = list(ids)
    where = f"a.id NOT IN ({FORGOTTEN}) AND a.id IN ({', '.join('?' * len(wanted))})"
    return artifacts(store, where, wanted, profiles=True) if wanted else []


def rebuild(store: Store) -> int:
    """Write every document again, from the descriptions on record; returns how many."""
    documents.clear(store, INDEXED)
    return refresh(store)


def _document(stamp: str, row: ArtifactRow) -> Written:
    columns: list[str] = []
    left = MOST_WORDS
    for some in (head(row.kind, row.name, row.profile), parts(row.kind, row.name, row.profile), body(row.profile)):
        found = [word for part in some for word in words(part.text)][:left]
        columns.append(" ".join(found))
        left -= len(found)
    keys = {key for shape in row.profile.get("shapes", ()) for key in code_keys(Shape.of(shape))}
    return Written(
        artifact=row.id,
        stamp=stamp,
        head=columns[0],
        parts=columns[1],
        body=columns[2],
        code=" ".join(sorted(keys)[:MOST_WORDS]),
        length=MOST_WORDS - left,
    )
