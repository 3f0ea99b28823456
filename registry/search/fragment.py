"""Code that is no whole file: what a unified diff adds, the body of a method, lines that were cut out of a class.

Tried as it is, without what it is shown in, without its indentation, and without a beginning or an end that does not
parse alone. Refuses to guess further: what no reading makes parse stays what it is, with what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

from ..observe.script.source import LANGUAGES, Source, read_source

HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")
OTHER_FILE = re.compile(r"^\+\+\+ (?:b/)?(\S+)")
FENCE = re.compile(r"^\s*(?:```|~~~)")
DIFFS = (".diff", ".patch")
MOST_ENDS = 3  # blocks that are left out from the end of a fragment


def read_fragment(path: Path, content: bytes) -> Source:
    """The source of a draft, in the first reading of it that parses."""
    whole = read_source(path.with_suffix(".py") if path.suffix in DIFFS else path, content)
    if whole.language != "python" or not whole.broken or "\0" in whole.text:
        return whole
    if any(map(HUNK.match, whole.lines)):
        return replace(whole, text=_added(whole))
    readings = (replace(whole, text=text) for text in _readings(_plain(whole.lines)))
    return next((one for one in readings if _is_code(one)), whole)


def touched(content: bytes) -> set[str]:
    """The files that a unified diff changes; none for anything else."""
    lines = content.decode("utf-8", "replace").split("\n")
    return {other[1] for line in lines if (other := OTHER_FILE.match(line))} if any(map(HUNK.match, lines)) else set()


def _is_code(source: Source) -> bool:
    return not source.broken and bool(source.tree.body)


def _plain(lines: Sequence[str]) -> str:
    """Lines without what code is shown in: the fence of Markdown, the plus signs of a diff without its hunks, dots for
    what was left out; each keeps its number."""
    told = [line for line in lines if line.strip()]
    fences = [number for number, line in enumerate(lines) if FENCE.match(line)]
    if fences and FENCE.match(told[0]):
        end = fences[1] if len(fences) > 1 else len(lines)
        lines = ["" if number in fences else line for number, line in enumerate(lines[:end])]
    elif told and all(line.startswith("+") for line in told):
        lines = [line[1:] for line in lines]
    return "\n".join("" if line.rstrip() in ("...", "…") else line for line in lines)


def _readings(text: str) -> Iterator[str]:
    """Ways to read lines that do not parse where they stand; lines keep their numbers."""
    yield dedent(text)
    lines = text.split("\n")
    indents = [len(line) - len(line.lstrip()) if line.strip() else None for line in lines]
    told = [one for one in indents if one is not None]
    starts = [number for number, indent in enumerate(indents) if indent == min(told, default=0)]
    if not starts:
        return
    before = "\n" * starts[0]
    yield before + dedent("\n".join(lines[starts[0] :]))
    for end in reversed(starts[1:][-MOST_ENDS:]):
        yield before + dedent("\n".join(lines[starts[0] : end]))


def _added(diff: Source) -> str:
    """What a unified diff adds to scripts: of each hunk the new lines, or all that is there afterwards, as parses.

    Of one file, lines have the numbers that they have in it.
    """
    made: list[str] = []
    for first, added, after in _hunks(diff.lines):
        if not any(added):
            continue
        for lines in (added, after):
            readings = (text for text in ("\n".join(lines), *_readings("\n".join(lines))))
            text = next((one for one in readings if _is_code(replace(diff, text=one))), None)
            if text:
                made += [""] * (first - 1 - len(made)) + text.split("\n")
                break
    return "\n".join(made)


def _hunks(lines: list[str]) -> Iterator[tuple[int, list[str], list[str]]]:
    """(first line, what is added, what is there afterwards) of each hunk of a script. Context keeps its place, as an
    empty line of what is added."""
    hunk: tuple[int, list[str], list[str]] | None = None
    is_script = True
    for line in lines:
        if starts := HUNK.match(line):
            if hunk and is_script:
                yield hunk
            hunk = int(starts[1]), [], []
        elif line.startswith(("diff ", "--- ", "+++ ", "index ")):
            if hunk and is_script:
                yield hunk
            hunk = None
            if other := OTHER_FILE.match(line):
                is_script = Path(other[1]).suffix in LANGUAGES or other[1] == "-"
        elif hunk and line[:1] in ("+", " ", ""):
            hunk[1].append(line[1:] if line[:1] == "+" else "")
            hunk[2].append(line[1:])
    if hunk and is_script:
        yield hunk
