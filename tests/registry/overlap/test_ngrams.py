"""Windows are equal exactly when their tokens are, and known windows are found wherever they stand."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.registry.overlap.ngrams import Grams, Windows

HASHES = np.random.default_rng(0).integers(0, 1 << 64, 4, np.uint64)
tokens = st.lists(st.integers(0, 3), max_size=30)


def windows(sequence: list[int]) -> Windows:
    return Windows(HASHES[np.array(sequence, np.int64)])


@given(tokens, tokens, st.integers(1, 5))
def test_windows_are_equal_when_their_tokens_are(one: list[int], other: list[int], length: int) -> None:
    """Two windows have one number if and only if they have the same tokens in the same order."""
    numbered: dict[int, tuple[int, ...]] = {}
    for sequence in (one, other):
        found = windows(sequence).of(length)
        assert len(found) == max(0, len(sequence) - length + 1)
        for start, number in enumerate(found.tolist()):
            window = tuple(sequence[start : start + length])
            assert numbered.setdefault(number, window) == window
    assert len(set(numbered.values())) == len(numbered)


@given(tokens, st.data())
def test_a_span_is_the_window_of_its_length(sequence: list[int], data: st.DataObject) -> None:
    """A span anywhere has the number that the window of that length has there."""
    start = data.draw(st.integers(0, len(sequence)))
    end = data.draw(st.integers(start, len(sequence)))
    (span,) = windows(sequence).spans(np.array([start]), np.array([end]))
    if end > start:
        assert span == windows(sequence).of(end - start)[start]


@given(tokens, tokens, st.integers(1, 4))
def test_known_windows_are_found_with_all_their_places(known: list[int], text: list[int], length: int) -> None:
    """`find` and `places` give every place of every shared window, as looking one by one does."""
    numbers = windows(known).of(length)
    items = np.arange(len(numbers))
    grams = Grams.build(numbers, items // 2, items)
    at, keys = grams.find(windows(text).of(length))
    which, places = grams.places(keys)
    found = {(int(at[i]), int(grams.items[p]), int(grams.positions[p])) for i, p in zip(which, places, strict=True)}
    assert found == {
        (i, p // 2, p)
        for i in range(len(text) - length + 1)
        for p in range(len(known) - length + 1)
        if text[i : i + length] == known[p : p + length]
    }
