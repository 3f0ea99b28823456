"""A Jupyter notebook as Python: code cells joined, magics set aside, so that one reader serves scripts and notebooks.

Reads format 3 and 4 without nbformat (whose validation costs a schema engine that reading source does not need).
Outputs are never read. Cells count from 1 over all cells, as editors show them.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from dataclasses import dataclass
from typing import Any

MAGIC = re.compile(r"^(\s*)(?:[%!?].*|[\w.][\w.,\[\]'\" ]*=\s*[!%].*|[\w.*\[\]()]+\?{1,2}\s*)$")
CALLED = re.compile(r"^(\s*)([/,;])\s*([\w.]+)[ \t]*(.*)$")  # `/f 1, 2`, `,f a b` and `;f a b` are calls of f
AUTOCALL = re.compile(r"^(\s*)()([A-Za-z_][\w.]*)[ \t]+(.+)$")  # where %autocall is on, `f 1, 2` is one too
IS_AUTOCALL_ON = re.compile(r"^\s*%autocall\s+([012])", re.M)
BARE = frozenset(
    (
        *(
            "cat",
            "cd",
            "conda",
            "config",
            "cp",
            "env",
            "git",
            "ldir",
            "ll",
            "load_ext",
            "ls",
            "mamba",
            "man",
            "matplotlib",
        ),
        *("mkdir", "more", "mv", "pip", "popd", "pushd", "pylab", "pwd", "reload_ext", "rm", "rmdir", "run", "time"),
        *("timeit", "uv", "who", "whos", "writefile"),
    )
)  # magics that need no percent sign
TIMED = re.compile(r"^(\s*)%(?:time|timeit)\s+(?!-)(.+)$")
COMMAND = re.compile(r"^\s*(?:[\w.][\w.,\[\]'\" ]*=\s*)?(?:!!?|%run\s|%sx\s|%system\s)\s*(.*)$")
CELL_MAGIC = re.compile(r"^\s*%%(\w+)")
PYTHON_CELLS = {"time", "timeit", "capture", "prun", "python", "python3", "pypy"}
SHELL_CELLS = {"bash", "sh", "script", "system", "sx", "cmd"}
OTHER_CELLS = {"html", "HTML", "javascript", "js", "latex", "markdown", "svg", "SVG", "sql", "R", "perl", "ruby"} | {
    "writefile", "file", "cython", "julia", "bigquery", "mermaid",
}  # fmt: skip
TOKEN = re.compile(
    r"""'''|\"\"\"|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|\#.*|[(\[{]|[)\]}]""", re.X
)  # what opens and closes: strings, comments, brackets


@dataclass(frozen=True)
class _Open:
    """What a line of Python leaves open: brackets, a string in these quotes, a statement that goes on."""

    brackets: str = ""
    quotes: str = ""
    continues: bool = False


@dataclass(frozen=True)
class Notebook:
    """Code cells as (first line in `code`, cell number, text), the first Markdown text, and shell lines."""

    code: str = ""
    title: str = ""
    cells: tuple[tuple[int, int, str], ...] = ()
    commands: tuple[tuple[int, str], ...] = ()
    broken: str = ""

    def place(self, line: int) -> tuple[int, str | None]:
        """A line of `code` as (line within its cell, "cell N")."""
        start, number, _ = next(cell for cell in reversed(self.cells) if cell[0] <= line)
        return line - start + 1, f"cell {number}"

    def number(self, line: int, cell: str) -> int:
        """The line of `code` that `place` gave as (line, cell)."""
        return next(start for start, number, _ in self.cells if cell == f"cell {number}") + line - 1


def read_notebook(text: str) -> Notebook:
    """The notebook in this JSON text; `broken` says so when it is not one."""
    try:
        document = json.loads(text)
        found = document["cells"] if "cells" in document else document["worksheets"][0]["cells"]
        sources = [(str(cell["cell_type"]), _source(cell)) for cell in found]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        return Notebook(broken=f"broken notebook ({type(error).__name__}: {str(error)[:80]})")
    cells: list[tuple[int, int, str]] = []
    commands: list[tuple[int, str]] = []
    line, autocall = 1, False
    for number, (kind, source) in enumerate(sources, 1):
        if kind != "code":
            continue
        code, shell = _python_of(source.split("\n"), autocall)
        if switched := IS_AUTOCALL_ON.findall(source):
            autocall = switched[-1] != "0"
        commands += [(line + offset, command) for offset, command in shell]
        cells.append((line, number, "\n".join(code)))
        line += len(code)
    title = next((source for kind, source in sources if kind == "markdown" and source.strip()), "")
    return Notebook("\n".join(code for _, _, code in cells), title, tuple(cells), tuple(commands))


def with_cell(text: str, source: str) -> str:
    """The JSON text of a notebook, or of none yet, with one more code cell; as it was where it is none."""
    try:
        document = json.loads(text) if text.strip() else {"cells": []}
        cells = [*document["cells"], {"cell_type": "code", "source": source}]
        return json.dumps({**document, "cells": cells})
    except (ValueError, KeyError, TypeError, RecursionError):
        return text


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))
    return ("".join(source) if isinstance(source, list) else str(source)).replace("\r\n", "\n")


def _python_of(lines: list[str], autocall: bool) -> tuple[list[str], list[tuple[int, str]]]:
    """A cell as Python with the same number of lines, and the shell commands in it as (offset, text).

    A cell in another language becomes blank lines. One whose magic nobody here knows is Python if it reads as Python.
    """
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    magic = CELL_MAGIC.match(lines[first]) if first < len(lines) else None
    if magic is None:
        return ([*lines], []) if _parses(lines) else _without_magics(lines, autocall)
    body = lines[first + 1 :]
    blank = [""] * (first + 1)
    if magic[1] in SHELL_CELLS:
        return [""] * len(lines), [(first + 1 + offset, row) for offset, row in enumerate(body)]
    code, shell = _python_of(body, autocall)
    if magic[1] in PYTHON_CELLS or (magic[1] not in OTHER_CELLS and _parses(code)):
        return [*blank, *code], [(first + 1 + offset, command) for offset, command in shell]
    return [""] * len(lines), []


def _parses(lines: list[str]) -> bool:
    """Whether this is plain Python; warnings about it are nobody's concern."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _as_ipython(row: str, autocall: bool) -> str | None:
    """A line that IPython makes Python of, as the call that it is, or as a magic with its percent sign.

    None where it is neither. Only a line that is no Python by itself can be one of these.
    """
    called = CALLED.match(row) or (AUTOCALL.match(row) if autocall else None)
    indent, word = row[: len(row) - len(row.lstrip())], row.split(None, 1)[0] if row.strip() else ""
    if _parses([row.strip()]):
        return None
    if word in BARE:
        return f"{indent}%{row.lstrip()}"
    if called is None:
        return None
    _, sign, name, rest = called.groups()
    each = {",": ", ".join(map(repr, rest.split())), ";": repr(rest)}.get(sign, rest)
    call = f"{name}({each})"
    return f"{indent}{call}" if _parses([call]) else f"{indent}pass" if sign else None


def _without_magics(lines: list[str], autocall: bool) -> tuple[list[str], list[tuple[int, str]]]:
    """Magics and shell commands set aside with the lines that they go on over, calls without brackets given theirs; not
    what stands in a string or goes on a statement, where a line may begin with a percent sign."""
    code: list[str] = []
    commands: list[tuple[int, str]] = []
    left = _Open()
    while len(code) < len(lines):
        start = len(code)
        row = lines[start]
        if left == _Open():
            row = _as_ipython(row, autocall) or row
        if left != _Open() or not (match := MAGIC.match(row)):
            left = _after(row, left)
            code.append(row)
            continue
        end = start + 1
        while lines[end - 1].endswith("\\") and end < len(lines):
            end += 1
        whole = " ".join(line.removesuffix("\\").strip() for line in lines[start:end])
        if command := COMMAND.match(whole):
            commands.append((start, command[1]))
        timed = TIMED.match(row) if end == start + 1 else None
        code.append(f"{timed[1]}{timed[2]}" if timed and _parses([timed[2]]) else f"{match[1]}pass")
        code += [""] * (end - start - 1)
    return code, commands


def _after(row: str, left: _Open) -> _Open:
    """What is open at the end of a line, where this was open at its beginning."""
    brackets, quotes, position = left.brackets, left.quotes, 0
    while True:
        if quotes:
            end = row.find(quotes, position)
            if end < 0:
                return _Open(brackets, quotes)
            position, quotes = end + len(quotes), ""
        token = TOKEN.search(row, position)
        if token is None:
            return _Open(brackets, continues=row.endswith("\\"))
        position = token.end()
        if token[0] in ("'''", '"""'):
            quotes = token[0]
        elif token[0] in "([{":
            brackets += token[0]
        elif token[0] in ")]}":
            brackets = brackets[:-1]
        elif token[0].startswith("#"):
            return _Open(brackets)
