"""Looks at many small things at a time, in processes that share what was read before they began.

Things come back in the order in which they were given, each as it would be alone, so that what is recorded does not
depend on how many looked. Only what is described and examined is done elsewhere: identities, and everything that is
written, stay here. A process that dies, or cannot be made, costs time alone: what it had is looked at here.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING

from ..kinds import Kind, row_of
from ..observe.identity import Identity
from ..observe.walk import Found, Skipped
from .describe import SKIPPED, Described, Describer, why_skipped

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess

FEWEST = 64  # things for which processes are worth their start
TOGETHER = 64  # small things that are handed over at once, where their kind can be looked at many at a time
SHARE = 8  # of these that anything else counts for
SMALL = 64 << 10  # bytes of what is small
AHEAD = 3  # batches for each process that are waiting or done and not yet taken
LARGE = 4 << 20  # bytes from which one thing is looked at here, by all threads
MOST = 16  # processes

CHANGED = "changed while it was looked at: scan again once its writer is done"

Stamp = tuple[tuple[int, int], ...]  # of each file: time of the last change in ns, size in bytes
Asked = tuple[Found, str]  # what lies there, and the kind that it is taken for
Seen = Described | Skipped | None  # None: ask again here


def look(describer: Describer, one: Found, row: Kind) -> Described | Skipped:
    """What is seen of one thing, or why it is left out."""
    try:
        return describer.look(one, row)
    except SKIPPED as error:
        return Skipped(one.name, why_skipped(error))


def stamp(one: Found) -> Stamp:
    """What its files are like now; those that are gone are like nothing."""
    found = []
    files: list[Path | str] = [*(member.file for member in one.members)] or [one.file]
    for file in files:
        with suppress(OSError):
            status = os.stat(file)  # noqa: PTH116 (a path would be made for each thing)
            found.append((status.st_mtime_ns, status.st_size))
    return tuple(found)


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def may_fork() -> bool:
    """Whether this process can be copied as it is: one with a second thread cannot."""
    with suppress(OSError):
        return sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208 (names alone)
    return False


@dataclass
class Batch:
    """Things that one process looks at, and what it saw once it is done."""

    asked: list[Asked]
    seen: Sequence[Seen] | None = None
    size: int = 0

    def add(self, one: Found, row: Kind, size: int) -> int:
        """Take one more, and say its place."""
        self.asked.append((one, row.name))
        self.size += 1 if row.together and size <= SMALL else SHARE
        return len(self.asked) - 1

    @property
    def is_full(self) -> bool:
        """Whether it is enough to be handed over."""
        return self.size >= TOGETHER


@dataclass
class Workers:
    """Processes that look at batches; `describer` is what they look with. Close it at the end."""

    describer: Describer
    processes: list[ForkProcess] = field(default_factory=list)
    idle: list[Connection] = field(default_factory=list)
    busy: dict[Connection, Batch] = field(default_factory=dict)
    waiting: deque[Batch] = field(default_factory=deque)

    @classmethod
    def of(cls, describer: Describer, things: int) -> Workers:
        """As many as there are processors; none where they would not pay, or this process cannot be copied."""
        workers = cls(describer)
        count = min(cores(), MOST)
        if things >= FEWEST and count > 1 and may_fork():
            with suppress(OSError):
                for _ in range(count):
                    workers._start()
        return workers

    def _start(self) -> None:
        context = get_context("fork")
        here, there = context.Pipe()
        others = [*self.idle, here]
        process = context.Process(target=_work, args=(self.describer, there, others), daemon=True)
        process.start()
        there.close()
        self.processes.append(process)
        self.idle.append(here)

    @property
    def most(self) -> int:
        """How many batches may be under way."""
        return AHEAD * max(1, len(self.processes))

    def submit(self, batch: Batch) -> None:
        """Have a batch looked at, as soon as a process is free; where there is none, once it is asked for."""
        if self.processes:
            self.waiting.append(batch)
            self._collect(0)

    def _hand_out(self) -> None:
        while self.idle and self.waiting:
            connection, batch = self.idle.pop(), self.waiting.popleft()
            try:
                connection.send(batch.asked)
                self.busy[connection] = batch
            except OSError:  # it is gone
                batch.seen = [None] * len(batch.asked)

    def result(self, batch: Batch) -> Sequence[Seen]:
        """What was seen of a batch; waits for it, or looks here where there is nobody to wait for."""
        while batch.seen is None:
            if not self.busy:
                batch.seen = _together(self.describer, batch.asked)
                break
            self._collect(None)
        return batch.seen

    def _collect(self, timeout: float | None) -> None:
        """Take what is done, waiting so many seconds for it, and hand out what is waiting."""
        for connection in wait(list(self.busy), timeout):
            assert isinstance(connection, Connection)
            done = self.busy.pop(connection)
            try:
                done.seen = connection.recv()
                self.idle.append(connection)
            except Exception:  # it is gone, or has sent what cannot be read: that is looked at here
                done.seen = [None] * len(done.asked)
        self._hand_out()

    def close(self) -> None:
        """End them, whatever they are doing: what is wanted of them has been taken."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.join()
        for connection in (*self.idle, *self.busy):
            connection.close()


def _work(describer: Describer, connection: Connection, others: Iterable[Connection]) -> None:
    """One process: looks at what it is sent until nobody is left to send."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it says when to end
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in others:
        other.close()
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # there is a process for each processor already
    with suppress(EOFError, OSError):
        while True:
            asked = connection.recv()
            many = zip(asked, _together(describer, asked), strict=True)
            connection.send([seen or _try(describer, *one) for one, seen in many])


def _together(describer: Describer, asked: Sequence[Asked]) -> list[Described | None]:
    """What is seen of those that can be looked at together, None for the others."""
    seen = describer.look_together((one, row_of(kind)) for one, kind in asked)
    return [seen.get(one.name) for one, _ in asked]


def _try(describer: Describer, one: Found, kind: str) -> Seen:
    """What is seen; None for what has to be raised where somebody catches it."""
    with suppress(Exception):
        return look(describer, one, row_of(kind))
    return None


@dataclass
class Thing:
    """Something on its way: what it is by its bytes, and the kind that it has to be looked at as, if it has to be.

    `stamp` is what its files were like before it was identified, so that nothing is said of other bytes under its name.
    """

    one: Found
    found: Identity
    row: Kind | None
    stamp: Stamp = ()
    batch: Batch | None = None
    place: int = 0

    def seen(self, workers: Workers) -> Described | Skipped | None:
        """What was seen of it; None where it need not be looked at."""
        if self.row is None:
            return None
        there = workers.result(self.batch)[self.place] if self.batch else None
        seen = there or look(workers.describer, self.one, self.row)
        return seen if not self.stamp or stamp(self.one) == self.stamp else Skipped(self.one.name, CHANGED)


def in_order(workers: Workers, things: Iterable[Thing | Skipped]) -> Iterator[tuple[Thing | Skipped, Seen]]:
    """Each thing with what was seen of it, in their order; a bounded number is on its way."""
    coming: deque[Thing | Skipped] = deque()
    filling = Batch([])
    for thing in things:
        if isinstance(thing, Thing) and thing.row and thing.found.size < LARGE:
            thing.batch, thing.place = filling, filling.add(thing.one, thing.row, thing.found.size)
            if filling.is_full:
                workers.submit(filling)
                filling = Batch([])
        coming.append(thing)
        while len(coming) > workers.most * TOGETHER:
            if filling.asked and isinstance(coming[0], Thing) and coming[0].batch is filling:
                workers.submit(filling)
                filling = Batch([])
            yield _taken(workers, coming.popleft())
    if filling.asked:
        workers.submit(filling)
    while coming:
        yield _taken(workers, coming.popleft())


def _taken(workers: Workers, thing: Thing | Skipped) -> tuple[Thing | Skipped, Seen]:
    return thing, thing.seen(workers) if isinstance(thing, Thing) else None
