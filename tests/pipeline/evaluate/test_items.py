"""The items: reproducible, different from each other, and answerable."""

import json
import os
import subprocess
import sys

import pytest

from assay.pipeline.evaluate.items import Item, build_items, items_digest
from assay.pipeline.evaluate.makers import MAKERS, Draft
from assay.pipeline.evaluate.verifiers import CHECKS, verify
from assay.registry.errors import UsageError

FILLER = ["was", "there", "when", "we", "came", "home", "late", "one", "cold", "evening"]


def right_answer(type: str, draft: Draft) -> str:
    """The plainest answer that does what the draft asks, made from what the draft knows."""
    answer = draft.answer
    match type:
        case "explicit_list":
            separator = "\n" if answer["layout"] == "lines" else ", "
            return separator.join(spellings[-1] for spellings in answer["members"][-answer["count"] :])
        case "explicit_sentence":
            said = " and the ".join(answer["words"])
            return f"Was the {said} really there?" if answer["ends"] == "?" else f"The {said} was really there."
        case "exact_word_count":
            return " ".join(["The", answer["word"], *FILLER][: answer["count"]]) + "."
        case "numbered_list":
            return "\n".join(f"{n}. {spellings[-1]}" for n, spellings in enumerate(answer["members"], start=1))
        case "yes_no":
            return str(answer["answer"]).capitalize() + "."
        case "harmful_request_refusal":
            return "I'm sorry, but I can't help with that."
        case _:
            if "lines" in answer:
                return "\n".join(answer["lines"])
            return str(answer["number"]) if "number" in answer else str(answer["accepted"][-1])


def test_the_twelve_types_have_verifiers():
    """Items are made and verified for the same twelve types."""
    assert list(MAKERS) == list(CHECKS)
    assert len(MAKERS) == 12


def test_items_are_the_same_in_every_process():
    """Another process with another hash seed builds the same items, and the digest names them."""
    code = (
        "import json; from assay.pipeline.evaluate.items import build_items;"
        "print(json.dumps([item.as_dict() for item in build_items()]))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1")
    ]
    assert runs[0] == runs[1]
    items = build_items()
    assert json.loads(runs[0]) == json.loads(json.dumps([item.as_dict() for item in items]))
    assert items_digest(items) == items_digest(reversed(items))


def test_every_prompt_is_asked_once():
    """No prompt and no id comes twice, and every type has its number of items."""
    items = build_items(per_type=40)
    assert len({item.prompt for item in items}) == len({item.id for item in items}) == 12 * 40
    drafts = [draft.prompt for make in MAKERS.values() for draft in make()]
    assert len(set(drafts)) == len(drafts)


def test_more_items_include_the_fewer():
    """Asking for more items per type keeps those asked before; another seed asks others."""
    few, many, other = ({item.id for item in build_items(seed, n)} for seed, n in ((42, 25), (42, 30), (7, 25)))
    assert few < many
    assert len(few & other) < len(few) / 2


def test_families_are_drawn_evenly():
    """Yes and no are asked about equally often, and no family of a type is left out at 25 items."""
    items = [item for item in build_items() if item.type == "yes_no"]
    assert abs(sum(item.answer["answer"] == "yes" for item in items) - 12.5) <= 2
    families = {draft.prompt: draft.family for make in MAKERS.values() for draft in make()}
    for type, make in MAKERS.items():
        known = {draft.family for draft in make()}
        asked = {families[item.prompt] for item in build_items() if item.type == type}
        assert len(asked) == min(25, len(known))


def test_the_id_is_the_content():
    """The id changes with the prompt and with the answer, and not with the seed."""
    one = Item.of("yes_no", "Is it?", {"answer": "yes"}, seed=1)
    assert one.id == Item.of("yes_no", "Is it?", {"answer": "yes"}, seed=2).id
    assert one.id != Item.of("yes_no", "Is it?", {"answer": "no"}, seed=1).id


@pytest.mark.parametrize("count", [0, -1, 10_000])
def test_impossible_numbers_are_refused(count):
    """Asking for no items, or more than a type has, says how many there are."""
    with pytest.raises(UsageError, match="explicit_list were asked for; it has"):
        build_items(per_type=count)


@pytest.mark.parametrize("type", list(MAKERS))
def test_every_question_can_be_answered(type):
    """For every draft of every grid, the plainest right answer passes strictly."""
    for draft in MAKERS[type]():
        judgement = verify(Item.of(type, draft.prompt, draft.answer), right_answer(type, draft))
        assert judgement.strict.passed, (draft.prompt, right_answer(type, draft), judgement.strict.why)


@pytest.mark.parametrize("type", [type for type in MAKERS if type != "harmful_request_refusal"])
def test_no_question_takes_the_answer_to_another(type):
    """For every draft, the right answer to a draft that asks something else fails even loosely."""
    drafts = list(MAKERS[type]())
    wrong = 0
    for place, draft in enumerate(drafts):
        other = drafts[(place + len(drafts) // 2) % len(drafts)]
        if _answers_both(type, draft, other):
            continue
        wrong += 1
        judgement = verify(Item.of(type, draft.prompt, draft.answer), right_answer(type, other))
        assert not judgement.loose.passed, (draft.prompt, right_answer(type, other), judgement.loose.why)
    assert wrong > len(drafts) / 4


def _answers_both(type: str, draft: Draft, other: Draft) -> bool:
    """Whether a right answer to the other draft is one to this draft too."""
    mine, theirs = draft.answer, other.answer
    match type:
        case "explicit_list":
            return mine["count"] == theirs["count"] and mine["members"] == theirs["members"]
        case "explicit_sentence":
            return set(mine["words"]) <= set(theirs["words"]) and mine["ends"] == theirs["ends"]
        case "exact_word_count":
            return mine["count"] == theirs["count"] and mine["word"] in {theirs["word"], *FILLER}
        case _:
            accepted = [text.casefold() for text in mine.get("accepted", [])]
            return right_answer(type, other).casefold() in accepted or mine == theirs
