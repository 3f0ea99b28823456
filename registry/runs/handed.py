"""What a program is handed where no file is opened: in the words and the variables that it was started with.

Words and variables are settings as a rule: a configuration in JSON, a prompt, a search path, what a CI says of the
event that it runs for. Rows in them are data, whatever they stand in, and so is more text than anybody gives for a
setting.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .contents import FIELDS, MANY, MANY_SENTENCES, are_lines_of_json, is_sentence, is_table, reads_as_rows

LONGEST = 32 << 10  # characters of a text whose shape says nothing
PROSE = 8 << 10  # characters of prose in all: instructions, a message of a commit
BETWEEN = " \t\r\n,;|\x1e\x00"
FUNCTION = "() {"  # how a shell hands its functions on


def handed_in(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[str]:
    """What to say of data in a program's words and variables."""
    prose = 0
    for text, where in _texts(command, environment):
        if is_data(text):
            yield f"it was given {len(text):,} characters of data {where}"
        elif _is_prose(text):
            prose += len(text)
    if prose > PROSE:
        yield f"it was given {prose:,} characters of prose on its command line and in the environment"


def _texts(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield from ((word, "on its command line") for word in command[1:])
    for name, value in environment.items():
        if not (name.startswith("BASH_FUNC_") and value.startswith(FUNCTION)):
            yield value, f"in the environment, as {name}"


def is_data(text: str) -> bool:
    """Whether a word or variable holds rows, or is longer than settings are."""
    start = text.lstrip()[:1]
    if start and start in "[{":
        try:
            return _holds_rows(json.loads(text))
        except json.JSONDecodeError as error:
            if error.msg == "Extra data" and text[error.pos :].lstrip(BETWEEN)[:1] == start == "{":
                return True  # one row after another, whatever stands between them
        except (ValueError, RecursionError):
            pass
    if len(text) > LONGEST:
        return not _is_search_path(text)
    return "\n" in text and _are_rows(text.encode("utf-8", "surrogateescape"))


def _are_rows(text: bytes) -> bool:
    lines = [line.strip() for line in text.split(b"\n") if line.strip()]
    return are_lines_of_json(lines) or (len(lines) >= MANY and is_table(lines))


def _is_prose(text: str) -> bool:
    return "\n" in text and reads_as_rows(text.encode("utf-8", "surrogateescape"))


def _is_search_path(text: str) -> bool:
    """Whether a text is folders and files, one after another, as PATH and what modules keep are."""
    return all(
        part.startswith(("/", "~/", "./")) and not any(map(str.isspace, part)) for part in text.split(":") if part
    )


def _holds_rows(value: Any, depth: int = 0) -> bool:
    """Whether a value of JSON is, or has in it, a list of rows or of sentences, or a text that is data by itself."""
    if isinstance(value, str):
        return is_data(value)
    if isinstance(value, dict):
        return any(_holds_rows(one, depth + 1) for one in value.values())
    if not isinstance(value, list):
        return False
    if sum(isinstance(one, str) and is_sentence(one) for one in value) >= (MANY_SENTENCES if depth else MANY):
        return True
    rows = [one for one in value if isinstance(one, dict) and _is_row(one)]
    return len(rows) >= MANY or any(_holds_rows(one, depth + 1) for one in value)


def _is_row(keyed: Mapping[str, Any]) -> bool:
    """Whether something has a field of training data, with more than a word in it."""
    texts = (value for name, value in keyed.items() if name.lower() in FIELDS)
    return any(" " in text.strip() if isinstance(text, str) else isinstance(text, list) and text for text in texts)
