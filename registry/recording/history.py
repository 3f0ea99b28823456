"""Put every past version of every script on record, checked by today's rules, from git alone.

The commits are replayed oldest first into a scratch folder, so that each version is identified together with the
local modules as they were then: a helper that changed made a new version of every script that imports it.
Branches are replayed in the order of their dates; a commit whose date says nothing goes with the one before it. Nothing
of the repository is run, and its files are not touched. What cannot be replayed is named, and the rest goes on.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import UsageError
from ..facts.reading.here import scripts_here
from ..facts.store import Batch, Store
from ..hashing import canonical_json, digest_bytes
from ..observe import gitlog, identity
from ..observe.gitlog import Commit, PastVersion
from ..observe.script.imports import ImportGraph
from ..observe.walk import SCRIPT_SUFFIXES, Found, Skipped
from ..project import printable
from .dating import UNDATED, utc
from .describe import SKIPPED, Describer, observers, record_description, why_skipped

Progress = Callable[[int, int, str], None]
Choice = Callable[[PastVersion], bool]
REPLAYED = "history-of-scripts"  # the setting that says how far the last replay went, and by which rules
NO_DATE = "1970-01-01T00:00:00Z"  # where no commit of a repository has any


@dataclass
class Replayed:
    """How many (script, version) pairs were recorded, and what was left out, with its reason."""

    seen: int = 0
    skipped: list[Skipped] = field(default_factory=list)


def scan_history(store: Store, progress: Progress = lambda *_: None, concerns: Choice | None = None) -> Replayed:
    """Record every past version of the project's scripts.

    With `concerns`, only of the files of which it chooses any version, and of programs that import those. Without it,
    the commits that the last replay began with, by the same rules, are brought back and not looked at again. Raises
    UsageError when there is no git history, or git cannot list it.
    """
    if not gitlog.read_state(store.project.root):
        raise UsageError("there is no git history here", "Run `assay scan` without --history.")
    commits: dict[str, list[PastVersion]] = defaultdict(list)
    skipped: list[Skipped] = []

    def absent(path: str, commit: Commit) -> None:
        skipped.append(Skipped(f"{printable(path)}@{commit.sha[:8]}", "its content is not in this partial clone"))

    past = _dated(gitlog.past_versions(store.project.root, tuple(SCRIPT_SUFFIXES), absent))
    chosen: set[str] = set()
    for version in sorted(past, key=lambda version: (version.date, version.sha, version.path)):
        commits[version.sha].append(version)
        if version.path not in chosen and (concerns is None or concerns(version)):
            chosen.add(version.path)
    with tempfile.TemporaryDirectory(prefix="assay-history-") as scratch:
        replay = Replay(store, Path(scratch).resolve(), chosen)
        rules = _rules_of(replay.describer)
        known = 0 if concerns else _replayed(store, rules, list(commits), replay.done)
        for place, (sha, changes) in enumerate(commits.items(), 1):
            progress(place, len(commits), f"commit {sha[:8]}")
            replay.apply(changes, is_known=place <= known)
    replay.done.skipped += skipped
    if not concerns and not replay.done.skipped:
        _remember(store, rules, list(commits), replay.done)
    return replay.done


def _rules_of(describer: Describer) -> str:
    """By what past versions are described and judged."""
    return digest_bytes(canonical_json([{**describer.today}, observers(), sorted(describer.taken_back.values())]))


def _replayed(store: Store, rules: str, commits: list[str], done: Replayed) -> int:
    """With how many of these commits the last replay has begun, by the same rules; `done` has what it recorded."""
    last = json.loads(store.setting(REPLAYED) or "{}")
    count: int = last.get("commits", 0)
    if last.get("rules") != rules or last.get("digest") != digest_bytes(canonical_json(commits[:count])):
        return 0
    done.seen = last["seen"]
    return count


def _remember(store: Store, rules: str, commits: list[str], done: Replayed) -> None:
    digest = digest_bytes(canonical_json(commits))
    said = {"rules": rules, "commits": len(commits), "digest": digest, "seen": done.seen}
    with store.batch() as batch:
        batch.cache("setting", workspace=store.workspace, key=REPLAYED, value=canonical_json(said).decode())


def _dated(past: Iterable[PastVersion]) -> Iterator[PastVersion]:
    """Past versions with the date that they are replayed at: an undated commit has that of the one before it."""
    newest_first = list(past)
    date = min((one.date for one in newest_first if one.date), default=NO_DATE)
    for one in reversed(newest_first):
        if one.date:
            date = one.date
            yield one
        else:
            yield replace(one, date=date, is_dated=False)


class Replay:
    """Brings a scratch folder from commit to commit; `recorded` are the versions it put on record, by file."""

    def __init__(self, store: Store, scratch: Path, chosen: Iterable[str]) -> None:
        self.store = store
        self.scratch = scratch
        self.graph = ImportGraph(scratch)
        self.graph.told = {}
        self.chosen = {scratch / path for path in chosen}
        current = Describer.of(store)
        self.describer = replace(current, config=replace(current.config, root=scratch))
        self.closures: dict[Path, set[Path]] = {}
        self.unasked: set[Path] = set()
        self.done = Replayed()
        self.recorded: dict[Path, str] = {}
        self.artifacts = scripts_here(store)

    def apply(self, changes: Iterable[PastVersion], is_known: bool = False) -> None:
        """Bring the scratch folder to a commit and record what it made of every chosen script that it touched.

        Of one that `is_known` nothing has to be recorded.
        """
        if self.unasked and not is_known:
            self._ask()
        changed: dict[Path, PastVersion] = {}
        in_place = True
        for one in changes:
            path = self.scratch / one.path
            in_place = in_place and path.is_file()
            try:
                _replace(path, one.content)
            except (OSError, ValueError) as error:
                in_place = False
                self._skip(one, one.path, error)
                continue
            changed[path] = one
        if is_known:
            self.unasked |= changed.keys()
        if not changed or is_known:
            return
        self.graph = graph = self.graph.after(changed, in_place)
        commit = next(iter(changed.values()))
        touched = set(changed) | {script for script, needs in self.closures.items() if needs & changed.keys()}
        with self.store.batch() as batch:
            for path in sorted(touched):
                try:
                    self._record(batch, graph, path, commit)
                except SKIPPED as error:
                    self._skip(commit, path.relative_to(self.scratch).as_posix(), error)

    def _ask(self) -> None:
        """See what the scripts of known commits import, before the first other commit changes it."""
        for path in filter(Path.is_file, self.unasked):
            self.closures[path] = {module for _, module in self.graph.parts(path)}
        self.unasked.clear()

    def _skip(self, commit: PastVersion, path: str, error: BaseException) -> None:
        self.done.skipped.append(Skipped(f"{printable(path)}@{commit.sha[:8]}", why_skipped(error)))

    def _record(self, batch: Batch, graph: ImportGraph, path: Path, commit: PastVersion) -> None:
        parts = graph.parts(path)
        needs = {module for _, module in parts}
        if path not in self.chosen and (self.chosen.isdisjoint(needs) or not _is_program(path)):
            return
        self.closures[path] = needs
        found = identity.of_script(path, parts)
        name = printable(path.relative_to(self.scratch).as_posix())
        artifact = self.artifacts.get(name) or batch.add("artifact", kind="script", name=name, ordinal=0)
        batch.add(
            "version", id=found.version, kind="script", content=found.content, size=found.size, files=1, weights=None
        )
        for entry in found.entries:
            batch.add("manifest_entry", version_id=found.version, path=entry.path, size=entry.size, digest=entry.digest)
        batch.add(
            "sighting",
            artifact_id=artifact,
            version_id=found.version,
            path=name,
            at=utc(commit.date),
            source="git" if commit.is_dated else UNDATED,
            commit=commit.sha,
            author=commit.author or None,
        )
        described = replace(self.describer, graph=graph).describe(Found("script", str(path), name, ""), found.version)
        record_description(batch, found.version, described)
        self.done.seen += 1
        self.recorded[path] = found.version


def _is_program(path: Path) -> bool:
    """Whether a script says that it can be run, and is not only imported."""
    return path.suffix != ".py" or b"__main__" in path.read_bytes()


def _replace(path: Path, content: bytes) -> None:
    """Write a file where an older commit may have had a folder, or below what it had as a file."""
    for parent in path.parents:
        if parent.is_file():
            parent.unlink()
    if path.is_dir():
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
