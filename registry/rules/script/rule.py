"""The shape of a rule about scripts: it is given one module at a time, parsed, with its place in the project.

A contaminating finding also counts for every script that imports the module; a warning is reported where it is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from ..base import Finding, Rule
from .module import Module


@dataclass(frozen=True)
class Case:
    """An example that tests run: the script, the lines where the rule must see something, and other files by path."""

    code: str
    lines: tuple[int, ...] = ()
    name: str = "script.py"
    others: Mapping[str, str] = field(default_factory=dict)


class ScriptRule(Rule):
    """A rule over one module. VALID and INVALID are the examples that tests and documentation show.

    `mark` is what the text must contain for the rule to see anything: most files have none, and need not be looked at.
    """

    kinds: ClassVar[tuple[str, ...]] = ("script",)
    languages: ClassVar[tuple[str, ...]] = ("python", "notebook")
    mark: ClassVar[re.Pattern[str] | None] = None
    VALID: ClassVar[tuple[Case, ...]]
    INVALID: ClassVar[tuple[Case, ...]]

    def may_apply(self, module: Module) -> bool:
        """False when the rule certainly sees nothing in this module."""
        return self.mark is None or bool(self.mark.search(module.source.text))

    def check(self, module: Module) -> Iterator[Finding]:
        """Everything this rule sees in a module."""
        raise NotImplementedError

    def at(self, module: Module, where: ast.AST | int, message: str, count: int = 1) -> Finding:
        """A finding at a node or line of the module; in a notebook the line counts within the cell it names."""
        number = where if isinstance(where, int) else getattr(where, "lineno", 1)
        line, cell = module.source.place(number)
        excerpt = module.line(number)
        return self.finding(message, file=module.name, line=line, field=cell, excerpt=excerpt, count=count)
