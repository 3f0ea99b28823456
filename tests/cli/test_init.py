"""`assay init`: a registry where none was, and the same one where it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.cli.main import run
from assay.registry.facts.kept import IGNORES_ALL

from ..registry.workshop import Workshop, rows
from .conftest import Call, Captured, Wrong


def test_a_registry_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """The first call makes it and says what comes next, the second opens the same."""
    monkeypatch.chdir(tmp_path)
    assert run(["init"]) == 0
    said = capsys.readouterr().out
    assert "Registry created" in said and "assay scan" in said and (tmp_path / ".assay/registry.db").is_file()
    assert run(["init", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["created"] is False and again["root"] == str(tmp_path)


def test_a_wrong_call_is_one_clear_line(wrong: Wrong) -> None:
    """It is made in the current folder and nowhere else; another kind of database is none."""
    assert "unexpected extra argument" in wrong("init", "elsewhere")
    assert "mysql:// is no registry" in wrong("init", "--db", "mysql://host/db")


def test_git_keeps_the_ledger_and_nothing_else(shop: Workshop, assay: Call) -> None:
    """A project that ignored all of `.assay` is told of the change; one whose own settings of git say so stays so."""
    ignore = shop.root / ".assay/.gitignore"
    ignore.write_text(IGNORES_ALL)
    assert "facts stay on this machine" in assay("init")[1]  # the project's own .gitignore has .assay/
    shop.write(".gitignore", "data/\n")
    ignore.write_text(IGNORES_ALL)
    assert "From now on git keeps the facts" in assay("init")[1]
    assay("mark", "scripts/gen.py", "deprecated", "--reason", "slow")
    listed = shop.git("status", "--short", "--untracked-files=all").splitlines()
    assert len([line for line in listed if ".assay/ledger/" in line]) == len(listed) - 1  # and .gitignore itself
    ignore.write_text("# ours\n*\n")
    assert "facts stay on this machine" in assay("init")[1] and ignore.read_text() == "# ours\n*\n"


def test_a_database_that_was_deleted_is_made_again_and_verifies(shop: Workshop, assay: Call) -> None:
    """What travels is back and says the same; that the rest went with the database is told once, and is no tampering."""
    shop.make("scripts/gen.py", {"data/a.jsonl": rows(3)})
    assay("mark", "data/a.jsonl", "contaminated", "--reason", "leak")
    shop.store.close()
    said = [assay("why", "data/a.jsonl")[0], assay("check", "data/a.jsonl")[0]]
    for file in (shop.root / ".assay").glob("registry.db*"):
        file.unlink()
    code, told = assay("init")
    assert code == 0 and "went with the database that was here" in told
    assert assay("verify", "--json")[1]["intact"] and assay("scan")[0] in (0, 1) and assay("verify")[0] == 0
    assert "went with" not in assay("init")[1]
    assert [assay("why", "data/a.jsonl")[0], assay("check", "data/a.jsonl")[0]] == said
