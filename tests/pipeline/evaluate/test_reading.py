"""How answers are read."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.pipeline.evaluate.reading import contains, loosen, numbers, runaway, sentences, words


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It's a well-known fact.", 4),
        ("one — two", 2),
        ("one—two", 2),
        ("3.5 % of 1,000", 3),
        ("- a\n- b", 2),
        ("...", 0),
        ("", 0),
    ],
)
def test_words(text, count):
    """Contractions, hyphenated words and numbers are one word each; punctuation is none."""
    assert len(words(text)) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Dr. Smith paid $3.50 to J. R. Hill. He left.", 2),
        ('He said "Go!" and went.', 1),
        ("One. Two! Three? Four", 4),
        ("First line\nsecond line", 2),
        ("No. It is not.", 2),
        ("", 0),
    ],
)
def test_sentences(text, count):
    """Abbreviations, initials and decimal points end no sentence; a line break does."""
    assert len(sentences(text)) == count


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$1,234.50 and 7", ["1234.50", "7"]),
        ("−5 or -5", ["-5", "-5"]),
        ("10-4=6", ["10", "4", "6"]),
        ("twenty-one and seven", ["21", "7"]),
        ("one of the 3", ["3"]),
        ("no one", []),
        ("v2 x3", []),
    ],
)
def test_numbers(text, found):
    """Figures are read with sign and separators, number words only where there is no figure, never a lone "one"."""
    assert numbers(text) == [Decimal(number) for number in found]


@pytest.mark.parametrize(
    "tail",
    [
        "\nQuestion: x",
        "\n\n### Instruction:\nx",
        "\nHuman: x",
        "<|im_end|>",
        "\n**Q:** x",
        "[INST]",
        "\nUser 2: x",
        "\n### Input",
    ],
)
def test_runaway(tail):
    """A new prompt, speaker or control token ends the answer where it begins."""
    assert runaway("The answer is 12." + tail) == len("The answer is 12.")


@pytest.mark.parametrize(
    "text", ["Question: what?", "The question: why?", "Reasoning:\nAnswer: 12", "12\n#### 12", "Step 1: go\nStep 2: on"]
)
def test_no_runaway(text):
    """A label at the start, a colon in a line, an answer line, and GSM8K's final line belong to the answer."""
    assert runaway(text) is None


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Sure! Here is the answer:\n\n**Paris**\n\nLet me know if you need more.", "Paris"),
        ("What is it? Paris", "Paris"),
        ("Answer: Paris", "Paris"),
        ('"Paris"', "Paris"),
        ("```\nParis\n```", "Paris"),
        ("Paris\n\nQuestion: and now?", "Paris"),
        ("Sure", "Sure"),
        ("Surely not", "Surely not"),
        ("* one\n* two", "* one\n* two"),
    ],
)
def test_loosen(text, bare):
    """Politeness, markdown, labels, quotes, echo and runaway tail come off; the answer stays, and so do bullets."""
    assert loosen(text, "What is it?") == bare


@given(st.text(), st.text(min_size=1))
def test_reading_never_fails(text, prompt):
    """Any text at all can be read."""
    loosened = loosen(text, prompt)
    assert len(loosened) <= len(text)
    assert all(map(str.strip, sentences(text)))
    assert isinstance(contains(text, prompt), bool)
    numbers(text)
    words(text)
