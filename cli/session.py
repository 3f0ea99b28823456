"""What every command shares: `--json`, `--db`, the open registry, and one way to answer."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..registry.errors import UsageError, unwritten
from ..registry.legible import as_json, legible, page
from ..registry.project import Project
from .naming import complete_names

if TYPE_CHECKING:
    from ..pipeline.plan.preflight import Use
    from ..registry.facts.store import Store
    from ..registry.runs.recover import Recovered


class Session:
    """One call of a command: the registry that it speaks with, and how it answers."""

    def __init__(self, as_json: bool, db: str | None) -> None:
        self.as_json = as_json
        self.db = db

    @functools.cached_property
    def store(self) -> Store:
        """The registry of the project that the current folder lies in, with what was cut off finished."""
        for one in self.recovered:
            click.echo(one.text(), err=True)
        return self.registry

    @functools.cached_property
    def recovered(self) -> list[Recovered]:
        """Runs whose ends had been cut off and were put on record just now."""
        from ..registry.runs import spool

        if spool.is_bare(self.project):
            return []
        from ..registry.runs.recover import recover

        return recover(self.registry)

    @functools.cached_property
    def registry(self) -> Store:
        """The same, as it is."""
        from ..registry.facts.store import Store

        store = Store(self.project, create=False)
        if store.refused:
            said = f"{plural(len(store.refused), 'segment')} of the ledger could not be taken in"
            click.echo(f"assay: {said}: `assay ledger verify` says why", err=True)
        return store

    @functools.cached_property
    def current(self) -> Store:
        """The same registry, once it has noticed which scripts were committed: for every answer about status."""
        from ..registry.recording.commits import notice_commits

        notice_commits(self.store)
        return self.store

    @functools.cached_property
    def project(self) -> Project:
        """The project that the current folder lies in."""
        return Project.find(Path.cwd(), self.db)

    def answer(self, data: Any, text: str | Callable[[], str], code: int = 0, *, compact: bool = False) -> None:
        """Print the answer, as JSON where that was asked for, and end with this exit code, whoever still reads.

        The lines of a text are the caller's: what may hold a line break goes through `page` or `legible` first. JSON is
        on one line where it is `compact`.
        """
        if unsigned := self.registry.links.unsigned if "registry" in self.__dict__ else "":
            click.echo(legible(f"assay: recorded unsigned: {unsigned}"), err=True)
        if self.as_json:
            said = as_json(data, compact)
        else:
            said = page((text if isinstance(text, str) else text()).split("\n"))
        try:
            if said:
                click.echo(said)
        except BrokenPipeError:  # `| head` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        except OSError as error:  # no answer is no "no", whatever its exit code would have been
            raise unwritten(error) from error
        raise click.exceptions.Exit(code)

    @property
    def on_terminal(self) -> bool:
        """Whether a person is watching: progress bars and colours are for them only."""
        return sys.stderr.isatty() and not self.as_json


def given(names: Sequence[str]) -> list[str]:
    """The names of a call; `-` stands for those on standard input, one a line. Raises UsageError for none at all."""
    found: list[str] = []
    for name in names:
        found += filter(None, map(str.rstrip, sys.stdin)) if name == "-" else [name]
    if names and not found:
        raise UsageError("standard input names nothing", "Give one name a line.")
    return found


class Rehearsal:
    """As the `obj` of a call: parse and check it as ever, return what it would read and write, and do nothing."""


def assay_command(
    name: str, check: Callable[..., Use] | None = None, **settings: Any
) -> Callable[[Callable[..., None]], click.Command]:
    """Make a function `(session, …)` a command with `--json` and `--db`; its docstring is the help, with an example.

    `check` gets the options first. It refuses what can be refused without looking at a file, and says what the call
    would read and write: so a plan is refused by the code that would refuse the command.
    """

    def decorate(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def call(as_json: bool, db: str | None, **values: Any) -> Use | None:
            use = check(**values) if check else None
            if click.get_current_context().find_object(Rehearsal):
                return use
            function(Session(as_json, db), **values)
            return None

        help_options = {"help_option_names": ["-h", "--help"]}
        make: Callable[..., click.Command] = click.command(name, context_settings=help_options, **settings)
        command = make(call)
        complete_names(command)
        command.params += [
            click.Option(["--json", "as_json"], is_flag=True, help="Answer in JSON (stable, documented fields)."),
            click.Option(["--db"], metavar="URL", help="Registry: a path, or postgresql://… (else ASSAY_DB)."),
        ]
        return command

    return decorate


def plural(count: int, noun: str) -> str:
    """`1 script`, `2 scripts`, `1,204 queries`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1]}ies" if noun.endswith("y") else f"{count:,} {noun}s"
