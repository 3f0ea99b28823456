"""`assay current`: the one to use for a purpose, and on whose word."""

from __future__ import annotations

from ..registry.workshop import Workshop
from .conftest import Call
from .messy import messy

__all__ = ["messy"]


def primary(assay: Call, name: str, purpose: str = "scoring pairs") -> None:
    assert assay("mark", name, "primary", "--purpose", purpose, "--reason", "measured")[0] == 0


def test_somebodys_word_comes_first(messy: Workshop, assay: Call) -> None:
    """What is declared PRIMARY for it, with who said so; the others are listed."""
    primary(assay, "scripts/score_v2.py")
    code, found = assay("current", "scoring", "pairs", "--json")
    assert (code, found["current"]["path"], found["disputed"]) == (0, "scripts/score_v2.py", False)
    assert (found["current"]["word"]["by"], found["current"]["word"]["for"]) == ("tester", "scoring pairs")
    assert "scripts/score.py" in {one["path"] for one in found["others"]}


def test_two_words_are_disputed(messy: Workshop, assay: Call) -> None:
    """Nobody settles which of two is meant but a person."""
    primary(assay, "scripts/score.py")
    primary(assay, "scripts/score_v2.py", "scoring of pairs")
    found = assay("current", "scoring pairs", "--json")[1]
    assert found["disputed"] and found["next"].startswith("ask the user")


def test_what_may_not_be_used_is_never_it(messy: Workshop, assay: Call) -> None:
    """A deprecated one is named with its reason, and what replaces it is the one to use."""
    assay("mark", "scripts/score.py", "deprecated", "--reason", "leaks", "--replaced-by", "scripts/score_v2.py")
    code, found = assay("current", "score pairs of answers", "--json")
    assert (code, found["current"]["path"], found["current"]["word"]) == (0, "scripts/score_v2.py", None)
    assert found["unusable"] == [{"path": "scripts/score.py", "status": "deprecated", "reason": "leaks"}]


def test_none_is_a_no(messy: Workshop, assay: Call) -> None:
    """Exit 1 where everything was looked at, 2 where it was not."""
    assert assay("current", "juggling walruses", "--json")[0] == 1
    messy.write("scripts/new.py", "print('walruses')\n")
    code, found = assay("current", "juggling walruses", "--json")
    assert (code, found["error"]["code"]) == (2, "stale")
