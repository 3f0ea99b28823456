"""`assay before-edit`: what rests on a file that is about to change."""

from __future__ import annotations

from ..registry.workshop import Workshop, rows
from .conftest import Call, Wrong
from .messy import messy

__all__ = ["messy"]


def test_importers_tests_and_documents(messy: Workshop, assay: Call) -> None:
    """Each with its line, and what it uses of the file."""
    code, found = assay("before-edit", "scripts/loading.py", "--json")
    assert (code, found["status"], found["usable"]) == (0, "clean", True)
    assert found["importers"] == [{"path": "scripts/train.py", "line": 2, "uses": ["load_base", "unload"]}]
    assert [one["path"] for one in found["tests"]] == ["tests/test_loading.py"]
    assert [(one["path"], one["line"]) for one in found["documents"]] == [("docs/notes.md", 3)]
    assert found["next"] == "assay lint scripts/loading.py"


def test_a_symbol_narrows_it(messy: Workshop, assay: Call, wrong: Wrong) -> None:
    """Who does not use the function is counted; one that is not there is a line with those that are."""
    found = assay("before-edit", "scripts/loading.py", "unload", "--json")[1]
    assert [one["path"] for one in found["importers"]] == ["scripts/train.py"]
    assert (found["tests"], found["not_using_it"]) == ([], 1)
    assert "has no lod_base" in wrong("before-edit", "scripts/loading.py", "lod_base")


def test_runs_products_and_what_is_known(messy: Workshop, assay: Call) -> None:
    """What its runs made stands with its status, beside notes and declarations."""
    messy.make("scripts/gen.py", {"data/made.jsonl": rows(4)})
    assay("note", "scripts/gen.py", "counts from zero")
    assay("mark", "scripts/gen.py", "deprecated", "--reason", "slow", "--replaced-by", "scripts/upper.py")
    found = assay("before-edit", "scripts/gen.py", "--json")[1]
    assert (found["runs"], [one["path"] for one in found["made"]]) == (1, ["data/made.jsonl"])
    assert "note: counts from zero" in [one["what"] for one in found["known"]]
    assert (found["usable"], found["reason"], found["use_instead"]) == (False, "slow", "scripts/upper.py")
    said = assay("before-edit", "scripts/gen.py")[1]
    assert said.startswith("scripts/gen.py is deprecated: slow; use scripts/upper.py")


def test_what_is_not_on_record(messy: Workshop, assay: Call) -> None:
    """Cannot say, with a near name, and not the one that was asked for."""
    code, found = assay("before-edit", "scripts/loadin.py", "--json")
    assert (code, found["error"]["code"]) == (2, "not_recorded")
    assert "scripts/loading.py" in found["error"]["remedy"] and "loadin.py?" not in found["error"]["remedy"]


def test_what_is_gone_or_was_not_looked_at(messy: Workshop, assay: Call) -> None:
    """A file that was moved has no importers at its old name that anybody could plan by."""
    (messy.root / "scripts" / "loading.py").rename(messy.root / "scripts" / "moved.py")
    code, found = assay("before-edit", "scripts/loading.py", "--json")
    assert (code, found["error"]["code"]) == (2, "not_recorded")
    assert "not here any more" in found["error"]["message"]
    code, found = assay("before-edit", "scripts/moved.py", "--json")
    assert (code, found["error"]["code"]) == (2, "stale")
