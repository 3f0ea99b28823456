"""`assay adopt`."""

from __future__ import annotations

from pathlib import Path

import click

from ..registry.legible import legible, page
from .session import Session, assay_command, plural


@assay_command("adopt")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--apply", is_flag=True, help="Put on record what is new; without it, show what would be.")
def command(session: Session, files: tuple[Path, ...], apply: bool) -> None:
    """Read hand-written registries, bug and deprecation lists in Markdown into the record.

    Headings, items and tables that name files are read for PRIMARY and deprecated marks, what to use instead, purposes,
    expected results and known bugs. What is marked + is new, ! cannot be recorded and says why; the rest is on record.
    What a document says is a claim: it makes nothing clean, and has its file and line as its source.

    \b
    Examples:
      assay adopt SCRIPTS.md docs/known_bugs.md
      assay adopt SCRIPTS.md --apply
    """
    from ..registry.memory.adoption import NEW, WRONG, adopt

    found = adopt(session.store, [session.project.root / session.project.name_of(str(file)) for file in files], apply)
    new, wrong = (sum(one.state == state for one in found) for state in (NEW, WRONG))
    done = "recorded" if apply else "would be recorded; --apply does it"
    total = f"{plural(new, 'claim')} {done}" if new else "nothing new to record"
    lines = [legible(one.text()) for one in found]
    refused = f", {wrong} cannot be" if wrong else ""
    session.answer(
        {"applied": apply, "new": new, "claims": [one.as_dict() for one in found]}, page([*lines, f"{total}{refused}"])
    )
