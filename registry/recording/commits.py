"""Notice that scripts were committed since they were looked at: the same bytes, and now with a known origin.

Asked by every command that answers about status. Costs one query while every script is tracked, one call of git while
some are not, and a look at those alone once git has moved on. Anything else that changed waits for the next scan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UsageError
from ..facts.reading.here import Untracked, untracked
from ..facts.store import Store

if TYPE_CHECKING:
    from ..observe.gitlog import GitHistory

NOTICED = "git-noticed"  # the state of git in which this was asked last


def notice_commits(store: Store) -> tuple[str, ...]:
    """Put on record which of them were committed meanwhile, as they are on record; returns their names."""
    if store.database.readonly or not (waiting := untracked(store)):
        return ()
    from ..observe import gitlog  # most of the time everything is committed

    state = gitlog.read_state(store.project.root)
    if not state or state in (store.setting("git-state"), store.setting(NOTICED)):
        return ()
    try:
        history = gitlog.read_history(store.project.root)
    except UsageError:  # the next scan says what is wrong with the repository
        return ()
    return _note(store, waiting, history, state)


def _note(store: Store, waiting: list[Untracked], history: GitHistory | None, state: str) -> tuple[str, ...]:
    from ..observe.script.imports import ImportGraph
    from ..observe.walk import Found
    from .dating import Dating
    from .describe import identify

    graph = ImportGraph(store.project.root)
    dating = Dating(store, graph, history)
    noticed = []
    with store.batch() as batch:
        for one in waiting:
            path = store.project.path_of(one.name)
            found = Found("script", str(path), one.name, one.stat)
            if path.is_file() and dating.is_tracked(found) and identify(found, graph).version == one.version:
                dating.see(batch, one.artifact, found, one.version)
                noticed += [] if one.dirty else [one.name]
        batch.cache("setting", workspace=store.workspace, key=NOTICED, value=state)
    return tuple(noticed)
