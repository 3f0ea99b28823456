"""`assay run`: programs that know nothing of Assay are checked, observed and recorded, whatever they are written in."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assay.registry.runs.command import script_of
from assay.registry.runs.end import Report
from assay.registry.runs.launch import Launched

from ..workshop import ASSAY, Workshop, rows

READ_NATIVELY = """
import sys
import polars

polars.read_ndjson(sys.argv[1]).write_ndjson(sys.argv[2])
"""


@pytest.fixture
def shop(lone_shop: Workshop) -> Workshop:
    """A project with two datasets of known origin."""
    lone_shop.make("scripts/gen.py", {"data/a.jsonl": rows(5), "data/b.jsonl": rows(6, "times")})
    return lone_shop


def observed(shop: Workshop) -> list[str]:
    return [p for (p,) in shop.store.database.rows("SELECT path FROM run_input WHERE evidence = 'observed' ORDER BY 1")]


def test_a_declared_run_proves_its_output_and_says_so_in_three_lines(shop: Workshop) -> None:
    """The summary on standard error names what was read and written; standard output is the program's own."""
    shop.write(
        "scripts/loud.py",
        "import sys\nprint('hello')\nopen(sys.argv[2], 'w').write(open(sys.argv[1]).read().upper())\n",
    )
    shop.commit()
    command = ["scripts/loud.py", "data/a.jsonl", "data/c.jsonl"]
    done = shop.launch("--in", "rows=data/a.jsonl", "--out", "data/c.jsonl", command=command)
    assert (done.returncode, done.stdout) == (0, "hello\n")
    lines = done.stderr.splitlines()
    assert len(lines) == 3 and " completed in " in lines[0]
    assert lines[1] == "  read   script=scripts/loud.py, rows=data/a.jsonl"
    assert lines[2] == "  wrote  data/c.jsonl (dataset, clean)"
    assert shop.check("data/c.jsonl").allowed


def test_an_undeclared_read_is_named_and_declaring_it_later_mends_it(shop: Workshop) -> None:
    """The output is unverified until somebody declares what was read, with the command that the summary gives."""
    done = shop.launch("--out", "data/c.jsonl", command=["scripts/upper.py", "data/a.jsonl", "data/c.jsonl"])
    assert done.returncode == 0 and "undeclared data/a.jsonl" in done.stderr
    assert shop.check("data/c.jsonl").lineage_status == "unverified"
    way_out = done.stderr.partition("→ assay ")[2].strip().replace("ROLE", "rows").split()
    assert shop.assay(*way_out).returncode == 0
    assert shop.check("data/c.jsonl").allowed


def test_declaring_later_what_is_contaminated_taints(shop: Workshop) -> None:
    """A read that is declared afterwards is lineage like any other."""
    done = shop.launch("--out", "data/c.jsonl", command=["scripts/upper.py", "data/a.jsonl", "data/c.jsonl"])
    shop.assay(*done.stderr.partition("→ assay ")[2].strip().replace("ROLE", "rows").split())
    shop.assay("mark", "data/a.jsonl", "contaminated", "--reason", "leak")
    assert shop.check("data/c.jsonl").lineage_status == "contaminated"


@pytest.mark.parametrize(("run", "path"), [("", "data/b.jsonl"), ("ffffff", "data/a.jsonl")])
def test_only_what_was_seen_can_be_declared_later(shop: Workshop, run: str, path: str) -> None:
    """A file that the run did not read, and a run that never was, get one clear line."""
    shop.launch("--out", "data/c.jsonl", command=["scripts/upper.py", "data/a.jsonl", "data/c.jsonl"])
    id = run or shop.one("SELECT id FROM run ORDER BY started_at DESC")[0]
    done = shop.assay("run", "--declare", id, "--in", f"rows={path}")
    assert done.returncode == 2 and "Traceback" not in done.stderr and done.stderr.startswith("assay: ")


def test_strict_refuses_an_undeclared_read_for_good(shop: Workshop) -> None:
    """With --strict the exit code is 3 although the program succeeded, and declaring it later does not help."""
    command = ["scripts/upper.py", "data/a.jsonl", "data/c.jsonl"]
    done = shop.launch("--strict", "--out", "data/c.jsonl", command=command)
    assert done.returncode == 3
    run = shop.one("SELECT id FROM run ORDER BY started_at DESC")[0]
    assert shop.assay("run", "--declare", run, "--in", "rows=data/a.jsonl").returncode == 0
    assert not shop.check("data/c.jsonl").allowed
    assert shop.launch("--strict", "--in", "r=data/a.jsonl", command=command).returncode == 0


def test_a_refused_input_means_that_nothing_starts(shop: Workshop) -> None:
    """Exit code 3, the explanation on standard error, and the program has not run."""
    shop.write("data/orphan.jsonl", rows(4, "minus"))
    done = shop.launch(
        "--in", "rows=data/orphan.jsonl", command=["scripts/upper.py", "data/orphan.jsonl", "data/c.jsonl"]
    )
    assert done.returncode == 3 and "data/orphan.jsonl" in done.stderr and "→ assay scan" in done.stderr
    assert not (shop.root / "data/c.jsonl").exists()


def test_native_readers_are_seen(shop: Workshop) -> None:
    """A file that Rust code opens behind Python's back is an undeclared read like any other."""
    shop.write("scripts/native.py", READ_NATIVELY)
    shop.commit()
    done = shop.launch("--out", "data/c.jsonl", command=["scripts/native.py", "data/a.jsonl", "data/c.jsonl"])
    assert done.returncode == 0, done.stderr
    assert observed(shop) == ["data/a.jsonl"]


@pytest.mark.parametrize(
    "line",
    [
        "cat data/a.jsonl > data/c.jsonl",
        "cp data/a.jsonl data/c.jsonl",
        "mv data/a.jsonl data/c.jsonl",
        "ln data/a.jsonl data/c.jsonl",
        "ln -s a.jsonl data/s.jsonl; cat data/s.jsonl > data/c.jsonl",
        "mkdir x; ln data/a.jsonl x/y.jsonl; cat x/y.jsonl > data/c.jsonl",
        "mv data hidden; mkdir data; cp hidden/a.jsonl data/c.jsonl",
        "cd data; exec 3< a.jsonl; mv a.jsonl z.jsonl; tr a-z A-Z <&3 > c.jsonl",
    ],
    ids=["cat", "cp", "mv", "ln", "symlink", "linked in a new folder", "moved folder", "open while moved"],
)
def test_whatever_the_shell_does_old_content_is_not_proven(shop: Workshop, line: str) -> None:
    """Copying, moving and linking undeclared data never makes a proven output, in a program that is no Python."""
    shop.assay("mark", "scripts/gen.py", "contaminated", "--reason", "leak")
    shop.write("scripts/move.sh", f"set -e\n{line}\n")
    shop.commit()
    done = shop.assay("run", "--out", "data/c.jsonl", "--", "bash", "scripts/move.sh")
    assert done.returncode == 0, done.stderr
    assert not shop.check("data/c.jsonl").allowed


def test_undeclared_outputs_are_recorded_and_named(shop: Workshop) -> None:
    """A dataset that nobody announced is an output too; a log file is not."""
    shop.write("scripts/two.sh", "echo log > run.log\nsed s/plus/and/ data/a.jsonl > data/d.jsonl\n")
    shop.commit()
    done = shop.assay("run", "--in", "rows=data/a.jsonl", "--", "bash", "scripts/two.sh")
    assert "data/d.jsonl (dataset, clean)" in done.stderr and "run.log" not in done.stderr
    assert shop.one("SELECT path, role FROM run_output ORDER BY id DESC")[0]
    assert ("data/d.jsonl", "undeclared") in shop.store.database.rows("SELECT path, role FROM run_output")


def test_a_checkpoint_folder_renamed_into_place_is_an_output(shop: Workshop) -> None:
    """Trainers write into a temporary folder and rename it: the final folder is the artifact."""
    shop.write(
        "scripts/train.py",
        "import pathlib, sys\nfrom assay.registry.rules.checkpoint.examples import write_model\n"
        "open('data/a.jsonl').read()\ntmp = pathlib.Path('out/tmp-1'); tmp.mkdir(); write_model(tmp)\ntmp.rename('out/checkpoint-1')\n",
    )
    shop.commit()
    done = shop.launch("--in", "rows=data/a.jsonl", command=["scripts/train.py"])
    assert "wrote  out/checkpoint-1 (" in done.stderr and "clean)" in done.stderr, done.stderr


def test_an_output_that_was_not_written_is_not_claimed(shop: Workshop) -> None:
    """A contaminated file named as output of a program that does nothing, or only touches it, stays contaminated."""
    shop.assay("mark", "data/a.jsonl", "contaminated", "--reason", "leak")
    shop.write("scripts/touch.py", "import os\nos.utime('data/a.jsonl')\nopen('data/a.jsonl', 'a').close()\n")
    shop.commit()
    done = shop.launch("--out", "data/a.jsonl", command=["scripts/touch.py"])
    assert "was there before and was not written" in done.stderr
    assert shop.check("data/a.jsonl").lineage_status == "contaminated"


def test_appending_to_what_was_there_proves_nothing(shop: Workshop) -> None:
    """An output that existed and was appended to says that the old content is in it; one that was rewritten is fine."""
    for mode, allowed in (("a", False), ("w", True)):
        shop.write("data/c.jsonl", rows(9, "minus"))
        shop.write("scripts/put.py", f"open('data/c.jsonl', '{mode}').write({rows(12, mode)!r})\n")
        shop.commit()
        done = shop.launch("--out", "data/c.jsonl", command=["scripts/put.py"])
        assert shop.check("data/c.jsonl").allowed is allowed, done.stderr


def test_a_module_loaded_by_a_computed_name_is_seen(shop: Workshop) -> None:
    """What the closure could not follow is an input by itself, with its own standing: a tainted plugin taints."""
    shop.write("plugins/extra.py", "WORD = 'x'\n")
    shop.write(
        "scripts/dynamic.py",
        "import importlib, sys\nsys.path.insert(0, '.')\nname = 'plugins.' + sys.argv[1]\n"
        f"importlib.import_module(name)\nopen('data/c.jsonl', 'w').write({rows(3)!r})\n",
    )
    shop.commit()
    done = shop.launch("--out", "data/c.jsonl", command=["scripts/dynamic.py", "extra"])
    assert "(dataset, clean)" in done.stderr
    lineage = json.loads(shop.assay("lineage", "data/c.jsonl", "--json").stdout)
    assert "plugins/extra.py" in " ".join(node["name"] for node in lineage["nodes"])
    shop.assay("mark", "plugins/extra.py", "contaminated", "--reason", "bad")
    assert shop.check("data/c.jsonl").lineage_status == "contaminated"


def test_ones_own_sitecustomize_still_runs(shop: Workshop) -> None:
    """The hook that is put in front of a project's sitecustomize runs it as well."""
    shop.write("site/sitecustomize.py", "import builtins\nbuiltins.MARK = 'mine'\n")
    shop.write("scripts/look.py", "print(MARK)\n")
    shop.commit()
    done = shop.launch(command=["scripts/look.py"], env={"PYTHONPATH": str(shop.root / "site")})
    assert done.stdout == "mine\n"


def test_standard_input_and_output_are_read_and_written_too(shop: Workshop) -> None:
    """Data that the shell connects to the program's standard input is an undeclared read, its redirection an output."""
    shop.write("scripts/pipe.py", "import sys\nsys.stdout.write(sys.stdin.read().upper())\n")
    shop.commit()
    with open(shop.root / "data/a.jsonl") as source, open(shop.root / "data/c.jsonl", "w") as target:
        subprocess.run(
            [*ASSAY, "run", "--", sys.executable, "scripts/pipe.py"],
            cwd=shop.root,
            stdin=source,
            stdout=target,
            check=True,
        )
    assert observed(shop) == ["data/a.jsonl"]
    assert ("data/c.jsonl", "undeclared") in shop.store.database.rows("SELECT path, role FROM run_output")


@pytest.mark.parametrize("code", [0, 1, 7, 3])
def test_the_exit_code_is_the_programs(shop: Workshop, code: int) -> None:
    """Whatever the program says is passed on, and a run that did not exit with 0 has failed."""
    shop.write("scripts/end.py", f"raise SystemExit({code})\n")
    shop.commit()
    assert shop.launch(command=["scripts/end.py"]).returncode == code
    outcome, exit_code = shop.one("SELECT outcome, exit_code FROM run_end ORDER BY ended_at DESC")
    assert (outcome, exit_code) == ("failed" if code else "completed", code)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_signals_reach_the_program_and_its_end_is_recorded(shop: Workshop, number: signal.Signals) -> None:
    """A signal to Assay is passed on; a program that a signal kills gives 128 + its number and the outcome killed."""
    shop.write("scripts/wait.py", "import os, sys, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)\n")
    shop.commit()
    process = subprocess.Popen(
        [*ASSAY, "run", "--", sys.executable, "scripts/wait.py"], cwd=shop.root, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    child = int(process.stdout.readline())
    os.kill(child if number == signal.SIGKILL else process.pid, number)
    assert process.wait(30) == 128 + number
    assert shop.one("SELECT outcome FROM run_end ORDER BY ended_at DESC") == ("killed",)


def test_ctrl_c_on_a_terminal_interrupts_the_program_once(shop: Workshop) -> None:
    """The terminal tells the program itself; Assay does not tell it again, and records the end."""
    shop.write(
        "scripts/count.py",
        "import time\ncount, done = 0, False\nwhile not done:\n    try:\n        print('ready', flush=True)\n"
        "        time.sleep(0.6 if count else 20)\n        done = True\n"
        "    except KeyboardInterrupt:\n        count += 1\nprint('interrupts', count, flush=True)\n",
    )
    shop.commit()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(shop.root)
        os.execv(ASSAY[0], [*ASSAY, "run", "--", sys.executable, "scripts/count.py"])
    text = b""
    while b"ready" not in text:
        text += os.read(terminal, 1024)
    os.write(terminal, b"\x03")
    while b"wrote" not in text:
        text += os.read(terminal, 1024)
    os.waitpid(pid, 0)
    assert b"interrupts 1" in text, text


def test_killing_assay_leaves_a_run_that_proves_nothing(shop: Workshop) -> None:
    """After kill -9 of `assay run` the run is on record without an end, and what it wrote is refused."""
    shop.write(
        "scripts/slow.py",
        f"open('data/c.jsonl', 'w').write({rows(3)!r})\nprint(1, flush=True)\nimport time; time.sleep(5)\n",
    )
    shop.commit()
    process = subprocess.Popen(
        [*ASSAY, "run", "--out", "data/c.jsonl", "--", sys.executable, "scripts/slow.py"],
        cwd=shop.root,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    process.stdout.readline()
    process.kill()
    process.wait()
    assert shop.store.database.rows("SELECT 1 FROM run r LEFT JOIN run_end e ON e.run_id = r.id WHERE e.id IS NULL")
    assert not shop.check("data/c.jsonl").allowed


def test_two_runs_at_once_do_not_blame_each_other(shop: Workshop) -> None:
    """Each reads its own declared data while the other one watches, and both are proven."""
    shop.write(
        "scripts/slow_upper.py",
        "import sys, time\ntime.sleep(1.5)\ntext = open(sys.argv[1]).read()\n"
        "open(sys.argv[2], 'w').write(text.upper())\ntime.sleep(1.5)\n",
    )
    shop.commit()
    slow = [sys.executable, "scripts/slow_upper.py"]
    processes = [
        subprocess.Popen(
            [*ASSAY, "run", "--in", f"rows=data/{one}.jsonl", "--out", f"data/{one}2.jsonl", "--", *slow, *paths],
            cwd=shop.root,
        )
        for one, paths in (("a", ["data/a.jsonl", "data/a2.jsonl"]), ("b", ["data/b.jsonl", "data/b2.jsonl"]))
    ]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert observed(shop) == []
    assert shop.check("data/a2.jsonl").allowed and shop.check("data/b2.jsonl").allowed


def test_a_reader_that_is_not_ours_is_not_counted(shop: Workshop) -> None:
    """Another process that opens undeclared data and holds it open while the run goes is told apart."""
    shop.write("scripts/nap.py", "import time\nprint(1, flush=True)\ntime.sleep(2)\n")
    shop.commit()
    process = subprocess.Popen(
        [*ASSAY, "run", "--", sys.executable, "scripts/nap.py"], cwd=shop.root, stdout=subprocess.PIPE
    )
    assert process.stdout
    process.stdout.readline()
    with open(shop.root / "data/a.jsonl") as other:
        other.readline()
        time.sleep(0.5)
    assert process.wait(30) == 0
    assert observed(shop) == []


BAD_CALLS = {
    "no command": [],
    "no such command": ["--", "there-is-none"],
    "missing input": ["--in", "rows=data/none.jsonl", "--", "true"],
    "a folder that holds nothing": ["--in", "rows=empty", "--", "true"],
    "no role": ["--in", "data/a.jsonl", "--", "true"],
    "an empty role": ["--in", "=data/a.jsonl", "--", "true"],
    "the script's role": ["--in", "script=data/a.jsonl", "--", "true"],
    "a role given twice": ["--in", "a=data/a.jsonl", "--in", "a=data/b.jsonl", "--", "true"],
    "two roles for one file": ["--in", "train=data/a.jsonl", "--in", "eval=data/a.jsonl", "--", "true"],
    "an output that cannot be": ["--out", ".", "--", "true"],
    "no purpose": ["--for", "fun", "--", "true"],
    "declaring with a command": ["--declare", "abcdef", "--in", "a=data/a.jsonl", "--", "true"],
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_a_bad_call_gets_one_clear_line_and_leaves_no_run(shop: Workshop, name: str) -> None:
    """What is wrong and what to do, exit code 2, no traceback, nothing on record."""
    before = len(shop.store.database.rows("SELECT 1 FROM run"))
    (shop.root / "empty").mkdir(exist_ok=True)
    done = shop.assay("run", *BAD_CALLS[name])
    assert done.returncode == 2, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 2 and lines[0].startswith("assay: ") and lines[1].startswith("  → "), done.stderr
    assert len(shop.store.database.rows("SELECT 1 FROM run")) == before


def test_a_program_that_cannot_be_executed_is_a_failed_run(shop: Workshop) -> None:
    """A file without a valid format gives 126, as a shell would, and the run has failed."""
    broken = shop.write("scripts/broken.sh", "true\n")
    broken.chmod(0o755)
    shop.commit()
    done = shop.assay("run", "--", "scripts/broken.sh")
    assert done.returncode == 126 and "cannot be run" in done.stderr
    assert shop.one("SELECT outcome FROM run_end ORDER BY ended_at DESC") == ("failed",)


@pytest.mark.parametrize(
    ("command", "script"),
    [
        ("python x.py a.py", "x.py"),
        ("python -u -W ignore -X dev x.py", "x.py"),
        ("python3.11 -m pkg.tool --y a.py", "pkg/tool.py"),
        ("python -m pkg", "pkg/__main__.py"),
        ("python -m torch.distributed.run --nproc 2 x.py", "x.py"),
        ("bash -e x.sh x.py", "x.sh"),
        ("bash -euo pipefail x.sh", "x.sh"),
        ("bash -O extglob --rcfile noext -- x.sh", "x.sh"),
        ("./x.sh", "x.sh"),
        ("./link", "x.py"),
        ("env A=1 nice -n 5 python x.py", "x.py"),
        ("torchrun --nproc_per_node 2 x.py", "x.py"),
        ("accelerate launch --config c.yaml x.py", "x.py"),
        ("uv run python -m pkg", "pkg/__main__.py"),
        ("papermill n.ipynb out.ipynb", "n.ipynb"),
        ("python -c pass x.py", None),
        ("python - x.py", None),
        ("bash -c ./x.sh x.sh", None),
        ("bash -es x.sh", None),
        ("bash noext x.py", None),
        ("cat x.py", None),
        ("true", None),
    ],
)
def test_the_script_is_what_the_interpreter_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, script: str | None
) -> None:
    """Only the program itself counts, never a clean file that is named as its argument."""
    for name in ("x.py", "a.py", "x.sh", "n.ipynb", "noext", "pkg/tool.py", "pkg/__main__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "link").symlink_to("x.py")
    monkeypatch.chdir(tmp_path)
    found = script_of(command.split())
    assert found == (tmp_path / script if script else None)


def test_a_program_that_is_no_script_of_the_project_proves_nothing(shop: Workshop) -> None:
    """What a one-liner writes is recorded, and unverified because nothing says what ran."""
    code = f"open('data/c.jsonl', 'w').write({rows(3)!r})"
    done = shop.launch("--out", "data/c.jsonl", command=["-c", code])
    assert done.returncode == 0 and "no script on record explains" in done.stderr
    assert not shop.check("data/c.jsonl").allowed


def test_the_answer_to_machines(shop: Workshop) -> None:
    """`--json` gives the report, with the lineage status of each output."""
    command = ["scripts/gen.py", "data/c.jsonl"]
    done = shop.assay("run", "--json", "--out", "data/c.jsonl", "--", sys.executable, *command)
    data = json.loads(done.stdout)
    assert data["outcome"] == "completed" and data["exit_code"] == 0 and data["undeclared"] == []
    assert [(one["name"], one["kind"], one["lineage_status"]) for one in data["outputs"]] == [
        ("data/c.jsonl", "dataset", "clean")
    ]


def test_a_watch_limit_that_is_too_low_is_said_and_proves_nothing(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When not every folder can be watched, the run names the limit and the way out, and its outputs are unverified."""
    import errno

    from inotify_simple import INotify

    from assay.registry.observe.process.watch import Watch

    granted = INotify.add_watch

    def add_watch(self: INotify, path: str, mask: int) -> int:
        if str(path).endswith("data"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return int(granted(self, path, mask))

    monkeypatch.setattr(INotify, "add_watch", add_watch)
    watch = Watch(shop.root, lambda path: True)
    watch.start()
    gaps = watch.stop().gaps
    assert len(gaps) == 1 and "fs.inotify.max_user_watches" in gaps[0] and "sysctl" in gaps[0]


RESUME = """'''Go on from the newest checkpoint of a folder.'''
import pathlib, shutil
last = sorted(pathlib.Path("out/sft").glob(PATTERN))[-1]
out = pathlib.Path("out/next"); out.mkdir()
for name in ("adapter_config.json", "adapter_model.safetensors"):
    (out / name).write_bytes((last / name).read_bytes())
(out / "adapter_model.safetensors").open("ab").write(b"")
(out / "note.txt").write_text("x")
"""


@pytest.mark.parametrize("inner", ["checkpoint-2", "adapters/best"])
def test_reading_a_checkpoint_inside_a_declared_folder_is_seen(shop: Workshop, inner: str) -> None:
    """It is another thing than the folder: an input that nobody declared, with a standing of its own."""
    shop.attested("models/base", "model:4")
    shop.attested("out/sft", "model:5")
    (shop.root / "out/sft" / inner).parent.mkdir(exist_ok=True)
    shop.attested(f"out/sft/{inner}", "adapter:3")
    shop.write("scripts/resume.py", RESUME.replace("PATTERN", repr(inner)))
    shop.commit()
    assert shop.assay("mark", f"out/sft/{inner}", "contaminated", "--reason", "saw the test set").returncode == 0
    done = shop.launch("--in", "model=out/sft", "--out", "out/next", command=["scripts/resume.py"])
    assert f"undeclared out/sft/{inner}" in done.stderr, done.stderr
    assert shop.check("out/next").lineage_status.value == "contaminated"
    assert shop.check("out/sft").allowed


def test_a_declared_folder_covers_all_of_itself(shop: Workshop) -> None:
    """Files of a checkpoint in its own sub-folders, and all of its links' targets, were passed with it."""
    base = shop.attested("models/base", "model:4")
    (base / "env").mkdir()
    (base / "env/extra.bin").write_bytes(b"PK\x03\x04")
    (shop.root / "models/store").mkdir()
    (base / "model.safetensors").rename(shop.root / "models/store/w.safetensors")
    (base / "model.safetensors").symlink_to("../store/w.safetensors")
    shop.write("scripts/read.py", "import pathlib\nfor n in ('env/extra.bin', 'model.safetensors', 'config.json'):\n"
               "    pathlib.Path('models/base', n).read_bytes()\n")  # fmt: skip
    shop.commit()
    assert shop.assay("attest", "models/base", "--origin", "x", "--revision", "1", "--licence", "y").returncode == 0
    done = shop.launch("--in", "model=models/base", command=["scripts/read.py"])
    assert "undeclared" not in done.stderr, done.stderr


def test_a_folder_of_many_files_is_read_in_one_short_line() -> None:
    """The script comes first, and how many there are; `--json` has them all."""
    inputs = {f"rows/{number}": f"data/{number}.jsonl" for number in range(500)} | {"script": "train.py"}
    report = Report(
        "a" * 64, "completed", 1.0, None, inputs, [f"b{n}" for n in range(9)], [("c", "dataset", "v")], [], []
    )
    said = Launched(0, report, {"c": "unverified"}).summary()
    assert "  read   script=train.py, rows/0=data/0.jsonl, " in said and "(510 in all; --json names them)" in said
    assert "it read b0, b1, b2 and 6 more undeclared" in said and len(said) < 1000
    assert len(Launched(0, report, {"c": "unverified"}).as_dict()["inputs"]) == 501
