"""What runs did, in the order of time: what they made and took, how they ended, what they read undeclared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ...lineage.evidence import BY_ITSELF, Evidence
from ...lineage.purpose import ASSERTED
from ..query import ANCESTORS, STANDING_RUN
from ..receipts import OUTPUT
from ..store import Store

SEEN_ONLY = (Evidence.OBSERVED, Evidence.UNATTRIBUTED)  # read without having been declared
SEEN = ", ".join(f"'{evidence}'" for evidence in SEEN_ONLY)
NEEDS_NONE = ", ".join(f"'{role}'" for role in sorted(BY_ITSELF))  # roles that no declaration is asked for


class Made(NamedTuple):
    """A run that wrote a version; `ended_at` is None where no end is on record.

    `asserted_by` is who said later that it did, None where it was recorded as it went.
    """

    version: str
    run: str
    script: str | None
    started_at: str
    ended_at: str | None
    asserted_by: str | None


class Part(NamedTuple):
    """What a run did with a version: read it as an input (with a fact and its evidence), or wrote it."""

    run: str
    started_at: str
    outcome: str | None
    seconds: float | None
    command: str
    side: str
    role: str
    version: str
    fact: str
    evidence: str | None


class Read(NamedTuple):
    """A read of a run that stands."""

    fact: str
    run: str
    path: str
    version: str


class Announced(NamedTuple):
    """A run that said it would write somewhere, and how it ended, if it did."""

    run: str
    started_at: str
    outcome: str | None
    detail: str | None


class RunSeen(NamedTuple):
    """A run as a lineage shows it; without an end it has no outcome."""

    id: str
    purpose: str
    started_at: str
    author: str
    outcome: str | None
    ended_at: str | None


class Ended(NamedTuple):
    """What a run took: seconds, and its cost where that is known."""

    run: str
    seconds: float
    cost: float | None


def made(store: Store, versions: Iterable[str]) -> list[Made]:
    """The runs that wrote these versions; those of one version are the newest first."""
    rows = store.select(
        f"""SELECT DISTINCT o.version_id, r.id, r.script_id, r.started_at,
                  (SELECT MIN(e.ended_at) FROM run_end e WHERE e.run_id = r.id),
                  CASE WHEN r.purpose = ? THEN r.author END
           FROM run_output o JOIN {STANDING_RUN} r ON r.id = o.run_id
           WHERE o.version_id IN ({{}}) ORDER BY r.started_at DESC, r.id""",
        versions,
        [ASSERTED],
    )
    return [Made(*row) for row in rows]


def scripts_run(store: Store) -> dict[str, str]:
    """Run → the path under which it ran its script, of runs that stand: other files may hold the same bytes."""
    rows = store.database.rows(f"SELECT id, script_path FROM {STANDING_RUN} r WHERE script_path IS NOT NULL")
    return {str(run): str(path) for run, path in rows}


def made_from_script(store: Store, artifact: str, but: str) -> list[tuple[str, str, str]]:
    """(artifact, its version, version of the script) of all that versions of a script other than this one made."""
    rows = store.database.rows(
        """SELECT DISTINCT made.artifact_id, o.version_id, i.version_id FROM standing_run_input i
           JOIN sighting s ON s.version_id = i.version_id AND s.artifact_id = ?
           JOIN run_output o ON o.run_id = i.run_id
           JOIN sighting made ON made.version_id = o.version_id
           WHERE i.role = 'script' AND i.version_id <> ? ORDER BY 1, 2, 3""",
        [artifact, but],
    )
    return [(made, version, script) for made, version, script in rows]


def parts_in_runs(store: Store, artifact: str) -> list[Part]:
    """What runs did with any version of an artifact, the newest run first; reads that were taken back are left out."""
    rows = store.database.rows(
        f"""SELECT r.id, r.started_at, e.outcome, e.seconds, r.command, x.side, x.role, x.version_id, x.id, x.evidence
           FROM (SELECT id, run_id, 'input' AS side, role, version_id, evidence FROM standing_run_input
                 UNION ALL SELECT id, run_id, 'output', role, version_id,
                                 CASE WHEN evidence = 'asserted' THEN evidence END FROM run_output) x
           JOIN {STANDING_RUN} r ON r.id = x.run_id
           LEFT JOIN run_end e ON e.run_id = r.id
           WHERE x.version_id IN (SELECT version_id FROM sighting WHERE artifact_id = ?)
           ORDER BY r.started_at DESC, r.id, x.side, x.role""",
        [artifact],
    )
    return [Part(*row) for row in rows]


def read_to_evaluate(store: Store, roles: Iterable[str]) -> set[str]:
    """The versions that a run read in one of these roles, or for an evaluation."""
    rows = store.select(
        """SELECT i.version_id FROM standing_run_input i JOIN run r ON r.id = i.run_id
           WHERE r.purpose LIKE 'eval%' OR i.role IN ({})""",
        roles,
    )
    return {version for (version,) in rows}


def undeclared_reads(store: Store, version: str) -> list[Read]:
    """Reads behind a version that stand on observation alone and were not taken back, by run and path."""
    rows = store.database.rows(
        f"""{ANCESTORS} SELECT DISTINCT i.id, i.run_id, i.path, i.version_id FROM above
            JOIN run_output o ON o.version_id = above.id JOIN standing_run_input i ON i.run_id = o.run_id
            WHERE i.evidence IN ({SEEN}) AND i.role NOT IN ({NEEDS_NONE}) AND NOT EXISTS
                  (SELECT 1 FROM standing_run_input d WHERE d.run_id = i.run_id AND d.version_id = i.version_id
                   AND d.evidence NOT IN ({SEEN})) ORDER BY 2, 3""",
        [version],
    )
    return [Read(*row) for row in rows]


def last_announced(store: Store, announcement: str) -> Announced | None:
    """The last run that said this about a place that it was to write."""
    row = store.database.one(
        """SELECT r.id, r.started_at, e.outcome, e.detail FROM receipt c JOIN run r ON r.id = c.subject_id
           LEFT JOIN run_end e ON e.run_id = r.id WHERE c.kind = ? AND c.body = ? ORDER BY r.started_at DESC""",
        [OUTPUT, announcement],
    )
    return Announced(*row) if row else None


def last_completed(store: Store, script: str) -> Ended | None:
    """The last completed run of any version of a script, by its artifact."""
    row = store.database.one(
        """SELECT r.id, e.seconds, e.cost FROM run r JOIN run_end e ON e.run_id = r.id AND e.outcome = 'completed'
           WHERE r.script_id IN (SELECT version_id FROM sighting WHERE artifact_id = ?) AND r.purpose <> ?
           ORDER BY r.started_at DESC, r.id LIMIT 1""",
        [script, ASSERTED],
    )
    return Ended(*row) if row else None


def ended(store: Store, runs: Iterable[str]) -> list[Ended]:
    """What these runs took, of those that ended and were recorded as they went."""
    sql = "SELECT run_id, seconds, cost FROM run_end WHERE seconds > 0 AND run_id IN ({})"
    return [Ended(*row) for row in store.select(sql, runs)]


def runs_seen(store: Store, runs: Iterable[str]) -> list[RunSeen]:
    """These runs, each with its latest end."""
    rows = store.select(
        """SELECT r.id, r.purpose, r.started_at, r.author, e.outcome, e.ended_at FROM run r
           LEFT JOIN run_end e ON e.run_id = r.id WHERE r.id IN ({}) ORDER BY e.ended_at""",
        runs,
    )
    return list({row[0]: RunSeen(*row) for row in rows}.values())


def written_by(store: Store, runs: Iterable[str]) -> list[tuple[str, str, str]]:
    """(run, version, role) of what these runs wrote."""
    rows = store.select("SELECT run_id, version_id, role FROM run_output WHERE run_id IN ({})", runs)
    return [(run, version, role) for run, version, role in rows]
