"""What is decided after a phase."""

from __future__ import annotations

from assay.pipeline.plan.decision import decide
from assay.pipeline.plan.report import as_dict

from .conftest import Sessions


def test_what_cannot_be_worked_out_is_not_achieved(sessions: Sessions) -> None:
    """A share of nothing holds no criterion and applies no rule: `otherwise` decides, and the status can be shown."""
    sessions.write(sessions.phase("a", success=["a.score / (a.score - a.score) > 1"], otherwise="continue"))
    sessions.run()
    (phase,) = as_dict(sessions.journal)["phases"]
    assert "division by zero" in str(phase)
    (attempt,) = sessions.journal.attempts["a"]
    outcome = decide(sessions.journal.session.phase[0], attempt, sessions.journal.metrics)
    assert (outcome.decision, outcome.met[0][1]) == ("continue", False)
