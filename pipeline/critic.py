"""A critic that says which of two responses is better, by the log-probabilities of one token, in both orders.

A model asked "A or B?" leans to one letter whatever stands there. So every pair is asked twice, with the responses
exchanged, and the two margins are averaged: a leaning to a letter cancels, a preference for a response stays. Refuses a
tokenizer in which the letters are more than one token.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from . import prompts
from .backends.base import Backend

LETTERS = (" A", " B")


@dataclass(frozen=True)
class Question:
    """Two responses to one instruction."""

    instruction: str
    first: str
    second: str


@dataclass(frozen=True)
class Opinion:
    """What the critic thinks of a pair.

    `margin` is the mean over both orders of log p(first) - log p(second), in nats: above 0 the first is better.
    `consistent` says that both orders agree; `mass` is the mean probability that either letter comes at all.
    """

    margin: float
    consistent: bool
    mass: float

    def prefers_first(self, threshold: float) -> bool:
        """Whether the first is better by at least this margin, and in both orders."""
        return self.consistent and self.margin >= threshold


class Critic:
    """Judges with one backend."""

    def __init__(self, backend: Backend) -> None:
        before = prompts.for_judgement("x", "y", "z")
        self._backend = backend
        self._letters = [backend.tokens.single(before, letter) for letter in LETTERS]

    def judge(self, questions: Sequence[Question]) -> list[Opinion]:
        """An opinion on each pair."""
        asked = [prompts.for_judgement(one.instruction, one.first, one.second) for one in questions]
        exchanged = [prompts.for_judgement(one.instruction, one.second, one.first) for one in questions]
        scores = self._backend.logprobs([*asked, *exchanged], self._letters)
        return [_opinion(*both) for both in zip(scores[: len(asked)], scores[len(asked) :], strict=True)]


def _opinion(asked: Sequence[float], exchanged: Sequence[float]) -> Opinion:
    """The opinion behind (log p(A), log p(B)) of a pair as asked and with its responses exchanged."""
    one, other = asked[0] - asked[1], exchanged[1] - exchanged[0]
    mass = sum(math.exp(score) for score in (*asked, *exchanged)) / 2
    return Opinion((one + other) / 2, one * other > 0, mass)
