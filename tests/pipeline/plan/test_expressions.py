"""Criteria over metrics: what they may say, what they mean, and what is refused before anything runs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.pipeline.plan.expressions import Expression
from assay.registry.errors import UsageError

METRICS: dict[str, Any] = {"sft.rate": 0.5, "base.rate": 0.25, "base.passed": True, "base.verdict": "base"}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("sft.rate > base.rate", True),
        ("sft.rate - base.rate >= 0.25", True),
        ("sft.rate / base.rate == 2", True),
        ("0.2 < base.rate < 0.3", True),
        ("0.3 < base.rate < 0.4", False),
        ("not base.passed", False),
        ("base.passed and sft.rate > 0.9", False),
        ("base.passed or sft.rate > 0.9", True),
        ("base.passed == true", True),
        ("base.verdict == 'base'", True),
        ("-sft.rate < 0", True),
        ("(sft.rate + 1) * 2 == 3", True),
    ],
)
def test_an_expression_means_what_it_says(text: str, holds: bool) -> None:
    """Arithmetic, comparison and logic over metrics come out as written."""
    assert Expression(text).holds(METRICS) is holds


@pytest.mark.parametrize(
    "text",
    [
        *("__import__('os').system('true')", "open('x')", "sft.rate.__class__()", "[1, 2]", "(lambda: 1)()", "x[0]"),
        *(
            "a := 1",
            "a = 1",
            "a if b else c",
            "f'{a}'",
            "2 ** 999999",
            "1 // 0",
            "a @ b",
            "~a",
            "a in b",
            "None",
            "...",
        ),
        *("", "1 +", "a b", "'text'.upper", "(" * 5000 + "1" + ")" * 5000),
    ],
)
def test_anything_but_arithmetic_and_logic_is_refused(text: str) -> None:
    """Calls, subscripts, attributes of values, assignment and broken text are refused when the plan is read."""
    with pytest.raises(UsageError) as refusal:
        Expression(text)
    assert refusal.value.remedy


def test_the_metrics_that_it_needs_are_known_without_working_it_out() -> None:
    """An expression names the metrics that it reads, in the order in which they are written."""
    assert Expression("sft.rate - base.rate > 0 and not sft.failed").metrics == ("sft.rate", "base.rate", "sft.failed")


@pytest.mark.parametrize(
    "text", ["sft.missing > 1", "base.verdict > 1", "sft.rate / 0 > 1", "base.verdict * 999 == ''"]
)
def test_what_cannot_be_worked_out_is_an_error_and_not_a_no(text: str) -> None:
    """A missing metric, text where a number is wanted and a division by zero raise, and say which."""
    with pytest.raises(UsageError, match=text.split(" ")[0]):
        Expression(text).holds(METRICS)


def test_values_are_shown_beside_the_expression() -> None:
    """A person sees the numbers that decided."""
    assert Expression("sft.rate > base.rate").shown(METRICS) == "sft.rate = 0.5, base.rate = 0.25"


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_comparisons_agree_with_python(left: float, right: float) -> None:
    """For any two numbers, each comparison holds exactly when it does in Python."""
    metrics = {"a.x": left, "b.x": right}
    assert Expression("a.x < b.x").holds(metrics) is (left < right)
    assert Expression("a.x >= b.x").holds(metrics) is (left >= right)
    assert Expression("a.x == b.x").holds(metrics) is (left == right)
    assert Expression("a.x - b.x > 0").holds(metrics) is (left - right > 0)


@given(st.text(max_size=40))
def test_any_text_either_parses_or_is_refused_in_a_line(text: str) -> None:
    """No text makes it crash, and what parses can only be worked out, missing or refused."""
    try:
        expression = Expression(text)
    except UsageError as refusal:
        assert refusal.message
        return
    try:
        expression.holds({})
    except UsageError as refusal:
        assert refusal.message
