"""`assay proposals`."""

from __future__ import annotations

import sys

import click

from ..registry.errors import UsageError
from ..registry.legible import page
from .session import Session, assay_command


@assay_command("proposals")
@click.argument("action", type=click.Choice(["list", "accept", "drop"]), default="list")
@click.argument("id", default="", metavar="[ID]")
def command(session: Session, action: str, id: str) -> None:
    """List what agents would have on record, and accept or drop it, as a person.

    A proposal lies in this working copy alone and changes nothing. Who accepts one at a terminal says it themselves,
    and it is on record as theirs; what has other bytes by then is not accepted.

    \b
    Examples:
      assay proposals
      assay proposals accept 3f2a91bc
    """
    from ..registry.agents.proposals import accepted, dropped, named, proposals

    if action == "list":
        waiting = proposals(session.store)
        session.answer([one.as_dict() for one in waiting], page([one.text() for one in waiting] or ["None waits."]))
    if action == "drop":
        one = dropped(session.store, id)
        session.answer({"dropped": one.as_dict()}, page([f"Dropped {one.text()}"]))
    if not is_a_person():
        raise UsageError("a proposal is accepted by a person at a terminal", "Nothing was put on record.")
    click.echo(page([named(session.store, id).text()]), err=True)
    click.confirm("Say this in your own name?", abort=True, err=True)
    done = accepted(session.store, id)
    lines = [f"On record of {name} (fact {fact[:8]})" for name, fact in zip(done.about, done.facts, strict=True)]
    session.answer(done.as_dict(), page(lines))


def is_a_person() -> bool:
    """Whether who calls sits at a terminal: an agent's command does not."""
    return sys.stdin.isatty() and sys.stderr.isatty()
