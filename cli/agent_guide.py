"""`assay agent-guide`."""

from __future__ import annotations

import click

from ..registry.legible import page
from .session import Session, assay_command


@assay_command("agent-guide")
@click.option("--write", is_flag=True, help="Write it into AGENTS.md, and the skill into .agents/skills/assay/.")
def command(session: Session, write: bool) -> None:
    """Print what a coding agent should do in this project, or write it where agents read it.

    With --write the guide stands between two marks of AGENTS.md (of what it links to; of CLAUDE.md where only that is
    there), and as a skill in .agents/skills/assay/SKILL.md. Written again, it replaces itself and nothing else.

    \b
    Examples:
      assay agent-guide
      assay agent-guide --write
    """
    from ..registry.agents.guide import block, skill, write_guide

    if not write:
        session.answer({"guide": block(), "skill": skill()}, block())
    written = write_guide(session.project.root)
    lines = [f"{'Wrote' if one.changed else 'Unchanged:'} {one.path}" for one in written]
    session.answer({"written": [{"path": one.path, "changed": one.changed} for one in written]}, page(lines))
