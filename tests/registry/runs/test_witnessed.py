"""`assay run` judges a run by what its own processes did: all that they read and ran, and nothing that others did."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assay.registry.observe.process import seccomp
from assay.registry.observe.process.tree import Program, Reading, Tree
from assay.registry.runs.classes import Class, Classes
from assay.registry.runs.contents import says_shell
from assay.registry.runs.makers import Executed, Makers

from ..workshop import ASSAY, Workshop, rows

pytestmark = pytest.mark.skipif(seccomp.why_not() is not None, reason="this system gives no listener")
READ = "import sys\nopen(sys.argv[2], 'w').write(open(sys.argv[1]).read().upper())\n"
WAIT = (
    "import pathlib, time\npathlib.Path('started').touch()\nwhile not pathlib.Path('go').exists(): time.sleep(0.02)\n"
)
WEIGHTS = (
    "import pathlib, sys\nout = pathlib.Path(sys.argv[1]); out.mkdir()\n"
    "(out / 'config.json').write_text('{\"model_type\": \"llama\"}')\n"
    'head = b\'{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}\'.ljust(64)\n'
    "(out / 'model.safetensors').write_bytes((64).to_bytes(8, 'little') + head + sys.argv[1][-4:].rjust(4).encode())\n"
)
ROWS = "".join(f'{{"text": "Wie viel ist {number}?"}}\n' for number in range(9))
PROSE = "".join(f"What is {number} plus {number}? It is {2 * number}, I think.\n" for number in range(9))
TABLE = "a,b\n" + "".join(f"{number},{2 * number}\n" for number in range(9))


@pytest.fixture
def shop(lone_shop: Workshop) -> Workshop:
    """A project with data of known origin, one of it contaminated."""
    lone_shop.make("scripts/gen.py", {"data/a.jsonl": rows(5), "data/bad.jsonl": rows(6, "times")})
    lone_shop.assay("mark", "data/bad.jsonl", "contaminated", "--reason", "leak")
    lone_shop.write("scripts/read.py", '"""Write rows in capitals."""\n' + READ)
    lone_shop.commit()
    return lone_shop


def ran(shop: Workshop, *command: str, inputs: str = "rows=data/a.jsonl", out: str = "data/c.jsonl") -> str:
    given = ["--in", inputs] if inputs else []
    words = [*ASSAY, "run", *given, "--out", out, "--", *command]
    return subprocess.run(words, cwd=shop.root, capture_output=True, text=True, check=False).stderr


def test_a_full_witness_is_on_record(shop: Workshop) -> None:
    said = ran(shop, sys.executable, "scripts/read.py", "data/a.jsonl", "data/c.jsonl")
    assert "clean" in said and "1 declared input" in said
    assert shop.one("SELECT witness FROM run_end ORDER BY ended_at DESC") == ("full",)
    maker = shop.one("SELECT maker_id, evidence FROM run_output WHERE path = 'data/c.jsonl'")
    assert maker == (shop.version("scripts/read.py"), "observed")


def waiting(shop: Workshop, code: str, *more: str) -> subprocess.Popen[bytes]:
    """A recorded run of a program that has said that it waits."""
    shop.write("scripts/slow.py", f'"""Write rows, slowly."""\n{code}')
    shop.write(".gitignore", ".assay/\ndata/\nout/\nmodels/\nstarted\ngo\n")
    shop.commit()
    command = ["--in", "rows=data/a.jsonl", "--out", "data/c.jsonl", "--", sys.executable, "scripts/slow.py", *more]
    running = subprocess.Popen([*ASSAY, "run", *command], cwd=shop.root, stderr=subprocess.DEVNULL)
    for _ in range(1500):
        if (shop.root / "started").exists():
            return running
        time.sleep(0.02)
    raise AssertionError("it never started")


def test_what_others_read_and_write_meanwhile_is_never_charged(shop: Workshop) -> None:
    running = waiting(shop, WAIT + READ, "data/a.jsonl", "data/c.jsonl")
    subprocess.run(["wc", "-l", "data/bad.jsonl"], cwd=shop.root, capture_output=True, check=True)
    shutil.copy(shop.root / "data/bad.jsonl", shop.root / "data/other.jsonl")
    (shop.root / "go").touch()
    running.wait(60)
    assert shop.check("data/c.jsonl").lineage_status == "clean"
    assert shop.one("SELECT COUNT(*) FROM run_output WHERE path = 'data/other.jsonl'") == (0,)


def test_an_output_that_somebody_else_wrote_is_not_the_runs(shop: Workshop) -> None:
    running = waiting(shop, WAIT + "open('data/a.jsonl').read()\n")
    shutil.copy(shop.root / "data/bad.jsonl", shop.root / "data/c.jsonl")
    with open(shop.root / "data/c.jsonl", "a") as file:
        file.write(rows(1))
    (shop.root / "go").touch()
    running.wait(60)
    assert shop.check("data/c.jsonl").lineage_status == "unverified"


def test_a_run_whose_watcher_was_killed_is_finished_later_from_what_its_keeper_saw(shop: Workshop) -> None:
    running = waiting(shop, WAIT + READ, "data/a.jsonl", "data/c.jsonl")
    running.kill()
    running.wait()
    assert shop.assay("run", "--recover").returncode == 0
    assert shop.one("SELECT COUNT(*) FROM run_end WHERE outcome = 'completed' AND witness = 'partial'")[0] >= 1
    before = shop.one("SELECT COUNT(*) FROM run_end")[0]
    (shop.root / "go").touch()
    for _ in range(500):
        if (shop.root / "data/c.jsonl").exists():
            break
        time.sleep(0.02)
    time.sleep(0.5)
    said = shop.assay("run", "--recover").stdout
    assert "completed, wrote data/c.jsonl" in said
    assert shop.one("SELECT COUNT(*) FROM run_end")[0] == before + 1
    assert shop.check("data/c.jsonl").lineage_status == "clean"
    assert not list((shop.root / ".assay/spool").glob("*.trace"))


@pytest.mark.parametrize("name", ["corpus.txt", "corpus.JSONL", "corpus.npy", "corpus", "corpus.yaml", "corpus.db"])
def test_data_of_any_name_counts_and_taints_by_its_bytes(shop: Workshop, name: str) -> None:
    shutil.copy(shop.root / "data/bad.jsonl", shop.root / name)
    shop.commit()
    ran(shop, sys.executable, "scripts/read.py", name, "data/c.jsonl", inputs="")
    assert shop.check("data/c.jsonl").lineage_status == "contaminated"


def test_data_elsewhere_that_nobody_knows_is_named_and_leaves_outputs_unverified(
    shop: Workshop, tmp_path: Path
) -> None:
    (tmp_path / "outside.bin").write_text(rows(9, "over"))
    said = ran(shop, sys.executable, "scripts/read.py", str(tmp_path / "outside.bin"), "data/c.jsonl", inputs="")
    assert "outside.bin" in said
    assert shop.check("data/c.jsonl").lineage_status == "unverified"


def test_a_declared_input_counts_by_a_link_that_the_run_gave_it_and_other_data_does_not(shop: Workshop) -> None:
    shop.write("scripts/link.sh", "ln $1 data/h.tmp\ntr a-z A-Z < data/h.tmp > data/c.jsonl\nrm data/h.tmp\n")
    shop.commit()
    assert "(dataset, clean)" in ran(shop, "sh", "scripts/link.sh", "data/a.jsonl")
    assert "contaminated" in (said := ran(shop, "sh", "scripts/link.sh", "data/bad.jsonl")) or "unverified" in said
    assert "rows was never opened" in said


def test_a_declared_input_that_nothing_opened_proves_nothing(shop: Workshop) -> None:
    shop.write("scripts/none.py", '"""Write a row."""\nopen("data/c.jsonl", "w").write(\'{"text": "x y z"}\\n\' * 9)\n')
    shop.commit()
    said = ran(shop, sys.executable, "scripts/none.py")
    assert "rows was never opened" in said
    assert shop.check("data/c.jsonl").lineage_status == "unverified"


@pytest.mark.parametrize(
    "command",
    [
        ("timeout", "60", "perl", "-e", 'open(I,"data/a.jsonl");open(O,">data/c.jsonl");print O uc while <I>', "scripts/read.py"),
        (sys.executable, "-c", "open('data/c.jsonl','w').write(open('data/a.jsonl').read().upper())", "scripts/read.py"),
        ("sed", "s/plus/and/w data/c.jsonl", "data/a.jsonl"),
        ("env", sys.executable, "-c", "exec(open('scripts/read.py').read())", "data/a.jsonl", "data/c.jsonl"),
    ],
)  # fmt: skip
def test_a_clean_script_that_is_only_an_argument_vouches_for_nothing(shop: Workshop, command: tuple[str, ...]) -> None:
    ran(shop, *command)
    assert not shop.check("data/c.jsonl").allowed


@pytest.mark.parametrize(
    "command",
    [
        ("bash", "job.sbatch"),
        ("make", "-s", "rows"),
        (sys.executable, "-m", "pkg.read", "data/a.jsonl", "data/c.jsonl"),
        ("timeout", "60", "nice", "env", "A=1", sys.executable, "scripts/read.py", "data/a.jsonl", "data/c.jsonl"),
        (sys.executable, "-m", "cProfile", "-o", "/dev/null", "scripts/read.py", "data/a.jsonl", "data/c.jsonl"),
        ("sh", "-c", f"{sys.executable} scripts/read.py data/a.jsonl data/c.jsonl"),
        ("bash", "-euo", "pipefail", "job.sbatch"),
        (sys.executable, "-m", "runpy", "pkg.read", "data/a.jsonl", "data/c.jsonl"),
        (sys.executable, "-m", "cProfile", "-o", "/dev/null", "-m", "pkg.read", "data/a.jsonl", "data/c.jsonl"),
        ("awk", "-f", "up.awk", "data/a.jsonl"),
        ("perl", "-I", ".", "up.pl"),
    ],
)
def test_what_really_ran_is_what_counts_however_it_was_started(shop: Workshop, command: tuple[str, ...]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]}")
    line = f"{sys.executable} scripts/read.py data/a.jsonl data/c.jsonl"
    shop.write("job.sbatch", f"#!/bin/bash\n#SBATCH --time=1\n{line}\n")
    shop.write("Makefile", f"rows:\n\t{line}\n")
    shop.write("pkg/__init__.py", "")
    shop.write("pkg/read.py", '"""Write rows in capitals."""\n' + READ)
    shop.write("up.awk", '{ print toupper($0) > "data/c.jsonl" }\n')
    shop.write("up.pl", "use Up; Up::rows();\n")
    shop.write(
        "Up.pm", "package Up; sub rows { open(I, 'data/a.jsonl'); open(O, '>data/c.jsonl'); print O uc while <I> } 1;\n"
    )
    shop.commit()
    said = ran(shop, *command)
    assert shop.check("data/c.jsonl").lineage_status == "clean", said


def test_a_lock_and_variables_that_a_launch_script_reads_are_no_data(shop: Workshop, tmp_path: Path) -> None:
    """The empty file of `flock` holds nothing, and what a shell reads its variables from is code like the rest of it."""
    line = f"{sys.executable} scripts/read.py data/a.jsonl data/c.jsonl"
    shop.write("job.sbatch", f". ./vars\nexec 9< {tmp_path}/made 8<> {tmp_path}/new\n{line} $EXTRA\n")
    shop.write("vars", "# Where it runs\nexport EXTRA=$A\nif true; then\n  B=2\nfi\n")
    (tmp_path / "made").touch()
    shop.commit()
    said = ran(shop, "bash", "job.sbatch")
    assert shop.check("data/c.jsonl").lineage_status == "clean", said
    assert "1 settings" not in said and "data" not in said.split("files:")[1].split("\n")[0]


def test_what_git_reads_to_tell_what_changed_is_no_read(shop: Workshop) -> None:
    """A tracked file that is contaminated is hashed by `git status`, and a program that logs that has not read it."""
    shutil.copy(shop.root / "data/bad.jsonl", shop.root / "rows.jsonl")
    shop.write(
        "scripts/log.sh", f"git status > /dev/null\n{sys.executable} scripts/read.py data/a.jsonl data/c.jsonl\n"
    )
    shop.commit()
    os.utime(shop.root / "rows.jsonl", (1e9, 1e9))
    said = ran(shop, "bash", "scripts/log.sh")
    assert shop.check("data/c.jsonl").lineage_status == "clean", said


@pytest.mark.parametrize("text", [ROWS, PROSE, TABLE], ids=["rows", "prose", "table"])
def test_what_a_shell_reads_is_code_by_what_it_says(tmp_path: Path, text: str) -> None:
    (tmp_path / "vars").write_text('set -eu\nexport A=1 B=2\nB+=3\nrun() {\n  echo "$A"\n}\n')
    (tmp_path / "rows").write_text(text)
    assert says_shell(str(tmp_path / "vars"))
    assert not says_shell(str(tmp_path / "rows"))


def test_an_untracked_launch_script_keeps_its_outputs_unverified(shop: Workshop) -> None:
    shop.write("job.sbatch", f"{sys.executable} scripts/read.py data/a.jsonl data/c.jsonl\n")
    ran(shop, "bash", "job.sbatch")
    assert not shop.check("data/c.jsonl").allowed


@pytest.mark.parametrize("flags", [(), ("-I",), ("-S",), ("-E",)])
def test_a_marked_module_that_is_loaded_by_a_computed_name_taints(shop: Workshop, flags: tuple[str, ...]) -> None:
    shop.write("scripts/marked_mod.py", '"""Marked."""\nVALUE = 1\n')
    hidden = 'import sys, importlib\nsys.path.insert(0, "scripts")\nimportlib.import_module("marked" + "_mod")\n'
    shop.write("scripts/hidden.py", f'"""Write rows."""\n{hidden}{READ}')
    shop.commit()
    shop.assay("mark", "scripts/marked_mod.py", "contaminated", "--reason", "bad code")
    ran(shop, sys.executable, *flags, "scripts/hidden.py", "data/a.jsonl", "data/c.jsonl")
    assert shop.check("data/c.jsonl").lineage_status == "contaminated"


def test_a_helper_that_is_edited_before_it_is_loaded_is_named_and_one_edited_after_is_not(shop: Workshop) -> None:
    shop.write("scripts/early.py", "X = 1\n")
    shop.write("scripts/late.py", "X = 1\n")
    running = waiting(shop, "import early\n" + WAIT + "import late\n" + READ, "data/a.jsonl", "data/c.jsonl")
    shop.write("scripts/early.py", "X = 2\n")
    (shop.root / "go").touch()
    running.wait(60)
    assert shop.check("data/c.jsonl").lineage_status == "clean"
    for name in ("go", "started", "data/c.jsonl"):
        (shop.root / name).unlink()
    again = READ.replace("upper", "title")
    running = waiting(shop, "import early\n" + WAIT + "import late\n" + again, "data/a.jsonl", "data/c.jsonl")
    shop.write("scripts/late.py", "X = 3\n")
    (shop.root / "go").touch()
    running.wait(60)
    assert shop.check("data/c.jsonl").lineage_status == "unverified"


def test_new_weights_want_data_and_a_conversion_wants_none(shop: Workshop) -> None:
    shop.attested("models/base", "model:8")
    shop.write(
        "scripts/merge.py", '"""Write weights."""\nopen("models/base/model.safetensors", "rb").read()\n' + WEIGHTS
    )
    shop.commit()
    said = ran(shop, sys.executable, "scripts/merge.py", "out/x", inputs="base=models/base", out="out/x")
    assert "it read no data on record" in said
    words = ["run", "--converts", "--in", "base=models/base", "--out", "out/y", "--"]
    shop.assay(*words, sys.executable, "scripts/merge.py", "out/y")
    assert shop.check("out/x").lineage_status == "unverified"
    assert shop.check("out/y").lineage_status == "clean"


def test_what_came_over_the_network_is_named_unless_the_project_calls_it_harmless(shop: Workshop) -> None:
    reach = "import socket\ns = socket.socket()\ns.setblocking(False)\ns.connect_ex(('192.0.2.7', 80))\n"
    shop.write("scripts/net.py", f'"""Write rows."""\n{reach}{READ}')
    shop.commit()
    command = (sys.executable, "scripts/net.py", "data/a.jsonl", "data/c.jsonl")
    assert "192.0.2.7:80" in ran(shop, *command)
    assert not shop.check("data/c.jsonl").allowed
    shop.configure('network = ["192.0.2.*"]\n')
    (shop.root / "data/c.jsonl").unlink()
    ran(shop, *command)
    assert shop.check("data/c.jsonl").lineage_status == "clean"


def test_settings_that_git_tracks_are_inputs_by_themselves(shop: Workshop) -> None:
    shop.write("configs/a.yaml", "lr: 1e-5\n")
    shop.write("scripts/set.py", '"""Write rows."""\nopen("configs/a.yaml").read()\n' + READ)
    shop.commit()
    ran(shop, sys.executable, "scripts/set.py", "data/a.jsonl", "data/c.jsonl")
    lineage = json.loads(shop.assay("lineage", "data/c.jsonl", "--json").stdout)
    assert "configs/a.yaml" in [node["name"] for node in lineage["nodes"]]
    assert shop.check("data/c.jsonl").lineage_status == "clean"
    shop.write("untracked.yaml", "lr: 1\n")
    other = READ.replace("upper", "title")  # other bytes: what was clean once is
    shop.write("scripts/set2.py", '"""Write rows."""\nopen("untracked.yaml").read()\n' + other)
    shop.git("add", "scripts")
    shop.git("commit", "-qm", "x")
    ran(shop, sys.executable, "scripts/set2.py", "data/a.jsonl", "data/c.jsonl")
    assert not shop.check("data/c.jsonl").allowed


def test_a_run_inside_a_run_has_its_own_account(shop: Workshop) -> None:
    """What the inner one read is its own; the outer one is judged by what it did besides."""
    inner = [*ASSAY, "run", "--in", "rows=data/a.jsonl", "--out", "data/c.jsonl", "--"]
    inner += [sys.executable, "scripts/read.py", "data/a.jsonl", "data/c.jsonl"]
    shop.write("scripts/outer.py", f'"""Run another."""\nimport subprocess\nsubprocess.run({inner!r}, check=True)\n')
    shop.commit()
    said = ran(shop, sys.executable, "scripts/outer.py", inputs="", out="data/d.jsonl")
    assert shop.check("data/c.jsonl").lineage_status == "clean", said
    assert [w for (w,) in shop.store.database.rows("SELECT witness FROM run_end ORDER BY ended_at")][-2:] == [
        "full"
    ] * 2


def test_what_came_through_a_pipe_is_named_and_one_that_nobody_read_is_not(shop: Workshop) -> None:
    shop.write(
        "scripts/stdin.py", '"""Write rows."""\nimport sys\nopen("data/d.jsonl", "w").write(sys.stdin.read().upper())\n'
    )
    shop.commit()
    words = [*ASSAY, "run", "--out"]
    rows_in = (shop.root / "data/bad.jsonl").read_bytes().lower()
    for out, command in (
        ("data/d.jsonl", ["scripts/stdin.py"]),
        ("data/c.jsonl", ["scripts/read.py", "data/a.jsonl", "data/c.jsonl"]),
    ):
        given = ["--in", "rows=data/a.jsonl"] if out == "data/c.jsonl" else []
        line = [*words, out, *given, "--", sys.executable, *command]
        said = subprocess.run(line, cwd=shop.root, input=rows_in, capture_output=True).stderr.decode()
        assert ("pipe on its standard input" in said) == (out == "data/d.jsonl"), said
    assert not shop.check("data/d.jsonl").allowed
    assert shop.check("data/c.jsonl").lineage_status == "clean"


@pytest.mark.skipif(os.geteuid() == 0, reason="root keeps its rights under a filter")
def test_a_program_that_loses_its_rights_is_noted(shop: Workshop) -> None:
    shop.write("scripts/su.sh", "# Write rows\nsu --version > /dev/null\ntr a-z A-Z < data/a.jsonl > data/c.jsonl\n")
    shop.commit()
    assert "without the rights" in ran(shop, "sh", "scripts/su.sh")


@pytest.mark.parametrize("text", [ROWS, PROSE, TABLE], ids=["rows", "prose", "table"])
@pytest.mark.parametrize(
    "name",
    ["a.yaml", "a.toml", "a.ini", "a.conf", "a.json", "a.lock", ".env.a", "Makefile", "requirements.txt", "Dockerfile"],
)
def test_a_name_of_settings_does_not_make_rows_settings(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert not Classes(tmp_path, frozenset((name,))).is_settings(str(tmp_path / name))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", "lr: 1e-5\ndata: !file data/a.jsonl\n"),
        ("a.yaml", "- lr: 1e-5\n- {{ more }}\n"),
        ("a.jsonc", '// how it is trained\n{"lr": 1}\n'),
        ("a.toml", 'name = "a"\n[train]\nlr = 1e-5\n'),
        ("a.ini", "[train]\nlr = 1\n  2\n# It is so.\n"),
        ("a.conf", "server {\n  listen 80;\n}\nset -g mouse on\n"),
        ("poetry.lock", '[[package]]\nname = "a"\n'),
        ("requirements.txt", "# What we use.\ntorch>=2 ; python_version < '4'\n-r more.txt\nnumpy\n./here\n"),
        ("Makefile", "ifdef A\ninclude b.mk\nendif\nX := 1\nall: a b\n\techo It is so.\n"),
        ("Dockerfile", "ARG A\nFROM debian\nRUN true\n"),
        ("a.jinja", "{% for message in messages %}\n{{ message.content }}\n{% endfor %}\n"),
        ("a.sbatch", "#!/bin/bash\n#SBATCH --time=1\npython a.py\n"),
        (".gitignore", "# What is ours.\n/data\n!*.md\n"),
    ],
)
def test_settings_are_settings(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert Classes(tmp_path, frozenset((name,))).is_settings(str(tmp_path / name))


@pytest.mark.parametrize("name", ["corpus.py", "corpus.sh", "corpus.js", "corpus.c"])
@pytest.mark.parametrize("text", [ROWS, PROSE, TABLE], ids=["rows", "prose", "table"])
def test_a_name_of_code_does_not_make_rows_code(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert Classes(tmp_path, frozenset((name,))).of(str(tmp_path / name)) is Class.DATA


def test_a_place_of_the_environments_does_not_make_rows_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither do empty folders that are called as an interpreter's are, nor a project that lies among the system's."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    table = Classes(tmp_path / "p", frozenset())
    (tmp_path / "v").mkdir()
    (tmp_path / "v/pyvenv.cfg").touch()
    for place in (
        "home/.config/a.txt",
        "home/.jupyter/a.jsonl",
        "v/share/a.txt",
        "v/lib/python3.11/site-packages/a.txt",
    ):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PROSE)
        assert table.of(str(path)) is Class.DATA, place
    assert Classes(Path("/usr/lib/app"), frozenset()).of("/usr/lib/app/corpus.txt") is Class.DATA
    assert table.of("/run/media/disk/corpus.txt") is Class.DATA
    assert table.of("/var/lib/jenkins/corpus.txt") is Class.DATA
    assert table.of("/usr/lib/os-release") is Class.ENVIRONMENT


@pytest.mark.parametrize(
    ("words", "executed"),
    [
        (("unittest", "-v", "t"), Executed(module="t")),
        (("unittest", "-k", "sums", "t"), Executed(module="t")),
        (("unittest", "discover", "-s", "t"), Executed(module="unittest")),
        (("cProfile", "-m", "pkg.train", "--config", "conf.py"), Executed("/w/pkg/train.py", "pkg.train")),
        (("runpy", "pkg.train", "--config", "conf.py"), Executed("/w/pkg/train.py", "pkg.train")),
        (("cProfile", "-o", "out", "conf.py", "-m", "pkg.train"), Executed("/w/conf.py")),
        (("torch.distributed.run", "-m"), Executed(module="torch.distributed.run")),
    ],
)
def test_of_several_words_the_first_that_names_code_is_what_ran(words: tuple[str, ...], executed: Executed) -> None:
    """Neither an option nor a file that a module was given is the program."""
    program = Program("/usr/bin/python3", ("python3", "-m", *words), None, "/w", None)
    opened = {path: Reading(None, None, {0}) for path in ("/w/pkg/train.py", "/w/conf.py")}
    assert Makers(Tree([program], opened), {}).executed(0) == executed
