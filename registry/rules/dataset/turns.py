"""Who speaks in a conversation, in which order, and which tools are called: what rules about turns see.

Speakers are numbers, since conversations are long and rules compare neighbours. Refuses nothing: a speaker that nobody
knows is OTHER.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from .messages import REASONING_FIELDS, SAID_FIELDS, said_in, speaker_and_said
from .roles import CALLERS, SPEAKERS, Role

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Rows = npt.NDArray[np.int64]

OTHER, SYSTEM, USER, ASSISTANT, TOOL = range(5)
_BY_NAME = {
    **{name: ASSISTANT if role is Role.ANSWER else USER for name, role in SPEAKERS.items()},
    **dict.fromkeys(("system", "developer"), SYSTEM),
    **dict.fromkeys(("tool", "function", "observation", "tool_response", "ipython", "environment"), TOOL),
}


class Call(NamedTuple):
    """A call of a tool: the row (index within the batch), the field, the tool's name, its arguments as written."""

    row: int
    field: str
    name: str
    arguments: Any


@dataclass(frozen=True)
class Turns:
    """The turns of one field of messages, end to end: of each, the row that it is in and who speaks.

    `unanswered` are rows in which an assistant only reasons.
    """

    field: str
    rows: Rows
    speakers: npt.NDArray[np.int8]
    calls: tuple[Call, ...] = ()
    unanswered: tuple[int, ...] = ()

    def part(self, row: int, first: int, last: int) -> Turns:
        """The turns from `first` to before `last`, of which `row` is the first row."""
        rows = range(row, int(self.rows[last - 1]) + 1)
        calls = tuple(call._replace(row=call.row - row) for call in self.calls if call.row in rows)
        unanswered = tuple(one - row for one in self.unanswered if one in rows)
        return Turns(self.field, self.rows[first:last] - row, self.speakers[first:last], calls, unanswered)


def speaker_code(name: Any) -> int:
    """Who a speaker of this name is."""
    return _BY_NAME.get(name.lower(), OTHER) if isinstance(name, str) else OTHER


def turns_of(messages: Iterable[tuple[int, Any]], field: str) -> Turns:
    """The turns of messages, each with the row that it is in. What is no message is a turn of OTHER."""
    import numpy as np

    rows: list[int] = []
    speakers: list[int] = []
    calls: list[Call] = []
    unanswered: list[int] = []
    for row, message in messages:
        turn = speaker_and_said(message) if isinstance(message, Mapping) else None
        rows.append(row)
        speakers.append(speaker_code(turn[0]) if turn else OTHER)
        if turn:
            called = [Call(row, field, *one) for one in _calls_in(message, *turn)]
            calls += called
            if speakers[-1] == ASSISTANT and not called and _only_reasons(message, turn[1]):
                unanswered.append(row)
    return Turns(field, np.array(rows, np.int64), np.array(speakers, np.int8), tuple(calls), tuple(unanswered))


def turns_of_table(children: Mapping[str, pa.Array], field: str, rows: Rows, speakers: npt.NDArray[np.int8]) -> Turns:
    """The same from the fields of a table of messages, of which no turn is a call by its speaker."""
    import numpy as np

    calls: list[Call] = []
    if "tool_calls" in children and _is_list_of_objects(children["tool_calls"].type):
        listed = children["tool_calls"]
        within = rows[listed.value_parent_indices().to_numpy()].tolist()
        calls += _calls_of(listed.flatten(), field, within)
    for name in ("function_call", "tool_call"):
        if name in children and _is_object(children[name].type):
            calls += _calls_of(children[name], field, rows.tolist())
    unanswered: list[int] = []
    reasons = [children[name] for name in REASONING_FIELDS if name in children]
    if reasons and (said := next((children[name] for name in SAID_FIELDS if name in children), None)) is not None:
        thought = np.logical_or.reduce([one.is_valid().to_numpy(zero_copy_only=False) for one in reasons])
        calling = {call.row for call in calls}
        for turn in np.flatnonzero(thought & (speakers == ASSISTANT)).tolist():
            text = said[turn].as_py()
            if not (text.strip() if isinstance(text, str) else text) and int(rows[turn]) not in calling:
                unanswered.append(int(rows[turn]))
    return Turns(field, rows, speakers, tuple(calls), tuple(unanswered))


def offered_by_row(column: pa.Array) -> list[frozenset[str]]:
    """The names of the tools that each row of a column of tools offers."""
    if not _is_list_of_objects(column.type):
        return [offered_in(value) for value in column.to_pylist()]
    offered: list[set[str]] = [set() for _ in range(len(column))]
    names = _inner(column.flatten(), "name")
    for row, name in zip(column.value_parent_indices().to_pylist(), names, strict=True):
        if isinstance(name, str):
            offered[row].add(name)
    return [frozenset(names) for names in offered]


def _calls_of(found: pa.Array, field: str, rows: Sequence[int]) -> Iterator[Call]:
    named = zip(rows, _inner(found, "name"), _inner(found, "arguments"), strict=True)
    return (Call(row, field, name, arguments) for row, name, arguments in named if isinstance(name, str))


def _inner(objects: pa.Array, name: str) -> list[Any]:
    """A field of each of these objects, or of the `function` in it."""
    names = [objects.type.field(index).name for index in range(objects.type.num_fields)]
    if "function" in names and _is_object(objects.type.field("function").type):
        return _inner(objects.flatten()[names.index("function")], name)
    return objects.flatten()[names.index(name)].to_pylist() if name in names else [None] * len(objects)


def _is_object(kind: pa.DataType) -> bool:
    from pyarrow import types

    return bool(types.is_struct(kind))


def _is_list_of_objects(kind: pa.DataType) -> bool:
    from pyarrow import types

    return bool(types.is_list(kind) or types.is_large_list(kind)) and _is_object(kind.value_type)


def offered_in(value: Any) -> frozenset[str]:
    """The names of the tools that a field of tools offers: a list of them, or JSON of one; none where it says none."""
    if isinstance(value, str):
        return _offered_in_text(value)
    tools = value if isinstance(value, list) else [value]
    inner = (_function(json_or_self(tool)) for tool in tools)
    return frozenset(name for tool in inner if isinstance(name := tool.get("name"), str))


@lru_cache(1024)
def _offered_in_text(text: str) -> frozenset[str]:
    held = json_or_self(text)
    return frozenset() if isinstance(held, str) else offered_in(held)


def json_or_self(value: Any) -> Any:
    """What a text of JSON holds, and anything else as it is."""
    import orjson

    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except ValueError:
        return value


def _function(tool: Any) -> Mapping[str, Any]:
    inner = tool.get("function") if isinstance(tool, Mapping) else None
    return inner if isinstance(inner, Mapping) else tool if isinstance(tool, Mapping) else {}


def _calls_in(message: Mapping[str, Any], speaker: str, said: str) -> Iterator[tuple[str, Any]]:
    """Name and arguments of each call: of `tool_calls`, of `function_call`, or of a turn that is one."""
    if speaker.lower() in CALLERS:
        held = json_or_self(message.get(said))
        listed = held if isinstance(held, list) else [held]
        yield from ((str(one.get("name")), one.get("arguments")) for one in map(_function, listed) if one.get("name"))
        if isinstance(held, str) and held.strip():
            yield "", held
    found = message.get("tool_calls") or [message.get("function_call") or message.get("tool_call")]
    for call in map(_function, found if isinstance(found, list) else [found]):
        if isinstance(name := call.get("name"), str):
            yield name, call.get("arguments")


def _only_reasons(message: Mapping[str, Any], said: str) -> bool:
    reasons = any(isinstance(text := message.get(name), str) and text.strip() for name in REASONING_FIELDS)
    return reasons and not any(one.text.strip() for one in said_in(message, said) if not one.is_carried)
