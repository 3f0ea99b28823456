"""`assay markdown`: the document holds other people's words, and is written whole to where it belongs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from assay.cli.main import run

from ..registry.workshop import Workshop, rows
from .conftest import Call, Wrong


def test_a_document_that_people_wrote_is_not_overwritten(shop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    """Only what Assay wrote is written again."""
    document = shop.write("IMPLEMENTATION_REGISTRY.md", "mine\n")
    assert shop.assay("markdown").returncode == 2
    assert document.read_text() == "mine\n"


def test_names_and_docstrings_write_no_lines_into_it(shop: Workshop, assay: Call) -> None:
    """A name with lines, a docstring with a table, a reason with a heading and an author's name are quoted."""
    shop.write("scripts/a\n## Trusted\n| x | clean |.py", '"""Odd | one."""\n')
    shop.write(
        "scripts/b.py", '"""# Trusted\n<script>x</script> | [a](b) | `un"""\nif __name__ == "__main__":\n    1\n'
    )
    shop.commit()
    run(["scan"])
    assert assay("mark", "scripts/b.py", "contaminated", "--reason", "bad\n## Trusted | \x1b[31m")[0] == 0
    assert assay("markdown")[0] == 0
    document = (shop.root / "IMPLEMENTATION_REGISTRY.md").read_text()
    assert "\n## Trusted" not in document and "\x1b" not in document and "<script>" not in document
    assert "[a](b)" not in document
    for line in document.splitlines():
        if line.startswith("| "):
            assert len(re.findall(r"(?<!\\)\|", line)) in (4, 5), line
    for command in ("list", "status", "audit", "scan"):
        said = assay(command)[1]
        assert "\n## Trusted" not in said and "\x1b" not in said, command
    for command in ("show", "why", "lineage"):
        for name in ("scripts/a\n## Trusted\n| x | clean |.py", "scripts/b.py"):
            said = assay(command, name)[1]
            assert "\n## Trusted" not in said and "\x1b" not in said, command
    names = [one["name"] for one in assay("list", "--json")[1]]
    assert "scripts/a\n## Trusted\n| x | clean |.py" in names


def test_one_that_was_cut_off_is_written_anew(shop: Workshop, assay: Call) -> None:
    """Wherever it was cut, it is known as ours; what only looks similar is not."""
    run(["scan"])
    assay("markdown")
    path = shop.root / "IMPLEMENTATION_REGISTRY.md"
    whole = path.read_text()
    for length in (0, 10, 40, 200, len(whole) - 3):
        path.write_text(whole[:length])
        assert assay("markdown", "--check")[0] == 1
        code, said = assay("markdown")
        assert code == 0 and path.read_text() == whole
        assert ("cut off" in said) == bool(length)
    assert assay("markdown", "--check")[0] == 0
    path.write_text("# Implementation registry\n\nby hand\n")
    assert run(["markdown"]) == 2


def test_a_link_out_of_the_project_is_refused(shop: Workshop, tmp_path: Path) -> None:
    """Neither overwritten nor replaced."""
    outside = tmp_path / "outside.md"
    outside.write_text("")
    (shop.root / "IMPLEMENTATION_REGISTRY.md").symlink_to(outside)
    assert run(["markdown"]) == 2
    assert outside.read_text() == "" and (shop.root / "IMPLEMENTATION_REGISTRY.md").is_symlink()


def test_it_names_no_place_of_this_machine(shop: Workshop, assay: Call, tmp_path: Path) -> None:
    """Data from outside, and what somebody said of it, without the folders that only this machine has."""
    elsewhere = tmp_path / "elsewhere" / "sft.jsonl"
    elsewhere.parent.mkdir()
    elsewhere.write_text(rows(3))
    run(["scan", str(elsewhere)])
    assay("attest", str(elsewhere), "--origin", "copied from /home/ada/old/sft.jsonl")
    assay("markdown")
    document = (shop.root / "IMPLEMENTATION_REGISTRY.md").read_text()
    assert str(tmp_path) not in document and "/home/ada" not in document


def test_a_wrong_call_is_one_clear_line(wrong: Wrong) -> None:
    """It has one place, and takes no other."""
    assert "unexpected extra argument" in wrong("markdown", "REGISTRY.md")


def test_the_answer_for_machines_says_where_it_is(shop: Workshop, assay: Call) -> None:
    """Written or checked, `--json` names the document and says whether it was current."""
    code, written = assay("markdown", "--json")
    assert code == 0 and (shop.root / written["path"]).is_file()
    code, checked = assay("markdown", "--check", "--json")
    assert code == 0 and checked["stale"] is False


@pytest.mark.parametrize("style", ["merge", "diff3"])
def test_a_conflict_that_git_left_is_named_and_written_anew(shop: Workshop, assay: Call, style: str) -> None:
    """Two branches that both said something: the ledger merges by itself, and `assay markdown` settles the document."""
    shop.git("branch", "-M", "main")
    shop.write(".gitignore", "data/\nout/\nmodels/\n")
    shop.git("config", "merge.conflictStyle", style)
    run(["init"])
    for branch, name, purpose in (("other", "scripts/gen.py", "write"), ("main", "scripts/upper.py", "raise")):
        shop.git("checkout", "-q", "-B", branch, *(() if branch == "main" else ("main",)))
        run(["mark", name, "primary", "--purpose", purpose, "--reason", "it is"])
        run(["markdown"])
        shop.git("add", "-A")
        shop.git("commit", "-qm", branch)
        if branch == "other":
            shop.git("checkout", "-q", "main")
    with pytest.raises(subprocess.CalledProcessError):
        shop.git("merge", "-q", "other")
    assert shop.git("diff", "--name-only", "--diff-filter=U").split() == ["IMPLEMENTATION_REGISTRY.md"]
    code, said = assay("markdown", "--check")
    assert code == 1 and "holds a merge conflict; run `assay markdown`" in said
    assert assay("markdown")[0] == 0 and assay("markdown", "--check")[0] == 0
    document = (shop.root / "IMPLEMENTATION_REGISTRY.md").read_text()
    assert "PRIMARY** for write" in document and "PRIMARY** for raise" in document and "<<<<<<<" not in document


def test_one_row_is_one_row(shop: Workshop, assay: Call) -> None:
    """Also where another copy's words of before are all that is known of it."""
    shop.write("data/one.jsonl", rows(1))
    assay("scan")
    assay("attest", "data/one.jsonl", "--origin", "bought")
    assert "1 row of prompt-completion" in assay("show", "data/one.jsonl")[1]
    with shop.store.database.writing():
        shop.store.database.rows("DELETE FROM description")
        shop.store.database.rows("UPDATE receipt SET body = REPLACE(body, '1 row ', '1 rows ') WHERE kind = 'outline'")
    assert "1 row of prompt-completion" in assay("show", "data/one.jsonl")[1]


def test_a_copy_that_was_never_scanned_has_no_answer(shop: Workshop, assay: Call) -> None:
    """A clone lacks what only a scan knows: its document is neither called stale nor written empty, nor stops a commit."""
    shop.write("scripts/a.py", '"""One."""\n')
    shop.commit()
    run(["scan"])
    assert assay("markdown")[0] == 0
    written = (shop.root / "IMPLEMENTATION_REGISTRY.md").read_text()
    (shop.root / ".assay" / "registry.db").unlink()
    run(["init"])
    shop.commit()
    assert assay("markdown", "--check", "--json")[1]["error"]["code"] == "not_scanned"
    assert assay("markdown")[0] == 2
    assert (shop.root / "IMPLEMENTATION_REGISTRY.md").read_text() == written
    assert assay("hook", "commit", "--document")[0] == 0
