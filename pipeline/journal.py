"""What a long job has done so far: one line per finished step, on disk before the next step begins.

A step is kept whole or not at all, so that a job that was killed goes on after its last finished step and ends as if it
had never stopped, given that its steps are deterministic. Each line carries a digest over all lines before it. Refuses
to go on with a job under other settings, a line that was edited, and a second process on the same job.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout

from ..registry.errors import UsageError
from ..registry.hashing import canonical_json, fact_id
from .disk import space_explained

SUFFIX = ".partial"


class Journal:
    """The finished steps of one job, beside the file that it will write; `steps` are JSON values, in order."""

    def __init__(self, output: Path, job: Mapping[str, Any]) -> None:
        """Begin the job that makes `output`, or go on with it. `job` is all that decides what the steps are."""
        self.path = _path(output)
        self.steps: list[Any] = []
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(_lock(output))
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise UsageError(f"another process is making {output}", "Wait for it, or choose another output.") from None
        try:
            self._open(json.loads(canonical_json(job)))
        except BaseException:
            self._lock.release()
            raise

    def _open(self, job: Any) -> None:
        self._seal, length = self._read(job)
        self._file = self.path.open("ab", buffering=0)
        self._file.truncate(length)
        if not length:
            self._write(job)

    def append(self, step: Any) -> None:
        """Keep a finished step. Raises UsageError when the disk is full; the steps before it stay."""
        self._write(step)
        self.steps.append(step)

    def _read(self, job: Any) -> tuple[str, int]:
        """Take up the whole lines; returns the last seal and how many bytes they fill. A torn last line is dropped."""
        seal, length = "", 0
        lines = self.path.read_bytes().splitlines(keepends=True) if self.path.exists() else []
        for number, line in enumerate(lines):
            if not line.endswith(b"\n"):
                break
            try:
                found, stated = json.loads(line)
            except ValueError:
                found, stated = None, ""
            seal = fact_id(seal, found)
            if seal != stated:
                raise UsageError(f"line {number + 1} of {self.path} was edited", "Delete the file to begin again.")
            if number == 0:
                self._require_same(found, job)
            else:
                self.steps.append(found)
            length += len(line)
        return seal, length

    def _require_same(self, before: Any, job: Any) -> None:
        differing = sorted(key for key in {*before, *job} if before.get(key) != job.get(key))
        if differing:
            told = ", ".join(f"{key} {before.get(key)} there, {job.get(key)} here" for key in differing)
            raise UsageError(
                f"{self.path} is a job with other settings: {told}",
                "Choose another output, or delete that file to begin again.",
            )

    def _write(self, value: Any) -> None:
        seal = fact_id(self._seal, value)
        line = canonical_json([value, seal]) + b"\n"
        length = self._file.tell()
        try:
            with space_explained(self.path):
                if self._file.write(line) != len(line):
                    raise OSError(errno.ENOSPC, "written in part")
                os.fsync(self._file.fileno())
        except UsageError:
            self._file.truncate(length)
            raise
        self._seal = seal

    @staticmethod
    def has_begun(output: Path) -> bool:
        """Whether there is a journal of a job that makes `output`."""
        return _path(output).exists()

    @staticmethod
    def discard(output: Path) -> None:
        """Remove the journal of a job that is done, its output being on record."""
        _path(output).unlink(missing_ok=True)
        _lock(output).unlink(missing_ok=True)

    def close(self) -> None:
        """Let another process have the job."""
        self._file.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _path(output: Path) -> Path:
    return output.with_name(output.name + SUFFIX)


def _lock(output: Path) -> Path:
    return output.with_name(output.name + SUFFIX + ".lock")
