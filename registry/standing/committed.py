"""A registry as it would be known once everything here is committed: what the document is made from.

It is a function of the files that git has or would take in, and of the ledger: a clone of the next commit sees the
same. So what is not committed yet counts as if it were, a run that stays with this copy does not count, and what was
recorded of data that does not lie here does.
"""

from __future__ import annotations

from dataclasses import replace

from ..facts.reading.standings import travelled
from ..facts.store import Store
from ..kinds import CHECKPOINT, DATASET, family_of, row_of
from ..lineage.graph import Graph
from .cards import Card, all_cards, all_rows
from .today import Today

ELSEWHERE = (DATASET, CHECKPOINT)  # what is known by its facts alone


def as_committed(today: Today) -> tuple[Today, list[Card]]:
    """The registry in that state, and the cards of what a clone of the next commit knows, by name."""
    store = today.store
    paths, gone = _committable(store), travelled(store)
    rows = all_rows(store)
    here = (row for row in rows if row.present and row.version)
    committed = {str(row.version) for row in here if row_of(row.kind).is_origin("git") and _is_in(paths, row.name)}
    facts = {id: replace(one, tracked=True) if id in committed else one for id, one in today.facts.items()}
    runs = (run for run in today.graph.runs.values() if run.id in gone)
    state = Today(store, today.rulesets)
    state.__dict__.update(facts=facts, graph=Graph.of(runs), names=today.names)
    cards = all_cards(state, rows)
    names = {card.name for card in cards if card.row.present}
    known = [card for card in cards if card.row.present or card.name not in names]
    return state, [card for card in known if _is_known(card, paths, gone)]


def _committable(store: Store) -> set[str] | None:
    """The files that git has or would take in, and the folders in which they lie."""
    from ..observe.gitlog import committable_paths

    paths = committable_paths(store.project.root)
    if paths is None:
        return None
    return {*paths, *(path[:end] for path in paths for end, letter in enumerate(path) if letter == "/"), "."}


def _is_in(paths: set[str] | None, name: str) -> bool:
    return paths is None or name in paths


def _is_known(card: Card, paths: set[str] | None, gone: set[str]) -> bool:
    """Whether a clone of the next commit would know of it."""
    row = card.row
    if family_of(row.kind) in ELSEWHERE and row.id in gone and row.version in gone:
        return True
    return row.present and _is_in(paths, row.name)
