from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from assay.pipeline.disk import write_whole
from assay.pipeline.journal import SUFFIX, Journal
from assay.registry.errors import UsageError

JOB = {"model": "m", "seed": 1}


def test_steps_come_back_in_order(tmp_path: Path) -> None:
    """What was appended is there, once each, when the job goes on."""
    with Journal(tmp_path / "out.jsonl", JOB) as journal:
        journal.append({"n": 1})
        journal.append({"n": 2})
    with Journal(tmp_path / "out.jsonl", JOB) as journal:
        assert journal.steps == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_last_line_is_dropped_and_nothing_else(tmp_path: Path, cut: int) -> None:
    """Wherever a write was cut off, the whole lines before it stand and the job goes on after them."""
    output = tmp_path / "out.jsonl"
    with Journal(output, JOB) as journal:
        journal.append({"n": 1})
        journal.append({"n": 2, "text": "x" * 40})
    path = output.with_name(output.name + SUFFIX)
    os.truncate(path, path.stat().st_size - cut)
    with Journal(output, JOB) as journal:
        assert journal.steps == [{"n": 1}]
        journal.append({"n": 2})
    with Journal(output, JOB) as journal:
        assert journal.steps == [{"n": 1}, {"n": 2}]


def test_other_settings_are_refused(tmp_path: Path) -> None:
    """A journal goes on only with the job that began it, and says what differs."""
    with Journal(tmp_path / "out.jsonl", JOB) as journal:
        journal.append(1)
    with pytest.raises(UsageError, match="a job with other settings: seed 1 there, 2 here"):
        Journal(tmp_path / "out.jsonl", JOB | {"seed": 2})
    with Journal(tmp_path / "out.jsonl", JOB) as journal:
        assert journal.steps == [1]


def test_an_edited_line_is_refused(tmp_path: Path) -> None:
    """A step that was changed by hand is no step of this job."""
    output = tmp_path / "out.jsonl"
    with Journal(output, JOB) as journal:
        journal.append({"text": "good"})
        journal.append({"text": "last"})
    path = output.with_name(output.name + SUFFIX)
    path.write_text(path.read_text().replace("good", "evil"))
    with pytest.raises(UsageError, match=r"line 2 of .* was edited"):
        Journal(output, JOB)


def test_two_processes_cannot_do_one_job(tmp_path: Path) -> None:
    """The second one is told, and the first goes on undisturbed."""
    with Journal(tmp_path / "out.jsonl", JOB) as journal:
        with pytest.raises(UsageError, match="another process"):
            Journal(tmp_path / "out.jsonl", JOB)
        journal.append(1)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nothing can be synced to disk."""

    def fail(descriptor: int) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)


def test_a_full_disk_keeps_the_steps_before(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The step that did not fit is not half there, and the job goes on when there is space again."""
    with Journal(tmp_path / "out.jsonl", JOB) as journal:
        journal.append(1)
        request.getfixturevalue("full_disk")
        with pytest.raises(UsageError, match="no space left"):
            journal.append(2)
        request.getfixturevalue("monkeypatch").undo()
        journal.append(3)
    with Journal(tmp_path / "out.jsonl", JOB) as journal:
        assert journal.steps == [1, 3]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """A file that cannot be written whole is not written at all, and no leftovers stay."""
    path = tmp_path / "out.json"
    write_whole(path, "old")
    request.getfixturevalue("full_disk")
    with pytest.raises(UsageError, match="no space left"):
        write_whole(path, "new")
    assert [one.name for one in tmp_path.iterdir()] == ["out.json"]
    assert path.read_text() == "old"
