"""What a rule is, and what it says when it sees something.

A rule is one small module with one class: its docstring is its documentation (fixed headings), its VALID and INVALID
cases are run as tests, and its class attributes are what the registry records. Three shapes of rule exist because
three kinds of thing are read in three ways: a script as syntax trees, a dataset as one streaming pass over batches, a
checkpoint as headers and configuration. A rule never decides status; it reports findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .severity import Basis as Basis
from .severity import Severity as Severity

EXCERPT_LENGTH = 160


@dataclass(frozen=True)
class Finding:
    """What a rule saw and where. Rows and lines count from 1; `count` is how many places there are in all."""

    rule: str
    severity: Severity
    message: str
    fix: str
    file: str | None = None
    line: int | None = None
    row: int | None = None
    field: str | None = None
    excerpt: str = ""
    count: int = 1

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON-ready values."""
        return vars(self).copy()  # all of them plain, and there may be many


@dataclass(frozen=True)
class Unchecked:
    """A rule that applies but could not be run, and why. Never the same as "nothing found"."""

    rule: str
    why: str


@dataclass(frozen=True)
class Ignored:
    """A finding that an inline `# assay: ignore[CODE] reason` or the configuration sets aside; audits list these."""

    finding: Finding
    reason: str


@dataclass(frozen=True)
class Parameter:
    """A number or list that a rule depends on: its default, what it means, and where the default comes from."""

    default: Any
    meaning: str
    source: str = ""


@dataclass(frozen=True)
class Examination:
    """The outcome of running every applicable rule once: `ruleset` names rules, versions and parameters."""

    ruleset: str
    findings: tuple[Finding, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    ignored: tuple[Ignored, ...] = field(default=())


class Rule:
    """Common part of all rules. Subclasses set the class attributes; `version` grows when the answer may change."""

    code: ClassVar[str]
    name: ClassVar[str]
    kinds: ClassVar[tuple[str, ...]]
    severity: ClassVar[Severity]
    basis: ClassVar[Basis]
    fix: ClassVar[str]
    version: ClassVar[int] = 1
    parameters: ClassVar[Mapping[str, Parameter]] = {}

    def __init__(self, **values: Any) -> None:
        if unknown := values.keys() - self.parameters.keys():
            raise ValueError(f"{self.code} has no parameter {', '.join(sorted(unknown))}")
        self.values = {name: parameter.default for name, parameter in self.parameters.items()} | values

    def finding(self, message: str, **place: Any) -> Finding:
        """A finding of this rule; keywords are `Finding`'s places: file, line, row, field, excerpt, count."""
        from ..disclosure import masked  # a decision without findings needs none of its patterns

        place["excerpt"] = masked(" ".join(place.get("excerpt", "").split()))[:EXCERPT_LENGTH]
        return Finding(rule=self.code, severity=self.severity, message=message, fix=self.fix, **place)


def attempt(rule: Rule, see: Callable[[], Iterable[Finding]], findings: list[Finding]) -> list[Unchecked]:
    """Add what a rule sees to `findings`; what it raises makes it unchecked, and what it saw before that stands."""
    try:
        for finding in see():
            findings.append(finding)
    except Exception as error:  # a rule may be anyone's code, and its crash must not pass for "nothing found"
        import logging

        logging.getLogger(__name__).debug("a rule failed", exc_info=True)
        return [Unchecked(rule.code, f"the rule crashed: {type(error).__name__}: {error}")]
    return []
