"""What `assay lint` found, told with the economy of the other answers to agents."""

from __future__ import annotations

from typing import Any

from ..answers.lint import Lint
from ..facts.store import Store
from ..standing.freshness import Freshness
from .economy import Economy, freshly

USUAL = 5
LISTS = {
    "new": ("rule", "severity", "line", "field", "message", "fix", "excerpt"),
    "resembles": (
        *("of", "of_line", "path", "line", "symbol", "likeness", "status", "usable", "reason", "use_instead", "import"),
    ),
    "too_small": (),
    "imports": ("path", "status", "reason", "use_instead"),
    "unresolved_imports": ("line", "message"),
    "unchecked": ("rule", "why"),
}


def linted(store: Store, found: Lint, economy: Economy) -> dict[str, Any]:
    """The documented JSON shape `lint`."""
    at = freshly(store, Freshness(found.scanned)).get("scanned_at")
    shape = found.as_dict() | {"fresh": {"scanned": found.scanned, "scanned_at": at}, "next": _next(found)}
    return economy.applied(shape, LISTS, USUAL, nulls=True)


def _next(found: Lint) -> str | None:
    """The one command that goes on from here."""
    if not found.scanned:
        return "assay scan"
    if found.asking:
        return f"assay rules {found.asking[0].rule}"
    same = next((one for one in found.resembles if one.is_same and one.usable), None)
    return f"assay before-edit {same.path}" if same else None
