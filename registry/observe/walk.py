"""Find every script, dataset and checkpoint below a project root, with one stat each and nothing read but names.

What is left out is named with its reason: a folder that cannot be read, a link that leads nowhere or round in a
circle, data that git ignores and the configuration does not include, what is no regular file. Caches and virtual
environments are left out silently. A folder that is a checkpoint or a saved dataset is one thing; a checkpoint inside
it is another. What lies behind a link has the link's name.
"""

from __future__ import annotations

import fnmatch
import os
import stat
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Protocol

from ..errors import UsageError
from ..hashing import digest_bytes
from ..kinds import DATASET, KINDS, SCRIPT, SETTINGS, Kind, kind_by_content, kinds_by_name, row_of
from ..project import Project, printable
from .dataset.saved import is_map_cache
from .folders import EXCLUDED, Listing, Member, Thing, kind_at, thing_of
from .unchanged import stat_text
from .unread import unclaimed, unread

SCRIPT_SUFFIXES = frozenset(KINDS[SCRIPT].suffixes)
INCLUDED = (
    "data",
    "dataset*",
    "checkpoint*",
    "ckpt*",
    "model*",
    "output*",
    "results",
    "runs",
    "out",
    "eval*",
    "adapter*",
)
ROOT = "."
MOST_LINKS = 3  # one behind the other
INCLUDE_IT = "list it under `include` in [tool.assay] to scan it"


class Noted(NamedTuple):
    """What the last walk noted of a path: its stat text, and the kind of artifact that it is on record as (None for
    none of ours)."""

    stat: str
    kind: str | None = None


class Known(Protocol):
    """Anything that says what `Noted` says."""

    @property
    def stat(self) -> str: ...
    @property
    def kind(self) -> str | None: ...


class Found(NamedTuple):
    """A thing on disk: its family of kinds, absolute path, name, the stat values that stand for its content, its files;
    and its kind, where its form alone tells that from the rest of the family."""

    kind: str
    file: str
    name: str
    stat: str
    members: tuple[Member, ...] = ()
    exact: str | None = None

    @property
    def path(self) -> Path:
        """The absolute path; made on demand, since a walk over what is known needs none."""
        return Path(self.file)


@dataclass(frozen=True)
class Skipped:
    """Something that was not looked at, and why."""

    path: str
    why: str


@dataclass
class Walk:
    """One walk over a project; call `below`, then read `skipped`.

    `known` says by name what the last walk noted, so that an unchanged file need not be opened to be told apart;
    `other` collects (name, stat) of files that had to be opened and are none of ours, `outside` the links to folders
    outside of the project that were not gone into; `unread` counts by its form what is not looked at. With `anything`,
    a file that is named itself is data where nothing tells what it is.
    """

    project: Project
    known: Mapping[str, Known] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    other: list[tuple[str, str]] = field(default_factory=list)
    unread: Counter[str] = field(default_factory=Counter)
    outside: list[str] = field(default_factory=list)
    anything: bool = False

    def __post_init__(self) -> None:
        settings = self.project.settings
        self._include = (*INCLUDED, *settings.include)
        self._exclude = settings.exclude
        self._taken: set[str] = set()
        self._behind: list[Path] = []

    @cached_property
    def _ignored(self) -> frozenset[str]:
        from . import gitlog

        return gitlog.ignored_paths(self.project.root)

    def below(self, paths: Iterable[Path]) -> list[Found]:
        """Everything at or below these absolute paths, sorted by name within each folder."""
        found: list[Found] = []
        self._taken.clear()
        for path in paths:
            if path.is_dir():
                name = self.project.name_of(path)
                self._folder(found, str(path), "" if name == ROOT else name, False)
            elif path.exists() or path.is_symlink():
                with os.scandir(path.parent) as entries:
                    entry = next(entry for entry in entries if entry.name == path.name)
                    name = self.project.name_of(path)
                    otherwise = (KINDS[DATASET],) if self.anything else self._as_said(name)
                    if maybe := kinds_by_name(path.name) or otherwise:
                        self._file(found, entry, name, maybe, otherwise)
            else:
                raise UsageError(f"{path} does not exist", "Give a file or folder of the project.")
        return found

    def _folder(self, found: list[Found], folder: str, name: str, ignored: bool, is_split: bool = False) -> None:
        """Everything in a folder; a split of a data set above it is no thing of its own."""
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=_entry_name)
            thing = None if is_split else thing_of(Path(folder), Listing.of(entries), is_root=not name)
            if thing:
                found.append(_found(thing, folder, name or ROOT))
        except OSError as error:
            self.skipped.append(Skipped(name or ROOT, f"folder cannot be read: {error.strerror}"))
            return
        if thing is None or thing.is_open:
            if thing:
                self._taken.update(str(member.file) for member in thing.members)
            self._entries(found, entries, name, ignored, thing, is_split)
            return
        for path in thing.inside:
            self._folder(found, str(path), f"{name}/{printable(path.relative_to(folder).as_posix())}", False)

    def _entries(
        self,
        found: list[Found],
        entries: Iterable[os.DirEntry[str]],
        name: str,
        ignored: bool,
        thing: Thing | None,
        is_split: bool,
    ) -> None:
        """What lies in a folder and is no part of the thing that the folder is."""
        prefix = printable(f"{name}/") if name else ""
        splits = thing.splits if thing else ()
        is_saved = is_split or (thing is not None and thing.is_saved)
        for entry in entries:
            path = prefix + printable(entry.name)
            if entry.name in EXCLUDED or (self._exclude and any(_matches(path, one) for one in self._exclude)):
                continue
            if entry.is_dir(follow_symlinks=False) or (entry.is_symlink() and os.path.isdir(entry.path)):  # noqa: PTH112
                if entry.name in splits:
                    self._folder(found, entry.path, path, ignored, is_split=True)
                elif not self._is_left_out(entry, path):
                    followed = [Path(entry.path).resolve()] if entry.is_symlink() else []
                    self._behind += followed
                    self._folder(found, entry.path, path, ignored or f"{path}/" in self._ignored)
                    del self._behind[len(self._behind) - len(followed) :]
                continue
            maybe = kinds_by_name(entry.name) or self._as_said(path)
            if not maybe and (what := unread(entry)):
                self.unread[what] += 1
            if not maybe or (is_saved and is_map_cache(entry.name)):
                continue
            if maybe[0].name in (SCRIPT, SETTINGS):
                if ignored or path not in self._ignored:
                    self._file(found, entry, path, maybe)
            elif entry.path not in self._taken:
                self._file(found, entry, path, maybe)

    def _is_left_out(self, folder: os.DirEntry[str], path: str) -> bool:
        if os.path.exists(f"{folder.path}/pyvenv.cfg"):  # noqa: PTH110 (hot path)
            return True
        is_link = folder.is_symlink()
        why: str | None = None
        if f"{path}/" in self._ignored or (is_link and path in self._ignored):
            why = None if self.is_included(path) else f"ignored by git; {INCLUDE_IT}"
        if is_link and not why:
            why = self._why_not_followed(folder.path, path)
        if why:
            self.skipped.append(Skipped(path + "/", why))
        return why is not None

    def _why_not_followed(self, link: str, path: str) -> str | None:
        """Why a link to a folder is not gone into: it leads in a circle, or to something that is found elsewhere."""
        real = Path(link).resolve()
        if Path(link).parent.resolve().is_relative_to(real):
            return "a link that leads in a circle"
        try:
            is_thing = kind_at(real) is not None
        except OSError as error:
            return f"folder cannot be read: {error.strerror}"
        if not is_thing:
            if real.is_relative_to(self.project.root):
                return "a link to a folder of the project, which is scanned where it lies"
            if not self.is_included(path):
                self.outside.append(path)
                return f"a link to a folder outside of the project; {INCLUDE_IT}"
        if real in self._behind or len(self._behind) == MOST_LINKS:
            return "a link behind links that lead there"
        return None

    def is_included(self, path: str) -> bool:
        """Whether what git ignores, or what lies outside, is gone into all the same where it has this name."""
        return any(fnmatch.fnmatch(part, pattern) for pattern in self._include for part in (path, *path.split("/")))

    def _as_said(self, name: str) -> tuple[Kind, ...]:
        """What only its name tells, since somebody said so once: nothing in it does."""
        known = self.known.get(name)
        return (row_of(known.kind),) if known and known.kind and is_by_word(name, known.kind) else ()

    def _file(
        self,
        found: list[Found],
        entry: os.DirEntry[str],
        name: str,
        maybe: Sequence[Kind],
        otherwise: Sequence[Kind] = (),
    ) -> None:
        try:
            status = entry.stat()
        except OSError as error:
            self.unread["broken links"] += entry.is_symlink()
            why = "symbolic link that leads nowhere or in a circle" if entry.is_symlink() else str(error.strerror)
            self.skipped.append(Skipped(name, why))
            return
        if not stat.S_ISREG(status.st_mode):
            self.skipped.append(Skipped(name, "not a regular file"))
            return
        text = stat_text(status)
        known = self.known.get(name)
        if known and text and known.stat == text:
            kind = row_of(known.kind) if known.kind else None
        else:
            kind = kind_by_content(maybe, Path(entry.path)) or next(iter(otherwise or self._as_said(name)), None)
            if kind is None:
                self.other.append((name, text))
        if kind is None and (what := unclaimed(name)):
            self.unread[what] += 1
        if kind:
            found.append(Found(kind.family, entry.path, name, text, exact=_exact(kind)))


def _found(thing: Thing, folder: str, name: str) -> Found:
    """A folder that is one thing; the stat values of all its files stand for its content."""
    stats = [f"{member.path} {stat_text(member.file.stat())}" for member in thing.members]
    trusted = all(not line.endswith(" ") for line in stats)
    together = digest_bytes("\n".join(stats).encode("utf-8", "surrogateescape")) if trusted else ""
    return Found(thing.kind.family, folder, name, together, thing.members, _exact(thing.kind))


def is_by_word(name: str, kind: str) -> bool:
    """Whether it is somebody's word that makes what is called so one of this kind: neither a rule nor its name."""
    row, named = row_of(kind), kinds_by_name(name.rpartition("/")[2])
    if row.name == SETTINGS:  # a run read it as such, whatever it is called
        return row not in named
    return row.is_said or not named


def _exact(kind: Kind) -> str | None:
    return None if kind.name == kind.family else kind.name


def _entry_name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _matches(path: str, pattern: str) -> bool:
    return fnmatch.fnmatch(path, pattern) or fnmatch.fnmatch(path, f"{pattern.rstrip('/')}/*")
