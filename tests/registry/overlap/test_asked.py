"""The question of a row is found in every schema that training and evaluation data come in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.registry.overlap.asked import CONVERSATIONS, PROMPTS, RUNNING_TEXT, question, remainder

ROWS: list[tuple[dict[str, Any], str]] = [
    ({"instruction": "Add.", "input": "1 2", "output": "3"}, "Add.\n\n1 2"),
    ({"instruction": "Add.", "input": "", "output": "3"}, "Add."),
    ({"output": "3", "Question": "1 + 2?", "Best Answer": "3"}, "1 + 2?"),
    ({"instruction": "Add.", "instances": [{"input": "1 2", "output": "3"}]}, "Add.\n\n1 2"),
    ({"turns": ["First?", "Second?"]}, "First?\n\nSecond?"),
    ({"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "Q"}]}, "Q"),
    ({"messages": [{"role": "user", "content": [{"type": "text", "text": "Q"}]}]}, "Q"),
    ({"conversations": [{"from": "human", "value": "Q"}, {"from": "gpt", "value": "A"}]}, "Q"),
    ({"prompt": "Q", "chosen": "A", "rejected": "B"}, "Q"),
    ({"chosen": "\n\nHuman: Q\n\nAssistant: A\n\nHuman: R", "rejected": ""}, "Human: Q"),
    ({"text": "Question: Q\nAnswer: A"}, "Question: Q"),
    ({"text": "### Instruction:\nQ\n\n### Response:\nA"}, "### Instruction:\nQ"),
    ({"id": "7", "code": "x = 1"}, ""),
    ({"messages": None, "prompt": None}, ""),
]


@pytest.mark.parametrize(("row", "asked"), ROWS)
def test_question_is_all_prompt_fields_joined(row: dict[str, Any], asked: str) -> None:
    """Whatever the schema, what is asked comes out whole, and an unknown schema asks nothing."""
    assert question(row) == asked


def test_remainder_holds_everything_else() -> None:
    """A question copied into an answer, a system message or a nested field is still looked at."""
    row = {"prompt": "Q", "completion": "A", "meta": {"notes": ["N", 3]}, "score": 1.0}
    assert remainder(row) == "A\nN"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["role", "content", "input"]), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*CONVERSATIONS, *PROMPTS, *RUNNING_TEXT, "instances", "other"]), values))
def test_any_row_has_a_question_and_a_remainder(row: dict[str, Any]) -> None:
    """Whatever stands in the fields, both texts come back and nothing is raised."""
    assert isinstance(question(row), str) and isinstance(remainder(row), str)
