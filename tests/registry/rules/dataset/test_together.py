"""Many small data sets in one pass give what each gives alone, whatever is in them."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.registry.observe.dataset.plain import LARGEST, plain, read_plain
from assay.registry.rules.config import RuleConfig
from assay.registry.rules.engine import examine_dataset, examine_datasets

SAID = (
    *("What is two plus two?", "It is four, as anybody can work out on paper.", "", "   ", "I cannot help with that."),
    *("<|im_start|>assistant hi<|im_end|>", "</s>", "Dear {{name}}, hello", "<think>so", "cut off in the", "Ã©tÃ©"),
    *("2024-01-01", "2024-01-01 10:00:00", "### Response:", "é \u2028 x", '"quoted": yes', "q\\u0022:", "1" * 40),
)
LONG = " ".join(f"The committee met on day {n} of the month to discuss the accounts," for n in range(4))
texts = st.sampled_from((*SAID, LONG, LONG.replace("accounts", "minutes"), "ok", "ok then"))
messages = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "system", "tool", "who"]), "content": texts}),
    min_size=1,
    max_size=4,
)
calls = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "function_call"]), "content": texts}),
    min_size=1,
    max_size=3,
)
thoughts = st.lists(
    st.fixed_dictionaries({"role": st.just("assistant"), "content": texts, "reasoning": texts}), min_size=1, max_size=2
)
forms = (
    st.fixed_dictionaries({"prompt": texts, "completion": texts}),
    st.fixed_dictionaries({"prompt": texts, "chosen": texts, "rejected": texts}),
    st.fixed_dictionaries({"messages": messages}),
    st.fixed_dictionaries({"messages": calls, "tools": st.just('[{"name": "add"}]')}),
    st.fixed_dictionaries({"messages": thoughts}),
    st.fixed_dictionaries({"text": texts, "source": texts}),
    st.fixed_dictionaries({"note": texts, "n": st.integers(-(2**64), 2**64) | st.just(0)}),
    st.fixed_dictionaries({"text": texts, "label": st.sampled_from([0, 1, 2.5, True])}),
    st.fixed_dictionaries({"input_ids": st.lists(st.integers(0, 9), min_size=0, max_size=3), "text": texts}),
    st.fixed_dictionaries({"text": texts | st.none()}, optional={"meta": st.fixed_dictionaries({"a": texts})}),
)
files = st.sampled_from(forms).flatmap(
    lambda form: st.lists(st.lists(form, min_size=1, max_size=5), min_size=2, max_size=5)
)


def same(contents: list[bytes]) -> int:
    """How many of these files are read together; each shows what it shows alone, those and no others."""
    with TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        paths = [root / f"{place}.jsonl" for place in range(len(contents))]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        config = RuleConfig(root)
        together = examine_datasets(paths, config)
        for path, seen in together.items():
            assert seen == examine_dataset(path, config), path.read_text()
        return len(together)


def lines(rows: list[object]) -> bytes:
    """These rows as JSON Lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


@settings(deadline=None, max_examples=40)
@given(files)
def test_rows_of_one_form(contents: list[list[object]]) -> None:
    """Profile, findings and what was not checked are the same, whatever the neighbours hold."""
    same([lines(rows) for rows in contents])


@settings(deadline=None, max_examples=20)
@given(st.lists(st.lists(st.one_of(*forms), min_size=1, max_size=3), min_size=2, max_size=4))
def test_rows_of_several_forms(contents: list[list[object]]) -> None:
    """The same where rows of one file differ."""
    same([lines(rows) for rows in contents])


def test_most_small_files_are_read_together() -> None:
    """Pairs, conversations and texts are, beside files that are not."""
    pair = lines([{"prompt": "2+2?", "completion": "4"}, {"prompt": "2+3?", "completion": "5"}])
    chat = lines([{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]}])
    assert same([pair, chat, pair, b"{broken\n", chat, lines([{"text": "2024-01-01"}])]) == 4


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": "x", "a": "y"}\n',  # a field that is there twice
        b'{"a": "x", "a" : "y"}\n',
        b'{"a": "x"}\r\n',
        b'{"a": "x"}',
        b'{"a": "x"}\n\n',
        b'\xef\xbb\xbf{"a": "x"}\n',
        b'{"a": "\xff"}\n',
        b'{"a": "\\ud800"}\n',
        b'{"a": NaN}\n',
        b'{"a": 1}\n{"a": 1.5}\n',
        b'{"a": 1, "b": "x"}\n{"b": "x", "a": 1}\n',
        b'{"a": null}\n',
        b'{"a": []}\n',
        b"{}\n",
        b'{"a": "2024-01-01"}\n',
        b'{"a": "2024-01-01"}\n{"a": "x"}\n',
        b"[1]\n",
        b'{"a":' * 9 + b'"x"' + b"}" * 9 + b"\n",
    ],
)
def test_what_could_be_something_else_among_others_is_read_alone(content: bytes) -> None:
    """Its form, its bytes or its numbers say less than all its rows do together."""
    assert plain(content) is None


def test_files_that_are_large_or_of_another_name_are_read_alone(tmp_path: Path) -> None:
    """So are those whose name says another format."""
    line = lines([{"text": "x" * 100}])
    for name, content in (("a.jsonl", line * (LARGEST // len(line) + 1)), ("a.json", line), ("a.jsonl.gz", line)):
        (tmp_path / name).write_bytes(content)
        assert read_plain(tmp_path / name) is None
