"""Run the selected rules over one thing and say what came of it: findings, what was set aside, what was not checked.

A rule that crashes is `Unchecked` with its error, so that a broken rule can never make anything look clean. Datasets
are examined in the pass that describes them (`dataset/one_pass.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .base import Examination, Finding, Ignored, Unchecked, attempt
from .config import RuleConfig
from .ruleset import ruleset

if TYPE_CHECKING:
    from ..observe.checkpoint.profile import CheckpointProfile
    from ..observe.dataset.profile import DatasetProfile
    from ..observe.script.imports import ImportGraph
    from ..observe.settings.profile import SettingsFile
    from .script.examine import ScriptExaminer


def examine_script(path: Path, root: Path, graph: ImportGraph, config: RuleConfig) -> Examination:
    """What the script rules see in a script and in the local modules that it imports.

    Modules are examined once per import graph: pass the same graph for all scripts of one scan, and a new one for the
    next. Files are named relative to `root`.
    """
    findings, ignored, unchecked = script_examiner(graph, config).examine(path)
    return conclude("script", path, config, findings, unchecked, ignored)


def script_examiner(graph: ImportGraph, config: RuleConfig) -> ScriptExaminer:
    """The examiner of an import graph; under another configuration a new one, which knows the modules that it read."""
    from .script.examine import ScriptExaminer

    examiner: ScriptExaminer | None = graph.examiner
    if examiner is None or examiner.config != config:
        program = examiner.program if examiner and examiner.config.root == config.root else None
        examiner = graph.examiner = ScriptExaminer(graph, config, program)
    return examiner


def examine_draft(path: Path, graph: ImportGraph, config: RuleConfig) -> Examination:
    """What the script rules see in one file of a graph, which may have a draft of it; its imports are not judged."""
    seen = script_examiner(graph, config).own(path)
    return conclude("script", path, config, seen.findings, seen.unchecked, seen.ignored)


def examine_checkpoint(
    path: Path, profile: CheckpointProfile, config: RuleConfig, kind: str = "checkpoint"
) -> Examination:
    """What the checkpoint rules see in a checkpoint folder or model file that `profile` describes."""
    from .checkpoint.rule import CheckpointRule

    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    for rule in config.rules(kind):
        assert isinstance(rule, CheckpointRule)
        unchecked += attempt(rule, partial(rule.check, path, profile), findings)
    if profile.not_understood:
        unchecked.append(Unchecked("form", profile.not_understood))
    return conclude(kind, path, config, findings, unchecked)


def examine_dataset(path: Path, config: RuleConfig) -> tuple[DatasetProfile, Examination]:
    """What a dataset is and what the dataset rules see in it, from one pass. Raises OSError when it cannot be read."""
    from .dataset.one_pass import examine
    from .dataset.rule import DatasetRule

    rules = [rule for rule in config.rules("dataset") if isinstance(rule, DatasetRule)]
    profile, seen = examine(path, rules, ruleset("dataset", config))
    return profile, conclude("dataset", path, config, seen.findings, seen.unchecked)


def examine_datasets(paths: Sequence[Path], config: RuleConfig) -> dict[Path, tuple[DatasetProfile, Examination]]:
    """The same for those of many files that can be read together; the others have to be examined one by one."""
    from .dataset.rule import DatasetRule
    from .dataset.together import examine_together

    def rules() -> Sequence[DatasetRule]:
        return [rule for rule in config.rules("dataset") if isinstance(rule, DatasetRule)]

    found = examine_together(paths, rules, ruleset("dataset", config))
    return {
        path: (profile, conclude("dataset", path, config, seen.findings, seen.unchecked))
        for path, (profile, seen) in found.items()
    }


def examine_settings(file: SettingsFile, config: RuleConfig) -> Examination:
    """What the settings rules see in settings that are parsed already."""
    from .settings.rule import SettingsRule

    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    for rule in config.rules("settings"):
        assert isinstance(rule, SettingsRule)
        if rule.mark is None or rule.mark.search(file.text):
            unchecked += attempt(rule, partial(rule.check, file), findings)
    return conclude("settings", file.path, config, findings, unchecked)


def conclude(
    kind: str,
    path: Path,
    config: RuleConfig,
    findings: Iterable[Finding],
    unchecked: Iterable[Unchecked] = (),
    ignored: Iterable[Ignored] = (),
) -> Examination:
    """The examination of the thing at `path`, with what the configuration ignores for that path set aside."""
    relative = config.relative(path)
    standing: list[Finding] = []
    aside = list(ignored)
    for finding in findings:
        pattern = config.pattern_ignoring(finding.rule, relative)
        if pattern is None:
            standing.append(finding)
        else:
            why = config.reason(finding.rule)
            aside.append(Ignored(finding, f"per-path-ignores: {pattern}" + (f": {why}" if why else "")))
    return Examination(ruleset(kind, config), tuple(standing), tuple(unchecked), tuple(aside))
