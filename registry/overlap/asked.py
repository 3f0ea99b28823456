"""The text that a row really asks: all its prompt fields joined, whatever schema they come in.

Overlap is a matter of questions. Comparing one column misses most of it: the 252 user-oriented self-instruct tasks are
all in AlpacaEval, and their bare `instruction` finds 44 of them. Refuses to guess: a row of no known schema asks
nothing, and whoever compares it must say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

CONVERSATIONS = ("messages", "conversations", "conversation", "dialog", "dialogue", "turns", "chosen")
PROMPTS = ("instruction", "prompt", "question", "query", "problem", "task_description", "input", "inputs", "context")
RUNNING_TEXT = ("text", "chosen")
ASKING_ROLES = {"user", "human", "prompter", "instruction"}

# Where an answer starts in a text that holds question and answer: "Answer:", "### Response:", "\n\nAssistant:".
ANSWER = re.compile(r"^\W{0,4}(?:answer|response|output|assistant|completion|solution|a)\s*\W?\s*:", re.I | re.M)


def question(row: Mapping[str, Any]) -> str:
    """The prompt fields of one row joined by blank lines; "" when the schema is not known."""
    fields = {key.lower(): value for key, value in row.items()}
    for name in CONVERSATIONS:
        if turns := _asking_turns(fields.get(name)):
            return "\n\n".join(turns)
    parts = [fields.get(name) for name in PROMPTS]
    instances = fields.get("instances")
    if isinstance(instances, list) and instances and isinstance(instances[0], Mapping):
        parts.append(instances[0].get("input"))
    asked = [part for part in parts if isinstance(part, str) and part.strip()]
    if asked:
        return "\n\n".join(asked)
    texts = [value for name in RUNNING_TEXT if isinstance(value := fields.get(name), str)]
    return ANSWER.split(texts[0], maxsplit=1)[0].strip() if texts else ""


def remainder(row: Mapping[str, Any]) -> str:
    """Every other string of the row, where a question may also have been copied to."""
    return "\n".join(leaf for key, value in row.items() if key.lower() not in PROMPTS for leaf in _strings(value))


def _asking_turns(turns: Any) -> list[str]:
    """What the user says in a list of messages, or every entry of a plain list of questions."""
    if not isinstance(turns, list) or not turns:
        return []
    if all(isinstance(turn, str) for turn in turns):
        return turns
    found = []
    for turn in turns:
        role = turn.get("role") or turn.get("from") if isinstance(turn, Mapping) else None
        if isinstance(role, str) and role.lower() in ASKING_ROLES:
            content = turn.get("content") or turn.get("value")
            parts = content if isinstance(content, list) else [content]
            texts = (part.get("text") if isinstance(part, Mapping) else part for part in parts)
            found.append("\n".join(text for text in texts if isinstance(text, str)))
    return found


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _strings(inner)
