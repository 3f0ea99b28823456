"""`assay exists`."""

from __future__ import annotations

from pathlib import Path

import click

from ..registry.errors import UsageError
from .session import Session, assay_command


@assay_command("exists")
@click.argument("query", nargs=-1)
@click.option("--code", type=click.Path(path_type=Path), metavar="FILE", help="Look for code like that in FILE instead.")
def command(session: Session, query: tuple[str, ...], code: Path | None) -> None:
    """Ask whether something like this exists already.

    QUERY says in your own words what it does. The answer is yes with what there is, its status and what to use
    instead, or a plain no with the nearest. Exits 0 for yes, 1 for no.

    \b
    Examples:
      assay exists "score answers with A/B log-probs"
      assay exists --code scripts/new_critic.py
    """
    from ..registry.rulesets import todays
    from ..registry.search import exists, exists_code

    if bool(query) == bool(code):
        raise UsageError("say what to look for, or name a file with --code", 'assay exists "what it does"')
    today = todays(session.project)
    found = exists_code(session.store, code, today) if code else exists(session.store, " ".join(query), today)
    session.answer(found.as_dict(), found.text, code=0 if found.answers else 1)
