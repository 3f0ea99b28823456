"""When content was where, on the strongest evidence there is: a git author date before a file's time.

A tracked file with uncommitted changes is dated by its file and marked so, and so is one whose commit has no usable
time; a script counts as tracked only when every local module that it imports is tracked too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..facts.receipts import FIRST_COMMIT
from ..facts.store import Batch, Store, iso
from ..hashing import canonical_json
from ..observe import gitlog
from ..observe.gitlog import Commit, GitHistory
from ..observe.script.imports import ImportGraph
from ..observe.walk import Found, Skipped
from ..project import printable

UNDATED = "git-undated"  # in a commit whose time says nothing


class Dating:
    """Writes down sightings for one scan; `history` is None until it was read, or where there is no git."""

    def __init__(self, store: Store, graph: ImportGraph, history: GitHistory | None = None) -> None:
        self.store = store
        self.graph = graph
        self.history = history
        self._names: dict[Path, str] = {}  # of modules: resolving a path costs more than all else that is asked of it

    def is_tracked(self, one: Found) -> bool:
        """Whether every file that decides is in git, and this one is committed."""
        history = self.history
        if history is None or not self._files(one) <= history.tracked:
            return False
        return one.name in history.files or one.name not in history.dirty

    def see(self, batch: Batch, artifact: str, one: Found, version: str, moved: bool = False) -> None:
        """Note that an artifact has this version here, and since when: a changed helper dates its importers.

        What has `moved` has the time of its file still, so that the time says when it was seen at its new place.
        """
        needed = self._files(one)
        history = self.history
        at = max(_file_time(one), self.store.moment()) if moved else _file_time(one)
        evidence: dict[str, Any] = {"at": at, "source": "mtime"}
        record = history.files.get(one.name) if history else None
        if history and self.is_tracked(one):
            if record and record.first.date:
                first = {
                    "sha": record.first.sha,
                    "at": utc(record.first.date),
                    "author": printable(record.first.author),
                }
                body = canonical_json(first).decode()
                batch.add("receipt", subject_id=artifact, kind=FIRST_COMMIT, body=body, at=first["at"])
            evidence["source"] = "git-dirty"
            if not history.dirty & needed:
                evidence |= self._committed(history, needed)
        batch.add("sighting", artifact_id=artifact, version_id=version, path=one.name, **evidence)

    def _committed(self, history: GitHistory, needed: set[str]) -> dict[str, Any]:
        """The last of the commits that changed these files; one without a usable time leaves the file's own."""
        commits = [history.files[name].last for name in needed & history.files.keys()]
        if not commits or any(not commit.date for commit in commits):
            last = next((commit for commit in commits if not commit.date), None)
            return {"source": UNDATED} | ({"commit": last.sha, "author": last.author or None} if last else {})
        last = max(commits, key=_date)
        return {"at": utc(last.date), "source": "git", "commit": last.sha, "author": last.author or None}

    def _files(self, one: Found) -> set[str]:
        """The names of the files that decide: a script's closure, anything else by itself."""
        modules = [module for _, module in self.graph.closure(one.path)] if one.kind == "script" else []
        for module in modules:
            if module not in self._names:
                self._names[module] = self.store.project.name_of(module)
        return {one.name, *(self._names[module] for module in modules)}

    def notes(self, in_git: bool) -> Iterator[str]:
        """What a person should know about the dates."""
        if not in_git:
            why = gitlog.refusal(self.store.project.root)
            head = f"no git history, as {why}" if why else "no git history"
            yield f"{head}. Dates come from file times, and no script has a known origin until it is attested"
        if self.history and self.history.is_shallow:
            yield "shallow clone: first-commit dates are those of the oldest commit that is here"
        if self.history and self.history.problem:
            yield self.history.problem

    def submodules(self) -> Iterator[Skipped]:
        """The submodules, whose history is not this repository's."""
        for path in sorted(self.history.submodules if self.history else ()):
            yield Skipped(path, "git submodule: scanned as files, without its own history")


def _date(commit: Commit) -> str:
    return commit.date


def utc(date: str) -> str:
    """A date in ISO 8601 as sortable UTC text."""
    return iso(datetime.fromisoformat(date))


def _file_time(one: Found) -> str:
    files: list[Path | str] = [*(member.file for member in one.members)] or [one.file]
    changed = max(os.stat(file).st_mtime for file in files)  # noqa: PTH116 (a path would be made for each thing)
    return iso(datetime.fromtimestamp(changed, UTC))
