"""Lineage as JSON, in the documented shape `lineage`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from .view import LineageView

DOCUMENTED = ("id", "type", "name", "kind", "status", "lineage_status")


def as_dict(view: LineageView) -> dict[str, Any]:
    """`{nodes: [{id, type, name, kind, status, lineage_status}], edges: [{source, target, role}]}`.

    A run's kind is its purpose, its status its outcome, its lineage status null.
    """
    return {
        "nodes": [{name: getattr(node, name) for name in DOCUMENTED} for node in view.nodes],
        "edges": [asdict(edge) for edge in view.edges],
    }
