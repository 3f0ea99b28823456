"""Documents held against files: what the files contradict is false, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.registry.documents.checks import contradicted
from assay.registry.documents.markdown import blocks
from assay.registry.documents.project import Sources

SCORE = '''"""Score answers."""
import argparse
import json


def score_pair(a, b):
    return a == b


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--model.name", default="small")
    args = parser.parse_args()
    json.dump({}, open("out/scores.jsonl", "w"))
'''
FILES = {
    "scripts/score.py": SCORE,
    "scripts/other.py": "import argparse\np = argparse.ArgumentParser()\nargs, rest = p.parse_known_args()\n",
    "scripts/run.sh": "echo\n",
    "kit/__init__.py": "from .load import load_model\n",
    "kit/load.py": "def load_model():\n    pass\n",
    "docs/guide.md": "",
    "data/rows.jsonl": "{}\n{}\n",
}


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return Sources(tmp_path, FILES.keys())


def false(sources: Sources, text: str, document: str = "README.md") -> list[tuple[str, int]]:
    return [(one.kind, one.line) for one in contradicted(sources, document, blocks(text))]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("path", "See [the guide](docs/guides.md)."),
        ("path", "It is in `scripts/scorer.py`."),
        ("path", "```bash\npython scripts/scorer.py\n```"),
        ("line", "Look at `scripts/score.py:200`."),
        ("line", "`score_pair` is at scripts/score.py:12."),
        ("option", "```\npython scripts/score.py \\\n  --batches 4\n```"),
        ("option", "Call `python scripts/score.py --bs 4`."),
        ("default", "- `--batch-size`: how many (default: 16)"),
        ("default", "| `--model.name` | which | default: large |"),
        ("import", "```python\nfrom kit.load import load_tokenizer\n```"),
        ("import", "```python\nfrom kit.save import save\n```"),
        ("function", "`score_pairs` in `scripts/score.py` does it."),
        ("count", "There are 5 scripts in `scripts/`."),
        ("count", "It has 7 rows in `data/rows.jsonl`."),
        ("output", "`scripts/score.py` writes `out/results.jsonl`."),
    ],
)
def test_what_the_files_contradict_is_false(sources: Sources, kind: str, text: str) -> None:
    """Of each kind, at its line."""
    found = false(sources, f"# Title\n\n{text}\n")
    assert [one for one, _ in found] == [kind] and found[0][1] >= 3


@pytest.mark.parametrize(
    "text",
    [
        "See [the guide](docs/guide.md#part), [it](docs/guide), [web](https://x.org/docs/a.md) and [top](#top).",
        "`scripts/score.py:6` has `score_pair`; its text is in `scripts/`.",
        "```bash\npython scripts/score.py --batch-size 4 --batch 2 --help --model.name x\npython scripts/other.py --what 1\n```",
        "```bash\ngit clone https://x.org/y\npython scripts/train.py\n```",
        "Create your own `scripts/mine.py`, for example `scripts/<name>.py` or `scripts/my_score.py`.",
        "- `--batch-size`: how many (default: 8); `--elsewhere` defaults to 3",
        "```python\nfrom kit import load_model\nfrom kit.load import load_model as load\nfrom numpy import nothing\n```",
        "There are 2 scripts in `scripts/` and 2 rows in `data/rows.jsonl`; about 90 files in `scripts/`.",
        "`scripts/score.py` writes `out/scores.jsonl`.",
        "It reads `data/elsewhere.jsonl` and `gone/nowhere.py`.",
        "<!-- see `scripts/scorer.py` -->",
    ],
)
def test_what_they_do_not_contradict_is_left_alone(sources: Sources, text: str) -> None:
    """True claims, placeholders, other places, scripts that may take more options, what is still to be made."""
    assert false(sources, text) == []


def test_a_document_in_a_folder_is_read_from_there(sources: Sources) -> None:
    """Links go from its folder; one out of the project is nobody's to judge."""
    assert false(sources, "[a](../scripts/score.py) [b](../../other/x.md)", "docs/guide.md") == []
    assert false(sources, "[a](scripts/score2.py)", "docs/guide.md") == [("path", 1)]
