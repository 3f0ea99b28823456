"""What a command's arguments may be called: the names on record, for a shell that completes them.

Refuses to be noticed: outside of a project, or where the registry cannot be read, a shell is offered files as ever. So
it is with names that a shell would read as more than a word.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

MOST = 500  # names; of more, people type another letter
WORD = re.compile(r"[\w@%+=,./#-]+")


class Names(click.types.StringParamType):
    """A text that names what is on record."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names that begin so, in order; files, where there are none."""
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name) for name in _names(ctx.params.get("db"), incomplete) if WORD.fullmatch(name)]
        return found or [CompletionItem(incomplete, type="file")]


NAMES = Names()


def complete_names(command: click.Command) -> None:
    """Let a shell complete those parameters of a command that are said to be names or paths."""
    for parameter in command.params:
        said = f"{getattr(parameter, 'metavar', None) or parameter.name}".upper()
        if parameter.type is click.STRING and ("NAME" in said or "PATH" in said):
            parameter.type = NAMES


def _names(db: str | None, beginning: str) -> list[str]:
    from ..registry.facts.opened import Opened
    from ..registry.facts.reading.artifacts import names_beginning
    from ..registry.project import Project

    try:
        store = Opened(Project.find(Path.cwd(), db), create=False)
        try:
            return names_beginning(store, beginning, MOST)
        finally:
            store.close()
    except Exception:  # a shell that completes a word is no place to say what is wrong
        return []
