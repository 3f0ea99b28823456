"""Every rule as a document: what `assay rules` lists and explains, and the page of the documentation."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import NotRecorded
from .base import Rule
from .config import RuleConfig
from .overlap import OVERLAP_RULES
from .table import all_rules

PREFACE = """# The rules

Generated from the rules themselves; regenerate with `REGENERATE=1 pytest tests/cli/test_evidence.py`. A rule that
*contaminates* taints what it is found in and everything made from that; one that *warns* is only reported. *Proof* is
seen in the bytes, a *house rule* was broken, a *heuristic* is a sign that may mislead.
"""


@dataclass(frozen=True)
class Entry:
    """A rule and how the project has configured it. `setting` is `ignored` or `not selected` where it does not run."""

    rule: type[Rule]
    setting: str
    values: Mapping[str, Any]

    @property
    def summary(self) -> str:
        """The first sentence of the rule's documentation."""
        return (inspect.getdoc(self.rule) or "").split("\n", 1)[0]

    def as_dict(self) -> dict[str, Any]:
        """The rule as JSON-ready values, in the documented shape of `rules`."""
        rule = self.rule
        return {
            "code": rule.code,
            "name": rule.name,
            "kinds": list(rule.kinds),
            "severity": rule.severity.value,
            "basis": rule.basis.value,
            "version": rule.version,
            "summary": self.summary,
            "documentation": inspect.getdoc(rule),
            "fix": rule.fix,
            "selected": not self.setting,
            "parameters": {
                name: {
                    "value": _plain(self.values.get(name, one.default)),
                    "default": _plain(one.default),
                    "meaning": one.meaning,
                    "source": one.source,
                }
                for name, one in rule.parameters.items()
            },
        }

    def line(self) -> str:
        """The rule in one line of a list."""
        rule = self.rule
        setting = f"  [{self.setting}]" if self.setting else ""
        return f"{rule.code}  {rule.severity.value:<12}  {rule.basis.value:<10}  {self.summary}{setting}"

    def page(self) -> str:
        """The full page of the rule."""
        rule = self.rule
        title = f"{rule.code} {rule.name} ({' and '.join(rule.kinds)}): {rule.severity.value}, {rule.basis.value}"
        setting = f"\nThis project has it {self.setting}.\n" if self.setting else ""
        lines = [title, setting, inspect.getdoc(rule) or "", "", f"Fix: {rule.fix}"]
        for name, one in rule.parameters.items():
            value = self.values.get(name, one.default)
            own = f" (default {_shown(one.default)})" if name in self.values else ""
            source = f" Source: {one.source}." if one.source else ""
            lines.append(f"Parameter {name} = {_shown(value)}{own}: {one.meaning}.{source}")
        return "\n".join(lines)


def catalogue(config: RuleConfig) -> list[Entry]:
    """Every rule by code, those that compare datasets included, with this configuration."""
    entries = [
        Entry(listed.load(), _setting(config, code), config.parameters.get(code, {}))
        for code, listed in all_rules().items()
    ]
    return sorted([*entries, *(Entry(rule, "", {}) for rule in OVERLAP_RULES)], key=lambda entry: entry.rule.code)


def find(entries: Sequence[Entry], code: str) -> Entry:
    """The rule with this code or name. Raises NotRecorded."""
    wanted = code.strip().lower()
    for entry in entries:
        if wanted in (entry.rule.code.lower(), entry.rule.name):
            return entry
    raise NotRecorded(f"there is no rule {code!r}", "`assay rules` lists them.")


def listing(entries: Sequence[Entry]) -> str:
    """All rules, one a line, by the kind of thing that they are about."""
    lines: list[str] = []
    heading = ""
    for entry in entries:
        about = " and ".join(f"{kind}s" for kind in entry.rule.kinds)
        about += " beside evaluations (assay overlap)" if entry.rule in OVERLAP_RULES else ""
        if about != heading:
            lines += ["", f"About {about}:"] if lines else [f"About {about}:"]
            heading = about
        lines.append(f"  {entry.line()}")
    return "\n".join([*lines, "", "`assay rules CODE` explains one."])


def markdown(entries: Sequence[Entry]) -> str:
    """The page of the documentation."""
    parts = [PREFACE]
    for entry in entries:
        rule = entry.rule
        about = f"*{' and '.join(rule.kinds)} · {rule.severity.value} · {rule.basis.value}*"
        parts.append(f"\n## {rule.code} {rule.name}\n\n{about}\n\n{inspect.getdoc(rule)}\n")
        for name, one in rule.parameters.items():
            parts.append(
                f"\n- `{name}` = `{_shown(one.default)}`: {one.meaning}. Source: {one.source or 'house rule'}."
            )
        parts.append("\n" if rule.parameters else "")
    return "".join(parts)


def _setting(config: RuleConfig, code: str) -> str:
    if config.ignore and code.startswith(config.ignore):
        return "ignored"
    return "" if code.startswith(config.select or "") else "not selected"


def _plain(value: Any) -> Any:
    """A parameter's value as JSON has it, in an order that is always the same."""
    return sorted(value) if isinstance(value, set | frozenset) else value


def _shown(value: Any) -> str:
    value = _plain(value)
    return ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)
