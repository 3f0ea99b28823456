"""A decision: what was decided, why, and what it is about. Refuses none but one that says nothing, or says it again."""

from __future__ import annotations

from collections.abc import Sequence

from ..facts.reading.memory import Item
from ..facts.receipts import DECISION
from ..facts.store import Store
from .remembering import called, put, subjects, worded

EXAMPLE = 'assay decide "train on 8k tokens" --because "longer answers were cut"'


def decide(store: Store, title: str, because: str = "", about: Sequence[str] = ()) -> Item:
    """Put a decision on record. Raises UsageError and NotRecorded."""
    words = worded(DECISION, title, EXAMPLE, subjects(store, about), why=because)
    with store.batch() as batch:
        fact = put(store, batch, words)
    return called(store, DECISION, fact)
