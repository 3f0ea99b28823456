"""What the Markdown documents of a project claim falsely, each with its line and the fact against it.

Logs of changes tell of the past and licences of nothing; what Assay wrote itself is held by `assay markdown --check`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..documents.checks import Contradicted, contradicted
from ..documents.claims import claims
from ..documents.files import Known
from ..documents.markdown import blocks, is_ours, read
from ..documents.project import Sources
from ..documents.standings import Unjudged, called_clean, left_out, opposed, unjudged
from ..errors import UsageError
from ..facts.store import Store
from ..kinds import SCRIPT
from ..legible import page
from ..observe.gitlog import committable_paths
from ..standing.cards import all_cards
from ..standing.families import is_test
from ..standing.today import Today

PAST = ("changelog", "changes", "history", "release_notes", "releases", "news", "license", "licence", "notice")
ELSEWHERE = frozenset(("node_modules", "site-packages", "__pycache__", "venv", "build", "dist"))
SHOWN = 12


@dataclass(frozen=True)
class DocumentAudit:
    """What documents claim falsely, what needs a reader, which documents were read, and which could not be, and why."""

    found: Sequence[Contradicted]
    unjudged: Sequence[Unjudged]
    documents: Sequence[str]
    skipped: Sequence[tuple[str, str]]

    def as_dict(self) -> dict[str, Any]:
        """The audit as JSON-ready values."""
        return {
            "documents": list(self.documents),
            "false": [one.as_dict() for one in self.found],
            "unjudged": [one.as_dict() for one in self.unjudged],
            "skipped": [{"path": path, "why": why} for path, why in self.skipped],
        }

    def text(self) -> str:
        """The audit for a person: what is false first, then how much needs a reader."""
        kinds = Counter(one.kind for one in self.found)
        told = ", ".join(f"{count} of {kind}" for kind, count in sorted(kinds.items()))
        lines = [one.text() for one in self.found]
        lines += [f"not read: {path}: {why}" for path, why in self.skipped]
        if self.unjudged:
            lines += ["", f"Unjudged, for a reader ({len(self.unjudged)}):"]
            lines += [f"  {one.file}:{one.line}: {one.text[:100]}" for one in self.unjudged[:SHOWN]]
        count = f"{len(self.documents)} documents read: "
        lines.append(count + (f"{len(self.found)} false claims ({told})" if self.found else "nothing in them is false"))
        return page(lines)


def documents_audited(store: Store) -> DocumentAudit:
    """Every document of this working copy, held against its files and the record. Raises UsageError where none is."""
    root = store.project.root
    paths = committable_paths(root)
    sources = Sources(root, paths if paths is not None else set(_below(root)))
    today = Today.of(store)
    here = [card for card in all_cards(today) if card.row.present]
    known, cards = Known(card.row for card in here), {card.row.id: card for card in here}
    scripts = [card.name for card in here if card.row.kind == SCRIPT and _is_entry(card.name)]
    found: list[Contradicted] = []
    unclear: list[Unjudged] = []
    skipped: list[tuple[str, str]] = []
    documents = [path for path in sorted(sources.paths) if _is_document(path) and _is_here(root / path)]
    for path in documents:
        try:
            text = read(root / path)
        except UsageError as error:
            skipped.append((path, error.message))
            continue
        if is_ours(text):
            continue
        held = blocks(text)
        said = claims(held)
        false = [
            *contradicted(sources, path, held), *opposed(path, said, known, cards),
            *called_clean(path, held, known, cards), *left_out(path, held, said, known, scripts),
        ]  # fmt: skip
        found += sorted(false, key=lambda one: (one.line, one.kind, one.claim))
        unclear += unjudged(path, held, said)
    if not documents:
        raise UsageError(
            "there is no Markdown document here", "Documents are the .md files that git has or would take."
        )
    return DocumentAudit(found, unclear, documents, skipped)


def _is_document(path: str) -> bool:
    name = Path(path)
    return name.suffix.lower() == ".md" and not name.stem.lower().startswith(PAST) and ELSEWHERE.isdisjoint(name.parts)


def _is_here(path: Path) -> bool:
    """Whether a document lies there itself; one that a link leads to is read where it lies."""
    return path.is_file() and not path.is_symlink()


def _is_entry(name: str) -> bool:
    """Whether a registry would name this script: no test, no marker of a package, nothing private."""
    last = name.rpartition("/")[2]
    return not is_test(name) and not last.startswith("_") and last not in ("setup.py", "conftest.py")


def _below(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        folders[:] = [one for one in folders if not one.startswith(".") and one not in ELSEWHERE]
        yield from (os.path.relpath(os.path.join(folder, file), root) for file in files)  # noqa: PTH118
