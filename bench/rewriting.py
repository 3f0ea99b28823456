"""Functions written again, as somebody does who did not look: labelled by construction.

Each way keeps what the function does, or nearly so. The same ways make the duplicates that the hook and `--code` are
measured on.
"""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Callable, Iterator

from assay.registry.observe.script.clones import pieces

PUT_IN = ("seen = len(str(0))", "count = 0", "assert count is not None", "if count:\n    print('x', count)")
Function = ast.FunctionDef | ast.AsyncFunctionDef
Change = Callable[[Function, random.Random], None]


def functions(text: bytes) -> Iterator[Function]:
    """The functions and methods of a file that are large enough to compare; none of one that does not parse."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    bodies = [tree.body, *(one.body for one in tree.body if isinstance(one, ast.ClassDef))]
    for node in (one for body in bodies for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)):
        if pieces(ast.Module([node], []))[0].is_comparable:
            yield node


class _Other(ast.NodeTransformer):
    """Other names for every variable, and where asked other texts and numbers for every constant."""

    def __init__(self, function: Function, constants: bool) -> None:
        names = [node.arg for node in ast.walk(function) if isinstance(node, ast.arg)]
        names += [n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        self.names = {name: f"v{place}" for place, name in enumerate(dict.fromkeys(names))}
        self.constants = constants

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self.names.get(node.id, node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg(self.names[node.arg], None)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if not self.constants or not isinstance(node.value, str | int) or isinstance(node.value, bool):
            return node
        return ast.Constant(f"other {node.value[::-1]}" if isinstance(node.value, str) else node.value + 1)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node


def renamed(function: Function, chance: random.Random) -> None:
    """Every variable, and the function, under another name."""
    _Other(function, False).visit(function)


def reworded(function: Function, chance: random.Random) -> None:
    """Every variable renamed; every text and number another; the docstring written anew."""
    _Other(function, True).visit(function)
    if ast.get_docstring(function) is not None:
        function.body[0] = ast.Expr(ast.Constant("Do what the caller wants done, as we agreed."))


def edited(function: Function, chance: random.Random) -> None:
    """Renamed, and one statement in twelve, at least one, put in, left out or moved."""
    renamed(function, chance)
    statements = sum(isinstance(node, ast.stmt) for node in ast.walk(function))
    for _ in range(max(1, statements // 12)):
        blocks = [node.body for node in ast.walk(function) if isinstance(getattr(node, "body", None), list)]
        block = chance.choice(blocks)
        at, what = chance.randrange(len(block)), chance.choice(("in", "out", "moved"))
        if what == "out" and len(block) > 2:
            del block[at]
        elif what == "moved" and at + 1 < len(block):
            block[at], block[at + 1] = block[at + 1], block[at]
        else:
            block[at:at] = ast.parse(chance.choice(PUT_IN)).body


WAYS: dict[str, Change] = {"renamed": renamed, "reworded": reworded, "edited": edited}


def again(function: Function, way: Change, chance: random.Random) -> str:
    """The function written again in one of these ways, under another name and without its decorators."""
    made = copy.deepcopy(function)
    made.name, made.decorator_list = f"again_{function.name.strip('_')}", []
    way(made, chance)
    return ast.unparse(ast.fix_missing_locations(made))
