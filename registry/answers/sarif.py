"""An audit as SARIF 2.1.0, which code hosts and editors show beside the lines that it is about.

Every finding is a result, and so is whatever else makes an audit fail: what is contaminated by what it was made from or
by a person's word, what is missing, contradictory or not on record. What a baseline accepted, or an exception sets
aside, is there and marked as suppressed. Names are relative to the repository; the same audit gives the same text.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..facts.reading.baselines import Baseline
from ..facts.store import Store
from ..hashing import fact_id
from ..observe.gitlog import prefix
from ..render.rules import rule_page
from ..rules.base import Basis, Rule, Severity
from ..standing.rulesets import config_of
from .audited import Audit, AuditFinding, Contaminated
from .baseline import accepted, likeness
from .rules import catalogue

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"  # what names are relative to, as code hosts call it
FINGERPRINT = "assay/v1"
LEVELS = {Severity.CONTAMINATES: "error", Severity.WARNS: "warning", Severity.NOTES: "note"}
PRECISIONS = {Basis.PROOF: "very-high", Basis.HOUSE_RULE: "high", Basis.HEURISTIC: "medium"}
LINE = re.compile(r"line (\d+)")
TROUBLES = {  # what makes an audit fail and no rule says: the field of the audit, and what to do
    "contaminated": (
        "Contaminated by what it was made from, or by a person's word.",
        "`assay why NAME` shows the path.",
    ),
    "missing": ("It is needed and not here.", "Bring it back, or mark what rests on it."),
    "contradictions": ("What is on record contradicts itself.", "`assay audit` names both sides: take one back."),
    "unscanned": ("It lies here and is not on record.", "Run `assay scan`."),
}


@dataclass(frozen=True)
class Result:
    """One result before it is written: by which rule, where, and what tells it from others whatever its line."""

    rule: str
    level: str
    message: str
    artifact: str
    like: str
    line: int | None = None
    properties: Mapping[str, Any] | None = None
    suppression: Mapping[str, str] | None = None


def sarif(store: Store, found: Audit) -> dict[str, Any]:
    """The log of one run: this audit, of the project of this registry."""
    results = [*_findings(store, found), *_set_aside(found)]
    spoken = {one.rule for one in results}
    rules = [_rule(one.rule) for one in catalogue(config_of(store)) if one.rule.code in spoken]
    rules += [_trouble(name) for name in TROUBLES if name in spoken]
    places = {rule["id"]: at for at, rule in enumerate(rules)}
    below, seen = prefix(store.project.root), Counter[str]()
    run = {
        "tool": {"driver": {"name": "Assay", "version": version("assay"), "rules": rules}},
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [_result(one, places, below, seen) for one in results],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: type[Rule]) -> dict[str, Any]:
    level = LEVELS[rule.severity]
    text = (inspect.getdoc(rule) or "").split("\n", 1)[0]
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": text},
        "fullDescription": {"text": f"{text} {rule.fix}"},
        "help": {"text": inspect.getdoc(rule) or text, "markdown": rule_page(rule)},
        "defaultConfiguration": {"level": level},
        "properties": {
            "precision": PRECISIONS[rule.basis],
            "problem.severity": "recommendation" if level == "note" else level,
            "tags": [*rule.kinds, rule.basis.value],
        },
    }


def _trouble(name: str) -> dict[str, Any]:
    text, fix = TROUBLES[name]
    return {
        "id": name,
        "name": name.capitalize(),
        "shortDescription": {"text": text},
        "help": {"text": f"{text} {fix}"},
        "defaultConfiguration": {"level": "error"},
    }


def _findings(store: Store, found: Audit) -> Iterator[Result]:
    taken = accepted(store, found)
    for at, one in enumerate(found.findings):
        yield _finding(one, _acceptance(taken.get(("findings", at))))
    own = {one.fact for one in found.findings}
    for at, bad in enumerate(found.contaminated):
        if bad.fact not in own or len(bad.path) > 1:
            yield _contaminated(bad, _acceptance(taken.get(("contaminated", at))))
    for field in ("missing", "contradictions"):
        for at, item in enumerate(getattr(found, field)):
            name = "" if isinstance(item, str) else item.name
            message = f"{name} is missing: {item.because}" if name else item
            why = _acceptance(taken.get((field, at)))
            yield Result(field, "error", message, name, likeness(field, item), suppression=why)
    for name in found.unscanned:
        like = fact_id("unscanned", name)
        yield Result("unscanned", "error", f"{name} is not on record: run `assay scan`.", name, like)


def _finding(one: AuditFinding, suppression: Mapping[str, str] | None) -> Result:
    told = {"version": one.version, "row": one.row, "field": one.field, "count": one.count, "fact": one.fact}
    where = f"Row {one.row}: " if one.row else ""
    said = f"{where}{one.message}" + (f" → {one.fix}" if one.fix else "")
    level = LEVELS[Severity(one.severity)]
    return Result(
        one.rule, level, said, one.file or one.artifact, likeness("findings", one), one.line,
        {key: value for key, value in told.items() if value}, suppression,
    )  # fmt: skip


def _contaminated(one: Contaminated, suppression: Mapping[str, str] | None) -> Result:
    said = f"{one.artifact} is contaminated: {one.because}"
    told = {"fact": one.fact} if one.fact else {}
    like = likeness("contaminated", one)
    return Result("contaminated", "error", said, one.artifact, like, properties=told, suppression=suppression)


def _set_aside(found: Audit) -> Iterator[Result]:
    for one in found.ignored:
        line = LINE.search(one.where)
        why = {"kind": "inSource", "justification": one.reason}
        like = fact_id("set aside", one.rule, one.artifact, one.reason)
        said = f"{one.rule} is set aside here: {one.reason}"
        yield Result(one.rule, "note", said, one.artifact, like, int(line[1]) if line else None, suppression=why)


def _acceptance(by: Baseline | None) -> Mapping[str, str] | None:
    return {"kind": "external", "status": "accepted", "justification": f"{by.reason} ({by.author})"} if by else None


def _result(one: Result, places: Mapping[str, int], below: str, seen: Counter[str]) -> dict[str, Any]:
    seen[one.like] += 1
    told: dict[str, Any] = {
        "ruleId": one.rule,
        "ruleIndex": places[one.rule],
        "level": one.level,
        "message": {"text": one.message},
        "partialFingerprints": {FINGERPRINT: f"{one.like}:{seen[one.like]}"},
        "suppressions": [one.suppression] if one.suppression else [],
    }
    location = {"artifactLocation": _place(one.artifact or ".", below)}
    region = {"region": {"startLine": one.line}} if one.line else {}
    told["locations"] = [{"physicalLocation": location | region}]
    return told | ({"properties": dict(one.properties)} if one.properties else {})


def _place(name: str, below: str) -> dict[str, str]:
    """A name as a URI: relative to the repository, absolute for what lies outside of the project."""
    if Path(name).is_absolute():
        return {"uri": f"file://{quote(name)}"}
    return {"uri": quote(f"{below}{name}"), "uriBaseId": ROOT}
