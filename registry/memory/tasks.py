"""A task: what is to be done, and that it is done."""

from __future__ import annotations

from collections.abc import Sequence

from ..facts.reading.memory import Item
from ..facts.receipts import TASK
from ..facts.store import Store
from .remembering import called, end, put, subjects, worded

EXAMPLE = 'assay task add "score the held-out set again"'


def add(store: Store, title: str, about: Sequence[str] = ()) -> Item:
    """Put a task on record. Raises UsageError and NotRecorded."""
    words = worded(TASK, title, EXAMPLE, subjects(store, about))
    with store.batch() as batch:
        fact = put(store, batch, words)
    return called(store, TASK, fact)


def done(store: Store, digits: str, text: str = "") -> Item:
    """Put on record that the task whose id begins so is done. Raises UsageError and NotRecorded."""
    task = called(store, TASK, digits)
    with store.batch() as batch:
        end(store, batch, task, text=text)
    return called(store, TASK, task.fact)
