"""`assay task`."""

from __future__ import annotations

import click

from .decide import ABOUT, listing, titled
from .session import Session, assay_command


@click.group("task", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Remember what is to be done, and that it is done.

    `assay markdown --all` writes it to TASKS.md; `assay retract` takes it back.
    """


@assay_command("add")
@click.argument("words", nargs=-1, required=True, metavar="TEXT")
@ABOUT
def add(session: Session, words: tuple[str, ...], about: tuple[str, ...]) -> None:
    """Put a task on record.

    \b
    Example:
      assay task add "score the held-out set again" --about scripts/score.py
    """
    from ..registry.memory.tasks import add

    title, names = titled(words, about)
    done = add(session.store, title, names)
    session.answer(done.as_dict(), f"Task {done.fact[:8]} is on record")


@assay_command("done")
@click.argument("id")
@click.option("--note", "text", default="", metavar="TEXT", help="What came of it.")
def done(session: Session, id: str, text: str) -> None:
    """Put on record that a task is done.

    \b
    Example:
      assay task done 3f2a91bc
    """
    from ..registry.memory.tasks import done

    task = done(session.store, id, text)
    session.answer(task.as_dict(), f"Task {task.fact[:8]} is done")


@assay_command("list")
@click.option("--open", "only_open", is_flag=True, help="Only what is not done.")
def list_(session: Session, only_open: bool) -> None:
    """List the tasks on record.

    \b
    Example:
      assay task list --open
    """
    listing(session, "task", everything=not only_open)


for one in (add, done, list_):
    command.add_command(one)
