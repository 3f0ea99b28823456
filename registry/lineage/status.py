"""Status as a fold over facts: the same facts in any order give the same standing, with every reason and its path.

Own status is the worst standing fact about the bytes themselves. Lineage status adds where they came from: bytes are
clean if some recorded run explains them cleanly and nothing contaminating stands against them. Unknown is not clean.
Pure: no database, no clock, no files.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ..hashing import EMPTY
from ..kinds import DATASET, row_of
from .graph import Graph, RunNode, Step


class Status(StrEnum):
    """The four statuses, best first."""

    CLEAN = "clean"
    UNVERIFIED = "unverified"
    DEPRECATED = "deprecated"
    CONTAMINATED = "contaminated"

    @property
    def badness(self) -> int:
        """0 for clean up to 3 for contaminated."""
        return _ORDER[self]


EXAMINED = frozenset(("rules", "check", "overlap"))  # what a stand lacks where only an examination could tell
LACKING = frozenset(("syntax", "source", "module", "import"))  # what no rule could see past
_ORDER = {status: rank for rank, status in enumerate(Status)}


def worst(statuses: Iterable[Status]) -> Status:
    """The worst of these; clean when there are none."""
    return max(statuses, key=lambda status: status.badness, default=Status.CLEAN)


@dataclass(frozen=True)
class Stand:
    """One standing fact against a version: what it does, on which evidence, and where the evidence is.

    `lacks` says what is missing where a version is merely unproven:
    tracking, origin, content, rules, check, run, overlap, record, signature, syntax, source, module or import.
    """

    status: Status
    message: str
    fact: str = ""
    rule: str = ""
    file: str = ""
    line: int | None = None
    row: int | None = None
    field: str = ""
    scope: str = ""
    replaced_by: str = ""
    lacks: str = ""

    @property
    def where(self) -> str:
        """The place in a few words: `gen.py:165`, `row 12, field text`, or nothing."""
        parts = [f"{self.file}:{self.line}" if self.line else self.file]
        parts += [f"row {self.row}"] if self.row else []
        parts += [f"field {self.field}"] if self.field else []
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class VersionFacts:
    """What is on record about one version, retracted facts already left out.

    `kind` is that of the name by which it is called first, `unruled` are those of its names at which no rule looks and
    should, and `tracked` says that a sighting tells where it comes from.
    """

    id: str
    kind: str
    stands: tuple[Stand, ...] = ()
    examined: bool = False
    unruled: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    tracked: bool = False
    attested_at: str | None = None


@dataclass(frozen=True)
class Reason:
    """Why a version stands where it stands: the offending fact, the version it is about, and the path down to here."""

    stand: Stand
    origin: str
    path: tuple[Step, ...]


@dataclass(frozen=True)
class Standing:
    """The standing of one version: its own status, its lineage status, and the reasons, worst first."""

    version: str
    own: Status
    lineage: Status
    reasons: tuple[Reason, ...] = field(default=())


def own_stands(facts: VersionFacts, made: Iterable[RunNode], scopes: frozenset[str]) -> list[Stand]:
    """Every stand against the bytes themselves. Scoped contamination counts only when its scope is asked for."""
    if facts.id == EMPTY:
        return _of_nothing(facts)
    stands = [stand for stand in facts.stands if not stand.scope or stand.scope in scopes]
    stands += [Stand(Status.UNVERIFIED, f"no rule looks at a {kind}", lacks="rules") for kind in facts.unruled]
    if not facts.examined:
        stands.append(Stand(Status.UNVERIFIED, "today's rules have not been run on it", lacks="rules"))
    stands += [Stand(Status.UNVERIFIED, f"not checkable: {why}", lacks="check") for why in facts.unchecked]
    if not (facts.tracked or facts.attested_at or any(True for _ in made)):
        stands.append(UNTRACKED if _may_be_tracked(facts) else UNKNOWN_ORIGIN)
    return stands


def _may_be_tracked(facts: VersionFacts) -> bool:
    return "git" in row_of(facts.kind).origins


def _of_nothing(facts: VersionFacts) -> list[Stand]:
    """What stands against zero bytes: nothing that was said of any empty file, since all of them are the same."""
    if _may_be_tracked(facts):
        return [] if facts.tracked else [UNTRACKED]
    return [NOTHING]


def as_named(facts: VersionFacts, kind: str) -> VersionFacts:
    """The facts as they count for a name of this kind: of an empty file, only its kind tells what to make of it."""
    return replace(facts, kind=kind) if facts.id == EMPTY else facts


NOTHING = Stand(Status.UNVERIFIED, "it is empty", lacks="content")
UNTRACKED = Stand(Status.UNVERIFIED, "no known origin: not tracked in git and not attested", lacks="tracking")
UNKNOWN_ORIGIN = Stand(
    Status.UNVERIFIED, "no known origin: no recorded run made it and nobody attested where it came from", lacks="origin"
)
CIRCULAR = Stand(Status.UNVERIFIED, "no known origin: its records only lead back to itself", lacks="origin")


def explained_outright(facts: VersionFacts, made: Iterable[RunNode]) -> bool:
    """Whether the origin needs no run: tracked in git, or attested before any recorded run wrote these bytes.

    An attestation after the fact does not launder what a run has on record; and whoever says which script made it says
    that the script and its inputs decide.
    """
    made = list(made)
    if any(run.asserted for run in made):
        return False
    if facts.tracked:
        return True
    started = [run.started_at for run in made]
    return facts.attested_at is not None and (not started or facts.attested_at <= min(started))


def is_repairable(stand: Stand, kind: str) -> bool:
    """Whether a mended copy may leave this behind: examinations of a dataset say it, and the copy has its own."""
    return kind == DATASET and (bool(stand.rule) or stand.lacks in EXAMINED)


def is_plainly_clean(facts: VersionFacts, made: Sequence[RunNode]) -> bool:
    """Whether nothing at all stands against a version and every run that wrote it is sound: its ancestors decide.

    What rests on somebody's word is never plain: there is something to say of it.
    """
    if any(run.asserted for run in made):
        return False
    sound = explained_outright(facts, made) or all(not run.defects for run in made)
    return sound and not own_stands(facts, made, frozenset())


def plainly_proven(graph: Graph, plain: Collection[str]) -> set[str]:
    """Those of these plainly clean versions whose ancestors are all among them too; on a cycle, none is."""
    proven: set[str] = set()
    for version in graph.made_before(plain):
        if all(parent.version in proven for parent in graph.parents(version)):
            proven.add(version)
    return proven


def fold(
    graph: Graph, facts: Mapping[str, VersionFacts], scopes: frozenset[str] = frozenset()
) -> dict[str, tuple[Status, Status]]:
    """(own, lineage) status of every version in `facts`; the graph must hold all their ancestors.

    Two least fixed points, so that the answer does not depend on order and a cycle never proves itself: what is
    provably clean grows from nothing, and what is provably contaminated grows from nothing. Beside them grow the same
    two for what a repair reads, apart from what examinations say of it: what is mendable, and what is spoilt for good.
    """
    stands = {id: own_stands(one, graph.made_by(id), scopes) for id, one in facts.items()}
    repaired = any(run.repairs for run in graph.runs.values())  # without one, nobody asks what a repair leaves behind
    lasting = {
        id: [s for s in found if not is_repairable(s, facts[id].kind)] if repaired else found
        for id, found in stands.items()
    }
    own = {id: worst(stand.status for stand in found) for id, found in stands.items()}
    beneath = {id: worst(stand.status for stand in found) for id, found in lasting.items()}
    sound, mendable = _sound(stands), _sound(lasting)
    order = graph.made_before(facts)
    clean, mended = set[str](), set[str]()
    contaminated, spoilt = set[str](), set[str]()
    changed = True
    while changed:
        changed = False
        for version in order:
            made = graph.made_by(version)
            outright = explained_outright(facts[version], made)
            proven = outright or any(_proves(run, mended if run.repairs else clean) for run in made)
            taints = [_taints(run, spoilt if run.repairs else contaminated) for run in made]
            said = any(run.asserted for run in made)  # of two words for who made it, the worse counts
            inherited = not outright and bool(made) and (any(taints) if said else all(taints))
            for grown, belongs in (
                (clean, proven and version in sound),
                (mended, proven and version in mendable),
                (contaminated, inherited or own[version] is Status.CONTAMINATED),
                (spoilt, inherited or beneath[version] is Status.CONTAMINATED),
            ):
                if belongs and version not in grown:
                    grown.add(version)
                    changed = True
    return {id: (own[id], _lineage(id, own[id], clean, contaminated)) for id in facts}


def _sound(stands: Mapping[str, Iterable[Stand]]) -> set[str]:
    """Versions against which nothing stands, deprecation aside."""
    return {id for id, found in stands.items() if all(stand.status is Status.DEPRECATED for stand in found)}


def _proves(run: RunNode, clean: set[str]) -> bool:
    return not run.defects and all(input.version in clean for input in run.inputs)


def _taints(run: RunNode, contaminated: set[str]) -> bool:
    return any(input.version in contaminated for input in run.inputs)


def _lineage(version: str, own: Status, clean: set[str], contaminated: set[str]) -> Status:
    if version in contaminated:
        return Status.CONTAMINATED
    return own if version in clean else worst((own, Status.UNVERIFIED))


def explain(
    version: str,
    graph: Graph,
    facts: Mapping[str, VersionFacts],
    scopes: frozenset[str] = frozenset(),
    statuses: Mapping[str, tuple[Status, Status]] | None = None,
) -> Standing:
    """The standing of one version with every reason, each with the shortest path from the version to its origin.

    `statuses` is what `fold` says of the same facts, where that is known.
    """
    statuses = fold(graph, facts, scopes) if statuses is None else statuses
    own, lineage = statuses[version]

    def unclean_parents(id: str) -> Iterable[Step]:
        made = graph.made_by(id)
        if explained_outright(facts[id], made):
            return ()
        return (s for s in graph.parents(id) if statuses[s.version][1] in (Status.UNVERIFIED, Status.CONTAMINATED))

    reasons = []
    if lineage is not Status.CLEAN:
        paths = {version: (Step(version),), **graph.walk(version, unclean_parents)}
        for origin, path in paths.items():
            made = graph.made_by(origin)
            stands = own_stands(facts[origin], made, scopes)
            stands += [] if explained_outright(facts[origin], made) else _defects(made)
            if _is_repaired(graph, path):
                stands = [stand for stand in stands if not is_repairable(stand, facts[origin].kind)]
            reasons += [
                Reason(s, origin, path) for s in stands if origin == version or s.status is not Status.DEPRECATED
            ]
        if all(reason.stand.status is not lineage for reason in reasons):
            reasons.append(Reason(CIRCULAR, version, (Step(version),)))
    reasons.sort(key=lambda one: (one.stand.status is not lineage, -one.stand.status.badness, len(one.path)))
    return Standing(version, own, lineage, tuple(reasons))


def _is_repaired(graph: Graph, path: tuple[Step, ...]) -> bool:
    """Whether the last step of a path up goes through a repair."""
    run = path[-1].run
    return run is not None and graph.runs[run].repairs


def _defects(made: Iterable[RunNode]) -> list[Stand]:
    return [
        Stand(Status.UNVERIFIED, f"run {run.id[:8]}: {defect}", lacks="run") for run in made for defect in run.defects
    ]
