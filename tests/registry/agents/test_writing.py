"""Functions written again are stopped and honest ones are not: a small version of `bench/writing.py`."""

from __future__ import annotations

import ast
import importlib.util
import itertools
import random
from pathlib import Path
from typing import Any

from assay.registry.agents.dialects import Decision, event_of
from assay.registry.agents.judge import judged
from assay.registry.facts.store import Store, create
from assay.registry.recording.scan import scan

REWRITING = Path(__file__).parents[3] / "bench" / "rewriting.py"


def rewriting() -> Any:
    """How the benchmark writes functions again."""
    spec = importlib.util.spec_from_file_location("rewriting", REWRITING)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def of_library(ways: Any, *modules: str) -> list[Any]:
    """The functions of these modules of the standard library."""
    specs = [importlib.util.find_spec(name) for name in modules]
    return [one for spec in specs if spec and spec.origin for one in ways.functions(Path(spec.origin).read_bytes())]


def stopped(store: Store, text: str) -> bool:
    root = str(store.project.root)
    given = {"file_path": f"{root}/new.py", "content": text}
    event = event_of({"hook_event_name": "PreToolUse", "tool_name": "Write", "cwd": root, "tool_input": given})
    assert event is not None
    said = judged(store, event)
    return said is not None and said[0] is not Decision.NOTE


def test_what_is_written_again_is_asked_about_and_what_is_new_is_not(tmp_path: Path) -> None:
    chance, ways = random.Random(5), rewriting()
    own, new = of_library(ways, "textwrap", "csv", "shutil"), of_library(ways, "calendar")
    (tmp_path / "tools.py").write_text("\n\n".join(ast.unparse(one) for one in own))
    with create(tmp_path) as store:
        scan(store)
        turns = zip(own, itertools.cycle(ways.WAYS.values()), strict=False)
        copies = [ways.again(one, way, chance) for one, way in turns]
        assert sum(stopped(store, text) for text in copies) >= 0.9 * len(copies) > 10
        assert not any(stopped(store, ast.unparse(one)) for one in new)
