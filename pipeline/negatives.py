"""Responses that are worse than a good one, each in one named way: what a preference pair is to teach against.

All are made from real responses. A negative is only a proposal: whether it is worse is for the verifier and the critic
to say.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

LEAST_WORDS = 6  # words that a response must have to be cut off
CUT = (0.3, 0.7)  # share of its words that is left
REFUSALS = (
    "I'm sorry, but I can't help with that.",
    "I cannot answer this question.",
    "Sorry, I am not able to do that for you.",
    "I would rather not respond to this request.",
)
WRAPPINGS: tuple[Callable[[str], str], ...] = (
    lambda text: f"Sure! Here is what you asked for:\n\n{text}\n\nLet me know if you need anything else!",
    lambda text: f"Great question! {text} I hope this helps!",
    lambda text: text.upper(),
    lambda text: f"```\n{text}\n```",
    lambda text: "\n".join(f"- {word}" for word in text.split()),
)


class Kind(StrEnum):
    """In which way a rejected response is bad."""

    REFUSAL = "refusal"
    OFF_TOPIC = "off topic"
    FORMAT = "format violation"
    OVER_LONG = "over-long"
    TRUNCATED = "truncated"
    WRONG = "wrong"


@dataclass(frozen=True)
class Material:
    """What negatives are made from: the chosen response, others to the same instruction, and good ones to others.

    `worst` is the candidate that failed, or that the critic approves of least; None where there is none.
    """

    chosen: str
    siblings: Sequence[str]
    strangers: Sequence[str]
    worst: str | None
    may_refuse: bool


def negatives(material: Material, rng: random.Random) -> dict[Kind, str]:
    """One proposal of each kind that this material gives, never equal to the chosen response."""
    words = material.chosen.split()
    found = {Kind.FORMAT: rng.choice(WRAPPINGS)(material.chosen)}
    if not material.may_refuse:
        found[Kind.REFUSAL] = rng.choice(REFUSALS)
    if material.strangers:
        found[Kind.OFF_TOPIC] = rng.choice(material.strangers)
    if others := [text for text in material.siblings if text != material.chosen]:
        found[Kind.OVER_LONG] = " ".join([material.chosen, rng.choice(others), material.chosen])
    if len(words) >= LEAST_WORDS:
        found[Kind.TRUNCATED] = " ".join(words[: max(1, int(len(words) * rng.uniform(*CUT)))])
    if material.worst is not None:
        found[Kind.WRONG] = material.worst
    return {kind: text for kind, text in found.items() if text.strip() and text != material.chosen}
