"""Ways round the gate that people have tried or will: each is refused, or found out by `assay verify`.

`REGENERATE=1 pytest tests/registry/test_bypass.py` writes the list of them into docs/bypass.md.
"""

from __future__ import annotations

import dataclasses
import gzip
import os
import pickle
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assay.registry.answers.verify import verify
from assay.registry.api import Registry
from assay.registry.errors import AssayError, Refused, UsageError
from assay.registry.facts import store as store_module
from assay.registry.facts.store import Store, create, iso
from assay.registry.gate.gate import CleanDataset, Gate
from assay.registry.gate.verdict import GateRefusal, SwappedInput
from assay.registry.lineage.purpose import Purpose
from assay.registry.observe.process import seccomp
from assay.registry.recording.scan import scan
from assay.registry.runs.run import run
from assay.registry.standing.rulesets import todays
from assay.registry.statements import attest, mark, retract, waive

from .hidden_reads import HIDDEN
from .workshop import ASSAY, GENERATE, Workshop, rows

PAGE = Path(__file__).parents[2] / "docs" / "bypass.md"
TRAIN = Purpose("train")
BAD, GOOD = "data/bad.jsonl", "data/good.jsonl"
REFUSED, FOUND = "refused", "found by `assay verify`"


@dataclass(frozen=True)
class Attempt:
    """One way round: what is done, what comes of it, and what stands in the way.

    `do` returns the name of the thing that must not be allowed, or raises `raises`.
    """

    name: str
    do: Callable[[Workshop], str | None]
    outcome: str
    because: str
    raises: type[Exception] | None = None


ATTEMPTS: list[Attempt] = []


def attempt(
    name: str, because: str, *, outcome: str = REFUSED, raises: type[Exception] | None = None
) -> Callable[[Callable[[Workshop], str | None]], None]:
    """Put a function on the list."""

    def listed(do: Callable[[Workshop], str | None]) -> None:
        ATTEMPTS.append(Attempt(name, do, outcome, because, raises))

    return listed


@pytest.fixture
def shop(lone_shop: Workshop) -> Workshop:
    """A contaminated dataset with its marked generator, and a clean one."""
    lone_shop.write("scripts/fine.py", GENERATE.replace("plus", "times"))
    lone_shop.write("scripts/noop.py", "pass\n")
    lone_shop.commit()
    lone_shop.make("scripts/gen.py", {BAD: rows(9)})
    lone_shop.make("scripts/fine.py", {GOOD: rows(9, "times")})
    mark(lone_shop.store, "scripts/gen.py", "contaminated", "chat template left in")
    return lone_shop


def sql(shop: Workshop, statement: str, *values: object) -> None:
    """Change the database behind the registry's back."""
    with sqlite3.connect(shop.root / ".assay/registry.db") as connection:
        connection.execute(statement, values)
    connection.close()


def launched(shop: Workshop, *command: str, out: str = "data/out.jsonl", options: tuple[str, ...] = ()) -> str:
    """Run a command under `assay run`, which must succeed as a process; returns the output's name."""
    done = shop.assay("run", "--out", out, *options, "--", *command)
    assert done.returncode == 0, done.stderr
    assert (shop.root / out).exists()
    return out


def script(shop: Workshop, name: str, text: str) -> str:
    """A committed script."""
    shop.write(name, text)
    shop.commit()
    return name


# The bytes under another guise


@attempt("copying the file under another name", "content is identity: a copy is the same version")
def _(shop: Workshop) -> str:
    shutil.copy2(shop.root / BAD, shop.root / "data/fresh.jsonl")
    return "data/fresh.jsonl"


@attempt("renaming it", "facts attach to versions, never to paths")
def _(shop: Workshop) -> str:
    (shop.root / BAD).rename(shop.root / "data/fresh.jsonl")
    scan(shop.store)
    return "data/fresh.jsonl"


@attempt("a symbolic link to it", "the bytes that the link leads to are what is checked")
def _(shop: Workshop) -> str:
    (shop.root / "data/link.jsonl").symlink_to("bad.jsonl")
    return "data/link.jsonl"


@attempt("a hard link to it", "content is identity")
def _(shop: Workshop) -> str:
    os.link(shop.root / BAD, shop.root / "data/hard.jsonl")
    return "data/hard.jsonl"


@attempt("putting it where a clean file was", "the path is not what is trusted")
def _(shop: Workshop) -> str:
    shutil.copy2(shop.root / BAD, shop.root / GOOD)
    return GOOD


@attempt("changing one byte of it", "unknown content has no origin, and unknown is not clean")
def _(shop: Workshop) -> str:
    (shop.root / BAD).write_text(rows(9).replace("What", "what", 1))
    scan(shop.store)
    return BAD


@attempt("compressing it", "unknown content has no origin")
def _(shop: Workshop) -> str:
    (shop.root / "data/fresh.jsonl.gz").write_bytes(gzip.compress((shop.root / BAD).read_bytes()))
    scan(shop.store)
    return "data/fresh.jsonl.gz"


@attempt("taking half of it", "unknown content has no origin")
def _(shop: Workshop) -> str:
    (shop.root / "data/half.jsonl").write_text(rows(4))
    scan(shop.store)
    return "data/half.jsonl"


@attempt(
    "replacing a clean file and setting its size and time back", "the change time gives it away, and it is read again"
)
def _(shop: Workshop) -> str:
    before = (shop.root / GOOD).stat()
    text = rows(9, "times").replace("What", "whaT")
    (shop.root / GOOD).write_text(text)
    os.utime(shop.root / GOOD, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (shop.root / GOOD).stat().st_mtime_ns == before.st_mtime_ns and len(text) == before.st_size
    return GOOD


# Words


@attempt(
    "attesting what a contaminated run made", "a run on record speaks; nobody's word replaces it", raises=UsageError
)
def _(shop: Workshop) -> None:
    attest(shop.store, BAD, "https://example.org/clean")


@attempt("attesting a copy of it", "the copy is the same version", raises=UsageError)
def _(shop: Workshop) -> None:
    shutil.copy2(shop.root / BAD, shop.root / "data/fresh.jsonl")
    scan(shop.store)
    attest(shop.store, "data/fresh.jsonl", "https://example.org/clean")


@attempt("declaring it clean", "clean is proven, not declared", raises=UsageError)
def _(shop: Workshop) -> None:
    mark(shop.store, BAD, "clean", "trust me")


@attempt("declaring a clean replacement for the generator", "a replacement is advice; what was made stays what it is")
def _(shop: Workshop) -> str:
    mark(shop.store, "scripts/gen.py", "deprecated", "old", replaced_by="scripts/fine.py")
    return BAD


@attempt("marking another artifact instead", "the mark stands against the version that it names")
def _(shop: Workshop) -> str:
    fact = mark(shop.store, "scripts/fine.py", "contaminated", "it was this one").facts[0]
    retract(shop.store, fact, "no, none")
    return BAD


@attempt("copying the marked generator under another name", "the same bytes are the same script version")
def _(shop: Workshop) -> str:
    return script(shop, "scripts/gen_v2.py", GENERATE)


@attempt("running the marked generator again", "the script is an input of its run", raises=GateRefusal)
def _(shop: Workshop) -> None:
    shop.make("scripts/gen.py", {"data/again.jsonl": rows(12)})


@attempt(
    "calling the marked code from a new script", "a contaminated helper contaminates its importers", raises=GateRefusal
)
def _(shop: Workshop) -> None:
    script(shop, "scripts/wrapper.py", "import gen\ngen.main('data/again.jsonl', 12)\n")
    shop.make("scripts/wrapper.py", {"data/again.jsonl": rows(12)})


@attempt("a waiver for training on it", "there is none for contaminated data", raises=Refused)
def _(shop: Workshop) -> None:
    waive(shop.store, shop.root / BAD, TRAIN, "deadline", "7d")


@attempt("a waiver from before it was known", "contamination that becomes known ends it")
def _(shop: Workshop) -> str:
    (shop.root / "data/orphan.jsonl").write_text(rows(5, "over"))
    scan(shop.store)
    waive(shop.store, shop.root / "data/orphan.jsonl", TRAIN, "a look", "7d")
    assert shop.check("data/orphan.jsonl").allowed
    mark(shop.store, "data/orphan.jsonl", "contaminated", "leak")
    return "data/orphan.jsonl"


@attempt("a waiver that has expired", "it holds until its time and no longer")
def _(shop: Workshop) -> str:
    return expired(shop)


@attempt("setting the clock back for an expired waiver", "time never runs back behind what is on record")
def _(shop: Workshop) -> str:
    name = expired(shop)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_module, "now", lambda: iso(datetime.now(UTC) - timedelta(days=9)))
        assert not shop.check(name).allowed
    return name


def expired(shop: Workshop) -> str:
    (shop.root / "data/orphan.jsonl").write_text(rows(5, "over"))
    scan(shop.store)
    with shop.store.batch() as batch:
        batch.add(
            "waiver", version_id=shop.version("data/orphan.jsonl"), purpose="train", reason="r", author="t",
            at=shop.store.moment(), expires_at=iso(datetime.now(UTC) - timedelta(hours=1)),
        )  # fmt: skip
    return "data/orphan.jsonl"


@attempt("a waiver for an evaluation, used for training", "a waiver holds for its purpose alone")
def _(shop: Workshop) -> str:
    waive(shop.store, shop.root / BAD, Purpose("eval"), "a look", "7d")
    assert shop.check(BAD, "eval").allowed
    return BAD


@attempt("training under a waiver and publishing the result", "what is made under a waiver is never clean")
def _(shop: Workshop) -> str:
    (shop.root / "data/orphan.jsonl").write_text(rows(5, "over"))
    scan(shop.store)
    waive(shop.store, shop.root / "data/orphan.jsonl", TRAIN, "a look", "7d")
    shop.make("scripts/noop.py", {"out/sft": "model:4"}, {"train": "data/orphan.jsonl"})
    assert not shop.check("out/sft", "publish").allowed
    return "out/sft"


# Python


@attempt("constructing a CleanDataset", "only the gate makes one", raises=TypeError)
def _(shop: Workshop) -> None:
    CleanDataset(shop.root / BAD, BAD, shop.version(BAD), TRAIN, Gate(shop.store))


@attempt("pickling a CleanDataset for later", "it lives as long as the registry that passed it", raises=TypeError)
def _(shop: Workshop) -> None:
    pickle.dumps(Gate(shop.store).dataset(shop.root / GOOD, TRAIN))


@attempt(
    "pointing a CleanDataset at another file", "it is checked again, in full, when it is read", raises=SwappedInput
)
def _(shop: Workshop) -> None:
    clean = Gate(shop.store).dataset(shop.root / GOOD, TRAIN)
    dataclasses.replace(clean, path=shop.root / BAD).rows()


@attempt("changing its path and version in place", "the decision is taken again when it is read", raises=GateRefusal)
def _(shop: Workshop) -> None:
    clean = Gate(shop.store).dataset(shop.root / GOOD, TRAIN)
    object.__setattr__(clean, "path", shop.root / BAD)
    object.__setattr__(clean, "version", shop.version(BAD))
    clean.rows()


@attempt("swapping the file between check and load", "the load reads what was checked", raises=SwappedInput)
def _(shop: Workshop) -> None:
    clean = Gate(shop.store).dataset(shop.root / GOOD, TRAIN)
    shutil.copy2(shop.root / BAD, shop.root / GOOD)
    clean.rows()


@attempt("loading an adapter on another base", "a base is bound by content, not by name", raises=Refused)
def _(shop: Workshop) -> None:
    shop.attested("models/base", "model:4")
    shop.attested("models/other", "model:5")
    shop.make("scripts/noop.py", {"out/sft": "adapter:2"}, {"base": "models/base"})
    Gate(shop.store).model(shop.root / "out/sft", TRAIN, base=shop.root / "models/other")


@attempt("opening the data inside a run without declaring it", "what Python opens is compared with what was declared")
def _(shop: Workshop) -> str:
    with run(shop.store, script=shop.root / "scripts/fine.py", inputs={}) as this:
        this.output(shop.root / "data/out.jsonl").write_text((shop.root / BAD).read_text().upper())
    return "data/out.jsonl"


@attempt("copying the data by another program inside a run", "bytes that are on record as contaminated are recognised")
def _(shop: Workshop) -> str:
    with run(shop.store, script=shop.root / "scripts/fine.py", inputs={}) as this:
        subprocess.run(["cp", shop.root / BAD, this.output(shop.root / "data/out.jsonl")], check=True)
    return "data/out.jsonl"


@attempt("moving the data into place inside a run", "a file that is older than the run was not made by it")
def _(shop: Workshop) -> str:
    (shop.root / "data/old.jsonl").write_text(rows(5, "over"))
    os.utime(shop.root / "data/old.jsonl", (1, 1))
    with run(shop.store, script=shop.root / "scripts/fine.py", inputs={}) as this:
        (shop.root / "data/old.jsonl").rename(this.output(shop.root / "data/out.jsonl"))
    return "data/out.jsonl"


@attempt("leaving the file there before a run and claiming it as output", "what nothing wrote is no output")
def _(shop: Workshop) -> str:
    with run(shop.store, script=shop.root / "scripts/fine.py", inputs={}) as this:
        this.output(shop.root / BAD)
    return BAD


@attempt(
    "putting the data where an interrupted run goes on", "what is on record as contaminated is continued by nobody"
)
def _(shop: Workshop) -> str:
    for text in (rows(2, "over"), rows(3, "under")):
        with pytest.raises(KeyboardInterrupt), run(shop.store, script=shop.root / "scripts/fine.py", inputs={}) as this:
            this.output(shop.root / "data/out.jsonl").write_text(text)
            raise KeyboardInterrupt
        shutil.copy2(shop.root / BAD, shop.root / "data/out.jsonl")
    with (
        run(shop.store, script=shop.root / "scripts/fine.py", inputs={}) as this,
        open(this.output(shop.root / "data/out.jsonl"), "a") as file,
    ):
        file.write(rows(1, "over"))
    return "data/out.jsonl"


# Programs under `assay run`


@attempt("reading the data undeclared", "what is opened below the project is observed")
def _(shop: Workshop) -> str:
    return launched(shop, sys.executable, "scripts/upper.py", BAD, "data/out.jsonl")


@attempt("reading it with a native library", "the witness is told of every program's opens")
def _(shop: Workshop) -> str:
    text = f"import polars\npolars.read_ndjson('{BAD}').reverse().write_ndjson('data/out.jsonl')\n"
    return launched(shop, sys.executable, script(shop, "scripts/native.py", text))


@attempt("reading it in a shell, with a bare environment", "whose process it is follows from descent, not from a mark")
def _(shop: Workshop) -> str:
    name = script(
        shop, "scripts/bare.sh", f"env -i setsid bash -c 'exec 3< {BAD}; sleep 0.5; tac <&3 > data/out.jsonl'\n"
    )
    return launched(shop, "bash", name)


@attempt("feeding it on standard input", "a file that the shell connects is an input like any other")
def _(shop: Workshop) -> str:
    name = script(shop, "scripts/pipe.py", "import sys\nopen('data/out.jsonl', 'w').write(sys.stdin.read().upper())\n")
    with open(shop.root / BAD) as source:
        done = shop.assay("run", "--out", "data/out.jsonl", "--", sys.executable, name, stdin=source)
    assert done.returncode == 0, done.stderr
    return "data/out.jsonl"


@attempt("moving or linking it into place in a program", "a new name for what was there is not a new file")
def _(shop: Workshop) -> str:
    return launched(shop, "bash", script(shop, "scripts/move.sh", f"touch {BAD}; mv {BAD} data/out.jsonl\n"))


@attempt("appending to it", "what was there before may be in it still")
def _(shop: Workshop) -> str:
    text = f"open('{BAD}', 'a').write({rows(1, 'over')!r})\n"
    return launched(shop, sys.executable, script(shop, "scripts/more.py", text), out=BAD)


def listening() -> None:
    """Some attempts are seen by a listener of the kernel's alone."""
    if why := seccomp.why_not():
        pytest.skip(f"this system gives no listener: {why}")


@attempt("reading a copy under a name that is none of data's", "data is whatever no table knows, by its bytes")
def _(shop: Workshop) -> str:
    listening()
    shutil.copy2(shop.root / BAD, shop.root / "notes.unknown")
    return launched(shop, sys.executable, "scripts/upper.py", "notes.unknown", "data/out.jsonl")


@attempt("reading an altered copy from outside of the project", "reads count wherever a file lies")
def _(shop: Workshop) -> str:
    listening()
    outside = shop.root.parent / "elsewhere.bin"
    outside.write_text((shop.root / BAD).read_text().lower())
    return launched(shop, sys.executable, "scripts/upper.py", str(outside), "data/out.jsonl")


@attempt("hiding rows in a tracked settings file", "what holds rows is data under any name")
def _(shop: Workshop) -> str:
    listening()
    shop.write("configs/rows.yaml", (shop.root / BAD).read_text().lower())
    shop.commit()
    return launched(shop, sys.executable, "scripts/upper.py", "configs/rows.yaml", "data/out.jsonl")


@attempt("hiding the data in a folder called env", "an environment is what an interpreter made, not a name")
def _(shop: Workshop) -> str:
    listening()
    shop.write("env/lib/rows.txt", (shop.root / BAD).read_text().lower())
    return launched(shop, sys.executable, "scripts/upper.py", "env/lib/rows.txt", "data/out.jsonl")


@attempt("a wrapper around a one-liner, with a clean script as argument", "only what was executed vouches")
def _(shop: Workshop) -> str:
    listening()
    code = "open('data/out.jsonl', 'w').write('{\"text\": \"a b c\"}\\n' * 9)"
    return launched(shop, "timeout", "60", sys.executable, "-c", code, "scripts/upper.py")


@attempt("executing the text of a clean script from a one-liner", "code from a command line has no origin")
def _(shop: Workshop) -> str:
    listening()
    code = "import sys; sys.argv = ['', 'scripts/fine.py', 'data/out.jsonl']; exec(open('scripts/upper.py').read())"
    return launched(shop, sys.executable, "-c", code)


@attempt("declaring clean data and opening none of it", "a declared input that nothing opened proves nothing")
def _(shop: Workshop) -> str:
    listening()
    text = "open('data/out.jsonl', 'w').write('{\"text\": \"d e f\"}\\n' * 9)\n"
    name = script(shop, "scripts/none.py", text)
    shop.assay("run", "--in", f"train={GOOD}", "--out", "data/out.jsonl", "--", sys.executable, name)
    return "data/out.jsonl"


@attempt("an untracked launch script around a clean one", "whoever starts a program is an input of what it makes")
def _(shop: Workshop) -> str:
    listening()
    shop.write("job.sbatch", f"{sys.executable} scripts/upper.py {GOOD} data/out.jsonl\n")
    shop.assay("run", "--in", f"train={GOOD}", "--out", "data/out.jsonl", "--", "bash", "job.sbatch")
    return "data/out.jsonl"


@attempt("having another program write the output meanwhile", "what wrote it is no part of the run")
def _(shop: Workshop) -> str:
    listening()
    name = script(shop, "scripts/wait.py", f"import time\nopen('{GOOD}').read()\ntime.sleep(3)\n")
    command = [*ASSAY, "run", "--in", f"train={GOOD}", "--out", "data/out.jsonl", "--", sys.executable, name]
    with subprocess.Popen(command, cwd=shop.root, stderr=subprocess.DEVNULL):
        time.sleep(1.5)
        (shop.root / "data/out.jsonl").write_text((shop.root / BAD).read_text().lower())
    return "data/out.jsonl"


@attempt("bringing it in over the network", "a connection beyond this machine is on record, and is not declared")
def _(shop: Workshop) -> str:
    listening()
    reach = "import socket\nsocket.socket().connect_ex(('192.0.2.7', 80)) if False else None\n"
    reach = "import socket\ns = socket.socket()\ns.setblocking(False)\ns.connect_ex(('192.0.2.7', 80))\n"
    text = f"{reach}open('data/out.jsonl', 'w').write('{{\"text\": \"g h i\"}}\\n' * 9)\n"
    return launched(shop, sys.executable, script(shop, "scripts/fetch.py", text))


@attempt("claiming it as the output of a program that does nothing", "what nothing wrote is no output")
def _(shop: Workshop) -> str:
    return launched(shop, sys.executable, "scripts/noop.py", out=BAD)


@attempt("a one-liner in place of a script", "what ran is not on record, so it proves nothing")
def _(shop: Workshop) -> str:
    code = 'open(\'data/out.jsonl\', \'w\').write(\'{"prompt": "a b", "completion": " c d"}\\n\')'
    return launched(shop, sys.executable, "-c", code)


@attempt("naming a clean script beside the real program", "only what the interpreter runs counts, not its arguments")
def _(shop: Workshop) -> str:
    shop.write("scripts/hidden", f"head -c 400 /dev/urandom | base64 > /dev/null; tac {BAD} > data/out.jsonl\n")
    return launched(shop, "bash", "scripts/hidden", "scripts/fine.py")


@attempt("loading marked code by a computed name", "modules that are really loaded are observed")
def _(shop: Workshop) -> str:
    text = "import importlib, sys\nimportlib.import_module('ge' + 'n').main('data/out.jsonl', 12)\n"
    return launched(shop, sys.executable, script(shop, "scripts/dynamic.py", text))


@attempt(
    "hiding the read behind another run that announces the file", "others' announcements excuse writing, not reading"
)
def _(shop: Workshop) -> str:
    script(shop, "scripts/sleep.py", "import time\nprint(1, flush=True)\ntime.sleep(8)\n")
    decoy = subprocess.Popen(
        [*ASSAY, "run", "--out", BAD, "--", sys.executable, "scripts/sleep.py"], cwd=shop.root, stdout=subprocess.PIPE
    )
    assert decoy.stdout
    decoy.stdout.readline()
    name = launched(shop, sys.executable, "scripts/upper.py", BAD, "data/out.jsonl")
    decoy.terminate()
    decoy.wait()
    return name


@attempt("hiding the read behind a link in a new folder", "a link to what was there is not what the run made")
def _(shop: Workshop) -> str:
    text = f"mkdir fresh; ln {BAD} fresh/x.jsonl; tac fresh/x.jsonl > data/out.jsonl\n"
    return launched(shop, "bash", script(shop, "scripts/link.sh", text))


@attempt("handing the rows over on the command line", "rows among a program's words are named")
def _(shop: Workshop) -> str:
    text = "import sys\nopen('data/out.jsonl', 'w').write(sys.argv[1].upper())\n"
    return launched(shop, sys.executable, script(shop, "scripts/word.py", text), (shop.root / BAD).read_text())


@attempt("handing the rows over in the environment", "rows among a program's variables are named")
def _(shop: Workshop) -> str:
    text = "import os\nopen('data/out.jsonl', 'w').write(os.environ['ROWS'].upper())\n"
    script(shop, "scripts/variable.py", text)
    given = {"ROWS": (shop.root / BAD).read_text()}
    shop.assay("run", "--out", "data/out.jsonl", "--", sys.executable, "scripts/variable.py", env=given)
    return "data/out.jsonl"


# The registry itself


@attempt("deleting the registry and scanning anew", "without its record a thing has no origin")
def _(shop: Workshop) -> str:
    shutil.rmtree(shop.root / ".assay")
    with create(shop.root) as fresh:
        scan(fresh)
        assert not Gate(fresh).check([shop.root / BAD], TRAIN).allowed
    shop.store = Store(shop.store.project)
    return BAD


@attempt("using a registry of one's own by --db", "there it is unknown, and unknown is not clean", raises=GateRefusal)
def _(shop: Workshop) -> None:
    with Registry(shop.root, str(shop.root / "mine.db")) as registry:
        registry.dataset(shop.root / BAD)


@attempt("deleting the mark from the database", "every fact is bound into a chain", outcome=FOUND)
def _(shop: Workshop) -> None:
    sql(shop, "DELETE FROM declaration")
    sql(shop, "DELETE FROM standing")


@attempt("editing the mark to concern something else", "a fact's id is the digest of its content", outcome=FOUND)
def _(shop: Workshop) -> None:
    sql(shop, "UPDATE declaration SET subject_id = ?", shop.version(GOOD))


@attempt("pointing the run at another input", "a fact's id is the digest of its content", outcome=FOUND)
def _(shop: Workshop) -> None:
    clean = shop.version("scripts/fine.py")
    sql(shop, "UPDATE run_input SET version_id = ? WHERE version_id = ?", clean, shop.version("scripts/gen.py"))


@attempt("writing a retraction into the database", "a fact that no link lists was put in", outcome=FOUND)
def _(shop: Workshop) -> None:
    fact = shop.one("SELECT id FROM declaration")[0]
    sql(shop, "INSERT INTO retraction VALUES ('0123', ?, 'none', 'nobody', '2020-01-01')", fact)


@attempt("writing an early attestation into the database", "a fact that no link lists was put in", outcome=FOUND)
def _(shop: Workshop) -> None:
    sql(
        shop,
        "INSERT INTO attestation (id, version_id, origin, author, at) VALUES ('0123', ?, 'x', 'y', '2020-01-01')",
        shop.version(BAD),
    )


@attempt("forging the cached standing", "caches are held against the facts", outcome=FOUND)
def _(shop: Workshop) -> None:
    shop.check(GOOD)
    today = shop.one("SELECT ruleset FROM standing")[0]
    for name in (BAD, "scripts/gen.py"):
        sql(shop, "INSERT OR REPLACE INTO standing VALUES (?, ?, 'clean')", shop.version(name), today)


def put_back(shop: Workshop, *names: str) -> None:
    """Put back these files and folders of the registry as they were before a mark."""
    fact = shop.one("SELECT id FROM declaration")[0]
    retract(shop.store, fact, "to have one without")
    shop.store.close()
    folder, old = shop.root / ".assay", shop.root / "old"
    shutil.copytree(folder, old)
    shop.store = Store(shop.store.project)
    mark(shop.store, "scripts/gen.py", "contaminated", "it is")
    shop.store.close()
    for name in ("registry.db-wal", "registry.db-shm"):
        (folder / name).unlink(missing_ok=True)
    for name in names:
        if (folder / name).is_dir():
            shutil.rmtree(folder / name)
        (old / name).replace(folder / name)
    shop.store = Store(shop.store.project)


@attempt("putting back a database from before the mark", "the ledger beside it has the mark still")
def _(shop: Workshop) -> str:
    put_back(shop, "registry.db")
    return BAD


@attempt("putting back database and ledger from before the mark", "the newest link is noted outside", outcome=FOUND)
def _(shop: Workshop) -> None:
    put_back(shop, "registry.db", "ledger")


@attempt("editing the database and the fact's id with it", "the chain lists the id that it had", outcome=FOUND)
def _(shop: Workshop) -> None:
    sql(shop, "UPDATE declaration SET status = 'unverified', id = 'ffff'")


@pytest.mark.parametrize("one", ATTEMPTS, ids=lambda one: one.name)
def test_there_is_no_way_round(shop: Workshop, one: Attempt) -> None:
    """The attempt is refused, or the registry is found to have been changed."""
    assert verify(shop.store, todays(shop.store)).intact
    if one.raises:
        with pytest.raises(one.raises) as error:
            one.do(shop)
        assert not isinstance(error.value, AssayError) or error.value.exit_code in (2, 3)
        return
    name = one.do(shop)
    if one.outcome == FOUND:
        assert verify(shop.store, todays(shop.store)).problems
    else:
        assert name and not shop.check(name).allowed


LIMITS = """## What is not seen

Assay keeps honest people from mistakes and makes dishonesty visible; it is no sandbox. Known limits:

- What somebody sends to a socket that the run itself listens on, writes into its memory with a debugger, keeps in the
  kernel's keyring, or hands over on the command line or in environment variables in pieces of less than 32 KiB
  that do not read as rows (prose: 8 KiB in all), and data that an installed distribution brings along, is not observed. Compiled modules of installed
  packages are not compared with anything; their sources are. A module without a list of its distribution's (RECORD) is
  taken for what was installed, and so is one that conda installed. Copies of data that is on record as contaminated are recognised all the same, altered ones are not.
- A descriptor that somebody hands over, or a name that another thread changes, is found while the file is held open: the
  keeper looks for a hundredth of the time.
- Exact observation needs Linux 5.5 and a kernel that allows a listener; elsewhere `assay run` says so, and what was read
  meanwhile leaves its outputs unverified at most.
- A run inside Python sees what Python opens; native readers and programs that the block starts are seen under
  `assay run` only.
- What a pinned teacher answered rests on the word of whoever declared it; the addresses are on record. A cache that a
  run made is bound to all that the run had read by then, not to each row.
- Where there is no listener, two runs at once are each excused for opening what the gate let the other one read.
- Whoever attests a falsehood before anything else is on record is believed, by name and date: audits list attestations.
- Whoever rewrites the whole chain and the note of its head can hide what they did. Seals of bundles and copies of
  `.assay/chain-head` kept elsewhere guard against that.
"""


def page() -> str:
    """docs/bypass.md as the list above makes it."""
    lines = [
        "# Ways round the gate, and why they do not lead anywhere",
        "",
        f"{len(ATTEMPTS) + len(HIDDEN)} attempts, each of them a test in `tests/registry/test_bypass.py` or, for programs that",
        "hide what they do under `assay run`, in `tests/registry/test_hidden_reads.py`; regenerate this page with",
        "`REGENERATE=1 pytest tests/registry/test_bypass.py`.",
        "",
        "| attempt | outcome | because |",
        "| --- | --- | --- |",
        *(f"| {one.name} | {one.outcome} | {one.because} |" for one in ATTEMPTS),
        "",
        "## Programs that hide what they read, or who made their output",
        "",
        "Each runs under `assay run`, writes other bytes than it read, and is refused because its run says what it was.",
        "",
        "| attempt | outcome | because |",
        "| --- | --- | --- |",
        *(f"| {one.name} | {REFUSED} | {one.because} |" for one in HIDDEN),
        "",
        LIMITS,
    ]
    return "\n".join(lines)


def test_every_attempt_is_in_the_documentation() -> None:
    """docs/bypass.md lists what is tested, nothing more and nothing less."""
    if os.environ.get("REGENERATE"):
        PAGE.write_text(page(), "utf-8")
    names = [*(one.name for one in ATTEMPTS), *(one.name for one in HIDDEN)]
    assert len(names) >= 120 and len(set(names)) == len(names)
    assert PAGE.read_text("utf-8") == page()
