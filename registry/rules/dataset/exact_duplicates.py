"""AS207: rows that are exact copies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...observe.dataset.profile import DatasetProfile
from ..base import Basis, Finding, Severity
from .fields import Fields
from .rule import DatasetRule

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Keys = npt.NDArray[np.uint64]
    Rows = npt.NDArray[np.int64]

FEW = 1024  # rows that Python compares before polars is asked


class ExactDuplicates(DatasetRule):
    """Rows that are exact copies.

    What it sees: rows whose trained texts (prompt, answer, chosen, rejected, text) are all equal to those of an earlier
    row, whatever ids or sources say. Rows without any trained text are compared by all their texts.

    Why it matters: copies are trained on twice, and one of them may end up in the held-out part.

    Example: two rows with the same prompt and completion fail; the same prompt with two answers passes.

    Do instead: keep the first of each: `assay fix` writes a copy without them.

    Source: Lee et al. 2022, "Deduplicating Training Data Makes Language Models Better".
    """

    code = "AS207"
    name = "exact-duplicates"
    version = 2
    severity = Severity.WARNS
    basis = Basis.PROOF
    fix = "Write a copy without the duplicates with `assay fix`."
    says = "rows are exact copies of an earlier row"
    VALID = ([{"prompt": "a", "completion": "b"}, {"prompt": "a", "completion": "c"}],)
    INVALID = ([{"id": 1, "prompt": "a", "completion": "b"}, {"id": 2, "prompt": "a", "completion": "b"}],)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self._keys: list[Keys] = []
        self._numbers: list[Rows] = []

    def look(self, fields: Fields) -> tuple[Rows, Keys]:
        """One key per row."""
        return fields.row_numbers, fields.row_keys

    def take(self, seen: tuple[Rows, Keys]) -> None:
        """Keep 8 bytes a row."""
        self._numbers.append(seen[0])
        self._keys.append(seen[1])

    def duplicates(self) -> tuple[list[int], list[int]]:
        """Row numbers of the copies, and of the first row that each copies, both in file order."""
        import numpy as np
        import polars as pl

        if not self._keys:
            return [], []
        keys = np.concatenate(self._keys)
        if len(keys) < FEW and len(set(keys.tolist()) - {0}) == np.count_nonzero(keys):
            return [], []
        repeated = pl.Series(keys).is_duplicated().to_numpy()
        rows = np.flatnonzero(repeated & (keys != 0))  # few: the rest of the work is small
        _, first, inverse = np.unique(keys[rows], return_index=True, return_inverse=True)
        is_copy = first[inverse] != np.arange(len(rows))
        copies, originals = rows[is_copy], rows[first[inverse[is_copy]]]
        numbers = np.concatenate(self._numbers)
        return numbers[copies].tolist(), numbers[originals].tolist()

    def conclude(self, profile: DatasetProfile) -> Iterator[Finding]:
        """One finding for all copies."""
        copies, originals = self.duplicates()
        if copies:
            pairs = ", ".join(f"{copy:,} = {first:,}" for copy, first in zip(copies[:3], originals, strict=False))
            message = f"{self.says}: {len(copies):,} of {profile.rows or 0:,} rows (rows {pairs})"
            excerpt = f"row {copies[0]} repeats row {originals[0]}"
            yield self.finding(message, row=copies[0], excerpt=excerpt, count=len(copies))
