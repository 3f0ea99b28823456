"""Who imports a script: every version on record that has its bytes among its modules, and how it comes to them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..facts.reading.artifacts import importers
from ..facts.store import Store

if TYPE_CHECKING:
    from ..observe.script.imports import ImportGraph


@dataclass(frozen=True)
class Importers:
    """Script versions that import a version, directly or through others, and those that only may."""

    certain: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()


def importers_of(store: Store, version: str) -> Importers:
    """Everything on record that imports this version's bytes; nothing for what is no script, or empty."""
    found = importers(store, version)
    certain = frozenset(id for id, is_certain in found if is_certain)
    return Importers(certain, frozenset(id for id, _ in found) - certain)


def between(script: Path, module: Path, graph: ImportGraph) -> tuple[Path, ...]:
    """The files on the shortest way by imports, certain or not, from a script to a module; none for a direct one."""
    before: dict[Path, Path] = {script: script}
    queue = deque([script])
    while queue and module not in before:
        here = queue.popleft()
        for following in [*graph.imports(here), *sorted(graph.may_import(here))]:
            if following not in before:
                before[following] = here
                queue.append(following)
    steps: list[Path] = []
    step = before.get(module, script)
    while step != script:
        steps.append(step)
        step = before[step]
    return tuple(reversed(steps))
