"""Answers that an agent can afford: never more than 400 tokens, whatever the project is like."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from assay.registry.agents.before_edit import before_edit
from assay.registry.agents.current import current
from assay.registry.agents.duplicates import duplicates
from assay.registry.agents.economy import MOST_TOKENS, Economy, ago, tokens
from assay.registry.agents.find import find
from assay.registry.agents.may_use import may_use, purpose_of
from assay.registry.errors import UsageError
from assay.registry.standing.freshness import Freshness
from assay.registry.standing.today import Today

from ..observe.script.test_clones import ORIGINAL
from ..workshop import Workshop, rows

LONG = "a_rather_long_name_of_a_helper_that_somebody_once_thought_of"
FRESH = Freshness(scanned=True)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """Sixty scripts in deep folders that import one helper and repeat each other, and data without an origin."""
    root = tmp_path_factory.mktemp("large") / "project"
    root.mkdir()
    shop = Workshop(root, f"sqlite:///{root / '.assay' / 'registry.db'}")
    arguments = ", ".join(f"argument_number_{n}: dict[str, list[int]] | None = None" for n in range(8))
    shop.write(
        "shared/helpers.py", f'"""Score answers of models."""\n\ndef {LONG}({arguments}):\n    """Score answers."""\n'
    )
    for n in range(60):
        folder = f"experiments/of_a_long_running_series/variant_{n:03}"
        shop.write(
            f"{folder}/score_answers_with_settings_number_{n}.py",
            f'"""Score answers of models, variant {n}, {"with many words " * 12}."""\n'
            f"from shared.helpers import {LONG}\n\n{ORIGINAL.replace('score_pair', f'score_answers_{n}')}\n{LONG}()\n",
        )
        shop.write(f"data/a_set_of_answers_that_nobody_knows_{n:03}.jsonl", rows(2, f"w{n}"))
    shop.write("docs/notes.md", "Use shared/helpers.py to score answers, always.\n" * 30)
    shop.commit()
    yield shop
    shop.store.close()


def test_every_answer_is_affordable(large: Workshop) -> None:
    """All six questions, with the limits that nobody changed: whole, and at most 400 tokens by this count."""
    today, usual = Today.of(large.store), Economy()
    files = [f"data/a_set_of_answers_that_nobody_knows_{n:03}.jsonl" for n in range(60)]
    paths = [str(large.root / name) for name in [*files, "data/not_there.jsonl"]]
    said = {
        "find": find(today, "score answers of models", FRESH).as_dict(large.store, usual),
        "before_edit": before_edit(today, "shared/helpers.py", LONG, FRESH).as_dict(today, usual),
        "may_use": may_use(today, paths, purpose_of("train"), FRESH).as_dict(today, usual),
        "current": current(today, "score answers of models", FRESH).as_dict(today, usual),
        "duplicates": duplicates(today, "", FRESH).as_dict(today, usual),
    }
    assert {name: cost for name, answer in said.items() if (cost := tokens(answer)) > MOST_TOKENS} == {}
    assert said["find"]["answers"] and said["find"]["more"] >= 5
    assert said["before_edit"]["importers"] and said["before_edit"]["more"]["importers"] >= 50
    assert said["may_use"]["refused"] and said["may_use"]["more"]["refused"] >= 50
    assert said["duplicates"]["clusters"][0]["places"] == 60


def test_a_limit_that_is_asked_for_is_given(large: Workshop) -> None:
    """Whoever asks for more gets as many, with the fields asked for and no others."""
    economy = Economy.of(40, "path")
    answer = before_edit(Today.of(large.store), "shared/helpers.py", "", FRESH).as_dict(Today.of(large.store), economy)
    assert len(answer["importers"]) == 40 and set(answer["importers"][0]) == {"path"}
    assert answer["more"]["importers"] == 20


def test_what_is_of_no_use_in_part_is_whole() -> None:
    """Texts are cut before things are left out; paths and commands are never cut."""
    path = "a b/" + "folder/" * 40 + "x.py"
    answer = {
        "items": [{"path": path, "why": "word " * 400}, {"path": "y", "why": "z"}],
        "next": "assay x " + "y " * 60,
    }
    told = Economy().applied(answer, {"items": ("path", "why")}, 3)
    assert told["items"][0]["path"] == path and told["next"] == answer["next"]
    assert told["items"][0]["why"].endswith("…") and list(told) == ["items", "more", "next"]


def test_tokens_are_never_fewer_than_a_quarter_of_the_letters() -> None:
    """Words, digits and marks are counted in runs; the rule of thumb is the least."""
    assert tokens("load a model") == 3
    assert tokens("x" * 400) == 100
    assert tokens([1, 22, 333333]) >= 4
    assert tokens({"a": "b"}) >= len(json.dumps({"a": "b"}, separators=(",", ":"))) / 4


@pytest.mark.parametrize(("limit", "fields"), [(0, None), (-1, None), (10**9, None)])
def test_a_limit_that_is_none(limit: int, fields: str | None) -> None:
    """It is refused, not taken for another."""
    with pytest.raises(UsageError, match="limit"):
        Economy.of(limit, fields)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "just now"),
        (59, "just now"),
        (61, "1 min ago"),
        (7200, "2 h ago"),
        (100_000, "27 h ago"),
        (2e5, "2 days ago"),
    ],
)
def test_ago(seconds: float, said: str) -> None:
    """As people say it."""
    assert ago(seconds) == said
