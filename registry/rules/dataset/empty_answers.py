"""AS209: empty answers."""

from __future__ import annotations

from ..base import Basis, Severity
from .rule import TextRule


class EmptyAnswers(TextRule):
    """Empty answers.

    What it sees: answers that are empty or only white space.

    Why it matters: the model learns to end at once. Where a rejected answer is empty, the pair teaches length alone.

    Example: {"completion": " "} fails; {"completion": " 4"} passes.

    Do instead: drop the rows.

    Source: definition.
    """

    code = "AS209"
    name = "empty-answers"
    severity = Severity.WARNS
    basis = Basis.PROOF
    fix = "Drop the rows with `assay fix`."
    says = "empty answers"
    pattern = r"^\s*$"
    VALID = ([{"prompt": "2+2", "completion": " 4"}], [{"instruction": "a", "input": "", "output": "b"}])
    INVALID = ([{"prompt": "2+2", "completion": " \n"}],)
