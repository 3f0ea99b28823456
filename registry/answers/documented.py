"""What the registry document says of each thing, gathered from the registry as a clone of the next commit sees it.

Days come from runs and statements, which travel with the ledger. When git first saw a file is left out: what is not
committed yet has no such day, a squashed or shallow history another one, and the document would differ for it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..facts.reading.declarations import attested, noted
from ..facts.reading.executions import made, scripts_run
from ..facts.reading.memory import Item, items, open_bugs
from ..facts.receipts import BUG, DECISION
from ..hashing import SHORT
from ..kinds import CHECKPOINT, EVALUATION, SCRIPT, family_of
from ..lineage.graph import RunNode
from ..lineage.status import Status, explain
from ..observe.script.clones import LOOSE
from ..observe.script.uses import READS, RUNS, WRITES
from ..render.entries import Entry, Remark
from ..render.portable import portable_name
from ..search.actions import main_action
from ..standing.cards import Card
from ..standing.families import Family, archived_in, differences, families, is_of_tests, is_usable
from ..standing.today import Today
from .audit import because

DAY = 10  # letters of a time that are its day
FUNCTIONS = 4
PLAIN = frozenset(
    ("main", "command", "cli", "run", "parse_args", "get_args", "get_parser", "build_parser", "setup_logging")
)
CODE = "script"  # the role in which a run reads its script


class Documented:
    """The entries of these cards; everything that concerns many of them is read once."""

    def __init__(self, today: Today, cards: Sequence[Card]) -> None:
        self.today, self.cards = today, cards
        versions = [card for card in sorted(cards, key=_preferred, reverse=True) if card.row.version]
        self.names = {str(card.row.version): portable_name(card.name) for card in versions}
        self.versions = {card.name: str(card.row.version) for card in versions}
        self.scripts = scripts_run(today.store)
        self.kinds = {str(card.row.version): card.row.kind for card in cards}
        scripts = [card for card in cards if card.row.kind == SCRIPT and not is_of_tests(card)]
        self.families = {member.name: family for family in families(scripts) for member in family.members}
        self.ran = self._last_runs()
        self.results = self._results()
        self.remarks = self._remarks()
        self.origins = self._origins()

    def entries(self) -> list[Entry]:
        """One entry for each card, in their order."""
        today = self.today
        today.names.learn({input.version for run in today.graph.runs.values() for input in run.inputs})
        return [self._script(card) if card.row.kind == SCRIPT else self._other(card) for card in self.cards]

    def _script(self, card: Card) -> Entry:
        profile, run = card.row.profile, self.ran.get(card.name)
        family = self.families.get(card.name)
        if run is not None:
            reads = [self._called(one.version) for one in run.inputs if one.role != CODE and self._is_told(one.version)]
            writes = [self._called(version) for version in run.outputs]
        else:
            reads = [*_used(profile, READS), *(str(one["name"]) for one in profile.get("names", ()))]
            writes = _used(profile, WRITES)
        return Entry(
            card,
            task=main_action(card.name, card.purpose) if self._is_run(card, profile) else "",
            reads=tuple(dict.fromkeys(reads)),
            writes=tuple(dict.fromkeys(writes)),
            runs=tuple(_used(profile, RUNS)),
            ran=run.started_at[:DAY] if run else "",
            functions=tuple(_functions(profile)),
            like=family.first.name if family else "",
            likeness=_likeness(card, family),
            why=self._why(card),
            instead=card.replaced_by or _instead(card, family),
            archive=archived_in(card.name),
            **self._said(card),
        )

    def _other(self, card: Card) -> Entry:
        return Entry(
            card, why=self._why(card), instead=card.replaced_by or "", archive=archived_in(card.name),
            origin=self.origins.get(str(card.row.version), ""), **self._said(card),
        )  # fmt: skip

    def _said(self, card: Card) -> dict[str, Any]:
        return {
            "remarks": tuple(self.remarks.get(card.row.id, ())),
            "results": tuple(dict.fromkeys(self.results.get(card.name, ()))),
        }

    def _is_run(self, card: Card, profile: Mapping[str, Any]) -> bool:
        """Whether people run it, rather than import it: it says so, was run, or does something when it is loaded."""
        if card.name in self.ran or card.primary is not None:
            return True
        if card.name.endswith("__init__.py"):
            return False
        defines = profile.get("functions") or profile.get("classes")
        does = profile.get("uses") or any(one["name"] == LOOSE for one in profile.get("shapes", ()))
        return bool(profile.get("is_entry_point") or (does and not defines))

    def _is_told(self, version: str) -> bool:
        """Code and programs are a run's inputs too, and nobody looks for them here."""
        kind = self.kinds.get(version)
        return kind != SCRIPT if kind else "/" in self._called(version) or "." in self._called(version)

    def _called(self, version: str) -> str:
        return self.names.get(version) or portable_name(self.today.names.name(version))

    def _ran(self, run: str, version: str) -> str:
        """The script that a run executed: of several files with the same bytes, the one that it was given."""
        path = self.scripts.get(run, "")
        return portable_name(path) if self.versions.get(path) == version else self._called(version)

    def _last_runs(self) -> dict[str, RunNode]:
        """Script → its newest run that wrote something."""
        found: dict[str, RunNode] = {}
        for run in sorted(self.today.graph.runs.values(), key=lambda one: (one.started_at, one.id)):
            for input in run.inputs:
                if input.role == CODE and run.outputs:
                    found[self._ran(run.id, input.version)] = run
        return found

    def _results(self) -> dict[str, list[str]]:
        """Script or checkpoint → the figures of evaluations of it, or of what it made."""
        found: dict[str, list[str]] = defaultdict(list)
        for card in self.cards:
            if card.row.kind == EVALUATION and card.row.version and card.purpose and is_usable(card):
                for run in self.today.graph.made_by(card.row.version):
                    for input in run.inputs:
                        for name in self._rests_on(input.version):
                            found[name].append(f"{card.purpose} ({portable_name(card.name)}, {run.started_at[:DAY]})")
        return found

    def _rests_on(self, version: str) -> Iterable[str]:
        """What figures of a version tell about: itself, and the script that made a checkpoint."""
        kind = self.kinds.get(version, "")
        if kind == SCRIPT or family_of(kind) == CHECKPOINT:
            yield self._called(version)
        if family_of(kind) == CHECKPOINT:
            for run in self.today.graph.made_by(version):
                yield from (self._ran(run.id, one.version) for one in run.inputs if one.role == CODE)

    def _remarks(self) -> dict[str, list[Remark]]:
        found: dict[str, list[Remark]] = defaultdict(list)
        for one in noted(self.today.store):
            body = json.loads(one.body)
            if body.get("text"):
                found[one.artifact].append(Remark(one.at[:DAY], _person(body.get("author", "")), body["text"]))
        remembered = items(self.today.store, (BUG, DECISION))
        for card in self.cards:
            known = open_bugs(remembered, card.row.id, card.row.version)
            decided = [one for one in remembered if one.kind == DECISION and _is_about(one, card)]
            for item in (*known, *decided):
                what = "known bug" if item.kind == BUG else item.kind
                text = f"{item.title}; fix: {item.remedy}" if item.remedy else item.title
                found[card.row.id].append(Remark(item.at[:DAY], _person(item.author), text, what))
        return found

    def _origins(self) -> dict[str, str]:
        """For each version of data or a model, its attestation or the newest run that wrote it."""
        ids = [card.row.version for card in self.cards if card.row.version and card.row.kind != SCRIPT]
        origins: dict[str, str] = {}
        for one in made(self.today.store, ids):
            if one.run in self.today.graph.runs and one.version not in origins:
                script = self._ran(one.run, one.script) if one.script else "a command"
                by = f" (the word of {_person(one.asserted_by)})" if one.asserted_by else ""
                origins[one.version] = f"{script}, run {one.run[:SHORT]} of {one.started_at[:DAY]}{by}"
        for said in reversed(attested(self.today.store, ids)):
            more = (("revision", said.revision), ("licence", said.licence))
            told = [said.origin, *(f"{word} {value}" for word, value in more if value)]
            origins[said.version] = f"{', '.join(told)} (the word of {_person(said.author)}, {said.at[:DAY]})"
        return origins

    def _why(self, card: Card) -> str:
        """Why something may not be used, in one line; empty for what may."""
        if card.lineage_status is Status.DEPRECATED:
            return card.deprecated_because
        if card.lineage_status is not Status.CONTAMINATED:
            return ""
        reason = explain(str(card.row.version), self.today.graph, self.today.facts).reasons[0]
        return because(reason, tuple(map(portable_name, self.today.names.along(reason.path))))


def _preferred(card: Card) -> tuple[bool, bool, str]:
    """The order in which names of the same bytes stand for them."""
    return card.primary is None, not is_usable(card), card.name


def _is_about(item: Item, card: Card) -> bool:
    return any(about.artifact == card.row.id for about in item.about)


def _person(author: str) -> str:
    """Who somebody is, without where to write to: the document may be public."""
    return author.partition(" <")[0]


def _used(profile: Mapping[str, Any], how: str) -> list[str]:
    return [str(one["name"]) for one in profile.get("uses", ()) if one["how"] == how]


def _functions(profile: Mapping[str, Any]) -> list[str]:
    """The largest functions that others may call, as `name:line`, in the order of the text."""
    sizes = {shape["name"]: shape["size"] for shape in profile.get("shapes", ())}
    named = [
        one for one in (*profile.get("functions", ()), *profile.get("classes", ()))
        if not any(part.startswith("_") for part in one["name"].split(".")) and one["name"] not in PLAIN
        and "." not in one["name"]
    ]  # fmt: skip
    most = sorted(named, key=lambda one: (-sizes.get(one["name"], 0), one["line"]))[:FUNCTIONS]
    return [f"{one['name']}:{one['line']}" for one in sorted(most, key=lambda one: one["line"])]


def _likeness(card: Card, family: Family | None) -> str:
    """What a script is beside the one with which its family is compared."""
    if family is None or card is family.first:
        return ""
    other = portable_name(family.first.name)
    said = differences(family.first, card)
    why = family.why[card.name]
    return f"like `{other}` ({why}): {said}" if said != why else f"like `{other}`: {said}"


def _instead(card: Card, family: Family | None) -> str:
    """The member of its family that is to be used, where that is known."""
    if family is None or family.current is None or family.current is card or is_usable(card):
        return ""
    return family.current.name
