"""`assay lineage` and `assay verify` on a real project: every format, and what was changed behind the registry's back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..registry.workshop import Workshop, rows


@pytest.fixture
def shop(root: Path) -> Iterator[Workshop]:
    """A dataset and what was made from it."""
    made = Workshop(root, f"sqlite:///{root / '.assay' / 'registry.db'}")
    made.make("scripts/gen.py", {"data/a.jsonl": rows(4)})
    made.make("scripts/upper.py", {"data/b.jsonl": rows(5)}, {"rows": "data/a.jsonl"})
    yield made
    made.store.close()


@pytest.mark.parametrize(
    ("form", "sign"),
    [
        ("tree", "rows: data/a.jsonl"),
        ("mermaid", "flowchart"),
        ("dot", "digraph"),
        ("json", '"nodes"'),
        ("openlineage", '"eventType"'),
        ("prov", '"wasGeneratedBy"'),
    ],
)
def test_lineage_comes_in_every_format(shop: Workshop, form: str, sign: str) -> None:
    """Each format names what it was made from."""
    done = shop.assay("lineage", "data/b.jsonl", "--format", form)
    assert done.returncode == 0 and sign in done.stdout and "data/a.jsonl" in done.stdout, done.stderr


@pytest.mark.parametrize(("way", "shown", "hidden"), [("--up", "gen.py", "b.jsonl"), ("--down", "b.jsonl", "gen.py@")])
def test_lineage_goes_one_way_or_both(shop: Workshop, way: str, shown: str, hidden: str) -> None:
    """`--up` shows what it was made from, `--down` what was made from it, neither of them both."""
    text = shop.assay("lineage", "data/a.jsonl", way).stdout
    assert shown in text and hidden not in text
    both = shop.assay("lineage", "data/a.jsonl").stdout
    assert shown in both and hidden in both


def test_lineage_for_machines_is_the_documented_shape(shop: Workshop) -> None:
    """`--json` gives nodes and edges whatever the format."""
    data = json.loads(shop.assay("lineage", "data/b.jsonl", "--json").stdout)
    assert {"id", "type", "name", "kind", "status", "lineage_status"} <= data["nodes"][0].keys()
    assert {"source", "target", "role"} <= data["edges"][0].keys()


def test_verify_says_what_was_changed(shop: Workshop) -> None:
    """An untouched project is intact; an edited row and a changed file are named, with exit code 1."""
    done = shop.assay("verify")
    assert done.returncode == 0 and "everything is as it was recorded" in done.stdout
    with sqlite3.connect(shop.root / ".assay/registry.db") as connection:
        connection.execute("UPDATE run SET seed = 7")
    connection.close()
    (shop.root / "data/a.jsonl").write_text(rows(3))
    done = shop.assay("verify", "--json")
    data = json.loads(done.stdout)
    assert done.returncode == 1 and not data["intact"]
    assert {"run", "file"} <= {problem["table"] for problem in data["problems"]}
