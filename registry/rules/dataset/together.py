"""Many small data sets in one pass: rows that are alike lie in one frame, and each file keeps its own.

What is costly for each frame (parsing, expressions, hashes, sketches) is done once for all; each rule then looks at the
rows of one file as if they had been read alone, and concludes for that file. The outcome is that of `examine`, file by
file: what could make it another is refused, and is left for `examine` to do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise
from pathlib import Path

from ...observe.dataset.batch import Batch
from ...observe.dataset.formats import Source
from ...observe.dataset.json_rows import parse_lines
from ...observe.dataset.plain import Plain, read_plain
from ...observe.dataset.profile import Profiler
from .fields import Fields, fields_of
from .one_pass import Seen, conclude, look
from .rule import DatasetRule

Rules = Callable[[], Sequence[DatasetRule]]  # fresh ones for each file


def examine_together(paths: Iterable[Path], rules: Rules, ruleset: str) -> dict[Path, Seen]:
    """What a pass over each of these files would show, for those that can be read together."""
    alike: dict[object, dict[Path, Plain]] = defaultdict(dict)
    for path in paths:
        try:
            if found := read_plain(path):
                alike[found.shape][path] = found
        except OSError:
            continue  # whoever reads it alone says so
    return {path: seen for files in alike.values() for path, seen in _examine_alike(files, rules, ruleset).items()}


def _examine_alike(files: dict[Path, Plain], rules: Rules, ruleset: str) -> dict[Path, Seen]:
    """The same for files of one shape."""
    whole = parse_lines(b"".join(one.content for one in files.values()), 1)
    if whole.table is None:
        return {}
    fields = fields_of(whole)
    if fields.by_message:
        return {}
    seen = {}
    ends = accumulate((one.rows for one in files.values()), initial=0)
    for path, (first, last) in zip(files, pairwise(ends), strict=True):
        profiler = Profiler(path, Source(path, "jsonl", None, (path,)))
        batch = Batch(range(1, last - first + 1), whole.table.slice(first, last - first))
        fresh = rules()
        seen[path] = conclude(profiler, fresh, ruleset, [(batch, look(part_of(fields, first, last), fresh))])
    return seen


def part_of(whole: Fields, first: int, last: int) -> Fields:
    """The fields of the rows from `first` to before `last`, numbered as those of a file of their own."""
    import numpy as np

    def cut(rows: object) -> tuple[int, int]:
        start, end = np.searchsorted(rows, (first, last))  # type: ignore[call-overload]
        return int(start), int(end)

    columns = ((column, *cut(column.rows)) for column in whole.columns)
    return Fields(
        range(1, last - first + 1),
        tuple(column.part(first, start, end) for column, start, end in columns if end > start),
        tuple(column.part(first, *cut(column.rows)) for column in whole.ids),
        whole.labels[first:last],
        whole.names,
        whole.named_origin[first:last],
        tuple(turns.part(first, *cut(turns.rows)) for turns in whole.turns),
        within=(whole, first),
    )
