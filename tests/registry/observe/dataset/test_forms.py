"""Rows of every form that trainers read are called what they are, and what is in them beside text is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assay.registry.observe.dataset.formats import looks_like_dataset
from assay.registry.observe.dataset.profile import DatasetProfile, describe_dataset
from assay.registry.observe.dataset.rows import read_rows
from assay.registry.observe.dataset.schema import SchemaClass

ASK = {"role": "user", "content": "What is two plus two?"}
SAY = {"role": "assistant", "content": "Four."}
CALL = {"type": "function", "function": {"name": "add", "arguments": "{}"}}


def described(path: Path, *rows: dict[str, Any]) -> DatasetProfile:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return describe_dataset(path)


@pytest.mark.parametrize(
    ("row", "schema", "traits"),
    [
        ({"prompt": [ASK], "completion": [SAY]}, SchemaClass.PROMPT_COMPLETION, ("conversational",)),
        ({"prompt": [ASK], "chosen": [SAY], "rejected": [SAY]}, SchemaClass.PREFERENCE, ("conversational",)),
        ({"chosen": [ASK, SAY], "rejected": [ASK, SAY]}, SchemaClass.PREFERENCE, ("conversational",)),
        ({"prompt": [ASK], "completion": [SAY], "label": True}, SchemaClass.UNPAIRED, ("conversational",)),
        ({"prompt": [ASK], "solution": "4"}, SchemaClass.REWARDED, ("conversational",)),
        ({"prompt": "q", "ground_truth": "4"}, SchemaClass.REWARDED, ()),
        ({"prompt": "q", "solution": "4"}, SchemaClass.PROMPT_COMPLETION, ()),
        (
            {"data_source": "x", "prompt": [ASK], "reward_model": {"ground_truth": "4"}, "extra_info": {"index": 1}},
            SchemaClass.REWARDED,
            ("conversational",),
        ),
        ({"prompt": "q", "completions": ["a", "b"], "labels": [True, False]}, SchemaClass.STEPWISE, ()),
        ({"prompt": "q", "responses": ["a", "b"], "scores": [0.9, 0.1]}, SchemaClass.RANKED, ()),
        ({"query": "q", "positive": "a", "negative": "b"}, SchemaClass.RETRIEVAL, ()),
        ({"anchor": "q", "positive": "a"}, SchemaClass.RETRIEVAL, ()),
        ({"sentence1": "a", "sentence2": "b", "score": 0.5}, SchemaClass.RETRIEVAL, ()),
        ({"sentence1": "a", "sentence2": "b", "label": 1}, SchemaClass.LABELLED, ()),
        ({"messages": [ASK, SAY]}, SchemaClass.CHAT, ()),
        ({"conversations": [{"from": "human", "value": "q"}]}, SchemaClass.CHAT, ()),
        (
            {"messages": [ASK, {"role": "assistant", "content": None, "tool_calls": [CALL]}], "tools": [CALL]},
            SchemaClass.CHAT,
            ("tools", "tool calls"),
        ),
        ({"messages": [ASK, {**SAY, "reasoning_content": "2+2"}]}, SchemaClass.CHAT, ("reasoning",)),
        ({"prompt": "q", "completion": "<think>2+2</think>4"}, SchemaClass.PROMPT_COMPLETION, ("reasoning",)),
        ({"image": "a.png", "conversations": [{"from": "gpt", "value": "a"}]}, SchemaClass.CHAT, ("images",)),
        ({"audio": "a.wav", "text": "hello"}, SchemaClass.TEXT, ("audio",)),
        ({"image": "a.png", "caption": "a cat"}, SchemaClass.TEXT, ("images",)),
        ({"audio": "a.wav", "transcription": "hello"}, SchemaClass.TEXT, ("audio",)),
        ({"text": "good", "label": 1}, SchemaClass.LABELLED, ()),
    ],
)
def test_rows_are_called_what_they_are(
    tmp_path: Path, row: dict[str, Any], schema: SchemaClass, traits: tuple[str, ...]
) -> None:
    """The forms of TRL, verl, ShareGPT and OpenAI, with tools, reasoning and media."""
    profile = described(tmp_path / "rows.jsonl", row, row)
    assert (profile.schema, profile.traits) == (schema, traits)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('"What does a rope weigh?",460\n"And two of them?",920\n', 2),
        ("great film,positive\nlong film,negative\nno film,positive\nbad film,negative\nold film,positive\n", 5),
        ("1,2\n3,4\n5,6\n", 3),
        ("question,answer\nWhy?,So.\nWhy?,So.\n", 2),
        ("text,label\ngood,text\nbad,text\nfine,text\n", 3),
        ("0,1\na,b\nc,d\n", 2),
        ("Best Answer,Question\nyes,Is it?\n", 1),
        ("name,size\n", 0),
        ("I love this film.,\n" + "A bad one.,0\n" * 4, 5),
        ("I love this film.,N/A\n" + "A bad one.,0\n" * 4, 5),
        ("Loved it!,score\n" + "Bad,0\n" * 4, 5),
        ("Model,Avg. score\n" + "m,0\n" * 4, 4),
    ],
)
def test_a_table_without_a_header_keeps_its_first_row(tmp_path: Path, text: str, rows: int) -> None:
    """Sentences, numbers and values that come again are no names of columns."""
    path = tmp_path / "rows.csv"
    path.write_text(text)
    profile = describe_dataset(path)
    assert profile.rows == rows
    without = rows == text.count("\n")
    assert any("no header" in problem for problem in profile.problems) == without
    assert [column.name for column in profile.columns[:1]] == ["column 1"] or not without


@pytest.mark.parametrize(
    "document",
    [
        {"0": {"question": "a", "answer": "b"}, "1": {"question": "c", "answer": "d"}},
        {"1": {"q": "a", "a": "b"}, "2": {"q": "c", "a": "d"}},
        {"task_a": {"question": "a", "answer": "b"}, "task_b": {"question": "c", "answer": "d"}},
        {"question": {"0": "a", "1": "c"}, "answer": {"0": "b", "1": "d"}},
    ],
)
def test_rows_by_key_are_rows(tmp_path: Path, document: dict[str, Any]) -> None:
    """Objects by number or by name, and columns by number, are read row by row."""
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(document))
    assert looks_like_dataset(path)
    assert [tuple(row.values()) for row in read_rows(path)] == [("a", "b"), ("c", "d")]


@pytest.mark.parametrize(
    "document",
    [
        {"identity": {"file_name": "identity.json"}, "demo": {"file_name": "demo.json"}},
        {"model": {"name": "x"}, "training": {"epochs": 3}},
        {"name": "x", "0": {"question": "a"}},
        {"bos_token": {"content": "<s>"}, "eos_token": {"content": "</s>"}},
    ],
)
def test_settings_by_key_are_no_rows(tmp_path: Path, document: dict[str, Any]) -> None:
    """Lists of data sets, settings and special tokens stay what they are."""
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(document))
    assert not looks_like_dataset(path)


def test_files_that_rows_name_are_sought(tmp_path: Path) -> None:
    """Beside the data and above it; addresses and files within a row are none."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "images").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "images/1.png").write_bytes(b"1")
    (tmp_path / "data/2.png").write_bytes(b"2")
    rows = [{"image": name} for name in ("images/1.png", "2.png", "3.png", "https://example.org/4.png")]
    files = described(
        tmp_path / "data/rows.jsonl", *rows, {"images": [{"path": "5.png"}, {"path": "images/1.png"}]}
    ).files
    assert files is not None and not files.inside
    assert (files.named, files.missing, files.first_missing) == (4, 2, ("3.png", "5.png"))
    assert described(tmp_path / "data/text.jsonl", {"image": "a word", "text": "b"}).files is None


TURN = {"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}


@pytest.mark.parametrize(
    ("document", "rows", "columns"),
    [
        ({"conversations": TURN * 6}, 1, ("conversations",)),
        ({"id": "7", "messages": [ASK, SAY], "source": "x"}, 1, ("id", "messages", "source")),
        ({"input_ids": [1, 2, 3], "labels": [1, 2, 3]}, 1, ("input_ids", "labels")),
        ({"input_ids": [[1, 2], [3]], "labels": [[1, 2], [3]]}, 2, ("input_ids", "labels")),
        ({"messages": [[ASK, SAY], [ASK, SAY], [ASK, SAY]]}, 3, ("messages",)),
        ({"prompt": ["a", "b"], "completion": ["c", "d"]}, 2, ("prompt", "completion")),
    ],
    ids=["sharegpt", "one", "ids", "ids-by-column", "chats-by-column", "columns"],
)
def test_a_document_may_be_one_row(tmp_path: Path, document: Any, rows: int, columns: tuple[str, ...]) -> None:
    """One conversation, or the ids of one text, is one row: its turns are no rows of their own."""
    path = tmp_path / "x.json"
    path.write_text(json.dumps(document, indent=2))
    assert looks_like_dataset(path)
    profile = describe_dataset(path)
    assert (profile.rows, tuple(column.name for column in profile.columns), profile.problems) == (rows, columns, ())


@pytest.mark.parametrize(
    "document",
    [{"model": "gpt-4o", "messages": [ASK]}, {"messages": [{"level": 3}], "name": "x"}, {"messages": ["hi"], "a": 1}],
)
def test_a_call_of_a_model_or_a_list_of_notices_is_no_row(tmp_path: Path, document: Any) -> None:
    """What names a model is a request, and messages without turns are anybody's."""
    path = tmp_path / "x.json"
    path.write_text(json.dumps(document, indent=2))
    assert not looks_like_dataset(path)


def test_predictions_beside_what_is_right_are_evaluation_items(tmp_path: Path) -> None:
    """Rows that hold what was answered and what should have been are not instructions without answers."""
    row = {"idx": 1, "question": "q", "gt": "18", "code": ["print(18)"], "pred": ["18"]}
    assert described(tmp_path / "out.jsonl", row, row).schema is SchemaClass.EVALUATION


def test_names_that_end_in_a_full_stop_head_columns_of_numbers(tmp_path: Path) -> None:
    """A first cell above nothing but numbers is the name of its column."""
    path = tmp_path / "board.csv"
    path.write_text("Model,Inf Rel.,Inf Coh.\n" + "".join(f"m{n},3.{n},3.4\n" for n in range(4)))
    profile = describe_dataset(path)
    assert (profile.rows, profile.problems) == (4, ())


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ('id;question;answer\n1;"What; why?";So, and so.\n2;Who?;"She, it."\n', 3),
        ("question\tanswer\nWhy?\tSo.\nWho?\tShe.\n", 2),
        ("text\nOne; two\nThree\n", 1),
        ("text\nOne; two\nThree; four\n", 1),
        ("a,b;c\n1,2;3\n4,5;6\n", 2),
        ("name|size\nrope|3\nmast|4\n", 2),
    ],
)
def test_cells_are_divided_by_what_divides_every_line(tmp_path: Path, text: str, columns: int) -> None:
    """A `.csv` of a house with decimal commas has semicolons between its cells; a column of text has none."""
    path = tmp_path / "rows.csv"
    path.write_text(text)
    profile = describe_dataset(path)
    assert (len(profile.columns), profile.problems) == (columns, ())
