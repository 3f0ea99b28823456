"""What is written beside what is so: paths, options as parsers take them, defaults however they are spelt."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from ..observe.script.options import Option


def normal(beside: str, target: str) -> str | None:
    """A relative path from the root; None where it leads out of the project."""
    parts: list[str] = []
    for part in [*beside.split("/"), *target.split("/")]:
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def knows(flags: set[str], flag: str) -> bool:
    """Whether a parser takes this option: so spelt, or begun, as argparse has it, or switched off."""
    if flag in ("--help", "--version"):
        return True
    dashed = {one.replace("_", "-") for one in flags}
    plain = flag.replace("_", "-")
    spellings = {one for one in flags if one == flag or one.startswith(flag)}
    return bool(spellings) or (plain.startswith("--no-") and f"--{plain[5:]}" in dashed)


def plain(option: Option) -> str | None:
    """The default as it is written; None where there is none, or it is computed."""
    text = option.default.strip()
    if re.fullmatch(r"-?[\d._e+-]+|True|False|\"[^\"]*\"|'[^']*'", text):
        return text.strip("\"'")
    return None


def same(said: str, value: str) -> bool:
    if said.lower() == value.lower() or said.lower() in ("none", "null", "empty", "the", "a", "your", "current"):
        return True
    try:
        return float(said) == float(value.replace("_", ""))
    except ValueError:
        return (
            PurePosixPath(value).name == said
            or {said.lower(), value.lower()} <= {"on", "true", "enabled", "yes"}
            or {said.lower(), value.lower()} <= {"off", "false", "disabled", "no"}
        )
