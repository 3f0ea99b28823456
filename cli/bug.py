"""`assay bug`."""

from __future__ import annotations

import click

from ..registry.legible import page
from .decide import listing, titled
from .session import Session, assay_command

SHOWN = 5

RULE = click.option("--rule", default="", metavar="ASxxx", help="The rule that finds it from now on.")


@click.group("bug", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Remember bugs: symptom, cause, mend, and the versions that have them.

    What is remembered is found by `exists`, shown beside its scripts, and written to KNOWN_BUGS_AND_FIXES.md by `assay
    markdown --all`; `assay retract` takes it back.
    """


@assay_command("add")
@click.argument("words", nargs=-1, required=True, metavar="SYMPTOM")
@click.option("--cause", default="", metavar="TEXT", help="Why it happens.")
@click.option("--fix", default="", metavar="TEXT", help="What mends it; it stays open until `assay bug fix`.")
@click.option("--about", multiple=True, metavar="SCRIPT", help="What has it: its present version, or SCRIPT@COMMIT.")
@click.option("--commits", metavar="A..B", help="Every version that was seen in these commits has it.")
@RULE
@click.option("--contaminate", is_flag=True, help="Mark these versions contaminated.")
@click.option("--deprecate", is_flag=True, help="Mark what has it deprecated.")
@click.option("--replaced-by", metavar="NAME", help="With --deprecate: what to use instead.")
def add(
    session: Session, words: tuple[str, ...], cause: str, fix: str, about: tuple[str, ...], commits: str | None,
    rule: str, contaminate: bool, deprecate: bool, replaced_by: str | None,
) -> None:  # fmt: skip
    """Put a bug on record, and mark what has it in the same step: all of it or nothing.

    \b
    Example:
      assay bug add "answers end in the middle" --cause "max_tokens is 64" --about scripts/gen.py --contaminate
    """
    from ..registry.memory.bugs import Marks, add

    symptom, names = titled(words, about)
    marks = Marks(contaminate, deprecate, replaced_by, commits)
    done = add(session.store, symptom, cause=cause, fix=fix, rule=rule, about=names, marks=marks)
    lines = [f"Bug {done.bug.fact[:8]} is on record"]
    for status, stated in done.marked:
        lines += [f"{name} is {status} (fact {id[:8]})" for name, id in zip(stated.about, stated.facts, strict=True)]
    marked = [{"status": status, **stated.as_dict()} for status, stated in done.marked]
    session.answer({**done.bug.as_dict(), "marked": marked}, page(lines))


@assay_command("fix")
@click.argument("id")
@click.option("--fix", "text", default="", metavar="TEXT", help="What mended it.")
@RULE
def fix(session: Session, id: str, text: str, rule: str) -> None:
    """Put on record that a bug is mended in what its scripts are now.

    What was marked stays marked: the versions that have the bug have it still.

    \b
    Example:
      assay bug fix 3f2a91bc --fix "max_tokens is an option" --rule AS101
    """
    from ..registry.legible import listed
    from ..registry.memory.bugs import fix, unmended

    done = fix(session.store, id, text, rule)
    still = unmended(session.store, done)
    left = f", and these have it until they change: {listed(still, SHOWN)}" if still else ""
    session.answer(done.as_dict() | {"unmended": still}, page([f"Bug {done.fact[:8]} is fixed{left}"]))


@assay_command("list")
@click.option("--open", "only_open", is_flag=True, help="Only what is not mended.")
def list_(session: Session, only_open: bool) -> None:
    """List the bugs on record.

    \b
    Example:
      assay bug list --open
    """
    listing(session, "bug", everything=not only_open)


for one in (add, fix, list_):
    command.add_command(one)
