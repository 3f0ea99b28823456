"""A baseline: what is there is accepted, with a reason, so that an audit can show what came since.

It changes no status and hides nothing from anybody who does not ask for what is new: what contaminates goes on to do
so. A thing is told by what was found and in what, not by its line, so that an edit elsewhere in a file brings none of
them back; a second one like it is new. It is a statement, and `assay retract` takes it back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import UsageError
from ..facts.reading.baselines import ACCEPTED, SUBJECT, Baseline, baselines
from ..facts.store import Store
from ..hashing import canonical_json, fact_id
from .audited import Audit, AuditFinding, Contaminated

DIGITS = 16  # of a digest of a thing: they are told apart within one project
NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True)
class Trouble:
    """A part of an audit that can be accepted: its field, and what tells one of its things from another."""

    field: str
    key: Callable[..., Sequence[str]]


def _of_finding(one: AuditFinding) -> Sequence[str]:
    return one.rule, one.artifact, one.file or "", one.field or "", one.excerpt or NUMBERS.sub("", one.message)


def _of_contaminated(one: Contaminated) -> Sequence[str]:
    said = one.excerpt or NUMBERS.sub("", one.message)
    return one.artifact, one.rule or "", said, *(part for part in one.path[1:] if not part.startswith("run "))


TROUBLES = (
    Trouble("findings", _of_finding),
    Trouble("contaminated", _of_contaminated),
    Trouble("scoped", lambda one: (one.artifact, one.evaluation)),
    Trouble("unverified", lambda one: (one.artifact, one.lacks or "", str(one.inherited))),
    Trouble("undescribed", lambda one: (one,)),
    Trouble("copies", lambda one: (one.how, *one.names)),
    Trouble("missing", lambda one: (one.name, one.because)),
    Trouble("gone", lambda one: (one.name,)),
    Trouble("contradictions", lambda one: (one,)),
)


def accept(store: Store, found: Audit, reason: str) -> Baseline:
    """Accept everything in this audit that is not accepted already. Raises UsageError where there is nothing."""
    if not reason.strip():
        raise UsageError("a baseline needs a reason", "Give --reason, so that others can judge it.")
    things = Counter(_digest(one, item) for one in TROUBLES for item in getattr(found, one.field))
    if not things:
        raise UsageError("nothing is there that is not accepted already", "`assay baseline` lists what was accepted.")
    said = {"reason": reason.strip(), "author": store.project.author, "at": store.moment()}
    with store.batch() as batch:
        fact = batch.add("declaration", subject_id=SUBJECT, status=ACCEPTED, **said)
        body = canonical_json({"things": dict(sorted(things.items()))}).decode()
        batch.add("receipt", subject_id=fact, kind=SUBJECT, body=body, at=said["at"])
    return Baseline(fact, said["reason"], said["author"], said["at"], things)


def unaccepted(store: Store, found: Audit) -> Audit:
    """The same audit without what any baseline that stands has accepted."""
    taken = accepted(store, found)
    fresh: dict[str, Any] = {
        one.field: [item for at, item in enumerate(getattr(found, one.field)) if (one.field, at) not in taken]
        for one in TROUBLES
    }
    return replace(found, **fresh)


def accepted(store: Store, found: Audit) -> dict[tuple[str, int], Baseline]:
    """What of an audit was accepted, by field and place in it, with the statement; of a like no more than it has."""
    left = [(one, Counter(one.things)) for one in baselines(store)]
    taken: dict[tuple[str, int], Baseline] = {}
    for trouble in TROUBLES:
        for at, item in enumerate(getattr(found, trouble.field)):
            digest = _digest(trouble, item)
            if one := next((one for one in left if one[1][digest]), None):
                one[1][digest] -= 1
                taken[trouble.field, at] = one[0]
    return taken


def likeness(field: str, item: object) -> str:
    """What is the same for a thing of an audit and for all that are like it, whatever its line."""
    return _digest(next(one for one in TROUBLES if one.field == field), item)


def _digest(trouble: Trouble, item: object) -> str:
    return fact_id("accepted", [trouble.field, *trouble.key(item)])[:DIGITS]
