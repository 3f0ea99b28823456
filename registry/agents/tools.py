"""What an agent may ask and say from elsewhere: a table of tools over one project, each a function of plain values.

The registry is opened for each call, so that an answer is as fresh as a command's and nothing is held in between.
Refuses paths outside the project, whatever they lead through; says nothing of the machine that it stands on.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..answers.lint import lint
from ..errors import AssayError, UsageError
from ..facts.chosen import chosen
from ..facts.store import Store
from ..memory.bugs import add
from ..memory.decisions import decide
from ..observe.script.source import read_regular, read_source
from ..project import Project
from ..recording.commits import notice_commits
from ..search.alike import MOST_CODE
from ..standing.freshness import freshness
from ..standing.today import Today
from ..statements.notes import note
from .before_edit import before_edit
from .current import current
from .duplicates import USUAL as CLUSTERS
from .duplicates import duplicates
from .economy import Economy
from .find import USUAL as ANSWERS
from .find import find
from .linted import linted
from .may_use import USUAL as REFUSALS
from .may_use import may_use, purpose_of
from .proposals import propose
from .told import told_investigation, told_lineage, told_log, told_why

Fields = Sequence[str]
Limit = int | None
MOST_PATHS = 1000
DRAFT = "draft.py"


@dataclass(frozen=True)
class Tools:
    """The tools of one project: `start` is a folder in it, `url` the registry where that is elsewhere."""

    start: Path
    url: str | None = None

    @contextlib.contextmanager
    def _store(self) -> Iterator[Store]:
        with Store(Project.find(self.start, self.url), create=False) as store:
            notice_commits(store)
            yield store

    def find(
        self, task: str = "", draft: str = "", as_path: str = "", limit: Limit = None, fields: Fields = ()
    ) -> dict[str, Any]:
        """Ask before writing: what does this already, how much of it, and how is it used.

        `task` in the user's own words; `draft` is code that is not saved, which would lie at `as_path`.
        """
        economy = Economy.of(limit, fields)
        if not task.strip() and not draft.strip():
            raise UsageError("nothing was asked", "Give the task in words, or a draft.")
        with self._store() as store:
            own = self._name(store, as_path) if as_path else ""
            source = read_source(Path(own or DRAFT), draft.encode("utf-8", "replace")) if draft else None
            found = find(Today.of(store), task, freshness(store), source, own, economy.limit or ANSWERS)
            return found.as_dict(store, economy)

    def before_edit(self, path: str, symbol: str = "", limit: Limit = None, fields: Fields = ()) -> dict[str, Any]:
        """Before a shared file is edited: who imports it and what they use, what its runs made, tests, known bugs,
        what documents say of it."""
        economy = Economy.of(limit, fields)
        with self._store() as store:
            today = Today.of(store)
            return before_edit(today, self._name(store, path), symbol, freshness(store)).as_dict(today, economy)

    def lint(
        self, path: str = "", code: str = "", as_path: str = "", limit: Limit = None, fields: Fields = ()
    ) -> dict[str, Any]:
        """After an edit, or before a file is saved: what is newly wrong with it, and what on record it resembles.

        Give `path` of a file, or `code` that is not saved with `as_path`, where it would lie.
        """
        economy = Economy.of(limit, fields)
        with self._store() as store:
            name = self._name(store, as_path or path)
            file = store.project.path_of(name)
            content = code.encode("utf-8", "replace") if code else self._read(store, self._name(store, path or as_path))
            return linted(store, lint(Today.of(store), file, content), economy)

    def may_use(self, paths: Sequence[str], purpose: str, limit: Limit = None, fields: Fields = ()) -> dict[str, Any]:
        """Before training or evaluating: which of these may not be used, who probably made them, the ways out.

        `purpose`: train, evaluate, evaluate:NAME or publish.
        """
        economy, wanted = Economy.of(limit, fields), purpose_of(purpose)
        if not 0 < len(paths) <= MOST_PATHS:
            raise UsageError(f"{len(paths)} paths were given", f"Give 1 to {MOST_PATHS}.")
        with self._store() as store:
            today = Today.of(store)
            here = [str(store.project.path_of(self._name(store, path))) for path in paths]
            return may_use(today, here, wanted, freshness(store), economy.limit or REFUSALS).as_dict(today, economy)

    def current(self, role: str, limit: Limit = None, fields: Fields = ()) -> dict[str, Any]:
        """The one to use for a purpose in words, and on whose word."""
        economy = Economy.of(limit, fields)
        with self._store() as store:
            today = Today.of(store)
            return current(today, role, freshness(store)).as_dict(today, economy)

    def duplicates(self, what: str = "", limit: Limit = None, fields: Fields = ()) -> dict[str, Any]:
        """What is repeated: anywhere, at a path, or of what is called or described so; in what the places differ."""
        economy = Economy.of(limit, fields)
        with self._store() as store:
            today = Today.of(store)
            asked = self._name(store, what) if "/" in what and " " not in what else what
            return duplicates(today, asked, freshness(store), economy.limit or CLUSTERS).as_dict(today, economy)

    def lineage(self, name: str, limit: Limit = None, fields: Fields = ()) -> dict[str, Any]:
        """What a thing was made from, and what from it."""
        with self._store() as store:
            return told_lineage(store, self._name(store, name), Economy.of(limit, fields))

    def why(self, name: str, limit: Limit = None, fields: Fields = ()) -> dict[str, Any]:
        """Why a thing stands where it stands, and the ways out."""
        with self._store() as store:
            return told_why(store, self._name(store, name), Economy.of(limit, fields))

    def investigate(self, path: str, limit: Limit = None, fields: Fields = ()) -> dict[str, Any]:
        """What a data set without a record is, what it lacks, and which scripts could have made it."""
        with self._store() as store:
            return told_investigation(store, self._name(store, path), Economy.of(limit, fields))

    def log(self, name: str = "", limit: Limit = None, fields: Fields = ()) -> dict[str, Any]:
        """Who said or did what, the newest first; of one thing, or of everything."""
        with self._store() as store:
            return told_log(store, self._name(store, name) if name else "", Economy.of(limit, fields))

    def note(self, names: Sequence[str], text: str) -> dict[str, Any]:
        """Put a note beside things; it says something and decides nothing."""
        with self._store() as store:
            return note(store, chosen(store, self._names(store, names)), text).as_dict()

    def bug(self, symptom: str, cause: str = "", fix: str = "", about: Sequence[str] = ()) -> dict[str, Any]:
        """Put a bug on record: what is seen, why, what mends it, which scripts have it. It marks nothing."""
        with self._store() as store:
            names = chosen(store, self._names(store, about))
            return add(store, symptom, cause=cause, fix=fix, about=names).bug.as_dict()

    def decide(self, title: str, because: str = "", about: Sequence[str] = ()) -> dict[str, Any]:
        """Put a decision of the user's on record, and why it was taken."""
        with self._store() as store:
            return decide(store, title, because, chosen(store, self._names(store, about))).as_dict()

    def propose_mark(
        self, names: Sequence[str], status: str, reason: str, replaced_by: str = "", purpose: str = ""
    ) -> dict[str, Any]:
        """Propose that a person marks things contaminated, unverified, deprecated or primary; nothing changes yet."""
        parts = {"status": status, "reason": reason, "replaced_by": replaced_by, "purpose": purpose}
        return self._propose("mark", names, parts)

    def propose_attest(
        self, names: Sequence[str], origin: str, revision: str = "", licence: str = ""
    ) -> dict[str, Any]:
        """Propose that a person states where things came from; it changes nothing yet."""
        return self._propose("attest", names, {"origin": origin, "revision": revision, "licence": licence})

    def _propose(self, kind: str, names: Sequence[str], parts: dict[str, str]) -> dict[str, Any]:
        with self._store() as store:
            made = propose(store, kind, self._names(store, names), parts)
        return {"proposed": made.as_dict(), "next": f"tell the user: assay proposals accept {made.id}"}

    def _names(self, store: Store, names: Sequence[str]) -> list[str]:
        return [self._name(store, name) for name in names]

    def _name(self, store: Store, given: str) -> str:
        """What a path is called in the project. Raises UsageError for one that leads out of it, or is none."""
        if not given.strip() or "\0" in given:
            raise UsageError("a path or name is needed", "Give one as it stands in the project.")
        root = store.project.root
        name = os.path.relpath(os.path.normpath(root / given), root)
        if name == ".." or name.startswith("../"):
            raise UsageError("that path is outside the project", "Give one within it.")
        return name

    def _read(self, store: Store, name: str) -> bytes:
        """The bytes of a file that really lies in the project. Raises UsageError."""
        root, path = store.project.root, store.project.path_of(name)
        if not path.resolve().is_relative_to(root):
            raise UsageError("that path leads outside the project", "Give a file within it.")
        try:
            if path.stat().st_size > MOST_CODE:
                raise UsageError(f"{name} is too large to check", "Give a script.")
            return read_regular(path)
        except (OSError, ValueError) as error:
            raise UsageError(f"{name} cannot be read", "Give a script, or code with as_path.") from error


READING = ("find", "before_edit", "lint", "may_use", "current", "duplicates", "lineage", "why", "investigate", "log")
RECORDING = ("investigate",)  # of these: what leaves an answer on record
WRITING = ("note", "bug", "decide", "propose_mark", "propose_attest")


def one_line(error: AssayError, root: Path) -> str:
    """An error as an agent reads it: its code, what is wrong and what to do, in one line that names no other place."""
    said = f"{error.code}: {error.text()}" + (f" → {error.remedy}" if error.remedy else "")
    return " ".join(said.replace(f"{root}/", "").replace(str(root), "the project").split())
