"""A status is declared: contaminated or unverified of a version, deprecated or PRIMARY of an artifact.

Refuses clean, which is proven, and what would make the record contradict itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import NotRecorded, UsageError
from ..facts.names import resolve, spoken
from ..facts.query import ArtifactRow
from ..facts.reading.declarations import declared
from ..facts.reading.retractions import artifact_name
from ..facts.reading.versions import seen_in
from ..facts.store import Store
from ..hashing import EMPTY, SHORT
from ..lineage.purpose import EVAL, Purpose
from ..lineage.status import Status
from ..observe.gitlog import commits_between
from ..standing.evaluations import evaluation_called
from .stated import Stated, Statement, each, of_nothing, present_version, reasoned, state

PRIMARY = "primary"
OF_VERSIONS = (Status.CONTAMINATED.value, Status.UNVERIFIED.value)
OF_ARTIFACTS = (Status.DEPRECATED.value, PRIMARY)


def mark(
    store: Store,
    names: str | Sequence[str],
    status: str,
    reason: str,
    *,
    replaced_by: str | None = None,
    purpose: str | None = None,
    scope: str | None = None,
    commits: str | None = None,
) -> Stated:
    """Declare versions contaminated or unverified, or artifacts deprecated or primary (for a purpose).

    `scope` (`eval:NAME`) limits contamination to one evaluation; `commits` (`A..B`) reaches every version of the
    artifact that was seen in those commits. Raises UsageError and NotRecorded.
    """
    _check_statement(status, reason, replaced_by, purpose, scope, commits)
    told = {
        "status": status,
        "scope": _scope(store, scope),
        "reason": reasoned(reason, "a statement"),
        "purpose": purpose,
    }

    def statements_of(name: str) -> Iterator[Statement]:
        instead = _replacement(store, name, replaced_by)
        for subject, about in _subjects(store, name, status, purpose, commits):
            yield Statement(about, {"subject_id": subject, **told, "replaced_by": instead})

    statements = each(names, statements_of)
    if status == PRIMARY and purpose and len(statements) > 1:
        which = f"{len(statements)} things cannot all be PRIMARY for {purpose!r}"
        raise UsageError(which, "Name the one to use; nothing was put on record.")
    return state(store, "declaration", statements)


def _subjects(store: Store, name: str, status: str, purpose: str | None, commits: str | None) -> list[tuple[str, str]]:
    """(id, what it is called) of each artifact or version that the statement is about."""
    if status in OF_VERSIONS:
        one, version = (resolve(store, name), None) if commits else present_version(store, name)
        versions = [version] if version else versions_in(store, one, str(commits))
        return [(version, spoken(one.kind, one.name, version)) for version in versions]
    one = resolve(store, name)
    if status == Status.DEPRECATED and one.version == EMPTY:
        raise UsageError(*of_nothing(one.name))
    _check_contradiction(store, one, status, purpose)
    return [(one.id, one.name)]


def _check_statement(
    status: str, reason: str, replaced_by: str | None, purpose: str | None, scope: str | None, commits: str | None
) -> None:
    if status == Status.CLEAN:
        raise UsageError(
            "clean cannot be declared: it is what remains when nothing stands against a thing",
            "`assay why NAME` says what stands; retract it, or attest the origin.",
        )
    if status not in OF_VERSIONS + OF_ARTIFACTS:
        raise UsageError(f"{status!r} is no status", f"Say {', '.join(OF_VERSIONS + OF_ARTIFACTS)}.")
    reasoned(reason, "a statement")
    for given, option, allowed in (
        (replaced_by, "--replaced-by", (Status.DEPRECATED, Status.CONTAMINATED)),
        (purpose, "--purpose", (PRIMARY,)),
        (scope, "--scope", (Status.CONTAMINATED,)),
        (commits, "--commits", OF_VERSIONS),
    ):
        if given and status not in allowed:
            raise UsageError(f"{option} makes no sense with {status}", f"It goes with {' and '.join(allowed)}.")


def versions_in(store: Store, one: ArtifactRow, commits: str) -> list[str]:
    """Every version of an artifact that was seen in a range of commits, oldest first."""
    shas = commits_between(store.project.root, commits)
    order = {sha: place for place, sha in enumerate(shas)}
    rows = sorted(seen_in(store, one.id, shas), key=lambda row: order[row[1]])
    found = dict.fromkeys(version for version, _ in rows if version != EMPTY)
    if not found:
        raise NotRecorded(
            f"no version of {one.name} is on record from {commits}", "`assay scan --history` records past versions."
        )
    return list(found)


def _check_contradiction(store: Store, one: ArtifactRow, status: str, purpose: str | None) -> None:
    """Refuse what would make the record contradict itself, naming the fact to take back first."""
    opposite = PRIMARY if status == Status.DEPRECATED else Status.DEPRECATED.value
    for said in declared(store, OF_ARTIFACTS):
        if said.subject == one.id and said.status == opposite:
            raise UsageError(f"{one.name} is {opposite}, so it cannot be {status}", _take_back(said.fact))
        is_other = status == said.status == PRIMARY and said.subject != one.id
        if is_other and purpose and _same(purpose, said.purpose):
            holder = artifact_name(store, said.subject) or said.subject
            raise UsageError(f"{holder} is PRIMARY for {purpose!r} already", _take_back(said.fact))


def _same(purpose: str, other: str | None) -> bool:
    return " ".join(purpose.lower().split()) == " ".join((other or "").lower().split())


def _take_back(fact: str) -> str:
    return f"Take that back first: assay retract {fact[:SHORT]} --reason …"


def _replacement(store: Store, name: str, replaced_by: str | None) -> str | None:
    if replaced_by is None:
        return None
    old, new = resolve(store, name), resolve(store, replaced_by)
    if old.id == new.id:
        raise UsageError(f"{old.name} cannot replace itself", "Name what is to be used instead.")
    for said in declared(store, [Status.DEPRECATED.value], [new.id]):
        raise UsageError(f"{new.name} is deprecated itself, so it replaces nothing", _take_back(said.fact))
    return new.name


def _scope(store: Store, scope: str | None) -> str | None:
    """The id of the evaluation set that contamination is limited to."""
    if scope is None:
        return None
    purpose = Purpose.parse(scope)
    if purpose.use != EVAL or not purpose.evaluation:
        raise UsageError(f"{scope!r} is no scope", "Say eval:NAME, the evaluation that it is contaminated for.")
    return evaluation_called(store, purpose.evaluation).id
