"""A bug: its symptom, cause and mend, the versions that have it, and the rule that finds it from now on.

The versions can be marked in the same step: of all, or nothing is put on record. Refuses a rule that there is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import NotRecorded, UsageError
from ..facts.names import resolve
from ..facts.reading.memory import Item, Subject
from ..facts.receipts import BUG
from ..facts.store import Store
from ..hashing import EMPTY
from ..lineage.status import Status
from ..rules.table import all_rules
from ..statements.declarations import mark
from ..statements.stated import Stated, present_version
from ..statements.together import Together
from .remembering import Words, called, end, put, subjects, worded

EXAMPLE = 'assay bug add "answers end in the middle" --about scripts/gen.py'


@dataclass(frozen=True)
class Marks:
    """What is marked with a bug: its versions as contaminated, its artifacts as deprecated for something else."""

    contaminated: bool = False
    deprecated: bool = False
    replaced_by: str | None = None
    commits: str | None = None


@dataclass(frozen=True)
class Added:
    """A bug that is on record, and what was marked with it."""

    bug: Item
    marked: tuple[tuple[str, Stated], ...] = ()


def add(
    store: Store, symptom: str, *, cause: str = "", fix: str = "", rule: str = "", about: Sequence[str] = (),
    marks: Marks | None = None,
) -> Added:  # fmt: skip
    """Put a bug on record, with what it marks. Raises UsageError and NotRecorded."""
    marks = marks or Marks()
    if not about and (marks.contaminated or marks.deprecated or marks.commits):
        raise UsageError("nothing was named that could be marked", "Name the scripts: --about SCRIPT")
    if marks.replaced_by and not marks.deprecated:
        raise UsageError("--replaced-by goes with --deprecate", "Give both, or neither.")
    found = subjects(store, about, marks.commits)
    words = worded(BUG, symptom, EXAMPLE, found, why=cause, fix=fix, rule=_known(rule))
    with store.batch() as batch:
        bug = put(store, batch, words)
        marked = tuple(_marked(Together(store, batch), words, marks))
    return Added(called(store, BUG, bug), marked)


def fix(store: Store, digits: str, text: str = "", rule: str = "") -> Item:
    """Put on record that the bug whose id begins so is mended in what its artifacts are now.

    Raises UsageError and NotRecorded.
    """
    bug = called(store, BUG, digits)
    mended = [version for one in bug.about if (version := _present(store, one)) and version not in one.versions]
    with store.batch() as batch:
        end(store, batch, bug, mended, text=text, rule=_known(rule))
    return called(store, BUG, bug.fact)


def unmended(store: Store, bug: Item) -> list[str]:
    """What a bug is about and still has the bytes that have it, whatever was said of its end."""
    return [one.name for one in bug.about if _present(store, one) in one.versions]


def _marked(store: Store, words: Words, marks: Marks) -> list[tuple[str, Stated]]:
    reason = f"bug: {words.title}"
    done = []
    if marks.contaminated:
        versions = [f"{one.name}@{version.rpartition(':')[2]}" for one in words.about for version in one.versions]
        done.append((Status.CONTAMINATED.value, mark(store, versions, Status.CONTAMINATED.value, reason)))
    if marks.deprecated:
        names = [one.name for one in words.about]
        told = mark(store, names, Status.DEPRECATED.value, reason, replaced_by=marks.replaced_by)
        done.append((Status.DEPRECATED.value, told))
    return done


def _known(rule: str) -> str:
    """The code of a rule. Raises UsageError for one that there is not."""
    code = rule.strip().upper()
    if code and code not in all_rules():
        raise UsageError(f"{rule!r} is no rule", "`assay rules` lists them.")
    return code


def _present(store: Store, subject: Subject) -> str | None:
    """What an artifact is now, where it is still on record. Raises UsageError where it has changed since the scan."""
    try:
        row = resolve(store, subject.name)
    except NotRecorded:
        return None
    return present_version(store, row.name)[1] if row.version and row.version != EMPTY else None
