"""An artifact's dossier for a person: what it is, where it stands and why, then the details.

Whatever can be taken back stands with the beginning of its fact in brackets, as `assay retract` takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from ..facts.reading.executions import SEEN_ONLY
from ..facts.reading.history import Excepted, Said, Sighted
from ..facts.store import now
from ..hashing import SHORT, short
from ..kinds import row_of
from ..legible import page
from ..lineage.evidence import Evidence
from ..memory.told import line
from .grouping import Cause, grouped
from .observed import Observed
from .parents import ParentFound
from .references import Named, ReferenceDossier
from .show import Dossier, RunPart

SHOWN = 8
HIDDEN = ("purpose", "samples", "vocabulary", "shapes", "names", "texts", "inner")
Item = TypeVar("Item")


def text(found: Dossier | ReferenceDossier) -> str:
    """The dossier in sections, the most telling first."""
    if isinstance(found, ReferenceDossier):
        return found.text()
    card = found.card
    primary = f", PRIMARY for {card.primary or 'its purpose'}" if card.primary is not None else ""
    lines = [f"{card.name} ({card.row.kind}{primary})"]
    lines += [f"  {card.purpose}"] if card.purpose else []
    if found.split:
        rows = found.profile["splits"][found.split]
        lines.append(f"  split     {found.split}, {rows:,} rows; it stands as the whole does")
    lines.append(f"  version   {card.row.version or 'none'}")
    lines.append(f"  status    {card.status.value}; with lineage {card.lineage_status.value}")
    if found.evaluated:
        lines.append(f"  model     {found.evaluated.text()}")
    lines += [f"  on a word {one}" for one in found.words]
    if card.replaced_by:
        lines.append(f"  use       {card.replaced_by} instead: {card.deprecated_because}")
    if card.created_at:
        lines.append(f"  since     {card.created_at[:10]} ({card.created_from})")
    if not card.row.present:
        lines.append(f"  not here: {'no longer at its path' if found.was_here else 'not in this working copy'}")
    if found.same_bytes:
        lines.append(f"  same as   {', '.join(found.same_bytes)}, byte for byte")
    if found.standing:
        lines += [f"  because   {reason.stand.message}" for reason in found.standing.reasons[:SHOWN]]
    lines += _section("Made from", found.parents, ParentFound.text)
    lines += _section("Findings", grouped((card.name, one) for one in found.findings), _cause)
    lines += _section("Declarations", found.declarations, _declaration)
    lines += _section("Bugs, decisions and tasks", found.memory, line)
    lines += _section("Waivers", found.waivers, _waiver)
    lines += _section("Versions", _distinct(found.versions), _version)
    lines += _section("Runs", found.runs, _run)
    lines += _section("Read undeclared on the way to it", found.observed, Observed.text)
    lines += _section("Names of the Hub", found.names, Named.text)
    lines += _section("Details", _details(card.row.kind, found.profile), str)
    return page(lines)


def _section(title: str, items: Sequence[Item], line: Callable[[Item], str]) -> list[str]:
    if not items:
        return []
    more = [f"  … and {len(items) - SHOWN} more"] if len(items) > SHOWN else []
    return ["", f"{title}:", *(f"  {line(item)}" for item in items[:SHOWN]), *more]


def _cause(one: Cause) -> str:
    """What a rule says, with every place and its fact; of many places, the first."""
    if len(one.sites) == 1:
        return f"{one.rule} {one.severity}, {one.sites[0].where}: {one.message}{_fact(one.sites[0].facts[0])}"
    places = [f"{site.where} [{site.facts[0][:SHORT]}]" for site in one.sites]
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    return f"{one.rule} {one.severity}, {', '.join(places[:SHOWN])}{more}: {one.message}"


def _declaration(one: Said) -> str:
    taken_back = " (retracted)" if one.retracted else ""
    return f"{one.at[:10]} {one.status}: {one.reason} — {one.author}{_signed(one)}{taken_back}{_fact(one.fact)}"


def _waiver(one: Excepted) -> str:
    over = " (retracted)" if one.retracted else "" if one.expires_at > now() else " (expired)"
    until = f"for {one.purpose} until {one.expires_at[:16]}"
    return f"{one.at[:10]} {until}: {one.reason} — {one.author}{_signed(one)}{over}{_fact(one.fact)}"


def _signed(one: Said | Excepted) -> str:
    return f", {one.signed}" if one.signed else ""


def _distinct(seen: Sequence[Sighted]) -> list[Sighted]:
    """What was seen again at the same path, as after a checkout and back, once: when it was seen last."""
    newest: dict[tuple[str, str], Sighted] = {}
    for one in seen:
        newest.setdefault((one.version, one.path), one)
    return list(newest.values())


def _version(one: Sighted) -> str:
    commit = f" {one.commit[:SHORT]}" if one.commit else ""
    return f"{short(one.version)}  {one.at[:16]} ({one.source}{commit})  {one.size:,} bytes  {one.path}"


def _run(one: RunPart) -> str:
    part = one.part
    if part.evidence == Evidence.ASSERTED:
        return f"{part.run[:SHORT]}  {part.started_at[:16]}  asserted: {part.side} as {part.role}{_fact(part.run)}"
    fact = _fact(part.fact) if part.evidence in SEEN_ONLY else ""
    did = f"{part.side} as {part.role}  {part.outcome or 'not finished'}"
    return f"{part.run[:SHORT]}  {part.started_at[:16]}  {did}{fact}"


def _fact(id: str) -> str:
    return f"  [{id[:SHORT]}]"


def _details(kind: str, profile: Mapping[str, Any]) -> list[str]:
    """What its observer puts in words, then the other parts of a profile that say something, one line each."""
    observer = row_of(kind).observed
    lines = list(observer.told(profile))
    for key, value in profile.items():
        if key in observer.put_in_words or value in (None, "", [], {}, ()) or key in HIDDEN:
            continue
        if isinstance(value, list):
            names = [_short(one) for one in value]
            value = ", ".join(names[:12]) + (f" … ({len(names)})" if len(names) > 12 else "")
        elif isinstance(value, dict):
            value = ", ".join(f"{inner}={one}" for inner, one in value.items() if one not in (None, "", [], {}))
        lines.append(f"{key.replace('_', ' ')}: {value}")
    return lines


def _short(one: Any) -> str:
    """One entry of a list in a profile by what names it."""
    if not isinstance(one, dict):
        return str(one)
    named = one.get("name") or one.get("path") or one.get("text") or one.get("flags") or one
    return named[-1] if isinstance(named, list) else str(named)
