"""What of a question is sought: not the request around it, nor the names of models and libraries in it."""

from __future__ import annotations

import pytest

from assay.registry.search.asked import without_names, without_request
from assay.registry.search.question import Question


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Please write a script that merges adapters", "merges adapters"),
        ("can you write me a small Python function to split text", "split text"),
        ("We have many logs. I need a tool that counts errors", "We have many logs. counts errors"),
        ("write parquet files", "write parquet files"),
        ("create a tokenizer from a corpus", "create a tokenizer from a corpus"),
        ("write a script", "write a script"),
        ("build the class balance of a dataset", "build the class balance of a dataset"),
    ],
)
def test_a_request_is_left_out_where_something_else_is_asked(text: str, left: str) -> None:
    assert without_request(text) == left


def test_names_of_models_and_libraries_are_names_where_something_else_is_asked() -> None:
    assert (
        without_names("train Qwen2.5-7B-Instruct or org/model-2 with transformers").split() == "train or with".split()
    )
    question = Question.of("score completions of Qwen2.5-7B with transformers")
    assert {question.terms[place] for place in range(len(question.terms)) if place not in question.names} == {
        "scor",
        "complet",
    }
    assert not Question.of("vllm").names and not Question.of("adapter of SmolLM2").names


def test_words_are_told_as_they_were_spoken() -> None:
    question = Question.of("Please write a script that dedups preference pairs")
    assert [word for word, _ in question.spoken] == ["dedups", "preference", "pairs"]
