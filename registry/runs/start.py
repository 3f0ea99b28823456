"""What a run declares before it starts, checked and written down as the start of a run.

Refuses declarations that make no sense, and puts the script on record first, so that every run points to the exact
version of what ran.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..disclosure import Places, Secrets
from ..errors import Refused, UsageError
from ..facts.receipts import OUTPUT, announced
from ..facts.store import Batch, Store, now
from ..gate.gate import CleanInput, CleanModel, Gate
from ..gate.verdict import GateRefusal, InputVerdict
from ..hashing import canonical_json
from ..lineage.purpose import TRAIN, Purpose
from ..observe.folders import folder_members
from ..observe.process.alive import born
from ..observe.process.environment import read_environment, read_git
from ..observe.script.imports import ImportGraph
from ..observe.unchanged import stat_text
from ..project import FOLDER, Project, printable
from .references import Reference, record_references

SCRIPT, BASE = "script", "base"


@dataclass(frozen=True)
class Request:
    """What a run declares. Paths are absolute; `script` is None where none could be found, `parent` is a run's id.

    `python` is the interpreter that will run it, None for the one that is running now; `launched` says that the
    command is a program that knows nothing of Assay. `references` are inputs that lie elsewhere.
    """

    script: Path | None
    command: Sequence[str]
    inputs: Mapping[str, Path]
    outputs: Sequence[Path] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    purpose: Purpose = field(default_factory=lambda: Purpose(TRAIN))
    python: Path | None = None
    parent: str | None = None
    launched: bool = False
    references: Sequence[Reference] = ()


@dataclass(frozen=True)
class Admitted:
    """What the gate let in: the inputs by role, and the word on the script's exact version."""

    inputs: Mapping[str, CleanInput]
    script: InputVerdict | None

    @property
    def bases(self) -> list[CleanModel]:
        """The bases that adapters among the inputs bring along."""
        return [clean.base for clean in self.inputs.values() if isinstance(clean, CleanModel) and clean.base]

    def rows(self) -> list[tuple[str, str, str, str | None]]:
        """(role, version, name, waiver) of everything that the run declares to read."""
        rows = [(role, clean.version, clean.name, clean.waiver) for role, clean in self.inputs.items()]
        if BASE not in self.inputs:
            rows += [(BASE, base.version, base.name, base.waiver) for base in self.bases]
        if self.script:
            rows.append((SCRIPT, str(self.script.version), self.script.name, self.script.waiver))
        return list(dict.fromkeys(rows))

    @property
    def versions(self) -> set[str]:
        """Every version that the run declares to read."""
        return {version for _, version, _, _ in self.rows()}


@dataclass(frozen=True)
class Started:
    """A run that is on record as started: its id, what was declared and admitted, and when it began.

    `states` says, for the path of each input, what stood for the content of each of its files before it was checked,
    `code` the same of the script and the modules that it needs. `wall` and `clock` are seconds since the epoch and by
    a clock that nobody sets.
    """

    id: str
    request: Request
    admitted: Admitted
    states: Mapping[Path, Mapping[str, str]]
    code: Mapping[str, str]
    rate: float | None
    at: str
    wall: float
    clock: float

    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.clock


def start(gate: Gate, request: Request) -> Started:
    """Check everything that a run declares, and put it on record as started.

    Raises GateRefusal for an unclean input or script, UsageError for a declaration that makes no sense.
    """
    rate = gate.store.project.settings.rate_per_hour
    states = {path: state_of(gate.store.project, path) for path in request.inputs.values()}
    code = code_state(gate.store.project, request.script)
    for path in request.outputs:
        check_output(gate.store, request, path)
    admitted = admit(gate, request)
    states |= {base.path: state_of(gate.store.project, base.path) for base in admitted.bases if base.path not in states}
    at = gate.store.moment()
    id = record_start(gate.store, request, admitted, at)
    return Started(id, request, admitted, states, code, rate, at, time.time(), time.monotonic())


def state_of(project: Project, path: Path) -> dict[str, str]:
    """What stands for the content of each file of a path; empty text where that cannot be trusted yet."""
    members = folder_members(path, path.resolve() == project.root) if path.is_dir() else ()
    files = [member.file for member in members] or ([path] if path.is_file() else [])
    return {str(file): stat_text(file.stat()) for file in files}


def code_state(project: Project, script: Path | None) -> dict[str, str]:
    """What stands for the content of a script and of each module that it needs or may need."""
    if script is None:
        return {}
    parts = ImportGraph(project.root).parts(script)
    return {str(path): stat_text(path.stat()) for path in (script, *(path for _, path in parts))}


def check_output(store: Store, request: Request, path: Path) -> None:
    """Raise UsageError for a path that no run may write."""
    root = store.project.root
    if root.is_relative_to(path) or path.is_relative_to(root / FOLDER) or path == request.script:
        raise UsageError(f"{path} cannot be an output", "Name the file or folder that the run writes.")


def admit(gate: Gate, request: Request) -> Admitted:
    """Check a declaration at the gate. Raises GateRefusal for what is unclean, UsageError for what makes no sense."""
    for role, path in request.inputs.items():
        if role == SCRIPT or not role.strip():
            raise UsageError(f"{role!r} cannot be the role of an input", "Use a name such as train, base or items.")
        others = [other for other, same in request.inputs.items() if same == path and other != role]
        if others and path.is_file() and request.purpose.use == TRAIN:
            raise UsageError(f"{role} and {others[0]} are the same file, {path}", "Give each role a file of its own.")
    try:
        return Admitted(*gate.admit(request.inputs, request.purpose, request.script))
    except GateRefusal as refusal:
        if request.script is None or refusal.verdict.inputs[-1].allowed:
            raise
    _put_on_record(gate.store, request.script)
    return Admitted(*gate.admit(request.inputs, request.purpose, request.script))


def _put_on_record(store: Store, script: Path) -> None:
    """Register a script that is new, has changed, or was committed since it was last looked at."""
    from ..recording.scan import scan

    root = store.project.root
    scan(store, [script, *(path for _, path in ImportGraph(root).parts(script) if path.is_relative_to(root))])


def record_start(store: Store, request: Request, admitted: Admitted, at: str) -> str:
    """Commit the start of a run with everything that it declares; returns the run's id."""
    git = read_git(store.project.root)
    if git.diff and store.project.settings.require_commits:
        raise Refused("this project demands commits, and tracked files have uncommitted changes", "Commit them first.")
    environment = {
        **read_environment(request.python).as_dict(),
        "workspace": store.workspace,
        "launched": request.launched,
        "process_born": born(os.getpid()),
    }
    root, here = store.project.root, Path.cwd()
    places, within = Places.of(root), here.is_relative_to(root)
    told = Places.of(root, here) if within else places
    if within and here != root:
        environment["folder"] = here.relative_to(root).as_posix()
    with store.batch() as batch:
        run = batch.add(
            "run",
            script_id=admitted.script.version if admitted.script else None,
            script_path=places.relative(admitted.script.name) if admitted.script else None,
            purpose=str(request.purpose),
            command=as_json(told.command([printable(word) for word in request.command])),
            params=told_params(store.project, request.params),
            seed=request.seed,
            environment=as_json(places.data(environment)),
            commit=git.commit,
            diff=git.diff or None,
            author=store.project.author,
            host=socket.gethostname(),
            pid=os.getpid(),
            parent_id=request.parent,
            started_at=at,
        )
        for role, version, path, waiver in admitted.rows():
            batch.add(
                "run_input", run_id=run, version_id=version, role=role, path=path, evidence="declared", waiver_id=waiver
            )
        record_references(batch, run, request.references)
        for output in request.outputs:
            announce(batch, store, run, output)
    return run


def told_params(project: Project, params: Mapping[str, Any]) -> str:
    """Parameters as they stand on record: no secret in them, and no path of this machine."""
    told = Places.of(project.root).data(json.loads(as_json(params)))
    return as_json(Secrets.here().data(told))


def announce(batch: Batch, store: Store, run: str, path: Path) -> None:
    """Note that a run is going to write here, so that the leftovers of one that is killed are explained."""
    batch.add("receipt", subject_id=run, kind=OUTPUT, body=announcement(store, path), at=now())


def announcement(store: Store, path: Path) -> str:
    """The body of the receipt that says so."""
    return announced(store.project.name_of(path), store.workspace)


def as_json(value: Any) -> str:
    """Canonical JSON; what JSON cannot hold is written as its text."""
    return canonical_json(json.loads(json.dumps(value, default=str))).decode()
