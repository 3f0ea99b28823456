"""One script as rules see it: source, names resolved through its imports, and its place in the project."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ...observe.options import read_options
from ...observe.script import has_main_guard
from ...observe.source import Source
from .values import Load, Place, Use

if TYPE_CHECKING:
    from .program import Program


@dataclass(eq=False)
class Module:
    """A parsed script of a project. `name` is its POSIX path relative to the project root."""

    path: Path
    name: str
    source: Source
    program: Program

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Local name → dotted name that an import at any depth gives it (`AT` → `transformers.AutoTokenizer`)."""
        found: dict[str, str] = {}
        for node in self.source.nodes(ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        for origin in self.source.nodes(ast.ImportFrom):
            base = "." * origin.level + (origin.module or "")
            for alias in origin.names:
                found[alias.asname or alias.name] = f"{base}.{alias.name}" if base.strip(".") else base + alias.name
        return found

    @cached_property
    def is_entry_point(self) -> bool:
        """True when the file is made to be run: a main guard, command-line options, or a notebook."""
        return self.source.language != "python" or has_main_guard(self.source) or bool(read_options(self.source))

    @cached_property
    def strings(self) -> dict[str, str]:
        """Names that one literal string is assigned to, anywhere in the module, and to which nothing else is."""
        found: dict[str, str] = {}
        changed: set[str] = set()
        for node in self.source.nodes(ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    if (
                        isinstance(node.value, ast.Constant)
                        and isinstance(node.value.value, str)
                        and target.id not in found
                    ):
                        found[target.id] = node.value.value
                    else:
                        changed.add(target.id)
        return {name: text for name, text in found.items() if name not in changed}

    @cached_property
    def uses(self) -> list[Use]:
        """Every use of a tokenizer that is decided in this module, by the flow analysis."""
        return self.program.uses(self)

    def entry_line(self, use: Use) -> int:
        """The line of this module where the tokenizer of a use is loaded, comes in from a helper, or else is used."""
        load = use.origin
        places = [load.at, load.entered, use.at] if isinstance(load, Load) else [use.at]
        return next((place.line for place in places if place and place.path == self.path), 1)

    def show(self, place: Place) -> str:
        """`line N` in this module, `file:N` in another."""
        if place.path != self.path:
            return f"{self.program.name_of(place.path)}:{place.line}"
        line, cell = self.source.place(place.line)
        return f"{cell} line {line}" if cell else f"line {line}"

    def qualified(self, node: ast.AST) -> str:
        """The dotted name of a callee or attribute through imports: `AT.from_pretrained` gives
        `transformers.AutoTokenizer.from_pretrained`. What is not a plain chain of names gives its last names."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name):
            parts.append(self.aliases.get(node.id, node.id))
        return ".".join(reversed(parts))

    def text(self, node: ast.AST | None) -> str | None:
        """The string that an expression certainly is: a literal, or a name that only one literal is assigned to."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        return self.strings.get(node.id) if isinstance(node, ast.Name) else None

    def line(self, number: int) -> str:
        """The text of a line of the source, for excerpts."""
        return self.source.lines[number - 1] if 0 < number <= len(self.source.lines) else ""
