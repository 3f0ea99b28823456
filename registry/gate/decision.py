"""The decision on what was found: how each thing stands today, for which reasons, and what there is to do about it.

However many things are judged together, the registry is asked the same number of times. Refuses to judge by old rules:
what only they have seen is examined again first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ..facts.kinds import kinds_as_called
from ..facts.names import Names
from ..facts.query import UNNAMED
from ..facts.reading.declarations import Granted, waivers
from ..facts.reading.versions import examined
from ..facts.store import Store
from ..kinds import SCRIPT
from ..lineage.purpose import PUBLISH, REPAIR, TRAIN, Purpose
from ..lineage.status import Reason, Stand, Standing, Status
from ..standing.evaluations import evaluation_called
from ..standing.rulesets import todays
from ..standing.standings import Standings
from .remarks import remarks_on
from .remedies import Remedies
from .verdict import InputVerdict

if TYPE_CHECKING:
    from ..recording.locate import Located, Missed

Kinds = Mapping[tuple[str, str], str]  # (version, what it is called) → its kind there


@dataclass(frozen=True)
class Asked:
    """A version that is to be explained: what it is called, and the path where it was found."""

    name: str
    version: str
    path: str


@dataclass
class Decision:
    """Decides under one state of the rules; `standings` are those of `store` under `today`."""

    store: Store
    today: Mapping[str, str]
    standings: Standings
    names: Names

    @classmethod
    def of(cls, store: Store) -> Self:
        """Under today's rules."""
        today = todays(store)
        return cls(store, today, Standings(store, today), Names(store))

    def on(self, things: Sequence[Located], purpose: Purpose) -> list[InputVerdict | Missed]:
        """The verdict on each of these things, in their order; one that cannot be examined takes no other with it.

        Raises UsageError where the purpose names an evaluation that is none.
        """
        if purpose.evaluation:
            evaluation_called(self.store, purpose.evaluation)  # an unknown one is refused, whatever else is unknown
        known = kinds_as_called(self.store, {(one.version, one.name) for one in things})
        proven = set() if purpose.evaluation else self.standings.proven({version for version, _ in known})
        found: dict[Located, InputVerdict | Missed] = {}
        unclear: list[Located] = []
        for one in dict.fromkeys(things):
            if (one.version, one.name) not in known:
                found[one] = _unknown(one)
            elif one.version in proven:
                kind = known[one.version, one.name]
                clean = Status.CLEAN
                found[one] = InputVerdict(str(one.path), one.name, kind, one.version, clean, clean, True)
            else:
                unclear.append(one)
        found |= self._examine_again(unclear, known)
        asked = {one: Asked(one.name, one.version, str(one.path)) for one in unclear if one not in found}
        found |= zip(asked, self.explain(list(asked.values()), purpose, known), strict=True)
        return [found[one] for one in things]

    def _examine_again(self, things: Sequence[Located], known: Kinds) -> dict[Located, Missed]:
        """Run today's rules on what only older ones have seen; returns what cannot be read for that."""
        if self.store.database.readonly or not things:
            return {}
        missed: dict[Located, Missed] = {}
        seen = examined(self.store, {one.version for one in things})
        stale = [one for one in things if not one.absent and (ruleset := self.today.get(known[one.version, one.name]))
                 and (one.version, ruleset) not in seen]  # fmt: skip
        if not stale:
            return missed
        from ..recording.describe import Describer, record_examination
        from ..recording.locate import MISSES, Missed

        describer = Describer.of(self.store)
        with self.store.batch() as batch:
            for (version, kind), one in {(one.version, known[one.version, one.name]): one for one in stale}.items():
                try:
                    record_examination(batch, version, describer.describe(one.found, version, kind))
                except MISSES as error:
                    missed |= {other: Missed(other.path, error) for other in stale if other.version == version}
        return missed

    def explain_one(self, name: str, version: str, purpose: Purpose) -> InputVerdict:
        """The verdict on a version that is on record, whatever lies here now."""
        known = kinds_as_called(self.store, [(version, name)])
        return self.explain([Asked(name, version, name)], purpose, known)[0]

    def explain(self, asked: Sequence[Asked], purpose: Purpose, known: Kinds) -> list[InputVerdict]:
        """The verdicts on versions of which these kinds are known, with everything there is to say about each."""
        if not asked:
            return []
        standings = self.standings.of_all({(one.version, one.name) for one in asked}, purpose)
        refused = [standing for standing in standings.values() if _is_refused(standing, purpose)]
        granted = waivers(self.store, {one.version for one in refused}, self.store.moment())
        self.names.learn({step.version for one in standings.values() for reason in one.reasons for step in reason.path}
                         | {one.version for one in asked if known.get((one.version, one.name)) == SCRIPT})  # fmt: skip
        remedies = Remedies(self.store, self.names, refused, purpose.evaluation)
        remarks = remarks_on(self.store, {one.version for one in asked})
        found = []
        for one in asked:
            standing = standings[one.version, one.name]
            kind = known.get((one.version, one.name), UNNAMED)
            out = _is_refused(standing, purpose)
            waiver = _waiver(granted.get(one.version, ()), purpose, standing) if out else None
            called = self.names.of(one.version) if kind == SCRIPT else one.name  # other names may hold these bytes
            found.append(
                InputVerdict(
                    path=one.path,
                    name=one.name,
                    kind=kind,
                    version=one.version,
                    status=standing.own,
                    lineage_status=standing.lineage,
                    allowed=not out or waiver is not None,
                    reasons=standing.reasons,
                    paths=tuple((called, *self.names.along(reason.path)[1:]) for reason in standing.reasons),
                    remedies=remedies.of(one.name, standing) if out else (),
                    notices=(*_under(waiver), *remarks.of(one.version, self.names)),
                    waiver=waiver,
                )
            )
        return found


def _under(waiver: str | None) -> Iterator[str]:
    if waiver:
        yield f"used under waiver {waiver[:8]}: what is made from it is never clean"


def _is_refused(standing: Standing, purpose: Purpose) -> bool:
    return standing.lineage is not Status.CLEAN and purpose.use != REPAIR


def _waiver(granted: Collection[Granted], purpose: Purpose, standing: Standing) -> str | None:
    """An unexpired waiver for this use. None stands for publishing, or for training on contaminated data."""
    if purpose.use == PUBLISH or (purpose.use == TRAIN and standing.lineage is Status.CONTAMINATED):
        return None
    return next((one.id for one in granted if purpose.is_covered_by(one.purpose)), None)


def _unknown(one: Located) -> InputVerdict:
    message = "not on record: this content has never been scanned or written by a run"
    reason = Reason(Stand(Status.UNVERIFIED, message, lacks="record"), one.version, ())
    outside = one.name.startswith("/")
    scan = "link or copy it into the project, and `assay scan` that" if outside else f"assay scan {one.name}"
    remedies = (scan, "then say where it came from, or make it again under `assay run`")
    unverified = Status.UNVERIFIED
    return InputVerdict(
        str(one.path),
        one.name,
        UNNAMED,
        one.version,
        unverified,
        unverified,
        False,
        (reason,),
        ((one.name,),),
        remedies,
    )
