"""Make records in steps until there are enough: what instruction data and preference pairs have in common.

A step is made once and kept; what it holds depends on its number, the settings and the records before it alone, so that
a job that was killed goes on as if it had not been. The first candidates are a pilot. Refuses to go on where too few of
them are fit, where the records would contaminate a data set, and where candidates have long given nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..registry.errors import AssayError, UsageError
from .journal import Journal
from .quality import RowRules

DRY_PILOTS = 4  # as many pilots' worth of candidates without one record is the end
FREE = ("target", "pilot", "least_yield")  # what decides when to stop, and not what comes: it may change on the way
Progress = Callable[[int, int], None]
Record = dict[str, Any]
Step = Mapping[str, Any]  # records: [Record], candidates: int, dropped: {reason: count}


class PilotFailed(AssayError):
    """What the model generates is not fit to be trained on (exit 1)."""

    exit_code = 1


@dataclass(frozen=True)
class Limits:
    """When to stop: at `target` records, or when of the first `pilot` candidates less than `least_yield` are fit."""

    target: int
    pilot: int = 64
    least_yield: float = 0.05

    def __post_init__(self) -> None:
        if self.target < 1 or self.pilot < 1:
            raise UsageError("target and pilot are counts of 1 or more", "Give positive numbers.")


class Maker(Protocol):
    """What makes the steps."""

    def know(self, record: Record) -> None:
        """Take note of a record that was made before."""
        ...

    def step(self, number: int) -> Step | None:
        """Step `number`, from 0; None when there is nothing more to work on."""
        ...


@dataclass(frozen=True)
class Made:
    """What a generation came to: its records, and how many candidates were dropped for which reason."""

    records: tuple[Record, ...]
    candidates: int
    dropped: Mapping[str, int]
    more: Mapping[str, Any] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """The counts as JSON-ready values, and `more`; `yield` is the share of candidates that became records."""
        return {
            "records": len(self.records),
            "candidates": self.candidates,
            "yield": len(self.records) / self.candidates,
            "dropped": dict(self.dropped),
            **self.more,
        }


def work(maker: Maker, journal: Journal, limits: Limits, rules: RowRules, progress: Progress) -> Made:
    """Make records until there are enough, or nothing is left to work on; `progress` is told (records, target).

    Raises PilotFailed when the pilot does, and when no record comes of it all.
    """
    records: list[Record] = []
    dropped: Counter[str] = Counter()
    candidates = since = 0
    for step in _steps(maker, journal):
        before, candidates = candidates, candidates + step["candidates"]
        since = 0 if step["records"] else since + step["candidates"]
        records += step["records"]
        dropped.update(step["dropped"])
        progress(min(len(records), limits.target), limits.target)
        if before < limits.pilot <= candidates:
            _judge_pilot(records, candidates, limits, dropped, rules)
        if len(records) >= limits.target:
            break
        if since >= DRY_PILOTS * limits.pilot:
            raise PilotFailed(
                f"the last {since} candidates gave no record; {_told(dropped)}",
                f"{len(records)} records are kept: ask for as many, or begin again with other settings.",
            )
    if not records:
        raise PilotFailed(f"of {candidates} candidates none is left; {_told(dropped)}", "Lower the critic's margin.")
    records = records[: limits.target]
    _require_clean(records, rules)
    return Made(tuple(records), candidates, dict(dropped.most_common()))


def _steps(maker: Maker, journal: Journal) -> Iterator[Step]:
    """The steps that are in the journal, then new ones, each kept before it is handed out."""
    for step in tuple(journal.steps):
        for record in step["records"]:
            maker.know(record)
        yield step
    while made := maker.step(len(journal.steps)):
        journal.append(made)
        yield made


def _judge_pilot(
    records: Sequence[Record], candidates: int, limits: Limits, dropped: Counter[str], rules: RowRules
) -> None:
    if not records or len(records) < limits.least_yield * candidates:
        raise PilotFailed(
            f"of {candidates} pilot candidates {len(records)} are fit; {_told(dropped)}",
            "No data set is written. Accept a lower yield, use a better model, or lower the margin for another output.",
        )
    _require_clean(records, rules)


def _require_clean(records: Sequence[Record], rules: RowRules) -> None:
    if seen := rules.contaminating(records):
        raise PilotFailed(f"the records would contaminate a data set: {seen[0].rule}, {seen[0].message}", seen[0].fix)


def _told(dropped: Counter[str]) -> str:
    return "dropped: " + (", ".join(f"{count} {reason}" for reason, count in dropped.most_common()) or "none")
