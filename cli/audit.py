"""`assay audit`."""

from __future__ import annotations

from pathlib import Path

import click

from .session import Session, assay_command, plural


@assay_command("audit")
@click.option("--new", is_flag=True, help="Only what `assay baseline` has not accepted.")
@click.option("--rule", "rules", multiple=True, metavar="R", help="Only what this rule says; a beginning names many.")
@click.option("--path", "paths", multiple=True, metavar="P", help="Only what has this name, lies below or matches it.")
@click.option(
    "--sarif", "file", is_flag=False, flag_value="-", metavar="[FILE]", help="Write SARIF 2.1.0 (`-`: print it)."
)
@click.option("--documents", is_flag=True, help="Instead: what Markdown documents claim falsely.")
def command(
    session: Session, new: bool, rules: tuple[str, ...], paths: tuple[str, ...], file: str | None, documents: bool
) -> None:
    """Name what is contaminated, missing, undescribed or contradictory.

    Waivers, findings that were set aside and attested origins come first. Each cause is told once, with its places.
    Exits 1 when anything is contaminated, gone and needed by what is here, not on record, or contradictory; what is
    unverified, warnings, notes, and what is gone and needed by nothing, do not count. The options narrow what is shown
    and what the exit code is about, and change nothing that stands; the counts at the end are of everything.

    --documents holds what Markdown documents say against the files and the record: paths, line numbers, options and
    their defaults, imports and functions, counts, outputs, statuses, entries that a registry leaves out. Each stands
    with its line and the fact against it; what needs a reader is listed as unjudged. Exits 1 where anything is false.

    \b
    Examples:
      assay audit --json
      assay audit --documents
      assay audit --new
      assay audit --rule AS107 --path scripts
      assay audit --sarif assay.sarif
    """
    if documents:
        from ..registry.answers.documents import documents_audited
        from ..registry.errors import UsageError

        if new or rules or paths or file:
            raise UsageError("--documents is another question", "Leave the other options out.")
        held = documents_audited(session.current)
        session.answer(held.as_dict(), held.text, code=1 if held.found else 0)
    from ..registry.answers.audit import audit
    from ..registry.answers.audit_text import text
    from ..registry.answers.baseline import unaccepted
    from ..registry.answers.narrowing import at_paths, narrowed

    found = audit(session.current)
    found = narrowed(found, rules, at_paths(session.store, paths, found))
    found = unaccepted(session.store, found) if new else found
    code = 0 if found.is_clean else 1
    if file is None:
        session.answer(found.as_dict(), lambda: text(found), code)
    from ..registry.answers.sarif import sarif
    from ..registry.legible import as_json
    from ..registry.writing import write_document

    log = sarif(session.store, found)
    if file == "-":
        session.answer(log, as_json(log), code)
    write_document(session.project.root, Path(str(file)), f"{as_json(log)}\n")
    counted = plural(len(log["runs"][0]["results"]), "result")
    session.answer({"path": file, "results": len(log["runs"][0]["results"])}, f"{file} written: {counted}", code)
