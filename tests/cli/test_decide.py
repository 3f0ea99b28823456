"""`assay decide`: one text, and what it is about."""

from __future__ import annotations

from ..registry.workshop import Workshop
from .conftest import Call, Wrong


def test_a_decision_is_listed_until_it_is_taken_back(shop: Workshop, assay: Call) -> None:
    """With its reason; without a text, all are listed."""
    fact = assay("decide", "train on 8k tokens", "--because", "they were cut", "--json")[1]["fact"]
    assert "they were cut" in assay("decide")[1]
    assert assay("retract", fact, "--reason", "no")[0] == 0
    assert assay("decide", "--json") == (0, [])


def test_a_wrong_call_is_one_clear_line(shop: Workshop, wrong: Wrong) -> None:
    """Words without quotation marks, a reason without a decision, the same twice."""
    assert "3 words" in wrong("decide", "train", "on", "tokens")
    assert "says something" in wrong("decide", "--because", "x")
    assert "nothing on record is called" in wrong("decide", "x", "--about", "nowhere.py")
