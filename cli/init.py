"""`assay init`."""

from __future__ import annotations

from pathlib import Path

from ..registry.legible import page
from ..registry.project import DATABASE, FOLDER
from .session import Session, assay_command, plural

SAID = {
    "kept in git from now on": "From now on git keeps the facts in .assay/ledger: commit them with the code.",
    "kept in git": "What others must know is in .assay/ledger: commit it with the code.",
    "ignored by git": "git ignores .assay/ledger, so facts stay on this machine; `assay sync` takes them elsewhere.",
}


@assay_command("init")
def command(session: Session) -> None:
    """Make a registry for the project in the current folder.

    It lies in .assay/, and git keeps .assay/ledger alone: the facts that travel. A registry that is there already is
    opened and, where it is older, upgraded after a backup; in a clone it is made anew from what is in the ledger.

    \b
    Example:
      cd my-project && assay init && assay scan
    """
    from ..registry.facts.kept import keep_in_git
    from ..registry.facts.store import create

    folder = Path.cwd() / FOLDER
    existed = (folder / DATABASE).exists() if session.db is None else folder.is_dir()
    kept = keep_in_git(folder)
    with create(Path.cwd(), session.db) as store:
        store.adopt()
        revision = store.database.revision()
        shown = store.project.url.rpartition("@")[2] if store.database.postgresql else str(store.database.path)
    word = "opened" if existed else "created"
    data = {"root": str(Path.cwd()), "registry": shown, "created": not existed, "revision": revision}
    said = [SAID[kept]] if kept in SAID else []
    if store.gone:
        lost = f"{plural(store.gone, 'transaction')} that stayed with this copy went with the database that was here"
        said.append(f"{lost}; what travels is back from the ledger.")
    session.answer(
        data | {"ledger": kept.value, "gone": store.gone},
        page([f"Registry {word}: {shown}", *said, "Next: assay scan"]),
    )
