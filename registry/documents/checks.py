"""What a document says of files, lines, options, defaults, imports, functions, counts and outputs, held against them.

Only what the files themselves contradict is called false: a path that ends nowhere in the project, a line behind the
end, an option that the parser does not know, a name that a module's text does not hold. Examples, placeholders, what is
still to be made and what other places may bring in are left alone.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from .comparing import knows, normal, plain, same
from .files import named
from .markdown import FENCE, Block
from .patterns import (
    COUNTED,
    DEFAULT,
    FLAG,
    FUNCTION_IN,
    IMPORT,
    LINK,
    OUTSIDE,
    PAGES,
    PLACEHOLDER,
    RUN,
    SPAN,
    SUPPOSED,
    SUPPOSED_NAME,
    WRITES,
)
from .project import CODE, Sources


@dataclass(frozen=True)
class Contradicted:
    """A line of a document that is not so: what it claims, and what is so."""

    file: str
    line: int
    kind: str
    claim: str
    fact: str

    def as_dict(self) -> dict[str, Any]:
        """The claim as JSON-ready values."""
        return asdict(self)

    def text(self) -> str:
        """The claim in a line."""
        return f"{self.file}:{self.line}: {self.claim}; {self.fact}"


def contradicted(sources: Sources, document: str, blocks: Sequence[Block]) -> Iterator[Contradicted]:
    """Every claim of a document that the files of the project contradict, each once, by line."""
    reader = _Checks(sources, document)
    seen: set[tuple[str, str]] = set()
    for block in blocks:
        for one in reader.of(block):
            if (one.kind, one.claim) not in seen:
                seen.add((one.kind, one.claim))
                yield one


class _Checks:
    def __init__(self, sources: Sources, document: str) -> None:
        self.sources, self.document = sources, document
        self.beside = document.rpartition("/")[0]

    def of(self, block: Block) -> Iterator[Contradicted]:
        if block.kind == FENCE:
            if block.info in ("", "bash", "sh", "shell", "console", "zsh", "shell-session"):
                yield from self._commands(block)
            if block.info in ("python", "py", "python3", "pycon"):
                yield from self._imports(block)
            return
        for offset, line in enumerate(block.text.split("\n")):
            at = block.line + offset
            yield from self._links(line, at)
            yield from self._spans(line, at, block.text)
            yield from self._defaults(line, at)
            yield from self._functions(line, at)
            yield from self._counts(line, at)
            yield from self._writes(line, at)

    def _false(self, line: int, kind: str, claim: str, fact: str) -> Contradicted:
        return Contradicted(self.document, line, kind, claim, fact)

    def _links(self, text: str, line: int) -> Iterator[Contradicted]:
        for found in LINK.finditer(text):
            target = unquote(found[1].partition("#")[0].partition("?")[0])
            if not target or ":" in target or target.startswith(("/", "//", "<")) or PLACEHOLDER.search(target):
                continue
            if "." not in target.rpartition("/")[2] and "/" not in target.rstrip("/"):
                continue
            path = normal(self.beside, target)
            if path is not None and not any(self.sources.has(f"{path}{suffix}", "") for suffix in PAGES):
                yield self._false(line, "path", f"links to {target}", "there is no such file")

    def _spans(self, text: str, line: int, block: str) -> Iterator[Contradicted]:
        for found in SPAN.finditer(text):
            span = found[1].strip()
            if RUN.match(span):
                yield from self._command(span, line, "")
                continue
            for one in named(span):
                yield from self._named(one.name, one.line, text, span, line)
        for one in named(SPAN.sub("", LINK.sub("", text))):
            if one.line:
                yield from self._named(one.name, one.line, text, "", line)

    def _named(self, name: str, at: int, text: str, span: str, line: int) -> Iterator[Contradicted]:
        if at:
            yield from self._at_line(name, at, text, line)
        elif " " not in span and self._is_ours(name) and not (SUPPOSED.search(text) or PLACEHOLDER.search(name)):
            yield self._false(line, "path", f"names {name}", "there is no such file")

    def _at_line(self, name: str, at: int, text: str, line: int) -> Iterator[Contradicted]:
        path = self.sources.script(name, self.beside)
        if path is None:
            return
        count = len(self.sources.text(path).splitlines())
        if at > count:
            yield self._false(line, "line", f"{name}:{at}", f"{path} has {count} lines")
            return
        called = [one for one in re.findall(r"`(\w+)(?:\(\))?`", text) if self.sources.spans(path, one)]
        if len(called) == 1:
            spans = self.sources.spans(path, called[0])
            if not any(first <= at <= last for first, last in spans):
                where = ", ".join(str(first) for first, _ in spans)
                yield self._false(line, "line", f"{called[0]} at {name}:{at}", f"it begins at line {where}")

    def _is_ours(self, name: str) -> bool:
        """Whether a name that is nowhere would be code or a document in a folder of this project."""
        first = name.partition("/")[0]
        folders = {first, f"{self.beside}/{first}" if self.beside else first}
        is_kind = name.endswith((*CODE, ".md"))
        return (
            "/" in name and is_kind and bool(folders & self.sources.folders) and not self.sources.has(name, self.beside)
        )

    def _commands(self, block: Block) -> Iterator[Contradicted]:
        moved = False
        lines = block.text.split("\n")
        number = 0
        while number < len(lines):
            start, text = number, lines[number]
            while text.rstrip().endswith("\\") and number + 1 < len(lines):
                number += 1
                text = text.rstrip()[:-1] + " " + lines[number]
            number += 1
            moved = moved or bool(OUTSIDE.match(text))
            if RUN.match(text):
                yield from self._command(text, block.line + start, "moved" if moved else "")

    def _command(self, text: str, line: int, moved: str) -> Iterator[Contradicted]:
        try:
            words = shlex.split(text, comments=True)
        except ValueError:
            return
        place = next(
            (at for at, word in enumerate(words) if word.endswith((".py", ".sh")) and not word.startswith("-")), None
        )
        if place is None or "-m" in words[:place] or "-c" in words[:place]:
            return
        name = words[place].removeprefix("./")
        if name.startswith(("/", "~", "..")) or PLACEHOLDER.search(name):
            return
        path = self.sources.script(name, self.beside)
        if path is None:
            if not moved and self._is_ours(name):
                yield self._false(line, "path", f"runs {name}", "there is no such file")
            return
        options = self.sources.options(path)
        if options is None:
            return
        flags = {flag for option in options for flag in option.flags}
        for word in words[place + 1 :]:
            if word in ("|", "&&", ";", ">", "2>&1", "&"):
                break
            if (flag := FLAG.match(word)) and not knows(flags, flag[0]):
                yield self._false(line, "option", f"{name} {flag[0]}", f"{path} has no such option")

    def _defaults(self, text: str, line: int) -> Iterator[Contradicted]:
        for found in DEFAULT.finditer(text):
            flag, said = found[1], found[2].rstrip(".")
            declared = self.sources.defaults.get(flag, [])
            here = [path for one in named(text) if (path := self.sources.script(one.name, self.beside))]
            declared = [one for one in declared if one[0] in here] or declared
            known = [plain(option) for _, option in declared]
            if (
                declared
                and all(value is not None for value in known)
                and not any(same(said, str(value)) for value in known)
            ):
                path, option = declared[0]
                yield self._false(
                    line, "default", f"{flag} is {said} by default", f"it is {known[0]} ({path}:{option.line})"
                )

    def _imports(self, block: Block) -> Iterator[Contradicted]:
        for found in IMPORT.finditer(block.text):
            line = block.line + block.text[: found.start()].count("\n") + (found[0][0] == "\n")
            module = self.sources.module(found[1])
            if module is None or SUPPOSED_NAME.search(found[1]):
                continue
            if not module:
                parent = self.sources.module(found[1].rpartition(".")[0] or found[1])
                if parent and not self.sources.has(found[1].replace(".", "/"), ""):
                    yield self._false(line, "import", f"imports {found[1]}", "the project has no such module")
                continue
            for name in re.findall(r"(\w+)(?:\s+as\s+\w+)?", found[2] or found[3]):
                if self.sources.lacks(module, name) and name != "as":
                    yield self._false(line, "import", f"imports {name} from {found[1]}", f"{module} has no such name")

    def _functions(self, text: str, line: int) -> Iterator[Contradicted]:
        for found in FUNCTION_IN.finditer(text):
            path = self.sources.script(found[2], self.beside)
            if path and self.sources.lacks(path, found[1]) and not SUPPOSED.search(text):
                yield self._false(line, "function", f"{found[1]} in {found[2]}", f"{path} has no such name")

    def _counts(self, text: str, line: int) -> Iterator[Contradicted]:
        for found in COUNTED.finditer(text):
            said, what, where = int(found[1]), found[2], found[3].strip("/")
            if re.search(
                r"\b(?:over|about|around|more than|at least|first|last|least|up to|~)\W*$", text[: found.start()], re.I
            ):
                continue
            counts = self._counted(what, where)
            if counts and said not in counts:
                told = " or ".join(map(str, sorted(counts)))
                yield self._false(line, "count", f"{said} {what} in {where}", f"there are {told}")

    def _counted(self, what: str, where: str) -> set[int]:
        """The numbers that a count may mean; none where nothing can be counted."""
        folder = normal(self.beside, where) if self.beside else where
        if what in ("rows", "lines"):
            path = self.sources.script(where, self.beside)
            if (
                path is None
                or not path.endswith((".jsonl", *CODE, ".txt"))
                or (what == "rows" and not path.endswith(".jsonl"))
            ):
                return set()
            return {len(self.sources.text(path).splitlines())}
        folder = next((one for one in (where, folder) if one in self.sources.folders), None)
        if folder is None:
            return set()
        inside = [path for path in self.sources.paths if path.startswith(f"{folder}/")]
        direct = [path for path in inside if "/" not in path[len(folder) + 1 :]]
        found: set[int] = set()
        for some in (inside, direct):
            code = [path for path in some if path.endswith(CODE)]
            python = [path for path in some if path.endswith(".py")]
            found |= {len(code), len(python), len([one for one in python if not one.endswith("__init__.py")])}
            found |= {len(some)} if what not in ("scripts", "modules") else set()
            if what.startswith("test"):
                found.add(len([one for one in python if "test" in one.rpartition("/")[2]]))
        if what.startswith("test"):
            texts = [self.sources.text(path) for path in inside if path.endswith(".py")]
            found.add(sum(len(re.findall(r"^\s*(?:async )?def test_", one, re.M)) for one in texts))
        return found

    def _writes(self, text: str, line: int) -> Iterator[Contradicted]:
        scripts = [one for one in named(text) if one.name.endswith(".py")]
        if len(scripts) != 1 or SUPPOSED.search(re.sub(r"\b(?:saved?|output|written|creates?d?)\b", "", text)):
            return
        path = self.sources.script(scripts[0].name, self.beside)
        if path is None or self.sources.source(path) is None:
            return
        code = self.sources.text(path)
        for found in WRITES.finditer(text[scripts[0].end :]):
            stem = PurePosixPath(found[1]).name
            kind = PurePosixPath(found[1]).suffix
            others = sorted(set(re.findall(rf"[\"']([\w./-]+\{kind})[\"']", code)))
            if stem not in code and others and not PLACEHOLDER.search(found[1]):
                yield self._false(
                    line, "output", f"{scripts[0].name} writes {found[1]}", f"its text names {', '.join(others[:3])}"
                )
