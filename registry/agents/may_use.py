"""`assay may-use`: only what the gate refuses, in full, with the likely maker and the ways out; the rest is counted.

A path that is not here comes with the documents that name it. One that cannot be judged takes no other with it, and
nothing that is refused counts as allowed because of it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import AssayError, UsageError
from ..facts.query import artifacts
from ..gate.gate import Gate
from ..gate.verdict import InputVerdict, Unjudged
from ..kinds import DATASET
from ..legible import page
from ..lineage.purpose import EVAL, Purpose
from ..standing.freshness import Freshness
from ..standing.today import Today
from .economy import Economy, freshly
from .mentions import Mention, mentions

USUAL = 3
REFUSED = ("path", "status", "because", "rule", "where", "maker", "ways_out")
UNJUDGED = ("path", "why", "named_in")
MOST_WAYS, MOST_NAMED = 3, 3
WORDS = {"evaluate": EVAL, "evaluation": EVAL, "training": "train"}


@dataclass(frozen=True)
class Refusal:
    """An input that may not be used: why, who probably made it, and the ways out."""

    verdict: InputVerdict
    maker: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready values; of several reasons the first, which is the worst."""
        reason = self.verdict.reasons[0].stand if self.verdict.reasons else None
        said = (
            *(self.verdict.name, self.verdict.lineage_status.value, reason.message if reason else None),
            *((reason.rule or None) if reason else None, (reason.where or None) if reason else None),
            *(self.maker or None, list(self.verdict.remedies[:MOST_WAYS]) or None),
        )
        return dict(zip(REFUSED, said, strict=True))

    def text(self) -> str:
        """The gate's words, and the likely maker."""
        return self.verdict.text() + (f"\n  likely made by {self.maker}" if self.maker else "")


@dataclass(frozen=True)
class Absence:
    """A path that cannot be judged, and where documents speak of it, if it is not here."""

    name: str
    unjudged: Unjudged
    is_absent: bool
    named_in: tuple[Mention, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        named = [f"{one.path}:{one.line}" for one in self.named_in[:MOST_NAMED]]
        why = self.unjudged.message.replace(self.unjudged.path, self.name)
        return dict(zip(UNJUDGED, (self.name, why, named or None), strict=True))


@dataclass(frozen=True)
class Permission:
    """What `assay may-use` answers."""

    purpose: Purpose
    allowed: int
    refused: tuple[Refusal, ...]
    without_verdict: tuple[Absence, ...]
    fresh: Freshness

    @property
    def exit_code(self) -> int:
        """As that of `check`: 3 where one is refused, 2 where one could not be judged, else 0."""
        return 3 if self.refused else 2 if self.without_verdict else 0

    @property
    def next(self) -> str | None:
        """The one command that goes on from here."""
        if self.refused:
            return f"assay why {self.refused[0].verdict.name}"
        return "assay scan" if self.without_verdict else None

    def as_dict(self, today: Today, economy: Economy) -> dict[str, Any]:
        """The documented JSON shape `may_use`."""
        said = {
            "ok": self.exit_code == 0,
            "purpose": str(self.purpose),
            "allowed": self.allowed,
            "refused": [one.as_dict() for one in self.refused],
            "absent": [one.as_dict() for one in self.without_verdict if one.is_absent],
            "unjudged": [one.as_dict() for one in self.without_verdict if not one.is_absent],
            "fresh": freshly(today.store, self.fresh),
            "next": self.next,
        }
        return economy.applied(said, {"refused": REFUSED, "absent": UNJUDGED, "unjudged": UNJUDGED}, USUAL)

    def text(self, economy: Economy) -> str:
        """Refusals in full, then what is not here, then how many may be used."""
        limit = economy.limit or len(self.refused)
        lines = [line for one in self.refused[:limit] for line in one.text().split("\n")]
        for one in self.without_verdict:
            lines.append(f"{one.unjudged.message}" + (f"\n  → {one.unjudged.remedy}" if one.unjudged.remedy else ""))
            lines += [f"  named in {said.path}:{said.line}: {said.text}" for said in one.named_in[:MOST_NAMED]]
        lines.append(f"{self.allowed} may be used for {self.purpose}, {len(self.refused)} may not")
        return page([part for line in lines for part in line.split("\n")])


def purpose_of(text: str) -> Purpose:
    """`train`, `evaluate`, `evaluate:NAME`, `publish`. Raises UsageError for anything else."""
    use, colon, name = text.partition(":")
    return Purpose.parse(f"{WORDS.get(use, use)}{colon}{name}")


def may_use(today: Today, paths: Sequence[str], purpose: Purpose, fresh: Freshness, limit: int = USUAL) -> Permission:
    """The gate's word on these paths; who made them is sought for the first `limit` of the refused.

    Raises UsageError for a path that is empty.
    """
    if not all(path.strip() for path in paths):
        raise UsageError("a path is empty", "Name a file or folder.")
    verdict = Gate(today.store).judge([Path(path) for path in paths], purpose)
    inputs = {one.name: one for one in verdict.inputs}  # however often each was named
    refused = [one for one in inputs.values() if not one.allowed]
    absent = {one.path for one in verdict.unjudged if not os.path.lexists(one.path)}
    project = today.store.project
    named = mentions(project, [project.name_of(path) for path in absent])
    return Permission(
        purpose,
        len(inputs) - len(refused),
        tuple(Refusal(one, _maker(today, one) if n < limit else "") for n, one in enumerate(refused)),
        tuple(
            Absence(name, one, one.path in absent, tuple(named.get(name, ())))
            for one in verdict.unjudged
            for name in [project.name_of(one.path)]
        ),
        fresh,
    )


def _maker(today: Today, one: InputVerdict) -> str:
    """The script that is on record as having made a data set, or else is likely to have; empty where nobody is."""
    from ..investigate.candidates import candidates
    from ..investigate.evidence import traces_of
    from ..investigate.suspects import likely, recorded, suspects_of

    if one.kind != DATASET or one.version is None:
        return ""
    try:
        if known := recorded(today.store, one.version):
            return known[0].period.script
        row = next(row for row in artifacts(today.store, "v.id = ?", [one.version], profiles=True))
        found = likely(suspects_of(today, candidates(today.store, traces_of(today.store, row))))
    except (AssayError, OSError, StopIteration):
        return ""
    return f"{found.script} ({found.candidate.evidence[0].text})" if found else ""
