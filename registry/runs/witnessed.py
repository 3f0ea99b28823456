"""What the witness of a run proves: what its own processes read, by class, and what really wrote its outputs.

Everything here was done by the run's own process tree, so everything counts, inside the project and outside; what
others did meanwhile is not in it. What cannot be told is named and leaves the outputs unproven.
"""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from ..facts.reading import runs
from ..facts.store import Store
from ..lineage.evidence import SETTINGS
from ..observe import gitlog
from ..observe.identity import of_file
from ..observe.process.audit_hook import compiled_from, source_of
from ..observe.process.tree import Tree, read_events, real, replay, without_processes
from ..observe.process.watch import Trace
from ..observe.walk import SCRIPT_SUFFIXES
from . import differences, elsewhere, spool
from .account import Account, Declared
from .authors import Authors
from .caches import Recognised, is_cache, recognise
from .classes import Class, Classes
from .classing import Classing
from .installed import Installed
from .makers import Makers
from .references import Reference
from .undeclared import OURS, Others, others
from .used import Used, named, on_record, use_of

WEAKENED = "{} ran without the rights that it has elsewhere, because what is watched gains none"


def of_account(store: Store, account: Account) -> Seen | None:
    """What the processes of a run were seen doing; None where nothing listened to them."""
    trace = spool.trace_of(store.project, account.run)
    if not account.listened or not trace.stat().st_size:
        return None
    events = list(read_events(trace))
    rows = runs.inside(store, account.run)
    inside = [pid for _, pid, environment in rows if json.loads(environment).get("launched")]
    whole = replay(events)
    return Seen(store, account, whole, replay(without_processes(events, inside)) if inside else whole)


class Seen:
    """What the processes of one run did: files by class, what was used, undeclared data, why it proves nothing.

    `whole` is all that they did, `tree` what they did outside of recorded runs inside this one.
    """

    def __init__(self, store: Store, account: Account, whole: Tree, tree: Tree) -> None:
        self.project = store.project
        self.account = account
        self.whole, self.tree = whole, tree
        self.classes: Counter[str] = Counter()
        self.data: list[str] = []
        self.code: list[str] = []
        self.used: list[Used] = []
        self.defects: list[str] = []
        self.caches = Recognised()
        self.bound: list[tuple[Reference, str, str]] = []  # with what file, and version
        self.notes: list[str] = []
        self.trace = Trace()
        self._store = store
        self._installed = Installed(self.project.root)
        self._changed = set(account.changed)
        self._checked = {real(file): text for file, text in account.code.items()}

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return self.account.whole and not self.tree.gaps

    @cached_property
    def _makers(self) -> Makers:
        return Makers(self.tree, self._sources)

    @cached_property
    def authors(self) -> Authors:
        """Who wrote what."""
        whole, tree = self.whole, self.tree
        known = self._table, self._installed
        return Authors(self.project, self.account, whole, tree, self._makers, *known, self.used, self.defects)

    @cached_property
    def _sources(self) -> dict[str, str]:
        """Compiled files to what they were compiled from."""
        return {path: source_of(path) for path in self.tree.reads if path.endswith(".pyc")}

    @cached_property
    def _tracked(self) -> frozenset[str]:
        return gitlog.tracked_paths(self.project.root)

    @cached_property
    def _recorded(self) -> frozenset[int]:
        """Programs that told a difference which is on record with the start of the run."""
        return differences.recorded(self._store, self.account.run, self.tree)

    @cached_property
    def _table(self) -> Classes:
        programs = {program.path for program in self.tree.programs}
        return Classes(
            self.project.root,
            self._tracked,
            programs,
            tuple(str(folder.resolve()) for folder in OURS),
            self.project.settings.environment,
        )

    def inside(self) -> Others:
        """What recorded runs inside this one declared to read and write."""
        return others(self._store, self.account.run, self.account.at, inside=True)

    def look(self) -> None:
        """Class every file that was read, and note what was used."""
        tree = self.tree
        self.defects += tree.gaps
        if tree.weakened:
            self.notes.append(WEAKENED.format(named(list(tree.weakened))))
        self.classes[Class.OWN] = len(tree.made)
        found = (self._makers.executed(place) for place in range(len(tree.programs)))
        executed = {one.file for one in found if one and one.file}
        code, settings = [], []
        kinds = Classing(
            self.account, tree, self._table, self._installed, self._sources, self._is_as_loaded, self._recorded
        )
        for path in tree.reads:
            kind = kinds.of(path, executed)
            self.classes[kind] += 1
            if kind is Class.DATA:
                self.data.append(path)
            elif kind is Class.CODE:
                code.append(path)
            elif kind is Class.SETTINGS:
                settings.append(path)
        self._look_into_caches()
        self._look_for_references()
        self.code = self._looked_up(self._not_as_checked(code))
        self._use_settings(settings)
        if script := self.account.script:
            opened = {self._sources.get(path, path) for path in self.whole.reads}
            if real(script) not in opened:
                self.defects.append(f"{self.project.name_of(script)} was named, and nothing ran it")
        self._look_beyond()
        self._use_packages(kinds.packaged)
        ours = [path for path in self.data if self._inside(path)]
        self.trace = Trace(
            made=set(tree.made),
            written={path for path in tree.wrote if self._inside(path) and not is_cache(path)},
            read=dict.fromkeys(ours),
            lost=self._changed.intersection(ours),
            brought=dict(tree.moved),
        )

    def _look_into_caches(self) -> None:
        """Take what caches were made of for read, where that is on record; the others stay data."""
        kept = [path for path in self.data if is_cache(path) and path not in self._changed]
        self.caches = recognise(self._store, self.account.versions, kept)
        self.data = [path for path in self.data if path not in self.caches.known]
        self.defects += self.caches.defects
        for kind, count in ((Class.DATA, -len(self.caches.known)), (Class.CACHE, len(self.caches.known))):
            self.classes[kind] += count

    def _look_for_references(self) -> None:
        """Take what the hub's cache holds of a declared reference for read; it counts where it is on record."""
        for one in self.account.references:
            if not one.is_pinned:
                what = "a commit of 40 digits" if one.is_of_hub else "a version"
                self.defects.append(
                    f"{one.role} is not pinned: what {one.text} was is not on record (add @ and {what})"
                )
            if not one.is_of_hub:
                continue
            files = [path for path in self.data if one.holds(path)]
            self.data = [path for path in self.data if path not in files]
            for kind, count in ((Class.DATA, -len(files)), (Class.INPUT, len(files))):
                self.classes[kind] += count
            known = {path: on_record(self._store, path) for path in files}
            self.bound += [(one, path, version) for path, versions in known.items() for version in sorted(versions)]
            if unknown := [path for path, versions in known.items() if not versions]:
                self.defects.append(
                    f"nothing on record is {one.role} ({one.text}), so no rule has looked at it: {named(unknown)} "
                    "(download it into the project, attest it, and declare its path)"
                )
            elif not files:
                self.defects.append(f"{one.role} was never opened ({one.text}): it was declared, and nothing read it")

    def _look_beyond(self) -> None:
        """Note what came from beyond the process tree; a declared reference explains connections."""
        network, url, references = self.project.settings.network, self.project.url, self.account.references
        if addresses := elsewhere.reached(self.tree, network, url):
            connected = f"it was connected to {named(list(map(elsewhere.called, addresses)))}"
            if references:
                declared = ", ".join(f"{one.role}={one.text}" for one in references)
                self.notes.append(f"{connected}, for {declared}, as was declared")
            else:
                self.defects.append(f"{connected}, and what came from there is not declared")
        self.defects += elsewhere.told(self.tree, network, named, self._recorded)

    def below(self, path: str) -> Iterator[str]:
        """The data that was read and is, or lies in, this."""
        place = real(path)
        return (path for path in self.data if path == place or path.startswith(f"{place}/"))

    def opened_as_another(self, before: Mapping[str, str]) -> bool:
        """Whether a file was, when a process opened it, not what it was when it was checked."""
        for file, text in before.items():
            reading = self.whole.reads.get(real(file))
            if text and reading and reading.mark and ":".join(map(str, reading.mark)) != text:
                return True
        return False

    def _inside(self, path: str) -> bool:
        return path.startswith(f"{self.project.root}/")

    def _not_as_checked(self, paths: Iterable[str]) -> list[tuple[str, bool]]:
        """(source, whether it is still what was loaded) of code, without what was as the gate passed it."""
        found: dict[str, bool] = {}
        for path in paths:
            source = self._sources.get(path, path)
            text = self._checked.get(source)
            if text is None or not self._is_as_checked(path, source, text):
                found[source] = found.get(source, True) and text is None and self._is_as_loaded(path, source)
        return list(found.items())

    def _is_as_checked(self, opened: str, source: str, text: str) -> bool:
        """Whether what was loaded is what the gate had looked at, whatever became of it since."""
        reading = self.tree.reads[opened]
        if not text or reading.changed:
            return self._is_as_loaded(opened, source)
        if opened == source:
            return reading.mark is not None and ":".join(map(str, reading.mark)) == text
        _, _, size, written, _ = map(int, text.split(":"))
        return opened not in self._changed and compiled_from(opened) == (written // 10**9, size)

    def _is_as_loaded(self, opened: str, source: str) -> bool:
        """Whether the source is now what was loaded, for compiled code by what that says of its source."""
        if opened in self._changed:
            return False
        try:
            status = os.stat(source)  # noqa: PTH116
        except OSError:
            return False
        return opened == source or compiled_from(opened) == (int(status.st_mtime), status.st_size)

    def _looked_up(self, paths: Iterable[tuple[str, bool]]) -> list[str]:
        """The scripts of the project among loaded code; what else was loaded, or changed since, is named."""
        scripts, elsewhere, others = [], [], []
        for path, is_same in paths:
            if not self._inside(path):
                elsewhere.append(path)
            elif not is_same:
                name = self.project.name_of(path)
                self.defects.append(f"it loaded {name}, which was changed meanwhile: what it was is not on record")
            elif Path(path).suffix in SCRIPT_SUFFIXES and os.path.isfile(path):  # noqa: PTH113
                scripts.append(path)
            elif path.endswith(".pyc"):  # tracked or not, nobody can look into it
                self.defects.append(f"it loaded {self.project.name_of(path)}, compiled code without its source")
            elif path.removeprefix(f"{self.project.root}/") in self._tracked:
                self._use(SETTINGS, path)
            else:
                others.append(self.project.name_of(path))
        if elsewhere:
            self.defects.append(f"it loaded code from outside of the project: {named(elsewhere)}")
        if others:
            self.defects.append(f"it loaded code of no known origin: {named(others)}")
        return scripts

    def _use_settings(self, paths: Iterable[str]) -> None:
        for path in paths:
            if path in self._changed:
                name = self.project.name_of(path)
                self.defects.append(f"it read {name}, which was changed since: what it was is not on record")
            else:
                self._use(SETTINGS, path)

    def _use(self, kind: str, path: str) -> None:
        try:
            self.used.append(Used(kind, self.project.name_of(path), of_file(Path(path)), "git"))
        except OSError:
            self.defects.append(f"it read {self.project.name_of(path)}, which is gone: what it was is not on record")

    def _use_packages(self, packaged: Iterable[str]) -> None:
        """Distributions in the project are tools; a module of any that is not what was installed is named."""
        tools = {tool for path in packaged if (tool := self._installed.tool_of(path))}
        for tool in sorted(tools, key=lambda one: one.called):
            self.used.append(use_of(tool))
            if tool.unknown:
                self.defects.append(f"{tool.called} ran, of no known origin: {tool.unknown}")
        sources = {self._sources.get(path, path) for path in self.tree.reads}
        for tool, paths in self._installed.patched(sources - self.tree.made).items():
            self.defects.append(f"{tool.called} is not what was installed: {named(paths)} was changed")

    def unread(self) -> Iterator[str]:
        """Declared inputs that no process of the run ever opened."""
        told: dict[str, list[Declared]] = defaultdict(list)
        for one in self.account.inputs:
            if one.role:
                told[one.role.partition("/")[0]].append(one)  # of a folder that is no one thing, any of it will do
        for role, several in told.items():
            if not any(map(self._was_opened, several)):
                names = named([one.name for one in several])
                yield f"{role} was never opened ({names}): it was declared, and nothing read it"

    def _was_opened(self, one: Declared) -> bool:
        files = {real(file) for file in (*one.before, one.path)}
        is_seen = not files.isdisjoint(self.whole.reads) or not files.isdisjoint(self.whole.wrote)
        is_seen = is_seen or any(
            source in files and name in self.whole.reads for name, source in self.whole.moved.items()
        )
        return is_seen or one.version in self.caches.versions
