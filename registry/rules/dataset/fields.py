"""The texts of a batch of rows, whatever its format and schema, in columns that vectorised kernels can read.

Every string anywhere in the rows is one entry of a `TextColumn`: which field it came from, which role it plays in
training (prompt, answer, chosen, …) and which row it belongs to. Rules see only this, never the file. Numbers, labels
and token ids come along where a rule needs them; everything else is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...observe.dataset.batch import Batch
from ...observe.dataset.schema import FIELDS
from .messages import CARRIED_FIELDS, SAID_FIELDS, SPEAKER_FIELDS, speaker_and_said
from .origin import origins_in_records, origins_in_table
from .records import as_row, leaves_of, texts_of
from .roles import ANSWERS, CALLERS, TRAINED, Role, is_token_ids, role_of, spoken_role
from .sketches import band_keys, sketches_of
from .texts import IdColumn, TextColumn
from .turns import Turns, offered_by_row, offered_in, speaker_code, turns_of, turns_of_table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from .sketches import Bands, Sketches
    from .texts import Hashes, Rows

__all__ = ["ANSWERS", "TRAINED", "Fields", "IdColumn", "Role", "TextColumn", "fields_of", "role_of"]

TOOL_FIELDS = ("tools", "functions")


@dataclass(frozen=True)
class Fields:
    """One batch as rules see it. `numbers[i]` is the 1-based row number of batch row i; `offered` are the
    tools of each row where any turn calls one, else nothing.

    `within` are the fields of which these are a part, and the row there at which they begin. Of those that are taken
    message by message, in the order in which messages come, there are no parts.
    """

    numbers: Sequence[int]
    columns: tuple[TextColumn, ...] = ()
    ids: tuple[IdColumn, ...] = ()
    labels: tuple[str | None, ...] = ()
    names: frozenset[str] = field(default=frozenset())
    named_origin: Sequence[bool] | npt.NDArray[np.bool_] = ()
    turns: tuple[Turns, ...] = ()
    offered: Sequence[frozenset[str]] = ()
    by_message: bool = False
    within: tuple[Fields, int] | None = None
    _kept: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def row_numbers(self) -> Rows:
        """`numbers` as an array; from a range at once, where NumPy by itself would go through it one by one."""
        import numpy as np

        if isinstance(self.numbers, range):
            return np.arange(self.numbers.start, self.numbers.stop)
        return np.array(self.numbers, np.int64)

    def of(self, roles: Iterable[Role]) -> Iterator[TextColumn]:
        """The text columns in any of these roles."""
        return (column for column in self.columns if column.role in roles)

    def having(self, roles: Iterable[Role]) -> npt.NDArray[np.bool_]:
        """For each row, whether it has any text (even an empty one) in these roles."""
        import numpy as np

        found = np.zeros(len(self.numbers), bool)
        for column in self.of(roles):
            there = column.series.is_not_null().to_numpy() if column.texts.null_count else slice(None)
            found[column.rows[there]] = True
        return found

    def keys(self, role: Role) -> Hashes:
        """One 64-bit hash per row over its texts in this role; 0 for a row without any.

        The outermost name is left out for `chosen` and `rejected`, so that the two can be compared with each other.
        """
        return self._once(("keys", role), lambda fields: fields._keys(role))  # type: ignore[no-any-return]

    def _keys(self, role: Role) -> Hashes:
        import numpy as np

        keys = np.zeros(len(self.numbers), np.uint64)
        for column in self.of((role,)):
            path = column.field.partition(".")[2] if role in (Role.CHOSEN, Role.REJECTED) else column.field
            np.add.at(keys, column.rows, column.hashes * np.uint64(hash(path) & 0xFFFFFFFF | 1))
        return keys

    @property
    def row_keys(self) -> Hashes:
        """One 64-bit key per row over its trained texts, or over all texts when no field has a role; 0 without any."""
        import numpy as np

        roles = {column.role for column in self.columns} & TRAINED or {Role.OTHER}
        keys = [self.keys(role) * np.uint64(2 * place + 1) for place, role in enumerate(Role) if role in roles]
        return keys[0] if len(keys) == 1 else np.add.reduce(keys)

    def sketched(self, least: int) -> tuple[Sketches, Bands]:
        """A MinHash sketch of each row over the same texts, and its keys where `least` bins are filled."""
        roles = frozenset(Role) if TRAINED.isdisjoint(column.role for column in self.columns) else TRAINED
        sketches = self._once(("sketches", roles), lambda all: sketches_of(all.of(roles), len(all.numbers)))
        return sketches, self._once(("bands", roles, least), lambda all: band_keys(all._kept["sketches", roles], least))

    def _once(self, key: Any, work: Callable[[Fields], Any]) -> Any:
        """What is worked out row by row, kept for the next who asks; of a part it is worked out for the whole."""
        if self.within:
            whole, first = self.within
            return whole._once(key, work)[first : first + len(self.numbers)]
        if key not in self._kept:
            self._kept[key] = work(self)
        return self._kept[key]


def fields_of(batch: Batch) -> Fields:
    """The texts, token ids and labels of a batch, from its table or from its records."""
    if batch.table is not None:
        return _from_table(batch.table, batch.numbers)
    return _from_records(batch.records or [], batch.numbers)


def _from_table(table: pa.Table, numbers: Sequence[int]) -> Fields:
    import numpy as np

    found = _Found()
    rows = np.arange(len(numbers))
    for name in table.column_names:
        column = table[name].combine_chunks()
        found.walk(column, name, name, role_of(name, Role.OTHER), rows)
    labels: list[Any] = next((table[name].to_pylist() for name in table.column_names if name in FIELDS["label"]), [])
    return Fields(
        numbers,
        tuple(found.columns),
        tuple(found.ids),
        tuple(None if label is None else str(label) for label in labels),
        frozenset(table.column_names),
        origins_in_table(table),
        tuple(found.turns),
        _offered_in(table) if any(turns.calls for turns in found.turns) else (),
        found.by_message,
    )


def _offered_in(table: pa.Table) -> Sequence[frozenset[str]]:
    """The tools that each row offers, in the first field for them; nothing where there is none."""
    name = next((name for name in TOOL_FIELDS if name in table.column_names), None)
    return offered_by_row(table[name].combine_chunks()) if name else ()


class _Found:
    """Collects columns while walking down the nested types of a table."""

    def __init__(self) -> None:
        self.columns: list[TextColumn] = []
        self.ids: list[IdColumn] = []
        self.turns: list[Turns] = []
        self.by_message = False

    def walk(self, array: pa.Array, path: str, name: str, role: Role, rows: Rows) -> None:
        """Take every string (and every token id) below this array; `rows` says which row each element is in."""
        import pyarrow as pa
        from pyarrow import types

        kind = array.type
        if types.is_large_string(kind) or (types.is_dictionary(kind) and types.is_string(kind.value_type)):
            array, kind = array.cast(pa.string()), pa.string()
        if types.is_string(kind):
            self.columns.append(TextColumn(path, role, rows, array))
        elif types.is_struct(kind):
            self._walk_struct(array, path, role, rows)
        elif types.is_list(kind) or types.is_large_list(kind):
            parents = array.value_parent_indices().to_numpy()
            values = array.flatten()
            if types.is_integer(kind.value_type):
                if is_token_ids(name):
                    ids = values.fill_null(-1).to_numpy(zero_copy_only=False)
                    self.ids.append(IdColumn(path, rows[parents], ids))
            else:
                self.walk(values, f"{path}[]", name, role, rows[parents])

    def _walk_struct(self, array: pa.StructArray, path: str, role: Role, rows: Rows) -> None:
        import numpy as np

        names = [array.type.field(index).name for index in range(array.type.num_fields)]
        children = dict(zip(names, array.flatten(), strict=True))
        speaker = next((name for name in SPEAKER_FIELDS if name in children and _is_text(children[name])), None)
        said = next((name for name in SAID_FIELDS if name in children), None)
        if speaker is None:
            for name, child in children.items():
                self.walk(child, f"{path}.{name}", name, role_of(name, role), rows)
            return
        encoded = children[speaker].dictionary_encode()
        speakers = [*encoded.dictionary.to_pylist(), None]
        index = encoded.indices.fill_null(len(speakers) - 1).to_numpy(zero_copy_only=False)
        calls = bool(CALLERS & set(speakers))
        if calls or said is None or not _is_plain(children, said):
            messages = array.to_pylist()
            self._walk_messages(messages, path, role, rows)
        if calls:
            self.turns.append(turns_of(zip(rows.tolist(), messages, strict=True), path))
        else:
            codes = np.array([speaker_code(name) for name in speakers], np.int8)
            self.turns.append(turns_of_table(children, path, rows, codes[index]))
        if calls or said is None or not _is_plain(children, said):
            return
        roles = [spoken_role(name, role) for name in speakers]
        for spoken in sorted(set(roles)):
            where = np.flatnonzero(np.array([one is spoken for one in roles])[index])
            if len(where):
                self.walk(children[said].take(where), f"{path}.{said}", said, spoken, rows[where])

    def _walk_messages(self, messages: list[Any], path: str, role: Role, rows: Rows) -> None:
        """Messages that say more than one text each, one by one."""
        import numpy as np
        import pyarrow as pa

        self.by_message = True
        found: dict[tuple[str, Role, bool], list[tuple[int, str]]] = defaultdict(list)
        for row, message in zip(rows.tolist(), messages, strict=True):
            for name, spoken, text, is_carried in texts_of(message, path, role):
                found[name, spoken, is_carried].append((row, str(text)))
        for (name, spoken, is_carried), texts in found.items():
            at, said = np.array([row for row, _ in texts]), pa.array([text for _, text in texts], pa.string())
            self.columns.append(TextColumn(name, spoken, at, said, is_carried))


def _is_plain(children: dict[str, pa.Array], said: str | None) -> bool:
    """Whether messages with these fields say one text each and carry nothing else."""
    from pyarrow import types

    carriers = (children[name] for name in CARRIED_FIELDS if name in children)
    kind = children[said].type if said else None
    is_text = kind is None or types.is_string(kind) or types.is_large_string(kind)
    return is_text and not any(map(_has_content, carriers))


def _is_text(array: pa.Array) -> bool:
    from pyarrow import types

    kind = array.type.value_type if types.is_dictionary(array.type) else array.type
    return bool(types.is_string(kind) or types.is_large_string(kind))


def _has_content(array: pa.Array) -> bool:
    from pyarrow import types

    is_list = types.is_list(array.type) or types.is_large_list(array.type)
    return len(array.flatten()) > 0 if is_list else array.null_count < len(array)


def _from_records(records: list[Any], numbers: Sequence[int]) -> Fields:
    import numpy as np
    import pyarrow as pa

    texts: dict[tuple[str, Role, bool], list[tuple[int, str]]] = defaultdict(list)
    ids: dict[str, list[tuple[int, int]]] = defaultdict(list)
    labels: list[str | None] = []
    names: set[str] = set()
    turns: dict[str, list[tuple[int, Any]]] = defaultdict(list)
    for index, record in enumerate(records):
        row = as_row(record)
        names.update(row)
        for name, value in row.items():
            if isinstance(value, list) and value and isinstance(value[0], dict) and speaker_and_said(value[0]):
                turns[f"{name}[]"] += [(index, message) for message in value]
        labels.extend(None if row[name] is None else str(row[name]) for name in row if name in FIELDS["label"])
        for path, role, leaf, is_carried in leaves_of(record):
            if isinstance(leaf, str):
                texts[path, role, is_carried].append((index, leaf))
            else:
                ids[path].append((index, leaf))
    columns = tuple(
        TextColumn(
            *(path, role, np.array([row for row, _ in found])),
            *(pa.array([text for _, text in found], pa.string()), is_carried),
        )
        for (path, role, is_carried), found in texts.items()
    )
    token_ids = tuple(IdColumn(path, *np.array(found).T) for path, found in ids.items())
    spoken = tuple(turns_of(messages, path) for path, messages in turns.items())
    tools = (next((row[name] for name in TOOL_FIELDS if name in row), None) for row in map(as_row, records))
    offered = [offered_in(one) for one in tools] if any(one.calls for one in spoken) else ()
    origins = origins_in_records([as_row(record) for record in records])
    return Fields(numbers, columns, token_ids, tuple(labels), frozenset(names), origins, spoken, offered)
