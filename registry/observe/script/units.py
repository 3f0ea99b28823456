"""What one file imports, as it says it: statements, files run by name, folders put on the search path; unresolved.

Read from the syntax tree alone, so that the same text always says the same; where the names lie is `imports.py`'s.
"""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..unchanged import stat_text
from .packaging import inline_requirements
from .search_path import Addition, PathReader, path_additions
from .source import LANGUAGES, UNPARSED, Source, SourceTree, called, has_main_guard

RUN_MODULE = re.compile(r"\bpython[\d.]*\s+(?:-\w\s+)*-m\s+([\w.]+)")
WORD = re.compile(r"[^\s\"'=;|&<>()`]+")
VARIABLE = re.compile(r"^(?:\$\{?\w+\}?)?/")  # `$HERE/lib.sh`, or what is left of `$(dirname "$0")/lib.sh`
COMPUTED = re.compile(r"import_module|__import__")
LOADED = {"run_path": 0, "spec_from_file_location": 1, "SourceFileLoader": 1}  # which argument is the file
BY_FILE = re.compile(rf"{'|'.join(LOADED)}|\bexec\(")
SIMPLE = (ast.Expr, ast.Assign, ast.Return, ast.AugAssign, ast.AnnAssign, ast.Raise, ast.Assert, ast.Pass, ast.Delete)
QUOTED = re.compile(r"\"{3}.*?\"{3}|'{3}.*?'{3}", re.S)
IMPORT = re.compile(r"^[ \t]*(?P<statement>(?:import|from)[ \t]+(?:[^\n#\\(]|\\\n)+(?:\([^)]*\))?)", re.M)
BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
ABSENCE = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


@dataclass(frozen=True)
class Import:
    """`from <level dots><module> import <names>`; a plain import has no names. `guarded`: its absence is handled."""

    module: str
    names: tuple[str, ...] = ()
    level: int = 0
    line: int = 0
    guarded: bool = False

    @property
    def written(self) -> str:
        """The module as the statement names it, with its dots."""
        return "." * self.level + self.module


@dataclass(frozen=True)
class Unit:
    """What one file imports: statements, files run by name or path, additions to the search path, lines of computed
    imports, and the names that its inline metadata requires."""

    imports: tuple[Import, ...] = ()
    runs: tuple[str, ...] = ()
    additions: tuple[Addition, ...] = ()
    dynamic: tuple[int, ...] = ()
    is_entry_point: bool = False
    requires: frozenset[str] = frozenset()


_UNITS: dict[Path, tuple[str, Unit]] = {}


def remembered(path: Path, sources: SourceTree) -> Unit:
    """What a file imports, read once in a process for as long as its size, times and inode stay what they are."""
    is_draft = path in sources.drafts
    stat = "" if is_draft else stat_text(path.stat())
    if stat and path in _UNITS and _UNITS[path][0] == stat:
        return _UNITS[path][1]
    unit = read_unit(sources.read(path))
    if stat:
        _UNITS[path] = (stat, unit)
    return unit


def read_unit(source: Source) -> Unit:
    """What this file imports and runs, unresolved."""
    dynamic: list[int] = []
    tree = source.tree if source.tree.body else _import_lines(source)
    imports = list(_statements(tree, source.path.name == "__init__.py"))
    for call in source.nodes(ast.Call) if COMPUTED.search(source.text) else ():
        if called(call) not in {"import_module", "__import__"} or not call.args:
            continue
        if name := source.certain_text(call.args[0]):
            name = _below_package(source, call, name)
            module = name.lstrip(".")
            imports.append(Import(module, (), len(name) - len(module), call.lineno, guarded=True))
        else:
            dynamic.append(call.lineno)
    runs: list[str] = []
    for _, line in source.commands():
        if not line.lstrip().startswith("#"):
            imports += [Import(module) for module in RUN_MODULE.findall(line)]
            runs += [VARIABLE.sub("", word) for word in WORD.findall(line) if Path(word).suffix in LANGUAGES]
    runs += _loaded(source)
    additions = path_additions(source)
    if not additions:  # only what is put on the search path depends on where a statement stands
        imports = list({(one.written, one.names, one.guarded): one for one in reversed(imports)}.values())
    return Unit(
        imports=tuple(dict.fromkeys(imports)),
        runs=tuple(dict.fromkeys(runs)),
        additions=additions,
        dynamic=tuple(dynamic),
        is_entry_point=has_main_guard(source),
        requires=inline_requirements(source.text),
    )


def _import_lines(source: Source) -> ast.Module:
    """The imports of a file that this Python cannot parse, statement by statement: what a script needs does not depend
    on the version of Python that reads it."""
    tree = ast.Module([], [])
    if source.language == "python" and source.problem.startswith(UNPARSED):
        text = QUOTED.sub(lambda quoted: "\n" * quoted[0].count("\n"), source.text)
        for found in IMPORT.finditer(text):
            with contextlib.suppress(SyntaxError):
                statements = ast.parse(found["statement"]).body
                line = text.count("\n", 0, found.start("statement"))
                tree.body += [ast.increment_lineno(one, line) for one in statements]
    return tree


def _below_package(source: Source, call: ast.Call, name: str) -> str:
    """A module's name as `import_module(".ask", "kit")` means it: from the package that it names, if it names one."""
    anchors = [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "package")]
    package = source.certain_text(anchors[0]) if called(call) == "import_module" and anchors else None
    if not package or not name.startswith("."):
        return name
    module = name.lstrip(".")
    above = package.split(".")
    return ".".join([*above[: len(above) - (len(name) - len(module) - 1)], module])


def _loaded(source: Source) -> Iterator[str]:
    """Files whose code is loaded by their path: `run_path`, import machinery, `exec` of what was read from a file."""
    if not BY_FILE.search(source.text):
        return
    reader = PathReader(source)
    for call in source.nodes(ast.Call):
        name, function = called(call), call.func
        if name in LOADED:
            given = [*call.args[LOADED[name] :][:1], *(w.value for w in call.keywords if w.arg in ("path", "location"))]
        elif isinstance(function, ast.Name) and name == "exec":
            read = [node for argument in call.args[:1] for node in ast.walk(argument) if isinstance(node, ast.Call)]
            given = [part for node in read for part in _read_by(node)]
        else:
            continue
        yield from (place.text for node in given for place in reader.places(node) if place.sure)


def _read_by(call: ast.Call) -> list[ast.expr]:
    """The path that `open(path)` or `path.read_text()` reads."""
    if called(call) == "open" and isinstance(call.func, ast.Name):
        return call.args[:1]
    if called(call) in ("read_text", "read_bytes") and isinstance(call.func, ast.Attribute):
        return [call.func.value]
    return []


def _statements(tree: ast.Module, is_package: bool) -> Iterator[Import]:
    """Imports at any depth. Under TYPE_CHECKING they count in a package file only: lazy packages state theirs there."""
    stack: list[tuple[ast.AST, bool]] = [(node, False) for node in tree.body]
    while stack:
        node, guarded = stack.pop()
        if isinstance(node, SIMPLE):
            continue
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, (), 0, node.lineno, guarded) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield Import(node.module or "", names, node.level, node.lineno, guarded)
        elif isinstance(node, ast.If) and called(node.test) == "TYPE_CHECKING" and not is_package:
            stack += [(inner, guarded) for inner in node.orelse]
        else:
            for name in BLOCKS:
                safe = guarded or (name == "body" and isinstance(node, ast.Try) and _handles_absence(node))
                stack += [(inner, safe) for inner in getattr(node, name, ())]


def _handles_absence(statement: ast.Try) -> bool:
    """Whether a `try` goes on when what its body imports is not there."""
    for handler in statement.handlers:
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        if any(kind is None or called(kind) in ABSENCE for kind in kinds):
            return True
    return False
