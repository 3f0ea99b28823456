"""A critic that says which of two things is better, by the log-probabilities of one token, in both orders.

A model asked "A or B?" leans to one letter whatever stands there. So everything is asked twice, with the options
exchanged, and the two margins are averaged: a leaning to a letter cancels, a preference for an option stays. Refuses a
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
class Pair:
    """Two responses to one instruction."""

    instruction: str
    first: str
    second: str


@dataclass(frozen=True)
class Opinion:
    """What the critic thinks of two options.

    `margin` is the mean over both orders of log p(first) - log p(second), in nats: above 0 the first is better.
    `leaning` is what the two orders differ by, to the letter A; `mass` the mean probability that either letter comes.
    """

    margin: float
    leaning: float
    mass: float


class Critic:
    """Judges with one backend."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._letters = [backend.tokens.single(prompts.ANSWER, letter) for letter in LETTERS]

    def prefer(self, pairs: Sequence[Pair]) -> list[Opinion]:
        """Which response of each pair is the better one."""
        return self._judge(
            [prompts.for_preference(one.instruction, one.first, one.second) for one in pairs],
            [prompts.for_preference(one.instruction, one.second, one.first) for one in pairs],
        )

    def approve(self, responses: Sequence[tuple[str, str]]) -> list[Opinion]:
        """Whether each (instruction, response) is right: here the "first" is yes and the "second" no."""
        yes, no = prompts.YES, prompts.NO
        return self._judge(
            [prompts.for_approval(instruction, response, yes, no) for instruction, response in responses],
            [prompts.for_approval(instruction, response, no, yes) for instruction, response in responses],
        )

    def _judge(self, asked: Sequence[str], exchanged: Sequence[str]) -> list[Opinion]:
        scores = self._backend.logprobs([*asked, *exchanged], self._letters)
        return [_opinion(*both) for both in zip(scores[: len(asked)], scores[len(asked) :], strict=True)]


def _opinion(asked: Sequence[float], exchanged: Sequence[float]) -> Opinion:
    """The opinion behind (log p(A), log p(B)) of a pair as asked and with its responses exchanged."""
    one, other = asked[0] - asked[1], exchanged[1] - exchanged[0]
    mass = sum(math.exp(score) for score in (*asked, *exchanged)) / 2
    return Opinion((one + other) / 2, (one - other) / 2, mass)
