from __future__ import annotations

import pytest

from assay.pipeline.tokens import CompletionTokenizer, TemplateIds
from assay.registry.errors import UsageError

from .conftest import END, make_tokenizer

CHAT = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


@pytest.fixture(scope="module")
def tokens() -> CompletionTokenizer:
    """A tokenizer with chat tokens in its vocabulary, in completion mode."""
    return CompletionTokenizer.of(make_tokenizer(CHAT))


def test_every_chat_template_call_raises() -> None:
    """A tokenizer in completion mode has no template left to apply."""
    tokenizer = make_tokenizer(CHAT, chat_template="{{ messages }}")
    CompletionTokenizer.of(tokenizer)
    with pytest.raises(ValueError, match="chat_template"):
        tokenizer.apply_chat_template([{"role": "user", "content": "hi"}])


def test_a_marker_that_becomes_one_id_is_refused_with_its_place(tokens: CompletionTokenizer) -> None:
    """Literal template text encodes to a control id, and the refusal names text, place and token."""
    with pytest.raises(TemplateIds, match=r"text 2, token 1 is the control token <\|im_start\|> \(id 1\)"):
        tokens.encode(["The sky is blue.", "<|im_start|>user\nhi"])


def test_an_allowed_control_token_may_stand_in_a_text() -> None:
    """A token that was allowed by name passes; the others are refused as before."""
    tokens = CompletionTokenizer.of(make_tokenizer(CHAT), allow=["<|im_start|>"])
    assert tokens.encode(["<|im_start|> hi"])[0][0] == 1
    with pytest.raises(TemplateIds):
        tokens.encode(["<|im_end|>"])


def test_what_is_fed_is_the_text_and_nothing_else(tokens: CompletionTokenizer) -> None:
    """Without a BOS of its own, a tokenizer adds nothing; decoding gives the text back."""
    (ids,) = tokens.encode(["One, two, three."])
    assert tokens.decode(ids) == "One, two, three."


def test_control_tokens_stay_visible_in_decoded_text(tokens: CompletionTokenizer) -> None:
    """A generated chat token is not hidden by decoding."""
    assert tokens.decode([*tokens.encode(["hi"])[0], 2]) == "hi<|im_end|>"


def _with_frame(single: str, special: str, tokens: tuple[str, ...] = (END, "<s>")) -> object:
    """A tokenizer that puts `special` around every text, as this template says."""
    from tokenizers.processors import TemplateProcessing

    tokenizer = make_tokenizer(tokens, bos_token=tokens[1])
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single=single, special_tokens=[(special, tokenizer.convert_tokens_to_ids(special))]
    )
    return tokenizer


def test_the_tokenizers_own_bos_is_kept_in_front() -> None:
    """The delta between encoding with and without special tokens is the BOS, and every prompt gets it."""
    tokens = CompletionTokenizer.of(_with_frame("<s> $A", "<s>"))  # type: ignore[arg-type]
    assert tokens.prefix == (1,)
    assert tokens.encode(["The sky"])[0][0] == 1
    assert tokens.policy()["prefix"] == ["<s>"]


@pytest.mark.parametrize(
    ("single", "special", "vocabulary"),
    [
        (f"$A {END}", END, (END, "<s>")),
        (f"{END} $A", END, (END, "<s>")),
        ("<|im_start|> $A", "<|im_start|>", (END, "<|im_start|>")),
    ],
    ids=["an end after the text", "something else than BOS", "a turn marker as BOS"],
)
def test_a_frame_that_is_no_plain_bos_is_refused(single: str, special: str, vocabulary: tuple[str, ...]) -> None:
    """A tokenizer that ends prompts, or opens them as a chat, is not used for completion."""
    with pytest.raises(TemplateIds):
        CompletionTokenizer.of(_with_frame(single, special, vocabulary))  # type: ignore[arg-type]


def test_no_pad_token_and_a_tied_one_are_handled() -> None:
    """Without a pad token the end of sequence stands in where the mask is 0; without either, id 0 does."""
    assert CompletionTokenizer.of(make_tokenizer()).pad_id == 0
    tied = CompletionTokenizer.of(make_tokenizer(("<|x|>", END), pad_token=END))
    assert (tied.pad_id, tied.stop_ids) == (1, (0,))
    endless = make_tokenizer()
    endless.eos_token = None
    assert CompletionTokenizer.of(endless).pad_id == 0
    assert CompletionTokenizer.of(endless).stop_ids == ()


def test_a_choice_must_be_a_single_token(tokens: CompletionTokenizer) -> None:
    """The id of a letter in its context is given; a choice of several tokens is refused."""
    assert tokens.decode([tokens.single("Answer:", " A")]) == " A"
    with pytest.raises(UsageError, match="not a single token"):
        tokens.single("Answer:", " xylophone")
