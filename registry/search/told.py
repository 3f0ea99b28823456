"""What a draft says that it is for, in names and docstrings, and what on record says that it is for the same.

A function that was written anew shares no syntax with the one that is there, and often its words. They make a maybe and
never a yes. Refuses to ask for names that say nothing (`main`, `run`) or that nobody explained.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ..errors import UsageError
from ..kinds import Part
from ..observe.script.clones import DEFINITIONS
from ..observe.script.source import Source
from ..standing.today import Today
from . import index
from .answer import Match
from .likelihood import SURE, judge
from .question import Question
from .ranking import Ranking

MOST = 6  # sayings of a draft that are asked
LEAST = 3  # words that a name without a docstring must have to be asked
BEST = 3  # answers to each
ASKED_FOR = 280  # characters of a docstring


@dataclass(frozen=True)
class Saying:
    """What one place of a draft says: `score_pair, line 12` and its words."""

    where: str
    text: str


def sayings(source: Source) -> list[Saying]:
    """What a draft says of itself and its functions, the draft first, then long functions before short ones."""
    found = [Saying("the draft's docstring", doc)] if (doc := _first(source.tree)) else []
    functions = sorted(_functions(source.tree.body), key=lambda one: one.lineno - (one.end_lineno or one.lineno))
    for one in functions:
        name, doc = one.name.strip("_").replace("_", " "), _first(one)
        if doc or len(name.split()) >= LEAST:
            found.append(Saying(f"{one.name}, line {one.lineno}", f"{name}: {doc}" if doc else name))
    return found[:MOST]


def by_words(today: Today, source: Source, but: Collection[str]) -> Iterator[Match]:
    """What surely is for what a draft or one of its functions says it is for; each artifact once, none of `but`."""
    seen = set(but)
    for said in sayings(source):
        try:
            ranking = Ranking(today.store, Question.of(said.text))
        except UsageError:  # it says nothing
            continue
        hits = ranking.hits()[:BEST]
        rows = {row.id: row for row in index.rows_of(today.store, [hit.artifact for hit in hits])}
        for hit in hits:
            row = rows.get(hit.artifact)
            if row is None or row.name in seen:
                continue
            judged = judge(ranking, hit, row)
            if judged.likelihood >= SURE:
                seen.add(row.name)
                why = f"{' '.join(judged.place.text.split())} – is what {said.where} says"
                yield Match(row, judged.likelihood, False, Part(judged.place.where, why), *ranking.coverage(hit))


def _first(node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    doc = ast.get_docstring(node) or ""
    return doc.strip().split("\n\n")[0].replace("\n", " ")[:ASKED_FOR]


def _functions(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for statement in body:
        if isinstance(statement, DEFINITIONS):
            yield statement
        elif isinstance(statement, ast.ClassDef):
            yield from _functions(statement.body)
