"""What a run reached that is no part of it: commands of git that hand content out, and addresses by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.registry.observe.process.tree import Program, Reading, Tree
from assay.registry.runs.elsewhere import called, only_looks, taken_from_git


def git(*words: str) -> Program:
    return Program("/usr/bin/git", ("git", *words), None, "/w", None)


def gives(*words: str) -> bool:
    opened = {"/w/.git/objects/ab/cd": Reading(None, None, {0})}
    return bool(taken_from_git(Tree([git(*words)], opened), ()))


@pytest.mark.parametrize(
    "line",
    [
        "log -p",
        "log -3 --patch",
        "show",
        "show HEAD:a",
        "show HEAD~3",
        "diff",
        "diff HEAD~1",
        "format-patch -1",
        "blame a",
        "-C /w stash pop",
        "stash show",
        "diff-tree -p A B",
        "fast-export --all",
        "diff --stat -p",
        "cat-file --batch",
    ],
)
def test_commands_that_hand_content_out_are_told(line: str) -> None:
    assert gives(*line.split())
    assert not only_looks(git(*line.split()))


@pytest.mark.parametrize(
    "line",
    [
        "log -1 --format=%H",
        "show -s --format=%ci HEAD",
        "show --stat",
        "diff --quiet",
        "diff --name-only HEAD",
        "status",
        "describe --always --dirty",
        "stash list",
        "diff-index --quiet HEAD",
        "cat-file -t HEAD",
        "rev-parse HEAD",
    ],
)
def test_commands_that_tell_names_and_numbers_are_not(line: str) -> None:
    """Loggers of experiments call these in every run."""
    assert not gives(*line.split())


def test_a_difference_of_nothing_hands_nothing_out() -> None:
    """Without a change git opens none of what it keeps."""
    assert not taken_from_git(Tree([git("diff")]), ())


def test_an_address_is_called_as_this_machine_calls_it(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("127.0.0.1 localhost\n192.0.2.7\tnode7 node7.lan # a node\n")
    assert called("192.0.2.7:80", tmp_path / "hosts") == "192.0.2.7:80 (node7)"
    assert called("192.0.2.8:80", tmp_path / "hosts") == "192.0.2.8:80"
    assert called("192.0.2.8:80", tmp_path / "none") == "192.0.2.8:80"
