"""The project that documents speak of, as its files are now: what lies where, what modules define, options, lines.

Read when it is asked for, and never run. What a file does not say plainly is not known, and decides nothing.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath

from ..observe.script.options import Option, read_options
from ..observe.script.source import Source, read_source

ELSEWHERE = re.compile(  # where a script may get options that are not in its text
    r"parse_known_args|HfArgumentParser|TrlParser|parents=|OmegaConf|hydra|fire\.Fire|add_subparsers|@app\.|tyro|"
    r"(?<!ArgumentParser)\(\s*(?:\w+,\s*)*(?:arg_?)?parser\b|getopts|click\.group|from_dataclass|\bvars\(|sys\.argv|jsonargparse"
)
LAZY = re.compile(r"import \*|def __getattr__|define_import_structure|lazy_loader|globals\(\)")
CODE = (".py", ".sh", ".ipynb")


class Sources:
    """The files of a project at `root`, by the paths that are given."""

    def __init__(self, root: Path, paths: Collection[str]) -> None:
        self.root = root
        self.paths = frozenset(paths)
        self._ends: dict[str, list[str]] = defaultdict(list)
        for path in sorted(paths):
            self._ends[path.rpartition("/")[2]].append(path)
        self.folders = {str(parent) for path in paths for parent in PurePosixPath(path).parents} - {"."}
        self.text = lru_cache(maxsize=256)(self._text)
        self.source = lru_cache(maxsize=256)(self._source)

    def ending(self, name: str) -> list[str]:
        """The files whose paths end so, at a folder's edge."""
        return [path for path in self._ends.get(name.rpartition("/")[2], ()) if f"/{path}".endswith(f"/{name}")]

    def has(self, name: str, beside: str) -> bool:
        """Whether there is such a file or folder: from the root, beside a document in this folder, or anywhere."""
        plain = name.strip("/")
        near = str(PurePosixPath(beside) / plain) if beside else plain
        if {plain, near} & (self.paths | self.folders) or self.ending(plain):
            return True
        return any(f"/{folder}".endswith(f"/{plain}") for folder in self.folders) or (self.root / plain).exists()

    def script(self, name: str, beside: str) -> str | None:
        """The one file that is meant; None where there is none, or several."""
        near = str(PurePosixPath(beside) / name) if beside else name
        for one in (near, name):
            if one in self.paths:
                return one
        found = self.ending(name)
        return found[0] if len(found) == 1 else None

    def _text(self, path: str) -> str:
        try:
            return (self.root / path).read_text("utf-8", errors="replace")
        except OSError:
            return ""

    def _source(self, path: str) -> Source | None:
        try:
            found = read_source(self.root / path)
        except OSError:
            return None
        return None if found.problem else found

    def options(self, path: str) -> Sequence[Option] | None:
        """The options of a script; None where it may get others from elsewhere."""
        if not path.endswith(".py") or ELSEWHERE.search(self.text(path)):
            return None
        source = self.source(path)
        found = read_options(source) if source else ()
        return found or None

    @cached_property
    def defaults(self) -> dict[str, list[tuple[str, Option]]]:
        """Flag → the scripts that declare it with a default that is written there, with that option."""
        found: dict[str, list[tuple[str, Option]]] = defaultdict(list)
        for path in sorted(self.paths):
            if path.endswith(".py") and "add_argument" in self.text(path) and (source := self.source(path)):
                for option in read_options(source):
                    for flag in option.flags:
                        found[flag].append((path, option))
        return found

    @cached_property
    def packages(self) -> dict[str, str]:
        """Import name → the folder of each package of the project that lies at its root or in `src`."""
        found = {}
        for base in ("", "src/"):
            for path in self.paths:
                rest = path.removeprefix(base)
                if path.startswith(base) and rest.endswith("/__init__.py") and rest.count("/") == 1:
                    found[rest.partition("/")[0]] = path.rpartition("/")[0]
        return found

    def module(self, dotted: str) -> str | None:
        """The file of a module of a package of the project; empty where it has none there, None of another package."""
        first, *rest = dotted.split(".")
        if first not in self.packages:
            return None
        base = "/".join([self.packages[first], *rest])
        return next((one for one in (f"{base}.py", f"{base}/__init__.py") if one in self.paths), "")

    def lacks(self, path: str, name: str) -> bool:
        """Whether a module surely has no such name: its text does not hold it, and brings none in unseen."""
        text = self.text(path)
        folder = path.rpartition("/")[0]
        is_module = path.endswith("/__init__.py") and self.has(f"{folder}/{name}.py", "") | self.has(
            f"{folder}/{name}", ""
        )
        return not (is_module or LAZY.search(text) or re.search(rf"\b{re.escape(name)}\b", text))

    def spans(self, path: str, name: str) -> list[tuple[int, int]]:
        """The lines of every function, method or class of a file that is called so."""
        source = self.source(path) if path.endswith(".py") else None
        return list(_spans(source.tree, name)) if source else []


def _spans(tree: ast.AST, name: str) -> Iterator[tuple[int, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name:
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            yield first, node.end_lineno or node.lineno
