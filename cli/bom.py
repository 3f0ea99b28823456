"""`assay bom`."""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import click

from ..registry.legible import page
from .session import Session, assay_command


@assay_command("bom")
@click.option("-o", "file", metavar="FILE", help="Where it is written; `-` prints it. Else bom.cdx.json in the root.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when the file is stale.")
def command(session: Session, file: str | None, check: bool) -> None:
    """Write the bill of materials: models, data and tools, with their pedigree, as CycloneDX 1.7.

    Lineage is what runs on record say, findings are vulnerabilities with their analysis, and every line names the fact
    that it rests on; what nobody has said is unknown. The same facts always give the same file.

    \b
    Examples:
      assay bom
      assay bom -o - | jq .vulnerabilities
      assay bom --check
    """
    from ..registry.answers.bom import FILE, bom, is_ours
    from ..registry.errors import UsageError
    from ..registry.writing import write_document

    new = bom(session.current)
    if file == "-":
        session.answer(json.loads(new), new.rstrip("\n"))
    path = Path(file) if file else session.project.root / FILE
    old = path.read_text("utf-8", errors="replace") if path.is_file() else ""
    called = session.project.name_of(path)
    if check:
        changes = list(difflib.unified_diff(old.split("\n"), new.split("\n"), called, "registry", lineterm="", n=0))
        text = page([f"{called} is stale; run `assay bom`", *changes[:20]]) if changes else f"{called} is current"
        session.answer({"path": called, "stale": bool(changes), "diff": changes}, text, code=1 if changes else 0)
    if not is_ours(old):
        raise UsageError(f"{called} was not written by Assay", "Give another file: -o FILE.")
    if new != old:
        write_document(session.project.root, path, new)
    session.answer({"path": called, "changed": new != old}, f"{called} {'written' if new != old else 'unchanged'}")
