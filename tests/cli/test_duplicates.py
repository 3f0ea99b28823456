"""`assay duplicates`: what is repeated, where, and in what the places differ."""

from __future__ import annotations

from ..registry.workshop import Workshop
from .conftest import Call
from .messy import messy

__all__ = ["messy"]


def test_functions_that_stand_twice(messy: Workshop, assay: Call) -> None:
    """Both places, whatever they are called, and the one that could hold it."""
    code, found = assay("duplicates", "--json")
    cluster = found["clusters"][0]
    assert (code, cluster["places"], cluster["files"]) == (1, 2, 2)
    assert {site.partition(":")[0] for site in cluster["sites"]} == {"scripts/score.py", "scripts/score_v2.py"}
    assert cluster["host"] in cluster["sites"]
    assay("mark", "scripts/score.py", "contaminated", "--reason", "leaks")
    assert assay("duplicates", "--json")[1]["clusters"][0]["host"].startswith("scripts/score_v2.py")


def test_at_a_path_alone(messy: Workshop, assay: Call) -> None:
    """Only what stands there too; a file that repeats nothing is clean."""
    assert assay("duplicates", "scripts/score.py", "--json")[1]["clusters"][0]["places"] == 2
    assert assay("duplicates", "scripts/loading.py", "--json")[:1] == (0,)


def test_calls_and_in_what_they_differ(messy: Workshop, assay: Call) -> None:
    """Sites that load a tokenizer, by name or in words: one guards it and one does not."""
    for asked in (["AutoTokenizer.from_pretrained"], ["load", "a", "tokenizer"]):
        code, found = assay("duplicates", *asked, "--json")
        (cluster,) = found["clusters"]
        assert (code, cluster["what"], cluster["places"]) == (1, "AutoTokenizer.from_pretrained", 2)
        assert "1 of 2 have chat_template set" in cluster["differ"]


def test_nothing_is_worth_nothing_where_something_is_new(messy: Workshop, assay: Call) -> None:
    """Exit 2 and a stable code, not a clean answer."""
    messy.write("scripts/new.py", "print(1)\n")
    code, found = assay("duplicates", "scripts/loading.py", "--json")
    assert (code, found["error"]["code"]) == (2, "stale")
