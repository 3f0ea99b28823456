"""The precision on a rule's page is what the labels say."""

from __future__ import annotations

import csv
import importlib.util
from collections import Counter
from pathlib import Path
from types import ModuleType

from assay.registry.rules.measured import MEASURED

ROOT = Path(__file__).parents[3]


def precision() -> ModuleType:
    """The benchmark that counts the labels, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("precision", ROOT / "bench" / "precision.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_say_what_the_labels_say() -> None:
    """Each figure is recomputed from the labels, no labelled rule is left out, and nothing else is claimed."""
    bench = precision()
    counted: dict[str, dict[str, Counter[str]]] = {}
    for kind in bench.KINDS:
        for (what, split), verdicts in bench.counts(kind).items():
            if what.startswith("AS"):
                counted.setdefault(what, {}).setdefault(split, Counter()).update(verdicts)
    assert counted.keys() == MEASURED.keys()
    for code, said in MEASURED.items():
        held, fitted = (counted[code].get(split, Counter()) for split in (bench.HELD_OUT, bench.FITTED))
        assert said.held_out == (held[bench.ACT], held.total())
        assert said.fitted == (fitted[bench.ACT], fitted.total())


def test_a_rule_whose_findings_are_seldom_acted_on_says_so() -> None:
    """The page warns the reader where fewer than half of five findings or more, held out where there are so many, were to be acted on."""
    assert {code for code, said in MEASURED.items() if said.seldom} == {"AS101"}
    assert all(("Read it as a hint" in said.text()) is said.seldom for said in MEASURED.values())


def test_no_finding_is_counted_twice_and_each_label_has_its_reason() -> None:
    """A place and rule of a distribution is labelled once, and a reason stands beside the verdict."""
    bench = precision()
    for kind in bench.KINDS:
        with (bench.LABELS / f"{kind}_findings.csv").open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        places = Counter((row["distribution"], row["file"], row["line"], row["cell"], row["rule"]) for row in rows)
        assert [place for place, times in places.items() if times > 1] == []
        assert all(row["reason"] and row["verdict"] in (bench.ACT, "leave") for row in rows)


def test_the_tables_are_those_that_are_published() -> None:
    """docs/rules-measured.md shows the tables that the labels give."""
    bench = precision()
    page = (ROOT / "docs" / "rules-measured.md").read_text("utf-8")
    assert all("\n".join(bench.table(bench.counts(kind))) in page for kind in bench.KINDS)
