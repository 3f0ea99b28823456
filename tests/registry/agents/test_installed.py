"""`assay hook install`: beside what is there, once, and out again without a trace; refused where it could do harm."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from assay.registry.agents.installed import CONFIG, install, uninstall
from assay.registry.errors import UsageError

SHELL = "#!/bin/bash\nset -e\necho before\nexit 0\n"
CONFIGURED = "repos:\n  - repo: https://example.org/x\n    rev: v1\n    hooks:\n      - id: x\n"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository, and an `assay` on the path that exits as a file beside it says."""
    root = tmp_path / "repo"
    git(tmp_path, "init", "-q", str(root))
    (command := tmp_path / "bin" / "assay").parent.mkdir()
    command.write_text(f'#!/bin/sh\necho "asked in $PWD: $*"\nexit $(cat {tmp_path}/code)\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    return root


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True).stdout


def committed(root: Path, code: int) -> bool:
    """Whether git makes a commit while `assay` exits so."""
    (root.parent / "code").write_text(str(code))
    who = ["-c", "user.name=t", "-c", "user.email=t@x"]
    command = ["git", "-C", str(root), *who, "commit", "-q", "--allow-empty", "-m", "x"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "asked in" in done.stdout + done.stderr
    return done.returncode == 0


def test_git_asks_it_and_only_a_refusal_stops_a_commit(repo: Path) -> None:
    """Installed twice it is there once; an error or a fault of Assay's own makes the commit all the same."""
    hook = install(repo, None)
    text = hook.read_text()
    assert hook == repo / ".git/hooks/pre-commit" and install(repo, None) == hook and hook.read_text() == text
    assert committed(repo, 0) and committed(repo, 1) and committed(repo, 4) and not committed(repo, 3)
    assert uninstall(repo) == [hook] and not hook.exists() and uninstall(repo) == []


def test_what_is_there_already_is_kept(repo: Path) -> None:
    """A hook that ends early and exits at errors still asks; taken out, it is as it was."""
    hook = repo / ".git/hooks/pre-commit"
    hook.write_text(SHELL)
    hook.chmod(0o755)
    install(repo, None, " --document")
    assert "assay hook commit --document" in hook.read_text()
    assert committed(repo, 2) and not committed(repo, 3)
    install(repo, None)
    assert "--document" not in hook.read_text()
    uninstall(repo)
    assert hook.read_text() == SHELL and os.access(hook, os.X_OK)


def test_worktrees_husky_and_a_project_below(repo: Path, tmp_path: Path) -> None:
    """The hook is where git or husky looks for it, and asks in the project's folder."""
    (repo / "sub dir").mkdir()
    install(repo / "sub dir", None)
    assert committed(repo, 0) and not committed(repo, 3)
    uninstall(repo)
    git(repo, "worktree", "add", "-q", str(tmp_path / "other"), "-b", "other")
    assert install(tmp_path / "other", None) == repo / ".git/hooks/pre-commit"
    (repo / ".husky/_").mkdir(parents=True)
    git(repo, "config", "core.hooksPath", ".husky/_")
    (repo / ".husky/pre-commit").write_text("npm test\n")
    assert install(repo, None) == repo / ".husky/pre-commit"
    assert (repo / ".husky/pre-commit").read_text().endswith("npm test\n")


def test_it_refuses_what_it_could_harm(repo: Path, tmp_path: Path) -> None:
    """A hook in another language, a link, hooks of all repositories: one line says what to do by hand."""
    hook = repo / ".git/hooks/pre-commit"
    hook.write_text("#!/usr/bin/env python3\nprint(1)\n")
    with pytest.raises(UsageError, match="no shell script"):
        install(repo, None)
    hook.unlink()
    (tmp_path / "mine").write_text(SHELL)
    hook.symlink_to(tmp_path / "mine")
    with pytest.raises(UsageError, match="is a link"):
        install(repo, None)
    git(repo, "config", "core.hooksPath", str(tmp_path / "shared"))
    with pytest.raises(UsageError, match="other repositories share"):
        install(repo, None)
    with pytest.raises(UsageError, match="no git repository"):
        install(tmp_path, None)


@pytest.mark.parametrize(
    "text", [CONFIGURED, CONFIGURED.replace("\n  ", "\n"), "repos:\n", "fail_fast: true\n" + CONFIGURED]
)
def test_pre_commit_gets_one_more_local_hook(repo: Path, text: str) -> None:
    """At the end of its list, which reads as before; twice is once; taken out, it is as it was."""
    config = repo / CONFIG
    config.write_text(text)
    assert install(repo, None) == config
    once = config.read_text()
    (entry,) = yaml.safe_load(once)["repos"][-1]["hooks"]
    assert entry["entry"] == "assay hook commit" and not entry["pass_filenames"]
    assert (yaml.safe_load(text)["repos"] or []) == yaml.safe_load(once)["repos"][:-1]
    install(repo, True)
    assert config.read_text() == once
    uninstall(repo)
    assert not config.exists() if text == "repos:\n" else config.read_text() == text
    assert install(repo, False) == repo / ".git/hooks/pre-commit"


@pytest.mark.parametrize("text", [CONFIGURED + "fail_fast: true\n", "repos: [\n", "x: 1\n", "repos: {}\n"])
def test_a_configuration_that_does_not_end_in_its_list_is_left(repo: Path, text: str) -> None:
    """It says what to add."""
    (repo / CONFIG).write_text(text)
    with pytest.raises(UsageError) as refused:
        install(repo, None)
    assert "entry: assay hook commit" in refused.value.remedy and (repo / CONFIG).read_text() == text


def test_the_hook_that_others_name_is_the_same_command() -> None:
    """`.pre-commit-hooks.yaml` offers what `install` writes."""
    (offered,) = yaml.safe_load((Path(__file__).parents[3] / ".pre-commit-hooks.yaml").read_text())
    assert (offered["id"], offered["entry"], offered["pass_filenames"]) == ("assay", "assay hook commit", False)
