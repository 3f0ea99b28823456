"""Does training data hold an evaluation's questions? Verdicts with coverage, and the pairs of rows as evidence."""

from .compare import overlap
from .index import EvaluationIndex, OverlapConfig
from .report import Match, OverlapReport, OverlapRule, OverlapVerdict, RuleResult
from .texts import Texts, texts_of_file, texts_of_rows

__all__ = [
    "EvaluationIndex",
    "Match",
    "OverlapConfig",
    "OverlapReport",
    "OverlapRule",
    "OverlapVerdict",
    "RuleResult",
    "Texts",
    "overlap",
    "texts_of_file",
    "texts_of_rows",
]
