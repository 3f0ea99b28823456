"""`assay baseline` and `audit --new`: what was accepted is not shown again, and stands as it stood."""

from __future__ import annotations

import pytest

from assay.registry.answers.audit import audit
from assay.registry.answers.baseline import accept, unaccepted
from assay.registry.answers.narrowing import narrowed
from assay.registry.errors import UsageError
from assay.registry.facts.reading.baselines import baselines
from assay.registry.statements import retract

from ..registry.workshop import Workshop
from .conftest import Call

LOAD = "from transformers import AutoModelForCausalLM\n\n"
UNPINNED = f'"""Load a model."""\n{LOAD}AutoModelForCausalLM.from_pretrained("org/{{0}}")\n'
HELPER = (
    '"""Ask."""\nfrom transformers import AutoTokenizer\n\ndef ask(name, text):\n'
    "    tok = AutoTokenizer.from_pretrained(name)\n    return tok(text)\n"
)
GUARD = "from transformers import AutoTokenizer\n\ntok = AutoTokenizer.from_pretrained('b')\ntok.chat_template = None\n"


def messy(shop: Workshop) -> Workshop:
    """A project with a warning, a contaminated helper and what imports that."""
    shop.write("scripts/a.py", UNPINNED.format("a"))
    shop.write("scripts/helper.py", HELPER)
    shop.write("scripts/ask.py", '"""Ask twice."""\nfrom helper import ask\n\nask("m", "x")\n')
    shop.write("scripts/guard.py", f'"""A base."""\n{GUARD}')
    shop.commit()
    return shop


def test_what_was_accepted_is_not_new_and_stands_as_it_stood(shop: Workshop) -> None:
    """Nothing is left to show, everything stays contaminated, and what comes later is shown alone."""
    messy(shop)
    before = audit(shop.store)
    assert not before.is_clean and {one.artifact for one in before.contaminated} == {
        "scripts/helper.py",
        "scripts/ask.py",
    }
    accept(shop.store, before, "taken over")
    assert unaccepted(shop.store, audit(shop.store)).is_clean and not unaccepted(shop.store, audit(shop.store)).findings
    assert audit(shop.store).counts["contaminated"] == 2 and not shop.check("scripts/ask.py").allowed
    shop.write(
        "scripts/a.py", "# a line above\n" + UNPINNED.format("a") + 'AutoModelForCausalLM.from_pretrained("org/b")\n'
    )
    shop.commit()
    (new,) = unaccepted(shop.store, audit(shop.store)).findings
    assert new.rule == "AS107" and "org/b" in new.message


def test_a_baseline_is_a_statement_that_can_be_taken_back(shop: Workshop) -> None:
    """It gives its reason, adds nothing twice, and after the retraction everything is shown again."""
    messy(shop)
    made = accept(shop.store, audit(shop.store), "taken over")
    assert [one.reason for one in baselines(shop.store)] == ["taken over"]
    with pytest.raises(UsageError, match="nothing is there"):
        accept(shop.store, unaccepted(shop.store, audit(shop.store)), "again")
    with pytest.raises(UsageError, match="needs a reason"):
        accept(shop.store, audit(shop.store), " ")
    retract(shop.store, made.fact, "no, we mend it")
    assert baselines(shop.store) == [] and unaccepted(shop.store, audit(shop.store)).findings


def test_one_site_is_told_once_with_what_it_reaches(shop: Workshop) -> None:
    """A helper's finding is in every importer: one cause, one site, both artifacts."""
    messy(shop)
    (cause,) = [one for one in audit(shop.store).causes if one.rule == "AS101" and one.severity == "contaminates"]
    (site,) = cause.sites
    assert site.where == "scripts/helper.py:5" and set(site.artifacts) == {"scripts/helper.py", "scripts/ask.py"}


def test_an_audit_is_narrowed_to_rules_and_paths(shop: Workshop) -> None:
    """By a code or its beginning, by a folder, a name or a glob; a code that is none is refused."""
    messy(shop)
    found = audit(shop.store)
    assert {one.rule for one in narrowed(found, ["AS107"], []).findings} == {"AS107"}
    assert narrowed(found, ["AS107"], []).is_clean and not narrowed(found, ["AS101"], ["scripts"]).is_clean
    assert {one.artifact for one in narrowed(found, [], ["scripts/a*.py"]).findings} == {
        "scripts/a.py",
        "scripts/ask.py",
    }
    assert narrowed(found, ["AS1"], ["nowhere"]).findings == []
    with pytest.raises(UsageError, match="is no rule"):
        narrowed(found, ["AS999"], [])


def test_a_path_that_nobody_knows_is_no_clean_audit(
    shop: Workshop, assay: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named (2); what is on record and has no finding is clean (0), told from any folder and in any spelling."""
    messy(shop)
    code, said = assay("audit", "--path", "NOPE")
    assert code == 2 and "'NOPE'" in said
    assert assay("audit", "--path", "nope/*.py")[0] == assay("baseline", "--path", "NOPE", "--reason", "r")[0] == 2
    assert assay("audit", "--path", ".")[0] == assay("audit", "--path", "./scripts/")[0] == 1
    shop.write("plain.py", "print(1)\n")
    shop.commit()
    assert assay("audit", "--path", "plain.py")[0] == 0
    monkeypatch.chdir(shop.root / "scripts")
    assert assay("audit", "--path", "ask.py")[0] == assay("audit", "--path", "scripts/ask.py")[0] == 1


def test_the_command_accepts_and_lists(shop: Workshop, assay: Call) -> None:
    """`baseline --reason` accepts, `baseline` lists, and `audit --new` exits 0 then."""
    messy(shop)
    assert assay("audit")[0] == 1
    code, said = assay("baseline", "--reason", "taken over")
    assert code == 0 and "no status has changed" in said
    assert "taken over" in assay("baseline")[1]
    assert assay("audit", "--new")[0] == 0 and assay("audit")[0] == 1
