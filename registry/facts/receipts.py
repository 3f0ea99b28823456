"""The kinds of receipts: what a fact of the table `receipt` is about, in one table."""

from __future__ import annotations

from ..hashing import canonical_json

FIRST_COMMIT = "first-commit"  # an artifact: the commit that brought it in, as git tells
INVESTIGATION = "investigation"  # a version: what `assay investigate` found out
KIND = "kind"  # an artifact: the kind that it is from then on
OUTLINE = "outline"  # a version: what an observer saw in it, in short, for who does not have it
CACHE = "cache"  # a content: the run that made a cache file of it, and of which data
OUTPUT = "output"  # a run: a path that it said it would write, before it did
PLAN = "plan"  # a plan: one event of its journal
CHECKPOINT = "checkpoint"  # a version: what a training did to make it
REDACTION = "redaction"  # a fact: who took its words out, and why
RENAMED = "renamed"  # an artifact: a path to which it was moved
TRAINING = "training"  # a run: what a training did as a whole
NOTE = "note"  # an artifact: what somebody wrote beside it, and who
DECISION = "decision"  # a text: what was decided, why, by whom
BUG = "bug"  # a text: what goes wrong, why, how it is mended, in which versions
BUG_FIXED = "bug-fixed"  # a bug: that it is mended, and how
TASK = "task"  # a text: what is to be done
TASK_DONE = "task-done"  # a task: that it is done
CONCERNS = "concerns"  # an artifact: the decision, bug or task that is about it
TRIAGED = "triaged"  # a line of a worksheet: the facts that put it on record, and who did
REMEMBERED = (DECISION, BUG, TASK)
ENDS = {BUG: BUG_FIXED, TASK: TASK_DONE}  # what is over, once that is said of it
SAID = (NOTE, *REMEMBERED, *ENDS.values())  # what people say and take back; the body names who


def announced(path: str, workspace: str) -> str:
    """The body of the receipt that says that a run is going to write at this path of a working copy."""
    return canonical_json({"path": path, "workspace": workspace}).decode()


def outlined(observer: int, purpose: str) -> str:
    """The body of an outline as an observer of this version gives it: what the thing is for, in a line."""
    return canonical_json({"observer": observer, "purpose": purpose}).decode()
