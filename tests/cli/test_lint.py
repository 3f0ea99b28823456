"""`assay lint`: what is wrong with a draft, and what of it is on record already."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from ..registry.observe.script.test_clones import ORIGINAL, RENAMED
from ..registry.workshop import Workshop
from .conftest import Call, Wrong

LOADS = '''"""Ask a model."""
from transformers import AutoTokenizer

def ask():
    tokenizer = AutoTokenizer.from_pretrained("Qwen/Qwen2.5-7B")
    return tokenizer("hello").input_ids

if __name__ == "__main__":
    ask()
'''


@pytest.fixture
def scoring(shop: Workshop, assay: Call) -> Workshop:
    """A scanned project that scores pairs of answers and loads a tokenizer."""
    shop.write("scripts/score.py", ORIGINAL)
    shop.write("scripts/ask.py", LOADS)
    shop.commit()
    assay("scan")
    return shop


def test_a_draft_on_standard_input(scoring: Workshop, assay: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A renamed function is named with its place and import, at once with what the rules see in the draft."""
    draft = f"{LOADS}\n{RENAMED}\ndef small(x):\n    return x\n"
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(draft.encode())))
    code, found = assay("lint", "-", "--as", "scripts/new.py", "--json")
    assert (code, found["ok"], found["path"], found["old"]) == (1, False, "scripts/new.py", 0)
    assert {one["rule"] for one in found["new"]} >= {"AS107"}
    (one,) = found["resembles"]
    assert (one["of"], one["path"], one["symbol"], one["likeness"]) == ("rank", "scripts/score.py", "score_pair", 1)
    assert (one["line"], one["import"], one["usable"]) == (2, "from score import score_pair", True)
    assert "small" in found["too_small"]


def test_what_was_there_before_is_counted(scoring: Workshop, assay: Call) -> None:
    """A file as it is on record has nothing new, however its lines move; what comes is new."""
    code, found = assay("lint", "scripts/ask.py", "--json")
    assert (code, found["ok"], found["new"], found["resembles"]) == (0, True, [], [])
    before = found["old"]
    assert before > 0
    scoring.write("scripts/ask.py", LOADS.replace("\ndef ask", "\nLIMIT = 3\n\ndef ask"))
    assert assay("lint", "scripts/ask.py", "--json")[1]["old"] == before
    scoring.write("scripts/ask.py", LOADS + 'AutoTokenizer.from_pretrained("org/name").save_pretrained("out/t")\n')
    code, found = assay("lint", "scripts/ask.py", "--json")
    assert code == 1 and found["old"] == before and "org/name" in found["new"][0]["message"]


def test_imports_that_cannot_work(scoring: Workshop, assay: Call) -> None:
    """A module of the project that is not there, and a name that it does not have; what others have is not judged."""
    scoring.write(
        "draft.py", "from scripts.none import a\nfrom scripts.score import b\nimport numpy.nothing\nx = a(b)\n"
    )
    code, found = assay("lint", "draft.py", "--json")
    assert code == 1
    assert [one["line"] for one in found["unresolved_imports"]] == [1, 2]
    assert "scripts.score has no b" in found["unresolved_imports"][1]["message"]


CONF = '''"""Settings."""
import sys

def init():
    global CONFIG
    CONFIG = {}

match sys.argv:
    case [first, *rest] as both:
        pass
    case {"a": 1, **others}:
        pass
'''


def test_imports_that_do_work(scoring: Workshop, assay: Call) -> None:
    """Names that a function or a pattern binds, an installed package beside a folder called so, a folder by a link."""
    scoring.write("lib/conf.py", CONF)
    scoring.write("lib/made.py", "def make(name):\n    globals()[name] = 1\n")
    scoring.write("datasets/build.py", "X = 1\n")
    scoring.write("rows/build.py", "X = 1\n")
    scoring.write("requirements.txt", "rows\n")
    lines = ["from lib.conf import CONFIG, first, rest, both, others, __spec__", "from lib.made import anything"]
    lines += ["from datasets.features import Features", "from rows.fields import Text"]
    scoring.write("code/m.py", "X = 1\n")
    scoring.write("code/draft.py", "\n".join([*lines, "from .m import X\n"]))
    (scoring.root / "link").symlink_to("code")
    for name in ("code/draft.py", "link/draft.py"):
        assert assay("lint", name, "--json")[1]["unresolved_imports"] == []
    scoring.write("datasets/__init__.py", "")
    (wrong,) = assay("lint", "link/draft.py", "--json")[1]["unresolved_imports"]
    assert "datasets.features leads to no file" in wrong["message"]


def test_an_import_that_did_not_work_before_is_old(scoring: Workshop, assay: Call) -> None:
    """The file as it is on record, and an edit of it, have nothing new; another such import is new."""
    bad = "from scripts.none import a\nprint(a)\n"
    scoring.write("draft.py", bad)
    scoring.commit()
    assay("scan")
    code, found = assay("lint", "draft.py", "--json")
    assert (code, found["unresolved_imports"]) == (0, []) and found["old"]
    scoring.write("draft.py", f"import os\n{bad}from scripts.nil import b\nprint(os, b)\n")
    code, found = assay("lint", "draft.py", "--json")
    assert code == 1
    assert [one["message"] for one in found["unresolved_imports"]] == ["scripts.nil leads to no file of the project"]


def test_a_helper_that_may_not_be_used(scoring: Workshop, assay: Call) -> None:
    """What is deprecated is said with its reason and replacement, where it is imported and where it is resembled."""
    scoring.write("scripts/score_v2.py", "def score(rows):\n    return sorted(rows)\n")
    scoring.commit()
    assay("scan")
    reason = ("--reason", "wrong margins", "--replaced-by", "scripts/score_v2.py")
    assay("mark", "scripts/score.py", "deprecated", *reason)
    scoring.write("scripts/draft.py", f"from score import score_pair\n{RENAMED}\nprint(score_pair)\n")
    code, said = assay("lint", "scripts/draft.py")
    assert code == 1
    assert "imports scripts/score.py, which is deprecated: wrong margins; use scripts/score_v2.py" in said
    assert "scripts/score.py:2 score_pair, which is deprecated: wrong margins; use scripts/score_v2.py" in said
    scoring.write("scripts/score.py", "X = 1\n")
    assert assay("lint", "scripts/draft.py", "--json")[1]["resembles"] == []


def test_each_copy_has_its_reason_with_the_file_that_it_is_in(scoring: Workshop, assay: Call) -> None:
    """Of two files of the same bytes neither is without a reason."""
    imports = "from datasets import load_dataset\nfrom trl import SFTTrainer\n"
    fits = f'{imports}SFTTrainer("m", train_dataset=load_dataset("openai/gsm8k", "main", split="test"))\n'
    scoring.write("scripts/fit.py", fits)
    scoring.write("scripts/fit_too.py", fits)
    scoring.commit()
    assay("scan")
    scoring.write("scripts/draft.py", "import fit\nimport fit_too\n")
    found = {one["path"]: one["reason"] for one in assay("lint", "scripts/draft.py", "--json")[1]["imports"]}
    assert set(found) == {"scripts/fit.py", "scripts/fit_too.py"}
    assert all(why and why.startswith("AS113 scripts/fit") and why.endswith(".py:3") for why in found.values())


def test_what_is_no_draft_is_one_line(scoring: Workshop, wrong: Wrong) -> None:
    """Broken, empty, binary, huge, absent, a folder, outside of the project, without a path: exit 2 and one line."""
    for name, content in {
        "broken.py": b"def broken(:\n",
        "empty.py": b"\n",
        "binary.py": bytes(range(256)),
        "huge.py": b"x = 1\n" * 900_000,
        "rows.jsonl": b"{}\n",
    }.items():
        (scoring.root / name).write_bytes(content)
        assert name in wrong("lint", name)
    for name in ("absent.py", "scripts", "../outside.py"):
        assert name in wrong("lint", name)
    wrong("lint", "-")
    assert "outside" in wrong("lint", "scripts/ask.py", "--as", "/tmp/x.py")


def test_before_a_scan_likeness_is_not_known(
    shop: Workshop, assay: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rules answer, and what cannot be said is said to be; without a registry nothing is."""
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.chdir(other)
    (other / "draft.py").write_text(ORIGINAL)
    assert assay("lint", "draft.py", "--json")[1]["error"]["code"] == "no_registry"
    assay("init")
    code, said = assay("lint", "draft.py")
    assert code == 0 and "not known before `assay scan`" in said
