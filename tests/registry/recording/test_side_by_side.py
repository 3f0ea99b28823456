"""Many processes see what one sees, in the same order, and none of them is needed."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from assay.registry.kinds import DATASET, Kind, row_of
from assay.registry.observe.identity import Identity
from assay.registry.observe.walk import Found, Skipped
from assay.registry.recording.describe import Described
from assay.registry.recording.side_by_side import FEWEST, Thing, Workers, cores, in_order, stamp

FACTS = ("artifact", "version", "examination", "finding")

# Each thing is seen with the process that saw it; the one named by the first argument ends the process that looks.
LOOK = """
import os, signal, sys
from assay.registry.kinds import DATASET, row_of
from assay.registry.observe.identity import Identity
from assay.registry.observe.walk import Found, Skipped
from assay.registry.recording.describe import Described
from assay.registry.recording.side_by_side import Thing, Workers, in_order

fatal, here = sys.argv[1], os.getpid()

class Stand:
    def look_together(self, asked):
        return {}
    def look(self, one, row):
        if one.name == fatal and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        if one.name == "unreadable":
            raise PermissionError(13, "Permission denied")
        if one.name == "odd" and os.getpid() != here:
            raise RuntimeError("said where it is caught")
        return Described(row.name, {"name": one.name, "here": os.getpid() == here})

names = [*map(str, range(150)), "unreadable", "odd", "last"]
workers = Workers.of(Stand(), len(names))
assert len(workers.processes) == (len(os.sched_getaffinity(0)) if len(os.sched_getaffinity(0)) > 1 else 0)
things = [Thing(Found(DATASET, f"/{name}", name, ""), Identity(name, name, 1), row_of(DATASET)) for name in names]
things.insert(75, Skipped("gone", "cannot be read"))
elsewhere = 0
for name, (thing, seen) in zip([*names[:75], "gone", *names[75:]], in_order(workers, things), strict=True):
    if name == "gone":
        assert isinstance(thing, Skipped) and seen is None
    elif name == "unreadable":
        assert seen.why == "cannot be read: Permission denied"
    else:
        assert thing.one.name == seen.profile["name"] == name
        elsewhere += not seen.profile["here"]
workers.close()
assert not any(process.is_alive() for process in workers.processes)
print(elsewhere)
"""


def looked(fatal: str) -> int:
    """How many of the things were seen by another process, where one of them ends the process that looks at it."""
    done = subprocess.run([sys.executable, "-c", LOOK, fatal], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


FEW = """
from assay.registry.kinds import DATASET, row_of
from assay.registry.observe.identity import Identity
from assay.registry.observe.walk import Found
from assay.registry.recording.describe import Described
from assay.registry.recording.side_by_side import Thing, Workers, in_order

class Stand:
    def look_together(self, asked):
        return {}
    def look(self, one, row):
        return Described(row.name, {"name": one.name})

workers = Workers.of(Stand(), 1000)
looked = {0, 60, 500, 501, 999}
things = (
    Thing(Found(DATASET, f"/{n}", str(n), ""), Identity(str(n), str(n), 1), row_of(DATASET) if n in looked else None)
    for n in range(1000)
)
for n, (thing, seen) in enumerate(in_order(workers, things)):
    assert (seen.profile["name"] == str(n)) if n in looked else seen is None
workers.close()
"""


several = pytest.mark.skipif(cores() < 2, reason="one processor: nothing is done side by side")


@several
def test_each_thing_comes_once_in_its_order_from_some_process() -> None:
    """Failures come as they would alone; what cannot be carried is asked again here."""
    assert looked("none") >= 100


@several
def test_a_process_that_dies_costs_nothing_but_time() -> None:
    """What it had in hand is looked at here, and the others go on."""
    assert looked("70") >= 50


@several
def test_few_that_have_to_be_looked_at_far_from_each_other() -> None:
    """A batch that is not full is handed over when its first thing is wanted."""
    done = subprocess.run([sys.executable, "-c", FEW], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_file_that_changes_while_it_is_looked_at_is_left_out(tmp_path: Path) -> None:
    """What would be seen of it are other bytes than those that it is known by."""
    file = tmp_path / "rows.jsonl"
    file.write_text("{}\n")
    one = Found(DATASET, str(file), "rows.jsonl", "")

    class Writer:
        """Looks at a file, and somebody writes it meanwhile."""

        def look_together(self, asked: object) -> dict[str, Described]:
            """None can be looked at with others."""
            return {}

        def look(self, one: Found, row: Kind) -> Described:
            """A description of what was there."""
            file.write_text("{}\n{}\n")
            return Described(row.name)

    workers = Workers(Writer())  # type: ignore[arg-type]
    for expected in (True, False):  # what was stamped before its identity was taken, and what nobody stamped
        thing = Thing(one, Identity("a", "a", 3), row_of(DATASET), stamp(one) if expected else ())
        ((_, seen),) = in_order(workers, [thing])
        assert isinstance(seen, Skipped) is expected


def recorded(folder: Path, processors: set[int]) -> dict[str, list[tuple[str, ...]]]:
    """What a first scan records with so many processors."""
    for command in ("init", "scan"):
        subprocess.run(
            [sys.executable, "-m", "assay.cli", command],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=120,
            preexec_fn=lambda: os.sched_setaffinity(0, processors),
        )
    with sqlite3.connect(folder / ".assay" / "registry.db") as database:
        ids = {table: sorted(database.execute(f"SELECT id FROM {table}")) for table in FACTS}
        return ids | {"description": sorted(database.execute("SELECT version_id, profile FROM description"))}


@several
def test_a_scan_records_the_same_alone_and_side_by_side(tmp_path: Path) -> None:
    """Data sets, scripts that import each other, settings and what is broken, on one processor and on all."""
    found = []
    for number, processors in enumerate(({min(os.sched_getaffinity(0))}, os.sched_getaffinity(0))):
        folder = tmp_path / str(number) / "project"
        (folder / "data").mkdir(parents=True)
        for place in range(FEWEST):
            answer = "<|im_end|> it" if place % 9 == 0 else f" It is {place}."
            line = json.dumps({"prompt": f"What is {place}?", "completion": answer})
            (folder / "data" / f"{place:02}.jsonl").write_text(f"{line}\n{line if place % 13 else f'broken {place}'}\n")
        for place in range(FEWEST // 4):
            text = f'"""Step {place}."""\nimport step_{place // 4}\n\n\ndef go(data):\n    return data[{place}]\n'
            (folder / f"step_{place}.py").write_text(text)
        (folder / "config.yaml").write_text("model_name_or_path: acme/base\nlearning_rate: 1.0e-5\n")
        found.append(recorded(folder, set(processors)))
    alone, together = found
    assert len(alone["version"]) == FEWEST + FEWEST // 4 + 1
    assert len(alone["finding"]) > FEWEST
    assert alone == together
