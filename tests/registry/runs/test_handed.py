"""Rows in the words and variables of a program are data; settings, prompts, paths and what a CI says are not."""

from __future__ import annotations

import json

import pytest

from assay.registry.runs.handed import PROSE, handed_in

ROWS = [{"q": number, "text": f"What is {number} plus {number}?"} for number in range(4)]
PROMPT = "You are a careful assistant.\n\nAnswer in one sentence.\nNever tell what you do not know.\nAsk when unsure.\n"
EVENT = {"commits": [{"id": "a", "message": "Mend the loader."}] * 9, "body": PROMPT, "labels": ["one", "two"]}


@pytest.mark.parametrize(
    "text",
    [
        '{"lr":1e-4,"layers":[1,2]}',
        '["a","b","c","d"]',
        "[1,2",
        json.dumps({"zero_optimization": {"stage": 3}, "optimizer": {"lr": 1}}, indent=2),
        json.dumps({"event": [EVENT] * 200}, indent=2),
        '[{"role": "user", "content": "What is 2 plus 2?"}]',
        PROMPT * 17,
        "Question: What is 2 plus 2?\nAnswer: 4\n" * 9,
        "prompt: {x}\ntext: {y}\nmessages: {z}\n",
        "You are a careful assistant. " * 70,
        "rs=0:di=01;34:ln=01;36:" * 90,
        ":".join(f"/nix/store/abcdefghijklmnopqrstuvwxyz012345-tool-{number}/bin" for number in range(900)),
        "node[001-256]",
    ],
)
def test_what_sets_a_program_is_no_data(text: str) -> None:
    assert not list(handed_in(["train", "--given", text], {"GIVEN": text if len(text) < PROSE // 2 else ""}))
    assert not list(handed_in(["train"], {"GIVEN": text}))


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{json.dumps(row)}\n" for row in ROWS),
        "\x1e".join(map(json.dumps, ROWS)),
        json.dumps(ROWS),
        json.dumps({"lr": 1, "more": {"examples": ROWS}}),
        json.dumps([row["text"] for row in ROWS]),
        json.dumps({"more": "".join(f"{json.dumps(row)}\n" for row in ROWS)}),
        "a,b\n1,2\n3,4\n",
        PROMPT * 90,
        "word " * 9000,
    ],
)
def test_rows_are_data_however_they_are_handed_in(text: str) -> None:
    assert list(handed_in(["train", text], {})) and list(handed_in(["train"], {"GIVEN": text}))


def test_much_prose_in_pieces_is_named_and_a_function_of_a_shell_is_none() -> None:
    assert not list(handed_in(["train"], {"CI_MESSAGE": PROMPT * 9}))
    assert list(handed_in(["train"], {f"PART_{number}": PROMPT * 9 for number in range(9)}))
    table = "a,b\n1,2\n3,4\n"
    assert not list(handed_in(["train"], {"BASH_FUNC_f%%": f"() {{  {table}}}"}))
    assert list(handed_in(["train"], {"BASH_FUNC_f%%": table}))
