"""The audit: what is contaminated, unproven, missing, undescribed or contradictory, and which exceptions were made."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..facts.reading.artifacts import forgotten, gone, importing, in_git, placed
from ..facts.reading.declarations import attested, waived
from ..facts.reading.findings import current_findings, findings_by_fact, set_aside
from ..facts.reading.habits import kept
from ..facts.store import Store
from ..kinds import FAMILIES, SCRIPT, family_of
from ..lineage.explanation import statement
from ..lineage.status import Reason, Status, as_named, explain
from ..observe.walk import Noted, Walk
from ..runs.recover import unended
from ..sharing.conflicts import opposed
from ..standing.cards import Card, all_cards
from ..standing.relatives import relatives
from ..standing.rulesets import exceptions
from ..standing.today import Today
from .audited import Attested, Audit, AuditFinding, Contaminated, Gone, Missing, Scoped, SetAside, Unverified, Waived
from .copies import copies

ONCE_A_FOLDER = frozenset(("AS214",))  # how data was made is a habit: one notice tells of it
Because = Sequence[tuple[Card, Reason]]


def audit(store: Store) -> Audit:
    """Audit this working copy against its registry."""
    today = Today.of(store).with_overlap()
    cards = all_cards(today)
    here = [card for card in cards if card.row.present]
    undescribed = [card.name for card in here if card.row.kind == SCRIPT and _says_nothing(card)]
    missing, lost = _gone(today, cards)
    reasons = {
        status: [(card, _worst(today, card)) for card in here if card.lineage_status is status]
        for status in (Status.CONTAMINATED, Status.UNVERIFIED)
    }
    today.names.learn(step.version for found in reasons.values() for _, reason in found for step in reason.path)
    unscanned, unread = _unscanned(store, here)
    return Audit(
        counts=_counts(here, undescribed)
        | {"missing": len(missing), "gone": len(lost), "forgotten": len(forgotten(store))},
        waivers=_waivers(today),
        ignored=_ignored(today),
        attested=_attested(store, here),
        contaminated=_contaminated(today, reasons[Status.CONTAMINATED]),
        scoped=_scoped(today, here),
        unverified=_unverified(today, reasons[Status.UNVERIFIED]),
        findings=_findings(today, here),
        undescribed=undescribed,
        copies=copies(here),
        unscanned=unscanned,
        missing=missing,
        gone=lost,
        contradictions=list(_contradictions(store, here, cards)),
        rules_off=exceptions(store.project),
        unended=unended(store),
        not_looked_at=dict(unread),
        house=kept(store),
        families=relatives(store, here),
    )


def _counts(here: Sequence[Card], undescribed: Sequence[str]) -> dict[str, int]:
    statuses = [card.lineage_status for card in here]
    return {
        **{one.plural: sum(family_of(card.row.kind) == one.name for card in here) for one in FAMILIES},
        "described": sum(card.row.kind == SCRIPT for card in here) - len(undescribed),
        "undescribed": len(undescribed),
        "contaminated": statuses.count(Status.CONTAMINATED),
        "deprecated": statuses.count(Status.DEPRECATED),
        "unverified": statuses.count(Status.UNVERIFIED),
    }


def _says_nothing(card: Card) -> bool:
    """Whether a script has code and no word about its purpose; package markers need none."""
    return not (card.purpose or card.row.profile.get("problem") or card.name.endswith("__init__.py"))


def _gone(today: Today, cards: Sequence[Card]) -> tuple[list[Missing], list[Gone]]:
    """What was here and is not: what something here rests on, with that, and what nothing does or git has still."""
    were, held = gone(today.store), in_git(today.store)
    here = {card.row.version for card in cards if card.row.present and card.row.version}
    resting = _resting_on(today, here)
    missing: list[Missing] = []
    lost: list[Gone] = []
    for card in cards:
        if card.row.present or card.row.id not in were or card.status is Status.DEPRECATED:
            continue
        one = card.name, card.row.kind, card.lineage_status.value
        version = card.row.version or ""
        above = resting.get(version) if version not in here | held else None
        if card.primary is not None:
            missing.append(Missing(*one, f"it is PRIMARY for {card.primary or 'its purpose'}"))
        elif above is not None:
            missing.append(Missing(*one, f"{today.names.of(above)} was made from it"))
        else:
            lost.append(Gone(*one, version in held))
    return missing, lost


def _resting_on(today: Today, here: set[str]) -> dict[str, str]:
    """Each version that was read to make something that is here, or whose base it is, with the first of these."""
    found = {one.base: one.version for one in attested(today.store, here) if one.base is not None}
    for version in sorted(here):
        for above in today.graph.ancestors(version):
            found.setdefault(above, version)
    return found


def _waivers(today: Today) -> list[Waived]:
    return [
        Waived(today.names.of(one.version), one.fact, one.version, one.purpose, one.reason, one.author, one.expires_at)
        for one in waived(today.store, today.store.moment())
    ]


def _ignored(today: Today) -> list[SetAside]:
    found = [
        SetAside(
            today.names.name(one.version),
            one.finding["rule"],
            f"line {one.finding['line']}" if one.finding["line"] else "",
            one.reason,
        )
        for one in set_aside(today.store, today.rulesets)
    ]
    return sorted(found, key=lambda one: (one.artifact, one.rule, one.where))


def _worst(today: Today, card: Card) -> Reason:
    """Why a card stands where it stands, worked out over its ancestry alone."""
    version = str(card.row.version)
    ids = {version, *today.graph.ancestors(version)}
    about = {id: as_named(today.facts[id], card.row.kind) if id == version else today.facts[id] for id in ids}
    return explain(version, today.graph, about).reasons[0]


def _contaminated(today: Today, reasons: Because) -> list[Contaminated]:
    """Each contaminated artifact with the worst reason and the path it came by."""
    seen = findings_by_fact(today.store, {reason.stand.fact for _, reason in reasons if reason.stand.fact})
    found: list[Contaminated] = []
    for card, reason in reasons:
        path, stand = today.names.along(reason.path), reason.stand
        finding = seen.get(stand.fact)
        found.append(
            Contaminated(
                artifact=card.name,
                kind=card.row.kind,
                because=because(reason, path),
                path=path,
                rule=stand.rule or None,
                where=stand.where or None,
                message=stand.message,
                excerpt=finding.excerpt if finding else "",
                fix=finding.fix if finding else "",
                fact=stand.fact or None,
                file=stand.file or None,
            )
        )
    return found


def _unverified(today: Today, reasons: Because) -> list[Unverified]:
    return [
        Unverified(
            artifact=card.name,
            kind=card.row.kind,
            lacks=reason.stand.lacks or None,
            inherited=len(reason.path) > 1,
            because=because(reason, today.names.along(reason.path)),
        )
        for card, reason in reasons
    ]


def _scoped(today: Today, here: Sequence[Card]) -> list[Scoped]:
    names = {id: row.name for id, row in today.evaluations.items()}
    return [
        Scoped(card.name, names.get(stand.scope, stand.scope), statement(stand))
        for card in here
        for stand in (today.facts[card.row.version].stands if card.row.version else ())
        if stand.status is Status.CONTAMINATED and stand.scope
    ]


def _attested(store: Store, here: Sequence[Card]) -> list[Attested]:
    """Origins of what is here that stand on somebody's word."""
    by_version = {card.row.version: card.name for card in here}
    found = [
        Attested(by_version[one.version], one.fact, one.origin, one.revision, one.licence, one.author, one.at)
        for one in attested(store, by_version)
    ]
    return sorted(found, key=lambda one: (one.artifact, one.at, one.fact))


def because(reason: Reason, path: tuple[str, ...]) -> str:
    """A reason in one line: the path down which it came, the rule, the place, the message."""
    origin = f"{' ← '.join(path[1:])}: " if len(path) > 1 else ""
    return origin + statement(reason.stand)


def _findings(today: Today, here: Sequence[Card]) -> list[AuditFinding]:
    by_version = {card.row.version: card.name for card in here if card.row.version}
    found = [
        AuditFinding(
            artifact=by_version[one.version],
            version=one.version,
            rule=one.rule,
            severity=one.severity,
            file=one.file,
            line=one.line,
            row=one.row,
            field=one.field,
            excerpt=one.excerpt,
            message=one.message,
            fix=one.fix,
            count=one.count,
            fact=one.fact,
        )
        for one in current_findings(today.store, today.rulesets, by_version)
    ]
    ordered = sorted(found, key=lambda one: (one.severity, one.rule, one.artifact, one.line or 0, one.row or 0))
    return list(_once_a_folder(ordered))


def _once_a_folder(found: Sequence[AuditFinding]) -> Iterator[AuditFinding]:
    """The findings, with those that say of many files what is true of their folder in one: the first of them."""
    alike: dict[tuple[str, str], list[AuditFinding]] = defaultdict(list)
    for one in found:
        if one.rule in ONCE_A_FOLDER:
            alike[one.rule, one.artifact.rpartition("/")[0]].append(one)
    for one in found:
        if one.rule not in ONCE_A_FOLDER:
            yield one
            continue
        folder = one.artifact.rpartition("/")[0]
        first, *others = alike[one.rule, folder]
        if one is first:
            also = f"; so say {len(others)} more in {folder or 'the project folder'}" if others else ""
            yield replace(one, message=one.message + also, count=one.count + sum(other.count for other in others))


def _unscanned(store: Store, here: Sequence[Card]) -> tuple[list[str], Counter[str]]:
    """What lies here and is not on record, and how much of what form nobody looks at."""
    known = {card.name for card in here}
    walk = Walk(store.project, {one.path: Noted(one.stat) for one in placed(store) if one.path not in known})
    return [one.name for one in walk.below([store.project.root]) if one.name not in known], walk.unread


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
    yield from opposed(store)
    yield from _still_imported(store, here)


def _still_imported(store: Store, here: Sequence[Card]) -> Iterator[str]:
    """Deprecated modules that scripts here still import."""
    by_version = {card.row.version: card for card in here if card.row.kind == SCRIPT}
    old = [card for card in here if card.row.kind == SCRIPT and card.status is Status.DEPRECATED]
    certain = importing(store, {card.row.content for card in old})
    for card in old:
        users = sorted(by_version[id].name for id in certain.get(str(card.row.content), ()) if id in by_version)
        if users:
            yield f"{card.name} is deprecated and still imported by {', '.join(users)}"
