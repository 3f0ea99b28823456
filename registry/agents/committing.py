"""What is said of a commit that is about to be made: of what is staged, whatever lies in the working copy.

Scripts that it brings in or changes are compared with what HEAD has. Only a contaminating finding that is new stops it;
near copies, imports of what may not be used, and a document that is stale are said. Then the scripts are put on record,
those whose working copy is what is staged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..answers.document import FILE, document, is_ours
from ..answers.lint import Lint, lint
from ..errors import UsageError
from ..facts.store import Store
from ..legible import page
from ..observe.gitlog import content_at, staged, unstaged
from ..observe.script.source import LANGUAGES, Source, read_regular, read_source
from ..recording.scan import scan
from ..rules.base import Severity
from ..standing.freshness import RULESETS
from ..standing.today import Today


@dataclass(frozen=True)
class Commit:
    """What is said of a commit: what stops it, what is only told, how many scripts were judged."""

    stops: tuple[str, ...]
    notes: tuple[str, ...]
    scripts: int

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON shape `hook commit`."""
        return {"allowed": not self.stops, **vars(self)}

    def text(self) -> str:
        """For a person: nothing where there is nothing to say."""
        end = ["Assay stops this commit: `git commit --no-verify` makes it all the same."] if self.stops else []
        return page([*self.stops, *self.notes, *end])


def judged_commit(store: Store, document_counts: bool = False) -> Commit:
    """Judge what is staged, and put its scripts on record. With `document_counts` a stale document stops it too."""
    root = store.project.root
    names = {name: old for name, old in staged(root).items() if Path(name).suffix.lower() in LANGUAGES}
    contents = {name: content_at(root, "", name) or b"" for name in names}
    around = [name for name in unstaged(root) if Path(name).suffix.lower() in LANGUAGES and name not in names]
    beside = [_source(store, name, content_at(root, "", name) or b"") for name in around]
    beside += [_source(store, name, content) for name, content in contents.items()]
    today = Today.of(store)
    stops: list[str] = []
    notes: list[str] = []
    for name, content in contents.items():
        if not content.strip():
            continue
        before = _source(store, name, content_at(root, "HEAD", names[name]) or b"")
        try:
            found = lint(today, store.project.path_of(name), content, before, beside)
        except UsageError as error:
            notes.append(f"{error.message}: not checked")
            continue
        stops += _stopping(found)
        notes += _telling(found, {name, names[name]})
    _register(store, contents)
    if stale := _stale(store):
        (stops if document_counts else notes).append(stale)
    return Commit(tuple(stops), tuple(notes), len(names))


def _source(store: Store, name: str, content: bytes) -> Source:
    return read_source(store.project.path_of(name), content)


def _stopping(found: Lint) -> Iterator[str]:
    for one in found.new:
        if one.severity is Severity.CONTAMINATES:
            yield f"{found.path}:{one.line or 0} {one.rule}: {one.message}"
            yield f"  → {one.fix}"


def _telling(found: Lint, own: set[str]) -> Iterator[str]:
    for one in found.new:
        if one.severity is Severity.WARNS:
            yield f"{found.path}:{one.line or 0} {one.rule} warns: {one.message}"
    for module in found.imports:
        yield f"{found.path} {module.text()}"
    for missing in found.unresolved:
        yield f"{found.path}:{missing.line} {missing.why}"
    for alike in found.resembles:
        if alike.path not in own:
            yield f"{found.path}: {alike.text()}"


def _register(store: Store, contents: Mapping[str, bytes]) -> None:
    """Put those on record that lie here as they are staged; the next scan sees the others as they then are."""
    paths = [store.project.path_of(name) for name, content in contents.items()]
    same = [path for path, content in zip(paths, contents.values(), strict=True) if _lies(path) == content]
    if same:
        scan(store, same)


def _lies(path: Path) -> bytes | None:
    try:
        return None if path.is_symlink() else read_regular(path)
    except OSError:
        return None


def _stale(store: Store) -> str:
    """What is said where the commit has a document that is not what is on record, if all of it was ever looked at."""
    written = content_at(store.project.root, "", FILE)
    if (
        written is None
        or store.setting(RULESETS) is None
        or not is_ours(text := written.decode("utf-8", "replace"))
        or text == document(store)
    ):
        return ""
    return f"{FILE} is stale: assay markdown && git add {FILE}"
