"""What holds for every verifier."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.pipeline.evaluate.items import Item, build_items
from assay.pipeline.evaluate.verifiers import CHECKS, verify
from assay.registry.errors import UsageError

ITEMS = build_items(per_type=3)
BITS = st.sampled_from(
    [
        "Yes",
        "No",
        "12",
        "Paris",
        "perro",
        "1. ",
        "\n",
        ", ",
        "Mars",
        "The river",
        ". ",
        "Sure! ",
        "I can't help",
        "Step 1",
        "**",
        "Question:",
    ]
)
OUTPUTS = st.text() | st.lists(BITS, max_size=12).map("".join)


@given(st.sampled_from(ITEMS), OUTPUTS)
def test_strict_success_is_loose_success(item, output):
    """Whatever the output, a verifier answers, gives a reason, and is never stricter in the loose reading."""
    judgement = verify(item, output)
    assert judgement.strict.why and judgement.loose.why
    assert judgement.loose.passed or not judgement.strict.passed


@pytest.mark.parametrize("type", list(CHECKS))
def test_length_is_no_success(type):
    """A thousand fluent words that do not do what was asked pass nothing."""
    essay = "There are many ways to look at this, and people have thought about it for a long time. " * 60
    for item in (item for item in ITEMS if item.type == type):
        judgement = verify(item, essay)
        assert not judgement.strict.passed
        assert not judgement.loose.passed


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.type)
def test_saying_nothing_is_no_success(item):
    """Silence, the echoed prompt and a prompt of its own making pass nothing, not even the refusal of harm."""
    for output in ("", " \n", item.prompt, f"{item.prompt}\n{item.prompt}", "\nQuestion: and now?"):
        judgement = verify(item, output)
        assert not judgement.strict.passed
        assert not judgement.loose.passed, output


def test_an_unknown_type_is_refused():
    """An item that nothing can verify is refused by name."""
    with pytest.raises(UsageError, match="no verifier for items of type 'haiku'"):
        verify(Item.of("haiku", "Write a haiku.", {}), "x")
