"""The registry document: by task, each thing once, with what it takes and makes, what it is like, and what was said."""

from __future__ import annotations

import json
import re

import pytest

from assay.registry.answers.document import document
from assay.registry.statements import mark
from assay.registry.statements.notes import note

from ..workshop import GENERATE, Workshop, rows

TRAIN = '''"""Fine-tune the small model on pairs."""
import argparse, json

def load_pairs(path):
    with open(path) as lines:
        return [json.loads(line) for line in lines if line.strip() and len(line) > 2]

def fit(pairs, rate, steps):
    weights = {}
    for step in range(steps):
        for pair in pairs:
            weights[pair["prompt"]] = weights.get(pair["prompt"], 0.0) + rate * len(pair["completion"])
    return weights

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="data/pairs.jsonl")
    parser.add_argument("--out-dir")
    parser.add_argument("--rate", type=float)
    args = parser.parse_args()
    with open(args.out_dir + "/weights.json", "w") as out:
        json.dump(fit(load_pairs(args.data), args.rate, 3), out)
'''


def section(text: str, heading: str) -> str:
    """What stands below a heading of the second level."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.S | re.M)
    return found[1] if found else ""


@pytest.fixture
def project(shop: Workshop) -> Workshop:
    """A trainer with two near copies, one of them put away, and an evaluation of no family."""
    shop.write("scripts/train_pairs.py", TRAIN)
    shop.write("scripts/train_pairs_v2.py", TRAIN.replace('"--rate"', '"--beta"').replace("args.rate", "args.beta"))
    shop.write("scripts/archive/train_pairs_final.py", TRAIN + "# put away\n")
    shop.write("scripts/bad_train.py", TRAIN.replace("rate", "pace") + "# other\n")
    shop.write("scripts/eval_pairs.py", '"""Score answers."""\nimport sys\nprint(open(sys.argv[1]).read())\n')
    shop.commit()
    return shop


def test_the_primary_one_leads_its_family_with_what_differs(project: Workshop) -> None:
    """By task; each has one row and one link; what each reads, writes and offers, with lines from the scan."""
    mark(project.store, "scripts/train_pairs_v2.py", "primary", "the one", purpose="pairs")
    text = document(project.store)
    train = section(text, "I need to…").partition("### Train")[2].partition("###")[0]
    first, second = train.index("scripts/train_pairs_v2.py"), train.index("](scripts/train_pairs.py)")
    assert first < second and "**PRIMARY** for pairs" in train
    assert "reads `--data`; writes `--out-dir`" in train and "functions `load_pairs:4`, `fit:8`" in train
    assert re.search(r"like `scripts/train_pairs_v2.py` \(.*\): adds `--rate`; lacks `--beta`", train), train
    assert all(line.count("](") <= 1 for line in text.splitlines())
    assert text.count("](scripts/train_pairs.py)") == 1


def test_what_is_archived_or_bad_is_told_where_it_says_so(project: Workshop) -> None:
    """Never under what people need; what to use instead is the member of its family that is PRIMARY."""
    mark(project.store, "scripts/train_pairs_v2.py", "primary", "the one")
    mark(project.store, "scripts/bad_train.py", "contaminated", "wrong loss")
    mark(project.store, "scripts/train_pairs.py", "deprecated", "slow", replaced_by="scripts/train_pairs_v2.py")
    text = document(project.store)
    needed, bad = section(text, "I need to…"), section(text, "Do not use")
    for name in ("bad_train", "train_pairs_final", "(scripts/train_pairs.py)"):
        assert name not in needed and name.strip("()") in bad, name
    (line,) = [line for line in bad.splitlines() if "bad_train.py" in line]
    assert "wrong loss" in line and "`scripts/train_pairs_v2.py`" in line
    assert "| `scripts/archive/` | archived | `train_pairs_final.py` | — |" in bad


def test_runs_and_evaluations_say_what_really_was(shop: Workshop) -> None:
    """Inputs, outputs and the day of the last run; the figures of an evaluation with what it is of."""
    shop.make("scripts/gen.py", {"data/a.jsonl": rows(4)})
    shop.make("scripts/upper.py", {"models/m": "model:4"}, {"rows": "data/a.jsonl"})
    result = {"results": {"arc": {"acc,none": 0.5}}, "config": {"model": "hf", "model_args": "pretrained=models/m"},
              "versions": {"arc": 1}, "n-shot": {"arc": 0}}  # fmt: skip
    shop.write("scripts/judge.py", GENERATE)
    shop.commit()
    shop.make("scripts/judge.py", {"out/results_1.json": json.dumps(result)}, {"model": "models/m"})
    text = document(shop.store)
    needed = section(text, "I need to…")
    assert re.search(r"reads `data/a.jsonl`; writes `models/m` \(last run \d{4}-\d\d-\d\d\)", needed), needed
    (line,) = [line for line in text.splitlines() if line.startswith("| [`models/m`]")]
    assert "expected: " in line and "arc" in line and "out/results_1.json" in line, line
    assert "expected: " in needed.partition("scripts/upper.py")[2]


def test_of_files_with_the_same_bytes_the_one_that_ran_is_told(shop: Workshop) -> None:
    """A copy by another name made nothing, whatever its name sorts like; the run stands beside what was run."""
    for name in ("a_copy", "judge", "z_copy"):
        shop.write(f"scripts/{name}.py", GENERATE.replace("plus", "times"))
    shop.commit()
    shop.make("scripts/judge.py", {"data/a.jsonl": rows(4)})
    text = document(shop.store)
    (line,) = [line for line in text.splitlines() if line.startswith("| [`data/a.jsonl`]")]
    assert "| scripts/judge.py, run " in line, line
    needed = section(text, "I need to…")
    assert (
        needed.count("last run") == 1 and "last run" in needed.partition("(scripts/judge.py)")[2].partition("\n- ")[0]
    )


def test_a_note_is_told_beside_its_thing(shop: Workshop) -> None:
    """With its day and who wrote it, on one line, escaped; not once it was taken back."""
    said = note(shop.store, "scripts/gen.py", "loses the last\nrow | <b>")
    shop.write("data/x.jsonl", rows(3))
    shop.commit()
    note(shop.store, "data/x.jsonl", "by hand")
    text = document(shop.store)
    assert re.search(r"note of \d{4}-\d\d-\d\d, .+: loses the last row \\\| &lt;b>", text), text
    assert "by hand" in section(text, "Data")
    done = shop.assay("retract", said.facts[0], "--reason", "wrong")
    assert done.returncode == 0, done.stderr
    assert "loses the last" not in document(shop.store)


def test_a_folder_of_data_is_one_row(shop: Workshop) -> None:
    """Alike in standing, origin and shape: told together with their rows added up; what stands apart has its own."""
    for number in range(12):
        shop.write(f"data/shards/part{number}.jsonl", rows(3 + number))
    shop.write("data/shards/other.csv", "a,b\n1,2\n")
    shop.commit()
    mark(shop.store, "data/shards/part3.jsonl", "contaminated", "leaked")
    note(shop.store, "data/shards/part5.jsonl", "odd one")
    data = section(document(shop.store), "Data")
    (line,) = [line for line in data.splitlines() if "(data/shards/)" in line]
    assert "10 files, 88 rows of prompt-completion" in line and "`part0.jsonl`" in line and "and 2 more" in line, line
    assert "](data/shards/other.csv)" in data and "](data/shards/part5.jsonl)" in data
    assert "part3.jsonl" not in data


def test_modules_are_told_by_folder_and_those_of_a_large_library_are_named(shop: Workshop) -> None:
    """Each module is findable by its name; --all tells each."""
    for number in range(160):
        shop.write(f"lib/part{number % 3}/m{number}.py", f'"""Part {number}."""\ndef f{number}(x):\n    return x\n')
    shop.write("lib/part0/__init__.py", '"""The first part."""\n')
    shop.write("tests/test_x.py", '"""Testing."""\n')
    shop.write("lib/tok_test.py", '"""Testing."""\nclass TokTest:\n    def testSplits(self):\n        pass\n')
    shop.write("score_test.py", '"""Score answers to the test set."""\nprint(1)\n')
    shop.commit()
    short, long = document(shop.store), document(shop.store, everything=True)
    assert "### `lib/part0/`\n\nThe first part." in short and "`m159.py`" in short
    assert "Part 3\\." not in short and "[`m3.py`](lib/part0/m3.py) · Part 3; functions `f3:2`" in long
    assert "test_x" not in short and "test_x" in long and "tok_test" not in short and "score_test" in short
