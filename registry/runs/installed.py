"""Files of installed packages that a run opened: those that are not what was installed, and packages within a project.

Every file is held against the list (RECORD) of its distribution, cheaply: one that did not change since that list was
written, which is the last thing that installing does, is not hashed. Compiled modules are not in such lists; it is what
they were compiled from that is looked at.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from ..observe.packages import base_above, digest_of, distributions, is_installed_into, lister, lists, record
from .classes import DATA_ANYWHERE
from .contents import is_rows
from .tools import PACKAGES, Tool, tool_in

CODE = ".py"
METADATA = frozenset(("METADATA", "RECORD", "WHEEL", "INSTALLER", "REQUESTED", "entry_points.txt", "top_level.txt"))
REBUILDERS = frozenset(("conda",))  # which write their own paths into what they install


class Installed:
    """Tells which distribution a file belongs to; `root` is the project, in which packages may be installed too."""

    def __init__(self, root: Path) -> None:
        self._root = f"{root}/"

    def base_of(self, path: str) -> str | None:
        """The folder of packages that a file lies in, with a slash: one of an environment, or one in the project that
        was filled by `pip install --target`."""
        place = next((path.rindex(part) + len(part) for part in PACKAGES if part in path), None)
        if place is not None:
            return path[:place]
        return base_above(os.path.dirname(path), self._root[:-1])  # noqa: PTH120

    def tool_of(self, path: str) -> Tool | None:
        """The distribution that a file was installed with; compiled modules belong to no list."""
        base = self.base_of(path)
        folder = None if base is None else lister(base, path.removeprefix(base))
        return None if folder is None else tool_in(folder)

    def is_package_of_the_project(self, path: str, source: str) -> bool:
        """Whether a file, compiled from `source`, was installed into the project, and is neither rows nor data."""
        folder, _, name = path.rpartition("/")
        if name in METADATA and self.tool_of(path) and folder.endswith("-info"):
            return True
        if not path.startswith(self._root) or not is_installed_into(self._root[:-1], source):
            return False
        return path != source or not is_rows(path, fields=not path.endswith(CODE))

    def is_stray_data(self, path: str) -> bool:
        """Whether a file lies among installed packages, is data, and no distribution has brought it there."""
        base = next((path[: path.rindex(part) + len(part)] for part in PACKAGES if part in path), None)
        if base is None or path.endswith((CODE, ".pyc", ".so")) or "-info/" in path or not lists(base):
            return False
        is_data = os.path.splitext(path)[1].lower() in DATA_ANYWHERE or is_rows(path)  # noqa: PTH122
        return is_data and self.tool_of(path) is None

    def patched(self, sources: Iterable[str]) -> Mapping[Tool, list[str]]:
        """The modules among these that are not what was installed, by distribution."""
        found: dict[Tool, list[str]] = defaultdict(list)
        tops: dict[tuple[str, str], list[str]] = defaultdict(list)
        for path in sources:
            if path.endswith(CODE) and (base := self.base_of(path)):
                tops[base, path.removeprefix(base).partition("/")[0]].append(path)
        for (base, top), paths in tops.items():
            if not (younger := _younger(paths, _installed_at(base, top))):
                continue
            for path in sorted(younger):
                tool = self.tool_of(path)
                if tool and tool.installer not in REBUILDERS and _differs(path, tool, base):
                    found[tool].append(path)
        return found


def _differs(path: str, tool: Tool, base: str) -> bool:
    wanted = record(tool.folder).get(path.removeprefix(base))
    return bool(wanted) and digest_of(path) != wanted


def _younger(paths: Iterable[str], time: int) -> list[str]:
    """Those of the files that were changed after a time; no program can set this one back."""
    found = []
    for path in paths:
        try:
            if os.stat(path).st_ctime_ns > time:  # noqa: PTH116
                found.append(path)
        except OSError:
            continue
    return found


@cache
def _installed_at(base: str, top: str) -> int:
    """When the list of the distribution of this name was written; 0 where none is called like the package."""
    wanted = top.removesuffix(CODE).lower().replace("-", "_")
    for folder in distributions(base):
        if folder.partition("-")[0].lower().replace("-", "_") == wanted:
            try:
                return os.stat(f"{base}{folder}/RECORD").st_ctime_ns  # noqa: PTH116
            except OSError:
                return 0
    return 0
