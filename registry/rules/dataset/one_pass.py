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
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice, starmap
from pathlib import Path
from typing import Any, TypeVar

from ...observe.dataset.batch import Batch, Job
from ...observe.dataset.formats import UNKNOWN
from ...observe.dataset.profile import DatasetProfile, Profiler
from ..base import Examination, Finding, Unchecked
from .fields import Fields, TextColumn, fields_of
from .rule import DatasetRule, TextRule

THREADS = 2
AHEAD = 2
NOT_UNDERSTOOD = "nothing here can read its rows"

T = TypeVar("T")
Seen = tuple[DatasetProfile, Examination]


def examine(path: Path, rules: Sequence[DatasetRule], ruleset: str) -> Seen:
    """The profile of a dataset and what these (fresh) rules see in it. Raises OSError when it cannot be opened.

    A rule that crashes is unchecked, and the others go on.
    """
    profiler = Profiler(path)

    def work(job: Job) -> tuple[Batch, list[Any]]:
        batch = job()
        return batch, look(fields_of(batch), rules)

    return conclude(profiler, rules, ruleset, in_order(profiler.jobs(), work))


def look(fields: Fields, rules: Sequence[DatasetRule]) -> list[Any]:
    """What each rule sees in one batch."""
    texts = _look_at_texts(fields, [rule for rule in rules if isinstance(rule, TextRule)])
    return [_both(texts.get(rule.code, {}), _tried(rule.look, fields)) for rule in rules]


def conclude(
    profiler: Profiler, rules: Sequence[DatasetRule], ruleset: str, batches: Iterable[tuple[Batch, list[Any]]]
) -> Seen:
    """The profile, and what the rules conclude from what they saw in these batches, which come in file order."""
    crashed: dict[str, str] = {}
    findings: list[Finding] = []
    for batch, seen in batches:
        profiler.add(batch)
        for rule, sight in zip(rules, seen, strict=True):
            outcome = sight if isinstance(sight, _Crash) else _tried(rule.take, sight)
            if isinstance(outcome, _Crash):
                crashed.setdefault(rule.code, outcome.why)
    profile = profiler.profile()
    for rule in rules:
        concluded = _tried(_concluded, rule, profile)
        if isinstance(concluded, _Crash):
            crashed.setdefault(rule.code, concluded.why)
        else:
            findings += concluded
    unchecked = (
        ({"form": NOT_UNDERSTOOD} if profile.format == UNKNOWN else {})
        | crashed
        | {rule.code: why for rule in rules if (why := rule.why_unchecked(profile))}
    )
    return profile, Examination(ruleset, tuple(findings), tuple(starmap(Unchecked, unchecked.items())))


@dataclass(frozen=True)
class _Crash:
    why: str


def _tried(call: Callable[..., Any], *arguments: Any) -> Any:
    """What the call returns, or the crash: rules may be anyone's code."""
    try:
        return call(*arguments)
    except Exception as error:
        return _Crash(f"the rule crashed: {type(error).__name__}: {error}")


def _concluded(rule: DatasetRule, profile: DatasetProfile) -> list[Finding]:
    return list(rule.conclude(profile))


def _both(texts: Any, seen: Any) -> Any:
    """What a rule saw in texts and beside them; a crash in either is one."""
    if not texts or isinstance(seen, _Crash):
        return seen
    return texts if isinstance(texts, _Crash) or not seen else {**texts, **seen}


def in_order(jobs: Iterable[Job], work: Callable[[Job], T]) -> Iterator[T]:
    """`work(job)` for each job, on THREADS threads, results in the order of the jobs, few of them in memory.

    A single job is done here and now: most datasets of a project are small, and threads would cost more than they do.
    """
    coming = iter(jobs)
    ahead = list(islice(coming, 2))
    if len(ahead) < 2:
        yield from map(work, ahead)
        return
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future[T]] = deque()
        for job in chain(ahead, coming):
            waiting.append(pool.submit(work, job))
            if len(waiting) >= THREADS + AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _look_at_texts(fields: Fields, rules: Sequence[TextRule]) -> dict[str, Any]:
    """Rule code → (field → places) or crash, for all rules' expressions over all columns."""
    seen: dict[str, Any] = {rule.code: {} for rule in rules}
    for column in fields.columns:
        asked = [rule for rule in rules if column.role in rule.roles]
        if not asked or not len(column.texts) or column.is_carried:
            continue
        for rule, candidates in zip(asked, _candidates(column, asked), strict=True):
            found = candidates
            if not isinstance(candidates, _Crash):
                found = _tried(rule.look_at, column, candidates, fields.numbers)
            if isinstance(found, _Crash):
                seen[rule.code] = found
            elif found and isinstance(seen[rule.code], dict):
                before = seen[rule.code].get(column.field)
                seen[rule.code][column.field] = before + found if before else found
    return seen


def _candidates(column: TextColumn, rules: Sequence[TextRule]) -> list[list[int] | _Crash]:
    """Which texts each rule's expression matches: in one call for all, or one by one when an expression is invalid."""
    import polars as pl

    with suppress(pl.exceptions.PolarsError):
        column.seek(rule.pattern for rule in rules)
    return [_tried(column.candidates, rule.pattern) for rule in rules]
