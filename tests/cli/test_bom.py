"""`assay bom`: a CycloneDX file that its own schema accepts, every line of which rests on a fact."""

from __future__ import annotations

import json
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from ..registry.workshop import Workshop, rows
from .conftest import Call


def validate(bill: Any) -> None:
    """By the schemas that CycloneDX's own library carries."""
    pytest.importorskip("cyclonedx", reason="the extra `test` brings the schemas")
    folder = files("cyclonedx.schema").joinpath("_res")
    read = {
        name: json.loads(folder.joinpath(f"{name}.SNAPSHOT.schema.json").read_text("utf-8"))
        for name in ("bom-1.7", "spdx", "jsf-0.82")
    }
    others = [
        (f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", Resource.from_contents(one))
        for name, one in read.items()
    ]
    jsonschema.Draft7Validator(read["bom-1.7"], registry=Registry().with_resources(others)).validate(bill)


@pytest.fixture
def team(shop: Workshop, assay: Call) -> Workshop:
    """Attested data, what a script made of it, a checkpoint trained on that, and data of which nothing is known."""
    shop.write("data/raw.jsonl", rows(4, "and"))
    shop.write("data/loose.jsonl", rows(3, "or"))
    shop.commit()
    assay(
        "attest", "data/raw.jsonl", "--origin", "https://example.org/raw", "--revision", "v1", "--licence", "CC-BY-4.0"
    )
    shop.make("scripts/upper.py", {"data/b.jsonl": rows(5)}, {"rows": "data/raw.jsonl"})
    shop.make("scripts/gen.py", {"out/sft": "model:1"}, {"train": "data/b.jsonl"})
    return shop


def said(component: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in component["properties"]:
        found.setdefault(one["name"].removeprefix("assay:"), []).append(one["value"])
    return found


def test_components_pedigree_and_what_is_unknown(team: Workshop, assay: Call) -> None:
    """Each thing with its version, origin and licence; what made it is its pedigree; the model names its data."""
    code, bill = assay("bom", "-o", "-", "--json")
    assert code == 0
    validate(bill)
    by_name = {one["name"]: one for one in bill["components"]}
    assert {"data/raw.jsonl", "data/b.jsonl", "data/loose.jsonl", "out/sft", "scripts/upper.py"} <= by_name.keys()
    raw, loose, made, model = (
        by_name[name] for name in ("data/raw.jsonl", "data/loose.jsonl", "data/b.jsonl", "out/sft")
    )
    assert (
        raw["licenses"] == [{"license": {"name": "CC-BY-4.0"}}]
        and said(raw)["revision"] == ["v1"]
        and said(raw)["fact"]
    )
    assert said(loose)["origin"] == ["unknown"] and said(loose)["licence"] == ["unknown"] and "pedigree" not in loose
    assert {one["name"] for one in made["pedigree"]["ancestors"]} == {"data/raw.jsonl", "scripts/upper.py"}
    assert said(made)["run"][0] in made["pedigree"]["notes"]
    data = {one["ref"] for one in model["modelCard"]["modelParameters"]["datasets"]}
    assert model["type"] == "machine-learning-model" and data == {raw["bom-ref"], made["bom-ref"]}
    on = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    assert raw["bom-ref"] in on[made["bom-ref"]] and on.keys() == {one["bom-ref"] for one in bill["components"]}
    known = {one["aggregate"]: one["dependencies"] for one in bill["compositions"]}
    assert loose["bom-ref"] in known["unknown"]


def test_what_contaminates_is_a_vulnerability_of_all_that_it_reaches(team: Workshop, assay: Call) -> None:
    """With the fact that says so; taken back, it is gone."""
    assay("mark", "data/raw.jsonl", "contaminated", "--reason", "holds the test set")
    _, bill = assay("bom", "-o", "-", "--json")
    validate(bill)
    (one,) = [one for one in bill["vulnerabilities"] if one["id"] == "declaration"]
    assert "holds the test set" in one["description"] and one["analysis"]["state"] == "exploitable"
    reached = {ref["ref"].partition("@")[0] for ref in one["affects"]}
    assert reached == {"data/raw.jsonl", "data/b.jsonl", "out/sft"}
    (fact,) = [item["value"] for item in one["properties"]]
    assay("retract", fact, "--reason", "it does not")
    assert not [one for one in assay("bom", "-o", "-", "--json")[1]["vulnerabilities"] if one["id"] == "declaration"]


def test_the_same_facts_give_the_same_file(team: Workshop, assay: Call) -> None:
    """It is written once, is stale after a statement, and another's file is left."""
    assert assay("bom")[1].strip() == "bom.cdx.json written"
    assert assay("bom")[1].strip() == "bom.cdx.json unchanged" and assay("bom", "--check")[0] == 0
    assay("scan")
    assert assay("bom", "--check")[0] == 0 and "bom.cdx.json" not in assay("audit")[1] + assay("list")[1]
    assay("mark", "data/loose.jsonl", "deprecated", "--reason", "old")
    code, text = assay("bom", "--check")
    assert code == 1 and "stale; run `assay bom`" in text
    team.write("other.json", '{"a": 1}')
    assert assay("bom", "-o", "other.json")[0] == 2 and (team.root / "other.json").read_text() == '{"a": 1}'


def test_a_clone_without_the_data_writes_the_same(
    team: Workshop, assay: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What travels in the ledger is enough, so that CI can check it."""
    team.write(".gitignore", "data/\nout/\nmodels/\n")
    assay("init")
    assay("ledger", "write")
    assay("scan")
    assay("bom")
    team.git("add", "-A")
    team.git("commit", "-qm", "facts")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(team.root), str(clone)], check=True)
    monkeypatch.chdir(clone)
    assay("init")
    assay("scan")
    code, text = assay("bom", "--check")
    assert code == 0, text
