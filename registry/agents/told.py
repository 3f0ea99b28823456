"""What `why`, `lineage`, `investigate` and `log` answer, cut to what an agent can afford."""

from __future__ import annotations

from typing import Any

from ..answers.lineage import lineage_of
from ..answers.log import log
from ..answers.why import why
from ..facts.store import Store
from ..investigate.report import investigate
from ..render.view import LineageView
from ..standing.today import Today
from .economy import Economy

USUAL = 5
REASON = ("status", "message", "rule", "where", "path")
NODE = ("name", "kind", "status", "role")
CANDIDATE = ("script", "score", "clean", "status", "because", "evidence")
ENTRY = ("at", "author", "kind", "about", "what", "undone")


def told_why(store: Store, name: str, economy: Economy) -> dict[str, Any]:
    """Where a thing stands, each reason with the path to where it comes from, and the ways out."""
    word = why(store, name).word.as_dict()
    shape = {
        "path": word["name"],
        "status": word["status"],
        "lineage_status": word["lineage_status"],
        "reasons": [{name: one[name] for name in REASON} for one in word["reasons"]],
        "ways_out": word["remedies"],
        "next": f"assay may-use {word['name']} --for train" if word["lineage_status"] != "clean" else None,
    }
    return economy.applied(shape, {"reasons": REASON, "ways_out": ()}, USUAL)


def told_lineage(store: Store, name: str, economy: Economy) -> dict[str, Any]:
    """What a thing was made from, and what from it, the nearest first: versions, with the runs counted."""
    today = Today.of(store)
    up, named = lineage_of(today, name, up=True, down=False)
    down, _ = lineage_of(today, name, up=False, down=True)
    asked = next((node.name for node in up.nodes if node.id in up.asked), name)
    shape = {
        "path": asked,
        "made_from": _nodes(up)[::-1],
        "made": _nodes(down),
        "named": list(named),
        "runs": len({node.id for view in (up, down) for node in view.nodes if node.type == "run"}),
        "next": f"assay why {asked}",
    }
    return economy.applied(shape, {"made_from": NODE, "made": NODE, "named": ()}, USUAL)


def _nodes(view: LineageView) -> list[dict[str, Any]]:
    """The versions of a view but those that were asked about, with their part in the run next to them."""
    roles = {edge.source: edge.role for edge in view.edges} | {edge.target: edge.role for edge in view.edges}
    return [
        {"name": node.name, "kind": node.kind, "status": node.lineage_status, "role": roles.get(node.id)}
        for node in view.nodes
        if node.type == "version" and node.id not in view.asked
    ]


def told_investigation(store: Store, name: str, economy: Economy) -> dict[str, Any]:
    """What a data set is and lacks, who could have made it, what to do. It goes on record, as the command's does."""
    found = investigate(store, name)
    shape = {
        "path": found.name,
        "verdict": found.verdict,
        "because": found.because,
        "status": found.lineage_status.value,
        "lacks": list(found.lacks),
        "wrong": list(found.wrong),
        "candidates": [
            {
                "script": one.script,
                "score": one.candidate.score,
                "status": one.status.value,
                "because": one.because or None,
                "evidence": [evidence.text for evidence in one.candidate.evidence[:2]],
            }
            for one in found.suspects
        ],
        "recommendation": found.recommendation.action,
        "next": f"assay why {found.name}",
    }
    return economy.applied(shape, {"candidates": CANDIDATE, "lacks": (), "wrong": ()}, USUAL)


def told_log(store: Store, name: str, economy: Economy) -> dict[str, Any]:
    """Who said or did what, the newest first."""
    entries = [{key: one.as_dict()[key] for key in ENTRY} for one in log(store, name or None)]
    return economy.applied({"entries": entries}, {"entries": ENTRY}, USUAL)
