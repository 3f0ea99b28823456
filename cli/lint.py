"""`assay lint`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..registry.errors import UsageError
from .economical import economical
from .session import Session, assay_command


@assay_command("lint")
@click.argument("path", metavar="PATH|-")
@economical
@click.option("--as", "as_path", metavar="PATH", help="Where it would be saved; needed for standard input.")
def command(session: Session, path: str, as_path: str | None, limit: int | None, fields: str | None) -> None:
    """Check a script that need not be saved: what is wrong with it that is new, and what it resembles.

    Today's rules look at the content as if it lay at its path; what the version on record there has already is only
    counted. Functions that are on record already are named with their place, status and import. Where it comes from is
    not asked.

    Exits 0 where nothing new is wrong, 1 where something is, 2 where it cannot be read as a script.

    \b
    Examples:
      assay lint scripts/score.py
      assay lint - --as scripts/new_score.py < draft.py
    """
    if path == "-" and not as_path:
        raise UsageError("standard input has no path", "Say where it would be saved: assay lint - --as scripts/x.py")
    from ..registry.agents.economy import Economy
    from ..registry.agents.linted import linted
    from ..registry.answers.lint import lint
    from ..registry.standing.today import Today

    economy, content = Economy.of(limit, fields), read(path)
    found = lint(Today.of(session.store), Path(as_path or path).absolute(), content)
    session.answer(linted(session.store, found, economy), found.text, code=0 if found.ok else 1, compact=True)


def read(path: str) -> bytes:
    """The bytes of a draft, no more than are looked at. Raises UsageError where there are none to read."""
    from ..registry.observe.script.source import read_regular
    from ..registry.search.alike import MOST_CODE

    if path == "-":
        return sys.stdin.buffer.read(MOST_CODE + 1)
    try:
        if (size := Path(path).stat().st_size) > MOST_CODE:
            raise UsageError(f"{path} is too large to check ({size / 1e6:.1f} MB)", "Give a script.")
        return read_regular(Path(path))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"{path} cannot be read: {str(why).lower()}", "Give a script, or `-` and --as PATH.") from None
