"""Folders of installed packages, and the lists (RECORD) of what their distributions consist of.

Read from files and never imported. `pip install --target` fills such a folder wherever it is told to, in a project too:
what stands in a list there was not written by whoever wrote the project, or was changed since.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

METADATA = ".dist-info"


@cache
def distributions(base: str) -> tuple[str, ...]:
    """The folders of metadata in a folder of packages (with a slash)."""
    try:
        return tuple(sorted(name for name in os.listdir(base) if name.endswith(METADATA)))  # noqa: PTH208
    except OSError:
        return ()


@cache
def record(folder: Path) -> Mapping[str, str]:
    """The digest (or nothing) of every file that was installed, by its path relative to the packages."""
    try:
        with open(folder / "RECORD", newline="", encoding="utf-8") as file:
            return {row[0]: row[1] for row in csv.reader(file) if len(row) > 1}
    except (OSError, ValueError, csv.Error):
        return {}


@cache
def lists(base: str) -> tuple[tuple[str, bytes], ...]:
    """The bare text of each list in a folder of packages, by its folder of metadata: searched sooner than parsed."""
    found = []
    for folder in distributions(base):
        try:
            with open(f"{base}{folder}/RECORD", "rb") as file:
                found.append((folder, file.read()))
        except OSError:
            continue
    return tuple(found)


@cache
def lister(base: str, name: str) -> Path | None:
    """The metadata of the distribution in whose list a file stands."""
    return next((folder for folder in _listing(base, name.partition("/")[0]) if name in record(folder)), None)


@cache
def _listing(base: str, top: str) -> tuple[Path, ...]:
    wanted = f"\n{top}".encode()
    return tuple(Path(base, folder) for folder, text in lists(base) if wanted in b"\n" + text)


def base_above(folder: str, root: str) -> str | None:
    """The nearest folder, from this one up to the project's `root`, in which distributions are installed."""
    while f"{folder}/".startswith(f"{root}/"):
        if distributions(f"{folder}/"):
            return f"{folder}/"
        folder = os.path.dirname(folder)  # noqa: PTH120
    return None


def is_installed_into(root: str, path: str) -> bool:
    """Whether a file of a project was installed there, with a digest to tell whether it is still what it was then."""
    base = base_above(os.path.dirname(path), root)  # noqa: PTH120
    folder = None if base is None else lister(base, path.removeprefix(base))
    return folder is not None and base is not None and record(folder)[path.removeprefix(base)] != ""


def digest_of(path: str) -> str:
    """The digest of a file as such lists have it; nothing of one that cannot be read."""
    try:
        with open(path, "rb") as file:
            found = hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return ""
    return f"sha256={base64.urlsafe_b64encode(found).rstrip(b'=').decode()}"
