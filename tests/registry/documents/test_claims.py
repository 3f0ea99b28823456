"""Claims of hand-written documents: marks, advice and bugs as people write them, and words that mark nothing."""

from __future__ import annotations

import pytest

from assay.registry.documents.claims import Claim, claims
from assay.registry.documents.markdown import blocks


def said(text: str) -> list[Claim]:
    return claims(blocks(text))


@pytest.mark.parametrize(
    "text",
    [
        "- `a/old.py` – DEPRECATED, use `b.py` instead",
        "- ~~a/old.py~~ superseded by [the new one](b.py) (OBSOLETE)",
        "### a/old.py\n\n**Status:** deprecated\n**Replacement**: b.py",
        "## Deprecated scripts\n\n* a/old.py → b.py",
        "| file | status | replaced by |\n|--|--|--|\n| a/old.py | Deprecated | `b.py` |",
        "1. **a/old.py**: do not use any more\n   - Use instead: b.py",
    ],
)
def test_a_file_is_called_deprecated(text: str) -> None:
    """In capitals, in a field, a section, a table or by what is said to be used instead."""
    found = said(text)
    assert {(one.kind, one.file) for one in found} == {("deprecated", "a/old.py")}
    assert [one.instead for one in found] == ["b.py"]


@pytest.mark.parametrize(
    "text",
    [
        "- a.py is not DEPRECATED",
        "- a.py is no longer PRIMARY",
        "- a.py sets the PRIMARY KEY",
        "The PRIMARY one is elsewhere.",
        "See https://example.org/a/old.py DEPRECATED",
        "```\na.py DEPRECATED\n```",
        "<!-- a.py DEPRECATED -->",
        "## Bug fixes\n\n- a crash of a.py was mended",
        "- Known bugs: none",
    ],
)
def test_words_that_mark_nothing(text: str) -> None:
    """Negated, of something else, in code, in a comment, in a list of changes."""
    assert said(text) == []
