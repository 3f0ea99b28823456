"""Results are told from settings and rows by their content, and say what they say: nothing is made up."""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from assay.registry.observe.evaluation.forms import is_result, items, may_be, read
from assay.registry.observe.evaluation.inspect_log import BrokenLog
from assay.registry.observe.evaluation.result import Metric, Result
from assay.registry.runs.classes import holds_rows

from ...results import DATE, log, write_eval, write_lm_eval


def said(path: Path) -> Result:
    """What a result says."""
    assert may_be(path.name) and is_result(path)
    result = read(path)
    assert result is not None
    assert Result.of(json.loads(json.dumps(result.as_dict()))) == result
    return result


def test_results_of_lm_eval_say_task_version_number_and_error(tmp_path: Path) -> None:
    """What the harness states stands in the result, with what the model was loaded from."""
    result = said(write_lm_eval(tmp_path, "out/sft", [True, False, True, True]))
    (task,) = result.tasks
    assert (task.name, task.version, task.n, task.shots) == ("sums", "3.0", 4, 2)
    assert task.metrics == {"exact_match,strict": Metric(0.75, 0.125)}
    assert (task.prompt_hash, task.hashed) == ("ab" * 32, "documents, prompts and targets")
    assert (result.model, result.parts, result.date) == ("out/sft", ("out/sft",), "2025-03-04T05:06:07+00:00")


def test_without_samples_the_prompt_is_that_of_the_settings(tmp_path: Path) -> None:
    """Two results of other templates have other prompt hashes, and say that these are of settings."""
    one = said(write_lm_eval(tmp_path / "a", "m", [True], samples=False, task_hashes={}))
    changed = {"sums": {"doc_to_text": "{{q}}", "num_fewshot": 2}}
    other = said(write_lm_eval(tmp_path / "b", "m", [True], samples=False, task_hashes={}, configs=changed))
    assert one.tasks[0].prompt_hash != other.tasks[0].prompt_hash
    assert one.tasks[0].hashed == "what its settings say of the prompt"


def test_results_before_version_0_4_are_read_too(tmp_path: Path) -> None:
    """A metric without a filter has its error beside it."""
    old = {
        "results": {"arc": {"acc": 0.5, "acc_stderr": 0.1}},
        "versions": {"arc": 0},
        "config": {"model_args": "pretrained=org/m,peft=out/a"},
    }
    path = tmp_path / "arc-base.json"
    path.write_text(json.dumps(old))
    result = said(path)
    assert result.tasks[0].metrics == {"acc": Metric(0.5, 0.1)} and result.parts == ("org/m", "out/a")


def test_samples_are_a_result_with_the_prompts_that_were_fed(tmp_path: Path) -> None:
    """The items of a task: their number, mean, and one hash for all prompts."""
    results = write_lm_eval(tmp_path, "m", [True, False])
    samples = tmp_path / f"samples_sums_{DATE}.jsonl"
    result = said(samples)
    assert (result.form, result.tasks[0].n) == ("lm-eval samples", 2)
    assert result.tasks[0].metrics == {"exact_match,strict": Metric(0.5)}
    assert [item.scores for item in items(results, "sums")] == [item.scores for item in items(samples, "sums")]


@pytest.mark.parametrize("suffix", [".json", ".eval"])
def test_logs_of_inspect_are_one_whatever_their_form(tmp_path: Path, suffix: str) -> None:
    """A document and a zip say the same, item by item."""
    path = tmp_path / f"2025-03-04_sums{suffix}"
    if suffix == ".json":
        path.write_text(json.dumps(log()))
    else:
        write_eval(path, log())
    result = said(path)
    assert result.tasks[0].metrics == {"accuracy": Metric(0.5, 0.25)} and result.tasks[0].n == 2
    assert (result.model, result.parts, result.items) == ("hf/org/model", ("org/model",), True)
    assert [item.scores for item in items(path, "sums")] == [{"match": 1.0}, {"match": 0.0}]


def test_a_log_that_was_cut_off_says_so(tmp_path: Path) -> None:
    """Its figures may be of a part, and a zip without an end is no log."""
    path = write_eval(tmp_path / "a.eval", log(status="cancelled"))
    assert "cancelled" in said(path).problems[0]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(BrokenLog):
        read(path)


def test_members_packed_with_zstandard_are_read(tmp_path: Path) -> None:
    """zipfile does not know the method; the bytes are there all the same."""
    import pyarrow as pa

    document = log()
    header = json.dumps({key: value for key, value in document.items() if key != "samples"}).encode()
    packed = pa.compress(header, codec="zstd", asbytes=True)
    path = tmp_path / "z.eval"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("header.json", packed)
        archive.writestr("summaries.json", "[]")
    raw = bytearray(path.read_bytes())
    struct.pack_into("<H", raw, 8, 93)
    struct.pack_into("<I", raw, 22, len(header))
    at = raw.index(b"PK\x01\x02")
    struct.pack_into("<H", raw, at + 10, 93)
    struct.pack_into("<I", raw, at + 24, len(header))
    path.write_bytes(raw)
    assert said(path).tasks[0].name == "sums"


def test_a_result_that_a_run_reads_is_no_settings(tmp_path: Path) -> None:
    """Figures decide what a script does, and are an input like data."""
    assert holds_rows(write_lm_eval(tmp_path, "m", [True]))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", "a: &x\n- *x\n- *x\n"),
        ("a.yaml", "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 36))),
        ("b.yaml", "a: " + "A b c " * 40_000),
        ("c.json", "{" + "\n" * 250_000),
        ("d.json", "{" + "/*" * 120_000),
        ("e.ini", "\t" + " " * 250_000 + "^"),
        ("Makefile", "a b" * 80_000 + "?."),
        ("Dockerfile", "\n" * 250_000 + "a"),
        (".gitignore", "a " * 120_000 + "."),
    ],
)
def test_no_odd_file_takes_long(tmp_path: Path, name: str, text: str) -> None:
    """What names itself, and lines as long as a file may be, are judged in one pass."""
    (tmp_path / name).write_text(text)
    started = perf_counter()
    holds_rows(tmp_path / name)
    assert perf_counter() - started < 10


HOME_MADE: list[tuple[str, Any]] = [
    ("a.json", {"model": "out/sft", "task": "sums", "accuracy": 0.5, "stderr": 0.1, "n": 40}),
    ("results.json", {"sums": {"accuracy": {"value": 0.5, "stderr": 0.1}, "n": 40}}),
    ("b.json", {"model": {"path": "out/sft"}, "results": {"sums": {"acc": 0.5, "acc_stderr": 0.1, "num_samples": 40}}}),
    ("c.json", [{"model": "out/sft", "task": "sums", "exact_match": 0.5, "exact_match_stderr": 0.1, "total": 40}]),
]


@pytest.mark.parametrize(("name", "value"), HOME_MADE)
def test_home_made_results_are_read_by_their_words(tmp_path: Path, name: str, value: Any) -> None:
    """Figures beside a model or a task are a result, however they are nested."""
    path = tmp_path / name
    path.write_text(json.dumps(value))
    (task,) = said(path).tasks
    assert (task.name, task.n, list(task.metrics.values())) == ("sums", 40, [Metric(0.5, 0.1)])


def test_a_table_of_several_models_keeps_them_apart(tmp_path: Path) -> None:
    """Each figure is of its own model, and the whole of none."""
    path = tmp_path / "table.csv"
    path.write_text("model,task,accuracy,n\nbase,sums,0.25,8\nsft,sums,0.5,8\n")
    result = said(path)
    assert result.model is None
    assert [(task.model, task.metrics["accuracy"].value) for task in result.tasks] == [("base", 0.25), ("sft", 0.5)]


def test_a_leaderboard_calls_its_models_in_a_column_without_a_name(tmp_path: Path) -> None:
    """As a table is written with its index."""
    path = tmp_path / "leaderboard.csv"
    path.write_text(",win_rate,standard_error,n_total\nours,12.5,1.25,805\n")
    result = said(path)
    assert result.model == "ours" and result.tasks[0].metrics["win_rate"] == Metric(12.5, 1.25)
    assert result.tasks[0].n == 805


def test_results_of_lighteval_name_their_model_elsewhere(tmp_path: Path) -> None:
    """The same shape under other keys."""
    document = {
        "config_general": {"model_name": "org/m", "model_sha": "ab", "lighteval_sha": "?"},
        "results": {"custom|sums|0": {"qem": 0.5, "qem_stderr": 0.1}},
        "versions": {"custom|sums|0": 0},
        "summary_tasks": {"custom|sums|0": {"hashes": {"hash_full_prompts": "cd"}}},
    }
    path = tmp_path / "results_2025.json"
    path.write_text(json.dumps(document))
    result = said(path)
    assert (result.form, result.model, result.revision) == ("lighteval results", "org/m", "ab")
    assert (result.tasks[0].prompt_hash, result.tasks[0].hashed) == ("cd", "the prompts that were fed")


NO_RESULTS: list[tuple[str, Any]] = [
    ("package.json", {"name": "x", "version": "1.0", "score": 3}),
    ("config.json", {"model": "out/sft", "metric": "accuracy", "threshold": 0.5}),
    ("trainer.json", {"learning_rate": 1e-4, "metric_for_best_model": "accuracy"}),
    ("results.json", {"pages": 3, "next": None}),
    ("scored.jsonl", [{"prompt": "a", "completion": "b", "score": 0.5}]),
    ("results.jsonl", [{"prompt": "a", "completion": "b", "correct": True}]),
    ("judged.json", [{"prompt": "a", "response": "b", "score": 5, "model": "x"}]),
    ("train.jsonl", [{"question": "a", "answer": "b", "is_correct": True}]),
    ("results.json", [{"messages": [{"role": "user", "content": "a"}], "score": 1}]),
    ("x.csv", "prompt,model,score\na,b,1\n"),
    ("results.json", [{"image_id": 1, "bbox": [1, 2], "score": 0.5}]),
    ("results.csv", "epoch,score\n1,0.5\n"),
    ("trainer_state.json", {"best_metric": 0.5, "log_history": [{"eval_accuracy": 0.5}]}),
]


@pytest.mark.parametrize(("name", "value"), NO_RESULTS)
def test_settings_and_rows_to_train_on_are_no_results(tmp_path: Path, name: str, value: Any) -> None:
    """What could be trained on stays data, whose rules look at it."""
    path = tmp_path / name
    if isinstance(value, str):
        path.write_text(value)
    elif name.endswith("l"):
        path.write_text("".join(json.dumps(row) + "\n" for row in value))
    else:
        path.write_text(json.dumps(value))
    assert not (may_be(name) and is_result(path))


@pytest.mark.parametrize(
    "text", ["", "{", '{"results": {"a": {"acc": 1', "[[[[", '{"results": 3, "versions": []}', "null"]
)
def test_what_is_broken_is_no_result(tmp_path: Path, text: str) -> None:
    """Nothing is raised about a file that is not ours."""
    path = tmp_path / "results.json"
    path.write_text(text)
    assert not is_result(path)


def evalplus(**more: Any) -> dict[str, Any]:
    """What EvalPlus writes: four problems of which three pass, and two also the harder tests."""
    rows = [("pass", "pass"), ("pass", "pass"), ("pass", "fail"), ("fail", "fail")]
    tried = {
        f"HumanEval/{n}": [{"task_id": f"HumanEval/{n}", "solution": "x", "base_status": base, "plus_status": plus}]
        for n, (base, plus) in enumerate(rows)
    }
    return {"date": "2026-05-01 10:00", "hash": "fe58", "eval": tried, **more}


def test_evalplus_says_both_figures_and_its_problems(tmp_path: Path) -> None:
    """Without stated figures they are counted; the hash of the problems is the version; no model is made up."""
    path = tmp_path / "org--model_temp_0.0_eval_results.json"
    path.write_text(json.dumps(evalplus()))
    result = said(path)
    assert [(one.name, one.metrics["pass@1"].value, one.version, one.n) for one in result.tasks] == [
        ("HumanEval", 0.75, "fe58", 4),
        ("HumanEval+", 0.5, "fe58", 4),
    ]
    assert result.model is None and len(items(path, "HumanEval")) == 4
    path.write_text(json.dumps(evalplus(pass_at_k={"base": {"pass@1": 0.7, "pass@10": 0.9}})))
    assert said(path).tasks[0].metrics == {"pass@1": Metric(0.7), "pass@10": Metric(0.9)}


def test_evalplus_before_0_2_is_read_too(tmp_path: Path) -> None:
    """Pairs of verdict and details, by set of tests."""
    path = tmp_path / "eval_results.json"
    path.write_text(json.dumps({"eval": {"Mbpp/2": {"base": [["success", []]], "plus": [["failed", [True]]]}}}))
    assert [(one.name, one.metrics["pass@1"].value) for one in said(path).tasks] == [("Mbpp", 1.0), ("Mbpp+", 0.0)]


def test_programs_with_verdicts_are_a_result_and_those_without_are_rows(tmp_path: Path) -> None:
    """What HumanEval writes beside the samples; several tries of a problem are one item."""
    path = tmp_path / "samples.jsonl_results.jsonl"
    tries = [{"task_id": f"HumanEval/{n // 2}", "completion": "x", "passed": n != 1, "result": ""} for n in range(4)]
    path.write_text("".join(json.dumps(row) + "\n" for row in tries))
    (task,) = said(path).tasks
    assert (task.name, task.metrics, task.n) == ("HumanEval", {"pass@1": Metric(0.75)}, 2)
    assert [item.scores for item in items(path, "")] == [{"passed": 0.5}, {"passed": 1.0}]
    path.write_text("".join(json.dumps({"task_id": row["task_id"], "completion": "x"}) + "\n" for row in tries))
    assert not is_result(path)


def test_predictions_with_verdicts_are_a_result_by_their_file(tmp_path: Path) -> None:
    """Rows without a text, of which each says whether it was right, under a name that says what they are."""
    rows = "".join(json.dumps({"id": n, "prediction": "a", "label": "b", "correct": n > 0}) + "\n" for n in range(4))
    path = tmp_path / "preds.jsonl"
    path.write_text(rows)
    (task,) = said(path).tasks
    assert (task.metrics, task.n) == ({"correct": Metric(0.75)}, 4)
    (tmp_path / "rows.jsonl").write_text(rows)
    assert not may_be("rows.jsonl")


def test_a_vocabulary_is_no_result(tmp_path: Path) -> None:
    """Some words among thousands with their numbers are called like a figure."""
    words = {f"word{n}": n for n in range(3000)} | {"accuracy": 3001, "score": 3002, "f1": 3003}
    tokenizer = {"version": "1.0", "added_tokens": [], "model": {"type": "BPE", "vocab": words}}
    for name in ("acme_tokenizer.json", "eval_vocab.json"):
        path = tmp_path / name
        path.write_text(json.dumps(tokenizer if "tok" in name else {"model": "bpe", "results": words}))
        assert not is_result(path)
