"""What one place of code has that another like it may lack: what it calls, passes, sets and catches.

Read from the file as it is now, and never run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..observe.script.source import Source
from ..search.words import words
from .symbols import Defined, source_of

SYNONYMS = {  # a verb in words: what it is called in code
    "load": "load pretrained open read",
    "read": "read load open",
    "save": "save write dump push",
    "write": "write dump save",
    "train": "train fit",
}


@dataclass(frozen=True)
class Call:
    """A call: what is called, its line, the function that it stands in, and what is passed and done with the result."""

    what: str
    line: int
    inside: str
    has: frozenset[str]


def features(path: Path, symbol: str) -> frozenset[str]:
    """What a function calls, passes by name, sets and catches; nothing where the file has no such function."""
    for node, name in _functions(source_of(path)):
        if name == symbol:
            return frozenset(_features(node))
    return frozenset()


def calls(path: Path, asked: str) -> list[Call]:
    """The calls in a script of what is asked: by its dotted name or the end of it, or in words that its name has."""
    source = source_of(path)
    if source is None:
        return []
    found = []
    for node, name in [*_functions(source), (source.tree, "")]:
        for one in _own(node):
            if isinstance(one, ast.Call) and _means(asked, what := _dotted(one.func)):
                found.append(Call(what, one.lineno, name, frozenset(_passed(one)) | frozenset(_set_on(node, one))))
    return found


def _functions(source: Source | None) -> Iterator[tuple[ast.AST, str]]:
    """Every function and method with its name, `Class.method`."""
    stack: list[tuple[ast.AST, str]] = [(source.tree, "")] if source else []
    while stack:
        node, prefix = stack.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Defined):
                if not isinstance(child, ast.ClassDef):
                    yield child, prefix + child.name
                stack.append((child, f"{prefix}{child.name}."))
            elif isinstance(child, ast.If | ast.Try | ast.With):
                stack.append((child, prefix))


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function or module, without the functions in it."""
    stack = list(ast.iter_child_nodes(node))
    while stack:
        one = stack.pop()
        yield one
        if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            stack.extend(ast.iter_child_nodes(one))


def _dotted(node: ast.expr) -> str:
    """The name of what is called, with what it is taken from; empty where that is no plain name."""
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""


def _means(asked: str, what: str) -> bool:
    """Whether a dotted name is what is asked for."""
    if " " not in asked.strip():
        return bool(what) and (what == asked or what.endswith(f".{asked}"))
    said = set(words(what))
    wanted = [stems for word in asked.lower().split() if (stems := set(words(SYNONYMS.get(word, word))))]
    others = set(words(" ".join(SYNONYMS))) - set().union(*wanted)  # `save_pretrained` loads nothing
    return bool(what) and all(said & stems for stems in wanted) and not said & others


def _features(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Call):
            if name := _dotted(one.func).rpartition(".")[2]:
                yield f"{name}()"
            yield from _passed(one)
        elif isinstance(one, ast.Assign):
            yield from (f"{target.attr} set" for target in one.targets if isinstance(target, ast.Attribute))
        elif isinstance(one, ast.ExceptHandler) and one.type:
            yield f"except {ast.unparse(one.type)}"
        elif isinstance(one, ast.Assert):
            yield "an assert"


def _passed(call: ast.Call) -> Iterator[str]:
    yield from (f"{one.arg}={ast.unparse(one.value)[:30]}" for one in call.keywords if one.arg)


def _set_on(scope: ast.AST, call: ast.Call) -> Iterator[str]:
    """Attributes that are set on what a call gives, in the same function."""
    names = {
        target.id
        for one in _own(scope)
        if isinstance(one, ast.Assign) and one.value is call
        for target in one.targets
        if isinstance(target, ast.Name)
    }
    for one in _own(scope):
        for target in one.targets if isinstance(one, ast.Assign) else ():
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id in names:
                yield f"{target.attr} set"
