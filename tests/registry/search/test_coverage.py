"""What of a question an answer covers and what is missing, in the words of the question."""

from __future__ import annotations

from pathlib import Path

from assay.registry.facts.store import create
from assay.registry.recording.scan import scan
from assay.registry.search.exists import exists
from assay.registry.standing.today import Today
from assay.registry.statements.declarations import mark


def test_an_answer_says_what_it_covers_and_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "loading.py").write_text('"""Load a base model in 4-bit and its tokenizer."""\n')
    with create(tmp_path) as store:
        scan(store)
        found = exists(Today.of(store), "Write a script that loads the base tokenizer in 4-bit and merges adapters")
    (answer,) = found.answers
    assert answer.covers == ("loads", "base", "tokenizer", "bit")
    assert answer.missing == ("merges", "adapters")
    assert answer.is_partial and answer.as_dict()["missing"] == ["merges", "adapters"]


def test_a_primary_comes_before_what_answers_as_well_and_a_replacement_before_the_replaced(tmp_path: Path) -> None:
    said = '"""Merge a LoRA adapter into its base model."""\nprint({})\n'
    for number, name in enumerate(("a", "b", "c")):
        (tmp_path / f"merge_{name}.py").write_text(said.format(number))
    with create(tmp_path) as store:
        scan(store)
        mark(store, "merge_b.py", "deprecated", "old", replaced_by="merge_c.py")
        mark(store, "merge_c.py", "primary", "measured best")
        found = exists(Today.of(store), "merge a LoRA adapter into its base model")
    names = [one.card.name for one in found.answers]
    assert names[0] == "merge_c.py" and set(names) == {"merge_a.py", "merge_b.py", "merge_c.py"}
