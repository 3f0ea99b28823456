"""The example in docs/ci.md is true: its steps pass in a clone without the data, change nothing, and fail when they must."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .registry.workshop import GENERATE, UPPER, rows

ROOT = Path(__file__).parent.parent
WHO = {f"GIT_{role}_{what}": "t@x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line as a job would, with `assay` on the path."""
    code = f'{sys.executable} -c "from assay.cli.main import main; main()"'
    line = re.sub(r"\bassay (?=[a-z])", lambda _: f"{code} ", line)
    env = {**os.environ, **WHO, "RUNNER_TEMP": str(folder.parent)}
    return subprocess.run(["sh", "-ec", line], cwd=folder, capture_output=True, text=True, env=env)


def done(folder: Path, *lines: str) -> str:
    said = ""
    for line in lines:
        ran = shell(folder, line)
        assert ran.returncode == 0, f"{line}\n{ran.stdout}\n{ran.stderr}"
        said += ran.stdout
    return said


def block(language: str) -> str:
    """The first block of the page in a language."""
    found = re.search(rf"```{language}\n(.*?)```", (ROOT / "docs/ci.md").read_text("utf-8"), re.S)
    assert found
    return found[1]


def steps() -> list[str]:
    """The commands of the job, in its order; what installs Assay is done already."""
    job = yaml.safe_load(block("yaml"))["jobs"]["assay"]
    return [step["run"] for step in job["steps"] if "run" in step and not step["run"].startswith("pip ")]


def test_the_job_is_the_page() -> None:
    """It runs what the page lists for any other machine, and uploads what it wrote with the right to do so."""
    listed = [line.partition("#")[0].strip() for line in block("sh").splitlines() if line.strip()]
    assert listed == [part for step in steps() for part in step.split(" && ")]
    job = yaml.safe_load(block("yaml"))["jobs"]["assay"]
    upload = job["steps"][-1]
    assert "upload-sarif" in upload["uses"] and job["permissions"]["security-events"] == "write"
    assert upload["with"]["sarif_file"].replace("${{ runner.temp }}", "$RUNNER_TEMP") in steps()[-1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with tracked scripts, data that git ignores, and a run that made some of it; everything is committed."""
    root = tmp_path / "project"
    for name, text in {
        ".gitignore": "data/\n", "scripts/gen.py": GENERATE, "scripts/upper.py": UPPER, "data/a.jsonl": rows(4)
    }.items():  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    run = f"assay run --in rows=data/a.jsonl --out data/b.jsonl -- {sys.executable} scripts/upper.py data/a.jsonl data/b.jsonl"
    done(
        root, "git init -q", "git add -A && git commit -qm code", "assay init && assay scan",
        "assay attest data/a.jsonl --origin outside --revision 1 --licence CC0", run,
        'assay mark scripts/upper.py --primary --purpose capitals --reason "the one"', "assay markdown",
        "git add -A && git commit -qm facts",
    )  # fmt: skip
    return root


def test_the_steps_pass_in_a_clone_and_leave_nothing_behind(project: Path, tmp_path: Path) -> None:
    """The document is the same, data that is not there is judged, git has nothing to commit, and nobody's facts grew."""
    clone = tmp_path / "clone"
    done(tmp_path, f"git clone -q {project} {clone}")
    before = sorted(path.name for path in (clone / ".assay/ledger").iterdir())
    said = done(clone, *steps())
    assert "IMPLEMENTATION_REGISTRY.md is current" in said and "data/b.jsonl" in said and "not in this copy" in said
    assert done(clone, "git status --short") == ""
    assert json.loads((tmp_path / "assay.sarif").read_text("utf-8"))["version"] == "2.1.0"
    assert sorted(path.name for path in (clone / ".assay/ledger").iterdir()) == before
    document = (clone / "IMPLEMENTATION_REGISTRY.md").read_text()
    assert "data/b.jsonl" in document and "4 rows" in document

    done(
        project,
        'assay mark data/a.jsonl contaminated --reason "taken from the test set"',
        "git add -A && git commit -qm bad",
    )
    done(clone, f"git pull -q {project}", "assay init && assay scan")
    assert shell(clone, "assay markdown --check").returncode == 1
    assert shell(clone, "assay check data --for train").returncode == 3

    next(path for path in (clone / ".assay/ledger").iterdir() if path.name in before).unlink()
    assert shell(clone, "assay ledger verify").returncode == 1


def test_branches_that_both_recorded_merge_and_the_document_is_written_anew(project: Path) -> None:
    """The facts merge without a conflict; the document says what to do, and what both said holds."""
    done(
        project, "git checkout -q -b one", 'assay mark scripts/gen.py deprecated --reason "slow"', "assay markdown",
        "git add -A && git commit -qm one", "git checkout -q -", "git checkout -q -b two",
        'assay mark data/a.jsonl contaminated --reason "bad"', "assay markdown", "git add -A && git commit -qm two",
    )  # fmt: skip
    written = (project / "IMPLEMENTATION_REGISTRY.md").read_text()
    assert "slow" not in written and "bad" in written
    clone = project.parent / "clone of two"
    done(project.parent, f"git clone -q --branch two {project} '{clone}'")
    done(clone, "assay init && assay scan", "assay markdown --check", "assay ledger verify")
    merged = shell(project, "git merge -q one")
    if merged.returncode:
        assert "IMPLEMENTATION_REGISTRY.md" in merged.stdout and "ledger" not in merged.stdout
        checked = shell(project, "assay markdown --check")
        assert checked.returncode == 1 and "merge conflict; run `assay markdown`" in checked.stdout
    done(project, "assay scan", "assay markdown", "git add -A && git commit -qm merged", "assay ledger verify")
    document = (project / "IMPLEMENTATION_REGISTRY.md").read_text()
    assert "<<<<<<<" not in document and "slow" in document and "bad" in document


def test_what_is_not_committed_yet_is_in_the_document_as_it_will_be(project: Path, tmp_path: Path) -> None:
    """A new script and an edit are written as the next commit has them, so that the check passes in a clone of it."""
    (project / "scripts/new.py").write_text('"""Count rows."""\nprint(1)\n')
    (project / "scripts/gen.py").write_text(GENERATE + "\n")
    done(project, "assay scan", "assay markdown", "git add -A && git commit -qm more")
    clone = tmp_path / "clone"
    done(tmp_path, f"git clone -q {project} {clone}")
    done(clone, "assay init && assay scan", "assay markdown --check")
