"""What a run wrote: found at the paths it named, told apart from what lay there before, and put on record.

Refuses to take credit where it is not due: a file that nothing wrote is no output, and one that was moved in, linked,
copied or only appended to makes the run unproven instead of making the content clean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..disclosure import Places
from ..errors import FileChanged
from ..facts.kinds import artifact_here, artifact_of_name, kind_here
from ..facts.reading.runs import wrote_before
from ..facts.reading.versions import known
from ..facts.store import Batch, Store
from ..gate.gate import Gate
from ..hashing import files_below, short
from ..kinds import CHECKPOINT, MODEL, family_of
from ..lineage.evidence import Evidence
from ..lineage.purpose import TRAIN, Purpose
from ..lineage.status import Status
from ..observe.folders import folder_members
from ..observe.identity import Identity
from ..observe.process.existing import Existing
from ..observe.unchanged import stat_text
from ..observe.walk import Found, Walk
from ..recording.describe import (
    Described,
    Describer,
    identify,
    record_description,
    record_location,
    record_version,
)
from .account import Account, Left
from .start import SCRIPT

CLOCK_SLACK = 2.0  # seconds: some file systems keep times no finer


@dataclass
class Output:
    """A path that a run said it would write, and what lay there when it said so.

    `kind` is None for what content makes it; `continues` says that it is known where what lies there comes from.
    """

    path: Path
    kind: str | None = None
    continues: bool = False
    existing: Existing = field(default_factory=lambda: Existing(()))

    @classmethod
    def at(cls, path: Path, kind: str | None, continues: bool) -> Output:
        """An output that is about to be written here."""
        there = files_below(path) if path.is_dir() else [path] if path.is_file() else ()
        return cls(path, kind, continues, Existing(there))

    def left(self) -> Left:
        """What became of what lay here, now that the run is over. Call it once."""
        untouched, kept = (frozenset(map(str, files)) for files in self.existing.after())
        return Left(str(self.path), self.kind, self.continues, untouched, kept)


@dataclass(frozen=True)
class Written:
    """An artifact that a run wrote, identified and described, ready to be recorded."""

    found: Found
    kind: str
    identity: Identity
    described: Described
    role: str

    @property
    def files(self) -> set[Path]:
        """Every file that it consists of."""
        return _files(self.found)


@dataclass
class Findings:
    """What looking at the outputs brought up: what was written, why it may prove nothing, and what is worth saying."""

    written: list[Written] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class OutputReader:
    """Looks at what a run wrote, when it is over."""

    def __init__(self, gate: Gate, account: Account) -> None:
        self.store = gate.store
        self.gate = gate
        self.account = account
        self.findings = Findings()
        self._describer = Describer.of(self.store)
        self._taken: set[Path] = set()

    def read(self, output: Left) -> None:
        """Look at one declared output path: one artifact, or the several that lie below it."""
        path = Path(output.path)
        name = self.store.project.name_of(path)
        if not path.exists():
            self.findings.notes.append(f"{name} was to be written and is not there")
            return
        found = list(self._found(path, output.kind))
        if not found:
            self.findings.notes.append(f"{name} is no script, dataset or checkpoint, so it is not on record")
        for one in found:
            if {str(file) for file in _files(one)} <= output.untouched and not output.continues:
                self.findings.notes.append(f"{one.name} was there before and was not written: no output of this run")
            elif one.path not in self._taken:
                self._look_at(one, output.kind, "output", set() if output.continues else set(map(Path, output.kept)))

    def read_undeclared(self, one: Found) -> None:
        """Look at an artifact that was seen being written without having been declared."""
        if one.path not in self._taken:
            old = {file for file in _files(one) if not self.account.trace.is_made(str(file))}
            self._look_at(one, None, "undeclared", old)

    def _found(self, path: Path, kind: str | None) -> Iterator[Found]:
        found = Walk(self.store.project, anything=True).below([path])
        whole = next((one for one in found if one.path == path), None)
        if kind is None:
            yield from found
        elif whole is not None:
            yield whole
        else:
            members = tuple(folder_members(path)) if path.is_dir() else ()
            name = self.store.project.name_of(path)
            yield Found(family_of(kind), str(path), name, "" if members else stat_text(path.stat()), members)

    def _look_at(self, one: Found, kind: str | None, role: str, old: set[Path]) -> None:
        self._taken.add(one.path)
        defects = self.findings.defects
        files = _files(one)
        try:
            before = _sizes(files)
            found = identify(one, self._describer.graph)
            kind = kind or self._known_kind(one)
            described = self._describer.describe(one, found.version, kind)
            if _sizes(files) != before:
                raise FileChanged(f"{one.name} changed while it was read")
        except FileChanged as error:
            defects.append(error.message)
            return
        except OSError as error:
            defects.append(f"{one.name} could not be read afterwards: {error.strerror or error}")
            return
        if any(map(self.account.is_later, files)):
            self.findings.notes.append(f"{one.name} was changed after the run had ended, so it is no output of it")
            return
        if found.version in self.account.versions:
            self.findings.notes.append(f"{one.name} holds the same bytes as an input: no new output")
            return
        if still := sorted(self.store.project.name_of(path) for path in old & files):
            defects.append(f"{', '.join(still[:3])} was there before, and what it held may be in it still")
        if suspicion := self._suspicion(one, files, found.version):
            defects.append(f"{one.name} {suspicion}")
        self.findings.notes += self._worth_saying(one)
        made = CHECKPOINT if described.kind == MODEL else described.kind  # a model is what comes from outside
        self.findings.written.append(Written(one, kind or made, found, described, role))

    def _worth_saying(self, one: Found) -> Iterator[str]:
        """What it means that an output lies where it does."""
        read = next((given for given in self.account.inputs if given.path == str(one.path)), None)
        if read:
            yield f"{one.name} was read and written over: version {short(read.version)} stays on record, without bytes"
        if one.name.startswith("/"):
            yield f"{one.name} lies outside of the project: on record by its path on this machine, where no scan looks"

    def _known_kind(self, one: Found) -> str | None:
        """The kind that a name is on record as, where what lies there now can still be that."""
        kind = kind_here(self.store, one.name)
        return one.exact or (kind if kind and family_of(kind) == one.kind else None)

    def _suspicion(self, one: Found, files: set[Path], version: str) -> str | None:
        """What speaks against the run having made these bytes itself."""
        if self.account.watched and one.path.is_relative_to(self.store.project.root):
            source = self.account.trace.brought_from(str(one.path))
            if source:
                source = self.store.project.name_of(source) if source.startswith("/") else source
                return f"was not written by it but moved or linked from {source}"
        elif max(path.stat().st_mtime for path in files) < self.account.started - CLOCK_SLACK:
            return "is older than the run: moved or copied, not made"
        if self._was_contaminated(version):
            return f"has the bytes of version {short(version)}, on record as contaminated: copied, not made"
        return None

    def _was_contaminated(self, version: str) -> bool:
        """Whether these bytes were contaminated before, and no other version of this very script had made them."""
        if not known(self.store, [version]):
            return False
        script = next((name for role, _, name, _ in self.account.rows if role == SCRIPT), None)
        told = script and Places.of(self.store.project.root).relative(script)  # an older run has it as it was
        if any(wrote_before(self.store, version, name) for name in {script, told}):
            return False
        return self.gate.standings.of(version, Purpose(TRAIN)).lineage is Status.CONTAMINATED


def _files(one: Found) -> set[Path]:
    return {member.file for member in one.members} or {one.path}


def _sizes(files: Iterable[Path]) -> list[tuple[int, int]]:
    """Size and time of each file: they move while somebody writes."""
    return [(status.st_size, status.st_mtime_ns) for status in (path.stat() for path in sorted(files))]


def record_output(store: Store, batch: Batch, run: str, one: Written, at: str, maker: str | None = None) -> None:
    """Write down one output: its version, what it is, where it lies, and that this run made it.

    `maker` is the version of the script that wrote it, where its processes were seen writing.
    """
    artifact = artifact_of_name(store, batch, one.found.name, one.kind, artifact_here(store, one.found.name))
    version = one.identity.version
    record_version(batch, one.kind, one.identity, one.described.weights)
    record_description(batch, version, one.described)
    batch.add("sighting", artifact_id=artifact, version_id=version, path=one.found.name, at=at, source="run")
    batch.add(
        "run_output",
        run_id=run,
        version_id=version,
        role=one.role,
        path=one.found.name,
        evidence=Evidence.OBSERVED.value if maker else None,
        maker_id=maker,
    )
    record_location(batch, store.workspace, one.found.name, artifact, version, one.identity.content, one.found.stat)
