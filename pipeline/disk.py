"""Writing files whole or not at all, and saying plainly when the disk is full."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..registry.errors import UsageError


@contextlib.contextmanager
def space_explained(path: Path) -> Iterator[None]:
    """Turn a full disk while writing to `path` into a UsageError; what stood before stays."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise UsageError(
            f"no space left for {path}; what was finished is kept",
            "Free some space and give the same command again: it goes on from there.",
        ) from error


def write_whole(path: Path, text: str) -> None:
    """Replace a file by this text: whatever happens, it holds the old content or the new one, whole."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with space_explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def as_jsonl(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as JSON lines, in the order of their keys."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
