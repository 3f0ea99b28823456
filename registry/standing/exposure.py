"""Which questions of an evaluation a model may have seen in training, as far as comparisons on record can tell.

A comparison holds for one version of each side and one set of overlap rules: when the questions or the rules move on,
it has to be made again, and until then nothing is proven. Only what was trained on counts: a dataset that a run read
under an evaluation role (`eval`, `val`, `test`…) was not.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from ..facts.query import OVERLAP, ArtifactRow, Rulesets
from ..facts.reading.findings import examined
from ..facts.splits import split_of
from ..facts.store import Store
from ..hashing import canonical_json, digest_bytes
from ..lineage.graph import Graph, Step
from ..lineage.status import Stand, Status, VersionFacts
from ..overlap.named import SPLITS

EVALUATION_ROLES = SPLITS


def examiner(evaluation: ArtifactRow) -> str:
    """Who speaks in the examination of a training set for this evaluation."""
    return f"{OVERLAP}:{evaluation.id}"


def ruleset(evaluation: ArtifactRow, rules: str = "") -> str:
    """Today's overlap rules applied to the questions that the evaluation has today. `rules` spares asking for those."""
    return digest_bytes(canonical_json([rules or _rules(), evaluation.version]))


def _rules() -> str:
    from ..overlap.config import OverlapConfig  # only here: most questions are about no evaluation

    return OverlapConfig().ruleset


def todays(*evaluations: ArtifactRow) -> Rulesets:
    """What an examination of a training set must have been made under to count for these evaluations."""
    rules = _rules()
    return {examiner(one): ruleset(one, rules) for one in evaluations}


def unchecked(store: Store, evaluation: ArtifactRow, versions: Iterable[str]) -> dict[str, str]:
    """Those of these versions that were compared with the evaluation of today, each with what was not checkable."""
    found = examined(store, examiner(evaluation), ruleset(evaluation), versions)
    return {version: one.unchecked for version, one in found.items()}


def trained_on(graph: Graph, version: str) -> set[str]:
    """A version and all that it was made from, without what was only read to evaluate."""

    def parents(id: str) -> Iterator[Step]:
        for run in graph.made_by(id):
            yield from (Step(one.version, run.id) for one in run.inputs if one.role not in EVALUATION_ROLES)

    return {version, *graph.walk(version, parents)}


def as_judged_by(
    evaluation: ArtifactRow,
    version: str,
    name: str,
    graph: Graph,
    facts: Mapping[str, VersionFacts],
    compared: Mapping[str, str],
) -> dict[str, VersionFacts]:
    """The facts as they count when `version`, called `name`, is judged by this evaluation; `compared` is `unchecked`.

    Training sets that were never compared with it, or could not be, are unproven, and the questions themselves under
    another name, or trained on, are contaminated. Overlap of what was not trained on says nothing; the evaluation
    itself, as the questions that are asked, has nothing to fear from itself.
    """
    asked = version == evaluation.version and name == evaluation.name
    trained: Collection[str] = () if asked else trained_on(graph, version)
    found = {}
    for id, one in facts.items():
        if id not in trained:
            stands = tuple(stand for stand in one.stands if stand.scope != evaluation.id)
        else:
            stands = (*one.stands, *_gaps(one, evaluation, compared))
        found[id] = replace(one, stands=stands)
    return found


def _gaps(one: VersionFacts, evaluation: ArtifactRow, compared: Mapping[str, str]) -> Iterator[Stand]:
    if one.kind != "dataset":
        return
    if one.id not in compared and one.id == evaluation.version and not split_of(evaluation):
        yield Stand(Status.CONTAMINATED, f"is {evaluation.name} itself: the same bytes", scope=evaluation.id)
    elif one.id not in compared:
        message = f"overlap with {evaluation.name} was never checked"
        yield Stand(Status.UNVERIFIED, message, lacks=OVERLAP)
    elif compared[one.id] != "[]":
        why = "; ".join(why for _, why in json.loads(compared[one.id]))
        yield Stand(Status.UNVERIFIED, f"overlap with {evaluation.name} is not checkable: {why}", lacks="check")
