"""Which documents and settings of a project name a path, and on which line: what was written of it, unchecked.

Reads the text files of the project that people write, of a reasonable size; Assay's own document is none of them. What
a document says is a claim, and told without the secrets in it.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ..observe.folders import EXCLUDED
from ..project import Project

SUFFIXES = frozenset((".md", ".rst", ".txt", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".sh", ".bash", ".mk"))
OURS = "Written by `assay "  # what repeats the record is no document of its own
NAMES = frozenset(("Makefile", "README", "Dockerfile", "justfile"))
MOST_BYTES = 1 << 18
MOST_FILES = 5000
MOST_EACH = 20
LONGEST = 100


@dataclass(frozen=True)
class Mention:
    """A line of a document that names a path."""

    path: str
    line: int
    text: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {"path": self.path, "line": self.line, "says": self.text}


def mentions(project: Project, paths: Sequence[str]) -> dict[str, list[Mention]]:
    """Path → the lines that name it, in full or by its last part alone, in the order of the files."""
    from ..disclosure import masked  # only here: its patterns cost more than the question

    patterns = {path: _pattern(path) for path in paths}
    found: dict[str, list[Mention]] = defaultdict(list)
    for file in _documents(project.root) if paths else ():
        name = project.name_of(file)
        try:
            text = file.read_text("utf-8", "replace")
        except OSError:
            continue
        if OURS in text[:500]:
            continue
        lasts = [path for path in paths if PurePosixPath(path).name in text and path != name]
        for number, line in enumerate(text.split("\n") if lasts else (), 1):
            for path in lasts:
                if len(found[path]) < MOST_EACH and patterns[path].search(line):
                    said = masked(" ".join(line.split()))
                    found[path].append(Mention(name, number, said if len(said) <= LONGEST else said[:LONGEST] + "…"))
    return found


def _pattern(path: str) -> re.Pattern[str]:
    """A path as it is written: whole, by its end, or by the last part alone, and no part of a longer name."""
    *folders, last = PurePosixPath(path).parts
    ways = "".join(f"(?:{re.escape(folder)}/" for folder in folders) + ")?" * len(folders)
    return re.compile(rf"(?<![\w/-])(?:\./)?{ways}{re.escape(last)}(?![\w-])(?!/\w)(?!\.\w)")


def _documents(root: Path) -> Iterator[Path]:
    """The text files that people write, folder by folder."""
    seen = 0
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if _is_read(name))
        for name in sorted(files):
            if Path(name).suffix.lower() in SUFFIXES or name in NAMES:
                file = Path(folder, name)
                try:
                    if file.stat().st_size > MOST_BYTES or not file.is_file() or _leads_out(file, root):
                        continue
                except OSError:
                    continue
                seen += 1
                if seen > MOST_FILES:
                    return
                yield file


def _leads_out(file: Path, root: Path) -> bool:
    return file.is_symlink() and not file.resolve().is_relative_to(root.resolve())


def _is_read(folder: str) -> bool:
    """Whether people write documents in a folder of this name."""
    return folder not in EXCLUDED and not folder.endswith("-info") and (folder[0] != "." or folder == ".github")
