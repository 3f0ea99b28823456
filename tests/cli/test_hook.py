"""`assay hook`: what a coding agent is told at the moment of writing, and git before a commit."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..registry.observe.script.test_clones import ORIGINAL, OTHER, RENAMED
from ..registry.workshop import Workshop
from .conftest import Call, Captured
from .test_baseline import GUARD

Tell = Callable[..., Any]
TRAIN = '''"""Train with SFT."""
import sys
print(open(sys.argv[1]).read())
'''


@pytest.fixture
def tell(shop: Workshop, assay: Call, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Tell:
    """Tell the hook of an event in a scanned project; returns its answer, None for silence. It never fails."""
    shop.write("scripts/score.py", ORIGINAL)
    shop.write("scripts/rank.py", "from score import score_pair\nprint(score_pair)\n")
    shop.write("scripts/train.py", TRAIN)
    (shop.root / "data" / "sft.jsonl").write_text('{"prompt": "a", "completion": "b"}\n')
    shop.commit()
    assay("scan")

    def call(tool: str, event: str = "PreToolUse", session: str = "s", **given: Any) -> Any:
        said = {"hook_event_name": event, "tool_name": tool, "tool_input": given, "cwd": str(shop.root)}
        return raw(json.dumps(said | {"session_id": session}))

    def raw(text: str) -> Any:
        from assay.cli.main import run

        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        capsys.readouterr()
        assert run(["hook", "agent"]) == 0
        out = capsys.readouterr().out
        return json.loads(out) if out else None

    call.raw = raw  # type: ignore[attr-defined]
    return call


def of(answer: Any) -> tuple[str | None, str]:
    """The decision and the text of an answer to Claude Code."""
    said = answer["hookSpecificOutput"]
    return said.get("permissionDecision"), said.get("permissionDecisionReason") or said["additionalContext"]


def test_a_function_that_is_there_is_asked_about(tell: Tell) -> None:
    """As a new file and as an edit; reworked it is a note; another function is silence."""
    decision, text = of(tell("Write", file_path="scripts/new.py", content=RENAMED))
    assert decision == "ask" and "scripts/score.py:2 score_pair" in text and "from score import score_pair" in text
    edit = {"file_path": "scripts/rank.py", "old_string": "print(score_pair)\n", "new_string": RENAMED}
    assert of(tell("Edit", **edit))[0] == "ask"
    more = "    seen = {}\n    for n in scores:\n        if n > 3 and n not in seen:\n            seen[n] = str(n).strip()\n"
    more += "    while len(seen) > 9:\n        seen.popitem()\n    print(best, sorted(seen), scores[::2])\n"
    reworked = ORIGINAL.replace("    return {", f"{more}    return {{")
    decision, text = of(tell("Write", file_path="scripts/new.py", content=reworked))
    assert decision is None and "score_pair" in text and "docstring why not" in text
    assert tell("Write", file_path="scripts/new.py", content=OTHER) is None


def test_the_transcript_in_the_documentation_is_what_happens(tell: Tell, shop: Workshop, assay: Call) -> None:
    """The script, the event and the answer of docs/agents.md."""
    page = (
        (Path(__file__).parents[2] / "docs" / "agents.md").read_text("utf-8").partition("### A duplicate, stopped")[2]
    )
    script, event, answer = re.findall(r"```\w+\n(.*?)```", page, re.S)[:3]
    shop.write("scripts/score.py", script)
    shop.commit("Scoring")
    given = json.loads(event)
    assert tell(given["tool_name"], **given["tool_input"]) == json.loads(answer)


def test_an_edit_names_importers_and_standing_once(tell: Tell, assay: Call) -> None:
    """Who imports the file, with the line; that it is deprecated, and what to use."""
    edit = {"file_path": "scripts/score.py", "old_string": "Score two", "new_string": "Rate two"}
    decision, text = of(tell("Edit", **edit))
    assert decision is None and "imported by scripts/rank.py:1" in text
    assert tell("Edit", **edit) is None
    assay("mark", "scripts/score.py", "deprecated", "--reason", "wrong margins", "--replaced-by", "scripts/rank.py")
    assert "deprecated: wrong margins; the current one is scripts/rank.py" in of(tell("Edit", session="t", **edit))[1]
    decision, text = of(tell("Write", file_path="scripts/new.py", content=RENAMED))
    assert decision == "ask" and "deprecated: wrong margins; use scripts/rank.py" in text


def test_training_on_what_the_gate_refuses_is_denied(tell: Tell, shop: Workshop, assay: Call) -> None:
    """Contaminated is refused in two lines; merely unverified is asked about, with the command to use."""
    command = "cd . && FOO=1 python scripts/train.py data/sft.jsonl"
    decision, text = of(tell("Bash", command=command))
    assert decision == "ask" and "assay run --in input=data/sft.jsonl -- python scripts/train.py" in text
    assay("mark", "data/sft.jsonl", "contaminated", "--reason", "test answers in it")
    decision, text = of(tell("Bash", command=command))
    assert decision == "deny" and "data/sft.jsonl" in text and "test answers" in text and len(text.split("\n")) == 2
    (shop.root / "data" / "fine.jsonl").write_text('{"prompt": "c", "completion": "d"}\n')
    assay("scan")
    both = "python scripts/train.py data/fine.jsonl; python scripts/train.py data/sft.jsonl"
    assert of(tell("Bash", command=both))[0] == "deny"
    assert of(tell("Bash", command="python scripts/train.py data/fine.jsonl --out data/sft.jsonl"))[0] == "ask"
    for other in ("ls data", "cat data/sft.jsonl", "python scripts/train.py --help", "assay run -- python x", "git '"):
        assert tell("Bash", command=other) is None


def test_afterwards_what_is_new_is_said(tell: Tell, shop: Workshop) -> None:
    """New findings of a file that was written, and duplicates that a command wrote."""
    shop.write("scripts/new.py", "from scripts.none import a\nprint(a)\n")
    text = of(tell("Write", "PostToolUse", file_path="scripts/new.py", content=""))[1]
    assert "scripts.none leads to no file" in text
    cells = [{"cell_type": "code", "source": ["from scripts.none import a\n", "print(a)\n"], "metadata": {}}]
    shop.write("scripts/look.ipynb", json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    given = {"notebook_path": "scripts/look.ipynb", "new_source": "print(a)"}
    assert "scripts.none leads to no file" in of(tell("NotebookEdit", "PostToolUse", **given))[1]
    assert tell("NotebookEdit", **given) is None
    assert tell("Bash", "PreToolUse", command="true") is None
    shop.write("scripts/round.py", RENAMED)
    text = of(tell("Bash", "PostToolUse", command="true"))[1]
    assert "scripts/round.py: rank" in text and len(text.split("\n")) <= 3


def test_what_cannot_be_noted_or_read_does_not_silence_it(tell: Tell, shop: Workshop) -> None:
    """No place for notes, a session and a command that are no text, a link that leads nowhere."""
    train = "python scripts/train.py data/sft.jsonl \ud800"
    assert of(tell("Bash", command=train, session="\ud800"))[0] == "ask"
    (shop.root / "scripts" / "latest.py").symlink_to("none.py")
    shop.write("scripts/round.py", RENAMED)
    assert "scripts/round.py: rank" in of(tell("Bash", "PostToolUse", command="true", session="\ud800"))[1]
    shutil.rmtree(shop.root / ".assay" / "hook")
    (shop.root / ".assay" / "hook").write_text("")
    assert of(tell("Bash", command=train))[0] == "ask"


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '"x"', '{"hook_event_name": "PreToolUse"}', '{"tool_name": []}'])
def test_what_is_no_event_is_silence(tell: Tell, text: str) -> None:
    """Garbage, half of JSON, other shapes."""
    assert tell.raw(text) is None  # type: ignore[attr-defined]


def test_what_it_cannot_judge_is_silence(tell: Tell, tmp_path: Path) -> None:
    """Unknown tools and events, a path outside, no path, what does not parse, is huge or is no script."""
    for tool, given in (
        ("Read", {"file_path": "scripts/score.py"}),
        ("Write", {"file_path": str(tmp_path / "x.py"), "content": RENAMED}),
        ("Write", {"content": RENAMED}),
        ("Write", {"file_path": 7, "content": None}),
        ("Write", {"file_path": "x.py", "content": "def broken(:\n"}),
        ("Write", {"file_path": "x.py", "content": "x = 1\n" * 900_000}),
        ("Write", {"file_path": "x.md", "content": RENAMED}),
        ("Edit", {"file_path": "none.py", "old_string": "a", "new_string": "b"}),
        ("MultiEdit", {"file_path": "none.py", "edits": ["x", {"old_string": 1}]}),
        ("Bash", {"command": ["x"]}),
    ):
        assert (tool, tell(tool, **given)) == (tool, None)
    assert tell("Write", "SessionStart", file_path="x.py", content=RENAMED) is None


def test_no_registry_no_scan_and_a_fault_are_said_once(
    tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is blocked, and the second time nothing is said."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    event = {"hook_event_name": "PreToolUse", "tool_name": "Write", "cwd": str(tmp_path), "session_id": "s"}
    event["tool_input"] = {"file_path": "x.py", "content": RENAMED}  # type: ignore[assignment]
    assert "assay scan" in of(tell.raw(json.dumps(event)))[1]  # type: ignore[attr-defined]
    assert tell.raw(json.dumps(event)) is None  # type: ignore[attr-defined]
    monkeypatch.setattr("assay.registry.agents.judge.judged", lambda *_: 1 / 0)
    decision, text = of(tell("Write", file_path="x.py", content=RENAMED))
    assert decision is None and "fault of Assay's own" in text
    assert tell("Write", file_path="x.py", content=RENAMED) is None


def test_other_agents_are_answered_in_their_way(tell: Tell, shop: Workshop) -> None:
    """Gemini CLI and Cursor, each with its own events, tools and fields."""
    base = {"cwd": str(shop.root), "session_id": "s", "tool_input": {"file_path": "scripts/n.py", "content": RENAMED}}
    said = tell.raw(json.dumps(base | {"hook_event_name": "BeforeTool", "tool_name": "write_file"}))  # type: ignore[attr-defined]
    assert "score_pair" in said["systemMessage"]
    said = tell.raw(json.dumps(base | {"hook_event_name": "preToolUse", "tool_name": "Write"}))  # type: ignore[attr-defined]
    assert said["permission"] == "ask" and "score_pair" in said["agent_message"]


def test_a_commit_is_refused_with_three_and_never_for_a_fault(shop: Workshop, assay: Call, monkeypatch) -> None:
    """Silence, a refusal, and one line where Assay has no answer: no registry, a damaged one, a fault of its own."""
    assert assay("hook", "commit") == (0, "")
    shop.write("guard.py", GUARD)
    shop.commit()
    shop.write(
        "bad.py", 'from transformers import AutoTokenizer\n\ntok = AutoTokenizer.from_pretrained("m")\ntok("Q: why?")\n'
    )
    shop.git("add", "bad.py")
    code, said = assay("hook", "commit")
    assert code == 3 and "AS101" in said
    assert assay("hook", "commit", "--json")[1]["allowed"] is False
    code, said = assay("hook", "install")
    assert code == 0 and "pre-commit runs `assay hook commit` at each commit" in said
    assert "taken out of" in assay("hook", "uninstall")[1]
    monkeypatch.setattr("assay.registry.agents.committing.staged", lambda root: 1 / 0)
    code, said = assay("hook", "commit")
    assert code == 0 and "this commit is not checked" in said and "ZeroDivisionError" in said
    shop.store.close()
    (shop.root / ".assay/registry.db").write_bytes(b"no database")
    code, said = assay("hook", "commit")
    assert code == 0 and "this commit is not checked" in said
    shutil.rmtree(shop.root / ".assay")
    code, said = assay("hook", "commit")
    assert code == 0 and "no registry here" in said


def test_a_cell_of_a_notebook_is_asked_about(tell: Tell) -> None:
    """What is put into a notebook is code as well; what is written in it for people is none."""
    decision, text = of(tell("NotebookEdit", notebook_path="look.ipynb", new_source=RENAMED, cell_type="code"))
    assert decision == "ask"
    assert "scripts/score.py" in text
    assert tell("NotebookEdit", notebook_path="look.ipynb", new_source=RENAMED, cell_type="markdown") is None


@pytest.mark.parametrize("path", ["a\0.py", "\ud800.py", "a" * 5000 + ".py"])
def test_a_path_that_is_none_is_no_fault(tell: Tell, path: str) -> None:
    """The write fails by itself; nobody is told of a fault."""
    assert tell("Write", file_path=path, content=OTHER) is None
    assert tell("Write", "PostToolUse", file_path=path, content=OTHER) is None


def test_an_event_whose_name_is_none_is_nobodys(tell: Tell) -> None:
    assert tell.raw('{"hook_event_name": ["x"], "tool_name": {}}') is None  # type: ignore[attr-defined]
