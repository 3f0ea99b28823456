"""What each file that a run read is to it: the table of classes, and what only this run's own doings tell besides."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping

from ..observe.process.tree import Tree, real
from .account import Account
from .classes import OBJECTS, Class, Classes
from .command import SHELLS
from .contents import says_shell
from .elsewhere import only_looks
from .installed import Installed


class Classing:
    """Classes the files of one run. `sources` maps compiled files to what they were compiled from, `is_as_loaded` says
    of such a pair whether the source is still what was loaded. `recorded` are programs that told what is on record,
    `packaged` takes modules of packages in the project."""

    def __init__(
        self,
        account: Account,
        tree: Tree,
        table: Classes,
        installed: Installed,
        sources: Mapping[str, str],
        is_as_loaded: Callable[[str, str], bool],
        recorded: Collection[int] = (),
    ) -> None:
        self.tree = tree
        self.packaged: set[str] = set()
        self._recorded = recorded
        self._started = {program.parent for program in tree.programs}
        self._table, self._installed = table, installed
        self._sources, self._is_as_loaded = sources, is_as_loaded
        files = (file for one in account.inputs for file in (*one.before, one.path))
        self._declared = {real(path) for path in files if not os.path.isdir(path)}  # noqa: PTH112
        self._continued = tuple(f"{real(output.path)}/" for output in account.outputs if output.continues)
        self._declared |= {path[:-1] for path in self._continued}
        self._changed = set(account.changed)
        before = (told for one in account.inputs for told in one.before.items())
        # what stood for the files of declared inputs, but for the time of change, which a new link moves
        self._passed = {real(file): text.rpartition(":")[0] for file, text in before if text}

    def of(self, path: str, executed: Collection[str]) -> Class:
        """The class of a file that was read; `executed` are those that programs of the run were."""
        if path in self.tree.made:
            return Class.OWN
        if self._is_declared(path):
            return Class.INPUT
        places = [one for one in self.tree.reads[path].programs if one < len(self.tree.programs)]
        is_compared = places and all(self._only_looks(one, path) for one in places) and self._started.isdisjoint(places)
        if is_compared or self._is_empty(path):
            return Class.ENVIRONMENT
        kind, source = self._table.of(path), self._sources.get(path, path)
        if source != path and self._table.is_environment(source) and self._is_as_loaded(path, source):
            return Class.ENVIRONMENT  # wherever compiled code is kept
        if kind is Class.ENVIRONMENT:
            return Class.DATA if self._installed.is_stray_data(path) else kind
        if not self._table.is_tracked(source) and self._installed.is_package_of_the_project(path, source):
            self.packaged.add(source)
            return Class.ENVIRONMENT
        return self._by_readers(path, executed) if kind is Class.DATA else kind

    def _by_readers(self, path: str, executed: Collection[str]) -> Class:
        """What a file is, of which the table knows nothing, by the programs that opened it."""
        programs = self.tree.programs
        places = (programs[one].path for one in self.tree.reads[path].programs if one < len(programs))
        readers = set(map(os.path.basename, places))
        if path in executed or (readers and readers <= SHELLS and says_shell(path)):
            return Class.CODE
        if OBJECTS in path and all(name.startswith("git") for name in readers):
            return Class.ENVIRONMENT
        return Class.DATA

    def _only_looks(self, place: int, path: str) -> bool:
        """Whether a program compared a file and gave nothing out that is not on record; a filter that it started gets
        all. An index or objects from elsewhere are none of what git tracks."""
        is_recorded = place in self._recorded and self._table.is_tracked(path)
        return is_recorded or only_looks(self.tree.programs[place])

    def _is_empty(self, path: str) -> bool:
        """Whether a file, such as a lock, had nothing in it for as long as the run went."""
        mark = self.tree.reads[path].mark
        if mark is None:  # it came to be when it was opened
            return os.path.isfile(path) and not os.path.getsize(path)  # noqa: PTH113, PTH202 (text, as all paths are)
        return not mark[2] and path not in self._changed

    def _is_declared(self, path: str) -> bool:
        """Whether a file is, or is part of, a declared input, or of an output that goes on from what lay there."""
        return path in self._declared or path.startswith(self._continued) or self._is_declared_elsewhere(path)

    def _is_declared_elsewhere(self, path: str) -> bool:
        """Whether this is a name that the run gave to a declared file, as it was when the gate passed it."""
        mark, source = self.tree.reads[path].mark, self.tree.moved.get(path)
        return mark is not None and source is not None and self._passed.get(source) == ":".join(map(str, mark[:4]))
