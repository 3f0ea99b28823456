"""AS205: placeholders that nobody filled."""

from __future__ import annotations

import re
from typing import ClassVar

from ..base import Basis, Severity
from . import rule
from .fields import ANSWERS, Fields, Role
from .rule import DatasetRule, Place, Places, around

MARKUP = re.compile(
    r"```|>>>|<!--|`[^`]*\{\{|\{%|</?[a-zA-Z][^>]*>|\\[a-zA-Z]+|curly|braces|\$\{|template", re.IGNORECASE
)


class UnfilledPlaceholders(DatasetRule):
    """Placeholders that nobody filled.

    What it sees: `{{name}}` in answers and running text that are prose, where the prompt of the row has none: who asks
    with a placeholder is answered with one. Text with code fences, template tags, HTML, LaTeX or
    a mention of templates and braces is taken to talk about placeholders and passes.

    Why it matters: the model learns to call itself {{name}}.

    Example: "I am {{name}}, made by {{author}}." fails; a Jinja template in a code block passes.

    Do instead: fill the template before the data is used.

    Source: LLaMA-Factory's identity.json, which is meant to be filled in by its user.
    """

    code = "AS205"
    name = "unfilled-placeholders"
    version = 3
    severity = Severity.CONTAMINATES
    basis = Basis.PROOF
    fix = "Fill the placeholders, or drop the rows."
    says = "unfilled placeholders"
    pattern: ClassVar[str] = r"\{\{ ?[A-Za-z_][A-Za-z0-9_ .]{0,40} ?\}\}"
    VALID = (
        [{"prompt": "Jinja?", "completion": "Write\n```\n{{ user }}\n```"}],
        [{"prompt": "The word is given within curly braces {{word}}", "completion": "noun"}],
        [{"prompt": "Write a mail to {{customer}}.", "completion": "Dear {{customer}}, hello."}],
        [{"prompt": "Fraction", "completion": r"It is \frac{{a}}{{b}}."}],
    )
    INVALID = ([{"instruction": "hi", "output": "Hello! I am {{name}}, an AI assistant made by {{author}}."}],)

    def look(self, fields: Fields) -> dict[str, Places]:
        """The first placeholder of each text that is prose, where nobody asked with one."""
        seen: dict[str, Places] = {}
        asked: set[int] | None = None
        for column in fields.of(ANSWERS | {Role.TEXT}):
            found = column.candidates(self.pattern)
            if not found or column.is_carried:
                continue
            asked = self._asked(fields) if asked is None else asked
            places = [
                Place(fields.numbers[row], column.field, around(text, *match.span()))
                for index in found
                if (row := int(column.rows[index])) not in asked
                and not MARKUP.search(text := column.texts[index].as_py())
                and (match := re.search(self.pattern, text))
            ]
            if places:
                here = Places(len(places), tuple(places[: rule.SHOWN]))
                seen[column.field] = seen[column.field] + here if column.field in seen else here
        return seen

    def _asked(self, fields: Fields) -> set[int]:
        """The rows whose prompts hold a placeholder themselves."""
        prompts = [column for column in fields.of((Role.PROMPT,)) if not column.is_carried]
        return {int(column.rows[index]) for column in prompts for index in column.candidates(self.pattern)}
