"""A difference that git told is on record with the start of a run: of code and settings it brought no data in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from assay.registry.observe.process.tree import Program, Reading, Tree
from assay.registry.runs.classes import Class, Classes
from assay.registry.runs.classing import Classing
from assay.registry.runs.differences import is_of_settings, of_what_is_checked_out, patches_of
from assay.registry.runs.elsewhere import taken_from_git
from assay.registry.runs.installed import Installed

from ..workshop import Workshop, rows

KEPT = "/w/.git"


def patch(name: str, *lines: str, new: str = "") -> str:
    head = f"diff --git a/{name} b/{new or name}\nindex 1..2 100644\n--- a/{name}\n+++ b/{new or name}\n"
    return head + "@@ -1,3 +1,3 @@\n" + "".join(f"{line}\n" for line in lines)


def git(line: str) -> Program:
    return Program("/usr/bin/git", ("git", *line.split()), None, "/w", None)


def told(*lines: str, **more: Any) -> set[int]:
    opened = {f"{KEPT}/objects/pack/a.pack": Reading(None, None, set(range(len(lines))))}
    return set(of_what_is_checked_out(Tree([git(line) for line in lines], opened, **more), KEPT))


@pytest.mark.parametrize("line", ["diff", "diff HEAD", "diff --submodule=diff HEAD", "diff HEAD -- a.py", "-C /w diff"])
def test_what_is_not_committed_is_on_record(line: str) -> None:
    """Beside whatever else a logger of experiments asks; git looks into its index and writes it anew."""
    assert told(line, "rev-parse HEAD", "status", wrote={f"{KEPT}/index": 1, "/w/out/diff.patch": 0}) == {0}
    assert not taken_from_git(Tree([git(line)], {f"{KEPT}/objects/a": Reading(None, None, {0})}), (), {0})


@pytest.mark.parametrize(
    "lines",
    [
        ("diff HEAD~1",),
        ("diff main", "diff main..x"),
        ("diff data/bad.jsonl",),
        ("diff HEAD", "update-ref HEAD x"),
        ("diff HEAD", "add data"),
        ("show HEAD:a",),
    ],
)
def test_other_differences_are_not(lines: tuple[str, ...]) -> None:
    assert not told(*lines)


@pytest.mark.parametrize("name", ["HEAD", "refs/heads/main", "packed-refs", "objects/ab/cd"])
def test_nor_are_those_from_what_was_changed_meanwhile(name: str) -> None:
    assert not told("diff HEAD", wrote={f"{KEPT}/{name}": 1})
    elsewhere = Tree([git("diff HEAD")], {"/other/.git/objects/a": Reading(None, None, {0})})
    assert not of_what_is_checked_out(elsewhere, KEPT)


@pytest.mark.parametrize(
    ("text", "held", "expected"),
    [
        ("", {}, True),
        (patch("conf.yaml", "-lr: 1", "+lr: 2"), {"conf.yaml": "lr: 1\n"}, True),
        (patch("conf.yaml", "-lr: 1", "+lr: 2") + patch("a.py", "-x = 1", "+x = 2"), {}, True),
        (patch("conf.yaml", "+x: 1"), {"conf.yaml": rows(9)}, False),
        (patch("conf.yaml", *(f"-{row}" for row in rows(3).splitlines())), {}, False),
        (patch("a.py", *(f"-{row}" for row in rows(3).splitlines())), {}, False),
        (patch("data/a.jsonl", "-{}"), {}, False),
        (patch("README.md", "-Some words."), {}, False),
        (patch("data/a.txt", "-x", new="a.py"), {}, False),
        (patch("conf.yaml", "+x: 1") + 'diff --git "a/b\\303" "b/c"\n', {}, False),
        ("# 9000000 bytes of uncommitted changes, blake2b:12\n", {}, False),
    ],
)
def test_a_patch_is_of_settings_by_name_and_by_what_it_says(text: str, held: Mapping[str, str], expected: bool) -> None:
    assert is_of_settings(text, lambda _, name: held[name].encode() if name in held else None) is expected


def test_patches_are_those_of_the_commit_that_the_run_began_with(shop: Workshop) -> None:
    def head() -> str:
        return shop.git("rev-parse", "HEAD").strip()

    shop.write("conf.yaml", "lr: 1\n")
    shop.commit()
    begun = head()
    shop.write("conf.yaml", "lr: 2\n")
    start, now = patches_of(shop.root, begun, "")
    assert not start and "+lr: 2" in now
    shop.git("add", "conf.yaml")
    assert patches_of(shop.root, begun, "")
    shop.write("conf.yaml", "lr: 1\n")  # what is staged is in no patch against the commit
    assert not patches_of(shop.root, begun, "")
    shop.commit()
    shop.write("conf.yaml", "lr: 3\n")
    shop.commit()
    assert not patches_of(Path(shop.root), begun, "")


def test_what_git_does_not_track_is_read_even_so(tmp_path: Path) -> None:
    """An index from elsewhere makes a difference of whatever it names."""
    reads = {str(tmp_path / name): Reading(None, None, {0}) for name in ("a.txt", "index")}
    for path in reads:
        Path(path).write_text("Some words.\n")
    tree = Tree([git("diff")], reads)
    account = cast("Any", SimpleNamespace(inputs=(), outputs=(), changed=()))
    table = Classes(tmp_path, {"a.txt"})
    classing = Classing(account, tree, table, Installed(tmp_path), {}, lambda *_: True, {0})
    assert [classing.of(path, ()) for path in reads] == [Class.ENVIRONMENT, Class.DATA]
