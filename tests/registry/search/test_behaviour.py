"""What a script does is found by what its code says: texts, messages of errors, functions inside functions, with lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.registry.facts.store import create
from assay.registry.observe.script.profile import describe_script
from assay.registry.recording.scan import scan
from assay.registry.search.exists import exists
from assay.registry.standing.today import Today

TRIM = '''"""Helpers."""
KEY = "hunter2"
TOKEN = "the password: is correct horse"


def trim(text):
    def strip_fence(block):
        return block.strip("`")

    head, _, rest = text.partition("\\nInstruction:")
    if not head:
        raise ValueError("the completion is empty before the marker")
    return strip_fence(head)
'''


@pytest.mark.parametrize(
    ("question", "where"),
    [
        ("cut a model's output at the next instruction marker", "a text, line 12"),
        ("completion is empty before the marker", "a text, line 12"),
        ("strip fence", "function trim.strip_fence, line 7"),
    ],
)
def test_what_the_code_says_is_found_with_its_line(tmp_path: Path, question: str, where: str) -> None:
    (tmp_path / "helpers.py").write_text(TRIM)
    (tmp_path / "other.py").write_text('"""Plot curves."""\n')
    with create(tmp_path) as store:
        scan(store)
        found = exists(Today.of(store), question)
    names = [one.card.name for one in found.answers] or [one.name for one in found.nearest]
    assert names[0] == "helpers.py"
    assert not found.answers or found.answers[0].where == where


def test_bare_words_and_secrets_are_no_texts(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text(TRIM)
    said = " ".join(one.text for one in describe_script(tmp_path / "helpers.py", tmp_path).texts)
    assert "Instruction:" in said and "hunter2" not in said and "horse" not in said and "Helpers" not in said
