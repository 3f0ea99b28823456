"""Texts that people would call the same have the same tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.registry.overlap.normalise import tokenise, words

SAME = [
    ("What is 2 + 2?", "what is 2+2"),
    ("Janet’s ducks", "Janet's   DUCKS!"),
    ("Ｆｕｌｌ ｗｉｄｔｈ ﬁne", "full width fine"),
    ("Instruction: Add 1 and 2.\nResponse:", "Add 1 and 2."),
    ("### Question:\nAdd 1 and 2.\n\n### Answer:", "Add 1 and 2."),
    ("<|im_start|>user\nAdd 1 and 2.<|im_end|>\n<|im_start|>assistant", "Add 1 and 2."),
    ("<s>[INST] Add 1 and 2. [/INST]", "Add 1 and 2."),
    (
        "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
        "### Instruction:\nAdd 1 and 2.\n\n### Input:\n3\n\n### Response:",
        "Add 1 and 2. 3",
    ),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_wrapping_case_and_punctuation_do_not_count(one: str, other: str) -> None:
    """Case, punctuation, compatibility characters and a prompt's scaffold leave no trace."""
    first, second = words([one, other])
    assert list(first) == list(second)


def test_words_that_are_not_scaffold_stay() -> None:
    """A label's word in a sentence is a word of the question."""
    (found,) = words(["Write an instruction for the user, then a response."])
    assert list(found) == ["write", "an", "instruction", "for", "the", "user", "then", "a", "response"]


def test_scripts_without_spaces_count_characters() -> None:
    """Chinese and Thai have a token per character, so that n-grams exist in them; Cyrillic words stay whole."""
    assert [len(found) for found in words(["水在几度沸腾", "привет, мир", "กา"])] == [6, 2, 2]


@given(st.lists(st.text(max_size=30), max_size=8))
def test_tokens_stay_with_their_text(texts: list[str]) -> None:
    """Bounds cut the hashes into texts, empty ones included, and equal words have equal hashes."""
    tokens, expected = tokenise(texts), [list(found) for found in words(texts)]
    assert tokens.lengths.tolist() == [len(found) for found in expected]
    seen = dict(zip(tokens.hashes.tolist(), (word for found in expected for word in found), strict=True))
    assert [seen[number] for number in tokens.hashes.tolist()] == [word for found in expected for word in found]
