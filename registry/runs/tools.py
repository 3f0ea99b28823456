"""Installed programs: which distribution one belongs to, what it is exactly, and whether its origin is known.

A tool is a version like any other: its name, its number and the digest of its RECORD, which lists every file with its
hash. Known is what came from an index; what was installed from a folder or an unpinned repository could be anything,
and so could files that are not what RECORD says.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ..hashing import canonical_json, digest_bytes
from ..observe.packages import digest_of, record

PACKAGES = ("/site-packages/", "/dist-packages/")


@dataclass(frozen=True)
class Tool:
    """A distribution that ran. `unknown` says why its origin is not known (empty: it is), `version` is its identity,
    `checkout` the folder that an editable one was installed from.
    """

    name: str
    number: str
    version: str
    folder: Path
    unknown: str = ""
    installer: str = ""
    checkout: str = ""

    @property
    def called(self) -> str:
        """How it is called on record."""
        return f"{self.name}=={self.number}"

    def patched(self, opened: Iterable[str]) -> list[str]:
        """Those of its files among these that are not what was installed."""
        base = f"{self.folder.parent}/"
        wanted = record(self.folder)
        mine = (path for path in opened if path.startswith(base))
        return [path for path in mine if (digest := wanted.get(path.removeprefix(base))) and digest_of(path) != digest]


@cache
def of_command(path: str, packages: tuple[str, ...]) -> Tool | None:
    """The distribution that installed this program into a folder of programs."""
    name = os.path.basename(path)  # noqa: PTH119
    return next((tool_in(folder) for folder in _distributions(packages) if started_by(name, folder)), None)


def started_by(command: str, folder: Path) -> str:
    """The module that a command of a distribution starts; empty where it has no such command."""
    points = folder / "entry_points.txt"
    said = points.read_text("utf-8", "replace") if points.is_file() else ""
    found = re.search(rf"^\s*{re.escape(command)}\s*=\s*([\w.]*)", said, re.M)
    return found[1] if found else ""


def packages_of(program: str, opened: Iterable[str]) -> tuple[str, ...]:
    """Folders of installed packages that a program may be from: its own prefix's first, then those it has opened."""
    prefix = Path(program).parent.parent
    own = [f"{folder}/" for folder in sorted(prefix.glob("lib*/python*/[sd]i[ts]*-packages"))]
    seen = (path[: path.rindex(part) + len(part)] for path in opened for part in PACKAGES if part in path)
    return tuple(dict.fromkeys((*own, *sorted(set(seen)))))


def _distributions(packages: Iterable[str]) -> Iterator[Path]:
    for base in packages:
        yield from sorted(Path(base).glob("*.dist-info"))


@cache
def tool_in(folder: Path) -> Tool:
    """The distribution that a folder of metadata tells of."""
    name, _, number = folder.name.removesuffix(".dist-info").partition("-")
    name = name.lower().replace("_", "-")
    listed = folder / "RECORD"
    identity = digest_bytes(listed.read_bytes()) if listed.is_file() else ""
    unknown = _unknown(folder) if identity else "it was installed without a list of its files"
    version = digest_bytes(canonical_json({"tool": name, "number": number, "record": identity}))
    return Tool(name, number, version, folder, unknown, _installer(folder), _checkout(folder))


def _installer(folder: Path) -> str:
    try:
        return (folder / "INSTALLER").read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _told(folder: Path) -> dict[str, Any] | None:
    """What an installer wrote of where a distribution came from: nothing of one from an index, None if unreadable."""
    try:
        told = json.loads((folder / "direct_url.json").read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) else None


def _checkout(folder: Path) -> str:
    told = _told(folder) or {}
    url = urlsplit(str(told.get("url", "")))
    is_editable = "dir_info" in told and told["dir_info"].get("editable") and url.scheme == "file"
    return os.path.realpath(unquote(url.path)) if is_editable else ""


def _unknown(folder: Path) -> str:
    """Why it is not known where a distribution came from; empty where it is."""
    told = _told(folder)
    if told is None:
        return "how it was installed cannot be read"
    if not told:
        return ""
    if "vcs_info" in told:
        return "" if told["vcs_info"].get("commit_id") else "it was installed from a repository without a commit"
    if "archive_info" in told:
        return ""
    editable = told.get("dir_info", {}).get("editable")
    return f"it was installed {'editable ' if editable else ''}from a folder, {told.get('url', '')}"
