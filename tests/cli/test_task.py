"""`assay task`: what is to be done, and that it is."""

from __future__ import annotations

from ..registry.workshop import Workshop
from .conftest import Call, Wrong


def test_a_task_is_open_until_it_is_done(shop: Workshop, assay: Call, wrong: Wrong) -> None:
    """The list of open ones leaves it out then; it is not done twice."""
    fact = assay("task", "add", "score again", "--json")[1]["fact"]
    assert [one["title"] for one in assay("task", "list", "--open", "--json")[1]] == ["score again"]
    assert assay("task", "done", fact[:8], "--note", "0.61")[0] == 0
    assert assay("task", "list", "--open", "--json") == (0, [])
    assert "is over" in wrong("task", "done", fact[:8])
    assert "no task on record begins" in wrong("task", "done", "abcdef")
