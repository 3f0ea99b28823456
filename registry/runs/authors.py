"""Who wrote the outputs of a run: the program that did, with the script that it really executed.

An output that no script on record explains proves nothing, and neither does one that somebody else wrote as well.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..observe.process.tree import Tree, real
from ..project import Project
from .account import Account
from .classes import Classes
from .installed import Installed
from .makers import Executed, Makers
from .outputs import Written
from .start import SCRIPT
from .tools import Tool, of_command, packages_of, started_by
from .used import Used, named, use_of


class Authors:
    """Tells who wrote what. `used` and `defects` take what comes up; `whole` and `tree` as in `Seen`."""

    def __init__(
        self,
        project: Project,
        account: Account,
        whole: Tree,
        tree: Tree,
        makers: Makers,
        table: Classes,
        installed: Installed,
        used: list[Used],
        defects: list[str],
    ) -> None:
        self.project, self.account = project, account
        self.whole, self.tree = whole, tree
        self.used, self.defects = used, defects
        self._makers, self._table, self._installed = makers, table, installed

    def made(self, written: Written) -> None:
        """Say why who wrote an output proves nothing, where it does not."""
        wrote, paths = self.tree.wrote, {real(str(file)) for file in written.files}
        places = sorted({wrote[path] for path in paths if path in wrote})
        name = written.found.name
        if not places and paths.isdisjoint(self.whole.wrote):
            self.defects.append(f"{name} was written by something that is no part of this run")
        elif others := self._by_others(written, paths):
            self.defects.append(f"{named(others)} was also written by something that is no part of this run")
        for place in places:
            if not self._is_explained(place):
                self.defects.append(f"{name} was written by {self._called(place)}, which no script on record explains")

    def _by_others(self, written: Written, paths: set[str]) -> list[str]:
        """Files of an output that somebody else put there, or wrote to more often than this run did: unattributed."""
        if not self.account.whole or self.whole.gaps:
            return []  # what the listener missed looks the same, and is said
        arrivals, place = self.account.arrivals, real(str(written.found.path))
        there = {real(file) for output in self.account.outputs for file in (*output.untouched, *output.kept)}
        found = [path for path in paths if arrivals.get(path, 0) > self.whole.arrivals[path]]
        if os.path.isdir(place):  # noqa: PTH112 (text, as are all paths of a tree)
            strange = (path for path in paths - there if path.startswith(f"{place}/") and not self._came(path))
            found += [path for path in strange if path not in found]
        return sorted(map(self.project.name_of, found))

    def _came(self, path: str) -> bool:
        """Whether the run wrote a file, or moved it here with a folder."""
        while path != "/":
            if path in self.whole.wrote:
                return True
            path = os.path.dirname(path)  # noqa: PTH120
        return False

    def maker_of(self, written: Written, code: Mapping[str, str]) -> str | None:
        """The version of the script that wrote an output, or of the tool; `code` are scripts by name."""
        places = {self.tree.wrote.get(real(str(file))) for file in written.files} - {None}
        versions = {**code, **{name: version for role, version, name, _ in self.account.rows if role == SCRIPT}}
        versions |= {one.name: one.identity.version for one in self.used}
        for place in sorted(place for place in places if place is not None):
            for one, executed in self._chain(place):
                tool = self._tool(one, executed)
                name = tool.called if tool else self.project.name_of(executed.file) if executed.file else ""
                if name in versions:
                    return versions[name]
        return None

    def _inside(self, path: str) -> bool:
        return path.startswith(f"{self.project.root}/")

    def _is_explained(self, place: int) -> bool:
        """Whether a program, or one that started it, executed a file that has an origin to be judged by."""
        explained = False
        for one, executed in self._chain(place):
            if tool := self._tool(one, executed):
                self._use_tool(tool, one)
                explained = True
            elif executed.file and self._inside(executed.file) and executed.file in self._makers.opened(one):
                explained = True
        return explained

    def _chain(self, place: int) -> list[tuple[int, Executed]]:
        """What a program and those that started it executed."""
        return [(one, self._own_module(one, executed)) for one, executed in self._makers.chain(place)]

    def _own_module(self, place: int, executed: Executed) -> Executed:
        """Of a command of the project's own package, installed editable: the module of the project that it starts."""
        tool = None if executed.file is None or self._inside(executed.file) else self._tool(place, executed)
        if tool is None or executed.file is None or not self._inside(f"{tool.checkout}/"):
            return executed
        module = started_by(os.path.basename(executed.file), tool.folder).replace(".", "/")  # noqa: PTH119
        ends = (f"/{module}.py", f"/{module}/__init__.py")
        found = sorted(one for one in self._makers.opened(place) if self._inside(one) and one.endswith(ends))
        return Executed(found[0]) if module and found else executed

    def _tool(self, place: int, executed: Executed) -> Tool | None:
        if executed.file is None:
            return None
        if tool := self._installed.tool_of(executed.file):
            return tool
        if not self._table.is_environment(executed.file):
            return None
        return of_command(executed.file, packages_of(executed.file, sorted(self._makers.opened(place))))

    def _use_tool(self, tool: Tool, place: int) -> None:
        used = use_of(tool)
        if used in self.used:
            return
        self.used.append(used)
        if tool.unknown:
            self.defects.append(f"{tool.called} ran, of no known origin: {tool.unknown}")
        if patched := tool.patched(sorted(self._makers.opened(place))):
            self.defects.append(f"{tool.called} is not what was installed: {named(patched)} was changed")

    def _called(self, place: int) -> str:
        program = self.tree.programs[place] if place < len(self.tree.programs) else None
        if program is None:
            return "a program that nobody saw starting"
        executed = self._makers.executed(place)
        name = os.path.basename(program.path)  # noqa: PTH119
        return f"{name} (code from its command line)" if executed and executed.inline else name
