"""Does it exist already? Answers, standing, what to use instead, and a confident no."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from assay.registry.errors import UsageError
from assay.registry.facts.store import Store, create
from assay.registry.observe.script.clones import shapes
from assay.registry.observe.script.profile import describe
from assay.registry.observe.script.source import read_source
from assay.registry.observe.script.vocabulary import read_vocabulary
from assay.registry.project import Project
from assay.registry.search import index as searchable
from assay.registry.search.answer import Existence
from assay.registry.search.draft import Draft, exists_code
from assay.registry.search.exists import exists
from assay.registry.search.instead import Instead
from assay.registry.standing.today import Today

from ..observe.script.test_clones import ORIGINAL, OTHER, RENAMED
from .questions import ABSENT, ASKED

SCORER = f'"""Score answers A and B by their log probabilities and keep the better one."""\n{ORIGINAL}'
GENERATOR = '''
"""Write instructions with the base model."""
import argparse, json
parser = argparse.ArgumentParser()
parser.add_argument("--num-instructions", help="how many instructions to write")
def generate_instructions(model, count):
    """Sample new instructions from a few examples."""
'''
LOADER = f'"""Helpers."""\nimport json\n{OTHER}'


def profile(text: str, name: str = "x.py") -> dict[str, Any]:
    """A description as the observer of scripts makes it."""
    source = read_source(Path(name), text.encode())
    more = {"vocabulary": read_vocabulary(source), "shapes": [one.as_dict() for one in shapes(source.tree)]}
    return json.loads(json.dumps(describe(source, Path("/")).as_dict() | more))


DATA_PROFILE = {
    "format": "jsonl",
    "rows": 10,
    "schema": "preference pairs",
    "columns": [{"name": name, "type": "string", "missing": 0} for name in ("prompt", "chosen", "rejected")],
}
MODEL_PROFILE = {
    "form": "adapter",
    "architecture": "LlamaForCausalLM",
    "parameters": 5,
    "base": {"name": "HuggingFaceTB/SmolLM2-135M", "revision": None, "stated_in": "adapter_config.json"},
    "adapter": {"type": "LORA", "r": 8, "alpha": 16.0, "target_modules": []},
    "training": {"learning_rate": 1e-4},
}


@pytest.fixture
def filled(registry):
    """A small project: a scorer, a generator, helpers, preference data and an adapter."""
    for name, text in {"scripts/score_pairs.py": SCORER, "scripts/gen.py": GENERATOR, "lib/rows.py": LOADER}.items():
        registry.put(name, content=text.encode(), profile=profile(text, name))
    registry.put("data/pairs.jsonl", "dataset", b"{}\n", DATA_PROFILE)
    registry.put("out/dpo-final", "checkpoint", b"w", MODEL_PROFILE)
    return registry


def ask(registry, question: str) -> Existence:
    return exists(Today(registry.store, registry.today), question)


def names(found: Existence) -> list[str]:
    return [answer.card.name for answer in found.answers]


@pytest.mark.parametrize(
    ("question", "name", "where"),
    [
        ("score answers with A/B log-probs", "scripts/score_pairs.py", "purpose"),
        ("is there code to keep the better answer by logprobs?", "scripts/score_pairs.py", "purpose"),
        ("score_pair", "scripts/score_pairs.py", "name"),
        ("generating instructions", "scripts/gen.py", "function generate_instructions, line 6"),
        ("how many instructions to write", "scripts/gen.py", "option --num-instructions, line 5"),
        ("preference pairs", "data/pairs.jsonl", "kind"),
        ("chosen and rejected columns", "data/pairs.jsonl", "columns"),
        ("LoRA adapter of SmolLM2", "out/dpo-final", "base model"),
    ],
)
def test_what_is_there_is_found_and_says_where(filled, question: str, name: str, where: str) -> None:
    """Names, purposes, docstrings, options, columns and bases answer, however the words are spelt."""
    found = ask(filled, question)
    assert found.verdict != "no"
    assert names(found)[0] == name
    assert found.answers[0].where == where


@pytest.mark.parametrize(
    "question", ["deduplicate a dataset with MinHash", "translate the prompts", "deploy with Terraform"]
)
def test_what_is_not_there_is_a_no(filled, question: str) -> None:
    """A question whose telling words nothing has is answered no, with nothing but what came nearest."""
    found = ask(filled, question)
    assert (found.verdict, found.answers) == ("no", ())


def test_a_no_names_what_came_nearest(filled) -> None:
    """A no is more useful with the artifacts that share some of the words."""
    assert "scripts/gen.py" in [card.name for card in ask(filled, "translate instructions into German").nearest]


def test_an_empty_registry_says_no(registry) -> None:
    """Nothing on record is a plain no."""
    assert ask(registry, "anything about rewards") == Existence((), ())


def test_a_question_without_a_telling_word_is_refused(filled) -> None:
    """Only words of asking: there is nothing to look for, and that is said."""
    with pytest.raises(UsageError, match="no word to search for"):
        ask(filled, "is there a script that does this?")


@pytest.mark.parametrize("question", ['it\'s "quoted" OR NEAR(x)', "50% off_", "naïve 漢字 кошка", "a'b\\c * ^ -: ()"])
def test_no_question_is_syntax(filled, question: str) -> None:
    """Quotes, operators and other scripts are words or nothing, never an error of the database."""
    assert ask(filled, question + " scorer").verdict in ("yes", "maybe", "no")


def test_answers_carry_standing_and_the_replacement(filled) -> None:
    """A deprecated answer names its replacement, through a chain of them."""
    filled.put("scripts/gen2.py", content=b"2", profile=profile('"""Newer."""'))
    filled.put("scripts/gen3.py", content=b"3", profile=profile('"""Newest."""'))
    filled.declare(filled.artifact("scripts/gen.py"), "deprecated", replaced_by="scripts/gen2.py")
    filled.declare(filled.artifact("scripts/gen2.py"), "deprecated", replaced_by="scripts/gen3.py")
    answer = ask(filled, "generate instructions").answers[0]
    assert (answer.card.status, answer.instead) == ("deprecated", Instead("scripts/gen3.py", is_guess=False))


def test_replacements_that_go_round_in_a_circle_end(filled) -> None:
    """Two scripts that replace each other leave nothing to use, and no endless loop."""
    filled.put("scripts/gen2.py", content=b"2", profile=profile('"""Newer."""'))
    filled.declare(filled.artifact("scripts/gen.py"), "deprecated", replaced_by="scripts/gen2.py")
    filled.declare(filled.artifact("scripts/gen2.py"), "deprecated", replaced_by="scripts/gen.py")
    assert ask(filled, "instructions with the base model").answers[0].instead is None


def test_instead_of_a_contaminated_answer_a_clean_one_is_named(filled) -> None:
    """Where no replacement is declared, the clean answer to the same question is what to use, the PRIMARY one first."""
    for name in ("scripts/gen_b.py", "scripts/gen_c.py"):
        filled.put(name, content=name.encode(), profile=profile(GENERATOR, name))
    filled.declare(filled.artifact("scripts/gen.py"), "contaminated", reason="chat template")
    filled.declare(filled.artifact("scripts/gen_c.py"), "primary", purpose="instructions")
    found = {answer.card.name: answer.instead for answer in ask(filled, "generate instructions").answers}
    assert found == {
        "scripts/gen.py": Instead("scripts/gen_c.py", is_guess=True),
        "scripts/gen_b.py": None,
        "scripts/gen_c.py": None,
    }


def test_a_clean_answer_for_another_purpose_is_no_replacement(filled) -> None:
    """A clean script that shares a word with the question is not offered in place of one that does something else."""
    filled.put("lib/options.py", content=b"o", profile=profile('"""Options: how many instructions, which seed."""'))
    filled.declare(filled.artifact("scripts/gen.py"), "contaminated")
    found = {answer.card.name: answer.instead for answer in ask(filled, "instructions").answers}
    assert found == {"scripts/gen.py": None, "lib/options.py": None}


def test_what_people_said_is_found_until_it_is_retracted(filled) -> None:
    """The reason of a declaration answers questions from the moment it is made."""
    fact = filled.declare(filled.artifact("lib/rows.py"), "unverified", reason="swallows truncated unicode surrogates")
    found = ask(filled, "truncated surrogates")
    assert (names(found), found.answers[0].where) == (["lib/rows.py"], "note")
    filled.retract(fact)
    assert ask(filled, "truncated surrogates").verdict == "no"


def test_an_attested_origin_is_found(filled) -> None:
    """Data answers to the place where it came from."""
    (row,) = filled.store.database.rows("SELECT id FROM version WHERE kind = 'dataset'")
    filled.attest(row[0], "hub: HuggingFaceH4/ultrafeedback_binarized")
    assert names(ask(filled, "ultrafeedback")) == ["data/pairs.jsonl"]


def test_changed_renamed_and_vanished_artifacts_stay_in_step(filled) -> None:
    """The index follows what is on record: new words answer, old ones do not, and what is gone is no answer."""
    store = filled.store
    assert names(ask(filled, "helpers rows")) == ["lib/rows.py"]
    filled.put("lib/rows.py", content=b"new", profile=profile('"""Convert checkpoints to GGUF."""'))
    assert names(ask(filled, "GGUF conversion")) == ["lib/rows.py"]
    location = store.database.one("SELECT artifact_id, version_id FROM location WHERE path = 'lib/rows.py'")
    with store.batch() as batch:
        common = {"workspace": store.workspace, "digest": "", "stat": ""}
        batch.cache("location", path="lib/rows.py", artifact_id=None, version_id=None, present=0, **common)
        batch.cache(
            "location", path="lib/quantizer.py", artifact_id=location[0], version_id=location[1], present=1, **common
        )
        batch.add("receipt", subject_id=location[0], kind="moved", body="{}", at="2026-01-01T00:00:00.000000Z")
    assert names(ask(filled, "quantizer")) == ["lib/quantizer.py"]
    with store.batch() as batch:
        batch.cache(
            "location", path="lib/quantizer.py", artifact_id=location[0], version_id=location[1], present=0, **common
        )
    assert ask(filled, "quantizer").verdict == "no"


def test_the_index_can_be_rebuilt_from_the_descriptions(filled) -> None:
    """Losing the documents loses nothing: they come back from what is on record."""
    before = ask(filled, "score answers").as_dict()
    assert searchable.rebuild(filled.store) == 5
    assert ask(filled, "score answers").as_dict() == before
    assert searchable.refresh(filled.store) == 0


def test_a_read_only_registry_still_answers(filled) -> None:
    """Asking writes nothing where nothing can be written."""
    ask(filled, "score answers")
    filled.store.database.readonly = True
    assert names(ask(filled, "score answers"))[0] == "scripts/score_pairs.py"


def test_the_answer_has_the_documented_shape(filled) -> None:
    """The JSON of `exists` has the documented fields, and an answer is an artifact with some more."""
    found = json.loads(json.dumps(ask(filled, "score answers").as_dict()))
    assert set(found) == {"verdict", "answers", "nearest", "gone", "fresh", "memory"}
    artifact = {"name", "kind", "path", "version", "status", "lineage_status", "purpose", "primary", "replaced_by"}
    assert set(found["answers"][0]) >= artifact | {"created_at", "created_from", "score", "where", "why", "use_instead"}
    assert 0 < found["answers"][0]["score"] <= 1


def test_copied_code_is_found_under_its_other_name(filled, tmp_path: Path) -> None:
    """A function that was copied and renamed is found, with the line it is on and how alike the two are."""
    copy = tmp_path / "mine.py"
    copy.write_text(RENAMED)
    (answer,) = exists_code(Today(filled.store, filled.today), Draft.of_file(copy)).answers
    assert (answer.card.name, answer.is_sure) == ("scripts/score_pairs.py", True)
    assert answer.score == pytest.approx(1.0, abs=0.05)
    assert (answer.where, answer.why) == ("score_pair, line 3", "the same as rank, line 4")


def test_a_file_on_record_is_there_and_no_copy_of_itself(filled) -> None:
    """Asking about a script on record is answered with it, last, and with whether anything else is like it."""
    path, today = filled.store.project.path_of("scripts/score_pairs.py"), Today(filled.store, filled.today)
    path.parent.mkdir(parents=True, exist_ok=True)
    (alone,) = exists_code(today, Draft.of_file(path)).answers
    assert (alone.card.name, alone.is_sure, alone.where) == ("scripts/score_pairs.py", True, "the file itself")
    assert alone.why == "on record already; nothing else on record is like it"


@pytest.mark.parametrize(
    ("text", "message"),
    [("def f(): pass\n", "large enough"), ("def broken(:\n", "does not parse"), (None, "cannot be read")],
)
def test_code_that_cannot_be_compared_is_refused(registry, tmp_path: Path, text: str | None, message: str) -> None:
    """Too little code, code that does not parse and a missing file are said in a line."""
    path = tmp_path / "x.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError, match=message):
        exists_code(Today(registry.store, registry.today), Draft.of_file(path))


def test_a_huge_script_can_be_indexed(registry) -> None:
    """A document has a bound, so that no database refuses it."""
    huge: Mapping[str, Any] = {"purpose": "huge", "vocabulary": [f"identifier{n}" for n in range(200_000)]}
    registry.put("huge.py", content=b"x", profile=huge)
    assert names(ask(registry, "huge")) == ["huge.py"]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Every source file of the installed trl, peft and datasets on record."""
    found = {name: importlib.util.find_spec(name) for name in ("trl", "peft", "datasets")}
    absent = [name for name, spec in found.items() if spec is None]
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)}")
    root = tmp_path_factory.mktemp("packages")
    create(root).close()
    store = Store(Project.find(root))
    with store.batch() as batch:
        for spec in found.values():
            assert spec is not None and spec.origin is not None
            top = Path(spec.origin).parent
            for path in sorted(top.rglob("*.py")):
                name = path.relative_to(top.parent).as_posix()
                text = path.read_bytes()
                artifact = batch.add("artifact", kind="script", name=name, ordinal=0)
                version = batch.add("version", id=f"v:{name}", kind="script", content=name, size=len(text), files=1)
                at = "2026-01-01T00:00:00.000000Z"
                batch.add("sighting", artifact_id=artifact, version_id=version, path=name, at=at, source="git")
                described = json.dumps(profile(text.decode(), name))
                batch.cache("description", version_id=version, observer=1, profile=described)
                batch.cache(
                    "location", workspace=store.workspace, path=name, artifact_id=artifact, version_id=version,
                    digest=name, stat="", present=1,
                )  # fmt: skip
    return store


def test_real_questions_about_real_packages(packages: Store) -> None:
    """Nine in ten questions get a right file among the first three; of those about what is absent, hardly any a yes.

    Most of the latter get a no, though their words turn up in these packages.

    Files that a release of these packages no longer has do not count.
    """
    there = {name for (name,) in packages.database.rows("SELECT name FROM artifact")}
    asked = [(question, set(right) & there) for question, right in ASKED if set(right) & there]
    today = Today(packages, {"script": "rules 1"})
    told = {question: exists(today, question) for question, _ in asked}
    right = [question for question, files in asked if files & set(names(told[question])[:3])]
    said = {question: exists(today, question).verdict for question in ABSENT}
    assert len(asked) >= 40
    assert len(right) >= 0.9 * len(asked), sorted({question for question, _ in asked} - set(right))
    assert sum(verdict == "yes" for verdict in said.values()) <= 0.1 * len(ABSENT), said
    assert sum(verdict == "no" for verdict in said.values()) >= 0.6 * len(ABSENT), said
    in_code = [one for found in told.values() for one in found.answers if one.where == "code"]
    assert in_code and all(
        one.why.startswith(one.covers[:1]) for one in in_code
    )  # what was asked, no list of all words


def test_a_real_copy_among_real_packages(packages: Store, tmp_path: Path) -> None:
    """A function lifted from trl and renamed is found where it came from."""
    source = packages.database.one("SELECT profile FROM description WHERE version_id = 'v:trl/data_utils.py'")
    assert source is not None
    spec = importlib.util.find_spec("trl")
    assert spec is not None and spec.origin is not None
    text = (Path(spec.origin).parent / "data_utils.py").read_text()
    start = text.index("def extract_prompt(")
    end = text.index("\ndef ", start + 1)
    copy = tmp_path / "mine.py"
    copy.write_text(text[start:end].replace("extract_prompt", "split_off").replace("example", "row"))
    found = exists_code(Today(packages, {"script": "rules 1"}), Draft.of_file(copy))
    assert names(found)[0] == "trl/data_utils.py"
