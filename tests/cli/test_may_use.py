"""`assay may-use`: only what is refused, in full; the rest is counted."""

from __future__ import annotations

from ..registry.workshop import Workshop, rows
from .conftest import Call, Wrong
from .messy import messy

__all__ = ["messy"]


def test_refused_in_full_and_allowed_counted(messy: Workshop, assay: Call) -> None:
    """Each refusal has its reason and ways out; a path that is not here has the documents that name it."""
    messy.make("scripts/gen.py", {"data/made.jsonl": rows(4)})
    paths = ("data/made.jsonl", "data/sft.jsonl", "data/gone.jsonl")
    code, found = assay("may-use", *paths, "--for", "train", "--json")
    assert (code, found["ok"], found["allowed"], found["purpose"]) == (3, False, 1, "train")
    (refused,) = found["refused"]
    assert (refused["path"], refused["status"]) == ("data/sft.jsonl", "unverified")
    assert any("assay attest data/sft.jsonl" in way for way in refused["ways_out"])
    (absent,) = found["absent"]
    assert (absent["path"], absent["named_in"]) == ("data/gone.jsonl", ["docs/notes.md:2"])
    assert absent["why"] == "data/gone.jsonl does not exist"


def test_the_likely_maker(messy: Workshop, assay: Call) -> None:
    """Who made what is refused is said, where a run is on record."""
    messy.make("scripts/gen.py", {"data/made.jsonl": rows(4)})
    assay("mark", "data/made.jsonl", "contaminated", "--reason", "leaks")
    found = assay("may-use", "data/made.jsonl", "--for", "train", "--json")[1]
    assert found["refused"][0]["maker"] == "scripts/gen.py"
    assert found["refused"][0]["because"].startswith("leaks")
    assert found["next"] == "assay why data/made.jsonl"


def test_exit_codes_are_those_of_check(messy: Workshop, assay: Call, wrong: Wrong) -> None:
    """0 where all may, 2 where one cannot be judged, 3 where one is refused; a purpose that is none is refused."""
    messy.make("scripts/gen.py", {"data/made.jsonl": rows(4)})
    assert assay("may-use", "data/made.jsonl", "--for", "evaluate")[0] == 0
    assert assay("may-use", "data/made.jsonl", "data/gone.jsonl", "--for", "train")[0] == 2
    assert assay("may-use", "data/sft.jsonl", "data/gone.jsonl", "--for", "train")[0] == 3
    assert "is no purpose" in wrong("may-use", "data/made.jsonl", "--for", "lunch")


def test_each_is_counted_once(messy: Workshop, assay: Call, wrong: Wrong) -> None:
    """However often a file is named, alone and in its folder; a path of no letters is no path."""
    found = assay("may-use", "data", "data/sft.jsonl", "data/../data/sft.jsonl", "--for", "train", "--json")[1]
    assert [one["path"] for one in found["refused"]] == ["data/sft.jsonl"]
    assert "a path is empty" in wrong("may-use", "data/sft.jsonl", "", "--for", "train")
