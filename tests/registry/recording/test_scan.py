"""The scan: everything found and kept, nothing lost, and no file that can stop it."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assay.registry.facts.query import artifacts
from assay.registry.facts.store import Store
from assay.registry.gate.gate import Gate
from assay.registry.lineage.purpose import PUBLISH, Purpose
from assay.registry.recording.commits import notice_commits
from assay.registry.recording.locate import locate
from assay.registry.recording.report import ScanReport
from assay.registry.recording.scan import scan
from assay.registry.runs.run import run
from assay.registry.statements import attest

ROW = '{"prompt": "What is two plus two?", "completion": " Four."}\n'


def put(root: Path, name: str, content: str | bytes) -> Path:
    """Write a file and let it grow older than the clock's grain."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    time.sleep(0.03)
    return path


def git(root: Path, *arguments: str, date: str = "2026-03-01T12:00:00+00:00") -> None:
    environment = {**os.environ, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    settings = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *settings, *arguments], cwd=root, check=True, capture_output=True, env=environment)


def version_of(store: Store, name: str) -> str:
    (row,) = [one for one in artifacts(store) if one.name == name]
    assert row.version
    return row.version


def test_everything_is_found_and_nothing_else(store: Store, root: Path) -> None:
    """Scripts, datasets and checkpoints are recorded; caches, settings and documents are not."""
    put(root, "gen.py", '"""Make data."""\n')
    put(root, "data/a.jsonl", ROW)
    put(root, "data/b.jsonl.gz", gzip.compress(ROW.encode()))
    put(root, "package.json", '{"name": "x"}')
    put(root, ".venv/lib/x.py", "")
    put(root, "node_modules/y/z.json", "[]")
    put(root, "README.md", "# hello")
    put(root, "ckpt/adapter_config.json", json.dumps({"peft_type": "LORA", "base_model_name_or_path": "base"}))
    report = scan(store)
    names = {(one.kind, one.name) for one in artifacts(store)}
    assert names == {
        ("script", "gen.py"),
        ("dataset", "data/a.jsonl"),
        ("dataset", "data/b.jsonl.gz"),
        ("checkpoint", "ckpt"),
    }
    assert report.as_dict()["found"] == {
        "script": 1,
        "dataset": 2,
        "checkpoint": 1,
        "model": 0,
        "evaluation": 0,
        "settings": 0,
    }


def test_a_model_is_counted_as_one_from_the_first_scan_on(store: Store, root: Path) -> None:
    """What content makes of a folder decides how it is counted, not what its name might have been."""
    header = b'{"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}'
    put(root, "models/base/config.json", '{"model_type": "llama", "architectures": ["LlamaForCausalLM"]}')
    put(root, "models/base/model.safetensors", len(header).to_bytes(8, "little") + header + b"ab")
    found = scan(store).as_dict()["found"]
    assert {kind: count for kind, count in found.items() if count} == {"model": 1}
    assert scan(store).as_dict()["found"]["model"] == 1


def test_a_second_scan_looks_at_nothing(store: Store, root: Path) -> None:
    """What has not changed is not opened again."""
    put(root, "gen.py", "import os\n")
    data = put(root, "data/a.jsonl", ROW)
    scan(store)
    data.chmod(0o000)  # changes ctime: the file is looked at again, and reading it as root succeeds
    data.chmod(0o644)
    time.sleep(0.03)
    assert scan(store).unchanged == 2
    before = store.database.rows("SELECT count(*) FROM ledger")
    report = scan(store)
    assert (report.unchanged, report.new, report.changed) == (2, [], [])
    assert store.database.rows("SELECT count(*) FROM ledger") == before


def test_a_moved_file_keeps_its_record(store: Store, root: Path) -> None:
    """The same content under a new name is the same artifact and version; a new file at the old name is another."""
    path = put(root, "data/a.jsonl", ROW)
    scan(store)
    before = artifacts(store)[0]
    path.rename(root / "data" / "renamed.jsonl")
    assert scan(store).moved == [("data/a.jsonl", "data/renamed.jsonl")]
    after = artifacts(store)[0]
    assert (after.id, after.version, after.name) == (before.id, before.version, "data/renamed.jsonl")
    put(root, "data/a.jsonl", ROW.replace("two", "three"))
    scan(store)
    assert {one.name for one in artifacts(store)} == {"data/a.jsonl", "data/renamed.jsonl"}


def test_content_kept_behind_the_same_size_and_mtime_is_seen(store: Store, root: Path) -> None:
    """A byte that is flipped with size and mtime restored still changes the version, because ctime moved."""
    path = put(root, "data/a.jsonl", ROW)
    scan(store)
    before, times = version_of(store, "data/a.jsonl"), path.stat()
    path.write_text(ROW.replace("Four", "Five"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    time.sleep(0.03)
    assert scan(store).changed == ["data/a.jsonl"]
    assert version_of(store, "data/a.jsonl") != before


def test_a_changed_helper_is_a_new_version_of_its_importers(store: Store, root: Path) -> None:
    """A script is its closure: editing a module makes a new version of every script that imports it, and only those."""
    put(root, "helper.py", "LIMIT = 1\n")
    put(root, "gen.py", "import helper\n")
    put(root, "other.py", "import os\n")
    scan(store)
    gen, other = version_of(store, "gen.py"), version_of(store, "other.py")
    put(root, "helper.py", "LIMIT = 2\n")
    assert sorted(scan(store).changed) == ["gen.py", "helper.py"]
    assert version_of(store, "gen.py") != gen
    assert version_of(store, "other.py") == other


def test_a_helper_that_arrives_later_joins_the_closure(store: Store, root: Path) -> None:
    """A script whose import could not be resolved is looked at again when the module appears."""
    put(root, "gen.py", "import helper\n")
    scan(store)
    before = version_of(store, "gen.py")
    put(root, "helper.py", "LIMIT = 1\n")
    scan(store)
    assert version_of(store, "gen.py") != before


def test_dates_and_authors_come_from_git(store: Store, root: Path) -> None:
    """A committed script is dated by its author date; an edit that is not committed by its file time, and said so."""
    put(root, "gen.py", "x = 1\n")
    git(root, "init")
    git(root, "add", "gen.py")
    git(root, "commit", "-m", "first")
    scan(store)
    sql = "SELECT source, at, author FROM sighting ORDER BY source"
    assert store.database.rows(sql) == [("git", "2026-03-01T12:00:00.000000Z", "Ada <ada@example.org>")]
    put(root, "gen.py", "x = 2\n")
    scan(store)
    assert [source for source, _, _ in store.database.rows(sql)] == ["git", "git-dirty"]


def test_a_commit_gives_an_unchanged_script_its_origin(store: Store, root: Path) -> None:
    """A script that was untracked at the first scan is tracked after the commit, though its bytes are the same."""
    put(root, "gen.py", "x = 1\n")
    git(root, "init")
    scan(store)
    assert [s for (s,) in store.database.rows("SELECT source FROM sighting")] == ["mtime"]
    git(root, "add", "gen.py")
    git(root, "commit", "-m", "first")
    report = scan(store)
    assert report.unchanged == 1
    assert {s for (s,) in store.database.rows("SELECT source FROM sighting")} == {"mtime", "git"}


def test_ignored_data_is_found_and_other_ignored_folders_are_named(store: Store, root: Path) -> None:
    """Data folders that git ignores are scanned; an ignored folder of another name is skipped with a reason."""
    put(root, ".gitignore", "data/\nscratch/\n")
    put(root, "data/a.jsonl", ROW)
    put(root, "scratch/b.jsonl", ROW.replace("two", "nine"))
    git(root, "init")
    report = scan(store)
    assert [one.name for one in artifacts(store)] == ["data/a.jsonl"]
    assert [one.path for one in report.skipped] == ["scratch/"]
    put(root, "pyproject.toml", '[tool.assay]\ninclude = ["scratch"]\n')
    with Store(type(store.project).find(root, store.project.url)) as configured:
        scan(configured)
        assert {one.name for one in artifacts(configured)} == {"data/a.jsonl", "scratch/b.jsonl", "pyproject.toml"}


BAD_FILES: dict[str, bytes] = {
    "data/empty.jsonl": b"",
    "data/broken.jsonl": ROW.encode() * 3 + b'{"prompt": \n',
    "data/mixed.jsonl": ROW.encode() + b'{"text": 1}\n[1, 2]\n"word"\n',
    "data/nul.jsonl": ROW.encode() + b"\x00\x00\n",
    "data/cp1252.csv": "prompt,completion\nna\u00efve,caf\u00e9\n".encode("cp1252"),
    "data/bom.csv": b"\xef\xbb\xbfprompt,completion\nx,y\n",
    "data/crlf.jsonl": ROW.encode().replace(b"\n", b"\r\n"),
    "data/cut.jsonl.gz": gzip.compress(ROW.encode() * 50)[:60],
    "data/pointer.parquet": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    "data/not.parquet": b"this is no parquet",
    "nb.ipynb": b'{"cells": [{"cell_type": "code", "source": ["x = 1"]}], "metadata": {}, "nbformat": 4}',
    "broken.ipynb": b"{",
    "syntax.py": b"def f(:\n",
    "python2.py": b'print "hello"\n',
    "nul.py": b"x = 1\x00\n",
    "latin.py": b"# caf\xe9\nx = 1\n",
    "empty.py": b"",
    "surrogate.py": b'"""Reads \\udcff and such."""\nNAME = "data/\\udcff.jsonl"\n',
    "ckpt/config.json": b"{",
    "ckpt/model.safetensors": b"\xff" * 20,
    "weights.pt": b"not a pickle",
}


def test_no_file_stops_a_scan(store: Store, root: Path) -> None:
    """Every kind of damage is recorded or named in one line, and the good file beside it is recorded too."""
    for name, content in BAD_FILES.items():
        put(root, name, content)
    put(root, "data/good.jsonl", ROW)
    put(root, "data/bad-\udcff.jsonl", ROW.replace("two", "ten"))
    (root / "loop").symlink_to(root)
    (root / "loop.py").symlink_to("loop.py")
    (root / "nowhere.jsonl").symlink_to("absent.jsonl")
    report = scan(store)
    names = {one.name for one in artifacts(store)}
    spoken = dict(report.problems) | {one.path: one.why for one in report.skipped}
    assert "surrogate.py" in names
    assert "data/good.jsonl" in names and "data/bad-\\udcff.jsonl" in names
    silent = {"data/crlf.jsonl", "surrogate.py", "nb.ipynb", "weights.pt", "ckpt/config.json", "ckpt/model.safetensors"}
    for name in BAD_FILES.keys() - silent:
        assert name in spoken, f"nothing was said about {name}"
        assert "\n" not in spoken[name]
    assert {"loop.py", "nowhere.jsonl"} <= spoken.keys()


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() == 0, reason="root may read every folder")
def test_an_unreadable_folder_is_named(store: Store, root: Path) -> None:
    """A folder that may not be listed is skipped with the reason."""
    put(root, "data/secret/a.jsonl", ROW)
    (root / "data" / "secret").chmod(0)
    report = scan(store)
    (root / "data" / "secret").chmod(0o755)
    assert [one.path for one in report.skipped] == ["data/secret"]


def test_a_scan_that_is_stopped_leaves_a_usable_registry(
    store: Store, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the middle keeps what was done, and the next scan does the rest."""
    for number in range(6):
        put(root, f"data/{number}.jsonl", ROW.replace("two", str(number)))

    def stop(done: int, of: int, name: str) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(store, progress=stop)
    assert len(artifacts(store)) == 3
    report = scan(store)
    assert (len(report.new), report.unchanged) == (3, 3)


def test_a_removed_file_stays_on_record(store: Store, root: Path) -> None:
    """What is gone from disk is reported once and kept."""
    path = put(root, "data/a.jsonl", ROW)
    scan(store)
    path.unlink()
    assert scan(store).removed == ["data/a.jsonl"]
    assert [(one.name, one.present) for one in artifacts(store)] == [("data/a.jsonl", False)]
    again: ScanReport = scan(store)
    assert again.removed == []


def test_a_part_can_be_scanned_alone(store: Store, root: Path) -> None:
    """Scanning one folder neither adds nor forgets what lies elsewhere."""
    put(root, "data/a.jsonl", ROW)
    put(root, "other/b.jsonl", ROW.replace("two", "six"))
    scan(store)
    put(root, "data/c.jsonl", ROW.replace("two", "five"))
    report = scan(store, [root / "data"])
    assert (report.new, report.removed) == (["data/c.jsonl"], [])
    assert {one.name for one in artifacts(store) if one.present} == {"data/a.jsonl", "other/b.jsonl", "data/c.jsonl"}


def test_a_script_scanned_alone_is_still_its_closure(store: Store, root: Path) -> None:
    """A module that changed outside of what is scanned makes a new version of the script all the same."""
    put(root, "lib/helper.py", "LIMIT = 1\n")
    put(root, "scripts/gen.py", "import sys\nsys.path.append('../lib')\nimport helper\n")
    scan(store)
    before = version_of(store, "scripts/gen.py")
    put(root, "lib/helper.py", "LIMIT = 2\n")
    assert scan(store, [root / "scripts"]).changed == ["scripts/gen.py"]
    assert version_of(store, "scripts/gen.py") != before
    assert scan(store, [root / "scripts"]).unchanged == 1


def test_what_lies_outside_the_project_is_not_missed_by_a_scan_of_it(store: Store, root: Path, tmp_path: Path) -> None:
    """A file scanned by its path stays on record as present when the project is scanned."""
    outside = put(tmp_path, "elsewhere/a.jsonl", ROW)
    put(root, "gen.py", "import os\n")
    scan(store, [outside])
    assert scan(store).removed == []
    outside.unlink()
    assert scan(store, [outside.parent]).removed == [outside.as_posix()]


def test_a_result_stays_an_evaluation_when_its_file_was_copied(store: Store, root: Path) -> None:
    """A report that a run wrote looks like no data set; a checkout or copy of it gives it new times, and no more."""
    put(root, "evaluate.py", '"""Evaluate."""\n')
    scan(store)
    attest(store, "evaluate.py", "made for the test")
    report = root / "evaluations/report.json"
    with run(store, script=root / "evaluate.py", inputs={}, purpose="eval") as this:
        this.output(report, kind="evaluation")
        put(root, "evaluations/report.json", '{"passed": 3}')
    put(root, "evaluations/report.json", '{"passed": 3}')
    assert scan(store).removed == []
    assert Gate(store).check([report], Purpose(PUBLISH)).allowed
    put(root, "evaluations/report.json", '{"passed": 300}')
    assert not Gate(store).check([report], Purpose(PUBLISH)).allowed
    assert scan(store).changed == ["evaluations/report.json"]
    assert {one.kind for one in artifacts(store)} == {"script", "evaluation"}


def test_history_records_past_versions_with_their_helpers(
    store: Store, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each commit's script version is on record, identified with the helper as it was then."""
    from assay.registry.observe.script.imports import ImportGraph
    from assay.registry.recording.history import scan_history

    git(root, "init")
    for number in (1, 2):
        put(root, "helper.py", f"LIMIT = {number}\n")
        put(root, "gen.py", "import helper\n")
        git(root, "add", "gen.py", "helper.py")
        git(root, "commit", "-m", str(number), date=f"2026-03-0{number}T12:00:00+00:00")
    scan(store)
    assert scan_history(store).seen == 4
    rows = store.database.rows(
        """SELECT DISTINCT s.version_id, s.at FROM sighting s
           JOIN artifact a ON a.id = s.artifact_id WHERE a.name = 'gen.py'"""
    )
    assert len({version for version, _ in rows}) == 2
    assert version_of(store, "gen.py") in {version for version, _ in rows}
    put(root, "helper.py", "LIMIT = 3\n")
    git(root, "commit", "-am", "3", date="2026-03-03T12:00:00+00:00")
    started: list[str] = []
    monkeypatch.setattr(ImportGraph, "external", lambda graph, path: started.append(path.name) or ())
    assert scan_history(store).seen == 6
    assert sorted(started) == ["gen.py", "helper.py"]  # of what was replayed before, nothing is looked at again
    assert scan_history(store).seen == 6
    assert len(started) == 2


def test_a_scan_says_which_scripts_are_tracked_by_now(store: Store, root: Path) -> None:
    """A commit changes no file and the standing of its scripts: the scan says so."""
    put(root, "gen.py", "x = 1\n")
    put(root, "own.py", "y = 1\n")
    git(root, "init")
    scan(store)
    git(root, "add", "gen.py")
    git(root, "commit", "-m", "first")
    assert scan(store).tracked == ["gen.py"]
    assert scan(store).tracked == []


def test_a_commit_is_noticed_without_a_scan(store: Store, root: Path) -> None:
    """Only what is committed as it was looked at: not what was changed since, nor what is merely staged."""
    for name in ("gen.py", "changed.py", "staged.py", "user.py", "helper.py"):
        put(root, name, f"import helper\nx = '{name}'\n" if name != "helper.py" else "y = 1\n")
    git(root, "init")
    scan(store)
    assert notice_commits(store) == ()  # nothing was committed
    git(root, "add", "gen.py", "changed.py", "helper.py")
    put(root, "changed.py", "x = 2\n")
    git(root, "commit", "-m", "first")
    git(root, "add", "staged.py", "changed.py")
    assert notice_commits(store) == ("gen.py", "helper.py")
    assert notice_commits(store) == ()
    git(root, "commit", "-m", "second")
    assert notice_commits(store) == ("staged.py",)


def test_what_a_merge_brings_in_is_tracked(store: Store, root: Path) -> None:
    """A file that was added in the merge commit itself has that commit as its origin."""
    put(root, "gen.py", "x = 1\n")
    git(root, "init")
    git(root, "add", "gen.py")
    git(root, "commit", "-m", "first")
    git(root, "checkout", "-b", "side")
    put(root, "side.py", "x = 2\n")
    git(root, "add", "side.py")
    git(root, "commit", "-m", "side", date="2026-03-02T12:00:00+00:00")
    git(root, "checkout", "main")
    put(root, "main.py", "x = 3\n")
    git(root, "add", "main.py")
    git(root, "commit", "-m", "main", date="2026-03-03T12:00:00+00:00")
    git(root, "merge", "--no-commit", "side")
    put(root, "merged.py", "x = 4\n")
    put(root, "gen.py", "x = 5\n")
    git(root, "add", "merged.py", "gen.py")
    git(root, "commit", "-m", "merge", date="2026-03-04T12:00:00+00:00")
    scan(store)
    rows = store.database.rows("SELECT path, source, at FROM sighting ORDER BY path")
    assert [(path, source, at[:10]) for path, source, at in rows] == [
        ("gen.py", "git", "2026-03-04"),
        ("main.py", "git", "2026-03-03"),
        ("merged.py", "git", "2026-03-04"),
        ("side.py", "git", "2026-03-02"),
    ]


def test_a_dependency_that_is_declared_later_is_no_module_any_more(store: Store, root: Path) -> None:
    """No script changed, and what its names mean did: the scan looks at it again, as the gate does."""
    put(root, "tools/x.py", "import talk\n")
    put(root, "kit/talk.py", "x = 1\n")
    scan(store)
    before = version_of(store, "tools/x.py")
    put(root, "requirements.txt", "talk\n")
    report = scan(store)
    assert report.changed == ["tools/x.py"] and version_of(store, "tools/x.py") != before
    assert locate(store, root / "tools/x.py").version == version_of(store, "tools/x.py")


def test_a_module_that_arrives_later_joins_whoever_needs_it(store: Store, root: Path) -> None:
    """Not only who imports it, but also who imports that one."""
    put(root, "tools/x.py", "import a\n")
    put(root, "tools/a.py", "import late\n")
    scan(store)
    put(root, "tools/late.py", "x = 1\n")
    assert sorted(scan(store).changed) == ["tools/a.py", "tools/x.py"]
    assert locate(store, root / "tools/x.py").version == version_of(store, "tools/x.py")


EARLIER = {  # as the release before this recorded them
    "run.py": "xxh3_128:9584f680a33b7785f2e8a76ae22d0a0f",
    "lone.py": "xxh3_128:3fd01a7d3f7bf73515b09b06b776f81a",
    "lib/b.py": "xxh3_128:49473bbad25b9a6e3232755353b6559a",
}


def test_ordinary_imports_give_the_ids_of_earlier_releases(store: Store, root: Path) -> None:
    """What was on record before names could be doubtful is still the same version, byte for byte."""
    put(root, "run.py", "import json, a\nfrom lib.b import x\nimport sys\nsys.path.append('more')\nimport c\n")
    put(root, "a.py", "import torch\n")
    put(root, "lib/__init__.py", "")
    put(root, "lib/b.py", "from . import k\nx = 1\n")
    put(root, "lib/k.py", "")
    put(root, "more/c.py", "")
    put(root, "lone.py", "import numpy\n")
    scan(store)
    assert {name: version_of(store, name) for name in ("run.py", "lone.py", "lib/b.py")} == EARLIER


def test_an_odd_commit_costs_its_date_and_not_the_scan(store: Store, root: Path) -> None:
    """Times beyond all calendars, a nameless author and odd names: everything is on record, and tracked."""
    from assay.registry.recording.history import scan_history

    git(root, "init")
    put(root, "gen.py", "import os\n")
    git(root, "add", "gen.py")
    git(root, "commit", "-m", "first")
    put(root, "gen.py", "import sys\n")
    put(root, "odd\x01name\n.py", "import os\n")
    (root / os.fsdecode(b"not\xffutf8.py")).write_text("import json\n")
    git(root, "add", "-A")
    tree = subprocess.run(["git", "-C", str(root), "write-tree"], capture_output=True, text=True).stdout.strip()
    lines = f"tree {tree}\nparent HEAD\nauthor <> 99999999999999 +0000\ncommitter <> 99999999999999 +0000\n\nodd\n"
    parent = subprocess.run(
        ["git", "-C", str(root), "rev-parse", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    make = ["git", "-C", str(root), "hash-object", "-t", "commit", "-w", "--literally", "--stdin"]
    made = subprocess.run(make, input=lines.replace("HEAD", parent), capture_output=True, text=True).stdout.strip()
    git(root, "update-ref", "HEAD", made)
    report = scan(store)
    assert len(report.new) == 3 and not report.skipped
    sources = dict(store.database.rows("SELECT path, source FROM sighting"))
    assert sources == dict.fromkeys(("gen.py", "odd\x01name\n.py", "not\\udcffutf8.py"), "git-undated")
    assert all(Gate(store).check([root / name], Purpose("train")).allowed for name in ("gen.py", "odd\x01name\n.py"))
    done = scan_history(store)
    assert done.seen == 4 and done.skipped == []
    assert scan(store).unchanged == 3
