"""`assay before-edit`: what rests on a file that is about to change, each with its place.

Who imports it and what they use of it, as their files are now; what its runs made; which tests read it; what is known
to be wrong with it; what documents say of it. Where a symbol is named, importers that do not use it are counted only.
"""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..answers.importers import between, importers_of
from ..errors import NotRecorded, UsageError
from ..facts.names import resolve
from ..facts.query import ArtifactRow, artifacts
from ..facts.reading.declarations import noted
from ..facts.reading.executions import parts_in_runs
from ..facts.reading.findings import current_findings
from ..facts.reading.history import said
from ..facts.reading.memory import known_bugs
from ..facts.store import Store
from ..kinds import SCRIPT
from ..legible import listed, page
from ..lineage.status import Status
from ..observe.script.imports import ImportGraph
from ..search.instead import instead_of, is_unusable
from ..search.resembling import reasons
from ..standing.cards import Card, cards_of
from ..standing.families import is_test
from ..standing.freshness import Freshness
from ..standing.today import Today
from .economy import Economy, freshly
from .mentions import Mention, mentions
from .symbols import source_of, symbols

USUAL = 5
IMPORTER, MADE = ("path", "line", "uses", "through"), ("path", "status")
KNOWN, SAYS = ("what", "line"), ("path", "line", "says")
MOST_USES = 6
MOST_THROUGH = 10  # importers of which the way is sought by which they come to it


@dataclass(frozen=True)
class Importer:
    """A script that imports the file: on which line, which names of it it uses, or through which other file."""

    path: str
    line: int | None
    uses: tuple[str, ...] = ()
    through: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        said = (self.path, self.line, list(self.uses[:MOST_USES]) or None, self.through or None)
        return dict(zip(IMPORTER, said, strict=True))

    def text(self) -> str:
        """`scripts/train.py:3 uses load_base`."""
        place = f"{self.path}{f':{self.line}' if self.line else ''}"
        uses = f" uses {', '.join(self.uses[:MOST_USES])}" if self.uses else ""
        return place + uses + (f" through {self.through}" if self.through else "")


@dataclass(frozen=True)
class Known:
    """Something known to be wrong with the file: a finding, a declaration or a note."""

    what: str
    line: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {"what": self.what, "line": self.line}


@dataclass(frozen=True)
class BeforeEdit:
    """What `assay before-edit` answers."""

    card: Card
    symbol: str
    reason: str
    instead: str
    importers: tuple[Importer, ...]
    others: int
    runs: int
    made: tuple[Card, ...]
    tests: tuple[Importer, ...]
    known: tuple[Known, ...]
    documents: tuple[Mention, ...]
    fresh: Freshness

    @property
    def next(self) -> str:
        """The one command that goes on from here."""
        if self.fresh.problem:
            return "assay scan"
        return f"assay {'lint' if self.card.row.kind == SCRIPT else 'why'} {self.card.name}"

    def as_dict(self, today: Today, economy: Economy) -> dict[str, Any]:
        """The documented JSON shape `before_edit`."""
        shape: dict[str, Any] = {"path": self.card.name}
        shape |= {"symbol": self.symbol} if self.symbol else {}
        shape |= {"status": self.card.lineage_status.value, "usable": not is_unusable(self.card)}
        shape |= {"reason": self.reason} if self.reason else {}
        shape |= {"use_instead": self.instead} if self.instead else {}
        shape |= {
            "importers": [one.as_dict() for one in self.importers],
            "tests": [one.as_dict() for one in self.tests],
            "runs": self.runs,
            "made": [{"path": one.name, "status": one.lineage_status.value} for one in self.made],
            "known": [one.as_dict() for one in self.known],
            "documents": [one.as_dict() for one in self.documents],
            "fresh": freshly(today.store, self.fresh),
            "next": self.next,
        }
        shape |= {"not_using_it": self.others} if self.symbol else {}
        lists = {"importers": IMPORTER, "tests": IMPORTER, "made": MADE, "known": KNOWN, "documents": SAYS}
        return economy.applied(shape, lists, USUAL)

    def text(self, economy: Economy) -> str:
        """The same for a person."""
        why = f": {self.reason}" if self.reason else ""
        ways = f"; use {self.instead}" if self.instead else ""
        lines = [f"{self.card.name} is {self.card.lineage_status.value}{why}{ways}"]
        runs = f"{self.runs} {'run' if self.runs == 1 else 'runs'} made"
        made = [f"{one.name} ({one.lineage_status.value})" for one in self.made]
        for title, told in (
            ("imported by", [one.text() for one in self.importers]),
            ("tests", [one.text() for one in self.tests]),
            (runs, made),
            ("known", [f"{one.what}{f' (line {one.line})' if one.line else ''}" for one in self.known]),
            ("documents", [f"{one.path}:{one.line}: {one.text}" for one in self.documents]),
        ):
            limit = economy.limit or USUAL
            lines += [f"{title}: {len(told) or 'none'}"] if title != runs or told else []
            lines += [f"  {one}" for one in told[:limit]]
            lines += [f"  … and {len(told) - limit} more"] if len(told) > limit else []
        lines += [f"{self.others} more import the file and do not use {self.symbol}"] if self.symbol else []
        lines += [f"Not looked at: {self.fresh.said} (assay scan)"] if self.fresh.said else []
        return page(lines)


def before_edit(today: Today, path: str, symbol: str, fresh: Freshness) -> BeforeEdit:
    """What rests on this file, or on this function of it. Raises CannotSay, and UsageError for no such symbol."""
    store = today.store
    row = _here(store, path, fresh)
    (row,) = artifacts(store, "a.id = ?", [row.id], profiles=True)
    (card,) = cards_of(today, [row])
    if symbol:
        _require(today, row, symbol)
    instead = instead_of(today, card, [])
    importers, tests, others = _importers(today, row, symbol) if row.kind == SCRIPT else ([], [], 0)
    runs, made = _made(today, row)
    documents = mentions(store.project, [row.name]).get(row.name, [])
    last = symbol.rpartition(".")[2]
    return BeforeEdit(
        card, symbol, reasons(today, [card]).get(row.id, ""), instead.name if instead else "",
        tuple(importers), others, runs, tuple(made), tuple(tests), tuple(_known(today, row)),
        tuple(sorted(documents, key=lambda one: not (last and last in one.text))), fresh,
    )  # fmt: skip


def _here(store: Store, path: str, fresh: Freshness) -> ArtifactRow:
    """The row of what is to be edited. Raises CannotSay for what no scan has seen, and for a script that is gone."""
    try:
        row = resolve(store, path)
    except NotRecorded:
        if (problem := fresh.problem) and (not fresh.scanned or store.project.name_of(path) in fresh.unscanned):
            raise problem from None
        raise
    if row.kind == SCRIPT and not os.path.lexists(store.project.path_of(row.name)):
        raise NotRecorded(f"{row.name} is on record and not here any more", "`assay scan` looks where it went.")
    return row


def _require(today: Today, row: ArtifactRow, symbol: str) -> None:
    own = [one.name for one in symbols(source_of(today.store.project.path_of(row.name)))]
    if symbol not in own:
        import difflib

        near = difflib.get_close_matches(symbol, own, n=3) or own[:3]
        raise UsageError(
            f"{row.name} has no {symbol}", f"It has {listed(near, 3)}." if near else "It has no functions."
        )


def _importers(today: Today, row: ArtifactRow, symbol: str) -> tuple[list[Importer], list[Importer], int]:
    """The scripts here that import this version, those that do it themselves first; tests apart; and, with a symbol,
    how many of them do not use it."""
    store, project = today.store, today.store.project
    found = importers_of(store, row.version) if row.version else None
    ids = sorted(found.certain | found.doubtful) if found else []
    rows = artifacts(store, f"l.present = 1 AND v.id IN ({', '.join('?' * len(ids))})", ids) if ids else []
    module = project.path_of(row.name)
    told: list[Importer] = []
    for one in sorted(rows, key=lambda one: one.name):
        line, uses = uses_of(project.path_of(one.name), module)
        if not symbol or (line and _is_used(symbol, uses)):
            told.append(Importer(one.name, line, uses))
    told.sort(key=lambda one: (one.line is None, one.path))
    graph, left = ImportGraph(project.root), MOST_THROUGH
    for place, importer in enumerate(told):
        if importer.line is None and left:
            steps = between(project.path_of(importer.path), module, graph)
            told[place] = replace(importer, through=", ".join(map(project.name_of, steps)))
            left -= 1
    tests = [one for one in told if is_test(one.path)]
    return [one for one in told if not is_test(one.path)], tests, len(rows) - len(told)


def _is_used(symbol: str, uses: Sequence[str]) -> bool:
    """Whether these names reach a symbol: it, or what it is a part of, or everything."""
    return "*" in uses or not uses or bool({symbol, symbol.partition(".")[0]} & set(uses))


def uses_of(file: Path, module: Path) -> tuple[int | None, tuple[str, ...]]:
    """The line on which a script imports a module by its own last name, and what it uses of it; no line where it does
    not do so itself."""
    source = source_of(file)
    called = module.parent.name if module.stem == "__init__" else module.stem
    if source is None or called not in source.text:
        return None, ()
    line: int | None = None
    uses: dict[str, None] = {}
    aliases: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom):
            of_it = (node.module or "").rpartition(".")[2] == called
            names = [one for one in node.names if of_it or one.name == called]
            aliases |= set() if of_it else {one.asname or one.name for one in names}
            uses |= dict.fromkeys(one.name for one in names) if of_it else {}
        elif isinstance(node, ast.Import):
            names = [one for one in node.names if one.name.rpartition(".")[2] == called]
            aliases |= {one.asname or one.name for one in names}
        else:
            continue
        line = min(line or node.lineno, node.lineno) if names else line
    if aliases:
        attributes = (node for node in ast.walk(source.tree) if isinstance(node, ast.Attribute))
        uses |= dict.fromkeys(node.attr for node in attributes if ast.unparse(node.value) in aliases)
    return line, tuple(uses)


def _made(today: Today, row: ArtifactRow) -> tuple[int, list[Card]]:
    """How many runs a file had a part in, and what they made that is here still, the worst first."""
    runs = list(dict.fromkeys(one.run for one in parts_in_runs(today.store, row.id) if one.side == "input"))
    graph = today.graph.runs if runs else {}
    versions = sorted({version for run in runs if run in graph for version in graph[run].outputs})
    if not versions:
        return len(runs), []
    rows = artifacts(today.store, f"l.present = 1 AND v.id IN ({', '.join('?' * len(versions))})", versions)
    return len(runs), sorted(cards_of(today, rows), key=lambda one: (one.lineage_status is Status.CLEAN, one.name))


def _known(today: Today, row: ArtifactRow) -> Iterator[Known]:
    """What was declared, noted or found about a file and stands."""
    for one in said(today.store, row.id):
        if not one.retracted and one.status in (Status.CONTAMINATED.value, Status.UNVERIFIED.value):
            yield Known(f"{one.status}: {one.reason}")
    for bug in known_bugs(today.store, row.id, row.version):
        yield Known(f"bug: {bug.title}" + (f" → {bug.remedy}" if bug.remedy else ""))
    for note in noted(today.store):
        if note.artifact == row.id and note.body:
            yield Known(f"note: {json.loads(note.body)['text']}")
    found = current_findings(today.store, today.rulesets, [row.version]) if row.version else []
    for finding in sorted(found, key=lambda one: (one.severity, one.rule, one.line or 0)):
        yield Known(f"{finding.rule} {finding.message}", finding.line)
