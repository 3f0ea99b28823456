"""How coding agents speak with a hook program: one table, and one value for what they are about to do.

An event that no row knows is nobody's, and nothing is said to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..observe.script.notebook import with_cell


class Act(StrEnum):
    """What an agent does."""

    WRITE = "write"
    EDIT = "edit"
    RUN = "run"


class Decision(StrEnum):
    """What becomes of it: nothing is said about permission, a person is asked, or it is refused."""

    NOTE = "note"
    ASK = "ask"
    DENY = "deny"


@dataclass(frozen=True)
class Dialect:
    """One agent: its events before and after, its tools, and the way it wants to be answered."""

    before: frozenset[str]
    after: frozenset[str]
    tools: Mapping[str, Act]
    answer: str


@dataclass(frozen=True)
class Event:
    """What is about to be done (or was, where not `before`), in which folder, with the tool's own arguments."""

    dialect: Dialect
    name: str
    before: bool
    act: Act
    cwd: Path
    session: str
    given: Mapping[str, Any]

    @property
    def path(self) -> Path | None:
        """The file that is written or edited, absolute."""
        text = self._text("file_path", "path", "notebook_path")
        return (self.cwd / text).absolute() if text else None

    @property
    def command(self) -> str:
        """The command line that is run."""
        return self._text("command")

    def content(self, now: str) -> str:
        """The text of the file afterwards, where it is `now` this."""
        if self.act is Act.WRITE:
            return self._text("content", "contents", "file_text")
        if isinstance(cell := self.given.get("new_source"), str):
            return with_cell(now, cell) if self.given.get("cell_type") != "markdown" else now
        edits = self.given.get("edits")
        for edit in edits if isinstance(edits, list) else [self.given]:
            old, new = (
                (edit.get(key) for key in ("old_string", "new_string")) if isinstance(edit, Mapping) else ("", "")
            )
            if isinstance(old, str) and isinstance(new, str) and old:
                now = now.replace(old, new) if edit.get("replace_all") else now.replace(old, new, 1)
        return now

    def _text(self, *keys: str) -> str:
        return next((self.given[key] for key in keys if isinstance(self.given.get(key), str)), "")


CLAUDE_TOOLS = {
    **dict.fromkeys(("Edit", "MultiEdit", "NotebookEdit"), Act.EDIT),
    "Write": Act.WRITE,
    "Bash": Act.RUN,
}
DIALECTS = {
    "claude": Dialect(frozenset({"PreToolUse"}), frozenset({"PostToolUse"}), CLAUDE_TOOLS, "hookSpecificOutput"),
    "gemini": Dialect(
        frozenset({"BeforeTool"}),
        frozenset({"AfterTool"}),
        {"write_file": Act.WRITE, "replace": Act.EDIT, "run_shell_command": Act.RUN},
        "decision",  # it has no `ask`: what would be asked is said to the person, and not blocked
    ),
    "cursor": Dialect(
        frozenset({"preToolUse", "beforeShellExecution"}),
        frozenset({"postToolUse", "afterShellExecution", "afterFileEdit"}),
        {**CLAUDE_TOOLS, "Shell": Act.RUN},
        "permission",
    ),
}
WITHOUT_A_TOOL = {"beforeShellExecution": Act.RUN, "afterShellExecution": Act.RUN, "afterFileEdit": Act.EDIT}


def event_of(said: object) -> Event | None:
    """What an agent says that it does; None for what is none of ours."""
    if not isinstance(said, Mapping):
        return None
    name, tool = said.get("hook_event_name"), said.get("tool_name")
    for dialect in DIALECTS.values():
        if not isinstance(name, str) or name not in dialect.before | dialect.after:
            continue
        act = WITHOUT_A_TOOL.get(name) or (dialect.tools.get(tool) if isinstance(tool, str) else None)
        given = said if name in WITHOUT_A_TOOL else said.get("tool_input")
        cwd, session = said.get("cwd"), said.get("session_id") or said.get("conversation_id")
        if act is None or not isinstance(given, Mapping):
            return None
        folder = Path(cwd) if isinstance(cwd, str) and cwd else Path.cwd()
        return Event(dialect, name, name in dialect.before, act, folder, str(session or ""), given)
    return None


def answer(event: Event, decision: Decision, text: str) -> dict[str, Any]:
    """What is said, as the agent wants to hear it.

    A note decides nothing, and who permits what stays as it was; Cursor alone must be told a permission: `allow`.
    """
    if event.dialect.answer == "permission":
        if not event.before:
            return {"additional_context": text}
        permission = "allow" if decision is Decision.NOTE else decision.value
        return {"permission": permission, "agent_message": text, "user_message": text}
    if event.dialect.answer == "decision":
        if event.before and decision is Decision.DENY:
            return {"decision": "deny", "reason": text}
        told = {"hookSpecificOutput": {"hookEventName": event.name, "additionalContext": text}}
        return told | ({"systemMessage": text} if decision is not Decision.NOTE else {})
    if event.before and decision is not Decision.NOTE:
        said = {"permissionDecision": decision.value, "permissionDecisionReason": text}
    else:
        said = {"additionalContext": text}
    return {"hookSpecificOutput": {"hookEventName": event.name, **said}}
