"""What a script is: purpose, definitions, options, imports, paths and the fields it writes, read without running it.

Evidence for search, audit and investigation. Refuses to guess from names: what the text does not say stays empty, and
what is wrong with the file is one line in `problem`.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...disclosure import masked
from ..hub import HubName
from .clones import Shape, shapes
from .fields import FieldName, read_fields
from .names import read_names
from .options import Option, read_options
from .paths import PathConstant, read_paths
from .source import Source, called, has_main_guard, keyword, read_source
from .texts import Text, read_texts
from .uses import Use, read_uses
from .vocabulary import read_vocabulary

BOILERPLATE = re.compile(
    r"copyright|licen[cs]ed? |spdx|all rights reserved|^\W*$|^-\*-|vim:|coding[:=]"
    r"|^(?:shellcheck|pylint|ruff|type:|noqa|SBATCH |PBS |BSUB |\$ -)",
    re.I,
)
FENCE = re.compile(r"^[ \t]*```.*?^[ \t]*```[^\n]*$", re.M | re.S)
COMMAND = re.compile(  # how it is called, over as many lines as end in a backslash
    r"^[ \t]*(?:\$ )?(?:[A-Z_]+=\S+ )*(?:python[\d.]* \S+\.py|accelerate launch |torchrun |deepspeed )(?:.*\\\n)*.*$",
    re.M,
)
INLINE_METADATA = re.compile(r"^# /// \w+\n(?:#.*\n)*?# ///\n?", re.M)
RULER = re.compile(r"[#*=~^\"'`+_-]{3,}")
DECORATION = re.compile(  # what makes a line a heading or a list and is none of its words
    r"^(?:#+|[*=~_-]{2,}|[*+-])\s+|\s+(?:#+|[*=~_-]{2,})$|^[#*=~^\"'`+_-]{3,}$|^(?:\*\*|__)(?=\S.*\S(?:\*\*|__)$)"
    r"|(?<=\S)(?:\*\*|__)$|^```+\w*|```+$"
)
GOES_ON = re.compile(r"\b(?:an?|the|of|with|for|and|or|to|in|on|by|from|using|via|as|at|into|is|are|that|which)$", re.I)
PURPOSE_LENGTH = 300


@dataclass(frozen=True)
class Definition:
    """A function, method (`Class.method`) or class, and the first line of its docstring."""

    name: str
    line: int
    doc: str = ""


@dataclass(frozen=True)
class ScriptProfile:
    """A script as its text describes it. Lines count from 1; in a notebook they count over its joined code cells."""

    language: str
    purpose: str
    functions: tuple[Definition, ...]
    classes: tuple[Definition, ...]
    options: tuple[Option, ...]
    imports: tuple[str, ...]
    paths: tuple[PathConstant, ...]
    uses: tuple[Use, ...]
    fields_written: tuple[FieldName, ...]
    names: tuple[HubName, ...]
    vocabulary: tuple[str, ...]
    texts: tuple[Text, ...]
    inner: tuple[Definition, ...]
    shapes: tuple[Shape, ...]
    lines: int
    is_entry_point: bool
    problem: str

    def as_dict(self) -> dict[str, Any]:
        """The profile as JSON-ready values."""
        return asdict(self)


def describe_script(path: Path, root: Path, source: bytes | None = None) -> ScriptProfile:
    """Describe the script at `path` in the project `root`, from these bytes when the caller has read them already.

    Raises OSError when the file cannot be read, nothing for what is in it.
    """
    return describe(read_source(path, source), root)


def describe(source: Source, root: Path) -> ScriptProfile:
    """Describe a script that is parsed already."""
    options, paths = read_options(source), read_paths(source, root)
    return ScriptProfile(
        language=source.language,
        purpose=_purpose(source),
        functions=tuple(sorted(_functions(source.tree.body), key=lambda definition: definition.line)),
        classes=tuple(_definition(node, node.name) for node in source.nodes(ast.ClassDef)),
        options=options,
        imports=_imports(source),
        paths=paths,
        uses=read_uses(source, options, paths),
        fields_written=read_fields(source),
        names=read_names(source, root),
        vocabulary=read_vocabulary(source),
        texts=read_texts(source),
        inner=tuple(sorted(_inside(source), key=lambda definition: definition.line)),
        shapes=shapes(source.tree),
        lines=source.text.count("\n") + (not source.text.endswith("\n") and bool(source.text)),
        is_entry_point=bool(options) or source.language != "python" or has_main_guard(source),
        problem=source.problem,
    )


def _functions(body: list[ast.stmt], prefix: str = "") -> Iterator[Definition]:
    """Functions of a module and methods of its classes, also under `if` and `try`; not functions inside functions."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _definition(statement, prefix + statement.name)
        elif isinstance(statement, ast.ClassDef):
            yield from _functions(statement.body, f"{prefix}{statement.name}.")
        elif isinstance(statement, ast.If | ast.Try):
            yield from _functions([*statement.body, *statement.orelse], prefix)


def _inside(source: Source) -> Iterator[Definition]:
    """Functions inside functions."""
    outers: list[ast.FunctionDef | ast.AsyncFunctionDef] = [*source.nodes(ast.FunctionDef)]
    outers += source.nodes(ast.AsyncFunctionDef)
    for outer in outers:
        for node in outer.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield _definition(node, f"{outer.name}.{node.name}")


def _definition(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, name: str) -> Definition:
    doc = ast.get_docstring(node) or ""
    return Definition(name, node.lineno, doc.strip().split("\n", 1)[0].strip())


def _imports(source: Source) -> tuple[str, ...]:
    plain = {alias.name for node in source.nodes(ast.Import) for alias in node.names}
    relative = {"." * node.level + (node.module or "") for node in source.nodes(ast.ImportFrom)}
    return tuple(sorted(plain | relative))


def _purpose(source: Source) -> str:
    """The author's own words: docstring, header comment, parser description, `main`, namesake; in this order."""
    for text in _explanations(source):
        if summary := _summary(masked(text)):
            return summary
    return ""


def _explanations(source: Source) -> Iterator[str]:
    if source.notebook:
        yield source.notebook.title
    elif source.language == "python":
        yield ast.get_docstring(source.tree) or _leading_string(source.text)
    yield _header_comment(source.text)
    for call in source.nodes(ast.Call):
        description = keyword(call, "description") if called(call) in {"ArgumentParser", "OptionParser"} else None
        if isinstance(description, ast.Constant):
            yield str(description.value)
    for function in source.nodes(ast.FunctionDef):
        if function.name in {"main", "cli", "run"}:
            yield ast.get_docstring(function) or ""
    stem = source.path.stem.replace("_", "").lower()
    for definition in source.tree.body:
        if isinstance(definition, ast.ClassDef | ast.FunctionDef) and definition.name.replace("_", "").lower() == stem:
            yield ast.get_docstring(definition) or ""


def _leading_string(text: str) -> str:
    """The docstring of a file that does not parse (Python 2, say)."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.STRING:
                return str(ast.literal_eval(token.string))
            if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE):
                break
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass
    return ""


def _header_comment(text: str) -> str:
    """Comments above the first statement, without interpreter lines, inline script metadata and licences."""
    paragraphs: list[list[str]] = [[]]
    for line in INLINE_METADATA.sub("", text.lstrip("\n")).split("\n"):
        stripped = line.strip()
        if stripped.startswith("#!"):
            continue
        if stripped.startswith("#"):
            paragraphs[-1].append(stripped.lstrip("#").strip())
        elif stripped:
            break
        else:
            paragraphs.append([])
    blocks = ("\n".join(lines) for lines in paragraphs if lines)
    return "\n\n".join(block for block in blocks if not re.search(r"copyright|licen[cs]e", block, re.I))


def _sentences(lines: Sequence[str]) -> str:
    """The lines of a paragraph as sentences: after a title stands a stop, so that what follows does not run into it.

    A title is underlined, or marked as a heading, or a line that ends early though the next word, a capital one, had
    room.
    """
    lines = [line.strip() for line in lines]
    width = max(map(len, lines))
    words = ""
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        said = DECORATION.sub("", line)
        if not said or BOILERPLATE.search(said):
            continue
        words += f" {said}" if words else said
        first = after.partition(" ")[0]
        ends_early = len(line) + len(first) + 1 < width and first[:1].isupper() and not GOES_ON.search(said)
        marked = line.startswith("#") or (said != line and not line[-1].isalnum()) or RULER.fullmatch(after)
        if after and (marked or ends_early) and words[-1].isalnum():
            words += "."
    return words


def _summary(text: str) -> str:
    """The first paragraph that says something, on one line, cut after a sentence when it is long."""
    for paragraph in re.split(r"\n\s*\n", COMMAND.sub("", FENCE.sub("", text)).strip()):
        words = _sentences(paragraph.split("\n"))
        if not words:
            continue
        if len(words) <= PURPOSE_LENGTH:
            return words
        sentence = re.match(rf".{{20,{PURPOSE_LENGTH}}}?[.!?](?=\s)", words)
        return sentence[0] if sentence else words[: PURPOSE_LENGTH - 1].rsplit(" ", 1)[0] + "…"
    return ""
