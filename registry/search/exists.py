"""Does it exist already? A question in words, answered yes, maybe or no from what is on record.

`ranking.py` finds and orders, `likelihood.py` says how likely each is an answer. What is on record and not here answers
nothing: it is named beside the verdict. Refuses to say no in a language that the record does not speak.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import UsageError
from ..facts.store import Store
from ..standing.cards import cards_of
from ..standing.freshness import Freshness
from ..standing.today import Today
from . import index
from .answer import MOST_ANSWERS, MOST_NEAREST, Existence, Match, answers_of, current_first, seen_now, together
from .likelihood import PLAUSIBLE, SURE, judge
from .question import Question
from .ranking import Hit, Ranking
from .recalled import recalled


def exists(today: Today, question: str, fresh: Freshness | None = None) -> Existence:
    """Whether something on record does what is asked.

    `fresh` says whether what is on record is all there is; without it, the record is taken at its word.
    Raises UsageError for a text that asks nothing, or asks in another language and finds nothing.
    """
    asked, store = Question.of(question), today.store
    index.refresh(store)
    ranking = Ranking(store, asked)
    found = _matches(store, ranking, ranking.hits()[:MOST_ANSWERS])
    found = seen_now(store, found) if fresh else found
    past = _matches(store, ranking, ranking.hits(here=False)[:MOST_NEAREST])
    here = [one for one in found if one.row.present]
    gone = [one for one in [*found, *past] if not one.row.present and one.score >= PLAUSIBLE]
    good = sorted((one for one in here if one.score >= PLAUSIBLE), key=lambda one: -one.score)
    if not good and asked.is_foreign:
        why = "cannot say: this does not look like English, and nothing on record uses its words"
        raise UsageError(why, "Ask in the language in which the code is written.")
    rest = [one.row for one in here if one.score < PLAUSIBLE][:MOST_NEAREST]
    return Existence(
        together(today, current_first(answers_of(today, good))),
        tuple(cards_of(today, rest)),
        answers_of(today, sorted(gone, key=lambda one: -one.score)[:MOST_NEAREST]),
        fresh or Freshness(scanned=True),
        memory=recalled(store, asked),
    )


def _matches(store: Store, ranking: Ranking, hits: Sequence[Hit]) -> list[Match]:
    rows = {row.id: row for row in index.rows_of(store, [hit.artifact for hit in hits])}
    judged = [judge(ranking, hit, rows[hit.artifact]) for hit in hits if hit.artifact in rows]
    has = {hit.artifact: ranking.coverage(hit) for hit in hits}
    return [Match(one.row, one.likelihood, one.likelihood >= SURE, one.place, *has[one.row.id]) for one in judged]
