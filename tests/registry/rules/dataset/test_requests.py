"""AS201 tells what was asked and kept as it was laid out from text that somebody trains on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assay.registry.rules.base import Severity
from assay.registry.rules.config import RuleConfig
from assay.registry.rules.engine import examine_dataset

ASKED = "<|im_start|>user\nIs it so?<|im_end|>\n<|im_start|>assistant\n"


def severities(folder: Path, rows: list[dict[str, Any]]) -> list[Severity]:
    """Those of AS201's findings in these rows."""
    path = folder.resolve() / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    _, examination = examine_dataset(path, RuleConfig(folder.resolve(), select=("AS201",)))
    return [finding.severity for finding in examination.findings]


@pytest.mark.parametrize(
    "row",
    [
        {"query": "Is it so?", "gt": "yes", "prompt": ASKED},
        {"input": "a", "output_1": "b", "results": {"swap": {"prompt": ASKED, "winner": "1"}}},
    ],
    ids=["evaluation", "inside"],
)
def test_a_recorded_request_only_warns(tmp_path: Path, row: dict[str, Any]) -> None:
    """Where no trainer reads a field, and all of it is laid out alike, nothing leaked."""
    assert severities(tmp_path, [row] * 3) == [Severity.WARNS]
    other = json.loads(json.dumps(row).replace(json.dumps(ASKED), json.dumps("It is<|im_end|> so")))
    assert severities(tmp_path, [row, other]) == [Severity.CONTAMINATES]


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": ASKED, "completion": "Yes."},
        {"text": ASKED + "Yes.<|im_end|>"},
        {"messages": [{"role": "user", "content": ASKED}, {"role": "assistant", "content": "Yes."}]},
        {"prompt": [{"role": "user", "content": ASKED}], "completion": [{"role": "assistant", "content": "Yes."}]},
        {"query": "q", "gt": "yes", "output": ASKED},
        {"prompt": ASKED, "completion": "Yes.", "gt": "yes"},
        {"instruction": ASKED, "output": "Yes.", "gold": "yes"},
        {"messages": [{"role": "user", "content": ASKED}, {"role": "assistant", "content": "Yes."}], "pred": "yes"},
        {"task_id": 1, "turns": [{"role": "user", "content": ASKED}, {"role": "assistant", "content": "a<|im_end|>b"}]},
    ],
    ids=["prompt", "text", "chat", "conversational", "answer", "gt", "gold", "pred", "speaker"],
)
def test_what_is_trained_on_is_contaminated(tmp_path: Path, row: dict[str, Any]) -> None:
    """However alike it is laid out."""
    assert Severity.CONTAMINATES in severities(tmp_path, [row] * 3)


def test_a_catalogues_templates_are_no_text(tmp_path: Path) -> None:
    """A field that is called a template, in whatever letters, holds one."""
    assert severities(tmp_path, [{"name": "m", "promptTemplate": ASKED}] * 3) == []


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ('prompt = f"User: {q} </s>"\nids = tok(prompt)', True),
        ("def f():\n    return '<s>' + text + '</s>', 3\n", True),
        ("x = repair: it is so </s>\nids = tokenizer.encode(x)", True),
        ("x = repair: it is so </s>\\nids = tokenizer.encode(x)", True),
        ("x = 5</s>\nAnd what is y?", False),
        ("print('done')</s>", False),
        ("He said: 'so it is'</s> and left: 'bye'", False),
        ('prompt = "<|im_start|>user"\nids = tok(prompt)', False),
    ],
)
def test_a_stop_token_in_a_string_of_code_is_no_leak(tmp_path: Path, text: str, passes: bool) -> None:
    """Code for a model that ends its prompts so is about tokens; what ends an answer, or is one special id, leaked."""
    assert severities(tmp_path, [{"prompt": "q", "completion": text}]) == ([] if passes else [Severity.CONTAMINATES])
