"""The end of a run is never lost: whatever cuts it off, a later command finishes it, and takes credit for nothing else."""

from __future__ import annotations

import json
import os
import py_compile
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assay.registry.answers.verify import verify
from assay.registry.facts.store import Store
from assay.registry.lineage.status import Status
from assay.registry.observe.process.alive import is_over, process_name
from assay.registry.observe.process.audit_hook import source_of
from assay.registry.project import Project
from assay.registry.runs import spool
from assay.registry.runs.account import Account, mark_of
from assay.registry.runs.recover import recover, unended
from assay.registry.standing.rulesets import todays
from assay.registry.statements import mark

from ..workshop import Workshop, rows

SLOWLY = """
import sys, time
from pathlib import Path
from assay.registry.facts import database
from assay.registry.runs import outputs
from assay.cli.main import main

seconds, look = float(sys.argv.pop(1)), outputs.OutputReader.read
def slowly(self, output):
    Path("looking").touch()
    time.sleep(seconds)
    look(self, output)
outputs.OutputReader.read = slowly
database.BUSY_SECONDS = 1
sys.argv[0] = "assay"
main()
"""


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where ends are kept that the project's own folder does not take."""
    place = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(place))
    return place


@pytest.fixture
def shop(lone_shop: Workshop) -> Workshop:
    """A project with a dataset of known origin."""
    lone_shop.make("scripts/gen.py", {"data/a.jsonl": rows(5), "data/b.jsonl": rows(6, "times")})
    return lone_shop


def _heeding() -> None:
    """Whoever runs the tests may ignore signals (nohup, a job in the background); who runs the command does not."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


class Going:
    """A run whose outputs are looked at slowly, caught in the middle of that."""

    def __init__(self, shop: Workshop, *options: str, seconds: int = 3) -> None:
        (shop.root / "looking").unlink(missing_ok=True)
        program = ["--", sys.executable, "scripts/upper.py", "data/a.jsonl", "data/c.jsonl"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", SLOWLY, str(seconds), "run", *options, "--out", "data/c.jsonl", *program],
            cwd=shop.root, stderr=subprocess.PIPE, text=True, preexec_fn=_heeding,
        )  # fmt: skip
        while not (shop.root / "looking").exists():
            assert self.process.poll() is None, self.process.communicate()[1]
            time.sleep(0.01)

    def end(self, *numbers: signal.Signals) -> tuple[int, str]:
        """Send these signals; the exit code and what was said."""
        for number in numbers:
            self.process.send_signal(number)
            time.sleep(0.1)
        said = self.process.communicate(timeout=60)[1]
        return self.process.returncode, said


def kept(shop: Workshop) -> list[Path]:
    return spool.waiting(shop.store.project)


def cut_off(shop: Workshop, *options: str) -> None:
    """A run that has ended and whose end is kept and not on record."""
    assert Going(shop, *options, seconds=60).end(signal.SIGKILL)[0] == -signal.SIGKILL
    assert len(kept(shop)) == 1
    assert unended(shop.store)[0].kept


IN = ("--in", "rows=data/a.jsonl")


@pytest.mark.parametrize(
    "numbers",
    [(signal.SIGTERM,), (signal.SIGHUP,), (signal.SIGINT, signal.SIGINT), (signal.SIGQUIT,)],
    ids=["TERM", "HUP", "two INT", "QUIT"],
)
def test_a_signal_while_outputs_are_looked_at_waits(shop: Workshop, numbers: tuple[signal.Signals, ...]) -> None:
    """It is said to wait, the end goes on record, and the exit code is the program's."""
    code, said = Going(shop, *IN).end(*numbers)
    assert code == 0 and said.count("waits until the end of this run is on record") == 1, said
    assert shop.check("data/c.jsonl").allowed and kept(shop) == []


@pytest.mark.parametrize("command", [["status"], ["why", "data/c.jsonl"], ["list"], ["run", "--recover"], ["scan"]])
def test_what_was_killed_at_its_end_is_finished_by_the_next_command(shop: Workshop, command: list[str]) -> None:
    """Killed while it looked at outputs: any command puts the end on record, says so once, and the output is proven."""
    cut_off(shop, *IN)
    done = shop.assay(*command)
    said = done.stdout + done.stderr
    assert "had been cut off and is on record: completed, wrote data/c.jsonl" in said, said
    assert shop.check("data/c.jsonl").allowed and kept(shop) == []
    assert not list((shop.root / ".assay/spool").iterdir()) and not list((shop.root / ".assay").glob("observer-*"))
    assert "cut off" not in shop.assay("status").stderr
    assert verify(shop.store, todays(shop.store)).problems == ()


def test_what_was_changed_since_is_not_taken_for_the_runs(shop: Workshop) -> None:
    """Bytes that came after the end are not vouched for, also with the old times put back, and that is said."""
    for change in (rows(7), rows(5).upper()[:-3] + "!!\n"):
        cut_off(shop, *IN)
        path = shop.root / "data/c.jsonl"
        before = path.stat()
        path.write_text(change)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        said = shop.assay("status").stderr
        assert "data/c.jsonl was changed after the run had ended" in said
        shop.assay("scan")
        assert not shop.check("data/c.jsonl").allowed
        assert "was changed after the run had ended" in shop.assay("why", "data/c.jsonl").stdout


def test_what_was_read_and_changed_since_is_lost(shop: Workshop) -> None:
    """An undeclared input that was overwritten before anyone looked at it leaves the output unproven."""
    cut_off(shop)
    (shop.root / "data/a.jsonl").write_text(rows(3, "over"))
    assert "it read data/a.jsonl, then overwritten or removed" in shop.assay("status").stderr
    assert not shop.check("data/c.jsonl").allowed
    assert shop.store.database.rows("SELECT 1 FROM run_input WHERE evidence = 'observed'") == []


def test_a_declared_input_may_move_on_after_the_end(shop: Workshop) -> None:
    """What was declared and lay unchanged until the end was what the gate passed, whatever lies there now."""
    time.sleep(1.2)  # its times can be trusted
    cut_off(shop, *IN)
    (shop.root / "data/a.jsonl").write_text(rows(3, "over"))
    shop.assay("status")
    assert shop.check("data/c.jsonl").allowed


def test_several_recoveries_at_once_make_one_end(shop: Workshop) -> None:
    """Processes that find the same end agree on who puts it on record, and a run that is at it is left alone."""
    going = Going(shop, *IN, seconds=2)
    assert recover(shop.store) == [] and len(kept(shop)) == 1
    assert unended(shop.store) == []
    assert going.end()[0] == 0 and shop.check("data/c.jsonl").allowed
    cut_off_again = Going(shop, *IN, seconds=60)
    cut_off_again.end(signal.SIGKILL)
    command = [sys.executable, "-c", "from assay.cli.main import main; main()", "run", "--recover", "--json"]
    several = [subprocess.Popen(command, cwd=shop.root, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    answers = [json.loads(one.communicate(timeout=120)[0]) for one in several]
    assert sum(len(one["recovered"]) for one in answers) == 1
    assert shop.one("SELECT COUNT(*) FROM run_end")[0] == 3


def test_a_run_that_was_killed_is_named_and_its_leftovers_go(shop: Workshop) -> None:
    """Killed while its program runs, it has no end yet, the audit says so, and the files of its watch are cleared away."""
    shop.write("scripts/wait.py", "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)\n")
    shop.commit()
    command = [sys.executable, "-c", SLOWLY, "0", "run", "--", sys.executable, "scripts/wait.py"]
    process = subprocess.Popen(command, cwd=shop.root, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    child = int(process.stdout.readline())
    assert "never ended" not in shop.assay("audit").stdout
    assert list((shop.root / ".assay").glob("observer-*"))
    process.kill()
    process.wait()
    said = shop.assay("audit").stdout
    assert "Runs that never ended (1):" in said and "scripts/wait.py" in said
    assert not list((shop.root / ".assay").glob("observer-*"))
    data = json.loads(shop.assay("audit", "--json").stdout)["unended"]
    assert [(one["kept"], one["command"][-1]) for one in data] == [(True, "scripts/wait.py")]
    os.kill(child, signal.SIGKILL)


def test_a_registry_that_is_locked_at_the_end_loses_nothing(shop: Workshop) -> None:
    """The program's exit code stands, one line says where the end is kept, and the next command finishes it."""
    other = sqlite3.connect(shop.root / ".assay/registry.db", isolation_level=None, check_same_thread=False)
    going = Going(shop, *IN, seconds=1)
    other.execute("BEGIN IMMEDIATE")
    code, said = going.end()
    other.execute("ROLLBACK")
    assert code == 0 and "is not on record: another process has held" in said and "assay run --recover" in said
    assert "Traceback" not in said and len(kept(shop)) == 1
    assert "had been cut off" in shop.assay("status").stderr and shop.check("data/c.jsonl").allowed


def test_an_end_that_cannot_be_recorded_yet_is_named_by_the_audit(shop: Workshop) -> None:
    """While something stands in the way, each command says so and goes on, and the audit names the way."""
    cut_off(shop, *IN)
    (path,) = kept(shop)
    with spool.alone(shop.store.project, path.stem):
        said = shop.assay("audit").stdout
    assert "its end is kept: assay run --recover" in said


def test_an_end_that_is_damaged_or_of_another_registry_stops_nothing(shop: Workshop, tmp_path: Path) -> None:
    """A file that holds no account is put aside with a word; one of another registry waits for it."""
    cut_off(shop, *IN)
    (path,) = kept(shop)
    shutil.rmtree(shop.root / ".assay/ledger")  # by which another database of the project would know the run
    with Store(Project(shop.root, str(tmp_path / "other.db"))) as other:
        assert recover(other) == [] and kept(shop) == [path]
    path.write_text(path.read_text()[:-20])
    done = shop.assay("status")
    assert "is damaged" in done.stderr and done.returncode in (0, 1) and kept(shop) == []
    assert "damaged" not in shop.assay("status").stderr  # what the keeper noted may finish the run now
    assert shop.assay("status").stderr == ""


def test_an_account_survives_being_written_down(shop: Workshop) -> None:
    """Names that no encoding can hold, and everything that was observed, come back as they were."""
    cut_off(shop, *IN)
    account = Account.of_json(kept(shop)[0].read_text())
    account.trace.read["/x/\udc80\n.jsonl"] = None
    again = Account.of_json(account.as_json())
    assert again == account and again.trace.written
    assert not account.is_later(shop.root / "data/c.jsonl") and account.is_later(shop.root / "none")
    assert mark_of(shop.root / "none") == "" == mark_of("a\0b")
    recover(shop.store)


ODD = """
import os, pathlib
for name in ("a.b.c.pyc", "conftest.cpython-311-pytest-8.4.2.pyc", ".pyc", "x\\ny.py", "x\\x0cy.py", "\\u2028.pyc", "d.pyc"):
    for folder in ("", "__pycache__/"):
        path = pathlib.Path(folder + name)
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
        open(path).close()
for name in (b"\\xff.py", b"\\xff.pyc", b"\\xff.jsonl"):
    open(os.fsdecode(name), "w").close()
    open(os.fsdecode(name)).close()
for name in ("no/such.pyc", "x" * 300 + ".py", "a\\0b.py", "\\ud800.py"):
    try:
        open(name)
    except (OSError, ValueError):
        pass
open("data/c.jsonl", "w").write(open("data/a.jsonl").read().upper())
"""


@pytest.mark.parametrize("prefix", ["", "cache", "/tmp/none"])
def test_no_name_of_a_file_breaks_the_end_of_a_run(shop: Workshop, prefix: str) -> None:
    """Whatever a program opens, its run ends on record."""
    shop.write("scripts/odd.py", ODD)
    shop.commit()
    env = {"PYTHONPYCACHEPREFIX": str(shop.root / prefix)} if prefix else {}
    done = shop.launch(*IN, "--out", "data/c.jsonl", command=["scripts/odd.py"], env=env)
    assert done.returncode == 0 and "Traceback" not in done.stderr and " completed in " in done.stderr, done.stderr
    assert shop.one("SELECT outcome FROM run_end ORDER BY ended_at DESC") == ("completed",)


@pytest.mark.parametrize("prefix", [False, True])
def test_a_module_whose_code_was_cached_is_seen_all_the_same(shop: Workshop, prefix: bool) -> None:
    """A helper that is loaded from its compiled form, wherever that is kept, is an input by its source."""
    shop.write("plugins/extra.py", "WORD = 'x'\n")
    shop.write(
        "scripts/dynamic.py",
        "import importlib, sys\nsys.path.insert(0, '.')\nimportlib.import_module('plugins.' + sys.argv[1])\n"
        "open('data/c.jsonl', 'w').write(open('data/a.jsonl').read().upper())\n",
    )
    shop.commit()
    env = {"PYTHONPYCACHEPREFIX": str(shop.root.parent / "compiled")} if prefix else {}
    for _ in range(2):
        done = shop.launch(*IN, "--out", "data/c.jsonl", command=["scripts/dynamic.py", "extra"], env=env)
        assert done.returncode == 0, done.stderr
        assert shop.check("data/c.jsonl").allowed, (
            done.stderr
        )  # what Python itself compiled there is no code of strangers
    mark(shop.store, "plugins/extra.py", "contaminated", "wrong words")
    assert shop.check("data/c.jsonl").lineage_status is Status.CONTAMINATED


def test_compiled_code_without_its_source_proves_nothing(shop: Workshop) -> None:
    """A module that is there as `.pyc` alone is said, and the output stays unproven."""
    source = shop.write("plugins/secret.py", "WORD = 'x'\n")
    py_compile.compile(str(source), cfile=str(source.with_suffix(".pyc")))
    source.unlink()
    shop.write(
        "scripts/dynamic.py",
        "import importlib, sys\nsys.path.insert(0, '.')\nimportlib.import_module('plugins.' + sys.argv[1])\n"
        "open('data/c.jsonl', 'w').write(open('data/a.jsonl').read().upper())\n",
    )
    shop.commit()
    done = shop.launch(*IN, "--out", "data/c.jsonl", command=["scripts/dynamic.py", "secret"])
    assert "it loaded plugins/secret.pyc, compiled code without its source" in done.stderr, done.stderr
    assert not shop.check("data/c.jsonl").allowed


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a/__pycache__/m.cpython-311.pyc", "a/m.py"),
        ("a/__pycache__/m.cpython-311.opt-1.pyc", "a/m.py"),
        ("a/__pycache__/m.cpython-311-pytest-8.4.2.pyc", "a/m.py"),
        ("a/m.pyc", "a/m.py"),
        ("a/__pycache__/gone.cpython-311.pyc", "a/__pycache__/gone.cpython-311.pyc"),
        ("a/gone.x.y.pyc", "a/gone.x.y.pyc"),
        ("a/m.py", "a/m.py"),
        ("a/b.jsonl", "a/b.jsonl"),
    ],
)
def test_compiled_code_leads_to_its_source(tmp_path: Path, path: str, source: str) -> None:
    """Where Python and pytest put it; what has no source is what it is."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a/m.py").touch()
    assert source_of(f"{tmp_path}/{path}") == f"{tmp_path}/{source}"


def test_a_full_disk_keeps_the_exit_code_and_the_end(shop: Workshop, small_disk: Path) -> None:
    """It is kept where there is room, one line says so with the way out, and nothing is called damaged."""
    (small_disk / "project/.assay").mkdir(parents=True)
    tight = Workshop(small_disk / "project", f"sqlite:///{small_disk / 'project/.assay/registry.db'}")
    tight.make("scripts/gen.py", {"data/a.jsonl": rows(5)})
    tight.write("scripts/fill.py", FILL)
    tight.commit()
    command = ["scripts/fill.py", "data/a.jsonl", "data/c.jsonl", "data/filler"]
    done = tight.launch("--in", "rows=data/a.jsonl", "--out", "data/c.jsonl", command=command)
    assert done.returncode == 7 and "Traceback" not in done.stderr, done.stderr
    assert "no space left" in done.stderr and "damaged" not in done.stderr, done.stderr
    assert len(done.stderr.strip().splitlines()) <= 3 and len(kept(tight)) == 1
    (tight.root / "data/filler").unlink()
    assert "had been cut off" in tight.assay("status").stderr
    assert tight.one("SELECT outcome, exit_code FROM run_end ORDER BY ended_at DESC") == ("failed", 7)
    tight.store.close()


FILL = """
import os, sys
open(sys.argv[2], "w").write(open(sys.argv[1]).read().upper())
filler = os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT)
for size in (1 << 16, 1 << 8, 1):
    try:
        while os.write(filler, b"x" * size):
            pass
    except OSError:
        pass
sys.exit(7)
"""


def test_where_nothing_takes_the_end_one_line_says_so(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """An end that cannot be kept is put on record directly."""
    shutil.rmtree(shop.root / ".assay/spool")
    (shop.root / ".assay/spool").write_text("no folder")
    env = {"XDG_STATE_HOME": "/dev/null"}
    command = ["scripts/upper.py", "data/a.jsonl", "data/c.jsonl"]
    done = shop.launch(*IN, "--out", "data/c.jsonl", command=command, env=env)
    assert done.returncode == 0 and done.stderr.count("the end of this run cannot be kept") == 1
    assert shop.check("data/c.jsonl").allowed


def test_a_process_is_told_from_another_one_of_its_number() -> None:
    """By when it began; of another host's processes nothing is known."""
    name = process_name()
    host, number, beginning = name.rsplit("-", 2)
    assert not is_over(name) and is_over(f"{host}-{number}-{int(beginning) - 1}") and is_over(f"{host}-999999999-5")
    assert not is_over(f"elsewhere-{number}-1") and not is_over("odd")


def test_an_observed_read_can_be_taken_back(shop: Workshop) -> None:
    """It no longer makes the output unverified or contaminated, and show and why name the fact until then."""
    both = "open('data/b.jsonl').read()\nopen('data/c.jsonl', 'w').write(open('data/a.jsonl').read().upper())\n"
    shop.write("scripts/both.py", both)
    shop.commit()
    shop.launch("--in", "rows=data/b.jsonl", "--out", "data/c.jsonl", command=["scripts/both.py"])
    shop.assay("mark", "data/a.jsonl", "contaminated", "--reason", "leak")
    assert shop.check("data/c.jsonl").lineage_status == "contaminated"
    (seen,) = json.loads(shop.assay("why", "data/c.jsonl", "--json").stdout)["observed"]
    assert (
        seen["name"] == "data/a.jsonl"
        and f"assay retract {seen['fact'][:8]}" in shop.assay("why", "data/c.jsonl").stdout
    )
    assert seen["fact"][:8] in shop.assay("show", "data/a.jsonl").stdout
    assert json.loads(shop.assay("show", "data/c.jsonl", "--json").stdout)["observed"] == [seen]
    done = shop.assay("retract", seen["fact"][:8], "--reason", "an editor's")
    assert done.returncode == 0 and "data/a.jsonl" in done.stdout, done.stderr
    assert shop.check("data/c.jsonl").allowed
    assert "observed" not in shop.assay("why", "data/c.jsonl").stdout
    assert "data/a.jsonl" not in shop.assay("lineage", "data/c.jsonl").stdout
    assert "data/c.jsonl" not in shop.assay("impact", "data/a.jsonl").stdout
    assert shop.assay("retract", seen["fact"], "--reason", "again").returncode == 2


def test_a_declared_read_cannot_be_taken_back(shop: Workshop) -> None:
    """One clear line, and nothing is recorded."""
    shop.make("scripts/upper.py", {"data/c.jsonl": rows(5).upper()}, {"rows": "data/a.jsonl"})
    fact = shop.one("SELECT id FROM run_input WHERE role = 'rows'")[0]
    done = shop.assay("retract", fact, "--reason", "no")
    assert done.returncode == 2 and "data/a.jsonl was declared as read by run" in done.stderr
    assert shop.store.database.rows("SELECT 1 FROM retraction") == []
