"""Run the script rules over a script and the local modules that it imports, each module once.

What contaminates a module contaminates whoever imports it; a warning stays where it is, and in a test it is a note. A
module that cannot be read or parsed leaves its importers unchecked, not clean; it is said once, not once for each rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ...observe.script.imports import ImportGraph
from ...observe.script.source import UNPARSED, Source, collector_paused
from ..base import Finding, Ignored, Severity, Unchecked, attempt
from ..config import RuleConfig
from .ignores import Ignore, read_ignores
from .program import Program
from .rule import ScriptRule


@dataclass(frozen=True)
class Seen:
    """What all script rules saw in one module."""

    findings: tuple[Finding, ...]
    ignored: tuple[Ignored, ...]
    unchecked: tuple[Unchecked, ...]


class ScriptExaminer:
    """The script rules of one configuration over the modules of one import graph."""

    def __init__(self, graph: ImportGraph, config: RuleConfig, program: Program | None = None) -> None:
        self.config = config
        self.program = program or Program(graph, config.relative)
        self._graph = graph
        self._rules = [rule for rule in config.rules("script") if isinstance(rule, ScriptRule)]
        by, judged = graph.judged
        self._seen: dict[Path, Seen] = judged if by == config else {}
        graph.judged = config, self._seen

    def examine(self, path: Path) -> tuple[list[Finding], list[Ignored], list[Unchecked]]:
        """Everything seen in the script itself, and of its imports what contaminates or could not be checked."""
        with collector_paused():
            helpers = [(module, self._module(module)) for _, module in self._graph.closure(path)]
            own = self._module(path)
            self._graph.sources.forget()  # before the collector wakes up and goes through all those trees
        findings, ignored, unchecked = list(own.findings), list(own.ignored), list(own.unchecked)
        for module, helper in helpers:
            findings += [finding for finding in helper.findings if finding.severity is Severity.CONTAMINATES]
            ignored += [one for one in helper.ignored if one.finding.severity is Severity.CONTAMINATES]
            if helper.unchecked:
                name = self.config.relative(module)
                unchecked += (replace(one, why=f"imports {name}: {one.why}") for one in helper.unchecked)
        return findings, ignored, unchecked

    def own(self, path: Path) -> Seen:
        """What is seen in one script, and nothing of its imports."""
        with collector_paused():
            return self._module(path)

    def _module(self, path: Path) -> Seen:
        if path not in self._seen:
            self._seen[path] = self._look(path)
        return self._seen[path]

    def _open_points(self, source: Source) -> Iterator[Unchecked]:
        """What no rule can see past: code that is not in the tree, and modules that are not where they are sought."""
        if source.broken:
            yield Unchecked("syntax" if UNPARSED in source.broken else "source", source.broken)
        for statement in self._graph.missing(source.path):
            line, cell = source.place(statement.line)
            where = f"{cell} line {line}" if cell else f"line {line}"
            yield Unchecked("module", f"{where} imports {statement.written}, which leads to no file of the project")

    def _look(self, path: Path) -> Seen:
        try:
            module = self.program.module(path)
        except OSError as error:
            return Seen((), (), (Unchecked("source", f"cannot be read: {error.strerror}"),))
        source = module.source
        found: list[Finding] = []
        unchecked = list(self._open_points(source))
        for rule in self._rules:
            if source.language not in rule.languages:
                continue
            if rule.may_apply(module):
                unchecked += attempt(rule, partial(rule.check, module), found)
        if module.makes_nothing_that_stays:
            found = [_lowered(finding) for finding in found]
        ignores = read_ignores(source)
        findings: list[Finding] = []
        ignored: list[Ignored] = []
        for finding in found:
            reason = _reason(source, ignores, finding)
            if reason:
                ignored.append(Ignored(finding, reason))
            else:
                findings.append(finding)
        return Seen(tuple(findings), tuple(ignored), tuple(unchecked))


def _lowered(finding: Finding) -> Finding:
    """What is found in a test, or in what was replaced: a warning about what is made for good is a note there."""
    return replace(finding, severity=Severity.NOTES) if finding.severity is Severity.WARNS else finding


def _reason(source: Source, ignores: list[Ignore], finding: Finding) -> str:
    """Why an inline exception sets this finding aside, or `""` when none does."""
    line = source.number(finding.line or 0, finding.field)
    return next((one.reason for one in ignores if line in one.covers and finding.rule in one.codes), "")
