"""What an agent is told to do: a marked block for AGENTS.md, and a skill.

Both are written again without a change where nothing changed, and what stands around the block is nobody's but the
people's. Refuses to touch a file in which a mark stands alone, and to follow a link out of the project.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import AssayError, UsageError

BEGIN, END = "<!-- assay: begin, written by `assay agent-guide --write` -->", "<!-- assay: end -->"
MARKED = re.compile(r"<!-- assay: begin[^\n]*-->.*?<!-- assay: end -->", re.DOTALL)
FILES = ("AGENTS.md", "CLAUDE.md")
SKILL = ".agents/skills/assay/SKILL.md"
DESCRIPTION = (
    "Ask Assay, this project's registry of scripts, data, checkpoints and evaluations, before writing a script or "
    "function, before editing a shared file, before training or evaluating on data, and after every edit. Use it when "
    "the user asks for new code, for a change of code that others import, for a training or evaluation run, or where "
    "something is, came from or may be used."
)
RULES = """\
1. Before writing code, ask `assay find "the user's own words" --json`; try a second phrasing, and search once for a
   literal. Only then write, and say in your answer what you asked.
2. A yes is used: import it. One that is contaminated is used after its `fix`, in a commit of its own; one that is
   deprecated is not used, but what replaces it.
3. Before a shared file is edited: `assay before-edit PATH [SYMBOL]`. Its importers belong into your plan.
4. After an edit: `assay lint PATH`. New findings are yours to mend. A new script is unverified until it is committed
   and scanned: that is no failure.
5. Before training or evaluating: `assay may-use PATH… --for train`. Never use what it refuses, and never copy or write
   it again to get by. Tell the user who probably made it, and ask which way out is true.
6. Run what makes data, checkpoints or results as `assay run --in ROLE=PATH --out PATH -- COMMAND`.
7. Never mark, attest, waive or retract on your own; propose it, and a person decides.
8. "Cannot say" (exit 2: `no_registry`, `not_scanned`, `stale`) is no no: run `assay scan`, ask again.
9. What documents say is a claim, Assay's status is evidence; where they differ, tell the user.
"""


@dataclass(frozen=True)
class Written:
    """A file of the guide, by its path in the project, and whether its content changed."""

    path: str
    changed: bool


def block() -> str:
    """The block between its marks."""
    return f"{BEGIN}\n## What exists already, and what may be used\n\n{RULES}{END}"


def skill() -> str:
    """The skill, with its front matter."""
    return f"---\nname: assay\ndescription: {DESCRIPTION}\n---\n\n# Ask before you write\n\n{RULES}"


def write_guide(root: Path) -> list[Written]:
    """Write the block and the skill. Raises UsageError, with nothing written, where one cannot be as it should."""
    target, beside = _target(root), root / SKILL
    if not beside.resolve().is_relative_to(root.resolve()):
        raise UsageError(f"{SKILL} leads out of the project", "Take the link away, then try again.")
    before, skill_before = _read(target), _read(beside)
    block_after = _with_block(before or "", target.name)
    return [_put(root, target, before, block_after), _put(root, beside, skill_before, skill())]


def _target(root: Path) -> Path:
    """The file that agents read: AGENTS.md, else CLAUDE.md where only that is there; where it is a link, what it leads
    to."""
    there = [name for name in FILES if os.path.lexists(root / name)]
    path = (root / (there[0] if there else FILES[0])).resolve()
    if not path.is_relative_to(root.resolve()):
        raise UsageError(f"{there[0]} leads out of the project", "Write the guide there yourself: assay agent-guide")
    return path


def _with_block(text: str, name: str) -> str:
    """The text with the block in place of the one that it has, or else after it."""
    plain = MARKED.sub("", text)
    if "<!-- assay: begin" in plain or "<!-- assay: end" in plain:
        raise UsageError(
            f"{name} has a mark of Assay's block without its other one", "Take the mark out, then try again."
        )
    if len(MARKED.findall(text)) > 1:
        raise UsageError(f"{name} has two blocks of Assay's", "Take one of them out, then try again.")
    if MARKED.search(text):
        return MARKED.sub(lambda _: block(), text)
    return f"{text.rstrip()}\n\n{block()}\n" if text.strip() else f"{block()}\n"


def _read(path: Path) -> str | None:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name} cannot be read as text", "Mend it, then try again.") from error


def _put(root: Path, path: Path, before: str | None, after: str) -> Written:
    """Write a file whole, where it changes."""
    if before is not None and "\r\n" in before:
        after = after.replace("\r\n", "\n").replace("\n", "\r\n")
    if before != after:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            half = path.with_name(f".{path.name}.{os.getpid()}")
            half.write_text(after, "utf-8", newline="")
            if path.exists():
                half.chmod(path.stat().st_mode & 0o777)
            half.replace(path)
        except OSError as error:
            raise AssayError(f"{path.name} cannot be written: {(error.strerror or str(error)).lower()}") from error
    return Written(path.relative_to(root.resolve()).as_posix(), before != after)
