"""Which artifacts have the words of a question, and how well: the same score on both databases.

Each database's own full-text index tells which documents have a word. The score is BM25 over three fields (name and
purpose count 3; functions, options, columns and notes 1; the code's vocabulary ½), each word weighted by how rare it
is on record, divided by what the question could have reached: a number between 0 and 1 that puts answers in order.
Whether the best of them is one at all is for `likelihood.py` to say.

Words that are spelt together or apart (`logprobs`, "log-probs"), and names by their initials (`dpo` for "direct
preference optimization"), are tried beside the words as asked.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from ..facts.reading import documents
from ..facts.store import Store
from .question import Question
from .words import initials, words

WEIGHTS = (3.0, 1.0, 0.5)  # head, parts and notes, body
SATURATION, LENGTH_PENALTY = 1.2, 0.75  # the k1 and b of BM25, at their usual values
MOST_CANDIDATES, CANDIDATES = 1000, 100  # of which it is asked whether they are here; of which the words are counted
MOST_RARE = 5.0  # nats: what a word can tell at most, however few have it
MOST_NAME = 2.0  # nats: what the name of a model or library tells of what is done with it
SMALL = 20  # artifacts: in a registry of fewer, that a word is rare there says little about the word
UNHEARD = 0.0005  # the share of artifacts that have a word of which nothing else is known
SHORTEST_HALF = 3
Way = tuple[str, ...]


@dataclass(frozen=True)
class Hit:
    """An artifact (by id, with the number of its document), how well it answers, from 0 to 1, and what it has of the
    words that are looked for."""

    artifact: str
    document: int
    score: float
    has: frozenset[str]


class Ranking:
    """One question put to one registry."""

    def __init__(self, store: Store, question: Question) -> None:
        self.store = store
        self.question = question
        self.terms = question.terms
        self.count, self.mean_length = documents.size(store)
        self._notes = documents.notes(store)
        self._noted = {
            artifact: [word for note in said for word in words(note)] for artifact, said in self._notes.items()
        }
        self._found: dict[str, dict[int, bool]] = {}
        self.ways = [list(self._ways(place)) for place in range(len(self.terms))]
        self.rarity = [
            min(self._rarity(term), MOST_NAME if place in question.names else MOST_RARE)
            for place, term in enumerate(self.terms)
        ]

    def hits(self, *, here: bool = True) -> list[Hit]:
        """The best artifacts that are in this working copy, best first; or else of those that are not, or no more.

        What was forgotten is neither.
        """
        numbers = [number for number in self._candidates if (number in self._here) is here][:CANDIDATES]
        wanted = {word for ways in self.ways for way in ways for word in way}
        hits = []
        for one in documents.documents(self.store, numbers):
            found = [column.split() for column in (one.head, one.parts, one.body)]
            found[1] += self._noted.get(one.number, [])
            counts = [Counter([word for word in column if word in wanted]) for column in found]
            has = frozenset(word for count in counts for word in count)
            hits.append(Hit(one.artifact, one.number, self._score(counts, one.length), has))
        return sorted(hits, key=lambda hit: (-hit.score, hit.artifact))

    def coverage(self, hit: Hit) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The words of the question, as they were spoken, that an artifact has anywhere, and those that it has not."""
        there = set(self.having(hit.has))
        has = {spoken: there.issuperset(places) for spoken, places in self.question.spoken}
        return tuple(one for one in has if has[one]), tuple(one for one in has if not has[one])

    def notes_on(self, hit: Hit) -> list[str]:
        """What people have said about a found artifact."""
        return self._notes.get(hit.document, [])

    def having(self, found: Collection[str]) -> list[int]:
        """The places of the question's words that these words have, however they are spelt."""
        found = set(found)
        return [place for place, ways in enumerate(self.ways) if any(found.issuperset(way) for way in ways)]

    def _score(self, counts: list[Counter[str]], length: int) -> float:
        room = SATURATION * (1 - LENGTH_PENALTY + LENGTH_PENALTY * length / self.mean_length)
        reached = 0.0
        for rarity, ways in zip(self.rarity, self.ways, strict=True):
            often = max(min(_weighted(counts, word) for word in way) for way in ways)
            reached += rarity * often / (often + room)
        return reached / sum(self.rarity)

    @cached_property
    def _here(self) -> set[int]:
        """The candidates that are in this working copy."""
        return documents.here(self.store, self._candidates)

    @cached_property
    def _candidates(self) -> list[int]:
        """The documents that have most of the question, by the rarity of what they have, and better in their heads."""
        covered: dict[int, float] = defaultdict(float)
        for rarity, ways in zip(self.rarity, self.ways, strict=True):
            for number, in_head in self._having_any(ways).items():
                covered[number] += rarity * (1 + in_head)
        return sorted(covered, key=lambda number: (-covered[number], number))[:MOST_CANDIDATES]

    def _having_any(self, ways: list[Way]) -> dict[int, bool]:
        """The documents that have any of these ways to spell a word, and whether their heads have it."""
        found = dict(self._having(ways[0][0]))
        for way in ways[1:]:
            having = [self._having(word) for word in way]
            for number in set.intersection(*map(set, having)):
                found[number] = found.get(number, False) or all(one[number] for one in having)
        return found

    def _ways(self, place: int) -> Iterator[Way]:
        """The ways in which the word at this place may be spelt in a document; each is words that it must have."""
        term = self.terms[place]
        yield (term,)
        for at in (place - 1, place):
            if 0 <= at < len(self.terms) - 1:
                yield (self.terms[at] + self.terms[at + 1],)
        for short, spoken in initials().items():
            if term == short:
                yield spoken
            elif term in spoken and set(spoken) <= set(self.terms):
                yield (short,)
        if not self._having(term):
            for cut in range(SHORTEST_HALF, len(term) - SHORTEST_HALF + 1):
                if self._having(term[:cut]) and self._having(term[cut:]):
                    yield (term[:cut], term[cut:])

    def _rarity(self, term: str) -> float:
        share = (len(self._having(term)) + SMALL * UNHEARD) / (self.count + SMALL)
        return -math.log(share)

    def _having(self, word: str) -> dict[int, bool]:
        """The documents that have a word, in their text or in a note about them, and whether their heads have it."""
        if word not in self._found:
            noted = {number: False for number, said in self._noted.items() if word in said}
            self._found[word] = noted | documents.having(self.store, word)
        return self._found[word]


def _weighted(counts: list[Counter[str]], word: str) -> float:
    return sum(weight * count[word] for weight, count in zip(WEIGHTS, counts, strict=True))
