"""What can be taken back, and what was: of what people said and of what rules saw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..query import RULES
from ..receipts import SAID
from ..store import FACT_TABLES, Store

RETRACTABLE = ("declaration", "attestation", "waiver", "finding", "examination", "run_input", "run", "receipt")
PLACE = ("version_id", "rule", "file", "line", "row", "field", "scope")  # of a finding
AFTER_EVERY_DIGIT = "g"  # of an id, which is hexadecimal


class TakenBack(NamedTuple):
    """Who took a fact back, and when."""

    at: str
    author: str


def facts_like(store: Store, digits: str) -> Iterator[tuple[str, str]]:
    """(table, id) of every fact whose id begins with these hexadecimal digits."""
    for table in FACT_TABLES:
        rows = store.database.rows(
            f"SELECT id FROM {table} WHERE id >= ? AND id < ?", [digits, digits + AFTER_EVERY_DIGIT]
        )
        yield from ((table, id) for (id,) in rows)


def taken_back(store: Store, table: str, id: str) -> TakenBack | None:
    """Who took a fact back; a finding is taken back by whoever took back what that rule saw at its place."""
    if table == "finding":
        same = " AND ".join(
            f"COALESCE(CAST(g.{one} AS TEXT), '') = COALESCE(CAST(f.{one} AS TEXT), '')" for one in PLACE
        )
        sql = f"""SELECT r.at, r.author FROM retraction r JOIN finding g ON g.id = r.fact_id
                  JOIN finding f ON f.id = ? AND {same} ORDER BY r.at"""
    else:
        sql = "SELECT at, author FROM retraction WHERE fact_id = ? ORDER BY at"
    row = store.database.one(sql, [id])
    return TakenBack(*row) if row else None


def subject_of(store: Store, table: str, id: str) -> str:
    """What a fact is about: the id of an artifact or of a version; of somebody's word for a run, what that made."""
    if table == "run":
        row = store.database.one("SELECT version_id FROM run_output WHERE run_id = ? ORDER BY id", [id])
        return str(row[0]) if row else id
    column = "subject_id" if table in ("declaration", "receipt") else "version_id"
    row = store.database.one(f"SELECT {column} FROM {table} WHERE id = ?", [id])
    assert row is not None
    return str(row[0])


def is_said(store: Store, id: str) -> bool:
    """Whether a receipt is what somebody said; what else receipts hold is a record, which stands."""
    row = store.database.one("SELECT kind FROM receipt WHERE id = ?", [id])
    return row is not None and row[0] in SAID


def artifact_name(store: Store, id: str) -> str | None:
    """What an artifact was called when it was first seen; None where this is the id of none."""
    row = store.database.one("SELECT name FROM artifact WHERE id = ?", [id])
    return row[0] if row else None


def examinations_taken_back(store: Store) -> dict[tuple[str, str], str]:
    """(version, ruleset) of examinations by the rules that were taken back, with the last retraction of one."""
    rows = store.database.rows(
        """SELECT e.version_id, e.ruleset, r.id FROM retraction r
           JOIN examination e ON e.id = r.fact_id AND e.examiner = ? ORDER BY r.at, r.id""",
        [RULES],
    )
    return {(version, ruleset): retraction for version, ruleset, retraction in rows}
