"""`assay` itself: what holds whatever the command is."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from assay.cli.main import run
from assay.registry.kinds import row_of

from ..registry.workshop import Workshop
from .conftest import Captured, Wrong


def test_a_call_that_click_refuses_is_json_too(capsys: Captured) -> None:
    """A program that asked for JSON gets JSON, whatever was wrong with the call."""
    assert run(["check", "--json"]) == 2
    assert "PATH" in json.loads(capsys.readouterr().out)["error"]["message"]


def test_help_needs_no_torch() -> None:
    """Asking for help imports neither torch nor transformers."""
    code = (
        "import sys\nfrom assay.cli.main import run\n"
        "for name in ('verify-base', 'evaluate', 'compare', 'generate'): run([name, '--help'])\n"
        "heavy = {'torch', 'transformers', 'datasets', 'polars', 'sqlmodel'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_what_is_logged_shows_only_where_it_is_asked_for(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Silent by default; `--debug` or ASSAY_LOG=debug prints what a scan met and went on from, and then it ends."""

    def crash(*_: object) -> None:
        raise KeyError("in an observer")

    for look in ("examine", "examine_many"):
        monkeypatch.setitem(row_of("dataset").__dict__, look, crash)
    for number, (call, wanted) in enumerate(((["scan"], False), (["scan", "--debug"], True), (["scan"], False))):
        shop.write(f"data/{number}.jsonl", json.dumps({"prompt": "a", "completion": str(number)}) + "\n")
        assert run(call) == 0
        said = capsys.readouterr().err
        assert ("assay.registry.recording.describe: " in said and "KeyError" in said) == wanted
    monkeypatch.setenv("ASSAY_LOG", "debug")
    shop.write("data/more.jsonl", '{"prompt": "a", "completion": "more"}\n')
    assert run(["scan", "--json"]) == 0
    printed = capsys.readouterr()
    assert "KeyError" in printed.err and json.loads(printed.out)["new"]


UNKNOWN = (
    *("show NOTHING", "why NOTHING", "lineage NOTHING", "impact NOTHING", "log NOTHING", "note NOTHING text"),
    *("diff NOTHING scripts/gen.py", "diff scripts/gen.py NOTHING", "mark NOTHING contaminated --reason x"),
    *("attest NOTHING --origin x", "attest NOTHING --made-by scripts/gen.py", "retract abcdef12 --reason x"),
    *("mark scripts/gen.py deprecated --reason x --replaced-by NOTHING", "forget NOTHING", "investigate NOTHING"),
    *("show scripts/gen.py@ffff", "rules AS999", "ledger redact abcdef12 --reason x", "compare NOTHING scripts/gen.py"),
    *("check NOTHING", "waive NOTHING --for train --reason x --expires 1h", "fix NOTHING", "overlap --train NOTHING"),
    *(
        "run --in rows=NOTHING -- true",
        "bundle create x.tar.gz --with NOTHING",
        "exists --code NOTHING",
        "merge NOTHING",
    ),
)


def test_of_what_is_not_on_record_nothing_can_be_said(wrong: Wrong) -> None:
    """Whatever is asked about an unknown name: exit code 2 and a line that says what is not there; never the 1 of a no."""
    for call in UNKNOWN:
        line = wrong(*call.split())
        words = ("NOTHING", "ffff", "AS999", "abcdef12", "no evaluation set")
        assert any(word in line for word in words), line
