"""Programs under `assay run` that hide what they read, or who made their output, are found out for the right reason."""

from __future__ import annotations

import gzip
import os
import pickle
import py_compile
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.registry.observe.process import seccomp
from assay.registry.statements import mark

from .hidden_reads import BAD, HIDDEN, PYTHON, Hidden
from .workshop import GENERATE, Workshop, rows

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(seccomp.why_not() is not None, reason="this system gives no listener"),
]


def file_of(one: Hidden) -> str:
    return f"scripts/{re.sub('[^a-z0-9]+', '_', one.name.lower())}.{'sh' if one.shell else 'py'}"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """One project for all of them: contaminated rows in many forms, and every program committed."""
    root = tmp_path_factory.mktemp("hidden") / "project"
    root.mkdir()
    made = Workshop(root, f"sqlite:///{root / '.assay' / 'registry.db'}")
    made.write("scripts/fine.py", GENERATE.replace("plus", "times"))
    made.write("scripts/honest.py", f"{PYTHON}write(open('data/good.jsonl').read())\n")
    for one in HIDDEN:
        made.write(file_of(one), one.text)
        if one.beside:
            made.write(f"beside/{file_of(one)}", one.beside)
    made.write(
        ".gitignore", ".assay/\ndata/\nout/\nmodels/\nbeside/\n.p*\n.s*\n.f*\n.m*\n.d*\n.take\nrun.log\nother.db\n"
    )
    made.commit()
    made.make("scripts/gen.py", {BAD: rows(9)})
    made.make("scripts/fine.py", {"data/good.jsonl": rows(9, "times")})
    mark(made.store, "scripts/gen.py", "contaminated", "chat template left in")
    _in_many_forms(made)
    yield made
    made.store.close()


def _in_many_forms(shop: Workshop) -> None:
    text = rows(9)
    with zipfile.ZipFile(shop.root / "data/bad.zip", "w") as archive:
        archive.writestr("bad", text)
    with sqlite3.connect(shop.root / "data/bad.db") as database:
        database.execute("create table b (t)")
        database.execute("insert into b values (?)", [text])
    database.close()
    shutil.copy(shop.root / "data/bad.db", shop.root / "data/gone.db-wal")
    (shop.root / ".git/bad.gz").write_bytes(gzip.compress(text.encode()))
    packages = ".packages/lib/python3.11/site-packages"
    shop.write(f"{packages}/lib-1.0.dist-info/RECORD", "lib/__init__.py,sha256=x,1\n")
    shop.write(f"{packages}/lib/words.txt", text)
    shop.write("data/before", "export ROWS=1\n")
    (shop.root / "data/bad.pkl").write_bytes(pickle.dumps(text))
    for name in ("run.log", ".assay/notes.txt", ".git/description", ".pytest_cache/v"):
        shop.write(name, text)
    shop.write("data/bad_rows.py", f"ROWS = {text!r}\n")
    source = shop.write("data/compiled/rows_of.py", f"ROWS = {text!r}\n")
    py_compile.compile(str(source), f"{source}c")
    source.unlink()
    import _ctypes

    shutil.copy(_ctypes.__file__, shop.root / "data/lib.so")
    home = shop.git("rev-parse", "--abbrev-ref", "HEAD").strip()
    shop.git("checkout", "-qb", "other")
    shop.write("rows.txt", text)
    shop.git("add", "rows.txt")
    shop.git("commit", "-qm", "rows", "rows.txt")
    shop.git("checkout", "-q", home)


def launched(shop: Workshop, script: str, out: str) -> str:
    """What `assay run` says of a program that writes `out`."""
    program = "bash" if script.endswith(".sh") else sys.executable
    done = shop.assay("run", "--out", out, "--", program, script, out)
    assert (shop.root / out).exists(), done.stderr
    return done.stderr


def test_an_honest_program_of_the_same_kind_is_clean(shop: Workshop) -> None:
    """Nothing of what finds the others out stands in the way of one that declares what it reads."""
    done = shop.assay(
        "run", "--in", "rows=data/good.jsonl", "--out", "data/h.jsonl", "--", sys.executable, "scripts/honest.py", "data/h.jsonl"
    )  # fmt: skip
    assert "(dataset, clean)" in done.stderr, done.stderr


@pytest.mark.parametrize("one", HIDDEN, ids=lambda one: one.name)
def test_it_is_found_out(shop: Workshop, one: Hidden) -> None:
    """The output is refused, and the run says what it was."""
    if one.root and os.geteuid():
        pytest.skip("only root can do this")
    out = f"data/{Path(file_of(one)).stem}.jsonl"
    beside = None
    if one.beside:
        command = [sys.executable, f"beside/{file_of(one)}", out]
        beside = subprocess.Popen(command, cwd=shop.root, stdout=subprocess.PIPE)
        assert beside.stdout and beside.stdout.readline()
    try:
        said = launched(shop, file_of(one), out)
    finally:
        if beside:
            beside.kill()
            beside.wait()
    assert not shop.check(out).allowed, said
    assert one.said in said
