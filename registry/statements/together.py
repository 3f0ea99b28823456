"""Several statements that are one: each is made as ever, and all of them are committed together or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ..facts.store import Batch, Store


class Together(Store):
    """A store whose batches are one, which is committed by whoever made it."""

    def __init__(self, store: Store, batch: Batch) -> None:
        self.__dict__.update(store.__dict__)
        self._together = batch

    @contextlib.contextmanager
    def batch(self) -> Iterator[Batch]:
        """The one batch of all."""
        yield self._together
