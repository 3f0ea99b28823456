"""Differences that git told a run, of which the record knows all: loggers of experiments ask for one in every run.

`git diff` and `git diff HEAD` give out what is not committed, and the start of a run has that on record as a patch.
Where this patch, and the one at the end, is of code and settings alone, no data came in by such a difference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from ..facts.reading import runs
from ..facts.store import Store
from ..observe import gitlog
from ..observe.process.tree import Tree, real
from .classes import CODE_SUFFIXES, OBJECTS, has_settings_name
from .contents import SETTINGS_LIMIT, reads_as_rows, says_settings
from .elsewhere import git_words
from .handed import is_data

SECTION = re.compile(r"^diff --git a/(?P<old>\S+) b/(?P<new>\S+)$", re.M)
TELLS = frozenset(
    (
        *("status", "describe", "rev-parse", "log", "diff", "diff-index", "diff-files", "config", "remote", "branch"),
        *("ls-files", "ls-tree", "rev-list", "symbolic-ref", "show", "name-rev", "for-each-ref", "show-ref", "tag"),
        *("cat-file", "merge-base", "version", "help", "var"),
    )
)
At = Callable[[str, str], bytes | None]  # what a file held at a commit (nothing: the index)


def recorded(store: Store, run: str, tree: Tree) -> frozenset[int]:
    """Places of the programs that told such a difference to this run."""
    root = store.project.root
    places, kept = of_what_is_checked_out(tree, real(f"{root}/.git")), runs.checked_out(store, run)
    found = patches_of(root, *kept) if places else ()
    at = partial(gitlog.content_at, root)
    return places if found and all(is_of_settings(patch, at) for patch in found) else frozenset()


def of_what_is_checked_out(tree: Tree, kept: str) -> frozenset[int]:
    """Places of programs that compared files with what is checked out; none where anything but git's own looking may
    have changed what lies in `kept`, its folder, or where something lies elsewhere."""
    places = frozenset(place for place, program in enumerate(tree.programs) if _is_of_head(git_words(program)))
    opened = (
        path for path, reading in tree.reads.items() if OBJECTS in path and not places.isdisjoint(reading.programs)
    )
    is_own = all(path.startswith(f"{kept}/") for path in opened)
    return places if is_own and _is_left_alone(tree, kept) else frozenset()


def patches_of(root: Path, commit: str, diff: str) -> tuple[str, ...]:
    """The patches at the start and now; none where another commit is checked out by now, or more is staged."""
    if gitlog.prefix(root) or gitlog.read_state(root).partition(":")[0] != commit:
        return ()
    now, staged = gitlog.dirty_diff(root), gitlog.staged(root)
    return (diff, now) if {*staged, *staged.values()} <= set(_names(now)) else ()


def is_of_settings(patch: str, at: At) -> bool:
    """Whether all that a patch changes was code and settings, and is."""
    if patch.strip() and not patch.startswith("diff --git "):
        return False  # too large to be on record
    marks = list(SECTION.finditer(patch))
    if len(marks) != len(re.findall(r"^diff --git ", patch, re.M)):
        return False
    ends = [*(mark.start() for mark in marks), len(patch)][1:]
    return all(
        _is_settings(mark[side], patch[mark.end() : end], at)
        for mark, end in zip(marks, ends, strict=True)
        for side in ("old", "new")
    )


def _is_settings(name: str, changes: str, at: At) -> bool:
    is_code = f".{name.rpartition('.')[2].lower()}" in CODE_SUFFIXES
    if not is_code and not has_settings_name(name):
        return False
    lines = [line for line in changes.split("\n") if line[:1] in ("+", "-", " ") and line[:3] not in ("+++", "---")]
    sides = ["\n".join(line[1:] for line in lines if line[0] != other) for other in "+-"]
    if any(reads_as_rows(side.encode("utf-8", "surrogateescape"), not is_code) for side in sides):
        return False
    return is_code or all(_says_settings(name, at(commit, name)) for commit in ("HEAD", ""))


def _says_settings(name: str, text: bytes | None) -> bool:
    if text is None:
        return True
    is_small = len(text) <= SETTINGS_LIMIT and says_settings(name.rpartition("/")[2], text)
    return is_small and not reads_as_rows(text) and not is_data(text.decode("utf-8", "surrogateescape"))


def _names(patch: str) -> Iterator[str]:
    for mark in SECTION.finditer(patch):
        yield from (mark["old"], mark["new"])


def _is_of_head(words: Sequence[str]) -> bool:
    """Whether a command compares the working tree with what is checked out, and with nothing else."""
    if not words or words[0] != "diff":
        return False
    asked = words[1 : list(words).index("--")] if "--" in words else words[1:]
    return {word for word in asked if not word.startswith("-")} <= {"HEAD"}


def _is_left_alone(tree: Tree, kept: str) -> bool:
    """Whether the run let git alone with what it keeps, and asked it for words alone."""
    commands = [words[0] for words in map(git_words, tree.programs) if words]
    wrote = [path.removeprefix(f"{kept}/") for path in tree.wrote if path.startswith(f"{kept}/")]
    return TELLS.issuperset(commands) and {"index", "index.lock"}.issuperset(wrote)
