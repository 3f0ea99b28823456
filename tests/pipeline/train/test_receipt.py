"""The comparison of rows with what reached the trainer, on rows prepared by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from datasets import Dataset
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.pipeline.receipt import NO_LOSS, OtherData, inspect
from assay.registry.errors import UsageError

from ..conftest import END, make_tokenizer

TOKENIZER = make_tokenizer((END, "<|im_start|>", "<tool>"))
TEXT = st.text(st.sampled_from("abc .,\n"), min_size=1, max_size=12).map(lambda text: f"{text.strip()}x")
ROWS = st.lists(st.fixed_dictionaries({"prompt": TEXT, "completion": TEXT.map(" {}".format)}), min_size=1, max_size=12)


def prepare(rows: list[dict[str, str]], room: int | None = None) -> Dataset:
    """What TRL makes of prompts and completions, as its documentation says."""
    prepared = []
    for row in rows:
        ids = TOKENIZER(row["prompt"] + row["completion"] + END).input_ids
        start = len(TOKENIZER(row["prompt"]).input_ids)
        prepared.append({"input_ids": ids[:room], "labels": [*[NO_LOSS] * start, *ids[start:]][:room]})
    return Dataset.from_list([row for row in prepared if any(label != NO_LOSS for label in row["labels"])])


def rows(count: int = 4) -> list[dict[str, str]]:
    """Rows that need no care."""
    return [{"prompt": f"Count to {n}:", "completion": f" {n}."} for n in range(count)]


def changed(change: Callable[[dict[str, Any]], dict[str, Any]], place: int = 2) -> Dataset:
    """The prepared rows with one of them changed."""
    return prepare(rows()).map(lambda row, n: change(row) if n == place else row, with_indices=True)


def test_the_receipt_counts_what_is_trained_on() -> None:
    """Rows, tokens, tokens without loss and ends are those of the prepared rows."""
    prepared = prepare(rows())
    receipt = inspect(rows(), prepared, TOKENIZER, 64)
    assert (receipt.method, receipt.rows_in, receipt.rows_out, receipt.eos_rate) == ("sft", 4, 4, 1.0)
    assert receipt.tokens == sum(len(row["input_ids"]) for row in prepared)
    assert receipt.masked == sum(row["labels"].count(NO_LOSS) for row in prepared)
    assert receipt.longest == max(len(row["input_ids"]) for row in prepared)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda row: row | {"labels": row["input_ids"]}, r"row 3 .* the loss is on \d+ tokens"),
        (lambda row: {name: ids[:-1] for name, ids in row.items()}, r"row 3 .* its EOS is missing"),
        (lambda row: {name: [1, *ids] for name, ids in row.items()}, r"row 3 .* a chat template was put around it"),
        (lambda row: {name: ids[::-1] for name, ids in row.items()}, r"row 3 .* it reads"),
    ],
)
def test_the_first_difference_is_named(change: Callable[[dict[str, Any]], dict[str, Any]], said: str) -> None:
    """One changed row is found and the kind of change is said."""
    with pytest.raises(OtherData, match=said):
        inspect(rows(), changed(change), TOKENIZER, 64)


def test_chat_tokens_in_the_rows_themselves_are_refused() -> None:
    """A row whose text holds a turn marker is refused by its number, although nobody applied a template."""
    marked = [*rows(), {"prompt": "<|im_start|>user\nHi", "completion": " Hello."}]
    with pytest.raises(OtherData, match=r"row 5 holds <\|im_start\|>"):
        inspect(marked, prepare(marked), TOKENIZER, 64)


def test_other_control_tokens_are_counted() -> None:
    """A control token that begins no turn is trained on, and the receipt says so."""
    marked = [*rows(), {"prompt": "Use <tool>", "completion": " now <tool>."}]
    assert inspect(marked, prepare(marked), TOKENIZER, 64).control == {"<tool>": 2}


def test_columns_that_cannot_be_compared_are_refused() -> None:
    """Data without ids and labels, or chosen and rejected ids, is refused with its columns."""
    with pytest.raises(OtherData, match="has the columns input_ids, seq_lengths"):
        inspect(rows(), Dataset.from_dict({"input_ids": [[1]], "seq_lengths": [[1]]}), TOKENIZER, 64)


def test_a_tokenizer_without_an_end_is_refused() -> None:
    """Answers could not end; the tokenizer is refused before anything is compared."""
    endless = make_tokenizer()
    endless.eos_token = None
    with pytest.raises(UsageError, match="has no EOS token"):
        inspect(rows(), prepare(rows()), endless, 64)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(2, 24))
def test_the_sums_add_up_for_any_rows_and_length(given_rows: list[dict[str, str]], room: int) -> None:
    """Every row is kept or dropped, nothing is longer than the length, and the digest depends on nothing else."""
    prepared = prepare(given_rows, room)
    if not len(prepared):
        with pytest.raises((UsageError, OtherData)):
            inspect(given_rows, Dataset.from_dict({"input_ids": [], "labels": []}), TOKENIZER, room, tolerance=1)
        return
    receipt = inspect(given_rows, prepared, TOKENIZER, room, tolerance=1)
    assert receipt.rows_out + receipt.dropped == receipt.rows_in == len(given_rows)
    assert receipt.rows_out == len(prepared) and receipt.tokens <= room * receipt.rows_out
    assert receipt.with_eos == receipt.rows_out - receipt.cut
    assert inspect(given_rows, prepared, TOKENIZER, room, tolerance=1).digest == receipt.digest
