"""`assay completion`: a shell is offered commands and the names on record, and is never disturbed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assay.cli.main import run

from ..registry.workshop import Workshop
from .conftest import Call, Captured


@pytest.fixture
def offered(shop: Workshop, monkeypatch: pytest.MonkeyPatch, capsys: Captured):
    """What is offered for the last of some words."""

    def call(*words: str) -> list[str]:
        monkeypatch.setenv("_ASSAY_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", " ".join(("assay", *words)))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        capsys.readouterr()
        assert run([]) == 0
        monkeypatch.delenv("_ASSAY_COMPLETE")
        printed = capsys.readouterr()
        assert printed.err == ""
        return printed.out.split()

    return call


def test_names_on_record_are_offered(shop: Workshop, assay: Call, offered, monkeypatch, tmp_path: Path) -> None:
    """Where a command takes a name; not what was forgotten, nor what a shell would read as more than a word."""
    shop.write("scripts/a b.py", "print(1)\n")
    shop.write("scripts/$(touch x).py", "print(2)\n")
    shop.write("scripts/zero.py", "print(3)\n")
    shop.commit()
    assay("forget", "scripts/zero.py", "--reason", "taken in by mistake")
    both = ["plain,scripts/gen.py", "plain,scripts/upper.py"]
    for command in ("show", "why", "attest", "mark", "check", "lint", "compare", "forget"):
        assert offered(command, "scr") == both
    assert offered("show", "scripts/u") == ["plain,scripts/upper.py"]
    assert offered("show", "nothing") == ["file,nothing"]
    assert offered("sh") == ["plain,show"] and "plain,--json" in offered("show", "--")
    monkeypatch.chdir(tmp_path)
    assert offered("show", "scr") == ["file,scr"]


def test_a_registry_that_cannot_be_read_is_silence(shop: Workshop, offered) -> None:
    """A shell in the middle of a word is no place for an error."""
    shop.store.close()
    (shop.root / ".assay/registry.db").write_bytes(b"this is no database")
    assert offered("show", "scr") == ["file,scr"]


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash here")
def test_bash_completes_with_it(shop: Workshop, tmp_path: Path) -> None:
    """A real shell takes the script and finds the names."""
    (command := tmp_path / "bin" / "assay").parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from assay.cli.main import main; main()" "$@"\n')
    command.chmod(0o755)
    lines = 'eval "$(assay completion bash)"\nCOMP_WORDS=(assay show scripts/u)\nCOMP_CWORD=2\n_assay_completion assay'
    asked = f'{lines}\nprintf "%s\\n" "${{COMPREPLY[@]}}"\ncomplete -p assay'
    path = {**os.environ, "PATH": f"{command.parent}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "--norc", "-c", asked], cwd=shop.root, env=path, capture_output=True, text=True)
    assert done.stdout.split("\n")[0] == "scripts/upper.py", done.stderr
    assert "-F _assay_completion assay" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(assay: Call, shell: str) -> None:
    """Printed as it is, or in JSON with the line that installs it."""
    code, said = assay("completion", shell)
    assert code == 0 and "_ASSAY_COMPLETE" in said
    assert assay("completion", shell, "--json")[1]["install"]


def test_another_shell_is_refused(assay: Call) -> None:
    """With the shells that there are."""
    code, said = assay("completion", "tcsh")
    assert code == 2 and "bash" in said
