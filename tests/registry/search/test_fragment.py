"""Code that is no whole file is compared all the same: diffs, indented lines, pieces whose ends were cut off."""

from __future__ import annotations

import ast
import difflib
from pathlib import Path
from textwrap import indent

import pytest

from assay.registry.errors import UsageError
from assay.registry.facts.store import create
from assay.registry.recording.scan import scan
from assay.registry.search.draft import Draft, exists_code
from assay.registry.search.fragment import read_fragment
from assay.registry.standing.today import Today

WEIGH = '''def weigh(parcels, limit=10):
    """Add up what parcels weigh, heavy and light ones apart."""
    totals = {}
    for parcel in parcels:
        kind = "heavy" if parcel["kg"] > limit else "light"
        totals[kind] = totals.get(kind, 0.0) + float(parcel["kg"])
    return sorted(totals.items(), key=lambda pair: -pair[1])
'''
OTHER = "import json\n\n\ndef load(path):\n    return json.loads(path.read_text())\n"


def diff(before: str, after: str, name: str = "tools/x.py") -> str:
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), f"a/{name}", f"b/{name}")
    return f"diff --git a/{name} b/{name}\n" + "".join(lines)


def functions(text: str) -> list[tuple[str, int]]:
    tree = read_fragment(Path("draft"), text.encode()).tree
    return [(one.name, one.lineno) for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]


def test_a_diff_is_what_it_adds_with_the_lines_of_the_file() -> None:
    assert functions(diff(OTHER, f"{OTHER}\n\n{WEIGH}")) == [("weigh", 8)]
    assert functions(diff(f"{OTHER}\n\n{WEIGH}", OTHER)) == []
    assert functions(diff("a\n", "b\n", "notes.md") + diff("", WEIGH)) == [("weigh", 1)]
    assert functions(diff(WEIGH, WEIGH.replace("limit else", "limit * 2 else"))) == []


@pytest.mark.parametrize(
    "text",
    [
        indent(WEIGH, "    "),
        "        return 3\n\n" + indent(WEIGH, "    "),
        f"{WEIGH}\ndef half(\n",
        "\n".join(indent(WEIGH, "        ").splitlines()),
    ],
)
def test_a_piece_is_read_without_what_does_not_parse_alone(text: str) -> None:
    assert [name for name, _ in functions(text)] == ["weigh"]


def test_the_body_of_a_method_is_code() -> None:
    body = indent("\n".join(WEIGH.splitlines()[2:]), "    ")
    assert not read_fragment(Path("draft"), body.encode()).broken


def test_what_no_reading_makes_parse_says_what_is_wrong() -> None:
    assert "does not parse" in read_fragment(Path("draft"), b"this is (no code at all").problem


def test_a_text_that_is_not_saved_is_asked_about(tmp_path: Path) -> None:
    (tmp_path / "weights.py").write_text(WEIGH)
    anew = f'def sums(box):\n    """Add up what parcels weigh, heavy and light ones apart."""\n    {"; ".join(f"a{n} = box[{n}]" for n in range(12))}\n    return min(a1, a2)\n'
    with create(tmp_path) as store:
        scan(store)
        today = Today.of(store)
        assert exists_code(today, Draft.of_text("standard input", diff("", WEIGH, "y.py").encode())).verdict == "yes"
        own = diff("", WEIGH, "weights.py")
        assert exists_code(today, Draft.of_text("standard input", own.encode())).verdict == "no"
        found = exists_code(today, Draft.of_text("standard input", anew.encode()))
        assert found.verdict == "maybe"
        assert found.answers[0].card.name == "weights.py" and "sums, line 1" in found.answers[0].why
        for wrong, why in (
            (b" \n", "is empty"),
            (b"\0\1\2", "not text"),
            (b"x = 1\n", "large enough"),
            (b"#" * (2 << 20), "too large"),
        ):
            with pytest.raises(UsageError, match=why):
                exists_code(today, Draft.of_text("standard input", wrong))


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        (f"```python\n{WEIGH}```\nand so on\n", 2),
        (indent(WEIGH, "+"), 1),
        ("...\n" + indent(WEIGH, "    "), 2),
        (f"~~~\n{WEIGH}", 2),
    ],
)
def test_what_code_is_shown_in_is_no_code(shown: str, line: int) -> None:
    """The fence of Markdown, the plus signs of a diff without its hunks, dots for what was left out."""
    assert functions(shown) == [("weigh", line)]
