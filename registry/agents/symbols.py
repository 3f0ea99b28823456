"""Functions and classes of a script as its file is now: where each begins, and how it is called."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..observe.script.source import Source, read_source

MOST_READ = 1 << 20  # bytes
MOST_TOLD = 90  # letters of a signature with its types
OWN = re.compile(r"^(?:self|cls)(?:, |$)")
PLACE = re.compile(r"^(?:(?:function|class) )?(?P<symbol>[^\W\d][\w.]*), line (?P<line>\d+)$")
LINE = re.compile(r", line (\d+)$")
Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Symbol:
    """A function, method (`Class.method`) or class: where it begins, how it is called, what it says of itself."""

    name: str
    line: int
    signature: str
    doc: str


def source_of(path: Path) -> Source | None:
    """What lies at a path now, where it is a file that can be read and is not too large."""
    try:
        status = path.stat()
        return _read(path, status.st_size, status.st_mtime_ns) if status.st_size <= MOST_READ else None
    except (OSError, ValueError):  # also what no name of a file can be
        return None


@lru_cache(maxsize=512)
def _read(path: Path, _size: int, _written: int) -> Source:
    """A file as it is, each state of it once: a server is asked about the same files again and again."""
    return read_source(path)


def symbols(source: Source | None) -> list[Symbol]:
    """Every function, method and class of a script that is not inside a function, in the order of the file."""
    return list(_symbols(source.tree.body, "")) if source else []


def place_of(where: str) -> tuple[str, int | None]:
    """The symbol and the line that a place in words names (`function load_base, line 43`); or neither."""
    if found := PLACE.match(where):
        return found["symbol"], int(found["line"])
    line = LINE.search(where)
    return "", int(line[1]) if line else None


def _symbols(body: list[ast.stmt], prefix: str) -> Iterator[Symbol]:
    for node in body:
        if isinstance(node, Defined):
            doc = (ast.get_docstring(node) or "").strip()
            yield Symbol(prefix + node.name, node.lineno, _told(_signature(node)), doc.partition("\n")[0])
            if isinstance(node, ast.ClassDef):
                yield from _symbols(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try):
            yield from _symbols([*node.body, *node.orelse], prefix)


def _told(signature: str) -> str:
    """A signature without the secret that a default holds."""
    from ..disclosure import masked  # only here: its patterns cost more than the question

    return masked(signature) if "'" in signature or '"' in signature else signature


def _signature(node: Defined) -> str:
    """`(name, four_bit=False) -> Model`; of a class, that of its `__init__`, or what it inherits from."""
    if isinstance(node, ast.ClassDef):
        made = next((one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None)
        return _signature(made) if made else f"({', '.join(map(ast.unparse, node.bases))})"
    told = f"({OWN.sub('', ast.unparse(node.args))})" + (f" -> {ast.unparse(node.returns)}" if node.returns else "")
    return told if len(told) <= MOST_TOLD else f"({OWN.sub('', _names(node.args))})"


def _names(arguments: ast.arguments) -> str:
    """The arguments without their types and defaults; `=…` where one has a default."""
    plain = [*arguments.posonlyargs, *arguments.args]
    needed = len(plain) - len(arguments.defaults)
    told = [one.arg + "=…" * (place >= needed) for place, one in enumerate(plain)]
    told += [f"*{arguments.vararg.arg}"] if arguments.vararg else ["*"] if arguments.kwonlyargs else []
    told += [
        one.arg + "=…" * (value is not None)
        for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    return ", ".join([*told, *([f"**{arguments.kwarg.arg}"] if arguments.kwarg else [])])
