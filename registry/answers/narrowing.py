"""An audit of a part: what one rule says, or what lies at some paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatch
from typing import Any

from ..errors import NotRecorded, UsageError
from ..facts.names import Names
from ..facts.query import artifacts
from ..facts.store import Store
from ..overlap.rules import OVERLAP_RULES
from ..rules.table import all_rules
from .audited import Audit

OF_RULES = ("findings", "contaminated", "ignored")
OF_THINGS = (*OF_RULES, "waivers", "attested", "scoped", "unverified")
OF_NAMES = ("undescribed", "unscanned")
UNSPOKEN = (
    *("undescribed", "copies", "unscanned", "missing", "gone", "contradictions", "unended", "rules_off", "house"),
    "families",
)


def at_paths(store: Store, paths: Sequence[str], found: Audit) -> list[str]:
    """These paths and globs as names of the project. Raises NotRecorded for one that nothing has, here or on record:
    of what nobody knows, "nothing found" would be no answer."""
    names = [*(one.name for one in artifacts(store)), *found.unscanned]
    meant = []
    for path in paths:
        told = (store.project.name_of(path), path.removeprefix("./"))
        known = next((one for one in told if any(_lies(name, [one]) for name in names)), None)
        known = known or next((one for one in told if store.project.path_of(one).exists()), None)
        if known is None:
            raise NotRecorded(f"nothing here or on record is called {path!r}", Names(store).instead_of(told[0]))
        meant.append(known)
    return meant


def narrowed(found: Audit, rules: Sequence[str], paths: Sequence[str]) -> Audit:
    """The same audit where only these rules speak (codes or their beginnings), of what lies at these paths or globs.

    What no rule says is left out where rules are named. Raises UsageError for a code that no rule has.
    """
    codes = [*all_rules(), *(rule.code for rule in OVERLAP_RULES)]
    for rule in rules:
        if not any(code.startswith(rule) for code in codes):
            raise UsageError(f"{rule!r} is no rule", "`assay rules` lists them.")
    kept: dict[str, Any] = {}
    if rules:
        by_rule = {name: [one for one in getattr(found, name) if _says(one, rules)] for name in OF_RULES}
        kept = {**dict.fromkeys((*OF_THINGS, *UNSPOKEN), ()), **by_rule}
    if paths:
        found, kept = replace(found, **kept), {}
        kept = {name: [one for one in getattr(found, name) if _lies(one.artifact, paths)] for name in OF_THINGS}
        kept |= {name: [one for one in getattr(found, name) if _lies(one, paths)] for name in OF_NAMES}
        kept |= {name: [one for one in getattr(found, name) if _lies(one.name, paths)] for name in ("missing", "gone")}
        kept["copies"] = [one for one in found.copies if any(_lies(name, paths) for name in one.names)]
        kin = [(one, [card.name for card in one.family.members]) for one in found.families]
        kept["families"] = [one for one, names in kin if any(_lies(name, paths) for name in names)]
        kept["contradictions"] = [one for one in found.contradictions if any(path in one for path in paths)]
    return replace(found, **kept)


def _says(one: Any, rules: Sequence[str]) -> bool:
    return bool(one.rule) and one.rule.startswith(tuple(rules))


def _lies(name: str, paths: Sequence[str]) -> bool:
    """Whether a name is one of these, lies below it, or matches it as a glob; all lies below the project's root."""
    return any(
        path == "." or name == path or name.startswith(f"{path.rstrip('/')}/") or fnmatch(name, path) for path in paths
    )
