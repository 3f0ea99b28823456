"""Results that somebody's own script wrote: figures under the names that figures have, beside a model or a task.

Told by their keys. A number under a word such as `accuracy` makes a result only where a model, a task or the file's own
name says of what; rows that a model could be trained on are none, unless the file is called a result and each row says
what was right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .result import Item, Metric, Result, Task, count, digest, number, text

FORM = "result file"
METRIC_WORDS = (
    "acc acc_norm accuracy balanced_accuracy em exact_match f1 f1_score micro_f1 macro_f1 precision recall auc roc_auc "
    "pass bleu sacrebleu rouge rouge1 rouge2 rougel rougelsum chrf meteor score win_rate winrate "
    "length_controlled_winrate perplexity ppl word_perplexity byte_perplexity bits_per_byte mcc wer cer "
    "pass_rate success_rate solve_rate refusal_rate toxicity mean_score strict loose"
)
METRICS = frozenset(METRIC_WORDS.split())
AFFIXES = re.compile(
    r"^(?:eval|test|val|validation|dev|mean|avg|average|overall|total)_|(?:_(?:mean|avg|overall|rate))$"
)
AT_K = re.compile(r"(?:@|_at_|-at-)\w+$")
ERRORS = ("{}_stderr", "{}_std_err", "{}_se", "{}_standard_error")
NAMED_RESULT = re.compile(
    r"(?:^|[_.-])(?:results?|evals?|evaluations?|metrics|scores?|predictions?|preds|judg(?:e)?ments?|leaderboard"
    r"|benchmarks?)(?:[_.-]|$)",
    re.IGNORECASE,
)
_LONGEST_FIRST = "|".join(sorted(METRICS, key=len, reverse=True)).encode()
MARK = re.compile(
    rb'"(?:(?:eval|test|val|dev|mean|avg|average|overall)_)?(?:' + _LONGEST_FIRST + rb")"
    rb'(?:(?:@|_at_|,)[^"]{1,24}|_mean)?"\s*:',
    re.IGNORECASE,
)
MODEL_KEYS = (
    *("model", "model_name", "model_path", "model_name_or_path", "model_id", "checkpoint", "checkpoint_path"),
    *("ckpt", "ckpt_path", "adapter", "adapter_path"),
)
TASK_KEYS = ("task", "task_name", "benchmark", "dataset", "dataset_name", "eval_name", "eval_set", "suite", "test_set")
REVISION_KEYS = ("model_sha", "model_revision", "model_commit", "revision")
CONTENT_KEYS = ("model_version", "model_hash", "model_digest")
N_KEYS = (
    *("n", "num_samples", "n_samples", "num_examples", "n_examples", "total", "count", "samples", "items", "n_items"),
    *("eval_samples", "test_samples", "total_samples", "num_questions", "size", "n_total"),
)
VERSION_KEYS = ("task_version", "version", "dataset_version", "benchmark_version")
PROMPT_KEYS = ("prompt_hash", "prompt_sha", "prompt_sha256", "prompt_digest", "prompt_template_hash", "template_hash")
TEMPLATE_KEYS = ("prompt_template", "template", "system_prompt")
DATE_KEYS = ("date", "timestamp", "created_at", "created", "time", "finished_at")
SHOT_KEYS = ("shots", "num_fewshot", "n_shot", "num_shots", "fewshot", "n_shots")
SETTING_KEYS = ("temperature", "top_p", "max_new_tokens", "max_tokens", "seed", "decoding", "limit")
ITEM_KEYS = ("items", "samples", "predictions", "examples", "details", "per_item", "records", "instances", "per_sample")
ID_KEYS = ("id", "item", "item_id", "doc_id", "question_id", "task_id", "example_id", "sample_id", "idx", "index")
RIGHT_KEYS = ("correct", "is_correct", "passed", "right", "exact_match", "em", "acc", "success", "strict")
ASKED_KEYS = ("prompt", "question", "input", "instruction", "problem", "query")
TRAINED_ON = frozenset(("completion", "chosen", "rejected", "messages", "conversations"))
TEXT_KEYS = TRAINED_ON.union(ASKED_KEYS, ("text", "response"))
DEEPEST = 4
LISTED = 200  # keys of an object that may all be figures


def is_result(value: Any, name: str) -> bool:
    """Whether a JSON value, in a file of this name, is a result."""
    is_called_so = bool(NAMED_RESULT.search(name.rpartition(".")[0]))
    if isinstance(value, list):
        rows = value[:64]
        if not rows or not all(isinstance(row, dict) for row in rows):
            return False
        if any(row.keys() & TEXT_KEYS for row in rows):
            return is_called_so and all(is_item(row) and not row.keys() & TRAINED_ON for row in rows)
        if is_called_so and all(is_item(row) and _first(row, ID_KEYS) for row in rows):
            return True
        return all(_metrics(row) and (_first(row, MODEL_KEYS) or _first(row, TASK_KEYS)) for row in rows)
    if not isinstance(value, dict):
        return False
    tasks = list(_tasks(value))
    return bool(tasks) and (
        is_called_so or bool(_models(value)) or any(_first(one, TASK_KEYS) for _, one in _figures(value))
    )


def read(value: Any, name: str) -> Result:
    """What such a value says."""
    top: Mapping[str, Any] = value if isinstance(value, dict) else {}
    rows = value if isinstance(value, list) else []
    own = list(items(value))
    tasks = tuple(_tasks(value)) if not (rows and own) else _of_items(own, name)
    models = _models(value)
    model = models[0] if len(models) == 1 else None
    return Result(
        form=FORM,
        tasks=tasks,
        model=model,
        revision=_first(top, REVISION_KEYS),
        parts=tuple(dict.fromkeys(filter(None, [model, _first(top, ("adapter", "adapter_path"))]))),
        model_version=_first(top, CONTENT_KEYS),
        date=_first(top, DATE_KEYS),
        settings={key: top[key] for key in SETTING_KEYS if top.get(key) not in (None, "", [], {})},
        items=bool(own),
    )


def is_item(row: Any) -> bool:
    """Whether a row is an item with its verdict: right or wrong, for a mere score may be a label to train on."""
    return isinstance(row, dict) and any(_verdict(row.get(key)) in (0.0, 1.0) for key in RIGHT_KEYS)


def items(value: Any) -> Iterator[Item]:
    """The items in a result, by their id or by what was asked; none where neither tells them apart."""
    listed = value if isinstance(value, list) else next(_item_lists(value), []) if isinstance(value, dict) else []
    seen: set[str] = set()
    for row in listed:
        if not is_item(row):
            continue
        asked = next((row[key] for key in ASKED_KEYS if row.get(key)), None)
        prompt = _first(row, PROMPT_KEYS) or (digest(asked) if asked else None)
        id = _first(row, ID_KEYS) or prompt
        if id and id not in seen:
            seen.add(id)
            scores = {key: score for key in RIGHT_KEYS if (score := _verdict(row.get(key))) is not None}
            yield Item(id, scores, prompt)


def _item_lists(value: Mapping[str, Any]) -> Iterator[list[Any]]:
    for key in ITEM_KEYS:
        listed = value.get(key)
        if isinstance(listed, list) and listed and all(map(is_item, listed[:64])):
            yield listed


def _of_items(own: Iterable[Item], name: str) -> tuple[Task, ...]:
    known = list(own)
    names = dict.fromkeys(one for item in known for one in item.scores)
    means = {one: [item.scores[one] for item in known if one in item.scores] for one in names}
    prompts = sorted((item.id, item.prompt_hash) for item in known if item.prompt_hash)
    metrics = {one: Metric(sum(scores) / len(scores)) for one, scores in means.items()}
    stem = name.partition(".")[0]
    return (
        Task(stem, metrics, None, digest(prompts) if prompts else None, "the prompts" if prompts else "", len(known)),
    )


def _tasks(value: Any) -> Iterator[Task]:
    top: Mapping[str, Any] = value if isinstance(value, dict) else {}
    several = len(_models(value)) > 1
    for path, found in _figures(value):
        around = {**top, **found}
        template = next((around[key] for key in TEMPLATE_KEYS if isinstance(around.get(key), str)), None)
        stated = _first(around, PROMPT_KEYS)
        yield Task(
            name=_first(found, TASK_KEYS) or " / ".join(path) or _first(top, TASK_KEYS) or "",
            metrics=_metrics(found),
            version=_first(around, VERSION_KEYS),
            prompt_hash=stated or (digest(template) if template else None),
            hashed="as it says" if stated else "its prompt's template" if template else "",
            n=next((n for key in N_KEYS if (n := count(around.get(key))) is not None), None) or _length(around),
            shots=next((n for key in SHOT_KEYS if (n := count(around.get(key))) is not None), None),
            model=_named_model(found) if several else None,
        )


def _length(value: Mapping[str, Any]) -> int | None:
    return next((len(listed) for listed in _item_lists(value)), None)


def _figures(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Every object with figures in it, by the keys that lead there; a bare number below `results` is a score."""
    if len(path) > DEEPEST:
        return
    if isinstance(value, list):
        for row in value if not path else ():
            yield from _figures(row, path)
        return
    if not isinstance(value, dict):
        return
    metrics = _metrics(value)
    if len(value) > LISTED and len(metrics) * 10 < len(value):
        return  # words with their numbers, as in a vocabulary: some are bound to be called like a figure
    if metrics:
        yield path, value
    for key, one in value.items():
        if key in ITEM_KEYS and isinstance(one, list):
            continue
        within = (
            path if key.lower() in ("results", "metrics", "scores", "tasks", "summary", "overall") else (*path, key)
        )
        if isinstance(one, dict):
            yield from _figures(one, within)
            if within == path and path == () and not _metrics(one) and len(one) <= LISTED:
                yield from (((task,), {"score": score}) for task, score in one.items() if number(score) is not None)


def _metrics(found: Mapping[str, Any]) -> dict[str, Metric]:
    metrics: dict[str, Metric] = {}
    for key, value in found.items():
        if not _is_metric(key):
            continue
        inner = value if isinstance(value, dict) else {}
        figure = (
            number(value)
            if not inner
            else next((n for k in ("value", "mean", key) if (n := number(inner.get(k))) is not None), None)
        )
        if figure is None:
            continue
        stated = [found.get(error.format(key)) for error in ERRORS] + [
            inner.get("stderr"),
            found.get("stderr"),
            found.get("standard_error"),
        ]
        metrics[key] = Metric(figure, next((n for one in stated if (n := number(one)) is not None), None))
    return metrics


def _is_metric(key: str) -> bool:
    plain = AT_K.sub("", key.lower().replace("-", "_").replace(" ", "_").partition(",")[0])
    return plain in METRICS or AFFIXES.sub("", plain) in METRICS or re.match(r"(?:eval|test)_loss$", plain) is not None


def _models(value: Any) -> list[str]:
    """The models that a result names, in order: in its rows, else once for all of them."""
    top: Mapping[str, Any] = value if isinstance(value, dict) else {}
    rows = value if isinstance(value, list) else top.get("results")
    places = [top, *(row for row in rows if isinstance(row, dict))] if isinstance(rows, list) else [top]
    named = list(filter(None, map(_named_model, places)))
    if not named and isinstance(top.get("config"), dict):
        named = list(filter(None, [_named_model(top["config"])]))
    return list(dict.fromkeys(named))


def _named_model(row: Mapping[str, Any]) -> str | None:
    return next((found for key in MODEL_KEYS if (found := _name(row.get(key)))), None)


def _name(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((found for key in ("path", "name", "id", "model") if (found := text(value.get(key)))), None)
    return text(value)


def _first(value: Mapping[str, Any], keys: Iterable[str]) -> str | None:
    return next((found for key in keys if (found := text(value.get(key)))), None)


def _verdict(value: Any) -> float | None:
    return float(value) if isinstance(value, bool) else number(value)
