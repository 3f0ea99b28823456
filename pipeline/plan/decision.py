"""What follows when a phase is over: go on, stop, or ask a person. Pure: criteria, metrics and the plan's own rules."""

from __future__ import annotations

from dataclasses import dataclass

from ...registry.errors import UsageError
from .expressions import Expression, Metrics
from .journal import COMPLETED, Attempt
from .session import Decision, Phase


@dataclass(frozen=True)
class Outcome:
    """What was decided after a phase and why; `met` pairs each criterion of success with whether it holds."""

    decision: Decision
    because: str
    met: tuple[tuple[str, bool], ...] = ()


def decide(phase: Phase, attempt: Attempt, metrics: Metrics) -> Outcome:
    """The decision after an attempt that came to an end.

    A command that ends with another code than 0 has failed, unless a criterion speaks of the exit code itself. A
    criterion that cannot be worked out (a metric that is missing, a division by zero) does not hold; a rule that cannot
    be worked out is a question.
    """
    if attempt.outcome != COMPLETED:
        return Outcome("stop", f"its command did not come to its own end: {attempt.outcome}")
    code = f"{phase.name}.exit_code"
    if attempt.exit_code != 0 and not any(code in criterion.metrics for criterion in phase.success):
        return Outcome(phase.otherwise, f"its command failed with exit code {attempt.exit_code}")
    if attempt.problem:
        return Outcome(phase.otherwise, attempt.problem)
    met = tuple(_judged(one, metrics) for one in phase.success)
    failed = [text for text, holds in met if not holds]
    if failed:
        return Outcome(phase.otherwise, f"not achieved: {'; '.join(failed)}", met)
    for rule in phase.decide:
        try:
            applies = rule.when.holds(metrics)
        except UsageError as error:
            return Outcome("ask", error.message, met)
        if applies:
            return Outcome(rule.then, rule.because or _spoken(rule.when, metrics), met)
    return Outcome("continue", "it achieved what was asked" if met else "its command is done", met)


def _judged(criterion: Expression, metrics: Metrics) -> tuple[str, bool]:
    try:
        return _spoken(criterion, metrics), criterion.holds(metrics)
    except UsageError as error:
        return error.message, False


def _spoken(expression: Expression, metrics: Metrics) -> str:
    shown = expression.shown(metrics)
    return f"{expression.text} ({shown})" if shown else expression.text
