"""The files of a project as Python finds modules in them: by folder and name, and by name alone.

Lists each folder once. Only regular files are modules, as for Python itself: a pipe has no end. The walk over the whole
project is made when a name turns up that nobody places; caches, virtual environments and folders that git ignores hold
no modules of the project.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from ...hashing import canonical_json, digest_bytes
from ..folders import EXCLUDED
from .packaging import Layout, declared_in, import_name, layout_of

Named = tuple[str, Path]


class ProjectModules:
    """The Python modules and packages below a project root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._listings: dict[Path, frozenset[str]] = {}
        self._layouts: dict[Path, Layout] = {}
        self._declared: dict[Path, frozenset[str]] = {}

    def find(self, base: Path, parts: Sequence[str], names: Sequence[str]) -> list[Named]:
        """What an import reads below a folder: the package files on the way to a module, the module, and the submodules
        among the imported names; each with its dotted name."""
        found: list[Named] = []
        folder, layout = base, self.layout(base)
        for position, part in enumerate(parts):
            dotted = ".".join(parts[: position + 1])
            package = layout.packages.get(dotted, folder / part)
            if self.is_module(package, "__init__.py"):
                found.append((dotted, package / "__init__.py"))
            elif self.is_module(folder, f"{part}.py"):
                return [*found, (dotted, folder / f"{part}.py")] if position == len(parts) - 1 else found
            elif not (self.listing(package) or layout.leads_to(dotted)):
                return found
            folder = package
        for name in names:
            for inside, file in ((folder, f"{name}.py"), (folder / name, "__init__.py")):
                if self.is_module(inside, file):
                    found.append((".".join([*parts, name]), inside / file))
                    break
        return found

    def is_module(self, folder: Path, name: str) -> bool:
        """Whether a regular file of this name is there."""
        return name in self.listing(folder) and (folder / name).is_file()

    def is_package(self, folder: Path) -> bool:
        """Whether a folder has a package file."""
        return "__init__.py" in self.listing(folder)

    def top(self, folder: Path) -> Path:
        """The folder above the outermost package that holds this folder."""
        while self.is_package(folder) and folder != self.root:
            folder = folder.parent
        return folder

    def listing(self, folder: Path) -> frozenset[str]:
        """The names in a folder; none where it cannot be read."""
        if folder not in self._listings:
            try:
                self._listings[folder] = frozenset(entry.name for entry in folder.iterdir())
            except OSError:
                self._listings[folder] = frozenset()
        return self._listings[folder]

    def layout(self, folder: Path) -> Layout:
        """Where the build files of a folder say that modules lie."""
        if folder not in self._layouts:
            self._layouts[folder] = layout_of(folder, self.listing(folder))
        return self._layouts[folder]

    def is_declared(self, importer: Path, first: str) -> bool:
        """Whether a project file in a folder above the importer says that a top-level name comes from elsewhere."""
        name = import_name(first)
        return any(
            name in self._declarations(folder) for folder in importer.parents if folder.is_relative_to(self.root)
        )

    def _declarations(self, folder: Path) -> frozenset[str]:
        if folder not in self._declared:
            self._declared[folder] = declared_in(folder, self.listing(folder))
        return self._declared[folder]

    def surroundings(self, files: Iterable[str]) -> str:
        """A digest of the layouts and declared names in the folders above these files."""
        folders = {Path(folder) for folder in {os.path.dirname(file) for file in files}}  # noqa: PTH120 (hot path)
        folders |= {above for folder in folders for above in folder.parents}
        said = [
            [str(folder), sorted(self._declarations(folder)), str(self.layout(folder))]
            for folder in sorted(folders)
            if folder.is_relative_to(self.root)
        ]
        return digest_bytes(canonical_json([one for one in said if one[1] or one[2] != str(Layout())]))

    def holders(self, name: str) -> tuple[Path, ...]:
        """The folders anywhere in the project that hold a module, package or folder of modules of this name."""
        return self._holders.get(name, ())

    @cached_property
    def _holders(self) -> dict[str, tuple[Path, ...]]:
        from .. import gitlog

        found: dict[str, set[str]] = defaultdict(set)
        ignored = {str(self.root / path.rstrip("/")) for path in gitlog.ignored_paths(self.root) if path.endswith("/")}
        for folder, inside, files in os.walk(self.root):
            inside[:] = [one for one in inside if one not in EXCLUDED and f"{folder}/{one}" not in ignored]
            if "pyvenv.cfg" in files:
                inside.clear()
                continue
            modules = [file[:-3] for file in files if file.endswith(".py")]
            for module in modules:
                found[module].add(folder)
            while modules and len(folder) > len(str(self.root)):  # the folders above may be packages without a file
                folder, _, name = folder.rpartition("/")
                if folder in found[name]:
                    break
                found[name].add(folder)
        return {name: tuple(Path(folder) for folder in sorted(folders)) for name, folders in found.items()}
