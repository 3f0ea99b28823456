"""What the benchmarks share: timing that reports its spread, and one way to print a figure beside its limit."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Table:
    """Rows of (what, figure, limit, verdict) under a title."""

    title: str
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def add(self, what: str, figure: str, limit: str = "", holds: bool | None = None) -> None:
        """Add a row; `holds` says whether the figure is within the limit."""
        self.rows.append((what, figure, limit, {True: "holds", False: "FALLS SHORT", None: ""}[holds]))

    def show(self) -> None:
        """Print the table as Markdown."""
        print(f"\n### {self.title}\n\n| what | measured | limit or peer | |\n| --- | --- | --- | --- |")
        for row in self.rows:
            print(f"| {' | '.join(row)} |")
        print(flush=True)


def seconds(call: Callable[[], object], times: int = 5, before: Callable[[], object] = lambda: None) -> list[float]:
    """Wall-clock seconds of some calls, sorted; `before` runs ahead of each and is not counted."""
    found = []
    for _ in range(times):
        before()
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return sorted(found)


def median(values: list[float]) -> float:
    """The median."""
    return statistics.median(values)


def spread(values: list[float], unit: float = 1.0, digits: int = 3) -> str:
    """`median (min..max)` after dividing by a unit."""
    low, middle, high = (round(value / unit, digits) for value in (min(values), median(values), max(values)))
    return f"{middle:g} ({low:g}..{high:g})"


def machine() -> str:
    """One line about the machine and its load."""
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}, load {load:.2f}"
