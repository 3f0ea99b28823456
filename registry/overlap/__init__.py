"""Does training data hold an evaluation's questions? Verdicts with coverage, and the pairs of rows as evidence.

Only what is cheap to import is named here; `compare.overlap` does the work and brings numpy and Polars.
"""

from .config import OverlapConfig
from .report import Match, OverlapReport, OverlapRule, OverlapVerdict, RuleResult
from .texts import Texts, texts_of_file, texts_of_rows

__all__ = [
    "Match",
    "OverlapConfig",
    "OverlapReport",
    "OverlapRule",
    "OverlapVerdict",
    "RuleResult",
    "Texts",
    "texts_of_file",
    "texts_of_rows",
]
