"""What happened, whatever was taken back since: every statement, run and retraction with who, when and about what."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ..receipts import NOTE, SAID
from ..store import Store
from .memory import concerning

RETRACTED = """(SELECT r.author || ' on ' || SUBSTR(r.at, 1, 10) || ': ' || r.reason FROM retraction r
                 WHERE r.fact_id = {} ORDER BY r.at LIMIT 1)"""
SEEN = """retraction d LEFT JOIN finding f ON f.id = d.fact_id LEFT JOIN examination x ON x.id = d.fact_id
          LEFT JOIN run_input i ON i.id = d.fact_id"""
SEEN_OF = "COALESCE(f.version_id, x.version_id, i.version_id, '')"
SEEN_AS = """CASE WHEN f.id IS NOT NULL THEN 'finding of ' || f.rule WHEN x.id IS NOT NULL THEN 'examination'
             WHEN i.id IS NOT NULL THEN 'read' ELSE '' END"""
EVENTS = {  # kind: the columns (fact, at, author, subject, what it says, more, the fact that it takes back)
    "declaration": ("declaration d", "d.id, d.at, d.author, d.subject_id, d.status, d.reason, ''", "d.subject_id"),
    "attestation": ("attestation d", "d.id, d.at, d.author, d.version_id, 'attested', d.origin, ''", "d.version_id"),
    "waiver": ("waiver d", "d.id, d.at, d.author, d.version_id, d.purpose, d.reason, ''", "d.version_id"),
    "note": ("receipt d", "d.id, d.at, '', d.subject_id, d.kind, d.body, ''", "d.subject_id"),
    "memory": ("receipt d", "d.id, d.at, '', d.subject_id, d.kind, d.body, ''", "d.id"),
    "run": (
        "run d",
        "d.id, d.started_at, d.author, COALESCE(d.script_id, ''), d.purpose, d.command, ''",
        "d.script_id",
    ),
    "retraction": (SEEN, f"d.id, d.at, d.author, {SEEN_OF}, {SEEN_AS}, d.reason, d.fact_id", SEEN_OF),
}
OF_KIND = {"note": (NOTE,), "memory": tuple(kind for kind in SAID if kind != NOTE)}
IN_RUNS = """(d.script_id IN ({0}) OR d.id IN (SELECT run_id FROM run_input WHERE version_id IN ({0})
              UNION SELECT run_id FROM run_output WHERE version_id IN ({0})))"""


class Event(NamedTuple):
    """One fact with who put it on record and when; `undone` says who took it back, when and why.

    A retraction names the fact that it `undoes`. What Assay itself saw (a finding, an examination, a read) is no event:
    of such a fact the retraction has the version as its subject, and says what it was.
    """

    kind: str
    fact: str
    at: str
    author: str
    subject: str
    what: str
    more: str
    undoes: str
    undone: str | None


def events(store: Store, artifact: str | None = None) -> list[Event]:
    """Everything that was said or done, or what concerns an artifact and any of its versions; the newest first."""
    about = None
    if artifact is not None:
        seen = store.database.rows("SELECT DISTINCT version_id FROM sighting WHERE artifact_id = ?", [artifact])
        about = [artifact, *(version for (version,) in seen)]
    found = [one for kind in EVENTS if kind not in ("retraction", "memory") for one in _of(store, kind, about)]
    found += _remembered(store, artifact)
    found += _of(store, "retraction", about)
    if about is not None:
        found += _of(store, "retraction", [one.fact for one in found], "d.fact_id")
    return sorted(found, key=lambda one: (one.at, one.fact), reverse=True)


def _remembered(store: Store, artifact: str | None) -> list[Event]:
    """Decisions, bugs and tasks, and that they are over; those that are about an artifact."""
    if artifact is None:
        return _of(store, "memory", None)
    items = concerning(store, [artifact])[artifact]
    return [*_of(store, "memory", items), *_of(store, "memory", items, "d.subject_id")]


def outputs_of(store: Store, runs: Collection[str]) -> dict[str, list[str]]:
    """Run → the paths that it wrote."""
    found: dict[str, list[str]] = {}
    for run, path in store.select("SELECT run_id, path FROM run_output WHERE run_id IN ({}) ORDER BY path", runs):
        found.setdefault(run, []).append(path)
    return found


def outcomes_of(store: Store, runs: Collection[str]) -> dict[str, str]:
    """Run → how it ended, of those that did."""
    return dict(store.select("SELECT run_id, outcome FROM run_end WHERE run_id IN ({}) ORDER BY ended_at", runs))


def _of(store: Store, kind: str, about: Collection[str] | None, by: str = "") -> list[Event]:
    table, columns, subject = EVENTS[kind]
    subject = by or subject
    sql = f"SELECT '{kind}', {columns}, {RETRACTED.format('d.id')} FROM {table} WHERE 1 = 1"
    if kind in OF_KIND:
        listed = ", ".join(f"'{one}'" for one in OF_KIND[kind])
        sql += f" AND d.kind IN ({listed})"
    if about is None:
        return [Event(*row) for row in store.database.rows(sql)]
    rows: dict[str, Event] = {}
    for one in about if kind == "run" else ():
        for row in store.database.rows(f"{sql} AND {IN_RUNS.format('?')}", [one] * 3):
            rows[row[1]] = Event(*row)
    if kind != "run":
        rows = {row[1]: Event(*row) for row in store.select(f"{sql} AND {subject} IN ({{}})", about)}
    return list(rows.values())
