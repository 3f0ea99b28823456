"""Which decisions, bugs and tasks speak of what is asked: the words that they share, and of a long question the half.

They make no verdict: a decision about a thing is not the thing.
"""

from __future__ import annotations

from ..facts.reading.memory import Item, items
from ..facts.store import Store
from .question import Question
from .words import words

MOST = 3
SHARE = 0.5  # of the question's words
TELLING = 2  # words that must be shared, where as many are asked


def recalled(store: Store, question: Question) -> tuple[Item, ...]:
    """The items that have most of the question, best first, open ones before what is over."""
    asked = set(question.terms)
    found: list[tuple[float, Item]] = []
    for item in items(store):
        shared = asked & set(words(" ".join([item.told, *(one.name for one in item.about)])))
        if len(shared) >= max(min(TELLING, len(asked)), SHARE * len(asked)):
            found.append((len(shared) / len(asked), item))
    found.sort(key=lambda one: (-one[0], one[1].end is not None, one[1].at, one[1].fact))
    return tuple(item for _, item in found[:MOST])
