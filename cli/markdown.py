"""`assay markdown`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

import click

from ..registry.legible import page
from .session import Session, assay_command

SHOWN = 20  # lines of a difference


@assay_command("markdown")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when a document is stale.")
@click.option(
    "--all", "everything", is_flag=True, help="List tests and all modules, and write the documents beside it."
)
def command(session: Session, check: bool, everything: bool) -> None:
    """Write IMPLEMENTATION_REGISTRY.md, or check that it is current.

    By task: what to use, PRIMARY first, with what each script reads and writes; then what not to use, data and where it
    came from, settings, modules. The same facts always give the same document, so that it can be committed and checked
    in CI.

    --all also writes KNOWN_BUGS_AND_FIXES.md, DEPRECATED_SCRIPTS.md, DATA_PROVENANCE.md, TASKS.md, and a file for each
    decision in decisions/. Where these lie, --check looks at them with or without it.

    \b
    Examples:
      assay markdown
      assay scan && assay markdown --check
    """
    from ..registry.answers.document import FILE, is_cut, may_replace, stale
    from ..registry.errors import UsageError
    from ..registry.standing.freshness import never_scanned, was_scanned
    from ..registry.writing import write_document

    found = stale(session.current, everything)
    if found and not was_scanned(session.store):
        raise never_scanned()
    if check:
        _answer_check(session, found, FILE)
    if theirs := [path for path, (old, _) in found.items() if not may_replace(path, old)]:
        raise UsageError(f"{theirs[0]} was not written by Assay", "Move it elsewhere, then run `assay markdown` again.")
    lines = [] if FILE in found else [f"{FILE} unchanged"]
    for path, (old, new) in found.items():
        if not everything and path != FILE:
            continue
        target = session.project.root / path
        target.parent.mkdir(exist_ok=True)
        if new:
            write_document(session.project.root, target, new)
        else:
            target.unlink()
        how = "written anew: it had been cut off" if path == FILE and is_cut(old) else "written" if new else "removed"
        lines.append(f"{path} {how}")
    written = [path for path in found if everything or path == FILE]
    session.answer({"path": FILE, "changed": FILE in found, "written": written}, page(lines))


def _answer_check(session: Session, found: Mapping[str, tuple[str, str]], file: str) -> None:
    from ..registry.answers.document import is_conflicted

    changes = {
        path: list(difflib.unified_diff(old.split("\n"), new.split("\n"), path, "registry", lineterm="", n=0))
        for path, (old, new) in found.items()
    }
    lines: list[str] = []
    for path, changed in changes.items():
        why = "holds a merge conflict" if is_conflicted(found[path][0]) else "is stale"
        lines += [f"{path} {why}; run `assay markdown{'' if path == file else ' --all'}`", *changed[:SHOWN]]
    diff = [line for changed in changes.values() for line in changed]
    data = {"path": file, "stale": bool(changes), "diff": diff, "documents": sorted(changes)}
    session.answer(data, page(lines or [f"{file} is current"]), code=1 if changes else 0)
