"""What a dataset is: format, rows, columns, schema class, samples, and what is wrong with the file.

One streaming pass in flat memory. Never raises on bad content: each problem is one clear line in the profile, and the
rows that can be read are counted. Refuses to guess a row count where it could not read (`rows` is None).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...disclosure import Secrets
from .batch import Batch, Job
from .formats import Source, locate, looks_like_dataset, pointer_kind
from .named_files import NamedFiles, Names
from .reading import read_batches
from .saved import Saved
from .schema import SchemaClass, schema_class, traits_of
from .shards import read_together
from .stream import Damage

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Column", "DatasetProfile", "Profiler", "SchemaClass", "describe_dataset", "looks_like_dataset"]

SAMPLE_ROWS = 3
SAMPLE_LENGTH = 120
MOST_PATTERNS = 256


@dataclass(frozen=True)
class Column:
    """A field of the rows: its type ("string", "list<object>", "mixed: integer, string") and rows without a value."""

    name: str
    type: str
    missing: int


@dataclass(frozen=True)
class DatasetProfile:
    """What one dataset is. `bytes` is the size on disk; `rows` is None when the content could not be read; `traits` say
    what is in its rows beside plain text; `splits` has the rows of each; `files` are those that rows name."""

    format: str
    compression: str | None
    bytes: int
    rows: int | None
    columns: tuple[Column, ...]
    schema: SchemaClass
    samples: tuple[dict[str, str], ...]
    problems: tuple[str, ...]
    traits: tuple[str, ...] = ()
    splits: Mapping[str, int] = field(default_factory=dict)
    files: NamedFiles | None = None

    def as_dict(self) -> dict[str, Any]:
        """The profile as JSON-ready values."""
        return asdict(self)


def describe_dataset(path: Path) -> DatasetProfile:
    """The profile of a dataset file or `save_to_disk` folder. Raises OSError only when it cannot be opened at all."""
    profiler = Profiler(path)
    for job in profiler.jobs():
        profiler.add(job())
    return profiler.profile()


class Profiler:
    """Collects a profile from batches in file order, so that rules can share the same single pass.

    Whoever has read a file, and found rows in it, says where they come from.
    """

    def __init__(self, path: Path, source: Source | None = None) -> None:
        self.source: Source = source or locate(path)
        self.damage = Damage()
        self._together = read_together(path) if source is None and path.is_dir() else Saved()
        self._ends: dict[Path, int] = {}
        self._names = Names()
        self._rows = 0
        self._types: dict[str, set[str]] = {}
        self._nested: dict[str, set[str]] = {}
        self._patterns: Counter[frozenset[str]] = Counter()
        self._samples: list[dict[str, str]] = []
        self._thinks = False
        self._secrets = Secrets.here()
        self._readable = source is not None or self._note_what_is_missing(path)

    def _note_what_is_missing(self, path: Path) -> bool:
        if path.is_dir():
            for number, problem in enumerate(self._together.problems):
                self.damage.note(f"saved {number}", problem)
        elif kind := pointer_kind(path):
            self.damage.note("pointer", f"a {kind} pointer, not data: the content was never downloaded")
            return False
        elif self.source.bytes == 0:
            self.damage.note("empty", "the file is empty")
        return True

    def jobs(self) -> Iterable[Job]:
        """The batches to parse, in file order (see `read_batches`); none for a pointer or an empty file."""
        return read_batches(self.source, self.damage, ends=self._ends) if self._readable and self.source.bytes else ()

    def add(self, batch: Batch) -> None:
        """Take one batch into the profile."""
        self.damage.merge(batch.damage)
        self._rows += len(batch.numbers)
        if batch.table is not None:
            self._add_table(batch.table)
            self._names.add_table(batch.table)
        else:
            self._add_records(batch.records or [])
            self._names.add_records(batch.records or [])

    def _add_table(self, table: pa.Table) -> None:
        for column in table.schema:
            self._types.setdefault(column.name, set()).add(_arrow_type(column.type))
            self._nested.setdefault(column.name, set()).update(_arrow_fields(column.type))
        for missing, rows in _missing_patterns(table):
            self._count_pattern(frozenset(table.column_names) - missing, rows)
        if len(self._samples) < SAMPLE_ROWS:
            self._sample(table.slice(0, SAMPLE_ROWS).to_pylist())

    def _add_records(self, records: list[Any]) -> None:
        for record in records:
            row = record if isinstance(record, dict) else {"value": record}
            present = {name: value for name, value in row.items() if value is not None}
            for name, value in row.items():
                self._types.setdefault(name, set()).add(_python_type(value))
                self._nested.setdefault(name, set()).update(_python_fields(value))
            self._count_pattern(frozenset(present), 1)
        self._sample(records[:SAMPLE_ROWS])

    def _count_pattern(self, present: frozenset[str], rows: int) -> None:
        if present in self._patterns or len(self._patterns) < MOST_PATTERNS:
            self._patterns[present] += rows

    def _sample(self, rows: list[Any]) -> None:
        for row in rows[: SAMPLE_ROWS - len(self._samples)]:
            fields = row if isinstance(row, dict) else {"value": row}
            self._thinks |= "<think>" in str(fields)
            shown = {name: value for name, value in fields.items() if value is not None}
            self._samples.append({name: _shortened(value, self._secrets) for name, value in shown.items()})

    def profile(self) -> DatasetProfile:
        """The profile of everything added so far."""
        if self._readable and self.source.bytes and not self._rows and not self.damage:
            self.damage.note("empty", "no rows")
        classes: Counter[SchemaClass] = Counter()
        for present, rows in self._patterns.items():
            classes[schema_class(present, self._nested)] += rows
        if len(classes) > 1:
            parts = ", ".join(f"{rows:,} rows {name}" for name, rows in classes.most_common())
            self.damage.note("schemas", f"mixed schemas: {parts}")
        columns = tuple(self._column(name, kinds) for name, kinds in self._types.items())
        for column in columns:
            if column.type.startswith("mixed"):
                self.damage.note(f"types {column.name}", f"column {column.name!r} has {column.type}")
        return DatasetProfile(
            format=self.source.format,
            compression=self.source.compression,
            bytes=self.source.bytes,
            rows=self._rows if self._readable else None,
            columns=columns,
            schema=classes.most_common(1)[0][0] if classes else SchemaClass.UNKNOWN,
            samples=tuple(self._samples),
            problems=self.damage.lines(),
            traits=tuple(traits_of({column.name: column.type for column in columns}, self._nested, self._thinks)),
            splits=self._splits(),
            files=self._names.found(self.source.path, self._together.is_whole),
        )

    def _splits(self) -> dict[str, int]:
        """How many rows each split has, as far as they were read."""
        ends, before, rows = self._ends, 0, {}
        for name, files in self._together.parts.items():
            last = max((ends.get(self.source.path / file, before) for file in files), default=before)
            rows[name], before = last - before, last
        return rows

    def _column(self, name: str, kinds: set[str]) -> Column:
        present = sum(rows for pattern, rows in self._patterns.items() if name in pattern)
        return Column(name, _joined(kinds), max(0, self._rows - present))


def _missing_patterns(table: pa.Table) -> list[tuple[frozenset[str], int]]:
    """Which columns are null together, and in how many rows."""
    import pyarrow.compute as pc

    nullable = [name for name in table.column_names if table[name].null_count][:62]
    if not nullable:
        return [(frozenset(), table.num_rows)]
    code = 0
    for bit, name in enumerate(nullable):
        code = pc.add(pc.multiply(pc.is_null(table[name]).cast("int64"), 1 << bit), code)
    return [
        (frozenset(name for bit, name in enumerate(nullable) if entry["values"] >> bit & 1), entry["counts"])
        for entry in pc.value_counts(code).to_pylist()
    ]


def _arrow_type(kind: pa.DataType) -> str:
    from pyarrow import types

    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return f"list<{_arrow_type(kind.value_type)}>"
    names = {
        "object": types.is_struct(kind) or types.is_map(kind),
        "integer": types.is_integer(kind),
        "number": types.is_floating(kind) or types.is_decimal(kind),
        "boolean": types.is_boolean(kind),
        "null": types.is_null(kind),
        "binary": types.is_binary(kind) or types.is_large_binary(kind),
    }
    return next((name for name, holds in names.items() if holds), "string")


def _arrow_fields(kind: pa.DataType) -> list[str]:
    from pyarrow import types

    if types.is_list(kind) or types.is_large_list(kind):
        return _arrow_fields(kind.value_type)
    return [kind.field(index).name for index in range(kind.num_fields)] if types.is_struct(kind) else []


def _python_type(value: Any) -> str:
    if isinstance(value, list):
        return f"list<{_joined({_python_type(item) for item in value})}>"
    names = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object"}
    return names.get(type(value), "null")


def _python_fields(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for item in value[:16] for name in _python_fields(item)}
    return set(value) if isinstance(value, dict) else set()


def _joined(kinds: set[str]) -> str:
    """One name for the types seen in a column: nulls and empty lists fit anything, integers fit numbers."""
    real = kinds - {"null"}
    if any(kind.startswith("list<") and kind != "list<null>" for kind in real):
        real = real - {"list<null>"}
    for number, integer in (("number", "integer"), ("list<number>", "list<integer>")):
        if number in real:
            real = real - {integer}
    return "null" if not real else next(iter(real)) if len(real) == 1 else f"mixed: {', '.join(sorted(real))}"


def _shortened(value: Any, secrets: Secrets) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = secrets.masked(text[: SAMPLE_LENGTH * 10])
    return text if len(text) <= SAMPLE_LENGTH else text[: SAMPLE_LENGTH - 1] + "…"
