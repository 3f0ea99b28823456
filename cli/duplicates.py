"""`assay duplicates`."""

from __future__ import annotations

import click

from .economical import economical
from .session import Session, assay_command


@assay_command("duplicates")
@click.argument("what", nargs=-1, metavar="[PATH|WHAT]")
@economical
def command(session: Session, what: tuple[str, ...], limit: int | None, fields: str | None) -> None:
    """Show what is repeated, where, in what the places differ, and which of them could host it.

    Without an argument, every function that stands more than once; with a path, those that stand there too; else what
    is called so (`AutoTokenizer.from_pretrained`) or described in words.

    Exits 0 where nothing is repeated, 1 where something is, 2 where it cannot say.

    \b
    Examples:
      assay duplicates
      assay duplicates scripts/score.py
      assay duplicates load a tokenizer
    """
    from ..registry.agents.duplicates import USUAL, duplicates
    from ..registry.agents.economy import Economy
    from ..registry.standing.freshness import freshness
    from ..registry.standing.today import Today

    economy = Economy.of(limit, fields)
    fresh = freshness(session.store)
    today = Today.of(session.current)
    found = duplicates(today, " ".join(what), fresh, economy.limit or USUAL)
    session.answer(found.as_dict(today, economy), lambda: found.text(economy), found.exit_code, compact=True)
