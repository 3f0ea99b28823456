"""`assay current`."""

from __future__ import annotations

import click

from .economical import economical
from .session import Session, assay_command


@assay_command("current")
@click.argument("role", nargs=-1, required=True, metavar="ROLE")
@economical
def command(session: Session, role: tuple[str, ...], limit: int | None, fields: str | None) -> None:
    """Name the one to use for a purpose: on whose word, or why else; and what may not be used.

    What is declared PRIMARY comes first, with who said so and when; else the one that is left of a family, or the best
    that there is, which is nobody's word.

    Exits 0 with one to use, 1 with none, 2 where it cannot say (no registry, files that no scan has seen).

    \b
    Example:
      assay current "scoring answers"
    """
    from ..registry.agents.current import current
    from ..registry.agents.economy import Economy
    from ..registry.standing.freshness import freshness
    from ..registry.standing.today import Today

    economy = Economy.of(limit, fields)
    fresh = freshness(session.store)
    today = Today.of(session.current)
    found = current(today, " ".join(role), fresh)
    session.answer(found.as_dict(today, economy), lambda: found.text(economy), found.exit_code, compact=True)
