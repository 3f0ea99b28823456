from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from assay.pipeline import prompts
from assay.pipeline.backends.base import Completion, Decoding
from assay.pipeline.evaluate.items import Item, build_items
from assay.pipeline.evaluate.record import RESULTS, EvaluationRecord
from assay.pipeline.evaluate.run import evaluate
from assay.pipeline.tokens import CompletionTokenizer
from assay.registry.errors import UsageError

from ..conftest import make_tokenizer
from ..fakes import THE_END, ScriptedBackend
from ..killing import finish, kill_at

PER_TYPE = 3


def _say(prompt: str, number: int) -> str:
    """Says no where that is an answer; long-winded about lists."""
    if "yes or no" in prompt:
        return f" No.{THE_END}"
    return " word" * 400 if "ist" in prompt else f" I do not know.\n\nInstruction: next{THE_END}"


def _backend(batch_size: int = 4) -> ScriptedBackend:
    return ScriptedBackend(CompletionTokenizer.of(make_tokenizer()), _say, lambda prompt: (0.0,), batch_size)


@pytest.fixture(scope="module")
def items() -> Sequence[Item]:
    """A few items of each type."""
    return build_items(per_type=PER_TYPE)


@pytest.fixture(scope="module")
def record(items: Sequence[Item], tmp_path_factory: pytest.TempPathFactory) -> EvaluationRecord:
    """A whole evaluation."""
    return evaluate(_backend(), items, tmp_path_factory.mktemp("evaluation") / "out", max_new_tokens=50)


def test_every_item_is_asked_once(record: EvaluationRecord, items: Sequence[Item]) -> None:
    """The record is complete and holds each item exactly once."""
    assert record.complete
    assert sorted(one.item for one in record.results) == sorted(item.id for item in items)


def test_what_was_fed_is_on_record(record: EvaluationRecord) -> None:
    """Prompt and ids are those really given to the model, cue and all, and decode to each other."""
    tokens = CompletionTokenizer.of(make_tokenizer())
    for one in record.results:
        assert one.prompt.startswith("Instruction: ")
        assert tokens.decode(one.prompt_ids) == one.prompt


def test_outputs_that_hit_the_limit_count_as_cut_off(record: EvaluationRecord) -> None:
    """An answer that did not end is marked, one that ran into a next instruction is cut there and is not."""
    by_output = {one.output.split()[0]: one.truncated for one in record.results}
    assert by_output == {"word": True, "I": False, "No.": False}
    assert {one.output for one in record.results if one.output.startswith("I")} == {"I do not know."}


def test_decoding_is_greedy_and_on_record(record: EvaluationRecord) -> None:
    """The conditions say how it was decoded, so that only like is compared with like."""
    assert record.conditions.decoding == {
        "greedy": True,
        "max_new_tokens": 50,
        "stop": ["\nInstruction:"],
        "cue": prompts.cue("{}"),
    }
    assert record.conditions.seed == 42


def test_an_evaluation_goes_on_in_the_same_batches(
    record: EvaluationRecord, items: Sequence[Item], tmp_path: Path
) -> None:
    """What is done is not asked again, and batches are cut as if nothing had been done."""
    first, whole = _backend(), _backend()
    evaluate(whole, items, tmp_path / "whole", max_new_tokens=50)
    evaluate(first, items, tmp_path / "part", max_new_tokens=50)
    results = tmp_path / "part" / RESULTS
    results.write_bytes(b"".join(results.read_bytes().splitlines(keepends=True)[:6]))
    again = _backend()
    assert evaluate(again, items, tmp_path / "part", max_new_tokens=50).results == record.results
    assert again.prompts == whole.prompts[4:]


def test_progress_is_told_with_what_was_done_before(items: Sequence[Item], tmp_path: Path) -> None:
    """Progress counts up to the number of items."""
    told: list[tuple[int, int]] = []
    evaluate(_backend(16), items, tmp_path / "out", 50, lambda done, of: told.append((done, of)))
    assert told == [(16, 36), (32, 36), (36, 36)]


def test_another_evaluation_in_the_same_folder_is_refused(items: Sequence[Item], tmp_path: Path) -> None:
    """Other items or another limit do not mix with what is there."""
    evaluate(_backend(), items, tmp_path / "out", max_new_tokens=50)
    with pytest.raises(UsageError, match="other decoding"):
        evaluate(_backend(), items, tmp_path / "out", max_new_tokens=60)


class _Slow(ScriptedBackend):
    def complete(self, prompts: Sequence[str], decoding: Decoding) -> list[Completion]:
        time.sleep(0.1)
        return super().complete(prompts, decoding)


def slow_evaluation(folder: str) -> None:
    """The job that is killed."""
    backend = _Slow(CompletionTokenizer.of(make_tokenizer()), _say, lambda prompt: (0.0,), 4)
    evaluate(backend, build_items(per_type=PER_TYPE), Path(folder, "out"), max_new_tokens=50)


def test_a_killed_evaluation_ends_as_if_it_had_not_been(record: EvaluationRecord, tmp_path: Path) -> None:
    """After kill -9 at three moments nothing is lost, repeated or different."""
    for lines in (1, 13, 25):
        kill_at(lines, tmp_path / "out" / RESULTS, "slow_evaluation", __name__, tmp_path)
    finish("slow_evaluation", __name__, tmp_path)
    assert EvaluationRecord.load(tmp_path / "out").results == record.results
    shutil.rmtree(tmp_path / "out")


def test_results_are_plain_json_lines(record: EvaluationRecord, tmp_path: Path) -> None:
    """Anyone can read the results without Assay."""
    record.save(tmp_path / "saved")
    rows = [json.loads(line) for line in (tmp_path / "saved" / RESULTS).read_text().splitlines()]
    assert {row["item"] for row in rows} == {one.item for one in record.results}
