"""What one file imports itself, once it is placed, and what follows for the files around it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .modules import Named
from .units import Import


@dataclass
class Edges:
    """What one file imports itself: modules with their names, those that it may mean, and what stays open."""

    modules: dict[Path, str] = field(default_factory=dict)
    doubts: dict[Import, set[Path]] = field(default_factory=dict)
    unplaced: list[Import] = field(default_factory=list)  # those doubts of which no folder that is looked in knows
    missing: list[Import] = field(default_factory=list)
    external: set[str] = field(default_factory=set)

    def maybe(self, settled: Collection[Import] = ()) -> set[Path]:
        """The files that names may mean, but for those names that are settled."""
        return set().union(*(maybe for statement, maybe in self.doubts.items() if statement not in settled))


@dataclass(frozen=True)
class Closure:
    """Everything that a script needs: modules as (dotted name, file), and those that it may need as (`?path`, file)."""

    modules: tuple[Named, ...]
    doubtful: tuple[Named, ...]


def importers(edges: Mapping[Path, Edges], changed: Iterable[Path]) -> set[Path]:
    """These files, and whatever imports them or may, as far as it was read."""
    importing: dict[Path, list[Path]] = defaultdict(list)
    for path, one in edges.items():
        for module in one.modules.keys() | one.maybe():
            importing[module].append(path)
    found: set[Path] = set()
    stack = list(changed)
    while stack:
        if (path := stack.pop()) not in found:
            found.add(path)
            stack += importing[path]
    return found


def reaches(statement: Import, placed: Sequence[Named]) -> bool:
    """Whether a relative import leads to a module: the one it names, or each of the names below it."""
    names = {name for name, _ in placed}
    ends = {one.rpartition(".")[2] for one in names}
    if not statement.module:  # `from . import a` reads the package, which may define it, or the modules beside
        return bool(placed) and (any(file.name == "__init__.py" for _, file in placed) or set(statement.names) <= ends)
    if any(f".{name}".endswith(f".{statement.module}") for name in names):
        return True
    return bool(statement.names) and set(statement.names) <= ends
