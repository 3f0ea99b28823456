"""Streaming readers: a dataset file as batches of rows, in memory that does not grow with the file.

Every format ends in the same `Batch`: an Arrow table where the bytes allow it, Python records where they do not (mixed
schemas, broken lines). Readers never raise on bad content; what is wrong is noted once per kind in a `Damage`, with the
first place and a count, and the rest is read. Refuses (and says "not checkable") a single row above `ROW_LIMIT` bytes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from .formats import HEAD, Source, head_of, rows_prefix
from .stream import BLOCK, Damage, TextStream, first_line

if TYPE_CHECKING:
    import pyarrow as pa

ROW_LIMIT = 64 << 20
BATCH_ROWS = 4096


@dataclass(frozen=True)
class Batch:
    """Consecutive rows, as a table or as records. `numbers` are 1-based row numbers (line numbers in JSONL)."""

    numbers: Sequence[int]
    table: pa.Table | None = None
    records: list[Any] | None = None
    damage: Damage = field(default_factory=Damage)


Job = Callable[[], Batch]


def read_batches(source: Source, damage: Damage, exact: bool = False) -> Iterator[Job]:
    """Jobs, in file order, that each parse one batch: cheap to hand to threads. Damage seen in between is noted.

    With `exact`, JSON rows come as the records that were written; a table fills in nulls, reads dates and rounds.
    """
    import pyarrow as pa

    readers: dict[str, Callable[[Source, Damage], Iterator[Job]]] = {
        "jsonl": partial(_jsonl, parse=partial(parse_each_line, parse=json.loads) if exact else parse_lines),
        "json": partial(_json, batch=_exact_rows if exact else _rows),
        "csv": _csv,
        "tsv": _csv,
        "parquet": _parquet,
        "arrow": _arrow,
    }
    try:
        yield from readers[source.format](source, damage)
    except (OSError, ValueError, pa.ArrowException) as error:  # what the libraries raise for a broken file
        damage.note("unreadable", f"not readable as {source.format}: {first_line(error)}")


def _jsonl(source: Source, damage: Damage, parse: Callable[[bytes, int], Batch]) -> Iterator[Job]:
    stream = TextStream(source.path, source.compression, damage)
    number, rest, skipping = 1, b"", False
    while block := stream.read(BLOCK):
        cut = block.rfind(b"\n") + 1
        if skipping and cut:
            lines, skipping, number = block[block.index(b"\n") + 1 : cut], False, number + 1
        else:
            lines = b"".join((rest, memoryview(block)[:cut])) if cut else b""
        rest = block[cut:] if cut else rest + block
        if lines:
            yield partial(parse, lines, number)
            number += line_count(lines)
        if skipping or len(rest) > ROW_LIMIT:
            if not skipping:
                damage.note("long", f"line {number:,} is longer than {ROW_LIMIT >> 20} MiB: not checkable, skipped")
            rest, skipping = b"", True
    if rest.strip():
        yield partial(parse, rest, number)


def parse_lines(block: bytes, first: int) -> Batch:
    """One batch from whole lines of JSONL; `first` is the line number of the first."""
    import pyarrow as pa
    from pyarrow import json as arrow_json

    lines = line_count(block) + (not block.endswith(b"\n"))
    if block.lstrip()[:1] == b"{":
        options = arrow_json.ReadOptions(use_threads=False, block_size=len(block) + 1)
        try:
            table = arrow_json.read_json(pa.BufferReader(block), read_options=options)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            pass  # mixed schemas or broken lines: read them one by one
        else:
            if table.num_rows == lines:
                return Batch(range(first, first + lines), table=table)
    return parse_each_line(block, first, parse_json)


def line_count(block: bytes) -> int:
    """The number of line ends: as `count` has it, and other threads may run meanwhile."""
    import numpy as np

    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == ord("\n")))


def parse_each_line(block: bytes, first: int, parse: Callable[[bytes], Any]) -> Batch:
    """One batch of records from lines of JSONL, each parsed on its own; broken ones are noted and left out."""
    damage = Damage()
    numbers: list[int] = []
    records: list[Any] = []
    complete = block.endswith(b"\n")
    lines = block.split(b"\n")
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        try:
            records.append(parse(line))
            numbers.append(number)
        except ValueError as error:
            if number == first + len(lines) - 1 and not complete:
                damage.note("cut", f"the last line ({number:,}) is cut off")
            else:
                damage.note("broken", f"broken JSON on line {number:,}: {_json_fault(error)}")
    return Batch(numbers, records=records, damage=damage)


def parse_json(text: bytes) -> Any:
    """One JSON value; also accepts what Python itself writes (NaN, Infinity, lone surrogates). Raises ValueError."""
    import orjson

    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


class _RowTooLarge(Exception):
    pass


class _Limited:
    """A stream that raises when one row takes more than ROW_LIMIT bytes, since a parser would have to hold it whole."""

    def __init__(self, stream: TextStream) -> None:
        self._stream, self._since, self.batch = stream, 0, 0

    def read(self, size: int = BLOCK) -> bytes:
        self._since += size
        self.batch += size
        if self._since > ROW_LIMIT:
            raise _RowTooLarge
        return self._stream.read(size) if size else b""

    def row_done(self) -> None:
        self._since = 0


def _json(source: Source, damage: Damage, batch: Callable[[list[Any], int], Batch]) -> Iterator[Job]:
    import ijson

    prefix = rows_prefix(head_of(source.path))
    stream = _Limited(TextStream(source.path, source.compression, damage))
    number, records = 0, []
    rows = _columns(stream, damage) if prefix is None else ijson.items(stream, prefix, use_float=True, buf_size=HEAD)
    try:
        for number, record in enumerate(rows, 1):
            stream.row_done()
            records.append(record)
            if stream.batch >= BLOCK:
                yield partial(batch, records, number - len(records) + 1)
                stream.batch, records = 0, []
    except ijson.IncompleteJSONError as error:
        rest = _python_json(source, prefix)[number:]
        records += rest
        if not rest:
            cut = "premature EOF" in str(error)
            what = "the JSON document is cut off" if cut else f"broken JSON ({first_line(error)})"
            damage.note("broken", f"{what} after row {number:,}")
        number += len(rest)
    except _RowTooLarge:
        damage.note("long", f"row {number + 1:,} is larger than {ROW_LIMIT >> 20} MiB: not checkable, reading stopped")
    if records:
        yield partial(batch, records, number - len(records) + 1)


def _exact_rows(records: list[Any], first: int) -> Batch:
    return Batch(range(first, first + len(records)), records=records)


def _rows(records: list[Any], first: int) -> Batch:
    """Rows of a document as the batch that the same rows would make as lines, which is faster for rules to read."""
    import orjson

    try:
        return parse_lines(b"\n".join(map(orjson.dumps, records)) + b"\n", first)
    except TypeError:  # what only Python's own JSON can write
        return _exact_rows(records, first)


def _python_json(source: Source, prefix: str | None) -> list[Any]:
    """Rows of a small document that only Python's own parser takes (NaN, huge integers); empty when it does not."""
    stream = TextStream(source.path, source.compression, Damage())
    if source.bytes > ROW_LIMIT or prefix is None:
        return []
    try:
        document = json.loads(b"".join(iter(stream.read, b"")))
    except ValueError:
        return []
    rows = document if prefix == "item" else document[prefix.removesuffix(".item")]
    return list(rows)


def _columns(stream: _Limited, damage: Damage) -> Iterator[dict[str, Any]]:
    """Rows of a {"column": [values…]} document, which has to be held whole (up to ROW_LIMIT)."""
    import ijson

    columns = dict(ijson.kvitems(stream, "", use_float=True, buf_size=HEAD))
    if not columns or not all(isinstance(values, list) for values in columns.values()):
        damage.note("shape", "a JSON object that is neither a list of rows nor columns of equal length")
        return
    if len({len(values) for values in columns.values()}) > 1:
        damage.note("shape", "columns of different length: rows end at the shortest")
    for values in zip(*columns.values(), strict=False):
        yield dict(zip(columns, values, strict=True))


def _csv(source: Source, damage: Damage) -> Iterator[Job]:
    import pyarrow as pa
    from pyarrow import csv

    def ragged(row: csv.InvalidRow) -> str:
        where = f"row {row.number - 1:,}" if row.number else "a row"
        damage.note("ragged", f"{where} has {row.actual_columns} fields where {row.expected_columns} were expected")
        return "skip"

    delimiter = "\t" if source.format == "tsv" else ","
    stream = _File(TextStream(source.path, source.compression, damage))
    head = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=ragged)
    types = csv.ConvertOptions(default_column_type=pa.string(), strings_can_be_null=True, null_values=[""])
    options = csv.ReadOptions(use_threads=False, block_size=BLOCK)
    number = 1
    for batch in csv.open_csv(pa.PythonFile(stream, mode="r"), options, head, types):
        yield partial(Batch, range(number, number + batch.num_rows), table=_table(batch))
        number += batch.num_rows


class _File:
    """A TextStream as the file object that Arrow's CSV reader wants: exact sizes, `closed`."""

    closed = False

    def __init__(self, stream: TextStream) -> None:
        self._stream, self._ahead = stream, b""

    def read(self, size: int = BLOCK) -> bytes:
        while len(self._ahead) < size and (more := self._stream.read(BLOCK)):
            self._ahead += more
        part, self._ahead = self._ahead[:size], self._ahead[size:]
        return part

    def close(self) -> None:
        self.closed = True


def _parquet(source: Source, damage: Damage) -> Iterator[Job]:
    from pyarrow import parquet

    number = 1
    for path in source.files:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                yield partial(Batch, range(number, number + batch.num_rows), table=_table(batch))
                number += batch.num_rows


def _arrow(source: Source, damage: Damage) -> Iterator[Job]:
    import pyarrow as pa

    number = 1
    for path in source.files:
        with pa.memory_map(str(path)) as mapped:
            is_file = mapped.read(6) == b"ARROW1"
            mapped.seek(0)
            reader = pa.ipc.open_file(mapped) if is_file else pa.ipc.open_stream(mapped)
            batches = (reader.get_batch(i) for i in range(reader.num_record_batches)) if is_file else reader
            for batch in batches:
                batch.validate(full=True)  # Arrow trusts its files: a broken offset would be read as memory
                for start in range(0, batch.num_rows, BATCH_ROWS):
                    part = _table(batch.slice(start, BATCH_ROWS))
                    yield partial(Batch, range(number, number + part.num_rows), table=part)
                    number += part.num_rows


def _table(batch: pa.RecordBatch) -> pa.Table:
    """A batch as a table in which a column name that appears again is numbered."""
    import pyarrow as pa

    seen: Counter[str] = Counter()
    names = []
    for name in batch.schema.names:
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return pa.Table.from_batches([batch]).rename_columns(names)


def _json_fault(error: ValueError) -> str:
    return f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else first_line(error)
