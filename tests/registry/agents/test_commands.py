"""Command lines that train or evaluate on something on record, and no others."""

from __future__ import annotations

import pytest

from assay.registry.agents.commands import uses

from ...conftest import Registry


@pytest.mark.parametrize(
    ("line", "inputs"),
    [
        ("python scripts/train.py data/a.jsonl", ["data/a.jsonl"]),
        ("python scripts/train.py --data=data/a.jsonl > log", ["data/a.jsonl"]),
        ("nohup python scripts/train.py data/a.jsonl &", ["data/a.jsonl"]),
        ("trl sft --dataset data/a.jsonl", ["data/a.jsonl"]),
        ("python scripts/plot.py data/a.jsonl", None),
        ("python scripts/train.py data/none.jsonl", None),
        ("assay run -- python scripts/train.py data/a.jsonl", None),
        ("python scripts/train.py \\\n  --data data/a.jsonl", ["data/a.jsonl"]),
        ("python scripts/train.py --name 'a;b' --data data/a.jsonl", ["data/a.jsonl"]),
        ("python scripts/train.py --project assay -h 8 --data data/a.jsonl", ["data/a.jsonl"]),
        ("ls # it's\nbash -lc 'python scripts/train.py data/a.jsonl'", ["data/a.jsonl"]),
        ("cd scripts && python train.py --data ../data/a.jsonl", ["data/a.jsonl"]),
        ("(cd scripts && python train.py --data ../data/a.jsonl)", ["data/a.jsonl"]),
        ("python scripts/train.py --data 'data/*.jsonl'", ["data/a.jsonl", "data/b.jsonl"]),
        ("python scripts/train.py --data data", ["data/a.jsonl", "data/b.jsonl"]),
        ("python scripts/train.py --data=data/a.jsonl,data/b.jsonl", ["data/a.jsonl", "data/b.jsonl"]),
        ("python scripts/train.py data/a.jsonl --output_dir data/b.jsonl", ["data/a.jsonl"]),
        ("python scripts/train.py data/a.jsonl output_dir=data/b.jsonl 2>&1 > data/b.jsonl", ["data/a.jsonl"]),
        ("python scripts/train.py --data data/a.jsonl -o data/b.jsonl", ["data/a.jsonl"]),
        ("uv run assay run -- python scripts/train.py data/a.jsonl", None),
        ("python -m assay run -- python scripts/train.py data/a.jsonl", None),
        ("python scripts/train.py data/a.jsonl --help", None),
        ("python -m scripts.train data/a.jsonl", ["data/a.jsonl"]),
        ("torchrun --nproc_per_node=2 -m scripts.train data/a.jsonl", ["data/a.jsonl"]),
        ('cd "$SOMEWHERE" && python scripts/train.py data/a.jsonl', ["data/a.jsonl"]),
        ('cd "$(git rev-parse --show-toplevel)" && python scripts/train.py data/a.jsonl', ["data/a.jsonl"]),
        ("(cd scripts && ls); python scripts/train.py data/a.jsonl", ["data/a.jsonl"]),
        ('DATA=data/a.jsonl; python scripts/train.py "$DATA"', ["data/a.jsonl"]),
        ("export DATA=data/a.jsonl && python scripts/train.py '$DATA'", None),
        ("x=$(python scripts/train.py data/a.jsonl)", ["data/a.jsonl"]),
        ("if true; then python scripts/train.py data/a.jsonl; fi", ["data/a.jsonl"]),
        ("bash <<EOF\npython scripts/train.py data/a.jsonl\nEOF", ["data/a.jsonl"]),
        ("uv run trl sft --dataset data/a.jsonl", ["data/a.jsonl"]),
        ("cat > run.sh <<'EOF'\npython scripts/train.py data/a.jsonl\nEOF\nls", None),
        ("python scripts/train.py - < data/a.jsonl > log", ["data/a.jsonl"]),
        ("python scripts/train.py <<< data/a.jsonl", None),
        ("cd nowhere && python scripts/train.py data/a.jsonl", None),
        ("git add scripts/train.py data/a.jsonl", None),
        ("cat scripts/train.py data/a.jsonl", None),
        ("rm scripts/train.py data/a.jsonl", None),
        ("grep -n x scripts/train.py data/a.jsonl", None),
        ("echo python scripts/train.py data/a.jsonl", None),
        ("python -m pytest scripts/train.py data/a.jsonl", None),
        ("python scripts/check_data.py data/a.jsonl", None),
        ("python scripts/train.py " + "x" * 5000, None),
        ("head data/a.jsonl", None),
        ("echo 'open", None),
        ("", None),
    ],
)
def test_what_a_command_uses(registry: Registry, line: str, inputs: list[str] | None) -> None:
    """Arguments that are on record, of a script or program that trains or evaluates."""
    registry.put("data/a.jsonl", kind="dataset")
    registry.put("data/b.jsonl", kind="dataset")
    registry.put("scripts/train.py", profile={"uses": [{"name": "-o", "how": "writes"}]})
    registry.put("scripts/plot.py")
    registry.put("scripts/check_data.py")
    found = list(uses(registry.store, line, registry.store.project.root))
    assert [list(one.inputs) for one in found] == ([] if inputs is None else [inputs])
