"""AS107 warns where something stays of what is loaded, and only notes it where nothing does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.registry.observe.script.imports import ImportGraph
from assay.registry.rules.base import Severity
from assay.registry.rules.config import RuleConfig
from assay.registry.rules.engine import examine_script

LOAD = 'from datasets import load_dataset\nrows = load_dataset("acme/rows")\n'
KEPT = LOAD + 'rows.to_json("rows.jsonl")\n'
GUARD = "if __name__ == '__main__':\n    "


def notebook(code: str, opening: str = "") -> str:
    """A notebook with an opening text and one cell."""
    cells = [{"cell_type": "markdown", "source": opening}, {"cell_type": "code", "source": code}]
    return json.dumps({"nbformat": 4, "cells": cells})


@pytest.mark.parametrize(
    ("name", "text", "severity"),
    [
        ("look.py", LOAD + GUARD + "print(rows[0])\n", Severity.NOTES),
        ("make.py", KEPT + GUARD + "pass\n", Severity.WARNS),
        ("helper.py", "from datasets import load_dataset\ndef rows():\n    return load_dataset('acme/rows')\n", Severity.WARNS),
        ("look.ipynb", notebook(LOAD + "rows[0]\n"), Severity.NOTES),
        ("filter.ipynb", notebook(KEPT, "# Filtering"), Severity.WARNS),
        ("filter.ipynb", notebook(KEPT, "# Filtering\nIn this tutorial you will learn to filter."), Severity.NOTES),
        ("docs/tutorials/filter.ipynb", notebook(KEPT), Severity.NOTES),
        ("exemplary.ipynb", notebook(KEPT, "# Exemplary rows"), Severity.WARNS),
    ],
)  # fmt: skip
def test_what_leaves_nothing_is_a_note(name: str, text: str, severity: Severity, tmp_path: Path) -> None:
    """A look, and a lesson, keep nothing that another revision could change."""
    root = tmp_path.resolve()
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    found = examine_script(path, root, ImportGraph(root), RuleConfig(root, select=("AS107",))).findings
    assert [one.severity for one in found] == [severity]
