"""Read the registry into values: facts of versions, the graph around them, artifacts and what they are now.

Everything is plain SQL that both databases understand, with lists of ids in chunks, so that a question about one
version touches only that version's ancestry and a question about all of them is a handful of scans.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ..hashing import DOUBTFUL, EMPTY
from ..kinds import DATASET, SCRIPT, Judged, plainest, row_of
from ..lineage.evidence import BY_ITSELF, Evidence
from ..lineage.graph import Graph, Input, RunNode, ended_as
from ..lineage.purpose import ASSERTED, REPAIR
from ..lineage.status import LACKING, Stand, Status, VersionFacts
from .doubtful import doubtful_stands
from .proven import Demand
from .receipts import OUTLINE
from .store import Store

ANCESTORS = f"""
WITH RECURSIVE above(id) AS (
    SELECT CAST(? AS TEXT)
    UNION
    SELECT run_input.version_id FROM above
    JOIN run_output ON run_output.version_id = above.id
    JOIN run_input ON run_input.run_id = run_output.run_id
    WHERE run_input.id NOT IN (SELECT fact_id FROM retraction) AND above.id <> '{EMPTY}'
)
"""
ANCESTORS_OF = ANCESTORS.replace("SELECT CAST(? AS TEXT)", "SELECT id FROM version WHERE id IN ({})")
DESCENDANTS = f"""
WITH RECURSIVE below(id) AS (
    SELECT CAST(? AS TEXT)
    UNION
    SELECT run_output.version_id FROM below
    JOIN run_input ON run_input.version_id = below.id
    JOIN run_output ON run_output.run_id = run_input.run_id
    WHERE run_input.id NOT IN (SELECT fact_id FROM retraction) AND below.id <> '{EMPTY}'
)
"""
NAMED = """COALESCE(l.path, (SELECT n.path FROM sighting n WHERE n.artifact_id = a.id ORDER BY n.at DESC, n.id LIMIT 1),
    a.name)"""  # what an artifact is called: its path here, else the one under which it was seen last
ONE_ROW = re.compile(r"^1 rows\b")  # as outlines said it that are on record
FORGOTTEN_STATUS = "forgotten"
FORGOTTEN = f"""SELECT forgetting.subject_id FROM declaration forgetting WHERE forgetting.status = '{FORGOTTEN_STATUS}'
    AND NOT EXISTS (SELECT 1 FROM retraction taken WHERE taken.fact_id = forgetting.id)"""
STANDING_RUN = "(SELECT * FROM run WHERE id NOT IN (SELECT fact_id FROM retraction))"
RULES = "rules"
OVERLAP = "overlap"
UNFINISHED = "it never finished: killed, or still going"
CUT_SHORT = tuple(f"it {ended_as(outcome)}" for outcome in ("failed", "killed"))
UNNAMED = "unknown"  # of what no artifact was ever seen with
STANDING_STATUSES = (Status.CONTAMINATED.value, Status.DEPRECATED.value, Status.UNVERIFIED.value)
Rulesets = Mapping[str, str]


@dataclass(frozen=True)
class ArtifactRow:
    """An artifact and what it is now: its present name, its current version, whether it is here."""

    id: str
    kind: str
    name: str
    version: str | None
    present: bool
    content: str | None = None
    size: int = 0
    profile: Mapping[str, Any] = field(default_factory=dict)


def artifacts(store: Store, where: str = "", values: Collection[Any] = (), profiles: bool = False) -> list[ArtifactRow]:
    """Artifacts with their current version in this working copy, by name; `where` is SQL over the aliases a, l and v.

    An artifact that this working copy has never held is shown with the version that was seen last anywhere.
    """
    profile = "d.profile" if profiles else "NULL"
    rows = store.database.rows(
        f"""SELECT a.id, a.kind, {NAMED}, v.id, COALESCE(l.present, 0), v.content,
                   COALESCE(v.size, 0), {profile}
            FROM standing_artifact a
            LEFT JOIN location l ON l.artifact_id = a.id AND l.workspace = ?
            LEFT JOIN version v ON v.id = COALESCE(l.version_id, (SELECT s.version_id FROM sighting s
                WHERE s.artifact_id = a.id ORDER BY s.at DESC, s.id LIMIT 1))
            LEFT JOIN description d ON d.version_id = v.id
            {"WHERE " + where if where else ""}
            ORDER BY 3, 1""",
        [store.workspace, *values],
    )
    without = {version for _, _, _, version, _, _, _, described in rows if version and not described}
    outlines = _outlines(store, without) if profiles else {}
    return [
        ArtifactRow(
            *(id, kind, name, version, bool(present), content, size),
            json.loads(described) if described else outlines.get(version or "", {}),
        )
        for id, kind, name, version, present, content, size, described in rows
    ]


def _outlines(store: Store, versions: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """A profile for versions that were never described here, since they lie elsewhere: what each is, in a line."""
    found: dict[str, tuple[int, Mapping[str, Any]]] = {}
    sql = "SELECT subject_id, body FROM receipt WHERE kind = ? AND subject_id IN ({}) ORDER BY id"
    for version, body in store.select(sql, versions, [OUTLINE]):
        said = json.loads(body)
        if version not in found or said["observer"] > found[version][0]:
            found[version] = said["observer"], {OUTLINE: ONE_ROW.sub("1 row", said["purpose"])}
    return {version: profile for version, (_, profile) in found.items()}


def ancestors(store: Store, version: str) -> set[str]:
    """A version and every version that it was made from."""
    return {id for (id,) in store.database.rows(f"{ANCESTORS} SELECT id FROM above", [version])}


def ancestors_of(store: Store, versions: Iterable[str]) -> set[str]:
    """These versions and every version that any of them was made from, in one walk."""
    asked = set(versions)
    return asked | {id for (id,) in store.select(f"{ANCESTORS_OF} SELECT id FROM above", asked)}


def descendants(store: Store, version: str) -> set[str]:
    """A version and every version that was made from it."""
    return {id for (id,) in store.database.rows(f"{DESCENDANTS} SELECT id FROM below", [version])}


def graph_above(store: Store, versions: Iterable[str]) -> tuple[Graph, set[str]]:
    """The runs that wrote any ancestor of these versions, and the ids of all of them."""
    ids = ancestors_of(store, versions)
    return _graph(
        store, {run for (run,) in store.select("SELECT run_id FROM run_output WHERE version_id IN ({})", ids)}
    ), ids


def graph_below(store: Store, version: str) -> tuple[Graph, set[str]]:
    """The runs that read any descendant of a version, and the ids of all versions they touch."""
    ids = descendants(store, version)
    graph = _graph(
        store, {run for (run,) in store.select("SELECT run_id FROM run_input WHERE version_id IN ({})", ids)}
    )
    return graph, ids | {input.version for run in graph.runs.values() for input in run.inputs}


def graph_of_writers(store: Store, versions: Iterable[str]) -> Graph:
    """The runs that wrote these versions, and nothing further up."""
    sql = "SELECT run_id FROM run_output WHERE version_id IN ({})"
    return _graph(store, {run for (run,) in store.select(sql, versions)})


def whole_graph(store: Store) -> Graph:
    """Every run on record."""
    return _graph(store, None)


def _graph(store: Store, runs: Collection[str] | None) -> Graph:
    def rows(columns: str, table: str, key: str = "run_id") -> list[tuple[Any, ...]]:
        if runs is None:
            return store.database.rows(f"SELECT {columns} FROM {table} ORDER BY id")
        return store.select(f"SELECT {columns} FROM {table} WHERE {key} IN ({{}}) ORDER BY id", runs)

    inputs: dict[str, list[tuple[str, str, str, str]]] = defaultdict(list)
    outputs: dict[str, list[str]] = defaultdict(list)
    for run, role, version, path, evidence in rows("run_id, role, version_id, path, evidence", "standing_run_input"):
        inputs[run].append((role, version, path, evidence))
    for run, version in rows("run_id, version_id", "run_output"):
        if version != EMPTY:  # whoever wrote nothing, it says nothing of what else is empty
            outputs[run].append(version)
    unsigned: dict[str, list[str]] = defaultdict(list)
    for run, why in Demand(store).defects(runs):
        unsigned[run].append(why)
    ends = {run: (outcome, defects) for run, outcome, defects in rows("run_id, outcome, defects", "run_end")}
    return Graph.of(
        RunNode(
            id=run,
            inputs=tuple(
                dict.fromkeys(Input(role, id) for role, id, _, how in inputs[run] if how != Evidence.UNATTRIBUTED)
            ),
            outputs=tuple(dict.fromkeys(outputs[run])),
            started_at=started,
            defects=(*_defects(ends.get(run), inputs[run]), *unsigned[run]),
            repairs=purpose == REPAIR,
            asserted=purpose == ASSERTED,
        )
        for run, started, purpose in rows("id, started_at, purpose", f"{STANDING_RUN} standing_run", "id")
    )


def _defects(end: tuple[str, str] | None, inputs: list[tuple[str, str, str, str]]) -> tuple[str, ...]:
    """Why a run does not prove its outputs: it did not complete, read what nobody declared, or says so itself."""
    if end is None:
        return (UNFINISHED,)
    outcome, defects = end
    found = [] if outcome == "completed" else [f"it {ended_as(outcome)}"]
    return tuple(dict.fromkeys([*found, *_unproven(inputs), *json.loads(defects)]))


def _unproven(inputs: list[tuple[str, str, str, str]]) -> Iterator[str]:
    """What a run read that nobody declared."""
    declared = {
        version for _, version, _, evidence in inputs if evidence not in (Evidence.OBSERVED, Evidence.UNATTRIBUTED)
    }
    for role, version, path, evidence in inputs:
        if version not in declared and role not in BY_ITSELF:
            unknown = f"{path} was read while it went, by whom is unknown"
            yield f"it read {path}, which was not declared" if evidence == Evidence.OBSERVED else unknown


def unsound(store: Store, runs: Collection[str]) -> dict[str, str]:
    """Why these runs prove nothing, however they ended: the first reason of each that has one."""
    graph = _graph(store, runs)
    whole = {run: [one for one in node.defects if one not in CUT_SHORT] for run, node in graph.runs.items()}
    return {run: defects[0] for run, defects in whole.items() if defects}


def facts_of(store: Store, today: Rulesets, versions: Collection[str] | None = None) -> dict[str, VersionFacts]:
    """What is on record about these versions (or all), under today's rulesets, without what was retracted.

    `today` maps a kind of artifact, or an examiner other than the rules, to its ruleset. Findings of the rules as they
    were earlier stand only until a version is examined under today's.
    """
    return _FactReader(store, today, versions).read()


def current_examinations(store: Store, today: Rulesets, versions: Collection[str]) -> set[str]:
    """The examinations of these versions whose findings count: those under today's rules, or all if there are none."""
    reader = _FactReader(store, today, versions)
    return reader.examinations(reader.named()[0])[1]


@lru_cache(1024)
def _parsed(unchecked: str) -> list[tuple[str, str]]:
    """What was not checkable, as JSON of [rule, why]: of ten thousand versions it is the same few."""
    return [(rule, why) for rule, why in json.loads(unchecked)]


class _FactReader:
    """One pass over each table that holds facts about versions."""

    def __init__(self, store: Store, today: Rulesets, versions: Collection[str] | None, doubts: bool = True) -> None:
        self.store = store
        self.doubts = doubts
        self.today = today
        self.versions = versions

    def rows(self, sql: str, column: str) -> list[tuple[Any, ...]]:
        """Rows of a query, limited to the versions that are asked about."""
        if self.versions is None:
            return self.store.database.rows(sql)
        joiner = "AND" if " WHERE " in sql else "WHERE"
        return self.store.select(f"{sql} {joiner} {column} IN ({{}})", self.versions)

    def read(self) -> dict[str, VersionFacts]:
        ids = [id for (id,) in self.rows("SELECT id FROM version", "id")]
        kinds, tracked = self.named()
        examined, current, noted = self.examinations(kinds)
        stands: dict[str, list[Stand]] = defaultdict(list)
        unchecked: dict[str, list[str]] = defaultdict(list)
        for version, rule, why in noted:
            if rule in LACKING:
                stands[version].append(Stand(Status.UNVERIFIED, why, lacks=rule))
            else:
                unchecked[version].append(f"{rule}: {why}")
        self._findings(current, stands)
        self._declarations(stands)
        if self.doubts:
            for version, doubts in doubtful_stands(self.store, self.versions, self._plain, self._made).items():
                told = {stand.fact for stand in stands[version] if stand.fact}
                stands[version] += [stand for stand in doubts if stand.fact not in told]
        demand = Demand(self.store)
        for version, stand in demand.stands(self.versions):
            stands[version].append(stand)
        attested: dict[str, str] = {}
        for version, at, id in self.rows("SELECT version_id, at, id FROM standing_attestation", "version_id"):
            if demand.counts(id):
                attested[version] = min(at, attested.get(version, at))
        return {
            id: VersionFacts(
                id=id,
                kind=next(iter(kinds.get(id, ())), UNNAMED),
                stands=tuple(sorted(stands[id], key=lambda stand: (stand.fact, stand.message))),
                examined=id in examined,
                unruled=tuple(kind for kind in kinds.get(id, ()) if self._is_unruled(kind)),
                unchecked=tuple(sorted(unchecked[id])),
                tracked=id in tracked,
                attested_at=attested.get(id),
            )
            if id != EMPTY
            else VersionFacts(id, next(iter(kinds.get(id, ())), UNNAMED), examined=True, tracked=id in tracked)
            for id in ids
        }

    def named(self) -> tuple[dict[str, tuple[str, ...]], set[str]]:
        """The kinds of the names that each version has, and the versions that a sighting under every kind of name
        explains; of those that are empty, under any."""
        sources: dict[str, dict[str, bool]] = defaultdict(dict)
        sql = """SELECT DISTINCT s.version_id, a.kind, s.source FROM sighting s
                 JOIN standing_artifact a ON a.id = s.artifact_id"""
        for version, kind, source in self.rows(sql, "s.version_id"):
            known = sources[version].get(kind, False)
            sources[version][kind] = known or row_of(kind).is_origin(source)
        tracked = {id for id, seen in sources.items() if (any if id == EMPTY else all)(seen.values())}
        return {id: plainest(seen) for id, seen in sources.items()}, tracked

    def _is_unruled(self, kind: str) -> bool:
        """Whether rules judge this kind, and none of today's looks at it."""
        return row_of(kind).judged is Judged.BY_RULES and kind not in self.today

    def _plain(self, versions: Collection[str]) -> Mapping[str, VersionFacts]:
        """Facts about other versions, without what those may import: that is part of whoever may import them."""
        return _FactReader(self.store, self.today, versions, doubts=False).read()

    def _made(self, versions: Collection[str]) -> Callable[[str], list[RunNode]]:
        return graph_of_writers(self.store, versions).made_by

    def examinations(
        self, kinds: Mapping[str, Collection[str]]
    ) -> tuple[set[str], set[str], list[tuple[str, str, str]]]:
        """Versions that today's rules for every kind of their names have seen, the examinations whose findings stand,
        and (version, rule, why) of what was not checkable."""
        by_subject: dict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
        sql = "SELECT id, version_id, examiner, ruleset, unchecked FROM standing_examination"
        for id, version, examiner, ruleset, unchecked in self.rows(sql, "version_id"):
            by_subject[version, examiner].append((id, ruleset, unchecked))
        wanted = {id: {self.today[kind] for kind in named if kind in self.today} for id, named in kinds.items()}
        needed = {id: self._needed(named) for id, named in kinds.items()}
        examined = {id for id, rulesets in needed.items() if not rulesets}
        current: set[str] = set()
        not_checkable: list[tuple[str, str, str]] = []
        for (version, examiner), held in by_subject.items():
            today = wanted.get(version, set()) if examiner == RULES else {self.today.get(examiner)}
            fresh = [one for one in held if one[1] in today]
            first = {ruleset: unchecked for _, ruleset, unchecked in reversed(fresh)}
            is_seen = bool(today) and first.keys() == today
            current |= {id for id, _, _ in (fresh if is_seen else held)}
            if examiner == RULES:
                examined |= {version} if needed.get(version) and needed[version] <= first.keys() else set()
                not_checkable += [(version, *one) for unchecked in first.values() for one in _parsed(unchecked)]
        return examined, current, not_checkable

    def _needed(self, kinds: Collection[str]) -> set[str]:
        """Today's rulesets without which what has names of these kinds is not clean."""
        return {self.today[kind] for kind in kinds if kind in self.today and row_of(kind).judged is Judged.BY_RULES}

    def _findings(self, current: set[str], stands: dict[str, list[Stand]]) -> None:
        sql = """SELECT id, examination_id, version_id, rule, message, file, line, row, field, scope
                 FROM standing_finding WHERE severity = 'contaminates'"""
        for id, examination, version, rule, message, file, line, row, column, scope in self.rows(sql, "version_id"):
            if examination in current:
                place = (file or "", line, row, column or "", scope or "")
                stands[version].append(Stand(Status.CONTAMINATED, message, id, rule, *place))

    def _declarations(self, stands: dict[str, list[Stand]]) -> None:
        columns = "d.id, d.status, d.reason, d.author, d.scope, d.replaced_by"
        statuses = ", ".join(f"'{status}'" for status in STANDING_STATUSES)
        about = f"""SELECT said.version, {columns} FROM
                    (SELECT subject_id AS version, id FROM standing_declaration
                     UNION SELECT s.version_id, d.id FROM standing_declaration d JOIN sighting s
                           ON s.artifact_id = d.subject_id) said
                    JOIN standing_declaration d ON d.id = said.id WHERE d.status IN ({statuses})"""
        about_parts = f"""SELECT DISTINCT m.version_id, {columns}, m.path, k.kind FROM standing_declaration d
                          JOIN version h ON h.id = d.subject_id AND h.content <> '{EMPTY}'
                          JOIN version_kind k ON k.version_id = h.id
                          JOIN manifest_entry m ON m.digest = h.content AND m.path <> '' AND m.version_id <> h.id
                          WHERE (k.kind = '{SCRIPT}' AND d.status IN ({statuses})
                                 AND d.status <> '{Status.DEPRECATED.value}'
                                 OR k.kind = '{DATASET}' AND d.status = '{Status.CONTAMINATED.value}' AND EXISTS (
                                 SELECT 1 FROM version_kind w WHERE w.version_id = m.version_id
                                 AND w.kind = '{DATASET}'))"""
        found = self.rows(about, "said.version")
        for *said, path, kind in self.rows(about_parts, "m.version_id"):
            version, id, status, reason, author, scope, _ = said
            if kind == SCRIPT:
                found.append((*said, path))
            else:
                message = f"holds {path}: {reason} (declared by {author})"
                stands[version].append(Stand(Status(status), message, id, scope=scope or ""))
        for version, id, status, reason, author, scope, replaced_by, *helper in found:
            message = f"{reason} (declared by {author})"
            if helper and helper[0].startswith(DOUBTFUL):
                message = f"may import {helper[0].removeprefix(DOUBTFUL)}: {message}"
                stands[version].append(Stand(Status.UNVERIFIED, message, id, scope=scope or "", lacks="import"))
                continue
            message = "".join(f"imports {module}: " for module in helper) + message
            stand = Stand(Status(status), message, id, scope=scope or "", replaced_by=replaced_by or "")
            stands[version].append(stand)
