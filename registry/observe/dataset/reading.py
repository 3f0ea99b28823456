"""Streaming readers: a dataset file as batches of rows, in memory that does not grow with the file.

Readers never raise on bad content; what is wrong is noted once per kind in a `Damage`, with the first place and a
count, and the rest is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .batch import Batch, Job
from .formats import TEXT, UNKNOWN, Source, head_of, locate
from .header import delimiter_of, starts_with_header
from .json_rows import document, each_line, jsonl
from .readable import readable
from .stream import BLOCK, Damage, TextStream, first_line, for_arrow

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BATCH_ROWS", "Batch", "Job", "read_batches"]

BATCH_ROWS = 4096


def read_batches(
    source: Source, damage: Damage, exact: bool = False, ends: dict[Path, int] | None = None
) -> Iterator[Job]:
    """Jobs, in file order, that each parse one batch: cheap to hand to threads. Damage seen in between is noted.

    With `exact`, JSON rows come as the records that were written; a table fills in nulls, reads dates and rounds. Rows
    of several files are numbered on; `ends` takes how many there are up to the end of each.
    """
    import pyarrow as pa

    readers: dict[str, Callable[[Source, Damage, int], Generator[Job, None, int]]] = {
        "jsonl": partial(jsonl, exact=exact),
        "json": partial(document, exact=exact),
        "csv": _csv,
        "tsv": _csv,
        "parquet": _parquet,
        "arrow": _arrow,
        TEXT: partial(each_line, parse=_text),
        UNKNOWN: _nothing,
    }
    number = 1
    for file in source.files:
        one = source if file == source.path else replace(locate(file), files=(file,))
        try:
            number = yield from readers[one.format](one, damage, number)
        except (OSError, ValueError, pa.ArrowException) as error:  # what the libraries raise for a broken file
            what = "" if one is source else f"{file.name}: "
            damage.note("unreadable", f"{what}not readable as {one.format}: {first_line(error)}")
        if ends is not None:
            ends[file] = number - 1


def _text(block: bytes, first: int) -> Batch:
    """A row for each line that is not blank."""
    lines = [(number, line.strip()) for number, line in enumerate(block.decode().split("\n"), first)]
    rows = [(number, {"text": line}) for number, line in lines if line]
    return Batch([number for number, _ in rows], records=[row for _, row in rows])


def _nothing(source: Source, damage: Damage, number: int) -> Generator[Job, None, int]:
    """No row: nobody knows what is in such a file."""
    yield from ()
    return number


def _csv(source: Source, damage: Damage, number: int) -> Generator[Job, None, int]:
    import pyarrow as pa
    from pyarrow import csv

    def ragged(row: csv.InvalidRow) -> str:
        where = f"row {row.number - 1:,}" if row.number else "a row"
        damage.note("ragged", f"{where} has {row.actual_columns} fields where {row.expected_columns} were expected")
        return "skip"

    start = head_of(source.path)
    delimiter = "\t" if source.format == "tsv" else delimiter_of(start)
    stream = _File(TextStream(source.path, source.compression, damage))
    head = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=ragged)
    types = csv.ConvertOptions(default_column_type=pa.string(), strings_can_be_null=True, null_values=[""])
    has_header = starts_with_header(start, delimiter)
    if not has_header:
        damage.note("header", "no header: the first line is a row, and columns are called by their place", count=0)
    options = csv.ReadOptions(use_threads=False, block_size=BLOCK, autogenerate_column_names=not has_header)
    for batch in csv.open_csv(pa.PythonFile(stream, mode="r"), options, head, types):
        table = _table(batch)
        if not has_header:
            table = table.rename_columns([f"column {place}" for place in range(1, table.num_columns + 1)])
        yield partial(Batch, range(number, number + batch.num_rows), table=table)
        number += batch.num_rows
    return number


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


def _parquet(source: Source, damage: Damage, number: int) -> Generator[Job, None, int]:
    from pyarrow import parquet

    with parquet.ParquetFile(for_arrow(source.path)) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            yield partial(_mended, batch, number)
            number += batch.num_rows
    return number


def _arrow(dataset: Source, damage: Damage, number: int) -> Generator[Job, None, int]:
    import pyarrow as pa

    source = for_arrow(dataset.path)
    with pa.memory_map(source) if isinstance(source, str) else pa.PythonFile(source) as mapped:
        is_file = mapped.read(6) == b"ARROW1"
        mapped.seek(0)
        reader = pa.ipc.open_file(mapped) if is_file else pa.ipc.open_stream(mapped)
        batches = (reader.get_batch(i) for i in range(reader.num_record_batches)) if is_file else reader
        for batch in batches:
            for start in range(0, batch.num_rows, BATCH_ROWS):
                part = batch.slice(start, BATCH_ROWS)
                yield partial(_mended, part, number)
                number += part.num_rows
    return number


def _mended(batch: pa.RecordBatch, first: int) -> Batch:
    """A batch of a binary file, whose reader trusts the file: a broken offset would be read as memory."""
    import pyarrow as pa

    damage = Damage()
    names = batch.schema.names
    try:
        columns = [readable(column, name, first, damage) for name, column in zip(names, batch.columns, strict=True)]
    except (pa.ArrowException, ValueError) as error:
        damage.note("unreadable", f"not readable from row {first:,}: {first_line(error)}", batch.num_rows)
        return Batch((), records=[], damage=damage)
    table = _table(pa.RecordBatch.from_arrays(columns, names=names))
    return Batch(range(first, first + batch.num_rows), table=table, damage=damage)


def _table(batch: pa.RecordBatch) -> pa.Table:
    """A batch as a table in which a column name that appears again is numbered."""
    import pyarrow as pa

    seen: Counter[str] = Counter()
    names = []
    for name in batch.schema.names:
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return pa.Table.from_batches([batch]).rename_columns(names)
