"""AS209: empty answers."""

from __future__ import annotations

from ..base import Basis, Severity
from .fields import ANSWERS, Fields
from .rule import DatasetRule, Places, places_in


class EmptyAnswers(DatasetRule):
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
    VALID = ([{"prompt": "2+2", "completion": " 4"}], [{"instruction": "a", "input": "", "output": "b"}])
    INVALID = ([{"prompt": "2+2", "completion": " \n"}],)

    def look(self, fields: Fields) -> dict[str, Places]:
        """Rows whose answer has no visible character."""
        seen = {}
        for column in fields.of(ANSWERS):
            blank = (~column.series.str.contains(r"\S")).fill_null(False).arg_true().to_numpy()
            if len(blank):
                seen[column.field] = places_in(column.rows[blank], fields.numbers, column.field)
        return seen
