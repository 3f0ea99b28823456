"""Progress of a long job: a bar with rate and time left for a person, a line now and then in a log."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

import click

from .session import Session

Progress = Callable[[int, int], None]
SECONDS_BETWEEN_LINES = 30.0


@contextlib.contextmanager
def progress(session: Session, noun: str) -> Iterator[Progress]:
    """Something to call with (done, of). What was done at the first call does not count for the rate."""
    if not session.on_terminal:
        yield _lines(noun)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(noun), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    with Progress(*columns, TimeRemainingColumn(), transient=True) as bar:
        task = bar.add_task(noun, total=None, rate="")
        rate = _Rate()

        def show(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of, rate=f"{rate.of(done):.2f}/s")

        yield show


class _Rate:
    """Things done a second, since the first call."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None

    def of(self, done: int) -> float:
        now = time.monotonic()
        self._first = self._first or (now, done)
        started, before = self._first
        return (done - before) / max(now - started, 1e-9)


def _lines(noun: str) -> Progress:
    rate, last = _Rate(), time.monotonic()

    def show(done: int, of: int) -> None:
        nonlocal last
        speed = rate.of(done)
        if time.monotonic() - last >= SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            pace = f", {speed:.2f}/s, {(of - done) / speed / 60:.0f} min left" if speed else ""
            click.echo(f"{done:,} of {of:,} {noun}{pace}", err=True)

    return show
