"""The sessions that ship with Assay can be read, hang together, and stay within their budgets."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.cli.main import COMMANDS
from assay.pipeline.plan.session import load_session

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize(("name", "model"), [("session", "models/base-32b"), ("quick", "models/base")])
def test_an_example_is_a_session_of_nine_phases(name: str, model: str, tmp_path: Path) -> None:
    """Nine phases whose inputs are there or made on the way, expected to stay within the budget."""
    session = load_session(EXAMPLES / f"{name}.toml")
    assert len(session.phase) == 9
    minutes = sum(phase.minutes for phase in session.phase)
    assert session.budget.minutes is not None and minutes <= session.budget.minutes
    assert session.budget.cost is None or session.cost(minutes * 60) <= session.budget.cost
    (tmp_path / model).mkdir(parents=True)
    (tmp_path / "torchrun").write_text("#!/bin/sh\n")
    (tmp_path / "torchrun").chmod(0o755)
    session.require_runnable(tmp_path, COMMANDS)
