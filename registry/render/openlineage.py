"""Lineage as OpenLineage run events, built and checked by the OpenLineage library: one JSON event a line.

Each run is a START and, where it ended, a COMPLETE, FAIL or ABORT; versions are datasets of our namespace, named
like their artifacts, with the content identity as dataset version and their standing in a facet of our own. Needs
the extra `lineage`.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import attr
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import DatasetFacet, dataset_version_dataset
from openlineage.client.serde import Serde

from .view import UNFINISHED, LineageView, Node

NAMESPACE = PRODUCER = "urn:assay"
ENDS = {"completed": RunState.COMPLETE, "failed": RunState.FAIL, "killed": RunState.ABORT}


@attr.define
class StandingFacet(DatasetFacet):
    """Our facet: where a version stands by itself, and with its lineage."""

    kind: str = ""
    status: str = ""
    lineageStatus: str = ""

    @staticmethod
    def _get_schema() -> str:
        return "urn:assay:schema:StandingFacet:1"


def openlineage(view: LineageView) -> str:
    """The events of every run in the view, in order of their start."""
    return "".join(Serde.to_json(event) + "\n" for event in events(view))


def events(view: LineageView) -> Iterator[RunEvent]:
    """The events as the library's own values."""
    nodes = {node.id: node for node in view.nodes}
    for run in view.nodes:
        if run.started_at is None:
            continue
        into = [(edge.role, nodes[edge.source]) for edge in view.into.get(run.id, ())]
        out = [nodes[edge.target] for edge in view.out_of.get(run.id, ())]
        script = next((node.name for role, node in into if role == "script"), run.kind)
        moments = [(RunState.START, run.started_at)]
        if run.status != UNFINISHED and run.ended_at:
            moments.append((ENDS.get(run.status, RunState.OTHER), run.ended_at))
        for state, at in moments:
            yield RunEvent(
                eventTime=at,
                eventType=state,
                run=Run(runId=str(UUID(hex=run.id))),
                job=Job(namespace=NAMESPACE, name=_bare(script)),
                inputs=[InputDataset(NAMESPACE, _bare(node.name), facets=_facets(node)) for _, node in into],
                outputs=[OutputDataset(NAMESPACE, _bare(node.name), facets=_facets(node)) for node in out],
                producer=PRODUCER,
            )


def _facets(node: Node) -> dict[str, DatasetFacet]:
    version = dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=node.id, producer=PRODUCER)
    standing = StandingFacet(
        kind=node.kind, status=node.status, lineageStatus=node.lineage_status or "", producer=PRODUCER
    )
    return {"version": version, "assay_standing": standing}


def _bare(name: str) -> str:
    """A script's name without its version, which is in the version facet."""
    return name.partition("@")[0]
