"""A registry as one answer sees it: today's rules, and what is on record of everything, each read once.

A value for one answer. What is recorded after it was read is not in it: the next answer takes another one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from ..facts.names import Names
from ..facts.query import ArtifactRow, Rulesets, artifacts, facts_of, graph_above, whole_graph
from ..facts.splits import compared_splits
from ..facts.store import Store
from ..lineage.graph import Graph
from ..lineage.status import Standing, VersionFacts, as_named, explain
from . import exposure
from .rulesets import todays


@dataclass(frozen=True)
class Today:
    """A store and the rulesets that count today: kind of artifact, or an examiner other than the rules → ruleset."""

    store: Store
    rulesets: Rulesets

    @classmethod
    def of(cls, store: Store) -> Today:
        """Under the rules of the store's project, as they are configured now."""
        return cls(store, todays(store))

    @cached_property
    def names(self) -> Names:
        """What to call versions."""
        return Names(self.store)

    @cached_property
    def graph(self) -> Graph:
        """Every run on record."""
        return whole_graph(self.store)

    @cached_property
    def facts(self) -> Mapping[str, VersionFacts]:
        """What is on record about every version."""
        return facts_of(self.store, self.rulesets)

    @cached_property
    def evaluations(self) -> Mapping[str, ArtifactRow]:
        """Every dataset by the id of its artifact, and asked splits: whatever is compared with."""
        rows = artifacts(self.store, "a.kind = 'dataset'")
        return {row.id: row for row in (*rows, *compared_splits(self.store, rows))}

    def with_overlap(self, scopes: Collection[str] | None = None) -> Today:
        """The same where of comparisons only those count that were made with the questions of today.

        With the evaluations of these `scopes`, or with all.
        """
        asked = [row for id, row in self.evaluations.items() if scopes is None or id in scopes]
        return replace(self, rulesets={**self.rulesets, **exposure.todays(*asked)})

    def above(self, versions: Iterable[str]) -> tuple[Graph, Mapping[str, VersionFacts]]:
        """The runs behind these versions and the facts about all that they were made from, and nothing else."""
        asked = set(versions)
        graph, ids = graph_above(self.store, asked)
        return graph, facts_of(self.store, self.rulesets, ids | asked)

    def standing_of(self, version: str, kind: str) -> Standing:
        """The standing of one version under a name of this kind with its reasons, for no purpose in particular."""
        graph, facts = self.above([version])
        return explain(version, graph, {**facts, version: as_named(facts[version], kind)})
