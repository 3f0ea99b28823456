"""Every window of n tokens as one 64-bit number, and which windows of an evaluation a text shares.

Windows come from prefix sums of a polynomial over the token hashes, modulo 2^64, so that one window length costs two
vector operations whatever it is. Two windows that differ share a number about once in 2^64: for 10^8 training tokens
against 10^6 windows that is one chance in 10^5 of a single false hit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .normalise import Hashes, Numbers

MULTIPLIER = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2^64
INVERSE = pow(MULTIPLIER, -1, 1 << 64)
SPARSE = 4  # bits by which the filter is larger than the number of keys: one window in 16 passes it by chance


class Windows:
    """All windows over one sequence of token hashes."""

    def __init__(self, hashes: Hashes) -> None:
        powers = _powers(MULTIPLIER, len(hashes))
        self._sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(hashes * powers)))
        self._inverse = _powers(INVERSE, len(hashes) + 1)

    def of(self, length: int) -> Hashes:
        """The number of every window of this length, by its first token."""
        count = max(0, len(self._sums) - length)
        numbers: Hashes = (self._sums[length:] - self._sums[:count]) * self._inverse[:count]
        return numbers

    def spans(self, starts: Numbers, ends: Numbers) -> Hashes:
        """The numbers of given windows, each from its first token up to its end."""
        numbers: Hashes = (self._sums[ends] - self._sums[starts]) * self._inverse[starts]
        return numbers


def _powers(base: int, count: int) -> Hashes:
    factors = np.full(count, base, np.uint64)
    factors[:1] = 1
    return np.cumprod(factors, dtype=np.uint64)


@dataclass(frozen=True)
class Grams:
    """The windows of evaluations: distinct numbers, sorted, and for each the items and positions where it stands.

    `maybe` is a filter by the highest bits, which spares nearly all training windows the search among the keys.
    """

    keys: Hashes
    starts: Numbers
    items: Numbers
    positions: Numbers
    maybe: npt.NDArray[np.bool_]

    @classmethod
    def build(cls, numbers: Hashes, items: Numbers, positions: Numbers) -> Grams:
        """From parallel arrays: a window's number, the item that has it, and where in the item."""
        order = np.lexsort((positions, items, numbers))
        keys, starts = np.unique(numbers[order], return_index=True)
        maybe = np.zeros(1 << (len(keys).bit_length() + SPARSE), np.bool_)
        maybe[_filter_slots(keys, maybe)] = True
        return cls(keys, np.append(starts, len(numbers)), items[order], positions[order], maybe)

    def find(self, numbers: Hashes) -> tuple[Numbers, Numbers]:
        """Which of these windows are known: (their indexes, the index of each one's key)."""
        if not len(self.keys):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        candidates = np.flatnonzero(self.maybe[_filter_slots(numbers, self.maybe)])
        wanted = numbers[candidates]
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        known = self.keys[at] == wanted
        return candidates[known], at[known]

    def places(self, keys: Numbers) -> tuple[Numbers, Numbers]:
        """Every place of these keys: (index into `keys`, index into items and positions)."""
        counts = self.starts[keys + 1] - self.starts[keys]
        which = np.repeat(np.arange(len(keys)), counts)
        first = np.repeat(self.starts[keys] - (np.cumsum(counts) - counts), counts)
        return which, first + np.arange(len(which))


def _filter_slots(numbers: Hashes, maybe: npt.NDArray[np.bool_]) -> Numbers:
    """A window's place in the filter: its highest bits, which are the best mixed."""
    return (numbers >> np.uint64(65 - len(maybe).bit_length())).astype(np.int64)
