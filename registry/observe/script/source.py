"""The source of a script as every reader of it sees it: decoded once, parsed once, never run.

Whatever is wrong with the content (not text, not UTF-8, not Python 3, a broken notebook) becomes one line in
`Source.problem`; nothing here raises for bad content, and a file that cannot be parsed has an empty tree.
"""

from __future__ import annotations

import ast
import errno
import gc
import io
import os
import stat
import tokenize
import warnings
from bisect import bisect_right
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from .notebook import Notebook


LANGUAGES = {".py": "python", ".pyw": "python", ".sh": "shell", ".bash": "shell", ".ipynb": "notebook"}
PARSE_LIMIT = 4 << 20  # characters; a syntax tree takes about a hundred times its text
TREES_KEPT = 32
UNPARSED = "does not parse"
PYTHON_2 = ("Missing parentheses in call to", "multiple exception types must be", "leading zeros in decimal integer")

Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True)
class Source:
    """One script: its text (a notebook's code cells joined), and on demand its syntax tree."""

    path: Path
    language: str
    text: str
    damage: str = ""
    notebook: Notebook | None = field(default=None, repr=False)

    @property
    def tree(self) -> ast.Module:
        """The syntax tree; empty where nothing could be parsed."""
        return self._parsed[0]

    @property
    def broken(self) -> str:
        """Why some of the code is not in the tree, so that nothing can be concluded from its absence; else `""`."""
        return self._parsed[1]

    @property
    def problem(self) -> str:
        """What is wrong with the file, in one line; `""` when nothing is."""
        if self.damage or self.broken:
            return self.damage or self.broken
        if self.notebook and not self.notebook.cells:
            return "notebook without code cells"
        return "" if self.text.strip() or self.notebook or self.path.name == "__init__.py" else "empty file"

    @cached_property
    def _parsed(self) -> tuple[ast.Module, str]:
        if self.language == "shell":
            return _nothing(), ""
        if self.notebook:
            return (_nothing(), self.notebook.broken) if self.notebook.broken else _parse_cells(self.notebook)
        if "\0" in self.text:
            return _nothing(), self.damage
        if len(self.text) > PARSE_LIMIT:
            return _nothing(), f"larger than {PARSE_LIMIT >> 20} MiB: not parsed"
        return parse(self.text)

    @cached_property
    def lines(self) -> list[str]:
        """The text by lines, without line ends."""
        return self.text.split("\n")

    @cached_property
    def _by_type(self) -> dict[type[ast.AST], list[ast.AST]]:
        index: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        stack: list[ast.AST] = [self.tree]
        with collector_paused():
            while stack:  # ast.walk takes three times as long
                node = stack.pop()
                index[type(node)].append(node)
                for name in reversed(node._fields):
                    child = getattr(node, name, None)
                    if isinstance(child, ast.AST):
                        stack.append(child)
                    elif isinstance(child, list):
                        stack.extend(part for part in reversed(child) if isinstance(part, ast.AST))
        return index

    def nodes(self, kind: type[Node]) -> list[Node]:
        """Every node of exactly this type, in the order of the text. One walk serves all kinds."""
        return cast("list[Node]", self._by_type.get(kind, []))

    @cached_property
    def _holders(self) -> dict[int, dict[int, ast.AST]]:
        return {}  # by statement of the top level, filled when one is asked about: most never are

    def holder(self, node: ast.AST) -> ast.AST | None:
        """The node that a node of the tree is a part of; None for the tree itself."""
        line: int = getattr(node, "lineno", 0) or getattr(getattr(node, "target", None), "lineno", 0)
        place = bisect_right(self._starts, line) - 1
        if place < 0:
            return None
        if place not in self._holders:
            top = self.tree.body[place]
            parts = ((id(child), held) for held in ast.walk(top) for child in ast.iter_child_nodes(held))
            self._holders[place] = {id(top): self.tree, **dict(parts)}
        return self._holders[place].get(id(node))

    @cached_property
    def _starts(self) -> list[int]:
        return [min([one.lineno, *(d.lineno for d in getattr(one, "decorator_list", ()))]) for one in self.tree.body]

    @cached_property
    def _strings(self) -> dict[str, str]:
        """Names that are assigned once in the whole text, and that is a literal string."""
        times = Counter(name.id for name in self.nodes(ast.Name) if isinstance(name.ctx, ast.Store))
        return {
            assign.targets[0].id: assign.value.value
            for assign in self.nodes(ast.Assign)
            if isinstance(assign.targets[0], ast.Name) and times[assign.targets[0].id] == 1
            if isinstance(assign.value, ast.Constant) and isinstance(assign.value.value, str)
        }

    def certain_text(self, node: ast.AST | None) -> str | None:
        """The string that an expression certainly is: a literal, a name that only one literal is assigned to, or these
        put together; else None."""
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Name(id=name):
                return self._strings.get(name)
            case ast.FormattedValue(value=value, format_spec=None):
                return self.certain_text(value)
            case ast.JoinedStr(values=parts):
                texts = [self.certain_text(part) for part in parts]
                return None if None in texts else "".join(text or "" for text in texts)
        return None

    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method at any depth."""
        return [*self.nodes(ast.FunctionDef), *self.nodes(ast.AsyncFunctionDef)]

    def place(self, line: int) -> tuple[int, str | None]:
        """The line as a reader finds it: in a notebook the line within `cell N`, else the line of the file."""
        return self.notebook.place(line) if self.notebook else (line, None)

    def number(self, line: int, cell: str | None) -> int:
        """The line of `text` that `place` gave as (line, cell)."""
        return self.notebook.number(line, cell) if self.notebook and cell else line

    def commands(self) -> list[tuple[int, str]]:
        """Shell commands with their lines: all lines of a shell script, the `!` and `%run` lines of a notebook."""
        if self.notebook:
            return list(self.notebook.commands)
        if self.language == "shell":
            return list(enumerate(self.lines, 1))
        return []


def has_main_guard(source: Source) -> bool:
    """True when the module runs something under `if __name__ == "__main__"`."""
    return any(
        isinstance(node, ast.If)
        and any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test))
        for node in source.tree.body
    )


def called(node: ast.AST) -> str:
    """The last name of what a call calls (`parser.add_argument` gives `add_argument`), or ``""``."""
    function = node.func if isinstance(node, ast.Call) else node
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value passed for this keyword, or None."""
    return next((item.value for item in call.keywords if item.arg == name), None)


class SourceTree:
    """Reads each script once: a bounded cache of parsed sources that observers and rules share.

    Each draft stands for what lies at its path, or does not lie there yet.
    """

    def __init__(self, *drafts: Source) -> None:
        self.drafts = {draft.path: draft for draft in drafts}
        self._kept: OrderedDict[Path, Source] = OrderedDict()

    def read(self, path: Path, content: bytes | None = None) -> Source:
        """The source at this path, or of these bytes when the caller has read (and hashed) them already."""
        if path in self.drafts:
            return self.drafts[path]
        if content is None and path in self._kept:
            self._kept.move_to_end(path)
            return self._kept[path]
        source = read_source(path, content)
        self._kept[path] = source
        if len(self._kept) > TREES_KEPT:
            self._kept.popitem(last=False)
        return source

    def forget(self) -> None:
        """Drop every source that nobody else holds."""
        self._kept.clear()


def read_source(path: Path, content: bytes | None = None) -> Source:
    """Decode one script. Raises OSError when it cannot be read, nothing for what is in it."""
    content = read_regular(path) if content is None else content
    language = LANGUAGES.get(path.suffix.lower()) or _language_of_shebang(content)
    text, damage = decode(content)
    if language != "notebook" or not text.strip():
        return Source(path, language, text, damage)
    from .notebook import read_notebook  # its patterns cost more than most scripts

    notebook = read_notebook(text)
    return Source(path, language, notebook.code, damage, notebook)


def read_regular(path: Path) -> bytes:
    """The bytes of a regular file. Raises OSError for anything else, which may have no end or never begin."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # a pipe that nobody writes to opens at once
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        return file.read()


def decode(content: bytes) -> tuple[str, str]:
    """Text with `\\n` line ends, and what is wrong with the bytes; honours a BOM and a PEP 263 coding line."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _unix(content.decode("utf-16", "replace")), "UTF-16, not UTF-8: Python cannot run it"
    if (nul := content.find(b"\0")) >= 0:
        return _unix(content.decode("latin-1")), f"has NUL bytes (first at byte {nul}): not text"
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return _unix(content.decode(encoding)), ""
    except (SyntaxError, LookupError, UnicodeDecodeError):
        return _unix(content.decode("cp1252", "replace")), _not_utf8(content)


def parse(text: str) -> tuple[ast.Module, str]:
    """The syntax tree, or an empty one and why."""
    try:
        with collector_paused(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in other people's strings are not our news
            return ast.parse(text), ""
    except SyntaxError as error:
        version = ", as in Python 2" if error.msg.startswith(PYTHON_2) else ""
        return _nothing(), f"{UNPARSED}: line {error.lineno}: {error.msg}{version}"
    except (RecursionError, MemoryError):
        return _nothing(), "nested too deeply to parse"


@contextmanager
def collector_paused() -> Iterator[None]:
    """No garbage collection inside: a syntax tree is ten thousands of objects and no garbage, and looking through them
    for some takes longer than parsing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _parse_cells(notebook: Notebook) -> tuple[ast.Module, str]:
    """One tree of all cells that parse; the first that does not is named."""
    module, problem = _nothing(), ""
    for start, number, code in notebook.cells:
        tree, broken = parse(code)
        problem = problem or (broken and f"cell {number} {broken}")
        for statement in tree.body:
            ast.increment_lineno(statement, start - 1)
        module.body.extend(tree.body)
    return module, problem


def _not_utf8(content: bytes) -> str:
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return f"not UTF-8 (byte 0x{content[error.start]:02x} at offset {error.start}); read as CP1252"
    return "names an encoding that it is not in; read as CP1252"


def _language_of_shebang(content: bytes) -> str:
    first = content[:200].split(b"\n", 1)[0]
    return "shell" if first.startswith(b"#!") and b"python" not in first else "python"


def _unix(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _nothing() -> ast.Module:
    return ast.Module(body=[], type_ignores=[])
