"""Bugs on record: of which versions, marked in the same step or not at all, mended, taken back, and found again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assay.registry.errors import NotRecorded, UsageError
from assay.registry.facts.names import resolve
from assay.registry.facts.reading.memory import Item, items, known_bugs
from assay.registry.facts.store import Store
from assay.registry.memory.bugs import Marks, add, fix
from assay.registry.memory.decisions import decide
from assay.registry.memory.tasks import add as add_task
from assay.registry.memory.tasks import done
from assay.registry.search.question import Question
from assay.registry.search.recalled import recalled
from assay.registry.statements import retract

from ...conftest import Registry

SCRIPT = "scripts/gen.py"


def bugs_of(store: Store) -> list[Item]:
    row = resolve(store, SCRIPT)
    return known_bugs(store, row.id, row.version)


def statuses(registry: Registry) -> list[str]:
    return [row[0] for row in registry.store.database.rows("SELECT status FROM standing_declaration ORDER BY at")]


def test_a_bug_is_known_until_what_has_it_is_another_version(registry: Registry) -> None:
    """The version that has it has it still when it is mended elsewhere; a secret in what is said is masked."""
    store = registry.store
    old = registry.put(SCRIPT, content=b"one")
    bug = add(store, "answers end early", cause="token hf_" + "a" * 34, about=[SCRIPT]).bug
    assert bug.about[0].versions == (old,) and "aaaa" not in bug.why
    assert bugs_of(store) == [bug]
    fix(store, bug.fact[:6], "read on", "as101")
    assert [one.guard for one in bugs_of(store)] == ["AS101"]
    registry.put(SCRIPT, content=b"two")
    assert bugs_of(store) == []
    with pytest.raises(UsageError, match="is over"):
        fix(store, bug.fact)


def test_a_bug_that_is_taken_back_was_never_one(registry: Registry) -> None:
    """And so that it was mended: then it is open again."""
    store = registry.store
    registry.put(SCRIPT)
    bug = add(store, "answers end early", about=[SCRIPT]).bug
    mended = fix(store, bug.fact, "read on")
    assert mended.end is not None
    assert retract(store, mended.end.fact, "not so").about == ("answers end early",)
    assert items(store)[0].end is None
    retract(store, bug.fact, "a mistake")
    assert bugs_of(store) == [] == items(store)


def test_what_has_it_is_marked_in_the_same_step_or_nothing_is_said(registry: Registry) -> None:
    """Versions contaminated, artifacts deprecated; where one cannot be, the bug is not on record either."""
    store = registry.store
    registry.put(SCRIPT)
    registry.put("scripts/new.py")
    added = add(store, "wrong", about=["scripts/gen.py"], marks=Marks(True, True, "scripts/new.py"))
    assert [status for status, _ in added.marked] == statuses(registry) == ["contaminated", "deprecated"]
    with pytest.raises(UsageError, match="cannot replace itself"):
        add(store, "worse", about=["scripts/new.py"], marks=Marks(deprecated=True, replaced_by="scripts/new.py"))
    assert [one.title for one in items(store)] == ["wrong"] and len(statuses(registry)) == 2


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"symptom": " "}, "says something"),
        ({"symptom": "x", "rule": "AS999"}, "is no rule"),
        ({"symptom": "x", "marks": Marks(contaminated=True)}, "nothing was named"),
        ({"symptom": "x", "about": [SCRIPT], "marks": Marks(replaced_by="y")}, "goes with --deprecate"),
        ({"symptom": "THERE  already"}, "on record already"),
    ],
)
def test_what_cannot_be_said_is_refused(registry: Registry, said: dict[str, Any], why: str) -> None:
    """An empty text, a rule that there is not, marks of nothing, the same again."""
    registry.put(SCRIPT)
    add(registry.store, "there already")
    with pytest.raises(UsageError, match=why):
        add(registry.store, **said)
    with pytest.raises(NotRecorded):
        add(registry.store, "y", about=["nothing.py"])
    assert len(items(registry.store)) == 1


def test_decisions_and_tasks_are_found_by_their_words(registry: Registry, tmp_path: Path) -> None:
    """What is open comes first; a question that shares one word of many finds nothing."""
    store = registry.store
    registry.put(SCRIPT)
    decide(store, "train on 8k tokens", f"see {store.project.root}/notes", [SCRIPT])
    task = add_task(store, "score the held-out answers again")
    assert done(store, task.fact, "0.61").end
    with pytest.raises(UsageError, match="is over"):
        done(store, task.fact)
    assert [one.title for one in recalled(store, Question.of("how many tokens to train on"))] == ["train on 8k tokens"]
    assert [one.title for one in recalled(store, Question.of("held-out answers scored"))] == [task.title]
    assert recalled(store, Question.of("train a reward model with margins on preference pairs")) == ()
    assert items(store)[0].why == "see notes"
