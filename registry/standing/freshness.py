"""Is what is on record what lies here? Files that no scan has seen, told by stat calls and hardly any reading.

A no is worth something only when nothing was written since the last scan. Whatever is written, renamed or moved gets a
new change time, and so does the folder that it comes to lie in: where nothing has a later one than the last scan of
everything, nothing is new, and that is all that most questions cost. Else a walk compares file by file. Refuses to
call a file changed because its times moved: small ones are read again and compared by content.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CannotSay, FileChanged, NotScanned, Stale
from ..facts.reading.artifacts import Placed, placed
from ..facts.store import Store
from ..hashing import canonical_json, digest_file
from ..kinds import kinds_by_name
from ..observe.folders import EXCLUDED
from ..observe.unchanged import COARSE_CLOCK_GRAIN_NS
from ..project import Project

if TYPE_CHECKING:
    from ..observe.walk import Found

RULESETS = "rulesets"  # the setting that a scan of everything leaves even where it finds nothing
SCANNED = "scanned"  # the setting that says when everything was last scanned, and under which settings
MOST_READ = 32 * 1024 * 1024  # bytes that may be read again to see whether files whose times moved have changed
MOST_LOOKED_AT = 100_000  # entries of folders; what git ignores is among them, and a walk leaves it out
SHOWN = 3
REMEDY = "Run `assay scan`, then ask again."


@dataclass(frozen=True)
class Freshness:
    """How a working copy stands to its record: whether it was ever scanned, the names that no scan has seen, and how
    many scripts were described by an Assay that saw less in them."""

    scanned: bool
    unscanned: tuple[str, ...] = ()
    outdated: int = 0

    @property
    def problem(self) -> CannotSay | None:
        """Why a no would be worth nothing, or None where what is on record is what lies here."""
        if not self.scanned:
            return never_scanned()
        return Stale(f"cannot say: {self.said}", REMEDY) if self.said else None

    @property
    def said(self) -> str:
        """What no scan has seen, in a few words; empty where there is nothing."""
        if not self.unscanned:
            return f"{self.outdated} scripts were described by an older Assay" if self.outdated else ""
        more = len(self.unscanned) - SHOWN
        names = ", ".join(self.unscanned[:SHOWN]) + (f" and {more} more" if more > 0 else "")
        return f"{names} {'was' if len(self.unscanned) == 1 else 'were'} written since the last scan"

    def as_dict(self) -> dict[str, Any]:
        """The freshness as JSON-ready values; the first names only."""
        return {"scanned": self.scanned, "unscanned": len(self.unscanned), "first": list(self.unscanned[:SHOWN])}


def was_scanned(store: Store) -> bool:
    """Whether anything of this working copy was ever scanned: a clone has what others know, and nothing of its own."""
    return store.setting(RULESETS) is not None or bool(placed(store))


def never_scanned() -> NotScanned:
    """What is to be said where nothing was."""
    return NotScanned("cannot say: this working copy was never scanned", REMEDY)


def mark(project: Project, started_ns: int) -> str:
    """What a scan of everything that found no trouble leaves behind, for the next question to compare with."""
    return f"{started_ns - COARSE_CLOCK_GRAIN_NS} {canonical_json(project.settings.as_dict()).decode()}"


def freshness(store: Store) -> Freshness:
    """Compare this working copy with its record."""
    since, _, settings = (store.setting(SCANNED) or "").partition(" ")
    is_known = since and settings == canonical_json(store.project.settings.as_dict()).decode()
    if is_known and not _is_any_later(store.project, int(since)):
        return Freshness(scanned=True)
    held = {one.path: one for one in placed(store)}
    if not held and store.setting(RULESETS) is None:
        return Freshness(scanned=False)
    from ..observe.walk import Walk  # where nothing was written since, nothing is walked

    found = Walk(store.project, held).below([store.project.root])
    return Freshness(True, tuple(one.name for one in _moved(found, held) if _is_readable(one)))


def _is_any_later(project: Project, since: int) -> bool:
    """Whether anything that a scan looks at, or that says what it looks at, was changed at or after a time."""
    folders, looked_at = [str(project.root)], 0
    for folder in folders:
        try:
            with os.scandir(folder) as listing:
                entries = [entry for entry in listing if entry.name not in EXCLUDED]
            looked_at += len(entries)
            if looked_at > MOST_LOOKED_AT:
                return True
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif not kinds_by_name(entry.name) and entry.name != ".gitignore":
                    continue
                if entry.stat().st_ctime_ns >= since:
                    return True
        except OSError:
            return True  # the walk says which
    return project.root.stat().st_ctime_ns >= since


def _moved(found: Iterable[Found], held: Mapping[str, Placed]) -> Iterator[Found]:
    """What is new, or has other content than was noted."""
    left = MOST_READ
    for one in found:
        known = held.get(one.name)
        if known and known.present and known.kind:
            if known.stat == one.stat and one.stat:
                continue
            size = _size(one.file)
            if not one.members and size <= left and _digest(one.file) == known.digest:
                left -= size
                continue
        yield one


def _size(file: str) -> int:
    try:
        return Path(file).stat().st_size
    except OSError:
        return 0


def _digest(file: str) -> str:
    try:
        return digest_file(file)
    except (OSError, FileChanged):
        return ""


def _is_readable(one: Found) -> bool:
    """Whether a scan could put it on record; it names what it cannot read, and another scan would not help."""
    return os.access(one.file, os.R_OK)
