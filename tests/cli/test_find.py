"""`assay find`: what does it already, how much of the task, and how it is used."""

from __future__ import annotations

import pytest

from ..registry.observe.script.test_clones import RENAMED
from ..registry.workshop import Workshop
from .conftest import Call, Wrong
from .messy import messy

__all__ = ["messy"]


def test_a_yes_says_how_it_is_used(messy: Workshop, assay: Call) -> None:
    """The function, its line, signature and import, what it covers, and who imports it."""
    code, found = assay("find", "load a base model with its tokenizer", "--json")
    assert (code, found["verdict"]) == (0, "yes")
    first = found["answers"][0]
    assert (first["path"], first["line"], first["symbol"]) == ("scripts/loading.py", 4, "load_base")
    assert first["signature"] == "(name, four_bit=False)"
    assert first["import"] == "from scripts.loading import load_base"
    assert (first["missing"], first["importers"], first["usable"]) == ([], 2, True)
    assert found["fresh"]["unscanned"] == 0 and found["fresh"]["scanned"] == "just now"
    assert found["next"] == "assay before-edit scripts/loading.py"


def test_a_partial_answer_names_what_is_missing(messy: Workshop, assay: Call) -> None:
    """Words of the task that nothing has are named as the user wrote them."""
    code, found = assay("find", "load a base model in 4-bit with a LoRA adapter merged into Kubernetes", "--json")
    assert (code, found["verdict"]) == (0, "partial")
    assert {"LoRA", "Kubernetes"} <= set(found["answers"][0]["missing"])
    assert {"load", "base", "model"} <= set(found["answers"][0]["covers"])


def test_no_and_cannot_say_are_two_things(messy: Workshop, assay: Call) -> None:
    """Nothing on record is exit 1; a file that no scan has seen makes it exit 2, with a stable code."""
    code, found = assay("find", "serve pancakes to penguins", "--json")
    assert (code, found["verdict"], found["answers"]) == (1, "no", [])
    messy.write("scripts/new.py", '"""Serve pancakes to penguins."""\n')
    code, found = assay("find", "serve pancakes to penguins", "--json")
    assert (code, found["verdict"], found["error"]["code"], found["next"]) == (2, None, "stale", "assay scan")
    assert found["fresh"]["unscanned"] == 1


def test_a_draft_is_asked_by_its_functions(messy: Workshop, assay: Call) -> None:
    """A renamed copy is found without a word; the file itself is no answer to itself."""
    draft = messy.write("scripts/draft.py", RENAMED)
    code, found = assay("find", "--draft", str(draft), "--json")
    assert (code, found["verdict"]) == (0, "yes")
    assert {one["path"] for one in found["answers"]} <= {"scripts/score.py", "scripts/score_v2.py"}
    assert found["answers"][0]["like"].startswith("the same as your ")
    code, found = assay("find", "--draft", "scripts/score.py", "--json")
    assert "scripts/score.py" not in {one["path"] for one in found["answers"]}


def test_a_draft_that_does_not_parse_leaves_the_words(messy: Workshop, assay: Call) -> None:
    """What cannot be compared is said, and the words are answered all the same."""
    draft = messy.write("out/draft.py", "def broken(:\n")
    code, found = assay("find", "load a base model with its tokenizer", "--draft", str(draft), "--json")
    assert code == 0 and found["answers"][0]["path"] == "scripts/loading.py" and found["draft"]


def test_what_may_not_be_used_says_why_and_what_to_use(messy: Workshop, assay: Call) -> None:
    """A deprecated answer carries its reason and replacement, and no import."""
    assay("mark", "scripts/score.py", "deprecated", "--reason", "rounds", "--replaced-by", "scripts/score_v2.py")
    found = assay("find", "score pairs of answers", "--json")[1]
    old = next(one for one in found["answers"] if one["path"] == "scripts/score.py")
    assert (old["usable"], old["reason"], old["use_instead"]) == (False, "rounds", "scripts/score_v2.py")
    assert "import" not in old


def test_limit_and_fields(messy: Workshop, assay: Call, wrong: Wrong) -> None:
    """Only so many, only these fields, and how many more there are; a field that no answer has is refused."""
    found = assay("find", "score or rank pairs of answers", "--limit", "1", "--fields", "path,line", "--json")[1]
    assert [set(one) for one in found["answers"]] == [{"path", "line"}] and found["more"] >= 1
    assert "is no field" in wrong("find", "score answers", "--fields", "path,nonsense")
    assert "limit of 0" in wrong("find", "score answers", "--limit", "0")
    assert "say what is to be done" in wrong("find")


@pytest.mark.parametrize("task", ["?", "the of and", '"*(:', "a" * 10_000])
def test_what_asks_nothing(messy: Workshop, assay: Call, task: str) -> None:
    """A line that says so, and no answer."""
    code, found = assay("find", task, "--json")
    assert code == 2 and found["error"]["code"] == "usage"


def test_text_for_people(messy: Workshop, assay: Call) -> None:
    """The verdict, the place with the signature, the import, and what to do next."""
    code, said = assay("find", "load a base model with its tokenizer")
    assert code == 0 and said.startswith("Yes:\n  scripts/loading.py:4 load_base(name, four_bit=False)")
    assert "Next: assay before-edit scripts/loading.py" in said


def test_what_is_remembered_of_it(messy: Workshop, assay: Call) -> None:
    """Bugs and decisions that speak of the task stand beside the answers."""
    assay("bug", "add", "base model loads without its tokenizer", "--fix", "pass both", "--about", "scripts/loading.py")
    found = assay("find", "load a base model with its tokenizer", "--json")[1]
    assert found["remembered"][0].endswith(": base model loads without its tokenizer → pass both")
    assert "Remembered: bug " in assay("find", "load a base model with its tokenizer")[1]
