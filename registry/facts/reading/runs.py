"""Runs on record: what was started, what it read and wrote, how it ended, and the receipts it left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from ...lineage.evidence import Evidence
from ...lineage.purpose import ASSERTED
from ..query import ANCESTORS_OF, STANDING_RUN
from ..receipts import OUTPUT
from ..store import Store

MERELY_SEEN = f"'{Evidence.OBSERVED.value}', '{Evidence.UNATTRIBUTED.value}'"


class Read(NamedTuple):
    """One input of a run."""

    role: str
    version: str
    path: str


class ReadBy(NamedTuple):
    """One input of a run that is told with the run."""

    run: str
    role: str
    version: str


class Unended(NamedTuple):
    """A run without an end: `command` and `environment` are JSON, as they are on record."""

    id: str
    started_at: str
    command: str
    host: str
    pid: int
    environment: str


class Seen(NamedTuple):
    """An input as it is on record, whatever became of it: which run read it, its name, and how that is known."""

    run: str
    path: str
    evidence: str


class Started(NamedTuple):
    """What a run was started with; `params` are canonical JSON."""

    id: str
    script: str | None
    params: str
    seed: int | None


def is_on_record(store: Store, run: str) -> bool:
    """Whether a run of this id was started."""
    return store.database.one("SELECT 1 FROM run WHERE id = ?", [run]) is not None


def has_ended(store: Store, run: str) -> bool:
    """Whether the end of a run is on record."""
    return store.database.one("SELECT 1 FROM run_end WHERE run_id = ?", [run]) is not None


def started(store: Store, run: str) -> Started:
    """What a run on record was started with."""
    row = store.database.one("SELECT id, script_id, params, seed FROM run WHERE id = ?", [run])
    assert row is not None
    return Started(*row)


def checked_out(store: Store, run: str) -> tuple[str, str]:
    """The commit that was checked out when a run started, and what was not committed, as a patch."""
    row = store.database.one('SELECT "commit", diff FROM run WHERE id = ?', [run])
    assert row is not None
    return row[0] or "", row[1] or ""


def runs_like(store: Store, digits: str) -> list[str]:
    """The ids of all runs that begin so."""
    return [id for (id,) in store.database.rows("SELECT id FROM run WHERE SUBSTR(id, 1, ?) = ?", [len(digits), digits])]


def declared_reads(store: Store, run: str) -> list[Read]:
    """What a run said it would read, by role."""
    sql = f"""SELECT role, version_id, path FROM run_input
              WHERE run_id = ? AND evidence = '{Evidence.DECLARED.value}' ORDER BY role"""
    return [Read(*row) for row in store.database.rows(sql, [run])]


def reads(store: Store, run: str) -> list[Read]:
    """Everything that a run read, as far as that stands."""
    sql = "SELECT role, version_id, path FROM standing_run_input WHERE run_id = ?"
    return [Read(*row) for row in store.database.rows(sql, [run])]


def observed_reads(store: Store, run: str) -> dict[str, str]:
    """Name to version of what was seen being read while a run went."""
    sql = f"SELECT path, version_id FROM run_input WHERE run_id = ? AND evidence IN ({MERELY_SEEN})"
    return dict(store.database.rows(sql, [run]))


def seen(store: Store, input: str) -> Seen:
    """An input of a run, by the id of that fact."""
    row = store.database.one("SELECT run_id, path, evidence FROM run_input WHERE id = ?", [input])
    assert row is not None
    return Seen(*row)


def first_writer(store: Store, version: str) -> str | None:
    """A run that is on record, and stands, as having written a version; None where there is none."""
    sql = f"""SELECT o.run_id FROM run_output o JOIN {STANDING_RUN} r ON r.id = o.run_id
              WHERE o.version_id = ? ORDER BY o.run_id"""
    row = store.database.one(sql, [version])
    return row[0] if row else None


def wrote_before(store: Store, version: str, script_path: str | None) -> bool:
    """Whether any run of the script at this path has written a version."""
    sql = "SELECT 1 FROM run_output o JOIN run r ON r.id = o.run_id WHERE o.version_id = ? AND r.script_path = ?"
    return store.database.one(sql, [version, script_path]) is not None


def inputs_of_writers(store: Store, version: str) -> list[ReadBy]:
    """Everything that the runs which wrote a version read, as far as that stands."""
    rows = store.database.rows(
        """SELECT DISTINCT o.run_id, i.role, i.version_id FROM run_output o
           JOIN standing_run_input i ON i.run_id = o.run_id WHERE o.version_id = ? ORDER BY 1, 2, 3""",
        [version],
    )
    return [ReadBy(*row) for row in rows]


def bases_read(store: Store, version: str) -> set[str]:
    """What the runs that wrote a version read under the role `base`."""
    rows = store.database.rows(
        """SELECT i.version_id FROM run_output o JOIN standing_run_input i ON i.run_id = o.run_id
           WHERE o.version_id = ? AND i.role = 'base'""",
        [version],
    )
    return {base for (base,) in rows}


def completed_writers(store: Store, version: str, seed: int) -> list[Started]:
    """The completed runs with this seed that wrote a version."""
    rows = store.database.rows(
        """SELECT r.id, r.script_id, r.params, r.seed FROM run_output o JOIN run r ON r.id = o.run_id
           JOIN run_end e ON e.run_id = r.id AND e.outcome = 'completed' WHERE o.version_id = ? AND r.seed = ?""",
        [version, seed],
    )
    return [Started(*row) for row in rows]


def read_by(store: Store, runs: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Run → (role, version) of what it read, by role."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    sql = "SELECT run_id, role, version_id FROM standing_run_input WHERE run_id IN ({}) ORDER BY role"
    for run, role, version in store.select(sql, runs):
        found[run].append((role, version))
    return found


def last_announced(store: Store, body: str, but: str) -> Started | None:
    """The last run, other than `but`, that announced an output with this body."""
    row = store.database.one(
        """SELECT r.id, r.script_id, r.params, r.seed FROM receipt c JOIN run r ON r.id = c.subject_id
           WHERE c.kind = ? AND c.body = ? AND r.id <> ? ORDER BY r.started_at DESC LIMIT 1""",
        [OUTPUT, body, but],
    )
    return Started(*row) if row else None


def is_announced(store: Store, body: str) -> bool:
    """Whether any run announced an output with this body."""
    return store.database.one("SELECT 1 FROM receipt WHERE kind = ? AND body = ?", [OUTPUT, body]) is not None


def receipts(store: Store, subject: str, kind: str) -> list[str]:
    """The bodies of all receipts of a kind about a subject."""
    sql = "SELECT body FROM receipt WHERE subject_id = ? AND kind = ?"
    return [body for (body,) in store.database.rows(sql, [subject, kind])]


def unended(store: Store) -> list[Unended]:
    """Runs of this working copy that have no end on record, the newest first."""
    rows = store.database.rows(
        """SELECT r.id, r.started_at, r.command, r.host, r.pid, r.environment FROM run r
           LEFT JOIN run_end e ON e.run_id = r.id WHERE e.id IS NULL AND r.environment LIKE ?
           ORDER BY r.started_at DESC, r.id""",
        [_here(store)],
    )
    return [Unended(*row) for row in rows]


def going_on(store: Store, but: str, since: str) -> list[tuple[str, int, bool]]:
    """(run, process id, whether it has ended) of other runs of this working copy that had not ended by then."""
    rows = store.database.rows(
        """SELECT r.id, r.pid, e.id FROM run r LEFT JOIN run_end e ON e.run_id = r.id
           WHERE r.id <> ? AND (e.id IS NULL OR e.ended_at >= ?) AND r.environment LIKE ?""",
        [but, since, _here(store)],
    )
    return [(id, pid, end is not None) for id, pid, end in rows]


def inside(store: Store, run: str) -> list[tuple[str, int, str]]:
    """(run, process id, environment as JSON) of the recorded runs that a run had started."""
    return store.database.rows("SELECT id, pid, environment FROM run WHERE parent_id = ?", [run])


def process_of(store: Store, run: str) -> tuple[str, int, str] | None:
    """(host, process id, environment as JSON) of a run; None where it is not on record."""
    row = store.database.one("SELECT host, pid, environment FROM run WHERE id = ?", [run])
    return (row[0], row[1], row[2]) if row else None


def names_read(store: Store, runs: Collection[str]) -> list[str]:
    """The names of what these runs read with a right to it: whatever was not merely observed."""
    sql = f"SELECT path FROM run_input WHERE evidence NOT IN ({MERELY_SEEN}) AND run_id IN ({{}})"
    return [name for (name,) in store.select(sql, runs)]


def names_written(store: Store, runs: Collection[str]) -> list[str]:
    """The names of what these runs wrote."""
    return [name for (name,) in store.select("SELECT path FROM run_output WHERE run_id IN ({})", runs)]


def announcements(store: Store, runs: Collection[str]) -> list[str]:
    """The bodies of the receipts by which these runs announced their outputs."""
    sql = "SELECT body FROM receipt WHERE kind = ? AND subject_id IN ({})"
    return [body for (body,) in store.select(sql, runs, [OUTPUT])]


def made_above(store: Store, versions: Collection[str]) -> dict[str, set[str]]:
    """What was made from each ancestor of these versions, as far as they descend from it; reads taken back left out."""
    found: dict[str, set[str]] = defaultdict(set)
    rows = store.select(
        f"""{ANCESTORS_OF} SELECT DISTINCT i.version_id, o.version_id FROM above
            JOIN run_output o ON o.version_id = above.id JOIN standing_run_input i ON i.run_id = o.run_id""",
        versions,
    )
    for read, made in rows:
        found[read].add(made)
    return found


def inputs_said(store: Store, run: str) -> list[str]:
    """The facts that say what somebody said a run had read."""
    sql = f"SELECT id FROM run_input WHERE run_id = ? AND evidence = '{Evidence.ASSERTED.value}' ORDER BY id"
    return [id for (id,) in store.database.rows(sql, [run])]


def is_asserted(store: Store, run: str) -> bool:
    """Whether a run is somebody's word, said later."""
    return store.database.one("SELECT 1 FROM run WHERE id = ? AND purpose = ?", [run, ASSERTED]) is not None


def _here(store: Store) -> str:
    """How the environment of a run of this working copy reads, for LIKE."""
    return f'%"workspace":"{store.workspace}"%'
