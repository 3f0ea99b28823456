from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.pipeline import prompts
from assay.pipeline.critic import Critic, Pair
from assay.pipeline.tokens import CompletionTokenizer
from assay.registry.errors import UsageError

from .conftest import make_tokenizer
from .fakes import ScriptedBackend


@pytest.fixture(scope="module")
def tokens() -> CompletionTokenizer:
    """A tokenizer in which both letters are single tokens."""
    return CompletionTokenizer.of(make_tokenizer())


def _options(prompt: str) -> tuple[str, str]:
    """What stands under A and B in the last question of a prompt."""
    *_, first, second, _ = prompt.splitlines()
    return first.removeprefix("A: "), second.removeprefix("B: ")


def _critic(tokens: CompletionTokenizer, taste: dict[str, float], leaning: float) -> Critic:
    """A critic whose model likes some texts, and leans to the letter A whatever stands there."""

    def weigh(prompt: str) -> tuple[float, float]:
        first, second = _options(prompt)
        margin = taste.get(first, 0.0) - taste.get(second, 0.0) + leaning
        return -math.log1p(math.exp(-margin)), -math.log1p(math.exp(margin))

    return Critic(ScriptedBackend(tokens, lambda prompt, number: "", weigh))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(leaning=st.integers(-80, 80), liking=st.integers(-80, 80))
def test_a_leaning_to_one_letter_cancels(tokens: CompletionTokenizer, leaning: int, liking: int) -> None:
    """The margin is the preference alone, however the model leans; the leaning is told apart from it."""
    critic = _critic(tokens, {"good": liking / 10}, leaning / 10 + 0.05)
    (opinion,) = critic.prefer([Pair("Say.", "good", "other")])
    assert opinion.margin == pytest.approx(liking / 10, abs=1e-6)
    assert opinion.mass == pytest.approx(1.0)
    assert opinion.leaning == pytest.approx(leaning / 10 + 0.05, abs=1e-6)


def test_exchanging_the_responses_turns_the_opinion_round(tokens: CompletionTokenizer) -> None:
    """What is better stays better in whichever place it stands."""
    critic = _critic(tokens, {"good": 2.0}, 1.0)
    one, other = critic.prefer([Pair("Say.", "good", "bad"), Pair("Say.", "bad", "good")])
    assert one.margin == pytest.approx(2.0)
    assert other.margin == pytest.approx(-2.0)


def test_approval_asks_yes_or_no_in_both_orders(tokens: CompletionTokenizer) -> None:
    """A single response is judged by yes against no, and the answer does not depend on their letters."""
    critic = _critic(tokens, {prompts.YES: 1.5}, 3.0)
    assert critic.approve([("Say.", "anything")])[0].margin == pytest.approx(1.5)


def test_the_critics_examples_use_each_letter_equally() -> None:
    """The demonstrations themselves do not teach a letter."""
    for examples in (prompts.PREFERRED, prompts.APPROVED):
        letters = [example[-1] for example in examples]
        assert letters.count("A") == letters.count("B")
    right = [options["AB".index(letter)] for *_, options, letter in ((e[2:4], e[-1]) for e in prompts.APPROVED)]
    assert right.count(prompts.YES) == right.count(prompts.NO)


def test_a_tokenizer_with_letters_of_several_tokens_is_refused() -> None:
    """Single-token log-probabilities need single tokens."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    bytes_only = Tokenizer(
        models.BPE(vocab={c: i for i, c in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}, merges=[])
    )
    bytes_only.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokens = CompletionTokenizer.of(PreTrainedTokenizerFast(tokenizer_object=bytes_only))
    with pytest.raises(UsageError, match="not a single token"):
        Critic(ScriptedBackend(tokens, lambda prompt, number: "", lambda prompt: (0.0, 0.0)))
