"""Gather what the registry document shows: what is known of each thing, and the lineage drawing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ..facts.outgoing import as_in_folder
from ..facts.reading.memory import items
from ..facts.store import Store
from ..kinds import SCRIPT
from ..observe.script.source import collector_paused
from ..render import memory
from ..render.markdown import END, render
from ..render.mermaid import mermaid
from ..render.portable import portable_name
from ..render.view import LineageView, view_of
from ..search.actions import ACTIONS, REST
from ..standing.cards import Card
from ..standing.committed import as_committed
from ..standing.families import is_of_tests
from ..standing.rulesets import exceptions
from ..standing.today import Today
from .documented import Documented

FILE = "IMPLEMENTATION_REGISTRY.md"
HEAD = "# Implementation registry\n\nWritten by `assay markdown`"  # as its template begins
CONFLICT = re.compile(r"^(?:<{7} |={7}$|>{7} )", re.MULTILINE)
DRAWN = 60


def is_ours(text: str) -> bool:
    """Whether the tool wrote this document, or began to: what was cut off may be replaced like what is whole."""
    return text.startswith(HEAD) or HEAD.startswith(text)


def is_conflicted(text: str) -> bool:
    """Whether git left a merge in it for people to settle, which no person need do: it is written anew."""
    return CONFLICT.search(text) is not None and HEAD in text


def is_cut(text: str) -> bool:
    """Whether the end of a document is missing."""
    return bool(text) and not text.endswith(f"{END}\n")


def document(store: Store, everything: bool = False) -> str:
    """The registry document, as a clone of the next commit writes it too."""
    return documents(store, everything, beside=False)[FILE]


def documents(store: Store, everything: bool = False, beside: bool = True) -> dict[str, str]:
    """Path → text: the registry document and, with `beside`, what stands beside it."""
    store.adopt()
    with collector_paused(), as_in_folder(store):
        today, cards = as_committed(Today.of(store))
        found = {FILE: _document(today, cards, everything)}
        if beside:
            found |= memory.documents(items(store), Documented(today, cards).entries())
        return found


def stale(store: Store, everything: bool) -> dict[str, tuple[str, str]]:
    """Path → (what lies there, what should) of every document that is to be written anew; what is to go has no text.

    Without `everything`, documents beside the registry document are looked at where the tool wrote them before.
    """
    root = store.project.root
    made = documents(store, everything)
    there = {path: _text(root / path) for path in made}
    found = {path: text for path, text in made.items()
             if everything or path == FILE or memory.WRITTEN in there[path]}  # fmt: skip
    there = {path: there[path] for path in found}
    gone = {f"{memory.DECISIONS}/{path.name}": _text(path) for path in sorted((root / memory.DECISIONS).glob("*.md"))}
    there |= {path: text for path, text in gone.items() if path not in made and text and memory.is_ours(text)}
    return {path: (old, found.get(path, "")) for path, old in there.items() if old != found.get(path, "")}


def may_replace(path: str, text: str) -> bool:
    """Whether a document that lies there may be written over: one that the tool wrote, or git conflicted."""
    if path == FILE:
        return is_ours(text) or is_conflicted(text)
    return memory.is_ours(text) or (CONFLICT.search(text) is not None and memory.WRITTEN in text)


def _text(path: Path) -> str:
    return path.read_text("utf-8", errors="replace") if path.is_file() else ""


def _document(today: Today, cards: Sequence[Card], everything: bool) -> str:
    store = today.store
    made_here = [card.row.version for card in cards if card.row.version and today.graph.made_by(card.row.version)]
    drawing = mermaid(_portable(view_of(today, made_here), cards)) if 0 < len(made_here) <= DRAWN else ""
    off = [one.text() for one in exceptions(store.project)]
    shown = [card for card in cards if everything or card.row.kind != SCRIPT or not is_of_tests(card)]
    return render(Documented(today, shown).entries(), (*ACTIONS, REST), drawing, everything, off)


def _portable(view: LineageView, cards: Iterable[Card]) -> LineageView:
    """The view with the names that a clone has: of bytes with several names here, one that is in the document."""
    known = {str(card.row.version): card.name for card in cards if card.row.kind != SCRIPT}
    named = (replace(node, name=portable_name(known.get(node.id, node.name))) for node in view.nodes)
    return replace(view, nodes=tuple(named))
