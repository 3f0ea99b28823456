"""What lies at a path: which thing, under which name, in which exact version. Found once and handed on as a value.

The stat cache answers for what has not changed since it was noted; everything else is read in full, and with `rehash`
everything is. A script is always read, since modules elsewhere have a say in it. However many paths are asked for,
the registry is asked a few times, and a folder is walked once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import FileChanged, UsageError
from ..facts.names import Names
from ..facts.query import NAMED, artifacts
from ..facts.reading.here import Placed, PlacedBelow, placed
from ..facts.store import Store
from ..kinds import family_of
from ..observe.dataset.shards import whole_path
from ..observe.unchanged import stat_text
from ..observe.walk import SCRIPT_SUFFIXES, Found, Walk

if TYPE_CHECKING:
    from ..observe.script.imports import ImportGraph

MISSES = (UsageError, FileChanged, OSError)  # what keeps one path from being told, and no other


@dataclass(frozen=True)
class Located:
    """What lies at a path (absolute): its name, what was found there, and its version.

    `absent`: nothing does in this copy, which never had it; the version is the one that is on record under the name.
    """

    path: Path
    name: str
    found: Found
    version: str
    absent: bool = False


@dataclass(frozen=True)
class Missed:
    """A path at which nothing could be told, and why not."""

    path: Path
    error: UsageError | FileChanged | OSError


def locate(store: Store, path: Path | str, rehash: bool = False) -> Located:
    """The one thing at a path. Raises UsageError where there is none, FileChanged, and OSError."""
    (one,) = locate_all(store, [path], rehash)
    if isinstance(one, Missed):
        raise one.error
    return one


def locate_all(store: Store, paths: Sequence[Path | str], rehash: bool = False) -> list[Located | Missed]:
    """What lies at each of these paths, in their order."""
    look = _Look(store)
    return look.identified(look.found(paths), rehash)


def locate_below(store: Store, paths: Sequence[Path | str], rehash: bool = False) -> list[Located | Missed]:
    """The same, where a folder that is no thing of its own stands for every thing in it.

    What this copy never had is what is on record under that name, here or wherever the facts were made.
    """
    look = _Look(store)
    return look.identified(look.found(paths, spread=True), rehash)


class _Look:
    """One look at some paths, under what was noted of them before."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.project = store.project
        self.noted: dict[str, Placed] = {}

    @cached_property
    def graph(self) -> ImportGraph:
        """Who imports whom: for scripts, made when the first one is read."""
        from ..observe.script.imports import ImportGraph  # only here: it reads scripts, and most questions name none

        return ImportGraph(self.project.root)

    def found(self, paths: Sequence[Path | str], spread: bool = False) -> list[tuple[Path, Found] | Located | Missed]:
        """What lies at each path, with the path that it is known by here."""
        asked = [(whole_path(Path(path)).absolute(), self.project.name_of(whole_path(Path(path)))) for path in paths]
        files = {name for path, name in asked if not os.path.isdir(path)}  # noqa: PTH112 (no where it may not look)
        self.noted = placed(self.store, files)
        found: list[tuple[Path, Found] | Located | Missed] = []
        for path, name in asked:
            try:
                found += [(one.path, one) for one in self._things(path, name, spread)]
            except MISSES as error:
                elsewhere = list(self._elsewhere(path, name)) if spread and not os.path.lexists(path) else []
                found += elsewhere or [Missed(path, error)]
        return found

    def _elsewhere(self, path: Path, name: str) -> Iterator[Located]:
        """What is on record under a name, or in a folder of that name, and never lay in this copy."""
        prefix = f"{name}/"
        named = f"l.path IS NULL AND ({NAMED} = ? OR SUBSTR({NAMED}, 1, ?) = ?)"
        for one in artifacts(self.store, named, [name, len(prefix), prefix]):
            if one.version:
                at = self.project.path_of(one.name)
                kind = family_of(one.kind)
                found = Found(kind, str(at), one.name, "", exact=None if kind == one.kind else one.kind)
                yield Located(path if one.name == name else at, one.name, found, one.version, absent=True)

    def _things(self, path: Path, name: str, spread: bool) -> list[Found]:
        """The thing at a path, or with `spread` those in the folder there. Raises UsageError where there is none."""
        if not path.exists():
            raise UsageError(f"{path} does not exist", Names(self.store).instead_of(name))
        if not path.is_dir():
            return [self._file(path, name)]
        inside = Walk(self.project, PlacedBelow(self.store, name)).below([path])
        if whole := [one for one in inside if one.path == path]:
            return whole
        if inside and spread:
            return inside
        raise UsageError(f"{path} is a folder, not one dataset or checkpoint", "Name the file or folder inside it.")

    def _file(self, path: Path, name: str) -> Found:
        """A file, which need not be opened where it is what was noted."""
        noted = self.noted.get(name)
        if noted and noted.family and noted.stat and noted.stat == stat_text(path.stat()):
            exact = None if noted.kind == noted.family else noted.kind
            return Found(noted.family, str(path), name, noted.stat, exact=exact)
        for one in Walk(self.project, {name: noted} if noted else {}).below([path]):
            return one
        raise UsageError(f"{path} is no script, dataset or checkpoint", "Give one of those.")

    def identified(
        self, found: Sequence[tuple[Path, Found] | Located | Missed], rehash: bool
    ) -> list[Located | Missed]:
        """Each thing with its version."""
        things = {one[1].name for one in found if isinstance(one, tuple)} - self.noted.keys()
        if things and not rehash:
            self.noted |= placed(self.store, things)
        return list(self._identified(found, rehash))

    def _identified(
        self, found: Sequence[tuple[Path, Found] | Located | Missed], rehash: bool
    ) -> Iterator[Located | Missed]:
        for one in found:
            if not isinstance(one, tuple):
                yield one
                continue
            path, thing = one
            try:
                version = None if rehash else self._known(thing)
                yield Located(path, thing.name, thing, version or self._read(thing))
            except MISSES as error:
                yield Missed(path, error)

    def _read(self, thing: Found) -> str:
        """The version that lies here, read in full."""
        from .describe import identify  # only here, as above

        return identify(thing, self.graph).version

    def _known(self, thing: Found) -> str | None:
        """The version that lay here when size, times and inode of each file were what they are now."""
        noted = self.noted.get(thing.name)
        if noted is None or not noted.present or not noted.stat or Path(thing.file).suffix in SCRIPT_SUFFIXES:
            return None
        return noted.version if noted.stat == thing.stat else None
