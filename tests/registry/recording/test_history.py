"""What is kept from commit to commit changes nothing that a replay records."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.registry.facts.store import create
from assay.registry.observe.gitlog import PastVersion
from assay.registry.observe.script.imports import ImportGraph
from assay.registry.recording.history import Replay

LOADS = "from transformers import AutoTokenizer\n\n\ndef tokenizer():\n    return AutoTokenizer.from_pretrained('o/m-Instruct')\n"
GUARDED = LOADS.replace("    return ", "    one = ").rstrip() + "\n    one.chat_template = None\n    return one\n"
USES = "from kit import tokens\n\ntokens.tokenizer().apply_chat_template([])\n"
COMMITS: tuple[dict[str, str], ...] = (
    {"gen.py": USES, "kit/__init__.py": "", "kit/tokens.py": LOADS, "lone.py": "import os\n"},
    {"kit/tokens.py": GUARDED},
    {"lone.py": "import os, json\n"},
    {"kit/tokens.py": LOADS},
    {"gen.py": USES + "import helper\n"},
    {"helper.py": "import random\nrandom.random()\n"},
    {"helper.py": "import kit.tokens\n", "lone.py": "import helper\n"},
    {"kit.py": "tokens = None\n"},
    {"kit/tokens/more.py": "X = 1\n"},
    {"kit/tokens.py": GUARDED},
)


def replayed(folder: Path) -> list[tuple[object, ...]]:
    """What a replay of the commits puts on record of all versions, in a registry of its own."""
    scratch = folder / "scratch"
    scratch.mkdir(parents=True)
    found: list[tuple[object, ...]] = []
    with create(folder.resolve()) as store:
        replay = Replay(store, scratch.resolve(), {name for commit in COMMITS for name in commit})
        for day, commit in enumerate(COMMITS, 1):
            date = f"2026-03-{day:02}T12:00:00Z"
            replay.apply([PastVersion(name, f"{day:040}", date, "Ada", text.encode()) for name, text in commit.items()])
        assert not replay.done.skipped
        for table in ("version", "manifest_entry", "examination", "finding", "description"):
            found += sorted(store.database.rows(f"SELECT * FROM {table}"), key=str)
    return found


def test_what_is_kept_is_what_would_be_found_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A helper that is mended and broken again, a module that comes, a package that becomes a file and back."""
    kept = replayed(tmp_path / "kept")
    after = ImportGraph.after
    monkeypatch.setattr(ImportGraph, "after", lambda graph, changed, in_place: after(graph, changed))
    assert replayed(tmp_path / "anew") == kept
    assert any("AS101" in row for row in kept)


def test_only_what_imports_a_change_is_looked_at_again(tmp_path: Path) -> None:
    """What was judged of the others stands, and so does what a file says by itself."""
    for name, text in COMMITS[0].items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    graph = ImportGraph(tmp_path)
    graph.told = dict.fromkeys(judged := [tmp_path / name for name in COMMITS[0]], "told")
    graph.judged = "rules", dict.fromkeys(judged, "judged")
    for path in judged:
        graph.parts(path)
    later = graph.after([tmp_path / "kit/tokens.py"], in_place=True)
    assert set(later.judged[1]) == {tmp_path / "kit/__init__.py", tmp_path / "lone.py"}
    assert set(later.told or ()) == set(judged) - {tmp_path / "kit/tokens.py"}
    anew = graph.after([tmp_path / "kit/tokens.py"])
    assert (anew.judged, anew.told) == ((None, {}), {})
