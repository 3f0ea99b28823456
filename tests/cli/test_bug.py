"""`assay bug`: said, listed, shown beside what they are about, written beside the registry document."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from assay.cli.main import run

from ..registry.workshop import ASSAY, Workshop
from .conftest import Call, Wrong

DOCUMENTS = ("KNOWN_BUGS_AND_FIXES.md", "DEPRECATED_SCRIPTS.md", "DATA_PROVENANCE.md", "TASKS.md")


def test_what_is_remembered_is_shown_wherever_its_script_is(shop: Workshop, assay: Call) -> None:
    """In the list, the log, the dossier and the answer to a question; names after --about need no option each."""
    run(["scan"])
    code, bug = assay("bug", "add", "answers end early", "--about", "scripts/gen.py", "scripts/upper.py", "--json")
    assert code == 0 and [one["name"] for one in bug["about"]] == ["scripts/gen.py", "scripts/upper.py"]
    assert assay("decide", "train on 8k tokens", "--because", "they were cut", "--about", "scripts/gen.py")[0] == 0
    for words in (
        ("bug", "list"),
        ("log", "scripts/gen.py"),
        ("show", "scripts/upper.py"),
        ("exists", "answers end early"),
    ):
        assert "answers end early" in assay(*words)[1], words
    assert [one["title"] for one in assay("exists", "tokens to train on", "--json")[1]["memory"]] == [
        "train on 8k tokens"
    ]
    assert "they were cut" in assay("decide")[1]
    code, said = assay("bug", "fix", bug["fact"], "--fix", "read on")
    assert code == 0 and "these have it until they change: scripts/gen.py, scripts/upper.py" in said
    assert assay("bug", "list", "--open", "--json") == (0, [])
    assert "bug fixed" in assay("log")[1]


def test_documents_beside_the_registry_are_current_in_a_clone(shop: Workshop, assay: Call, tmp_path: Path) -> None:
    """Written whole, stale after a word, current in a clone of the commit that has them, removed with their decision."""
    shop.write(".gitignore", "data/\nout/\nmodels/\n")
    run(["init"])
    run(["scan"])
    assay(
        "bug",
        "add",
        "answers | end\n## early",
        "--about",
        "scripts/gen.py",
        "--deprecate",
        "--replaced-by",
        "scripts/upper.py",
    )
    decision = assay("decide", "train on 8k tokens", "--json")[1]["fact"]
    assay("decide", "Train on 8k tokens!")
    assay("task", "add", "score again", "--about", "scripts/gen.py")
    assert assay("markdown", "--all")[0] == 0
    texts = {name: (shop.root / name).read_text() for name in DOCUMENTS}
    assert "\n## early" not in texts[DOCUMENTS[0]] and "scripts/upper.py" in texts[DOCUMENTS[1]]
    assert "- [ ] score again" in texts["TASKS.md"]
    assert len(list((shop.root / "decisions").iterdir())) == 2
    assert assay("markdown", "--all", "--check")[0] == 0
    shop.commit()
    other = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(shop.root), str(other)], check=True)
    for words in (["init"], ["scan"], ["markdown", "--all", "--check"]):
        said = subprocess.run([*ASSAY, *words], cwd=other, capture_output=True, text=True)
        assert said.returncode == 0, said.stdout + said.stderr
    shutil.rmtree(other)
    assay("retract", decision, "--reason", "twice")
    assert assay("markdown", "--check")[0] == 1
    assay("markdown", "--all")
    assert [one.name[11:] for one in (shop.root / "decisions").iterdir()] == ["train-on-8k-tokens.md"]


def test_a_document_of_somebody_else_is_left_alone(shop: Workshop, assay: Call, wrong: Wrong) -> None:
    """A TASKS.md that people wrote makes nothing stale, and is not written over."""
    shop.write("TASKS.md", "mine\n")
    run(["scan"])
    assert assay("markdown")[0] == 0 and assay("markdown", "--check")[0] == 0
    assert "TASKS.md was not written by Assay" in wrong("markdown", "--all")
    assert (shop.root / "TASKS.md").read_text() == "mine\n"


def test_a_wrong_call_is_one_clear_line(shop: Workshop, wrong: Wrong) -> None:
    """An id that is none, a bug that is not there, marks of nothing."""
    assert "is no id" in wrong("bug", "fix", "xyz")
    assert "no bug on record begins" in wrong("bug", "fix", "abcdef")
    assert "nothing was named" in wrong("bug", "add", "it ends", "--contaminate")
