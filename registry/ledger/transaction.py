"""One transaction as it travels: a link of a writer's chain with the facts that it lists, as one line of JSON.

The chain binds the ids of the facts, and each id is the digest of its fact: so a line verifies by itself, wherever it
came from. Columns that were withheld, or redacted later, leave their fact's id behind, by which the chain still holds.
Refuses a line that is of a newer Assay, that does not match its digests, or that is no transaction at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from ..errors import LedgerError
from ..hashing import canonical_json, chain_digest, fact_key

FIRST_FORMAT = FORMAT = 1
TABLES: Mapping[str, tuple[str, ...]] = {  # what travels: each table with its columns, in the order of their references
    "artifact": ("kind", "name", "ordinal"),
    "version": ("id", "kind", "content", "size", "files", "weights"),
    "manifest_entry": ("version_id", "path", "size", "digest"),
    "sighting": ("artifact_id", "version_id", "path", "at", "source", "commit", "author"),
    "examination": ("version_id", "examiner", "ruleset", "unchecked", "ignored", "detail"),
    "finding": (
        *("examination_id", "version_id", "rule", "severity", "scope", "message", "fix", "file", "line", "row"),
        *("field", "excerpt", "count"),
    ),
    "declaration": ("subject_id", "status", "scope", "reason", "author", "at", "replaced_by", "purpose"),
    "attestation": ("version_id", "origin", "revision", "licence", "base_id", "author", "at"),
    "retraction": ("fact_id", "reason", "author", "at"),
    "waiver": ("version_id", "purpose", "reason", "author", "at", "expires_at"),
    "run": (
        *("script_id", "script_path", "purpose", "command", "params", "seed", "environment", "commit", "diff"),
        *("author", "host", "pid", "parent_id", "started_at"),
    ),
    "run_input": ("run_id", "version_id", "role", "path", "evidence", "waiver_id"),
    "run_output": ("run_id", "version_id", "role", "path", "evidence", "maker_id"),
    "run_end": (*("run_id", "outcome", "exit_code", "ended_at", "seconds", "cost", "defects", "detail", "witness"),),
    "receipt": ("subject_id", "kind", "body", "at"),
    "reference": ("name", "revision"),
    "mention": ("reference_id", "subject_id", "role", "file", "line"),
    "binding": ("reference_id", "version_id", "evidence", "author", "at"),
    "alias": ("version_id", "digest", "source"),
}
REFERS = {  # columns that must find their row, and the table in which it is
    "manifest_entry": {"version_id": "version"},
    "sighting": {"artifact_id": "artifact", "version_id": "version"},
    "examination": {"version_id": "version"},
    "finding": {"examination_id": "examination", "version_id": "version"},
    "attestation": {"version_id": "version"},
    "waiver": {"version_id": "version"},
    "run": {"script_id": "version"},
    "run_input": {"run_id": "run", "version_id": "version"},
    "run_output": {"run_id": "run", "version_id": "version"},
    "run_end": {"run_id": "run"},
    "mention": {"reference_id": "reference"},
    "binding": {"reference_id": "reference", "version_id": "version"},
    "alias": {"version_id": "version"},
}
HELD: Mapping[
    str, Mapping[str, str | None]
] = {  # columns that may be blank while their fact's id holds, with what stands in them then
    "examination": {"unchecked": "[]", "ignored": "[]", "detail": None},
    "finding": {"message": "<withheld>", "excerpt": "<withheld>", "field": None},
    "declaration": {"reason": "<redacted>", "purpose": None},
    "attestation": {"origin": "<redacted>", "revision": None, "licence": None},
    "retraction": {"reason": "<redacted>"},
    "waiver": {"reason": "<redacted>"},
    "run": {"command": '["<redacted>"]', "params": "{}", "environment": "{}", "diff": None},
    "run_end": {"detail": "<redacted>", "defects": "[]"},
    "receipt": {"body": "{}"},
}
SPOKEN = ("declaration", "attestation", "retraction", "waiver", "run", "binding")  # facts that have an author
SCALARS = {str, int, float}
TRAVELLING = re.compile(r"[0-9a-f]{32}-\d+(~[0-9a-f]{8})?")  # what a chain that travels is called
Row = dict[str, Any]


@dataclass(frozen=True)
class Transaction:
    """A link of a chain with its facts: table → rows, each with its id.

    `withheld` and `redacted` are the ids of rows that are not whole: of the first kind somebody may have more, of the
    second nobody may. `signatures` are of its digest, which binds all else.
    """

    writer: str
    seq: int
    at: str
    previous: str
    chain: str
    project: str
    facts: Mapping[str, Sequence[Row]]
    withheld: frozenset[str] = field(default_factory=frozenset)
    redacted: frozenset[str] = field(default_factory=frozenset)
    signatures: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, writer: str, seq: int, at: str, previous: str, project: str, facts: Mapping[str, Sequence[Row]],
        withheld: frozenset[str] = frozenset(),
    ) -> Transaction:  # fmt: skip
        """A new link that continues the one before it."""
        chain = chain_digest(writer, seq, at, previous, listed(facts, withheld))
        return cls(writer, seq, at, previous, chain, project, facts, withheld)

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.writer} #{self.seq}"

    @property
    def key(self) -> tuple[str, int, str]:
        """What tells it from every other, also from another one of its number."""
        return (self.writer, self.seq, self.chain)

    @cached_property
    def keys(self) -> str:
        """The `table:key` names that the chain binds, as the database keeps them."""
        return listed(self.facts, self.withheld | self.redacted)

    def count(self) -> int:
        """How many facts it holds."""
        return sum(map(len, self.facts.values()))

    def authors(self) -> tuple[str, ...]:
        """In whose names its facts are."""
        named = {row["author"] for table in SPOKEN for row in self.facts.get(table, ()) if row.get("author")}
        return tuple(sorted(named))

    def line(self) -> bytes:
        """The transaction as one line, with the line's end."""
        held = self.withheld | self.redacted
        said: dict[str, Any] = {
            "assay": FORMAT, "writer": self.writer, "seq": self.seq, "at": self.at, "previous": self.previous,
            "chain": self.chain, "project": self.project,
            "facts": {table: _packed(table, rows, held) for table, rows in self.facts.items() if rows},
        }  # fmt: skip
        for name in ("withheld", "redacted"):
            if ids := sorted(getattr(self, name)):
                said[name] = ids
        if self.signatures:
            said["signatures"] = sorted(self.signatures)
        return canonical_json(said) + b"\n"


def genesis(project: str) -> str:
    """What the first link of a chain that travels continues: so a chain says of which project it speaks."""
    return chain_digest("assay ledger", project)


def listed(facts: Mapping[str, Sequence[Row]], held: frozenset[str]) -> str:
    """The names of these facts as a chain binds them; a row that is not whole goes by the id that it has."""
    names = [
        f"{table}:{_key(table, row) if table == 'version' and row['id'] not in held else row['id']}"
        for table, rows in facts.items()
        for row in rows
    ]
    return canonical_json(sorted(names)).decode()


def _key(table: str, row: Row) -> str:
    return fact_key(table, row)


def _packed(table: str, rows: Sequence[Row], held: frozenset[str]) -> list[list[Any]]:
    """Rows below the names of their columns; ids are left out where they follow from the rest."""
    used = {column for row in rows for column, value in row.items() if value is not None}
    columns = [column for column in TABLES[table] if column in used]
    if table != "version" and any(row["id"] in held for row in rows):
        columns = ["id", *columns]
    body = [
        [row["id"] if row["id"] in held else None, *(row.get(column) for column in columns[1:])]
        if columns[0] == "id" and table != "version"
        else [row.get(column) for column in columns]
        for row in rows
    ]
    return [columns, *sorted(body, key=canonical_json)]


def _signatures(said: Mapping[str, Any]) -> tuple[str, ...]:
    if "signatures" not in said:
        return ()
    from .signatures import well_formed  # most transactions are signed by nobody

    return well_formed(said["signatures"])


def parsed(line: bytes) -> Transaction:
    """The transaction of a line, verified against its digests. Raises LedgerError saying what is wrong with it."""
    said = _read(line)
    try:
        held = frozenset(said.get("withheld", ())), frozenset(said.get("redacted", ()))
        facts = {table: list(_unpacked(table, packed, held[0] | held[1])) for table, packed in said["facts"].items()}
        writer, seq, at, previous = (said[name] for name in ("writer", "seq", "at", "previous"))
        signatures = _signatures(said)
        found = Transaction(writer, seq, at, previous, said["chain"], said["project"], facts, *held, signatures)
        if not TRAVELLING.fullmatch(found.writer) or not 0 < found.seq < 2**53 or "~" in found.writer:
            raise ValueError
        if chain_digest(found.writer, found.seq, found.at, found.previous, found.keys) != found.chain:
            raise LedgerError(f"{found.name} does not match its own digest: it was edited")
        return found
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        raise LedgerError("a line is no transaction") from None


def _read(line: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise LedgerError("a line is no JSON: it was cut off or edited") from None
    if not isinstance(said, dict) or not isinstance(said.get("assay"), int) or said["assay"] < FIRST_FORMAT:
        raise LedgerError("a line is no transaction")
    if said["assay"] > FORMAT:
        raise LedgerError("it was written by a newer Assay", "pip install --upgrade assay")
    return said


def _unpacked(table: str, packed: Any, held: frozenset[str]) -> Iterator[Row]:
    columns, *rows = packed
    known = TABLES.get(table)
    if known is None or not set(columns) <= {"id", *known}:
        raise LedgerError("it holds what only a newer Assay knows", "pip install --upgrade assay")
    for values in rows:
        row = {column: value for column, value in zip(columns, values, strict=True) if value is not None}
        if not set(map(type, row.values())) <= SCALARS:
            raise ValueError
        if table == "version":
            row["id"] + ""
        elif (id := row.pop("id", None)) is None:
            row["id"] = fact_key(table, row)
        elif id in held:
            row = {**row, "id": id}
        else:
            raise ValueError
        yield row
