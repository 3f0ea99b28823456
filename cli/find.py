"""`assay find`."""

from __future__ import annotations

from pathlib import Path

import click

from .economical import economical
from .session import Session, assay_command


@assay_command("find")
@click.argument("task", nargs=-1)
@click.option("--draft", metavar="FILE|-", help="Ask also about the functions of a draft.")
@economical
def command(session: Session, task: tuple[str, ...], draft: str | None, limit: int | None, fields: str | None) -> None:
    """Ask before writing: what does this already, how much of it, and how is it used.

    TASK says in the user's own words what is to be done. The answer is yes, partial or no, with the place, signature
    and import of each, the words of the task that it covers and lacks, and whether it may be used as it is.

    Exits 0 for yes and partial, 1 for no, 2 where it cannot say (no registry, never scanned, files that no scan saw).

    \b
    Examples:
      assay find "load a base model in 4-bit with LoRA"
      assay find "score pairs" --draft new_score.py --json
    """
    from ..registry.agents.economy import Economy
    from ..registry.agents.find import USUAL, find
    from ..registry.errors import UsageError
    from ..registry.search.fragment import read_fragment
    from ..registry.standing.freshness import freshness
    from ..registry.standing.today import Today
    from .lint import read

    if not any(word.strip() for word in task) and not draft:
        raise UsageError("say what is to be done, or name a draft", 'assay find "what it does"')
    economy = Economy.of(limit, fields)
    fresh = freshness(session.store)
    own = session.project.name_of(Path(draft)) if draft and draft != "-" else ""
    source = read_fragment(Path(own or "draft.py"), read(draft)) if draft else None
    found = find(Today.of(session.current), " ".join(task), fresh, source, own, economy.limit or USUAL)
    session.answer(found.as_dict(session.store, economy), lambda: found.text(economy), found.exit_code, compact=True)
