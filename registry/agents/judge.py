"""What is said to an agent about one event: a decision and a few lines, or nothing.

Before a file is written: functions that are on record already. Before it is edited: who imports it, and whether it may
be used. Before a command: what the gate refuses. Afterwards: what is newly wrong. Never stops what is merely
unverified, nor what does not parse yet, nor what lies outside of the project.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from ..answers.importers import importers_of
from ..errors import UsageError
from ..facts.query import FORGOTTEN, artifacts
from ..facts.store import Store
from ..kinds import KINDS, SCRIPT
from ..observe.folders import EXCLUDED
from ..observe.script.clones import fresh_pieces
from ..observe.script.source import LANGUAGES, read_source
from ..search.alike import MOST_CODE, likenesses
from ..search.instead import instead_of, is_unusable
from ..search.resembling import Resemblance, reasons, resemblances
from ..standing.cards import cards_of
from ..standing.freshness import RULESETS
from ..standing.today import Today
from .dialects import Act, Decision, Event
from .once import folder_of, is_first, mark, since
from .symbols import source_of

MOST_LINES = 3
MOST_NAMED = 5  # importers
MOST_LOOKED_AT = 20_000  # files of which it is asked whether a command wrote them
NO_ANSWER = "Assay has no answer: run `assay scan`"
Said = tuple[Decision, str]


def judged(store: Store, event: Event) -> Said | None:
    """What is to be said about an event of an agent in this project; None where that is nothing."""
    notes = folder_of(store.project.root)
    if store.setting(RULESETS) is None:
        first = is_first(notes, event.session, "no answer")
        return (Decision.NOTE, f"{NO_ANSWER} (nothing was scanned yet).") if first else None
    if event.act is Act.RUN:
        if event.before:
            with contextlib.suppress(OSError):  # the gate is asked all the same
                mark(notes, event.session, "command")
            return _before_command(store, event)
        begun = since(notes, event.session, "command")
        return _after(store, list(_written_since(store, begun))[:MOST_LINES], True) if begun else None
    path = event.path
    if path is None or Path(name := store.project.name_of(path)).is_absolute() or path.suffix not in LANGUAGES:
        return None
    if not event.before:
        return _after(store, [path], False)
    return _before_writing(store, event, path, name)


def _before_writing(store: Store, event: Event, path: Path, name: str) -> Said | None:
    before = source_of(path)
    text = event.content(before.text if before else "")
    source = read_source(path, text.encode("utf-8", "surrogatepass")) if text and len(text) <= MOST_CODE else None
    today = Today.of(store)
    found: tuple[Resemblance, ...] = ()
    if source and not source.broken:
        asked = fresh_pieces(source.tree, before.tree if before else None)
        found = resemblances(today, likenesses(store, asked, {name}), name)
    lines = [f"Assay: {one.text()}" for one in found[:MOST_LINES]]
    if any(one.is_same for one in found):
        return Decision.ASK, "\n".join(lines)
    lines += ["Reuse it, or say in the docstring why not."] if lines else []
    if before and is_first(folder_of(store.project.root), event.session, f"edit {name}"):
        lines += _about(today, path, name)
    return (Decision.NOTE, "\n".join(lines)) if lines else None


def _about(today: Today, path: Path, name: str) -> Iterator[str]:
    """Whether a file that is edited may be used at all, and who imports it."""
    where = f"l.path = ? AND l.present = 1 AND a.id NOT IN ({FORGOTTEN})"
    for card in cards_of(today, artifacts(today.store, where, [name])):
        if is_unusable(card):
            why = reasons(today, [card]).get(card.row.id, "")
            instead = instead_of(today, card, [])
            ways = f"; the current one is {instead.name}" if instead else ""
            yield f"Assay: {name} is {card.lineage_status.value}{f': {why}' if why else ''}{ways}."
        certain = sorted(importers_of(today.store, str(card.row.version)).certain)
        if certain:
            here = f"l.present = 1 AND v.id IN ({', '.join('?' * len(certain))})"
            rows = artifacts(today.store, here, certain)
            places = [_import_line(today.store, row.name, path.stem) for row in rows[:MOST_NAMED]]
            more = f" and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
            if places:
                yield f"Assay: {name} is imported by {', '.join(places)}{more}."


def _import_line(store: Store, name: str, module: str) -> str:
    """`scripts/train.py:3`: where a script imports a module by its own last name; the script alone where it is not."""
    source = source_of(store.project.path_of(name))
    for number, line in enumerate(source.lines if source else (), 1):
        if line.lstrip().startswith(("import ", "from ")) and module in line:
            return f"{name}:{number}"
    return name


def _before_command(store: Store, event: Event) -> Said | None:
    from .commands import refused, uses

    asked: Said | None = None
    for use in uses(store, event.command, event.cwd):
        if no := refused(store, use):
            first = no[0]
            why = first.reasons[0].stand.message if first.reasons else ""
            way = first.remedies[0] if first.remedies else f"assay why {first.name}"
            more = f" (and {len(no) - 1} more)" if len(no) > 1 else ""
            return Decision.DENY, f"Assay refuses {first.name}{more}: {first.lineage_status.value}: {why}\n→ {way}"
        instead = f"Assay: this leaves no record of what it is made from. Run it as:\n{use.instead}"
        asked = asked or (Decision.ASK, instead)
    return asked


def _after(store: Store, paths: list[Path], is_round: bool) -> Said | None:
    """What is newly wrong in files that were written; those that came round the hook are also compared."""
    from ..answers.lint import lint

    lines: list[str] = []
    today = Today.of(store)
    for path in paths:
        try:
            found = lint(today, path, path.read_bytes())
        except (UsageError, OSError, ValueError):
            continue
        lines += [f"Assay: {found.path}:{one.line or 0} {one.rule}: {one.message} → {one.fix}" for one in found.asking]
        lines += [f"Assay: {found.path} {one.text()}" for one in found.imports]
        lines += [f"Assay: {found.path}:{one.line} {one.why}" for one in found.unresolved]
        same = [one for one in found.resembles if one.is_same] if is_round else []
        lines += [f"Assay: {found.path}: {one.text()}" for one in same]
    more = len(lines) - MOST_LINES
    lines = [*lines[: MOST_LINES - 1], f"… and {more + 1} more: assay lint PATH"] if more > 0 else lines
    return (Decision.NOTE, "\n".join(lines)) if lines else None


def _written_since(store: Store, begun: int) -> Iterator[Path]:
    """Scripts of the project that changed at or after this time."""
    folders, seen = [str(store.project.root)], 0
    for folder in folders:
        try:
            with os.scandir(folder) as listing:
                entries = [entry for entry in listing if entry.name not in EXCLUDED and entry.name[0] != "."]
        except OSError:
            continue
        seen += len(entries)
        if seen > MOST_LOOKED_AT:
            return
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            elif Path(entry.name).suffix in KINDS[SCRIPT].suffixes and _changed(entry) >= begun:
                yield Path(entry.path)


def _changed(entry: os.DirEntry[str]) -> int:
    """When a file changed, in nanoseconds; never, where a link leads nowhere."""
    try:
        return entry.stat().st_ctime_ns
    except OSError:
        return -1
