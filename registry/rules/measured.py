"""How often a rule's findings were such that the author should act, as far as anybody has labelled them.

The figures come from labels in `bench/labels`, and a test holds that they agree. What is not here was not measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WHERE = "rules-measured.md"


LEAST, WORTH = 5, 0.5  # so many findings, and that share of them to act on, or the page says what to make of it


@dataclass(frozen=True)
class Measured:
    """How many findings to act on, as (act, labelled): in sources that no rule was fitted to, and in the others."""

    held_out: tuple[int, int] = (0, 0)
    fitted: tuple[int, int] = (0, 0)

    @property
    def seldom(self) -> bool:
        """Whether so few were worth acting on: of the held-out findings, or where they are too few of the fitted ones,
        which can only look better than they are."""
        act, labelled = self.held_out if self.held_out[1] >= LEAST else self.fitted
        return labelled >= LEAST and act / labelled < WORTH

    def text(self) -> str:
        """The figures in sentences."""
        (act, labelled), (was, of) = self.held_out, self.fitted
        share = f" ({act / labelled:.2f})" if labelled >= LEAST else ""
        told = f"{act} of {labelled}{share} labelled findings in sources that it was not fitted to were to be acted on"
        told = told if labelled else "no findings were labelled in sources that it was not fitted to"
        rest = f"; {was} of {of} in those that it was{'' if labelled else ' were to be acted on'}" if of else ""
        warned = " **Read it as a hint: most of its findings were right to be left.**" if self.seldom else ""
        return f"{told}{rest} ([how]({WHERE})).{warned}"


MEASURED: Mapping[str, Measured] = {
    "AS101": Measured(fitted=(0, 64)),
    "AS104": Measured((6, 10), (11, 19)),
    "AS105": Measured((21, 24), (6, 14)),
    "AS106": Measured((0, 1), (6, 10)),
    "AS107": Measured((40, 52), (87, 123)),
    "AS108": Measured((76, 80), (38, 47)),
    "AS109": Measured(fitted=(0, 1)),
    "AS201": Measured((1, 1), (28, 35)),
    "AS203": Measured(fitted=(4, 4)),
    "AS204": Measured((1, 1), (6, 6)),
    "AS205": Measured(fitted=(3, 3)),
    "AS309": Measured(fitted=(1, 3)),
    "AS501": Measured((32, 46)),
    "AS502": Measured((15, 18)),
    "AS503": Measured((9, 11)),
}
