"""`assay may-use`."""

from __future__ import annotations

import click

from .economical import economical
from .session import Session, assay_command, given


@assay_command("may-use")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option(
    "--for",
    "purpose",
    required=True,
    metavar="P",
    help="train, evaluate, evaluate:NAME (an evaluation set) or publish.",
)
@economical
def command(session: Session, paths: tuple[str, ...], purpose: str, limit: int | None, fields: str | None) -> None:
    """Say which of these files may not be used, who probably made them, and the ways out.

    What may be used is only counted. A path that is not here comes with the documents that name it.

    Exits 0 when all of them may, 3 when one is refused, 2 when one could not be judged.

    \b
    Example:
      assay may-use data/*.jsonl --for train
    """
    from ..registry.agents.economy import Economy
    from ..registry.agents.may_use import USUAL, may_use, purpose_of
    from ..registry.standing.freshness import freshness
    from ..registry.standing.today import Today

    economy, wanted = Economy.of(limit, fields), purpose_of(purpose)
    today = Today.of(session.current)
    found = may_use(today, given(paths), wanted, freshness(session.store), economy.limit or USUAL)
    session.answer(found.as_dict(today, economy), lambda: found.text(economy), found.exit_code, compact=True)
