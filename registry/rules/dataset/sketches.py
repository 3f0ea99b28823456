"""MinHash sketches of a batch of texts by vectorised arithmetic, and the pairs of rows whose sketches agree.

One-permutation MinHash: each shingle of a row goes into one of BINS bins by some bits of its hash, and each bin keeps
the smallest of the rest. A shingle is the 16 bytes, lower-cased, that end where a word ends. 128 bytes a row, whatever
its length. A MinHash library that takes and gives Python lists costs more than the whole pass may
(docs/dataset-rules-measured.md), so this stays close to the bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

from .texts import TextColumn

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Sketches = npt.NDArray[np.uint16]
    Bands = npt.NDArray[np.uint32]
    Rows = npt.NDArray[np.int64]

BINS = 64
EMPTY = 0xFFFF
SHINGLE = 16
SLICE = 512 << 10
BAND = 3
BANDS = 5
THREADS = 2
LOWER = 0x2020202020202020
FEW = 1024  # rows whose keys Python compares, before NumPy sorts them
COMPARED = 1 << 15  # pairs at a time, to bound memory
MIXERS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xBF58476D1CE4E5B9)


def sketches_of(columns: Iterable[TextColumn], rows: int) -> Sketches:
    """(rows, BINS) minima over all texts of each row; EMPTY where a bin got no shingle."""
    import numpy as np

    sketches = np.full(rows * BINS, EMPTY, np.uint16)
    for column in columns:
        for offsets, text_rows, data in _slices(column):
            hashes, bins = _shingles(offsets, text_rows, data)
            np.minimum.at(sketches, bins, (hashes >> np.uint64(20)).astype(np.uint16))
    return sketches.reshape(rows, BINS)


def _slices(column: TextColumn) -> Iterator[tuple[Rows, Rows, npt.NDArray[np.uint8]]]:
    """Offsets, rows and bytes of the texts in pieces of about SLICE bytes, whose arrays stay in the cache."""
    import numpy as np

    texts = column.texts
    _, offsets_buffer, data = texts.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    if data is None:
        return
    content = np.frombuffer(data, np.uint8)
    cuts = np.searchsorted(offsets, np.arange(offsets[0], offsets[-1], SLICE)).tolist()
    for first, last in pairwise([*cuts, len(texts)]):
        piece = offsets[first : last + 1]
        if piece[-1] - piece[0] >= SHINGLE:
            yield piece - piece[0], column.rows[first:last], content[piece[0] : piece[-1]]


def _shingles(offsets: Rows, rows: Rows, data: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint64], Rows]:
    """Hash of every shingle of some texts, and the bin that it goes into."""
    import numpy as np

    blank = np.ones(len(data) + 1, bool)
    np.less_equal(data, 32, out=blank[:-1])
    blank[offsets[:-1]] = True  # a word ends where the next text starts
    ends = blank[SHINGLE:] > blank[SHINGLE - 1 : -1]
    across = (offsets[1:-1, None] - np.arange(1, SHINGLE)).ravel()  # starts of shingles that run into the next text
    ends[across[(across >= 0) & (across < len(ends))]] = False
    starts = np.flatnonzero(ends)
    windows = np.ndarray((len(data) - SHINGLE + 1,), np.complex128, data, strides=(1,))  # complex: 16 bytes at once
    halves = windows[starts].view(np.uint64) | np.uint64(LOWER)
    hashes = halves[::2] * np.uint64(MIXERS[0])
    hashes ^= halves[1::2] * np.uint64(MIXERS[1])
    hashes ^= hashes >> np.uint64(29)
    hashes *= np.uint64(MIXERS[2])
    bins = np.repeat(rows * BINS, np.diff(np.searchsorted(starts, offsets)))
    bins += (hashes >> np.uint64(58)).view(np.int64)
    return hashes, bins


def band_keys(sketches: Sketches, least: int) -> Bands:
    """(rows, BANDS) keys of the first BANDS × BAND bins; 0 for rows with fewer than `least` filled bins.

    Empty bins take the value of the next filled one, so that short texts get keys as well.
    """
    import numpy as np

    dense = sketches[:, : BAND * BANDS].T.copy()
    for _ in range(2):
        for place in reversed(range(len(dense))):
            np.copyto(dense[place], dense[(place + 1) % len(dense)], where=dense[place] == EMPTY)
    keys = np.zeros((BANDS, len(sketches)), np.uint64)
    for place, values in enumerate(dense):
        keys[place // BAND] = (keys[place // BAND] + values + np.uint64(1)) * np.uint64(MIXERS[0])
    short = (sketches != EMPTY).sum(axis=1) < least
    return np.where(short, np.uint32(0), (keys >> np.uint64(32)).astype(np.uint32) | np.uint32(1)).T


def similarity(left: Sketches, right: Sketches) -> npt.NDArray[np.float64]:
    """Estimated Jaccard similarity of the shingles, row by row of two equally long arrays of sketches."""
    import numpy as np

    filled = (left != EMPTY) | (right != EMPTY)
    same = (left == right) & filled
    share: npt.NDArray[np.float64] = same.sum(axis=1) / np.maximum(filled.sum(axis=1), 1)
    return share


def similar_pairs(sketches: Sketches, bands: Bands, threshold: float) -> Rows:
    """(n, 2) indices (earlier, later) of rows with a similarity of at least `threshold`, by locality-sensitive hashing.

    A row is compared with its neighbours in each band of keys, so a pair of similarity 0.8 is found with probability
    0.97 and one of 0.9 with 0.998; of a group of copies each is paired with some other.
    """
    import numpy as np

    def similar_in(keys: npt.NDArray[np.uint32]) -> Rows:
        first, second = _neighbours(keys)
        close = [
            similarity(sketches[first[start : start + COMPARED]], sketches[second[start : start + COMPARED]])
            >= threshold
            for start in range(0, len(first), COMPARED)
        ]
        close_ones = np.concatenate([np.empty(0, bool), *close])
        pairs: Rows = np.stack((first[close_ones], second[close_ones]), axis=1)
        return pairs

    if len(sketches) < FEW and not any(map(_repeats, bands.T.tolist())):
        return np.empty((0, 2), np.int64)
    if len(sketches) < COMPARED:
        found = [similar_in(keys) for keys in bands.T]
    else:
        with ThreadPoolExecutor(THREADS) as pool:
            found = list(pool.map(similar_in, bands.T))
    all_pairs: Rows = np.unique(np.concatenate(found), axis=0)
    return all_pairs


def _repeats(keys: list[int]) -> bool:
    """Whether any of these keys but 0 is there twice."""
    return len(set(keys) - {0}) < len(keys) - keys.count(0)


def _neighbours(keys: npt.NDArray[np.uint32]) -> tuple[Rows, Rows]:
    """Each index with the next one that has the same key, unless the key is 0."""
    import numpy as np

    ordered = keys.astype(np.uint64) << np.uint64(32)
    ordered |= np.arange(len(keys), dtype=np.uint64)
    ordered.sort()
    same = np.flatnonzero((ordered[1:] ^ ordered[:-1]) >> np.uint64(32) == 0)
    same = same[ordered[same] >> np.uint64(32) != 0]
    indices = ordered & np.uint64(0xFFFFFFFF)
    return indices[same].view(np.int64), indices[same + 1].view(np.int64)
