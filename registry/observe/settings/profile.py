"""What a settings file is: whose it is, what it says of model, data, method and learning rate, which names it uses.

Read once and never run. Refuses to guess: what does not parse is read line by line, and the profile says so.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..hub import HubName
from .entries import Entry, Parsed, parse
from .families import family_of
from .formats import LOCK, MOST, MOST_LOCK, REQUIREMENTS, format_of
from .said import Said, said

MOST_WORDS = 400
FEWEST_WORDS = 4  # of a comment that says something
LOCKED = re.compile(r'^\s*name = "([^"]+)"|^\s*"(?:node_modules/)?((?:@[\w.-]+/)?[\w.-]+)": \{|^- name: (\S+)', re.M)
COMMENT = re.compile(r"^\s*(?:#+|//|;+)\s?(.*)$")
NO_WORDS = re.compile(
    r"^(?:!|[-=*~_#\s]*$)|copyright|licen[cs]e|spdx|coding[:=]|yaml-language-server|syntax=|^SBATCH", re.I
)
WORD = re.compile(r"(?!true$|false$|null$)(?=[\s\S]*[A-Za-z]{3})[\s\S]{1,80}$", re.I)
SECRET = re.compile(r"token|secret|passw|api_?key|credential", re.I)


@dataclass(frozen=True)
class SettingsFile:
    """A settings file as rules see it: parsed once. `folders` are where its paths may count from."""

    path: Path
    name: str
    form: str
    text: str
    parsed: Parsed
    folders: tuple[Path, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Its values with keys and lines."""
        return self.parsed.entries

    @cached_property
    def family(self) -> str:
        """Whose settings these are."""
        return family_of(self.entries, self.form, self.path)

    @cached_property
    def said(self) -> Said:
        """What it says of models, data and method."""
        return said(self.entries, self.family, self.folders)

    @cached_property
    def lines(self) -> list[str]:
        """The text by lines."""
        return self.text.split("\n")


@dataclass(frozen=True)
class SettingsProfile:
    """Settings as their text says. `names` are names of the Hub, `keys` the keys that are set, `packages` what
    requirements or a lock ask for."""

    format: str
    family: str
    comment: str
    model: tuple[str, ...]
    data: tuple[str, ...]
    method: tuple[str, ...]
    learning_rate: tuple[str, ...]
    names: tuple[HubName, ...]
    keys: tuple[str, ...]
    packages: tuple[str, ...]
    vocabulary: tuple[str, ...]
    problem: str

    def as_dict(self) -> dict[str, Any]:
        """The profile as JSON-ready values."""
        return asdict(self)


def read_settings(path: Path, root: Path) -> SettingsFile:
    """The settings at `path` in the project `root`. Raises OSError when they cannot be read."""
    form = format_of(path.name) or ""
    with open(path, "rb") as file:
        text = file.read(MOST_LOCK if form == LOCK else MOST).decode("utf-8-sig", errors="replace")
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    return SettingsFile(path, name, form, text, parse(text, form), tuple(dict.fromkeys((root, path.parent))))


def describe(file: SettingsFile) -> SettingsProfile:
    """Describe settings that are parsed already."""
    from ...disclosure import masked  # only here: it looks for many forms of secrets, and lists show what was masked

    found = file.said
    keys = dict.fromkeys(part for one in file.entries for part in one.path if not part.isdecimal())
    values = (one.value for one in file.entries if one.value and not SECRET.search(one.key) and WORD.match(one.value))
    packages: tuple[str, ...] = ()
    if file.form == REQUIREMENTS:
        packages = tuple(one.path[0] for one in file.entries)
        keys = {}
    elif file.form == LOCK:
        packages = tuple(dict.fromkeys(next(filter(None, one.groups())) for one in LOCKED.finditer(file.text)))
    words = [] if packages else dict.fromkeys(values)
    return SettingsProfile(
        format=file.form,
        family=file.family,
        comment=masked(_comment(file.lines) or _stated(file)),
        model=found.model,
        data=found.data,
        method=found.method,
        learning_rate=found.learning_rate,
        names=found.names,
        keys=tuple(keys)[:MOST_WORDS],
        packages=packages,
        vocabulary=tuple(words)[:MOST_WORDS],
        problem=file.parsed.problem,
    )


def _stated(file: SettingsFile) -> str:
    """What settings call themselves in a value of their own."""
    first = {one.path[0]: one.value for one in file.entries if len(one.path) == 1 and one.value}
    return next(
        (first[key].strip() for key in ("description", "name") if len(first.get(key) or "") in range(1, 200)), ""
    )


def _comment(lines: list[str]) -> str:
    """The first paragraph of comments above everything else that says something."""
    said: list[str] = []
    for line in lines[:60]:
        found = COMMENT.match(line)
        if not found:
            if line.strip() or said:
                break
            continue
        words = found[1].strip(" #*/")
        if not words and said:
            break
        if words and not NO_WORDS.search(words):
            said.append(words.rstrip("\\ "))
        elif said:
            break
    text = " ".join(said)
    if len(text.split()) < FEWEST_WORDS:
        return ""  # the heading of what follows
    return text if len(text) <= 200 else text[:199].rsplit(" ", 1)[0] + "…"
