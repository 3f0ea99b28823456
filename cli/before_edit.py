"""`assay before-edit`."""

from __future__ import annotations

import click

from .economical import economical
from .session import Session, assay_command


@assay_command("before-edit")
@click.argument("path")
@click.argument("symbol", default="")
@economical
def command(session: Session, path: str, symbol: str, limit: int | None, fields: str | None) -> None:
    """Say what rests on a file that is about to change, each with its place.

    Who imports it, on which line, and what they use of it; what its runs made; which tests read it; what is known to be
    wrong with it; what documents say of it. With SYMBOL (a function, class or `Class.method`), who uses that.

    \b
    Examples:
      assay before-edit tools/loading.py
      assay before-edit tools/loading.py load_base --json
    """
    from ..registry.agents.before_edit import before_edit
    from ..registry.agents.economy import Economy
    from ..registry.standing.freshness import freshness
    from ..registry.standing.today import Today

    economy = Economy.of(limit, fields)
    fresh = freshness(session.store)
    today = Today.of(session.current)
    found = before_edit(today, path, symbol, fresh)
    session.answer(found.as_dict(today, economy), lambda: found.text(economy), compact=True)
