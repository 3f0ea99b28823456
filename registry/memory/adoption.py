"""Hand-written registries taken over: what their lines claim becomes statements, each with its line as the source.

A person runs it, so that it may say which thing is PRIMARY or deprecated; it makes nothing clean. What stands on record
already is passed over, so that it is run again and again. Refuses, line by line, what names nothing on record or says
the opposite of what stands, and documents in which nothing is claimed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..documents.claims import BUG, DECISION, DEPRECATED, NOTE, PRIMARY, Claim, claims
from ..documents.files import Known
from ..documents.markdown import blocks, is_ours, read
from ..errors import AssayError, UsageError
from ..facts.query import ArtifactRow, artifacts
from ..facts.reading.declarations import declared, noted
from ..facts.reading.memory import Item, items
from ..facts.store import Batch, Store
from ..statements.declarations import OF_ARTIFACTS, mark
from ..statements.notes import note
from ..statements.speaker import require_person
from ..statements.together import Together
from .remembering import end, put, subjects, worded

NEW, THERE, WRONG = "new", "there", "cannot"
EXAMPLE = 'assay bug add "what goes wrong"'


@dataclass(frozen=True)
class Adopted:
    """A claim at its place: `new` where it is to be recorded, `there` where it is, `cannot` with the reason."""

    file: str
    line: int
    said: str
    state: str
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The claim as JSON-ready values."""
        return asdict(self)

    def text(self) -> str:
        """The claim as a line of a difference."""
        sign = {NEW: "+", THERE: " ", WRONG: "!"}[self.state]
        return f"{sign} {self.file}:{self.line}: {self.said}" + (f" ({self.why})" if self.why else "")


def adopt(store: Store, paths: Sequence[Path], apply: bool = False) -> list[Adopted]:
    """What these documents claim, and what comes of it; with `apply`, what is new is put on record, in one transaction.

    Raises UsageError for a document that cannot be read, or in which nothing is claimed.
    """
    if apply:
        require_person(store, "Which thing is to be used is a person's word")
    batch, found = Batch(store.project.root), list[Adopted]()
    for path in dict.fromkeys(paths):
        found += _Document(store, batch, path).adopted()
    if apply and batch:
        store.commit(batch)
    return found


class _Document:
    """One document, and what is on record of what it names."""

    def __init__(self, store: Store, batch: Batch, path: Path) -> None:
        self.store, self.batch, self.name = store, batch, store.project.name_of(str(path))
        text = read(path)
        if is_ours(text):
            raise UsageError(f"{self.name} was written by Assay from the record", "Name what people wrote.")
        self.claims = claims(blocks(text))
        self.known = Known(artifacts(store, "l.present = 1") or artifacts(store))
        self.folder = self.name.rpartition("/")[0]
        if not any(self._rows(one) or one.kind in (BUG, DECISION) for one in self.claims):
            raise UsageError(
                f"{self.name} is no registry: no heading, item or table of it says anything of a file on record",
                "Name a document that lists scripts with what they are for, or bugs, or what is deprecated.",
            )

    def adopted(self) -> Iterator[Adopted]:
        """Each claim with what comes of it; what is new goes into the batch."""
        first: dict[str, str] = {}
        old = {one.file for one in self.claims if one.kind == DEPRECATED}
        store = Together(self.store, self.batch)
        for claim in self.claims:
            said = self._said(claim)
            purpose = (self._purpose(claim) or "").lower() if claim.kind == PRIMARY else ""
            if claim.kind == PRIMARY and claim.file in old:
                yield Adopted(self.name, claim.line, said, WRONG, "the document calls it deprecated too")
            elif purpose and first.setdefault(purpose, claim.file) != claim.file:
                yield Adopted(self.name, claim.line, said, WRONG, f"it calls {first[purpose]} so too")
            elif (claim.file and not self._rows(claim)) or (claim.instead and not self._row(claim.instead)):
                missing = claim.instead if claim.file and self._rows(claim) else claim.file
                yield Adopted(self.name, claim.line, said, WRONG, f"{missing} is not on record, or is several things")
            elif self._stands(claim):
                yield Adopted(self.name, claim.line, said, THERE)
            else:
                yield self._recorded(store, claim, said)

    def _recorded(self, store: Store, claim: Claim, said: str) -> Adopted:
        try:
            self._state(store, claim)
        except AssayError as error:
            return Adopted(self.name, claim.line, said, WRONG, error.message)
        return Adopted(self.name, claim.line, said, NEW)

    def _state(self, store: Store, claim: Claim) -> None:
        source = f"{self.name}:{claim.line}"
        names = [row.name for row in self._rows(claim)]
        if claim.kind == PRIMARY:
            mark(store, names, PRIMARY, f"as {source} says", purpose=self._purpose(claim))
        elif claim.kind == DEPRECATED:
            row = self._row(claim.instead) if claim.instead else None
            why = f"{claim.text or 'deprecated'} ({source})"
            mark(store, names, DEPRECATED, why, replaced_by=row.name if row else None)
        elif claim.kind == NOTE:
            note(store, names, self._note(claim))
        else:
            about = subjects(store, names) if names else ()
            said = {"why": claim.cause, "fix": claim.fix, "source": source}
            words = worded(claim.kind, claim.text, EXAMPLE, about, **said)
            fact = put(store, self.batch, words)
            if claim.fixed and claim.kind == BUG:
                end(store, self.batch, Item(fact, BUG, words.key, words.title, "", ""), text=claim.fix)

    def _stands(self, claim: Claim) -> bool:
        """Whether this is on record already, in other words or from another line."""
        rows = self._rows(claim)
        if claim.kind in (BUG, DECISION):
            key = worded(claim.kind, claim.text, EXAMPLE).key
            return any(one.key == key for one in items(self.store, [claim.kind]))
        if claim.kind == NOTE:
            notes = [(one.artifact, json.loads(one.body).get("text", "")) for one in noted(self.store)]
            said = {(artifact, text.rpartition(" (")[0]) for artifact, text in notes}
            return all((row.id, claim.text) in said for row in rows)
        status = {(one.subject, one.status) for one in declared(self.store, OF_ARTIFACTS)}
        return all((row.id, claim.kind) in status for row in rows)

    def _note(self, claim: Claim) -> str:
        return f"{claim.text} ({self.name}:{claim.line})"

    def _purpose(self, claim: Claim) -> str | None:
        told = (one.text.removeprefix("purpose: ") for one in self.claims
                if one.kind == NOTE and one.file == claim.file and one.text.startswith("purpose: "))  # fmt: skip
        return next(told, None)

    def _rows(self, claim: Claim) -> list[ArtifactRow]:
        """What a claim is about; a bug may be about nothing on record."""
        files: Collection[str] = [claim.file] if claim.file else claim.files
        found = [row for file in files if (row := self._row(file))]
        return list({row.id: row for row in found}.values())

    def _row(self, file: str) -> ArtifactRow | None:
        return self.known.called(file, self.folder)

    def _said(self, claim: Claim) -> str:
        rows = self._rows(claim)
        name = rows[0].name if rows else claim.file
        if claim.kind == PRIMARY:
            purpose = self._purpose(claim)
            return f"{name} is PRIMARY" + (f" for {purpose!r}" if purpose else "")
        if claim.kind == DEPRECATED:
            row = self._row(claim.instead) if claim.instead else None
            instead = f", use {row.name if row else claim.instead}" if claim.instead else ""
            return f"{name} is deprecated{instead}: {claim.text}"
        if claim.kind == NOTE:
            return f"{name}: {claim.text}"
        about = f" ({', '.join(row.name for row in rows)})" if rows else ""
        return f"{claim.kind}: {claim.text}{about}"
