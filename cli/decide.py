"""`assay decide`."""

from __future__ import annotations

import click

from ..registry.errors import UsageError
from ..registry.legible import page
from .session import Session, assay_command

ABOUT = click.option("--about", multiple=True, metavar="NAME", help="What it is about: files, folders, globs.")


@assay_command("decide")
@click.argument("words", nargs=-1, metavar="[TITLE]")
@click.option("--because", default="", metavar="R", help="Why it was decided so.")
@ABOUT
def command(session: Session, words: tuple[str, ...], because: str, about: tuple[str, ...]) -> None:
    """Put a decision on record, or list those that stand.

    It is found by `exists`, shown beside what it is about, and written to decisions/ by `assay markdown --all`;
    `assay retract` takes it back.

    \b
    Examples:
      assay decide "train on 8k tokens" --because "longer answers were cut" --about scripts/train.py
      assay decide
    """
    from ..registry.facts.receipts import DECISION
    from ..registry.memory.decisions import decide

    if not words:
        if because or about:
            raise UsageError("a decision says something", 'assay decide "what was decided" --because …')
        listing(session, DECISION)
    title, names = titled(words, about)
    done = decide(session.store, title, because, names)
    session.answer(done.as_dict(), f"Decision {done.fact[:8]} is on record")


def titled(words: tuple[str, ...], about: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The text of a call and the names after `--about`, of which click gives the option the first alone."""
    if len(words) > 1 and not about:
        raise UsageError(f"{len(words)} words were given for one text", "Put the text in quotation marks.")
    return words[0], (*about, *words[1:])


def listing(session: Session, kind: str, *, everything: bool = True) -> None:
    """Answer with what of this kind stands; without `everything`, with what is open."""
    from ..registry.facts.reading.memory import items
    from ..registry.memory.told import lines

    found = [one for one in items(session.store, [kind]) if everything or not one.end]
    text = page(line for one in found for line in lines(one)) if found else f"No {kind} is on record."
    session.answer([one.as_dict() for one in found], text)
