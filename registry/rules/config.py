"""Which rules run, on which paths, with which parameters: `[tool.assay]` of the project's settings.

    [tool.assay]
    select = ["AS"]                            # codes or their beginnings; all rules when absent
    ignore = ["AS104"]
    [tool.assay.per-path-ignores]
    "examples/*" = ["AS101"]
    [tool.assay.reasons]                       # what contaminates is switched off with a reason, or not at all
    AS101 = "the examples show what not to do"
    [tool.assay.parameters.AS101]
    allow = ["*-Instruct*"]

Refuses a code or parameter that no rule has: a misspelt one would silently change nothing. A rule that contaminates
stays on, whatever the settings say, until there is a reason for switching it off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..settings import Settings
from .table import HOUSE_RULES, KEPT, Listed, all_rules

if TYPE_CHECKING:
    from .base import Rule

COLLECTIONS = (list, tuple, set, frozenset)
SAY_WHY = 'give one in [tool.assay.reasons], such as AS201 = "…"'
TOML_NAMES = {list: "list", dict: "table", str: "string", bool: "true or false", int: "whole number", float: "number"}


@dataclass(frozen=True)
class SwitchedOff:
    """A setting that would switch these contaminating rules off; with no reason for it, they stand."""

    setting: str
    codes: tuple[str, ...]
    reason: str | None

    def text(self) -> str:
        """What was set, what it does, and why."""
        codes = ", ".join(self.codes)
        if self.reason is None:
            return f"{self.setting} has no reason: {codes} {'stand' if self.codes[1:] else 'stands'} ({SAY_WHY})"
        return f"{self.setting} switches {codes} off: {self.reason}"

    def as_dict(self) -> dict[str, Any]:
        """The exception as JSON-ready values."""
        return {
            "setting": self.setting,
            "codes": list(self.codes),
            "reason": self.reason,
            "stands": self.reason is None,
        }


@dataclass(frozen=True)
class RuleConfig:
    """A checked configuration of the rules of one project. Patterns match POSIX paths relative to `root`."""

    root: Path
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_path: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)

    def keeping(self, codes: Iterable[str]) -> RuleConfig:
        """The same for a house that keeps these rules, as far as they ask whether it does."""
        asking = HOUSE_RULES.intersection(codes)
        parameters = {code: {**self.parameters.get(code, {}), KEPT: True} for code in sorted(asking)}
        return replace(self, parameters={**self.parameters, **parameters}) if asking else self

    def rules(self, kind: str) -> tuple[Rule, ...]:
        """Fresh instances of the selected rules for this kind of artifact, by code, with their parameters."""
        return tuple(rule.load()(**self.parameters.get(rule.code, {})) for rule in self.selected(kind))

    def selected(self, kind: str) -> tuple[Listed, ...]:
        """The selected rules for this kind, not loaded."""
        if kind not in self._selected:
            rules = (rule for rule in all_rules().values() if kind in rule.kinds)
            self._selected[kind] = tuple(rule for rule in rules if self.stands(rule.code))
        return self._selected[kind]

    @cached_property
    def _selected(self) -> dict[str, tuple[Listed, ...]]:
        return {}  # by kind, filled when it is asked for, which everything that is looked at does

    @cached_property
    def rulesets(self) -> dict[str, str]:
        """The names of the rulesets by kind, as `engine.ruleset` finds them."""
        return {}

    def stands(self, code: str) -> bool:
        """Whether a rule is on: nothing switches it off, or it contaminates and nobody has said why it may be off."""
        return self._switching_off(code) is None or not (code in all_rules() and self._may_be_off(all_rules()[code]))

    def _switching_off(self, code: str) -> str | None:
        """The setting that leaves a rule out everywhere, as people would quote it, or None."""
        if found := next(filter(code.startswith, self.ignore), None):
            return f"ignore of {found}"
        return (
            None
            if code.startswith(self.select or "")
            else f"select of {', '.join(self.select)} (which leaves the rest out)"
        )

    def _may_be_off(self, rule: Listed) -> bool:
        """Whether nothing is lost, or somebody has said why it may be."""
        return rule.only_warns or self.reason(rule.code) is not None

    def reason(self, code: str) -> str | None:
        """Why a rule may be switched off, in the words of the most exact setting."""
        return next(
            (self.reasons[known] for known in sorted(self.reasons, key=len, reverse=True) if code.startswith(known)),
            None,
        )

    def reasons_by_path(self) -> dict[str, str | None]:
        """Code → reason of each contaminating rule that is to be set aside for some path."""
        named = tuple(code for codes in self.per_path.values() for code in codes)
        rules = (rule for rule in all_rules().values() if not rule.only_warns and rule.code.startswith(named))
        return {rule.code: self.reason(rule.code) for rule in rules}

    def exceptions(self) -> tuple[SwitchedOff, ...]:
        """Every setting that would switch contaminating rules off, with its reason, or without one and to no effect."""
        found: dict[tuple[str, str | None], list[str]] = {}
        for rule in all_rules().values():
            if not rule.only_warns:
                settings = [self._switching_off(rule.code)]
                settings += [
                    f"per-path-ignores of {known} for {pattern}"
                    for pattern, codes in self.per_path.items()
                    for known in codes
                    if rule.code.startswith(known)
                ]
                for setting in filter(None, settings):
                    found.setdefault((setting, self.reason(rule.code)), []).append(rule.code)
        return tuple(SwitchedOff(setting, tuple(codes), reason) for (setting, reason), codes in found.items())

    def relative(self, path: Path) -> str:
        """The path as findings and patterns give it: POSIX, below the root where it lies there."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()

    def pattern_ignoring(self, code: str, relative: str) -> str | None:
        """The per-path pattern that sets this rule aside for this path, or None."""
        for pattern, codes in self.per_path.items():
            if fnmatch(relative, pattern) and code.startswith(codes) and self._may_be_off(all_rules()[code]):
                return pattern
        return None


def load_config(root: Path) -> RuleConfig:
    """The rule configuration of the project at `root`. Raises UsageError naming the first setting that does not fit."""
    settings = Settings.read(root)
    return RuleConfig(
        root,
        _known("select", settings.select),
        _known("ignore", settings.ignore),
        {
            pattern: _known(f"per-path-ignores.{pattern!r}", codes)
            for pattern, codes in settings.per_path_ignores.items()
        },
        {code: _parameters(code, values) for code, values in settings.parameters.items()},
        {code: settings.reasons[code] for code in _known("reasons", tuple(settings.reasons))},
    )


def _known(setting: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    for code in codes:
        if not any(known.startswith(code) for known in all_rules()):
            raise UsageError(f"[tool.assay] {setting} names {code!r}, which is no rule", "`assay rules` lists them.")
    return codes


def _parameters(code: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    rule = all_rules().get(code)
    if rule is None:
        raise UsageError(f"[tool.assay.parameters.{code}] is no rule's table", "`assay rules` lists the rules.")
    return {name: _parameter(rule.load(), name, value) for name, value in values.items()}


def _parameter(rule: type[Rule], name: str, value: Any) -> Any:
    """The value in the type of the parameter's default: a TOML list becomes a tuple or set, an integer a float."""
    where = f"[tool.assay.parameters.{rule.code}] {name}"
    if name not in rule.parameters:
        remedy = f"It has: {', '.join(rule.parameters) or 'none'}."
        raise UsageError(f"{where}: the rule has no such parameter", remedy)
    default = rule.parameters[name].default
    wanted = list if isinstance(default, COLLECTIONS) else type(default)
    if type(value) is int and wanted is float:
        return float(value)
    if type(value) is not wanted:
        raise UsageError(
            f"{where} must be a {TOML_NAMES[wanted]}", "`assay rules " + rule.code + "` shows the default."
        )
    return type(default)(value)
