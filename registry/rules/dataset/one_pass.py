"""All dataset rules in one streaming pass: each batch is parsed once, on one of two threads, for the profile and for
every rule.

Results are taken in file order, so that the same file gives the same findings whatever the threads do. Memory holds a
few batches and what the duplicate rules keep per row. Refuses nothing: damage is in the profile, and a rule that could
not run is named as unchecked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from ...observe.dataset import DatasetProfile, Profiler
from ...observe.reading import Batch, Job
from ..base import Examination, Unchecked
from .fields import Fields, fields_of
from .rule import DatasetRule, Places, TextRule

THREADS = 2
AHEAD = 2

T = TypeVar("T")


def examine(path: Path, rules: Sequence[DatasetRule], ruleset: str) -> tuple[DatasetProfile, Examination]:
    """The profile of a dataset and what these (fresh) rules see in it. Raises OSError when it cannot be opened."""
    profiler = Profiler(path)

    def work(job: Job) -> tuple[Batch, list[Any]]:
        batch = job()
        fields = fields_of(batch)
        texts = _look_at_texts(fields, [rule for rule in rules if isinstance(rule, TextRule)])
        return batch, [texts[rule.code] if rule.code in texts else rule.look(fields) for rule in rules]

    for batch, seen in in_order(profiler.jobs(), work):
        profiler.add(batch)
        for rule, sight in zip(rules, seen, strict=True):
            rule.take(sight)
    profile = profiler.profile()
    findings = tuple(finding for rule in rules for finding in rule.conclude(profile))
    unchecked = tuple(Unchecked(rule.code, why) for rule in rules if (why := rule.why_unchecked(profile)))
    return profile, Examination(ruleset, findings, unchecked)


def in_order(jobs: Iterable[Job], work: Callable[[Job], T]) -> Iterator[T]:
    """`work(job)` for each job, on THREADS threads, results in the order of the jobs, few of them in memory."""
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future[T]] = deque()
        for job in jobs:
            waiting.append(pool.submit(work, job))
            if len(waiting) >= THREADS + AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _look_at_texts(fields: Fields, rules: Sequence[TextRule]) -> dict[str, dict[str, Places]]:
    """Rule code → field → places, with all rules' expressions run over each column in one call."""
    import polars as pl

    seen: dict[str, dict[str, Places]] = {rule.code: {} for rule in rules}
    for column in fields.columns:
        asked = [rule for rule in rules if column.role in rule.roles]
        if not asked or not len(column.texts):
            continue
        texts = pl.col("text")
        hits = column.series.to_frame().select(
            texts.str.contains(rule.pattern).arg_true().implode().alias(rule.code) for rule in asked
        )
        for rule in asked:
            if places := rule.look_at(column, hits[rule.code][0].to_list(), fields.numbers):
                before = seen[rule.code].get(column.field)
                seen[rule.code][column.field] = before + places if before else places
    return seen
