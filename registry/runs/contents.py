"""What a small file is by what it says: rows, prose, or settings of the format that its name promises.

A name proves nothing: a corpus called `notes.toml` is no settings, and rows in `helper.py` are no code. Looks at text
alone, and only at what a table of names would let pass without a word.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

from ..observe.dataset.formats import looks_like_dataset
from ..observe.evaluation.forms import is_result

SETTINGS_LIMIT = 256 << 10  # bytes
BEGINNING = 8 << 10
MANY = 3
MANY_SENTENCES = 8  # in one list
MOST_OF_IT = 0.8
DEEPEST = 40
FIELDS: tuple[str, ...] = ("prompt", "completion", "text", "messages", "instruction", "response", "chosen", "rejected")
FIELDS += ("question", "answer", "content")
ROW_FIELD = re.compile(rb"""^[ \t\r\-{\["']*(?:%s)["']?\s*[:=]\s*\S""" % "|".join(FIELDS).encode(), re.M | re.I)
PACKED = (b"\x1f\x8b", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"BZh", b"PK\x03\x04", b"7z\xbc\xaf", b"\x93NUMPY", b"PAR1")
ROW = re.compile(rb"\{[^%{#].*\},?")
SENTENCE = re.compile(rb"""["'(]?[A-Z][^{}();=<>$|\\`#\s]*\s[^{}();=<>$|\\`#]*[.?!]["')]?""")
COMMENT = re.compile(rb"^[ \t]*//[^\n]*$|/\*.*?\*/|(/\*.*)", re.M | re.S)
CELLS = re.compile(rb"[^(){};=#\[\]:]+")
TEMPLATE = re.compile(rb"\{\{|\{%")
PAIRS = re.compile(
    rb"""\s*(?:[#;!].*|\[.*\]|[\]})]+[,;]?|(?:export\s+)?["']?[\w.\-/*@][\w.\-/*@ ]{0,79}["']?\s*[=:{].*|[\w.\-]+"""
    rb"""|[a-z][\w.:\-]*\s.*(?<![.?!]))"""
)
REQUIRED = re.compile(
    rb"""\s*(?:#.*|-.*|[A-Za-z0-9][\w.\-]*(?:\[[^\]]*\])?\s*(?:[=<>!~;@#\\(].*)?|[\w.+]+:.*|[./].*)"""
)
MAKES = re.compile(
    rb"""\t.*|\s*(?:#.*|[^\s:=]+[^:=]{0,80}[:?+!]?=.*|[^\s:]+(?:\s[^?!:]*)?::?.*|[a-z@\-!]\w*\b[^.?!]*|[\]})]+"""
    rb"""|-?include\b.*|if\w+\b.*|\$\(.*)"""
)
DOCKER = re.compile(rb"^[ \t]*FROM\s+\S", re.M | re.I)
SUBMITS = re.compile(rb"\A#!|^#(?:SBATCH|PBS|BSUB|\$)", re.M)
SHELL = re.compile(
    rb"""\s*(?:\#.*|(?:export|declare|typeset|local|readonly|alias|source|\.|set|unset|shopt|ulimit|umask|trap|eval|module"""
    rb"""|conda|mamba|micromamba|spack|ml|if|elif|for|while|until|case|function|return|exit|printf|echo)\s.*|[A-Za-z_]\w*\+?=.*"""
    rb"""|[\w\-]+\s*\(\).*|(?:then|else|fi|do|done|esac)\b.*|[{}\[\]()].*|;;|[^\s]+\)|.*(?:\$[\w({]|&&|\|\||2>|;;).*)"""
)
IGNORES = re.compile(rb"\s*(?:#.*|\S+(?:\s+\S+){0,3}(?<![.?!]))")


def holds_rows(path: Path) -> bool:
    """Whether a file is too large for settings, or is rows, results or prose under a name of settings."""
    try:
        with open(path, "rb") as file:
            text = file.read(SETTINGS_LIMIT + 1)
        fields = path.suffix not in (".jinja", ".j2")  # a template of prompts says what it fills in
        if len(text) > SETTINGS_LIMIT or reads_as_rows(text, fields) or not says_settings(path.name, text):
            return True
        return path.suffix == ".json" and (looks_like_dataset(path) or is_result(path))
    except OSError:
        return True


def is_rows(path: str, fields: bool = True) -> bool:
    """Whether a file begins with rows or prose; one that cannot be read has none. Code names `fields` without rows."""
    try:
        with open(path, "rb") as file:
            text = file.read(BEGINNING)
        return reads_as_rows(text if len(text) < BEGINNING else text[: text.rfind(b"\n")], fields)
    except OSError:
        return False


def is_packed(path: str) -> bool:
    """Whether a file is an archive, or compressed, so that it may hold anything; one that cannot be read is none."""
    try:
        with open(path, "rb") as file:
            return file.read(8).startswith(PACKED)
    except OSError:
        return False


def reads_as_rows(text: bytes, fields: bool = True) -> bool:
    """Whether a text is lines of JSON, a table, or sentences, or has `fields` that rows of training data have."""
    lines = [line.strip() for line in text.split(b"\n") if line.strip()]
    if are_lines_of_json(lines):
        return True
    if len(lines) >= MANY and (is_table(lines) or 2 * sum(map(bool, map(SENTENCE.fullmatch, lines))) > len(lines)):
        return True
    return fields and len(ROW_FIELD.findall(text)) >= MANY


def says_shell(path: str) -> bool:
    """Whether a small file is a piece of shell script, such as others read their variables from, and no rows."""
    try:
        with open(path, "rb") as file:
            text = file.read(SETTINGS_LIMIT + 1)
    except OSError:
        return False
    return len(text) <= SETTINGS_LIMIT and bool(text.strip()) and _SHELL(text) and not reads_as_rows(text)


def says_settings(name: str, text: bytes) -> bool:
    """Whether a text is of the format that a name of settings promises. An empty one is of any."""
    if not text.strip():
        return True
    last = name.lower()
    suffix = last.rpartition(".")[2] if "." in last[1:] else ""
    if TEMPLATE.search(text):
        return True
    if suffix in FORMATS:
        return any(says(text) for says in FORMATS[suffix])
    return next((says(text) for start, says in NAMES if last.startswith(start)), True)


def are_lines_of_json(lines: list[bytes]) -> bool:
    """Whether lines, stripped, are each a row of JSON."""
    return len(lines) > 1 and all(map(ROW.fullmatch, lines))


def is_sentence(text: str) -> bool:
    """Whether a text is a sentence, or several, as people write them."""
    return SENTENCE.fullmatch(text.strip().encode("utf-8", "surrogateescape")) is not None


def is_table(lines: list[bytes]) -> bool:
    """Whether each line has as many cells, and nothing that code or settings are written with."""
    for mark in (b",", b"\t"):
        counts = {line.count(mark) for line in lines}
        if len(counts) == 1 and counts != {0} and all(map(CELLS.fullmatch, lines)):
            return True
    return False


def _json(text: bytes) -> bool:
    try:
        return _is_tree(json.loads(text))
    except (ValueError, RecursionError):
        plain = COMMENT.sub(rb"\1", text).strip()  # comments are not JSON
        return plain != text.strip() and plain.startswith((b"{", b"["))


def _toml(text: bytes) -> bool:
    try:
        return _is_tree(tomllib.loads(text.decode()))
    except (ValueError, RecursionError):
        return False


def _yaml(text: bytes) -> bool:
    import yaml

    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        nodes = [node for node in yaml.compose_all(text, Loader=loader) if node is not None]
    except (yaml.YAMLError, ValueError, RecursionError):
        return False
    return all(not isinstance(node, yaml.ScalarNode) and _is_tree(_plain(node, set())) for node in nodes)


def _plain(node: object, seen: set[int], depth: int = 0) -> object:
    """A node of YAML as lists, keyed values and text, without making anything of its tags, and each only once: an alias
    may stand for what it is in."""
    import yaml

    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if id(node) in seen or depth >= DEEPEST:
        return ""
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        return {number: _plain(value, seen, depth + 1) for number, (_, value) in enumerate(node.value)}
    return [_plain(one, seen, depth + 1) for one in getattr(node, "value", ())]


def _is_tree(value: object, depth: int = 0) -> bool:
    """Whether a value is keyed or listed, and no list in it is one of sentences."""
    if depth > DEEPEST or not isinstance(value, dict | list):
        return depth > 0
    if isinstance(value, list):
        said = [one for one in value if isinstance(one, str) and is_sentence(one)]
        if len(said) >= (MANY_SENTENCES if depth else MANY):
            return False
    return all(_is_tree(one, depth + 1) for one in (value.values() if isinstance(value, dict) else value))


def _lines(pattern: re.Pattern[bytes]) -> Callable[[bytes], bool]:
    """Whether most lines of a text, those that go on from one before left out, look like this."""

    def says(text: bytes) -> bool:
        lines = [line.rstrip() for line in re.sub(rb"\\\n.*", b"", text).split(b"\n") if line.strip()]
        first = [line for line in lines if not line.startswith(b" ")] or lines  # an indented one goes on
        return sum(map(bool, map(pattern.fullmatch, first))) >= MOST_OF_IT * len(first)

    return says


def _has(pattern: re.Pattern[bytes]) -> Callable[[bytes], bool]:
    return lambda text: pattern.search(text) is not None


Says = Callable[[bytes], bool]
_PAIRS, _REQUIRED, _MAKES, _SUBMITS = _lines(PAIRS), _lines(REQUIRED), _lines(MAKES), _has(SUBMITS)
_SHELL = _lines(SHELL)
FORMATS: dict[str, Iterable[Says]] = {
    **dict.fromkeys(("json", "jsonc", "json5"), (_json,)),
    **dict.fromkeys(("yaml", "yml", "hydra"), (_yaml,)),
    **dict.fromkeys(("ini", "cfg", "conf", "properties", "env"), (_PAIRS,)),
    **dict.fromkeys(("sbatch", "slurm"), (_SUBMITS,)),
    **dict.fromkeys(("jinja", "j2"), (_has(TEMPLATE),)),
    "toml": (_toml,),
    "lock": (_toml, _json, _REQUIRED, _yaml),
    "txt": (_REQUIRED,),
    "mk": (_MAKES,),
}
NAMES: tuple[tuple[str, Says], ...] = (
    *((name, _MAKES) for name in ("makefile", "gnumakefile", "justfile", "snakefile")),
    *((name, _lines(IGNORES)) for name in (".gitignore", ".gitattributes", ".python-version")),
    *((name, _PAIRS) for name in (".env", "procfile")),
    ("dockerfile", _has(DOCKER)),
    ("pipfile", _toml),
)
