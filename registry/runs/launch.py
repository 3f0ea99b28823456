"""Run a program that knows nothing of Assay: checked before it starts, observed while it runs, recorded when it ends.

Refuses before the launch what the gate refuses. What the program reads without having declared it is recorded and
named, and what it wrote stays unproven until somebody declares it; in strict mode that is a refusal.
"""

from __future__ import annotations

import shlex
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import EndNotRecorded, NotRecorded, RegistryError, UsageError
from ..facts.reading.runs import observed_reads, runs_like
from ..facts.store import Store
from ..gate.gate import Gate
from ..hashing import SHORT
from ..legible import page
from ..lineage.graph import ended_as
from ..lineage.purpose import TRAIN, Purpose
from ..observe.process.environment import python_of
from . import declared, interrupted
from .account import Ending
from .command import script_of
from .end import STRICT, Report
from .run import Run, parent_run
from .signals import Signals
from .start import SCRIPT, Request, start
from .used import MOST, named
from .watching import observe

CANNOT_SAY, REFUSED, CANNOT_RUN = 2, 3, 126
SHOWN = 6  # of what it read


@dataclass(frozen=True)
class Launched:
    """What came of a launch: the code to exit with, the run's report, and the lineage status of each output."""

    exit_code: int
    report: Report
    statuses: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON shape of `run`."""
        data = self.report.as_dict()
        outputs = [{**output, "lineage_status": self.statuses[output["name"]]} for output in data["outputs"]]
        return {**data, "outputs": outputs, "exit_code": self.exit_code}

    def summary(self) -> str:
        """Three lines: how it ended, what it read, what it wrote and where that stands."""
        report = self.report
        cost = "" if report.cost is None else f" at a cost of {report.cost:.2f}"
        ended = f"{ended_as(report.outcome)} in {report.seconds:.1f} s{cost}, exit code {self.exit_code}"
        files = ", ".join(f"{count:,} {kind}" for kind, count in sorted(report.classes.items()) if count)
        ended += f"; files: {files}" if files else ""
        read = [f"{role}={name}" for role, name in sorted(report.inputs.items(), key=lambda one: one[0] != SCRIPT)]
        read += [f"undeclared {name}" for name in report.undeclared]
        more = f" ({len(read):,} in all; --json names them)" if len(read) > SHOWN else ""
        wrote = [f"{name} ({kind}, {self.statuses[name]})" for name, kind, _ in report.outputs]
        undeclared = [f"it read {named(list(report.undeclared))} undeclared"] if report.undeclared else []
        because = [*report.defects, *undeclared, *report.notes]
        return page(
            (
                f"assay: run {report.run[:SHORT]} {ended}",
                f"  read   {', '.join(read[:SHOWN]) or 'nothing that is on record'}{more}",
                f"  wrote  {', '.join(wrote) or 'nothing that is on record'}"
                + (f": {'; '.join(because)}" if because else "")
                + self._way_out(),
            )
        )

    def _way_out(self) -> str:
        """What to do about data that was not declared: say so later where that is all, else with the next run."""
        report = self.report
        missing = [*report.undeclared, *report.unknown]
        some = enumerate(missing[:MOST], 1)
        given = " ".join(f"--in {shlex.quote(f'ROLE{number}={name}')}" for number, name in some)
        if len(missing) > MOST:
            given += f" … (and {len(missing) - MOST} more: --json names all of them, and --in takes a folder)"
        if report.undeclared and not report.defects:
            return f" → assay run --declare {report.run[:SHORT]} {given}"
        again = f" → run it again with {given}" if missing else ""
        origin = [
            f", once it is known where that is from: assay attest {shlex.quote(one)} --origin …"
            for one in report.unknown[:1]
        ]
        return again + "".join(origin)


def launch(
    store: Store,
    command: Sequence[str],
    *,
    inputs: Mapping[str, str],
    outputs: Sequence[Path] = (),
    purpose: Purpose,
    seed: int | None = None,
    strict: bool = False,
    converts: bool = False,
    ended: Callable[[int], object] = lambda code: None,
) -> Launched:
    """Run a command as a recorded run; `ended` is told its exit code at once, whatever the record's end comes to.

    `inputs` are paths, or things elsewhere (`NAME@PIN`, `hf://…@COMMIT`), by their roles.
    Raises GateRefusal (nothing was started) and UsageError.
    """
    if not command:
        raise UsageError("no command was given", "For example: assay run --out data/x.jsonl -- python make.py")
    if shutil.which(command[0]) is None:
        raise UsageError(f"{command[0]}: there is no such command", "Check its name and PATH.")
    gate = Gate(store)
    request = Request(
        script=script_of(command),
        command=command,
        inputs=declared.paths(store, inputs),
        outputs=[path.absolute() for path in outputs],
        seed=seed,
        purpose=purpose,
        python=python_of(list(command)),
        parent=parent_run(),
        launched=True,
        references=declared.references(inputs),
    )
    this = Run(gate, start(gate, request))
    with Signals() as signals:
        project, needs = store.project, not converts

        def begins() -> None:
            interrupted.keep(project, this.begun(strict=strict, needs_data=needs))

        seen = observe(project, this.id, command, signals, begins, request.outputs)
        code = seen.code
        exit_code = 128 - code if code < 0 else code
        ended(exit_code)
        ending = _ending_of(code, this.started.elapsed())
        try:
            report = this.finish(this.account(ending, seen, strict=strict, needs_data=needs))
        except EndNotRecorded as error:
            error.exit_code = exit_code or (CANNOT_SAY if strict else 0)
            raise
        return Launched(REFUSED if STRICT in report.defects else exit_code, report, _statuses_of(gate, report))


def _statuses_of(gate: Gate, report: Report) -> dict[str, str]:
    """The lineage status of each output of a run, by name: `unknown` where the registry does not answer any more."""
    try:
        return {name: gate.standings.of(version, Purpose(TRAIN)).lineage.value for name, _, version in report.outputs}
    except RegistryError:
        return {name: "unknown" for name, _, _ in report.outputs}


def _ending_of(code: int, seconds: float) -> Ending:
    """How a program ended, from its return code as Popen gives it."""
    if code < 0:
        return Ending("killed", seconds, code, f"killed by {signal.Signals(-code).name}")
    return Ending("failed", seconds, code, f"exit code {code}") if code else Ending("completed", seconds, code)


def declare_later(store: Store, run: str, inputs: Mapping[str, str]) -> list[str]:
    """Declare what a run was observed to read; returns the names. `run` is an id or its beginning.

    Raises NotRecorded for a run or a read that is not on record.
    """
    found = runs_like(store, run)
    if len(found) != 1:
        what = "is no run" if not found else "means several runs"
        raise NotRecorded(f"{run!r} {what} on record", "`assay show NAME` lists the runs of an artifact.")
    (id,) = found
    observed = observed_reads(store, id)
    with store.batch() as batch:
        for role, path in inputs.items():
            name = store.project.name_of(path)
            if name not in observed:
                known = f"It was seen reading {', '.join(sorted(observed))}." if observed else "Nothing was missing."
                raise NotRecorded(f"run {id[:SHORT]} was not seen reading {name}", known)
            batch.add(
                "run_input", run_id=id, version_id=observed[name], role=role, path=name, evidence="declared later"
            )
    return [store.project.name_of(path) for path in inputs.values()]
