"""`assay mark`: a status is declared, and what it reaches is named."""

from __future__ import annotations

from ..registry.workshop import Workshop, rows
from .conftest import Call, Wrong


def test_what_is_marked_stands_so(family: Workshop, assay: Call) -> None:
    """The answer gives the fact with which it can be taken back, and what follows is refused."""
    code, said = assay("mark", "data/a.jsonl", "contaminated", "--reason", "leak")
    assert code == 0 and "is contaminated (fact " in said and "assay impact data/a.jsonl" in said
    assert assay("check", "data/b.jsonl")[0] == 3
    code, done = assay("mark", "scripts/gen.py", "--primary", "--purpose", "sums", "--reason", "best", "--json")
    assert code == 0 and len(done["facts"]) == 1
    assert assay("show", "scripts/gen.py", "--json")[1]["primary"] is True


def test_a_wrong_call_is_one_clear_line(wrong: Wrong) -> None:
    """No reason, no status, two of them, one that cannot be declared."""
    assert "--reason" in wrong("mark", "scripts/gen.py", "deprecated")
    assert "no status was given" in wrong("mark", "scripts/gen.py", "--reason", "r")
    assert "at once" in wrong("mark", "scripts/gen.py", "deprecated", "--primary", "--reason", "r")
    assert "cannot be declared" in wrong("mark", "scripts/gen.py", "clean", "--reason", "r")


def test_what_is_said_is_told_of_the_name_that_was_given(shop: Workshop, assay: Call) -> None:
    """Of several names of the same bytes, the one that was asked for is in the answer."""
    for name in ("data/a.jsonl", "data/b.jsonl", "data/c.jsonl"):
        shop.write(name, rows(3))
    shop.commit()
    said = assay("mark", "data/b.jsonl", "contaminated", "--reason", "leak")[1]
    assert "data/b.jsonl is contaminated" in said and "data/a.jsonl" not in said and "data/c.jsonl" not in said
