"""What of a question an answer covers and what is missing, in the words of the question."""

from __future__ import annotations

from pathlib import Path

from assay.registry.facts.store import create
from assay.registry.recording.scan import scan
from assay.registry.search.exists import exists
from assay.registry.standing.today import Today


def test_an_answer_says_what_it_covers_and_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "loading.py").write_text('"""Load a base model in 4-bit and its tokenizer."""\n')
    with create(tmp_path) as store:
        scan(store)
        found = exists(Today.of(store), "Write a script that loads the base tokenizer in 4-bit and merges adapters")
    (answer,) = found.answers
    assert answer.covers == ("loads", "base", "tokenizer", "bit")
    assert answer.missing == ("merges", "adapters")
    assert answer.is_partial and answer.as_dict()["missing"] == ["merges", "adapters"]
