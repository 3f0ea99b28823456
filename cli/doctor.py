"""`assay doctor`."""

from __future__ import annotations

from ..registry.errors import NoRegistry
from .session import Session, assay_command


@assay_command("doctor")
def command(session: Session) -> None:
    """Look whether this machine and this project have what Assay needs.

    Python and the extras, the command itself, what would watch a run, git, the disk, and of a project its registry, its
    ledger and the clock. Each is ok, a note or a problem, with what to do. Exits 1 when there is a problem.

    \b
    Examples:
      assay doctor
      python -m assay.cli doctor          # where `assay` is another program
    """
    from ..registry.answers.doctor import diagnosis

    try:
        project = session.project
    except NoRegistry:
        project = None
    found = diagnosis(project)
    session.answer(found.as_dict(), found.text, code=0 if found.ok else 1)
