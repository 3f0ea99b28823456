"""The bill of materials of a project as CycloneDX 1.7: models, data and tools, what each was made from, and what stands
against it.

Every component names the version and the facts that it rests on, every vulnerability the finding or declaration. What
nobody has said is `unknown`, never left out. Like the registry document it is a function of the tracked files and of
the ledger as they would be committed now, so that a clone writes the same; it bears no time and no name of a machine.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from ..facts.kinds import kinds_of
from ..facts.outgoing import as_in_folder
from ..facts.query import UNNAMED
from ..facts.reading.declarations import Attested, attested
from ..facts.reading.findings import current_findings
from ..facts.reading.references import references, used_by
from ..facts.store import Store
from ..hashing import SHORT, canonical_json
from ..kinds import CHECKPOINT, DATASET, EVALUATION, MODEL, TOOL, family_of
from ..legible import as_json
from ..lineage.graph import RunNode
from ..lineage.status import Reason, Standing, Status, explain
from ..observe.hub import HubName, of_address
from ..render.portable import portable_name
from ..rules.base import Severity
from ..standing.cards import Card
from ..standing.committed import as_committed
from ..standing.today import Today

FILE = "bom.cdx.json"
UNKNOWN = "unknown"
TYPES = {
    **dict.fromkeys((DATASET, EVALUATION), "data"),
    **dict.fromkeys((CHECKPOINT, MODEL), "machine-learning-model"),
    TOOL: "application",
}
LISTED = frozenset((DATASET, CHECKPOINT, TOOL))  # families; the rest is there where one of these rests on it
Values = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A component before it is written: a version, or a name of something elsewhere."""

    ref: str
    name: str
    kind: str
    version: str
    description: str
    properties: Mapping[str, Sequence[str]]


def bom(store: Store) -> str:
    """The document, as a clone of the next commit writes it too."""
    store.adopt()
    with as_in_folder(store):
        today, cards = as_committed(Today.of(store))
        return f"{as_json(_Bill(today, cards).document())}\n"


class _Bill:
    def __init__(self, today: Today, cards: Sequence[Card]) -> None:
        self.today, self.store = today, today.store
        cards = [card for card in cards if card.row.version]
        self.cards: dict[str, Card] = {}
        for card in cards:
            self.cards.setdefault(str(card.row.version), card)
        listed = {str(card.row.version) for card in cards if family_of(card.row.kind) in LISTED}
        self.versions = sorted(listed.union(*(today.graph.ancestors(id) for id in listed)))
        self.kinds = kinds_of(self.store, self.versions)
        today.names.learn(self.versions)
        self.uses = used_by(self.store, [id for id in self.versions if id in self.cards])
        self.said: dict[str, Attested] = {one.version: one for one in attested(self.store, self.versions)}

    def document(self) -> Values:
        """The whole document; its serial number follows from what it says."""
        parts = sorted([*map(self._part, self.versions), *self._elsewhere()], key=lambda part: part.ref)
        said = {
            "components": [self._component(part) for part in parts],
            "dependencies": [{"ref": part.ref, "dependsOn": self._rests_on(part.ref)} for part in parts],
            "compositions": list(self._compositions()),
            "vulnerabilities": [*self._contaminations(), *self._warnings()],
        }
        serial = uuid5(NAMESPACE_URL, canonical_json(said).decode())
        head = {"bomFormat": "CycloneDX", "specVersion": "1.7", "serialNumber": f"urn:uuid:{serial}", "version": 1}
        tool = {"type": "application", "name": "assay", "description": "Written by `assay bom`."}
        return {**head, "metadata": {"tools": {"components": [tool]}}, **said}

    def _part(self, version: str) -> Part:
        card, said = self.cards.get(version), self.said.get(version)
        kind = card.row.kind if card else self.kinds[version][0] if version in self.kinds else UNNAMED
        runs = self._runs(version)
        origin = said.origin if said else "a recorded run" if runs else UNKNOWN
        told = {
            "status": [self._standings[version].lineage.value],
            "origin": [origin],
            "revision": [said.revision] if said and said.revision else [],
            "licence": [said.licence if said and said.licence else UNKNOWN],
            "fact": [said.fact] if said else [],
            "run": [run.id for run in runs],
            "lacks": sorted({one.stand.lacks for one in self._standings[version].reasons if one.stand.lacks}),
        }
        name = portable_name(card.name if card else self.today.names.name(version))
        return Part(self._ref(version), name, kind, version, card.purpose if card else "", told)

    def _elsewhere(self) -> Iterator[Part]:
        """Names of the Hub that these versions use: as they are written, pinned or not."""
        for one in references(self.store, {use.reference for use in self.uses}):
            name, kind = of_address(one.address)
            pinned = HubName(name, kind, "", one.revision).is_pinned
            told = {
                "status": ["pinned" if pinned else "not pinned"],
                "origin": [one.address],
                "licence": [UNKNOWN],
                "fact": [one.id],
            }
            yield Part(one.id, name, kind, one.revision or UNKNOWN, "", told)

    def _component(self, part: Part) -> Values:
        found: Values = {
            "type": TYPES.get(part.kind, "file"),
            "bom-ref": part.ref,
            "name": part.name,
            "version": part.version,
        }
        if part.description:
            found["description"] = part.description
        if (licence := part.properties["licence"][0]) != UNKNOWN:
            found["licenses"] = [{"license": {"name": licence}}]
        if pedigree := self._pedigree(part):
            found["pedigree"] = pedigree
        if found["type"] == "machine-learning-model":
            data = sorted(self._ref(id) for id in self._above(part.version) if self._is_data(id))
            found["modelCard"] = {"modelParameters": {"datasets": [{"ref": ref} for ref in data]}}
        listed = (("kind", [part.kind]), *part.properties.items())
        found["properties"] = [{"name": f"assay:{key}", "value": value} for key, values in listed for value in values]
        return found

    def _pedigree(self, part: Part) -> Values:
        """What it was made from, by the runs on record; `unknown` where it is somebody's word or nobody's."""
        runs = self._runs(part.version)
        above = {one.version: one.role for run in runs for one in run.inputs}
        if not above:
            return {}
        ancestors = [
            {"type": TYPES.get(self._kind(id), "file"), "name": portable_name(self.today.names.name(id)), "version": id}
            for id in sorted(above)
        ]
        word = " (somebody's word)"
        notes = [f"run {run.id} of {run.started_at or UNKNOWN}{word if run.asserted else ''}" for run in runs]
        return {"ancestors": ancestors, "notes": "; ".join(notes)}

    def _rests_on(self, ref: str) -> list[str]:
        version = self._by_ref.get(ref, "")
        direct = {self._ref(one.version) for run in self._runs(version) for one in run.inputs}
        return sorted(direct | {use.reference for use in self.uses if use.version == version})

    def _compositions(self) -> Iterator[Values]:
        """How much is known of what things were made from: of what is unverified, nobody knows."""
        by_aggregate: dict[str, list[str]] = defaultdict(list)
        for id in self.versions:
            is_known = self._standings[id].lineage is not Status.UNVERIFIED
            by_aggregate["complete" if is_known else UNKNOWN].append(self._ref(id))
        for aggregate, refs in sorted(by_aggregate.items()):
            yield {"aggregate": aggregate, "dependencies": sorted(refs)}

    def _contaminations(self) -> Iterator[Values]:
        """What contaminates, each with all that it reaches."""
        reached: dict[str, tuple[Reason, set[str]]] = {}
        for id in self.versions:
            for one in self._standings[id].reasons:
                if one.stand.status is Status.CONTAMINATED:
                    reached.setdefault(one.stand.fact, (one, set()))[1].add(self._ref(id))
        for fact, (reason, refs) in sorted(reached.items()):
            stand = reason.stand
            where = f" ({stand.where})" if stand.where else ""
            scope = f" for the evaluation {stand.scope} only" if stand.scope else ""
            detail = f"What it reaches may not be used{scope}."
            said = f"{portable_name(self.today.names.name(reason.origin))}{where}: {stand.message}"
            yield _vulnerability(stand.rule or "declaration", fact, said, "high", "exploitable", detail, refs)

    def _warnings(self) -> Iterator[Values]:
        """What only warns: somebody has to look."""
        found = [
            one
            for one in current_findings(self.store, self.today.rulesets, self.versions)
            if one.severity == Severity.WARNS
        ]
        for one in sorted(found, key=lambda one: one.fact):
            detail = one.fix or "Somebody has to look."
            yield _vulnerability(one.rule, one.fact, one.message, "low", "in_triage", detail, {self._ref(one.version)})

    def _ref(self, version: str) -> str:
        card = self.cards.get(version)
        name = portable_name(card.name if card else self.today.names.name(version))
        return f"{name}@{version.rpartition(':')[2][:SHORT]}"

    @cached_property
    def _by_ref(self) -> Mapping[str, str]:
        return {self._ref(version): version for version in self.versions}

    @cached_property
    def _standings(self) -> Mapping[str, Standing]:
        return {id: explain(id, self.today.graph, self.today.facts) for id in self.versions}

    def _runs(self, version: str) -> list[RunNode]:
        return self.today.graph.made_by(version)

    def _above(self, version: str) -> Iterable[str]:
        return self.today.graph.ancestors(version)

    def _kind(self, version: str) -> str:
        return self.kinds[version][0] if version in self.kinds else UNNAMED

    def _is_data(self, version: str) -> bool:
        return TYPES.get(self._kind(version)) == "data"


def _vulnerability(
    rule: str, fact: str, said: str, severity: str, state: str, detail: str, refs: Iterable[str]
) -> Values:
    return {
        "bom-ref": f"fact:{fact}",
        "id": rule,
        "source": {"name": "Assay"},
        "ratings": [{"severity": severity, "method": "other"}],
        "description": said,
        "analysis": {"state": state, "detail": detail},
        "affects": [{"ref": ref} for ref in sorted(refs)],
        "properties": [{"name": "assay:fact", "value": fact}],
    }


def is_ours(text: str) -> bool:
    """Whether a text is a bill that Assay wrote, or nothing yet."""
    try:
        tools = json.loads(text)["metadata"]["tools"]["components"] if text.strip() else [{"name": "assay"}]
        return bool(tools[0]["name"] == "assay")
    except (ValueError, KeyError, TypeError, IndexError):
        return False
