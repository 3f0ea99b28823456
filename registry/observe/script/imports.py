"""Which local modules a script imports, transitively: the second half of a script's identity.

Follows what `units.py` reads to files of this project, in Python's own order where that can be told: folders that the
script puts first, the script's own, the standard library, packages and `src/` layouts above it. Shell scripts and
notebooks count what they run by name. A name that cannot be placed, and is not declared as coming from elsewhere,
*may* mean any file of the project that is called so: such a module is doubtful, and is marked with a `?`. What happens
to be installed never has a say. What is imported by a computed name cannot be followed and is reported.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ...hashing import DOUBTFUL
from ..folders import EXCLUDED
from ..packages import is_installed_into
from .edges import Closure, Edges, importers, reaches
from .modules import Named, ProjectModules
from .packaging import import_name
from .search_path import Addition, Where
from .source import SourceTree
from .stdlib import BUILTIN, STDLIB
from .units import Import, Unit, remembered

Step = tuple[tuple[Path, ...], bool]  # folders of which one is looked in, and whether that is certain


class ImportGraph:
    """Local imports of every script below `root`; each file is parsed once and each folder listed once."""

    def __init__(self, root: Path, sources: SourceTree | None = None) -> None:
        self.root = root
        self.sources = sources or SourceTree()
        self._units: dict[Path, Unit] = {}
        self._edges: dict[Path, Edges] = {}
        self._known: dict[Path, Path] = {}  # one object per file: comparing equal paths is what a closure costs
        self._files = ProjectModules(root)
        self._last: tuple[Path, Closure] | None = None
        self.examiner: Any = None  # what examines these modules, so that it ends with the graph
        self.told: dict[Path, Any] | None = None  # what each file says by itself, where somebody wants it kept
        self.judged: tuple[Any, dict[Path, Any]] = None, {}  # by which rules; what they see in each module

    def after(self, changed: Iterable[Path], in_place: bool = False) -> ImportGraph:
        """The graph once these files have changed, come or gone; what the others import is not read again.

        Where all were there and still are, imports of the others lead to where they led, and what was told and judged
        of them stands.
        """
        graph = ImportGraph(self.root)
        gone = set(changed)
        graph._units = {path: unit for path, unit in self._units.items() if path not in gone}
        graph.told = None if self.told is None else {}
        if in_place:
            graph._files, graph._known = self._files, self._known
            graph._edges = {path: edges for path, edges in self._edges.items() if path not in gone}
            graph.told = self.told and {path: told for path, told in self.told.items() if path not in gone}
            moved = importers(self._edges, gone)
            by, judged = self.judged
            graph.judged = by, {path: one for path, one in judged.items() if path not in moved}
        return graph

    def closure(self, path: Path) -> tuple[Named, ...]:
        """Every local module that `path` needs, as (dotted name, file), sorted by name, without `path` itself."""
        return self.whole(path).modules

    def parts(self, path: Path) -> tuple[Named, ...]:
        """The modules that make up the version of a script: those that it needs, and those that it may need."""
        whole = self.whole(path)
        return (*whole.modules, *whole.doubtful)

    def whole(self, path: Path) -> Closure:
        """The closure of a script with what is doubtful in it."""
        if self._last is None or self._last[0] != path:
            self._last = (path, self._close(path))
        return self._last[1]

    def _close(self, path: Path) -> Closure:
        found: dict[Path, str] = {}
        stack = [path]
        while True:
            while stack:
                for module, name in self._read(stack.pop()).modules.items():
                    if module not in found and module != path:
                        found[module] = name
                        stack.append(module)
            settled = dict(self._on_the_path_of(path, [path, *found]))
            for name, module in (one for hit in settled.values() for one in hit):
                if module not in found:
                    found[module] = name
                    stack.append(module)
            if not stack:
                break
        doubtful = self._doubtful(path, found, settled.keys())
        return Closure(
            tuple(sorted((name, module) for module, name in found.items())),
            tuple(sorted((f"{DOUBTFUL}{self._posix(module)}", module) for module in doubtful)),
        )

    def _on_the_path_of(self, path: Path, members: list[Path]) -> Iterator[tuple[Import, list[Named]]]:
        """What its modules cannot place themselves, where it lies on the search path that they all extend."""
        unplaced = dict.fromkeys(one for module in members for one in self._read(module).unplaced)
        if not unplaced:
            return
        is_run = self._unit(path).is_entry_point or not self._files.is_package(path.parent)
        folders = [path.parent] * is_run + [
            folder
            for module in members
            for addition in self._unit(module).additions
            if addition.folder.sure
            for folder in self._folders(module, addition)
        ]
        for statement in unplaced:
            hits = [self._find(folder, statement) for folder in dict.fromkeys(folders)]
            hits = [hit for hit in hits if hit]
            if len({hit[-1][1] for hit in hits}) == 1:
                yield statement, [(name, module) for name, module in hits[0] if module != path]

    def _doubtful(self, path: Path, found: Collection[Path], settled: Collection[Import]) -> set[Path]:
        """The files that names may mean which were not settled, and all that those import."""
        stack = [module for one in (path, *found) for module in self._maybe(one, settled)]
        doubtful: set[Path] = set()
        while stack:
            module = stack.pop()
            if module not in doubtful and module not in found and module != path:
                doubtful.add(module)
                stack += [*self._read(module).modules, *self._maybe(module, settled)]
        return doubtful

    def _maybe(self, path: Path, settled: Collection[Import] = ()) -> set[Path]:
        return self._read(path).maybe(settled)

    def imports(self, path: Path) -> dict[Path, str]:
        """The local modules that this file imports itself, with their dotted names."""
        return self._read(path).modules

    def may_import(self, path: Path) -> set[Path]:
        """The files that names in this file may mean, none of them certainly."""
        return self._maybe(path)

    def missing(self, path: Path) -> tuple[Import, ...]:
        """Relative imports that lead to no file and whose absence the script does not handle."""
        return tuple(self._read(path).missing)

    def unit(self, path: Path) -> Unit:
        """What this file imports, as it says it."""
        return self._unit(path)

    def external(self, path: Path) -> tuple[str, ...]:
        """The top-level names that a script and its modules import, and neither the project nor Python itself has."""
        members = [path, *(module for _, module in self.closure(path))]
        return tuple(sorted({name for module in members for name in self._read(module).external}))

    def surroundings(self, files: Iterable[str]) -> str:
        """A digest of what project files say of modules to these scripts: when it moves, so may their imports."""
        return self._files.surroundings(files)

    def dynamic(self, path: Path) -> tuple[int, ...]:
        """Lines of imports by a computed name, which no reading can follow."""
        return self._unit(path).dynamic

    def locate(self, importer: Path, module: str, level: int = 0) -> Path | None:
        """The local file that `from <level dots><module> import …` in `importer` reads; None: not local."""
        found = self._place(importer, self._unit(importer), Import(module, (), level))[0]
        return found[-1][1] if found and found[-1][0].endswith(module) else None

    def is_declared(self, path: Path, first: str) -> bool:
        """Whether a script or its project says that a top-level name comes from elsewhere."""
        return self._is_declared(path, self._unit(path), first)

    def _unit(self, path: Path) -> Unit:
        if path not in self._units:
            try:
                self._units[path] = remembered(path, self.sources)
            except OSError:
                self._units[path] = Unit()
        return self._units[path]

    def _read(self, path: Path) -> Edges:
        if path in self._edges:
            return self._edges[path]
        edges = self._edges[path] = Edges()
        unit = self._unit(path)
        found: dict[Path, str] = {}
        for statement in unit.imports:
            placed, maybe = self._place(path, unit, statement)
            for name, module in placed:
                own = module.name == "__init__.py" and path.is_relative_to(module.parent)
                if not own or module == placed[-1][1]:  # who imports this file runs its packages, not the file itself
                    found[self._known.setdefault(module, module)] = name
            if not (placed or statement.level) and (anywhere := self._anywhere(path, unit, statement)):
                edges.unplaced += [] if maybe else [statement]
                maybe |= anywhere
            if maybe := maybe - {path}:
                edges.doubts[statement] = maybe
            elif statement.level and not statement.guarded and not reaches(statement, placed):
                edges.missing.append(statement)
            first = statement.module.split(".")[0]
            if not (placed or maybe or statement.level or first in STDLIB):
                edges.external.add(first)
        found |= {target: name for name, target in self._runs(path, unit)}
        edges.modules = {module: name for module, name in sorted(found.items()) if module != path}
        return edges

    def _runs(self, path: Path, unit: Unit) -> Iterator[Named]:
        for word in unit.runs:
            for folder in (path.parent, self.root):
                target = Path(os.path.normpath(folder / word))
                if self._files.is_module(target.parent, target.name):
                    yield self._dotted(target), target
                    break

    def _place(self, path: Path, unit: Unit, statement: Import) -> tuple[list[Named], set[Path]]:
        """The files that a statement certainly reads, or else those that it may in the folders that it is sought in."""
        if statement.level:
            package = path.parent
            for _ in range(statement.level - 1):
                package = package.parent
            base = self._files.top(package)
            return self._find(base, statement, package.relative_to(base).parts), set()
        maybe: set[Path] = set()
        for folders, certain in self._steps(path, unit, statement):
            hits = [hit for folder in folders if (hit := self._find(folder, statement))]
            if len(hits) == 1 and certain and not maybe:
                return hits[0], set()
            maybe |= {module for hit in hits for _, module in hit}
            if hits and certain:
                break
        return [], maybe

    def _anywhere(self, path: Path, unit: Unit, statement: Import) -> set[Path]:
        """The files anywhere in the project that a name could mean which neither Python nor a dependency has."""
        first = statement.module.split(".")[0]
        if not self._is_own(path) or first in STDLIB or self._is_declared(path, unit, first):
            return set()
        return {module for folder in self._files.holders(first) for _, module in self._find(folder, statement)}

    def _steps(self, path: Path, unit: Unit, statement: Import) -> Iterator[Step]:
        """Where Python would look, in its order. What comes after the standard library comes after what is installed,
        and what is declared is taken to be installed, so that a folder at the end is then no more than a guess."""
        first = statement.module.split(".")[0]
        in_package = self._files.is_package(path.parent)
        may_shadow = first not in BUILTIN
        before = [one for one in unit.additions if one.line < statement.line and one.where is Where.FRONT]
        for one in reversed(before):
            yield self._folders(path, one), one.folder.sure
        if may_shadow and not in_package:
            yield (path.parent,), True
        rest = [one for one in unit.additions if one not in before]
        for one in rest:
            if one.where is not Where.END:
                yield self._folders(path, one), one.folder.sure
        if first in STDLIB:
            if may_shadow and in_package and unit.is_entry_point:
                yield (path.parent,), False
            return
        for one in rest:
            if one.where is Where.END:
                yield self._folders(path, one), one.folder.sure and not self._is_declared(path, unit, first)
        folder = self._files.top(path.parent)
        while folder.is_relative_to(self.root):
            for base in (folder, folder / "src", *self._files.layout(folder).folders):
                yield (base,), True
            if folder == self.root:
                break
            folder = folder.parent
        if in_package and unit.is_entry_point:
            yield (path.parent,), True

    def _find(self, base: Path, statement: Import, above: Sequence[str] = ()) -> list[Named]:
        parts = [*above, *(statement.module.split(".") if statement.module else ())]
        found = self._files.find(base, parts, statement.names)
        return [(name, file) for name, file in found if not is_installed_into(str(self.root), str(file))]

    def _folders(self, path: Path, addition: Addition) -> tuple[Path, ...]:
        """Where an addition may lead: a relative one counts from the project's root or from the script's folder."""
        own, above = (Path(os.path.normpath(base / addition.folder.text)) for base in (path.parent, self.root))
        return (own,) if own == above or not above.is_relative_to(self.root) else (above, own)

    def _is_own(self, path: Path) -> bool:
        """Whether a file is code of this project, and not a package that is installed somewhere below it."""
        return path.is_relative_to(self.root) and EXCLUDED.isdisjoint(path.relative_to(self.root).parts)

    def _is_declared(self, path: Path, unit: Unit, first: str) -> bool:
        return import_name(first) in unit.requires or self._files.is_declared(path, first)

    def _posix(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.root)).as_posix()

    def _dotted(self, path: Path) -> str:
        relative = path.relative_to(self.root) if path.is_relative_to(self.root) else Path(path.name)
        return ".".join(relative.with_suffix("").parts)
