"""Hand-written registries: what they claim is recorded once, with its line; nothing becomes clean by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.registry.errors import Refused, UsageError
from assay.registry.facts.reading.declarations import declared, noted
from assay.registry.facts.reading.memory import items
from assay.registry.facts.reading.retractions import artifact_name
from assay.registry.memory.adoption import NEW, THERE, WRONG, adopt
from assay.registry.project import Project

from ...conftest import Registry

DOCUMENT = """# Scripts

### `gen.py` — PRIMARY

**Purpose**: Write answers
- **Expected results**: 30 rows
- Known bugs: none

### scripts/old.py (DEPRECATED)

Slow. Use `scripts/gen.py` instead.

### scripts/plain.py: not deprecated, and no longer PRIMARY

| script | purpose | status | use instead |
| --- | --- | --- | --- |
| `scripts/cell.py` | Write cells | deprecated | `scripts/gen.py` |
| scripts/nowhere.py | nothing | PRIMARY | |

```
scripts/fenced.py is DEPRECATED
```

## Do not use

- `scripts/listed.py`: replaced by [gen](scripts/gen.py)

## Known bugs

### Answers end early

- **Cause**: 64 tokens
- **Fix**: read on
- **Affected**: `scripts/gen.py`

| bug | file | fix | status |
| --- | --- | --- | --- |
| it never ends at all | scripts/old.py | break | fixed |
"""


@pytest.fixture
def document(registry: Registry) -> Path:
    for name in ("gen", "old", "plain", "cell", "listed", "fenced"):
        registry.put(f"scripts/{name}.py", source="walk")
    path = registry.store.project.root / "SCRIPTS.md"
    path.write_text(DOCUMENT)
    return path


def test_a_registry_is_taken_over_once(registry: Registry, document: Path) -> None:
    """Headings, fields, items and tables; the dry run says what applying does, and applying again does nothing."""
    store = registry.store
    shown = adopt(store, [document])
    assert not declared(store, ("primary", "deprecated")) and not items(store)
    assert adopt(store, [document], apply=True) == shown
    assert {one.state for one in shown} == {NEW, WRONG}
    assert [(one.line, one.why) for one in shown if one.state == WRONG] == [
        (18, "scripts/nowhere.py is not on record, or is several things")
    ] * 2
    said = {
        (artifact_name(store, one.subject), one.status, one.replaced_by)
        for one in declared(store, ("primary", "deprecated"))
    }
    assert said == {
        ("scripts/gen.py", "primary", None),
        ("scripts/old.py", "deprecated", "scripts/gen.py"),
        ("scripts/cell.py", "deprecated", "scripts/gen.py"),
        ("scripts/listed.py", "deprecated", "scripts/gen.py"),
    }
    assert all("SCRIPTS.md:" in one.reason for one in declared(store, ("deprecated",)))
    assert [(one.title, one.fix, one.source, one.end is not None) for one in items(store)] == [
        ("Answers end early", "read on", "SCRIPTS.md:30", False),
        ("it never ends at all", "break", "SCRIPTS.md:38", True),
    ]
    assert len(noted(store)) == 3
    document.write_text("\n\n" + DOCUMENT)
    before = store.counts()
    assert {one.state for one in adopt(store, [document], apply=True)} == {THERE, WRONG}
    assert store.counts() == before


def test_what_contradicts_is_not_recorded(registry: Registry, document: Path) -> None:
    """Two PRIMARYs for the same, and one that the document calls deprecated too: the first stands, with the reason."""
    document.write_text(
        "### scripts/gen.py PRIMARY\nPurpose: write\n\n### scripts/old.py PRIMARY\nPurpose: write\n\n"
        "### scripts/cell.py PRIMARY\n\n- scripts/cell.py is DEPRECATED\n"
    )
    found = {(one.line, one.state, one.why) for one in adopt(registry.store, [document]) if "PRIMARY" in one.said}
    assert found >= {(1, NEW, ""), (4, WRONG, "it calls scripts/gen.py so too")}
    assert (7, WRONG, "the document calls it deprecated too") in found


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"# Hello\n\nRun `scripts/gen.py` first.\n", "is no registry"),
        (b"", "is no registry"),
        (b"\x7fELF\x00\x01", "is no text"),
        (b"# x\n\xff\xfe", "is no text"),
        (b"# Tasks\n\nWritten by `assay markdown --all` from the record; do not edit.\n", "was written by Assay"),
        (b"# a\n" * (2 << 20), "more than 4 MiB"),
    ],
)
def test_what_is_no_registry_is_one_clear_line(registry: Registry, document: Path, content: bytes, why: str) -> None:
    """Prose, nothing, bytes, what Assay wrote, what nobody reads."""
    document.write_bytes(content)
    with pytest.raises(UsageError, match=why):
        adopt(registry.store, [document])


def test_an_agent_may_look_and_not_apply(registry: Registry, document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which one is to be used is a person's word."""
    monkeypatch.setenv("ASSAY_AGENT", "bot")
    registry.store.project = Project(registry.store.project.root, registry.store.project.url)
    assert adopt(registry.store, [document])
    with pytest.raises(Refused):
        adopt(registry.store, [document], apply=True)
