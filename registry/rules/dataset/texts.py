"""Texts or token ids of one field, in columns that vectorised kernels can read, and what is worked out of them once.

Rules ask the same of the same texts: which match, what is their hash. Each answer is kept. A column may be part of a
larger one, which holds the texts of many small files: what is asked of a part is worked out for all of them at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as kept
from functools import cached_property
from typing import TYPE_CHECKING

from .roles import Role

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl
    import pyarrow as pa

    Rows = npt.NDArray[np.int64]
    Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class TextColumn:
    """Texts of one field in one role. `rows[i]` is the index within the batch of the row that `texts[i]` is in.

    What turns carry beside their texts (calls of tools) is JSON, which no rule about wording is for. `within` is the
    column of which this is a part, and the place there of its first text.
    """

    field: str
    role: Role
    rows: Rows
    texts: pa.StringArray
    is_carried: bool = False
    within: tuple[TextColumn, int] | None = None
    _candidates: dict[str, list[int]] = kept(default_factory=dict, compare=False, repr=False)

    @cached_property
    def series(self) -> pl.Series:
        """The same texts for polars, without a copy of the bytes."""
        import polars as pl

        return pl.Series("text", self.texts)

    @cached_property
    def hashes(self) -> Hashes:
        """A hash of each text; 0 where there is none."""
        if self.within:
            whole, first = self.within
            return whole.hashes[first : first + len(self.rows)]
        hashes = self.series.hash().to_numpy()
        if self.texts.null_count:
            hashes = hashes * self.series.is_not_null().to_numpy()
        return hashes

    def candidates(self, pattern: str) -> list[int]:
        """Which texts a regular expression of Rust matches. Raises PolarsError for what is none."""
        if self.within:
            whole, first = self.within
            found = whole.candidates(pattern)
            last = first + len(self.rows)
            return [one - first for one in found[bisect_left(found, first) : bisect_left(found, last)]] if found else []
        if pattern not in self._candidates:
            self.seek((pattern,))
        return self._candidates[pattern]

    def seek(self, patterns: Iterable[str]) -> None:
        """Find what matches each of these expressions, in one call for all. Raises PolarsError if one is invalid."""
        import polars as pl

        if self.within:
            self.within[0].seek(patterns)
        elif asked := [pattern for pattern in dict.fromkeys(patterns) if pattern not in self._candidates]:
            matches = [
                pl.col("text").str.contains(pattern).arg_true().implode().alias(str(place))
                for place, pattern in enumerate(asked)
            ]
            frame = self.series.to_frame().select(matches)
            self._candidates.update((pattern, frame[str(at)][0].to_list()) for at, pattern in enumerate(asked))

    def part(self, row: int, first: int, last: int) -> TextColumn:
        """The texts from `first` to before `last`, of which `row` is the first row."""
        texts = self.texts.slice(first, last - first)
        return TextColumn(self.field, self.role, self.rows[first:last] - row, texts, self.is_carried, (self, first))


@dataclass(frozen=True)
class IdColumn:
    """Token ids of one field: `ids` of all rows end to end, `rows[i]` the row that `ids[i]` is in."""

    field: str
    rows: Rows
    ids: npt.NDArray[np.int64]

    def part(self, row: int, first: int, last: int) -> IdColumn:
        """The ids from `first` to before `last`, of which `row` is the first row."""
        return IdColumn(self.field, self.rows[first:last] - row, self.ids[first:last])
