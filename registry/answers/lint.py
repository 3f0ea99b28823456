"""`assay lint`: what today's rules see in a draft that need not be saved, and what of it is on record already.

The draft is read as if it lay at its path: its imports are followed from there, and what the version on record at that
path has already is counted and not shown. Origin is no question: a draft has none yet. Refuses what is no script of
text within the project, and to judge code that does not parse.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import UsageError
from ..facts.query import FORGOTTEN, artifacts
from ..facts.reading.artifacts import modules
from ..facts.reading.findings import current_findings
from ..facts.reading.here import placed
from ..hashing import digest_bytes
from ..legible import page
from ..observe.gitlog import content_at
from ..observe.script.clones import fresh_pieces, pieces
from ..observe.script.imports import ImportGraph
from ..observe.script.source import LANGUAGES, Source, SourceTree, read_regular, read_source
from ..observe.script.unresolved import Unresolved, unresolved
from ..rules.base import Examination, Finding, Severity, Unchecked
from ..rules.engine import examine_draft
from ..search.alike import MOST_CODE, likenesses
from ..search.instead import instead_of, is_unusable
from ..search.resembling import Resemblance, reasons, resemblances
from ..standing.cards import cards_of
from ..standing.freshness import RULESETS
from ..standing.rulesets import config_of
from ..standing.today import Today

REMEDY = "Give a script: .py, .pyw, .sh, .bash or .ipynb."
DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class BadImport:
    """A module of the project that the draft imports and that may not be used, as it is on record."""

    path: str
    status: str
    reason: str
    instead: str

    def text(self) -> str:
        """In one line."""
        ways = f"; use {self.instead}" if self.instead else ""
        return f"imports {self.path}, which is {self.status}{f': {self.reason}' if self.reason else ''}{ways}"

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {
            "path": self.path, "status": self.status, "reason": self.reason or None,
            "use_instead": self.instead or None,
        }  # fmt: skip


@dataclass(frozen=True)
class Lint:
    """What is wrong with a draft that was not wrong before, and what its functions resemble."""

    path: str
    new: tuple[Finding, ...]
    old: int
    imports: tuple[BadImport, ...]
    unresolved: tuple[Unresolved, ...]
    unchecked: tuple[Unchecked, ...]
    resembles: tuple[Resemblance, ...]
    too_small: tuple[str, ...]
    scanned: bool

    @property
    def asking(self) -> tuple[Finding, ...]:
        """The new findings that ask for something: all but notes."""
        return tuple(one for one in self.new if one.severity is not Severity.NOTES)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong that was not wrong before; what it resembles is for the writer to judge."""
        return not (self.asking or self.imports or self.unresolved or self.unchecked)

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON shape `lint`."""
        return {
            "ok": self.ok,
            "path": self.path,
            "new": [_shown(one) for one in self.new],
            "old": self.old,
            "resembles": [one.as_dict() for one in self.resembles],
            "too_small": list(self.too_small),
            "imports": [one.as_dict() for one in self.imports],
            "unresolved_imports": [{"line": one.line, "message": one.why} for one in self.unresolved],
            "unchecked": [{"rule": one.rule, "why": one.why} for one in self.unchecked],
            "fresh": {"scanned": self.scanned},
        }

    def text(self) -> str:
        """The same for a person, worst first."""
        lines: list[str] = []
        for one in self.new:
            lines += [f"{self.path}:{one.line or 0} {one.rule} {one.severity.value}: {one.message}", f"    → {one.fix}"]
        lines += [f"{self.path} {module.text()}" for module in self.imports]
        lines += [f"{self.path}:{missing.line} {missing.why}" for missing in self.unresolved]
        lines += [f"{self.path} not checked by {rule.rule}: {rule.why}" for rule in self.unchecked]
        lines += [resemblance.text() for resemblance in self.resembles]
        said = [f"{self.old} {'finding' if self.old == 1 else 'findings'} as before"] if self.old else []
        said += [f"{len(self.too_small)} too small to compare"] if self.too_small else []
        said += [] if self.scanned else ["what it resembles is not known before `assay scan`"]
        verdict = "nothing new is wrong" if self.ok else "something new is wrong"
        return page([*lines, f"{self.path}: {verdict}" + (f" ({'; '.join(said)})" if said else "")])


def _shown(one: Finding) -> dict[str, Any]:
    shown = ("rule", "severity", "line", "field", "message", "fix", "excerpt")
    return {key: value for key, value in one.as_dict().items() if key in shown}


def lint(today: Today, path: Path, content: bytes, since: Source | None = None, beside: Sequence[Source] = ()) -> Lint:
    """What is to be said of this content, were it saved at this absolute path.

    What was wrong before is what is on record of the version there; with `since`, what is wrong with that source.
    `beside` are drafts that would be saved together with it. Raises UsageError for what is no script of text in the
    project, and for what does not parse.
    """
    store = today.store
    name = own_name(today, path)
    path = store.project.path_of(name)
    source = readable(name, path, content)
    graph = ImportGraph(store.project.root, SourceTree(*beside, source))
    examination = examine_draft(path, graph, config_of(store))
    known = placed(store, [name]).get(name)
    version = known.version if known and known.version else ""
    asked = fresh_pieces(source.tree, since.tree) if since else pieces(source.tree)
    faults = _faults(graph, path, examination)
    was = _seen(today, path, since) if since else None
    if was:
        new, old = _beyond(examination.findings, was.findings)
        imported = was.modules
    else:
        new, old = _beyond(examination.findings, _on_record(today, version, name))
        imported = frozenset(modules(store, version).certain) if version else frozenset()
        if any(faults) and known and (before := _before(store.project.root, path, name, known.digest)):
            was = _seen(today, path, before)
    had = was.faults if was else frozenset()
    return Lint(
        path=name,
        new=new,
        old=old + sum(_same(one) in had for kind in faults for one in kind),
        imports=_bad_imports(today, graph, path, imported),
        unresolved=tuple(one for one in faults[0] if _same(one) not in had),
        unchecked=tuple(one for one in faults[1] if _same(one) not in had),
        resembles=resemblances(today, likenesses(store, asked, {name}), name),
        too_small=tuple(one.name for one in asked if not one.is_comparable),
        scanned=store.setting(RULESETS) is not None,
    )


def own_name(today: Today, path: Path) -> str:
    """What a script at this path would be called. Raises UsageError where it is outside the project."""
    name = today.store.project.name_of(path)
    if Path(name).is_absolute():
        raise UsageError(f"{name} is outside the project", "Say where in the project it would be saved: --as PATH.")
    return name


def readable(name: str, path: Path, content: bytes) -> Source:
    """The source of a draft. Raises UsageError for one that is empty, too large, no script, no text, or broken."""
    if path.suffix.lower() not in LANGUAGES and not content.startswith(b"#!"):
        raise UsageError(f"{name} is no script", REMEDY)
    if not content.strip():
        raise UsageError(f"{name} is empty: there is nothing to check", REMEDY)
    if len(content) > MOST_CODE:
        raise UsageError(f"{name} is too large to check ({len(content) / 1e6:.1f} MB)", REMEDY)
    source = read_source(path, content)
    if source.broken:
        raise UsageError(f"{name}: {source.broken}", "Mend it, then try again: no rule can see past it.")
    return source


def _faults(
    graph: ImportGraph, path: Path, examination: Examination
) -> tuple[tuple[Unresolved, ...], tuple[Unchecked, ...]]:
    """The imports of a script that cannot work, and the rules that could not look at it."""
    unchecked = (one for one in examination.unchecked if one.rule not in ("module", "syntax", "source"))
    return unresolved(graph, path), tuple(unchecked)


class _Seen(NamedTuple):
    """What tells the findings and faults of a source from others, and the local modules that it imports."""

    findings: tuple[tuple[str, str], ...]
    faults: frozenset[tuple[str, str]]
    modules: frozenset[str]


def _seen(today: Today, path: Path, source: Source) -> _Seen:
    """A source as it was before, looked at as the draft is."""
    graph = ImportGraph(today.store.project.root, SourceTree(source))
    examination = examine_draft(path, graph, config_of(today.store))
    return _Seen(
        tuple(_key(one.rule, one.excerpt, one.message) for one in examination.findings),
        frozenset(_same(one) for kind in _faults(graph, path, examination) for one in kind),
        frozenset(graph.imports(path).values()),
    )


def _same(one: Unresolved | Unchecked) -> tuple[str, str]:
    """What makes two of these the same one, wherever the line is now."""
    return one.rule if isinstance(one, Unchecked) else "", one.why


def _before(root: Path, path: Path, name: str, digest: str) -> Source | None:
    """The script before the draft: as it is on record where it lies here still, else as git has it."""
    try:
        here = read_regular(path)
    except (OSError, ValueError):
        here = b""
    content = here if digest_bytes(here) == digest else content_at(root, "HEAD", name)
    return read_source(path, content) if content else None


def _on_record(today: Today, version: str, name: str) -> Iterator[tuple[str, str]]:
    """What the version on record was found to have itself."""
    for one in current_findings(today.store, today.rulesets, {version}) if version else ():
        if one.file in (None, name):
            yield _key(one.rule, one.excerpt, one.message)


def _beyond(found: Sequence[Finding], known: Iterable[tuple[str, str]]) -> tuple[tuple[Finding, ...], int]:
    """The findings that are not known, worst first, and how many are.

    The same rule at the same text is the same finding, wherever the line is now.
    """
    left = Counter(known)
    new: list[Finding] = []
    for one in found:
        key = _key(one.rule, one.excerpt, one.message)
        if left[key] > 0:
            left[key] -= 1
        else:
            new.append(one)
    rank = list(Severity)
    return tuple(sorted(new, key=lambda one: (rank.index(one.severity), one.line or 0))), len(found) - len(new)


def _key(rule: str, excerpt: str, message: str) -> tuple[str, str]:
    return rule, excerpt or DIGITS.sub("", message)


def _bad_imports(today: Today, graph: ImportGraph, path: Path, before: Iterable[str]) -> tuple[BadImport, ...]:
    """Modules that the draft imports itself, that may not be used, and that the version on record does not import."""
    project, had = today.store.project, set(before)
    names = [project.name_of(file) for file, module in graph.imports(path).items() if module not in had]
    if not names:
        return ()
    where = f"l.path IN ({', '.join('?' * len(names))}) AND a.id NOT IN ({FORGOTTEN})"
    cards = cards_of(today, [row for row in artifacts(today.store, where, names) if row.present])
    bad = [card for card in cards if is_unusable(card)]
    why = reasons(today, bad)
    found = []
    for card in bad:
        instead = instead_of(today, card, cards)
        found.append(
            BadImport(card.name, card.lineage_status.value, why.get(card.row.id, ""), instead.name if instead else "")
        )
    return tuple(found)
