"""AS208: rows that are nearly copies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from ...observe.dataset.profile import DatasetProfile
from ...observe.dataset.schema import SchemaClass
from ..base import Basis, Finding, Parameter, Severity
from .fields import Fields
from .rule import DatasetRule
from .sketches import BANDS, BINS, similar_pairs


class NearDuplicates(DatasetRule):
    """Rows that are nearly copies.

    What it sees: rows that share most of their wording with another row (MinHash similarity over shingles of 16
    characters, all trained texts of the row together) and are not exact copies. Rows with fewer shingles than
    `least_shingles` are too short to say. Named where at least `least_share` of the rows are such; labelled examples
    and items of evaluations stand beside their like on purpose.

    Why it matters: near copies weigh as copies do, and carry test items into training under a changed name.

    Example: the same paragraph with one word changed fails; two answers to one short prompt pass.

    Do instead: keep one of each group.

    Source: Broder 1997; Lee et al. 2022 use a similarity of 0.8.
    """

    code = "AS208"
    name = "near-duplicates"
    version = 3
    severity = Severity.WARNS
    basis = Basis.HEURISTIC
    fix = "Look at the pairs; keep one row of each group."
    says = "rows are nearly copies of another row"
    parameters: ClassVar[Mapping[str, Parameter]] = {
        "least_share": Parameter(0.005, "share of rows that makes it worth acting on", "rule of thumb"),
        "threshold": Parameter(0.8, "least MinHash similarity of two rows", "Lee et al. 2022"),
        "least_shingles": Parameter(12, "filled bins (of 64) that a row must have", "estimates from fewer are noise"),
        "most_rows": Parameter(4_000_000, "rows that are compared; 140 bytes of memory each", "1 GB of memory"),
    }
    LONG = (
        "The committee met on the first Monday of every month to discuss the accounts, and although nobody enjoyed it "
        "the minutes were always taken by hand, typed up on an old machine, and sent around before the end of the week."
    )
    VALID = (
        [{"text": LONG}, {"text": LONG}],
        [{"prompt": "Name a colour", "completion": "red"}, {"prompt": "Name a colour", "completion": "blue"}],
    )
    INVALID = ([{"text": LONG}, {"text": LONG.replace("old machine", "old typewriter")}],)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self._rows = 0
        self._kept: tuple[Any, ...] = ()

    def look(self, fields: Fields) -> tuple[Any, ...]:
        """Row numbers, exact keys, sketches and band keys of the rows."""
        return fields.row_numbers, fields.row_keys, *fields.sketched(self.values["least_shingles"])

    def take(self, seen: tuple[Any, ...]) -> None:
        """Keep what the first `most_rows` rows showed, in arrays whose pages exist only once they are filled."""
        import numpy as np

        most = self.values["most_rows"]
        if not self._kept:
            kinds = (((), np.int64), ((), np.uint64), ((BINS,), np.uint16), ((BANDS,), np.uint32))
            self._kept = tuple(np.empty((most, *shape), kind) for shape, kind in kinds)
        end = self._rows + len(seen[0])
        if end <= most:
            for kept, part in zip(self._kept, seen, strict=True):
                kept[self._rows : end] = part
        self._rows = min(end, most + 1)

    def pairs(self) -> list[tuple[int, int]]:
        """(earlier, later) row numbers of near copies, in file order of the later."""
        import numpy as np

        if not self._kept:
            return []
        row, exact, sketches, bands = (kept[: self._rows] for kept in self._kept)
        pairs = similar_pairs(sketches, bands, self.values["threshold"])
        pairs = pairs[exact[pairs[:, 0]] != exact[pairs[:, 1]]]
        _, last = np.unique(pairs[:, 1], return_index=True)
        return [(int(row[first]), int(row[second])) for first, second in pairs[last]]

    def conclude(self, profile: DatasetProfile) -> Iterator[Finding]:
        """One finding for all near copies."""
        if profile.schema in (SchemaClass.LABELLED, SchemaClass.EVALUATION):
            return
        pairs = self.pairs()
        if pairs and len(pairs) >= self.values["least_share"] * (profile.rows or 0):
            shown = ", ".join(f"{later:,} ≈ {earlier:,}" for earlier, later in pairs[:3])
            message = f"{self.says}: {len(pairs):,} of {profile.rows or 0:,} rows (rows {shown})"
            earlier, later = pairs[0]
            yield self.finding(message, row=later, excerpt=f"row {later} resembles row {earlier}", count=len(pairs))

    def why_unchecked(self, profile: DatasetProfile) -> str | None:
        """More rows than are kept in memory."""
        if self._rows > self.values["most_rows"]:
            return f"only the first {self.values['most_rows']:,} rows were compared with each other"
        return None
