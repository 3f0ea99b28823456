"""Append facts: one transaction, content-derived ids, and one link in the writer's hash chain.

The only module that writes. A `Batch` collects rows and commits them all or none; inserting a fact that is there
already changes nothing. Caches (location, description, standing, setting) are replaced; facts never are.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RegistryError
from ..hashing import DOUBTFUL, fact_key
from ..project import FOLDER, Project, printable
from .links import ADOPTED, Links, iso
from .opened import GENERATION, NEXT_GENERATION, Opened, by_columns
from .receipts import KIND, OUTPUT

if TYPE_CHECKING:
    from ..disclosure import Places, Secrets

FACT_TABLES = (  # in the order in which they refer to each other
    *("artifact", "version", "manifest_entry", "sighting", "examination", "finding", "declaration"),
    *("attestation", "retraction", "waiver", "run", "run_input", "run_output", "run_end", "receipt"),
    *("reference", "mention", "binding", "alias"),
)
FREE_TEXT = {  # columns that hold what people, programs or files said: secrets are masked in them
    "finding": ("message", "excerpt", "field"),
    "declaration": ("reason", "purpose"),
    "attestation": ("origin", "revision", "licence"),
    "retraction": ("reason",),
    "waiver": ("reason",),
    "run": ("diff",),
    "run_input": ("role",),
    "run_output": ("role",),
    "run_end": ("detail",),
    "reference": ("name", "revision"),
    "mention": ("role",),
}
FREE_JSON = {
    "examination": ("unchecked", "ignored"),
    "run": ("command", "params", "environment"),
    "run_end": ("defects",),
    "receipt": ("body",),
    "description": ("profile",),
}
WORDS = {"declaration", "attestation", "retraction", "waiver"}  # said by people, who may name folders of theirs
SPOKEN = {"declaration", "retraction", "attestation"}
CACHES = {
    "location": ("workspace", "path"),
    "description": ("version_id",),
    "standing": ("version_id",),
    "setting": ("workspace", "key"),
}
MAY_IMPORT = """
SELECT m.version_id FROM version h JOIN manifest_entry m ON m.digest = h.content
WHERE SUBSTR(m.path, 1, 1) = ? AND h.id IN ({})
"""
DROP_BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT version_id FROM standing WHERE version_id IN ({})
    UNION
    SELECT run_output.version_id FROM below
    JOIN run_input ON run_input.version_id = below.id
    JOIN run_output ON run_output.run_id = run_input.run_id
    JOIN standing ON standing.version_id = run_output.version_id
)
DELETE FROM standing WHERE version_id IN (SELECT id FROM below)
"""


def now() -> str:
    """The time in UTC, ISO 8601 with microseconds, so that times sort as text."""
    return iso(datetime.now(UTC))


class Batch:
    """Rows that are to be committed together."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root
        self.facts: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.caches: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def add(self, table: str, **columns: Any) -> str:
        """Append a fact and return its id. A version's id is its identity and is given; all others are derived."""
        for name, value in columns.items():
            if value.__class__ is str:
                if not value.isascii() or "\x00" in value:  # as `printable` asks, without the call
                    columns[name] = printable(value)
            elif value.__class__ is bool:
                columns[name] = int(value)
        self._mask(table, columns)
        id: str = columns["id"] if table == "version" else fact_key(table, columns)
        columns["id"] = id
        self.facts[table][id] = columns
        return id

    def cache(self, table: str, **columns: Any) -> None:
        """Set a row of a cache."""
        row = {n: printable(v) if isinstance(v, str) else v for n, v in columns.items()}
        self._mask(table, row)
        self.caches[table].append(row)

    def _mask(self, table: str, row: dict[str, Any]) -> None:
        """Take the secrets out of what was said, since what is on record stays there and travels."""
        for name in FREE_TEXT.get(table, ()):
            if row.get(name):
                row[name] = self._secrets.masked(row[name])
                row[name] = self._places.relative(row[name]) if self._places and table in WORDS else row[name]
        for name in FREE_JSON.get(table, ()):
            if row.get(name) and row.get("kind") != OUTPUT:  # that one holds a path alone, by which it is found
                row[name] = self._secrets.json(row[name])

    @cached_property
    def _secrets(self) -> Secrets:
        from ..disclosure import Secrets  # whoever only reads needs none of its patterns

        return Secrets.here()

    @cached_property
    def _places(self) -> Places | None:
        from ..disclosure import Places

        return Places.of(self.root) if self.root else None

    def __bool__(self) -> bool:
        return bool(self.facts or self.caches)


class Store(Opened):
    """The registry of one project, open for reading and appending; without `create`, only one that is there."""

    def __init__(self, project: Project, create: bool = True) -> None:
        super().__init__(project, create)
        self.links = Links(self)
        self.gone = self.links.begin_anew() if self.database.is_new else 0  # transactions that an earlier database had
        self.refused: tuple[str, ...] = ()  # segments that came since the last opening and were not what they say
        self.take_in()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def batch(self) -> Iterator[Batch]:
        """Collect facts and commit them when the block ends without an error."""
        batch = Batch(self.project.root)
        yield batch
        if batch:
            self.commit(batch)

    def commit(self, batch: Batch) -> None:
        """Write a batch in one transaction: facts, their link in the chain, caches. All or nothing.

        Done again when the server dropped the connection meanwhile: a fact that is there already changes nothing.
        """
        try:
            self._commit(batch)
        except RegistryError:
            if not self.database.is_lost:
                raise
            self.database.reconnect()
            self._commit(batch)

    def _commit(self, batch: Batch) -> None:
        segment = None
        try:
            with self.database.writing():
                self.take_in()
                if batch.facts:
                    self.adopt()
                fresh = {
                    table: self._append(table, batch.facts[table]) for table in FACT_TABLES if table in batch.facts
                }
                keys = {
                    id: f"{table}:{fact_key(table, row)}" for table, rows in fresh.items() for id, row in rows.items()
                }
                if keys:
                    segment = self.links.append(fresh, keys, self.moment())
                    self.database.rows(NEXT_GENERATION, [GENERATION])
                self._drop_standings(batch)
                for table, rows in batch.caches.items():
                    for columns, values in by_columns(rows):
                        self.database.insert(table, columns, values, update=CACHES[table])
        except Exception:
            self.links.unlink(segment or "")
            raise
        self.links.note_heads()

    def take_in(self) -> None:
        """Take in what lies in the ledger's folder and is not known here; costs a listing where nothing is new."""
        if not self.database.readonly and self.links.has_news():
            from .intake import Intake

            self.refused = tuple(Intake(self.links).folder().troubles)

    def adopt(self, at: str | None = None) -> None:
        """Once: have what is on record from before facts could travel do so too, at a time."""
        if self.database.readonly or self.shared(ADOPTED) is not None:
            return
        from .adopt import adopt

        with self.database.writing():
            adopt(self.links, at or self.moment())
        if not self.database.is_inside:  # else whoever is writing notes them once it is on record
            self.links.note_heads()

    def _append(self, table: str, rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Put rows of a table into the database; returns those that were not there."""
        known = {id for (id,) in self.select(f"SELECT id FROM {table} WHERE id IN ({{}})", rows)}
        fresh = {id: row for id, row in rows.items() if id not in known}
        for columns, values in by_columns(fresh.values()):
            self.database.insert(table, columns, values)
        return fresh

    def moment(self) -> str:
        """Now, but always after what this working copy has on record: a clock that went back re-orders nothing."""
        return self.links.moment(now())

    @property
    def writer(self) -> str:
        """Names the chain of what this working copy keeps to itself."""
        return self.links.writer

    @property
    def writers(self) -> tuple[str, ...]:
        """Names every chain that this working copy, or the one that it was copied from, has appended to."""
        return self.links.writers

    @property
    def head_file(self) -> Path:
        """Where the newest links are noted outside the database."""
        return self.links.head_file

    def heads(self) -> dict[str, tuple[int, str]]:
        """Writer → (seq, chain) of the newest links as they were noted there."""
        return self.links.heads()

    def _drop_standings(self, batch: Batch) -> None:
        """Forget every cached standing that these facts may change: all of them after a person has spoken, or a
        name has become another kind of thing.

        What was made from a version goes with it. One that is not cached has no cached descendants, so the walk down
        ends there.
        """
        if SPOKEN & batch.facts.keys() or any(one["kind"] == KIND for one in batch.facts.get("receipt", {}).values()):
            self.database.rows("DELETE FROM standing")
            return
        if self.database.one("SELECT 1 FROM standing LIMIT 1") is None:
            return
        rows = [(name, row) for name, table in batch.facts.items() for row in table.values()]
        versions = {row["version_id"] for name, row in rows if "version_id" in row and name != "run_input"}
        runs = {row["run_id"] for _, row in rows if "run_id" in row}
        made = self.select("SELECT version_id FROM run_output WHERE run_id IN ({})", runs)
        made += self.select(MAY_IMPORT, versions, [DOUBTFUL])
        self.select(DROP_BELOW, versions | {version for (version,) in made})

    def generation(self) -> str:
        """Changes whenever anyone appends facts; what was worked out under another one may be out of date."""
        row = self.database.one("SELECT value FROM setting WHERE workspace = '' AND key = ?", [GENERATION])
        return str(row[0]) if row else ""

    def counts(self) -> dict[str, int]:
        """How many facts of each kind are on record, by table."""
        listed = ", ".join(f"(SELECT count(*) FROM {table})" for table in FACT_TABLES)
        return dict(zip(FACT_TABLES, self.database.rows(f"SELECT {listed}")[0], strict=True))


def create(root: Path, url: str | None = None) -> Store:
    """Make `.assay/` in a project root and open its registry; a registry that is there already is just opened."""
    from .kept import keep_in_git

    keep_in_git(root / FOLDER)
    return Store(Project.find(root, url))
