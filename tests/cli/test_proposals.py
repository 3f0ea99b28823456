"""`assay proposals`: what an agent would have on record, until a person says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.registry.agents import proposals
from assay.registry.agents.tools import Tools
from assay.registry.errors import AssayError, UsageError

from ..registry.workshop import Workshop
from .conftest import Call, Wrong


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person at a terminal who says yes."""
    monkeypatch.setattr("assay.cli.proposals.is_a_person", lambda: True)
    monkeypatch.setattr("click.confirm", lambda *_, **__: True)


def proposed(root: Path) -> str:
    made = Tools(root).propose_mark(["scripts/gen.py"], "deprecated", "slow", "scripts/upper.py")
    return str(made["proposed"]["id"])


def test_a_proposal_changes_nothing(shop: Workshop, assay: Call, wrong: Wrong) -> None:
    """It is listed, and nothing is on record; who is at no terminal cannot accept it."""
    id = proposed(shop.root)
    assert [one["id"] for one in assay("proposals", "--json")[1]] == [id]
    assert "slow" in assay("proposals")[1]
    assert "a person at a terminal" in wrong("proposals", "accept", id)
    assert assay("show", "scripts/gen.py", "--json")[1]["status"] == "clean"


def test_a_person_accepts_it(shop: Workshop, assay: Call, terminal: None) -> None:
    """Then it is on record as theirs, and waits no more."""
    id = proposed(shop.root)
    assert assay("proposals", "accept", id[:4])[0] == 0
    shown = assay("show", "scripts/gen.py", "--json")[1]
    assert (shown["status"], shown["declarations"][0]["author"]) == ("deprecated", "tester")
    assert assay("proposals", "--json")[1] == []


def test_other_bytes_are_not_accepted(shop: Workshop, assay: Call, terminal: None) -> None:
    """What was proposed of these bytes is not said of others."""
    id = proposed(shop.root)
    shop.write("scripts/gen.py", '"""Another."""\nprint(1)\n')
    shop.commit()
    code, said = assay("proposals", "accept", id)
    assert code == 2 and "other bytes" in said


def test_dropped_and_broken_ones(shop: Workshop, assay: Call, wrong: Wrong) -> None:
    """A dropped one is gone, a file that is none is left out, and an unknown id is a line."""
    id = proposed(shop.root)
    (shop.root / ".assay/proposals/broken.json").write_text("{")
    half = '{"id": "half", "at": "", "kind": "mark", "about": {"scripts/gen.py": null}, "status": "deprecated"}'
    (shop.root / ".assay/proposals/half.json").write_text(half)
    (shop.root / ".assay/proposals/other.json").write_text('{"id": "x", "at": "", "kind": "retract", "about": {}}')
    assert assay("proposals", "drop", id)[0] == 0
    assert assay("proposals", "--json")[1] == []
    assert "no proposals begin" in wrong("proposals", "drop", id)


WRONG: list[dict] = [
    {"names": ["scripts/gen.py"], "status": "clean", "reason": "x"},
    {"names": ["scripts/gen.py"], "status": "deprecated", "reason": " "},
    {"names": [], "status": "deprecated", "reason": "x"},
    {"names": ["scripts/none.py"], "status": "deprecated", "reason": "x"},
    {"names": ["scripts/gen.py"], "status": "deprecated", "reason": "x", "replaced_by": "scripts/gen.py"},
    {"names": ["scripts/gen.py"], "status": "deprecated", "reason": "x" * 5000},
    {"names": ["../elsewhere.py"], "status": "deprecated", "reason": "x"},
]


def test_what_could_not_be_said_is_not_kept(shop: Workshop) -> None:
    """Refused at once, in a line."""
    for asked in WRONG:
        with pytest.raises(AssayError):
            Tools(shop.root).propose_mark(**asked)
    assert not list((shop.root / ".assay").glob("proposals/*.json"))


def test_no_more_than_a_person_would_read(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of proposals is refused; the same one again is the same one."""
    monkeypatch.setattr(proposals, "MOST", 2)
    for reason in ("one", "two", "two"):
        Tools(shop.root).propose_mark(["scripts/gen.py"], "contaminated", reason)
    with pytest.raises(UsageError, match="wait already"):
        Tools(shop.root).propose_attest(["scripts/gen.py"], "somewhere")
