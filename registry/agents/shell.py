"""What a command line runs, command by command: its words, in which folder, with which variables.

Reads what agents write and no more of the shell: quotes, lists, pipes, subshells, `cd`, assignments, `bash -c`, and
text that a shell is given to run. What other programs are given as text is no command. A folder that cannot be known
is the one before it; a variable that is not known stays as it is written.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..runs.command import SHELLS, WRAPPERS

PART = r"""(?:[^\s;&|<>'"\\()`]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")"""
TOKEN = re.compile(
    rf"(?P<dropped>(?<!\S)\#[^\n]*|\d*&?>{{1,2}}[&|]?[ \t]*{PART}*|\d*<{{2,3}}[ \t]*{PART}*)"
    rf"|0?<(?![(&>])[ \t]*(?P<read>{PART}+)"
    rf"|(?P<end>[;&|\n`]+|\$?\(|\))|{PART}+|(?P<open>['\"][^\n]*)",
    re.DOTALL,
)
HEREDOC = re.compile(r"^([^\n]*?)<<-?[ \t]*(['\"]?)(\w+)\2([^\n]*)\n(.*?)^[ \t]*\3[ \t]*$", re.DOTALL | re.MULTILINE)
VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
SHELL_COMMAND = re.compile(r"-[a-z]*c")
BEFORE = frozenset(
    ("!", "{", "if", "then", "else", "elif", "do", "while", "until", "exec", "command", "time", "export")
)
MOST_INSIDE = 5  # shells that are started by shells


@dataclass(frozen=True)
class Command:
    """The words of one command, the files that it is given to read, the folder in which it runs, and the variables that
    the line sets before it."""

    words: tuple[str, ...]
    reads: tuple[str, ...]
    folder: Path
    variables: Mapping[str, str]


def commands(line: str, folder: Path, inside: int = 0) -> Iterator[Command]:
    """The commands of a line that is run in this folder; none of one whose quote stays open."""
    line = HEREDOC.sub(_given_text, line.replace("\\\n", " ")).replace("$(pwd)", "$PWD")
    variables: dict[str, str] = {}
    above: list[Path] = []
    for words, reads, end in _words(line, variables, folder):
        set_here = dict(variables)
        while words and (words[0] in BEFORE or ASSIGNMENT.fullmatch(words[0])):
            if is_set := ASSIGNMENT.fullmatch(words.pop(0)):
                set_here[is_set[1]] = is_set[2]
        variables.update(set_here if not words else {})
        if words and words[0] in ("cd", "pushd"):
            place = os.path.expandvars(os.path.expanduser("".join(words[1:])))  # noqa: PTH111 (never fails)
            folder = folder if "$" in place or not place else folder / place
            variables["PWD"] = str(folder)
        elif (inner := _inner(words)) and inside < MOST_INSIDE:
            yield from commands(inner, folder, inside + 1)
        elif words:
            yield Command(tuple(words), tuple(reads), folder, set_here)
        if end.endswith("("):
            above.append(folder)
        elif end == ")" and above:
            folder = above.pop()
            variables["PWD"] = str(folder)


def _words(line: str, variables: dict[str, str], folder: Path) -> Iterator[tuple[list[str], list[str], str]]:
    """The words of each command, what it reads by `<`, and what ends it; without comments, and what `>` writes."""
    variables["PWD"] = str(folder)
    words, reads = list[str](), list[str]()
    is_open = False
    for token in (*TOKEN.finditer(line), None):
        if token is None or token["end"]:
            yield [] if is_open else words, reads, token["end"] if token else ""
            words, reads, is_open = [], [], False
        elif token["open"]:
            is_open = True
        elif token["read"]:
            reads += shlex.split(_filled(token["read"], variables))
        elif not token["dropped"]:
            words += shlex.split(_filled(token[0], variables))


def _filled(text: str, variables: Mapping[str, str]) -> str:
    """A word with the values of the variables that are known; what stands in single quotes stays as it is."""
    if "$" not in text or text.startswith("'"):
        return text

    def value(found: re.Match[str]) -> str:
        known = variables.get(found[1] or found[2])
        return found[0] if known is None else known if '"' in text else shlex.quote(known)

    return VARIABLE.sub(value, text)


def _given_text(found: re.Match[str]) -> str:
    """A command without the text that it is given; that of a shell is what is run."""
    program = found[1].split()[-1:] or [""]
    is_shell = Path(program[0]).name in SHELLS or (len(found[1].split()) > 1 and found[1].split()[-2] in SHELLS)
    return f"{found[1]}{found[4]}\n{found[5] if is_shell else ''}"


def _inner(words: Sequence[str]) -> str:
    """The command line that a shell is given as one word, or `eval` as its words."""
    if words[:1] == ["eval"]:
        return " ".join(words[1:])
    if not words or Path(words[0]).name not in SHELLS | WRAPPERS | {"sudo"}:
        return ""
    for n, word in enumerate(words[1:-1], 1):
        if SHELL_COMMAND.fullmatch(word) and any(Path(one).name in SHELLS for one in words[:n]):
            return words[n + 1]
    return ""
