"""The run context: an execution with its inputs checked before it starts and its outputs on record when it ends.

    with run(store, inputs={"train": "data/sft.jsonl"}, params={"lr": 2e-5}, seed=42) as this:
        rows = this.inputs["train"].rows()
        save(this.output("out/sft"))

The row that says a run has started is committed before its body does, so that one that is killed stays on record and
what it wrote stays unproven. Refuses unclean inputs, and refuses to call an output clean when the run was not.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .declared import Admitted, Request, admit, announce, announcement, as_json, hourly_rate, record_start
from .errors import AssayError, Refused, UsageError
from .gate import Gate
from .names import SHORT
from .observe import audit_hook
from .observe.imports import ImportGraph
from .observe.process import Trace
from .observe.walk import Found, folder_members, stat_text
from .observed import OUTPUT, Judge, Undeclared, concerns
from .outputs import CLOCK_SLACK, KINDS, Output, OutputReader, record_output
from .project import FOLDER
from .purpose import TRAIN, Purpose
from .status import Status
from .store import Store

PARENT = "ASSAY_RUN"
HERE = Path(__file__).parent
UNDECLARED = "undeclared"
_OUTER = os.environ.get(PARENT)
_current: ContextVar[str | None] = ContextVar("assay_run", default=None)


@dataclass(frozen=True)
class Report:
    """How a run ended, for people: names of what it read and wrote, why it proves nothing (if so), and remarks."""

    run: str
    outcome: str
    seconds: float
    cost: float | None
    inputs: Mapping[str, str]
    undeclared: Sequence[str]
    outputs: Sequence[tuple[str, str, str]]
    defects: Sequence[str]
    notes: Sequence[str]

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON-ready values."""
        outputs = [{"name": name, "kind": kind, "version": version} for name, kind, version in self.outputs]
        return {**self.__dict__, "inputs": dict(self.inputs), "outputs": outputs}


@contextlib.contextmanager
def run(
    store: Store,
    *,
    inputs: Mapping[str, Path | str],
    script: Path | str | None = None,
    params: Mapping[str, Any] | None = None,
    seed: int | None = None,
    purpose: str | Purpose = TRAIN,
    command: Sequence[str] | None = None,
) -> Iterator[Run]:
    """Run the block as a recorded run of `script` (the calling file when not given) over `inputs`, role to path.

    Raises GateRefusal before the block starts when an input or the script is not clean for `purpose`. An exception in
    the block is recorded as a failed run and raised again.
    """
    request = Request(
        script=Path(script or caller()).absolute(),
        command=[sys.executable, *sys.argv] if command is None else command,
        inputs={role: Path(path).absolute() for role, path in inputs.items()},
        params=params or {},
        seed=seed,
        purpose=Purpose.parse(purpose) if isinstance(purpose, str) else purpose,
        parent=parent_run(),
    )
    this = start(Gate(store), request)
    failure: BaseException | None = None
    with _entered(this.id) as opened:
        try:
            yield this
        except BaseException as error:
            failure = error
        seconds = this.elapsed()
    try:
        outcome, detail = _outcome_of(failure)
        this.finish(outcome, seconds, detail=detail, undeclared=this.judge_opened(opened))
    except AssayError as lost:
        if failure is None:
            raise
        failure.add_note(f"and this run's end could not be recorded: {lost}")
    if failure is not None:
        raise failure


@contextlib.contextmanager
def _entered(run: str) -> Iterator[dict[str, None]]:
    """Inside, runs and processes that start have this run as their parent, and files that Python opens are noted."""
    token = _current.set(run)
    outer, os.environ[PARENT] = os.environ.get(PARENT), run
    opened: dict[str, None] = {}
    stop_listening = audit_hook.listen(opened.setdefault)
    try:
        yield opened
    finally:
        stop_listening()
        _current.reset(token)
        if outer is None:
            del os.environ[PARENT]
        else:
            os.environ[PARENT] = outer


def _outcome_of(failure: BaseException | None) -> tuple[str, str]:
    """(outcome, detail) of a block that ended with this exception."""
    if failure is None or (isinstance(failure, SystemExit) and not failure.code):
        return "completed", ""
    if isinstance(failure, KeyboardInterrupt):
        return "killed", "interrupted"
    return "failed", f"{type(failure).__name__}: {failure}".strip().split("\n")[0]


def caller() -> str:
    """The file of the nearest frame outside the modules that start runs. Raises UsageError where there is none."""
    frame = sys._getframe(1)
    while frame.f_back and Path(frame.f_code.co_filename).parent in (HERE, Path(contextlib.__file__).parent):
        frame = frame.f_back
    if not Path(frame.f_code.co_filename).is_file():
        raise UsageError("the script cannot be told from here", "Name it: run(store, script='path/of/this.py', …).")
    return frame.f_code.co_filename


def parent_run() -> str | None:
    """The run inside which this one starts: of this process, or of the one that started it."""
    return _current.get() or _OUTER


def start(gate: Gate, request: Request) -> Run:
    """Check everything that a run declares, and put it on record as started.

    Raises GateRefusal for an unclean input or script, UsageError for a declaration that makes no sense.
    """
    rate = hourly_rate(gate.store.project)
    states = {role: _state(path) for role, path in request.inputs.items()}
    for path in request.outputs:
        check_output(gate.store, request, path)
    admitted = admit(gate, request)
    started = gate.store.moment()
    this = Run(gate, request, admitted, record_start(gate.store, request, admitted, started), started, states, rate)
    for path in request.outputs:
        this.expect(path)
    return this


def check_output(store: Store, request: Request, path: Path) -> None:
    """Raise UsageError for a path that no run may write."""
    root = store.project.root
    if root.is_relative_to(path) or path.is_relative_to(root / FOLDER) or path == request.script:
        raise UsageError(f"{path} cannot be an output", "Name the file or folder that the run writes.")


def _state(path: Path) -> dict[str, str]:
    """What stands for the content of each file; empty text where that cannot be trusted yet."""
    files = [member.file for member in folder_members(path)] if path.is_dir() else [path] if path.exists() else []
    return {str(file): stat_text(file.stat()) for file in files}


class Run:
    """A run that is going on. `inputs` are what the gate passed, by role."""

    def __init__(
        self,
        gate: Gate,
        request: Request,
        admitted: Admitted,
        id: str,
        started_at: str,
        states: Mapping[str, Mapping[str, str]],
        rate: float | None,
    ) -> None:
        self.id = id
        self.inputs = dict(admitted.inputs)
        self.gate = gate
        self.store = gate.store
        self.request = request
        self.started_at = started_at
        self.defects = [f"made under waiver {w[:SHORT]}: never clean" for *_, w in admitted.rows() if w]
        if request.script is None:
            self.defects.append("what ran is not on record: no script of this project in its command")
        self._admitted = admitted
        self._states = states
        self._rate = rate
        self._outputs: dict[Path, Output] = {}
        self._clock, self._wall = time.monotonic(), time.time()

    def output(self, path: Path | str, kind: str | None = None) -> Path:
        """Announce that the run writes this file or folder; returns its absolute path, to write to.

        `kind` says what it is where content does not: dataset, checkpoint, model or evaluation.
        """
        path = Path(path).absolute()
        if kind is not None and kind not in KINDS:
            raise UsageError(f"{kind!r} is no kind of output", f"Say one of {', '.join(KINDS)}.")
        check_output(self.store, self.request, path)
        self.expect(path, kind)
        with self.store.batch() as batch:
            announce(batch, self.store, self.id, path)
        return path

    def expect(self, path: Path, kind: str | None = None) -> None:
        """Look at what lies at an output path before it is written."""
        known = path in self.request.inputs.values() or self._continues(path)
        self._outputs[path] = Output.at(path, kind, known)

    def _continues(self, path: Path) -> bool:
        """Whether what lies here was last written by a run of the same script version that read nothing else."""
        last = self.store.database.one(
            """SELECT r.id, r.script_id FROM receipt c JOIN run r ON r.id = c.subject_id
               WHERE c.kind = ? AND c.body = ? AND r.id <> ? ORDER BY r.started_at DESC LIMIT 1""",
            [OUTPUT, announcement(self.store, path), self.id],
        )
        if not path.exists() or last is None or last[1] is None or self._is_contaminated(path):
            return False
        read = self.store.database.rows("SELECT version_id FROM run_input WHERE run_id = ?", [last[0]])
        return {last[1], *(version for (version,) in read)} <= self._admitted.versions

    def _is_contaminated(self, path: Path) -> bool:
        """Whether somebody put something there meanwhile that is on record as contaminated."""
        try:
            word = self.gate.check([path], self.request.purpose).inputs[0]
        except UsageError:
            return False
        return word.lineage_status is Status.CONTAMINATED

    def elapsed(self) -> float:
        """Seconds since the run began, by a clock that nobody sets."""
        return time.monotonic() - self._clock

    def judge(self, trace: Trace, sources: Iterable[str] = ()) -> Undeclared:
        """What was observed and not declared; `sources` are Python files that were loaded."""
        judge = self._judge()
        undeclared = judge.judge(trace)
        undeclared.reads += judge.sources(sources)
        return undeclared

    def judge_opened(self, paths: Iterable[str]) -> Undeclared:
        """The same, from the files that Python itself has opened in this process."""
        root = str(self.store.project.root)
        trace = Trace()
        sources = []
        for path in map(os.path.abspath, paths):
            if path.startswith(root) and path.endswith(audit_hook.SOURCES):
                sources.append(path)
            elif path.startswith(root) and concerns(path) and not self._is_new(path):
                trace.read[path] = None
        return self.judge(trace, sources) if trace.read or sources else Undeclared()

    def _is_new(self, path: str) -> bool:
        """Whether a file was written since the run began."""
        try:
            return Path(path).stat().st_mtime >= self._wall
        except OSError:
            return True

    def _judge(self) -> Judge:
        script, read = self.request.script, [*self.request.inputs.values()]
        read += [base.path for base in self._admitted.bases]
        if script:
            read += [script, *(path for _, path in ImportGraph(self.store.project.root).closure(script))]
        written = list(self._outputs)
        read += [path for path, output in self._outputs.items() if output.continues]
        return Judge(self.store, self.id, self.started_at, read, written)

    def finish(
        self,
        outcome: str,
        seconds: float,
        *,
        exit_code: int | None = None,
        detail: str = "",
        undeclared: Undeclared | None = None,
        trace: Trace | None = None,
    ) -> Report:
        """Put the end of the run on record with what it wrote, in one transaction.

        `outcome` is completed, failed or killed; `trace` is what was observed, where the run was.
        """
        undeclared = undeclared or Undeclared()
        outputs = OutputReader(self.gate, self._admitted, self._wall, trace)
        for output in self._outputs.values():
            outputs.read(output)
        for one in undeclared.writes:
            outputs.read_undeclared(one, trace or Trace())
        observed = self._identified(undeclared.reads)
        seen = outputs.findings
        defects = [*self.defects, *self._changed_inputs(trace), *undeclared.defects, *seen.defects]
        defects += trace.gaps if trace else []
        notes = [*seen.notes, *self._clock_notes()]
        cost = None if self._rate is None else round(seconds / 3600 * self._rate, 6)
        ended = self.store.moment()
        with self.store.batch() as batch:
            for name, version in observed.items():
                batch.add(
                    "run_input", run_id=self.id, version_id=version, role=UNDECLARED, path=name, evidence="observed"
                )
            for written in seen.written:
                record_output(self.store, batch, self.id, written, ended)
            batch.add(
                "run_end",
                run_id=self.id,
                outcome=outcome,
                exit_code=exit_code,
                ended_at=ended,
                seconds=round(seconds, 6),
                cost=cost,
                defects=as_json(list(dict.fromkeys(defects))),
                detail="; ".join([*([detail] if detail else []), *notes]),
            )
        return Report(
            run=self.id,
            outcome=outcome,
            seconds=seconds,
            cost=cost,
            inputs={role: name for role, _, name, _ in self._admitted.rows()},
            undeclared=list(observed),
            outputs=[(one.found.name, one.kind, one.identity.version) for one in seen.written],
            defects=list(dict.fromkeys(defects)),
            notes=notes,
        )

    def _identified(self, reads: Sequence[Found]) -> dict[str, str]:
        """Name to version of what was read undeclared, put on record where it was not."""
        if reads:
            from .scan import scan

            scan(self.store, [one.path for one in reads])
        found = {one.name: self.gate.identify(one.path)[1] for one in reads}
        return {name: version for name, version in found.items() if version not in self._admitted.versions}

    def _changed_inputs(self, trace: Trace | None) -> Iterator[str]:
        """Inputs that are not, or may for a while not have been, what the gate passed."""
        written = trace.written if trace else set()
        for role, before in self._states.items():
            path, clean = self.request.inputs[role], self.inputs[role]
            if any(path == one or path.is_relative_to(one) for one in self._outputs):
                continue  # read first, then written on purpose
            after = _state(path)
            if before == after and all(before.values()) and not written & before.keys():
                continue
            try:
                self.gate.confirm_identity(clean)
            except Refused:
                yield f"{clean.name} is not any more what was checked before the run"
                continue
            if before.keys() != after.keys() or written & before.keys():
                yield f"{clean.name} was rewritten or replaced while the run was going"

    def _clock_notes(self) -> Iterator[str]:
        behind = self.elapsed() - (time.time() - self._wall)
        if behind > CLOCK_SLACK:
            yield f"the clock went back by {behind:.0f} s during the run; its duration was measured without it"
