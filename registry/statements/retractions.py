"""A fact was a mistake: it is taken back, and what stood before stands again. Refuses what was declared as read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from string import hexdigits

from ..errors import NotRecorded, UsageError
from ..facts.names import Names
from ..facts.reading import retractions
from ..facts.reading.memory import title_of
from ..facts.reading.runs import inputs_said, is_asserted, seen
from ..facts.store import Store
from ..hashing import SHORT
from ..lineage.evidence import Evidence
from .speaker import require_person
from .stated import Stated, Statement, each, reasoned, state

FEWEST_DIGITS = 6
LESSENING = ("attestation", "waiver", "receipt")  # nothing is worth more without them: whoever speaks may do so
DIGITS = frozenset(hexdigits.lower())


def retract(store: Store, facts: str | Sequence[str], reason: str) -> Stated:
    """Take back what people stated or remembered, reads, or what rules saw; each is an id or its beginning.

    Answers with the facts that were taken back. Raises NotRecorded, and UsageError for one that is taken back already.
    """
    why = reasoned(reason, "a retraction")

    def statements_of(fact: str) -> Iterator[Statement]:
        table, id = _meant(store, fact)
        if table == "run_input":
            _require_observed(store, id)
        if table not in LESSENING:
            require_person(store, "What stands against a thing, or for its making, is taken back by a person")
        if earlier := retractions.taken_back(store, table, id):
            raise UsageError(f"{earlier.author} took {id[:SHORT]} back on {earlier.at[:10]}", "Nothing more is needed.")
        subject = retractions.subject_of(store, table, id)
        about = title_of(store, id) or retractions.artifact_name(store, subject) or Names(store).of(subject)
        yield from (Statement(about, {"fact_id": one, "reason": why}) for one in (id, *inputs_said(store, id)))

    statements = each(facts, statements_of)
    done = state(store, "retraction", statements)
    return Stated(tuple(str(one.values["fact_id"]) for one in statements), done.about, done.at)


def _meant(store: Store, fact: str) -> tuple[str, str]:
    """(table, id) of the one fact that is meant, and that can be taken back; brackets around an id are left out.

    Raises UsageError and NotRecorded.
    """
    digits = fact.strip().removeprefix("fact ").strip().strip("[]…").lower()
    if not digits or not set(digits) <= DIGITS:
        raise UsageError(f"{fact!r} is no fact", "Give the hexadecimal digits of its id, such as 1a2b3c4d.")
    if len(digits) < FEWEST_DIGITS:
        raise UsageError(f"{fact!r} is too short for a fact", f"Give at least {FEWEST_DIGITS} digits of its id.")
    every = list(retractions.facts_like(store, digits))
    found = [one for one in every if one[0] in retractions.RETRACTABLE and SOME_OF.get(one[0], _any)(store, one[1])]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f"{table.replace('_', ' ')} {id[: 2 * SHORT]}" for table, id in found[:3])
        raise UsageError(f"{len(found)} facts begin with {digits}: {listed}", "Give more digits.")
    if every:
        what = every[0][0].replace("_", " ")
        kinds = ", ".join(table for table in retractions.RETRACTABLE if table not in ("run_input", *SOME_OF))
        other = f"Taken back can be: {kinds}, a note, a decision, a bug, a task, a read, a run that somebody asserted."
        raise UsageError(f"{digits} is a fact of the kind {what}, which stands", other)
    raise NotRecorded(f"no fact begins with {digits}", "`assay why NAME` and `assay show NAME` name the facts.")


def _any(store: Store, fact: str) -> bool:
    return True


SOME_OF = {"run": is_asserted, "receipt": retractions.is_said}  # tables of which not every fact can be taken back


def _require_observed(store: Store, id: str) -> None:
    """Raise UsageError for a read that the run itself declared: that is its word, and no observation of ours."""
    read = seen(store, id)
    if read.evidence not in (Evidence.OBSERVED, Evidence.UNATTRIBUTED):
        raise UsageError(
            f"{read.path} was declared as read by run {read.run[:SHORT]}, and what was declared stands",
            "Only a read that was merely observed can be taken back; make the output again without this input.",
        )
