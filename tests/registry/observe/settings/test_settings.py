"""Settings: which files are, what each format says with its lines, and what nobody can read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.registry.kinds import SETTINGS, kind_by_content, kinds_by_name, row_of
from assay.registry.observe.settings.entries import MOST_ENTRIES, parse
from assay.registry.observe.settings.formats import SUFFIXES, format_of
from assay.registry.observe.settings.profile import describe, read_settings
from assay.registry.observe.settings.purpose import purpose

AXOLOTL = """# QLoRA of a small model on our rows
base_model: acme/base
adapter: qlora
learning_rate: 0.0002
datasets:
  - path: acme/rows
    revision: 12ab34cd
"""


def kind_at(folder: Path, name: str, text: str) -> str | None:
    """What a scan takes a file for."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    kind = kind_by_content(kinds_by_name(path.name), path)
    return kind.name if kind else None


def described(folder: Path, name: str, text: str) -> dict:
    """The profile of a file."""
    path = folder / name
    path.write_text(text)
    return describe(read_settings(path, folder)).as_dict()


def test_the_table_of_kinds_knows_every_format() -> None:
    """What is looked for by name and what can be read are the same."""
    assert set(row_of(SETTINGS).suffixes) == set(SUFFIXES)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("configs/a.yaml", AXOLOTL),
        ("pyproject.toml", "[project]\nname = 'x'\n"),
        ("setup.cfg", "[metadata]\nname = x\n"),
        ("conf/ds.json", '{"a": 1}'),
        ("ds_z3.json", '{"zero_optimization": {"stage": 3}}'),
        ("dataset_info.json", '{"x": {"hf_hub_url": "a/b", "columns": {"prompt": "q", "response": "a"}}}'),
        ("t.sbatch", "#!/bin/bash\n#SBATCH --time=1\n"),
        ("Makefile", "all:\n\ttrue\n"),
        ("docker/Dockerfile.gpu", "FROM python:3.11\n"),
        ("requirements-dev.txt", "torch\n"),
        ("uv.lock", '[[package]]\nname = "torch"\n'),
    ],
)
def test_is_settings(tmp_path: Path, name: str, text: str) -> None:
    """Each of these is."""
    assert kind_at(tmp_path, name, text) == SETTINGS


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.txt", "torch\n"),
        ("vocab.json", '{"model": 1, "lr": 2}'),
        ("results.json", '{"model": "x", "accuracy": 0.5}'),
        ("names.json", '{"0": "cat", "1": "dog"}'),
        ("rows.yaml", "- prompt: a\n  completion: b\n- prompt: c\n  completion: d\n"),
        ("empty.yaml", ""),
    ],
)
def test_is_no_settings(tmp_path: Path, name: str, text: str) -> None:
    """Rows, results, vocabularies and what says nothing are none."""
    assert kind_at(tmp_path, name, text) != SETTINGS


def test_rows_in_json_stay_a_data_set(tmp_path: Path) -> None:
    """A list of rows is data, wherever it lies."""
    assert kind_at(tmp_path, "configs/rows.json", json.dumps([{"prompt": "a", "completion": "b"}])) == "dataset"


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("a.yaml", "a:\n  - b: 1\n    c: x\n", [(("a", "0", "b"), "1", 2), (("a", "0", "c"), "x", 3)]),
        ("a.yaml", "base: &b {x: 1}\nuse: {<<: *b}\n", [(("base", "x"), "1", 1), (("use", "x"), "1", 1)]),
        (
            "a.json",
            '{\n\t"a": {"b": true},\n\t"c": [null, "x"]\n}',
            [(("a", "b"), "true", 2), (("c", "0"), None, 3), (("c", "1"), "x", 3)],
        ),
        ("a.toml", 'x = 1\n\n[t]\ny = "z"\n', [(("x",), "1", 1), (("t", "y"), "z", 4)]),
        ("a.ini", "[t]\ny = z\n", [(("t", "y"), "z", 2)]),
        (
            "Makefile",
            "a:\n\tpython x.py --lr 1e-5 \\\n\t  data.path=b\n",
            [(("lr",), "1e-5", 2), (("data", "path"), "b", 2)],
        ),
    ],
)
def test_every_value_has_its_keys_and_its_line(name: str, text: str, wanted: list) -> None:
    """The same for each format."""
    found = parse(text, format_of(name) or "")
    assert [(one.path, one.value, one.line) for one in found.entries] == wanted and not found.problem


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.yaml", "model: {{ name }}\nlr: {{ x }}\nb: [\n", "template"),
        ("a.yaml", "a: [1\nbase_model: x/y\n", "does not parse as YAML"),
        ("a.json", '{"base_model": "x/y", // why\n}', "does not parse as JSON"),
        ("a.toml", "x = \n", "does not parse as TOML"),
    ],
)
def test_what_does_not_parse_is_read_line_by_line_and_said(name: str, text: str, problem: str) -> None:
    """A template or a slip costs the nesting, not the file."""
    found = parse(text, format_of(name) or "")
    assert problem in found.problem


def test_aliases_upon_aliases_end() -> None:
    """A few lines that stand for billions are cut."""
    text = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    assert len(parse(text, "yaml").entries) == MOST_ENTRIES
    assert len(parse("a: &a [*a]\n", "yaml").entries) < 100


def test_a_description_says_whose_settings_these_are_and_what_for(tmp_path: Path) -> None:
    """Tool, model, data, method, learning rate, comment, and names of the Hub with their revisions."""
    profile = described(tmp_path, "a.yaml", AXOLOTL)
    assert (profile["family"], profile["model"], profile["data"]) == ("axolotl", ("acme/base",), ("acme/rows",))
    assert (profile["method"], profile["learning_rate"]) == (("qlora",), ("0.0002",))
    names = [(one["name"], one["kind"], one["role"], one["revision"], one["line"]) for one in profile["names"]]
    assert names == [("acme/base", "model", "base", None, 2), ("acme/rows", "dataset", "data", "12ab34cd", 6)]
    text = "axolotl: qlora of acme/base on acme/rows, learning rate 0.0002. QLoRA of a small model on our rows"
    assert purpose(profile) == text


@pytest.mark.parametrize(
    ("name", "text", "family"),
    [
        ("a.yaml", "model_name_or_path: x\nstage: dpo\nfinetuning_type: lora\n", "LLaMA-Factory"),
        ("dataset_info.json", '{"x": {"hf_hub_url": "a/b"}}', "LLaMA-Factory data sets"),
        ("a.yaml", "model_name_or_path: x\ndataset_name: y\nlearning_rate: 1\n", "TRL"),
        ("a.yaml", "actor_rollout_ref: {model: {path: x}}\n", "verl"),
        ("a.yaml", "merge_method: dare_ties\nmodels: [{model: x}]\n", "mergekit"),
        ("a.json", '{"train_micro_batch_size_per_gpu": 1}', "DeepSpeed"),
        ("a.yaml", "compute_environment: LOCAL_MACHINE\ndistributed_type: FSDP\n", "accelerate"),
        ("a.yaml", "defaults: [base]\n", "Hydra"),
        ("a.yaml", "task: x\ndataset_path: y\ndoc_to_text: z\n", "lm-eval task"),
        ("a.yaml", "greeting: hello\n", ""),
        ("t.slurm", "#SBATCH --x=1\n", "Slurm job"),
    ],
)
def test_whose_settings_these_are(tmp_path: Path, name: str, text: str, family: str) -> None:
    """By the keys that only one tool has."""
    assert described(tmp_path, name, text)["family"] == family


def test_no_secret_is_described(tmp_path: Path) -> None:
    """The value of a key that is called like a secret is left out."""
    assert "hunter2horse" not in json.dumps(described(tmp_path, "a.yaml", "wandb_api_key: hunter2horse\nlr: 1\n"))
