"""The audit: what is contaminated, missing, undescribed or contradictory, and which exceptions were made.

Exceptions come first: waivers that are in force and findings that somebody set aside.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .cards import Card, all_cards
from .names import Names
from .observe.walk import Noted, Walk
from .query import facts_of, whole_graph
from .rulesets import todays
from .status import Reason, Status, explain
from .store import Store, now

SHOWN = 12
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Audit:
    """What an audit found. `findings` are those that contaminate or warn, on what is here now."""

    counts: Mapping[str, int]
    waivers: Sequence[Record]
    ignored: Sequence[Record]
    contaminated: Sequence[Record]
    findings: Sequence[Record]
    undescribed: Sequence[str]
    unscanned: Sequence[str]
    missing: Sequence[Record]
    contradictions: Sequence[str]

    @property
    def is_clean(self) -> bool:
        """Whether nothing here needs anybody's attention now."""
        return not (self.contaminated or self.unscanned or self.missing or self.contradictions)

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON shape `audit`, with what stands beside it."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def text(self) -> str:
        """The audit for a person: exceptions, then problems worst first, then the count."""
        lines: list[str] = []
        lines += _section("Waivers in force", [_waived(one) for one in self.waivers])
        lines += _section("Findings set aside", [_set_aside(one) for one in self.ignored])
        lines += _section("Contaminated", [f"{c['artifact']}: {c['because']}" for c in self.contaminated])
        lines += _section("Contradictions", self.contradictions)
        lines += _section("Described and gone", [f"{m['name']} ({m['kind']}, {m['status']})" for m in self.missing])
        lines += _section("On disk and not on record (assay scan)", self.unscanned)
        warnings = [f for f in self.findings if f["severity"] == "warns"]
        lines += _section("Warnings", list(_by_rule(warnings)))
        lines += _section("Scripts that say nothing of their purpose", self.undescribed)
        counts = self.counts
        kinds = f"scripts {counts['scripts']} ({counts['described']} described), datasets {counts['datasets']}"
        statuses = ("contaminated", "unverified", "deprecated", "missing")
        lines.append(f"{kinds}, checkpoints and models {counts['checkpoints']}")
        lines.append(", ".join(f"{status} {counts[status]}" for status in statuses))
        return "\n".join(lines)


def audit(store: Store) -> Audit:
    """Audit this working copy against its registry."""
    today = todays(store.project)
    cards = all_cards(store, today)
    here = [card for card in cards if card.row.present]
    missing = [card for card in cards if not card.row.present and _was_here(store, card)]
    scripts = [card for card in here if card.row.kind == "script"]
    undescribed = [card.name for card in scripts if _says_nothing(card)]
    statuses = [card.lineage_status for card in here]
    counts = {
        "scripts": len(scripts),
        "described": len(scripts) - len(undescribed),
        "undescribed": len(undescribed),
        "datasets": sum(card.row.kind in ("dataset", "evaluation") for card in here),
        "checkpoints": sum(card.row.kind in ("checkpoint", "model") for card in here),
        "contaminated": statuses.count(Status.CONTAMINATED),
        "deprecated": statuses.count(Status.DEPRECATED),
        "unverified": statuses.count(Status.UNVERIFIED),
        "missing": len(missing),
    }
    names = Names(store)
    return Audit(
        counts=counts,
        waivers=_waivers(store, names),
        ignored=_ignored(store, names),
        contaminated=_contaminated(store, names, here),
        findings=_findings(store, here),
        undescribed=undescribed,
        unscanned=_unscanned(store, here),
        missing=[{"name": c.name, "kind": c.row.kind, "status": c.lineage_status.value} for c in missing],
        contradictions=list(_contradictions(store, here, cards)),
    )


def _says_nothing(card: Card) -> bool:
    """Whether a script has code and no word about its purpose; package markers need none."""
    return not (card.purpose or card.row.profile.get("problem") or card.name.endswith("__init__.py"))


def _was_here(store: Store, card: Card) -> bool:
    sql = "SELECT 1 FROM location WHERE workspace = ? AND artifact_id = ? AND present = 0"
    return store.database.one(sql, [store.workspace, card.row.id]) is not None


def _waivers(store: Store, names: Names) -> list[Record]:
    rows = store.database.rows(
        """SELECT id, version_id, purpose, reason, author, expires_at FROM waiver WHERE expires_at > ?
           AND id NOT IN (SELECT fact_id FROM retraction) ORDER BY expires_at, id""",
        [now()],
    )
    columns = ("fact", "version", "purpose", "reason", "author", "expires_at")
    return [{"artifact": names.of(row[1]), **dict(zip(columns, row, strict=True))} for row in rows]


def _ignored(store: Store, names: Names) -> list[Record]:
    rows = store.database.rows(
        """SELECT DISTINCT e.version_id, e.ignored FROM examination e JOIN location l ON l.version_id = e.version_id
           AND l.workspace = ? AND l.present = 1 WHERE e.ignored <> '[]' ORDER BY e.version_id""",
        [store.workspace],
    )
    found = [
        {
            "artifact": names.name(version),
            "rule": finding["rule"],
            "where": f"line {finding['line']}" if finding["line"] else "",
            "reason": reason,
        }
        for version, ignored in rows
        for finding, reason in json.loads(ignored)
    ]
    return sorted(found, key=lambda one: (one["artifact"], one["rule"], one["where"]))


def _contaminated(store: Store, names: Names, here: Sequence[Card]) -> list[Record]:
    """Each contaminated artifact with the worst reason and the path it came by."""
    bad = [card for card in here if card.lineage_status is Status.CONTAMINATED]
    if not bad:
        return []
    graph, facts = whole_graph(store), facts_of(store, todays(store.project))
    found: list[Record] = []
    for card in bad:
        reason = explain(str(card.row.version), graph, facts).reasons[0]
        path = names.along(reason.path)
        found.append({"artifact": card.name, "because": because(reason, path), "path": list(path)})
    return found


def because(reason: Reason, path: tuple[str, ...]) -> str:
    """A reason in one line: the path down which it came, the rule, the place, the message."""
    stand = reason.stand
    code = " ".join(part for part in (stand.rule, stand.where) if part)
    origin = f"{' ← '.join(path[1:])}: " if len(path) > 1 else ""
    return f"{origin}{code + ': ' if code else ''}{stand.message}"


def _findings(store: Store, here: Sequence[Card]) -> list[Record]:
    by_version = {card.row.version: card.name for card in here if card.row.version}
    rows = store.select(
        """SELECT DISTINCT version_id, rule, severity, file, line, row, field, excerpt, message, fix, count FROM finding
           WHERE version_id IN ({})""",
        by_version,
    )
    columns = ("version", "rule", "severity", "file", "line", "row", "field", "excerpt", "message", "fix", "count")
    found = [{"artifact": by_version[row[0]], **dict(zip(columns, row, strict=True))} for row in rows]
    return sorted(found, key=lambda f: (f["severity"], f["rule"], f["artifact"], f["line"] or 0, f["row"] or 0))


def _unscanned(store: Store, here: Sequence[Card]) -> list[str]:
    known = {card.name for card in here}
    rows = store.database.rows("SELECT path, stat FROM location WHERE workspace = ?", [store.workspace])
    walk = Walk(store.project, {path: Noted(None, stat) for path, stat in rows if path not in known})
    return [one.name for one in walk.below([store.project.root]) if one.name not in known]


def _contradictions(store: Store, here: Sequence[Card], cards: Sequence[Card]) -> Iterator[str]:
    by_name = {card.name: card for card in cards}
    purposes: dict[str, list[str]] = defaultdict(list)
    for card in here:
        if card.primary is not None:
            purposes[" ".join((card.primary or card.purpose).lower().split())].append(card.name)
            if card.status in (Status.DEPRECATED, Status.CONTAMINATED):
                yield f"{card.name} is PRIMARY and {card.status.value}: mark another PRIMARY"
        if card.replaced_by:
            new = by_name.get(card.replaced_by)
            if new is None or not new.row.present:
                yield f"{card.name} is replaced by {card.replaced_by}, which is not here"
            elif new.status in (Status.DEPRECATED, Status.CONTAMINATED):
                yield f"{card.name} is replaced by {card.replaced_by}, which is {new.status.value} itself"
    for purpose, names in sorted(purposes.items()):
        if len(names) > 1:
            yield f"{' and '.join(sorted(names))} are both PRIMARY for {purpose or 'the same purpose'}"
    yield from _still_imported(store, here)


def _still_imported(store: Store, here: Sequence[Card]) -> Iterator[str]:
    """Deprecated or contaminated modules that scripts in good standing still import."""
    by_version = {card.row.version: card for card in here if card.row.kind == "script"}
    for card in here:
        if card.row.kind != "script" or card.status not in (Status.DEPRECATED, Status.CONTAMINATED):
            continue
        rows = store.database.rows(
            "SELECT DISTINCT version_id FROM manifest_entry WHERE path <> '' AND digest = ?", [card.row.content]
        )
        users = sorted(by_version[version].name for (version,) in rows if version in by_version)
        if card.status is Status.DEPRECATED and users:
            yield f"{card.name} is deprecated and still imported by {', '.join(users)}"


def _by_rule(findings: Sequence[Record]) -> Iterator[str]:
    """Warnings gathered by rule and artifact, since one script may earn many."""
    gathered: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for finding in findings:
        gathered[finding["rule"], finding["artifact"]].append(finding)
    for (rule, artifact), found in gathered.items():
        first = found[0]
        place = f"{first['file']}:{first['line']}" if first["line"] else artifact
        place += f" row {first['row']}" if first["row"] else ""
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        yield f"{rule} {place}: {first['message']}{more}"


def _waived(one: Record) -> str:
    return f"{one['artifact']} for {one['purpose']} until {one['expires_at'][:16]}: {one['reason']} — {one['author']}"


def _set_aside(one: Record) -> str:
    return f"{one['artifact']} {one['rule']} {one['where']}: {one['reason']}"


def _section(title: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    more = [f"  … and {len(lines) - SHOWN} more (--json lists all)"] if len(lines) > SHOWN else []
    return [f"{title} ({len(lines)}):", *(f"  {line}" for line in lines[:SHOWN]), *more, ""]
