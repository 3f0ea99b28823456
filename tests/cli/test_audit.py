"""`assay audit` names causes, once each, with places that are right, and what is not here any more."""

from __future__ import annotations

import json
import shutil

from assay.cli.main import run
from assay.registry.answers.audit_text import LACKS
from assay.registry.gate.remedies import PROOFS
from assay.registry.lineage.status import LACKING

from ..registry.workshop import Workshop, rows
from .conftest import Call, Wrong

LOADER = (
    '"""Load the tokenizer."""\nfrom transformers import AutoTokenizer\n\n\ndef load(name):\n'
    "    tokenizer = AutoTokenizer.from_pretrained(name)\n    return tokenizer\n"
)
GUARDED = (
    '"""Load a base model\'s tokenizer."""\nfrom transformers import AutoTokenizer\n\n'
    'tokenizer = AutoTokenizer.from_pretrained("b")\ntokenizer.chat_template = None\n'
)
MAKER = (
    '"""Make data, attempt {n}."""\nfrom loading import load\n\ntok = load("m")\nids = tok("Question: why? Answer:")\n'
)


def test_script_sprawl_is_one_cause_with_its_lines(shop: Workshop, assay: Call) -> None:
    """Six generators that share a loader are one entry with the line in each, and with what to do."""
    shop.write("scripts/loading.py", LOADER)
    shop.write("scripts/base.py", GUARDED)
    for n in range(6):
        shop.write(f"scripts/make_v{n}.py", MAKER.format(n=n))
    shop.commit()
    code, said = assay("audit")
    assert code == 1
    lines = said.splitlines()
    (cause,) = [place for place, line in enumerate(lines) if "6 scripts: AS101" in line]
    assert "made at scripts/loading.py:6" in lines[cause]
    assert lines[cause + 1].strip().startswith("scripts/make_v0.py:4, scripts/make_v1.py:4")
    assert lines[cause + 1].endswith("and 2 more")
    assert '> tok = load("m")' in lines[cause + 2] and "chat_template = None" in lines[cause + 3]
    _, values = assay("audit", "--json")
    assert {one["where"] for one in values["contaminated"]} == {f"scripts/make_v{n}.py:4" for n in range(6)}
    assert values["counts"]["contaminated"] == 6


def test_what_was_made_from_it_is_listed_with_its_path(shop: Workshop, assay: Call) -> None:
    """Data and what follows are named under their origin, from the file back to it."""
    shop.make("scripts/gen.py", {"data/a.jsonl": rows(30)})
    shop.make("scripts/upper.py", {"data/b.jsonl": rows(30, "times")}, {"train": "data/a.jsonl"})
    run(["mark", "scripts/gen.py", "contaminated", "--reason", "wrong model"])
    _, said = assay("audit")
    assert "made from scripts/gen.py@" in said and "wrong model" in said
    assert "    data/a.jsonl ← run " in said and "    data/b.jsonl ← run " in said


def test_contamination_for_one_evaluation_is_told_apart(shop: Workshop, assay: Call) -> None:
    """Overlap is listed by itand does not make the audit fail."""
    questions = "".join(json.dumps({"question": f"What is {n} plus {n}?", "answer": "4"}) + "\n" for n in range(9))
    shop.attested("data/eval/sums.jsonl", questions)
    shop.make("scripts/gen.py", {"data/sft.jsonl": rows(30)})
    assay("overlap")
    code, said = assay("audit")
    assert code == 0
    assert "Contaminated for one evaluation only (1):\n  data/sft.jsonl for data/eval/sums.jsonl: AS401" in said
    assert "data/eval/sums.jsonl: outside — tester" in said


def test_unverified_things_say_what_they_lack(shop: Workshop, assay: Call) -> None:
    """Grouped by what is missing, with the command that helps."""
    shop.write("data/x.jsonl", rows(3))
    shop.write("data/y.jsonl", rows(4))
    run(["scan"])
    _, said = assay("audit")
    assert (
        "2 datasets: no known origin" in said and "assay attest NAME" in said and "data/x.jsonl, data/y.jsonl" in said
    )


def audit(shop: Workshop) -> tuple[int, dict[str, list[str]]]:
    """The exit code of an audit, and the names that it gives as missing and gone."""
    done = shop.assay("audit", "--json")
    data = json.loads(done.stdout)
    return done.returncode, {key: [one["name"] for one in data[key]] for key in ("missing", "gone")}


def test_what_nothing_rests_on_may_go(mixed: Workshop) -> None:
    """A deleted file is noticed by the next scan, mentioned, and no error for ever."""
    assert audit(mixed) == (0, {"missing": [], "gone": []})
    mixed.git("rm", "-q", "scripts/alone.py")
    mixed.commit()
    (mixed.root / "data/loose.jsonl").unlink()
    assert mixed.assay("verify").returncode == 1
    assert mixed.assay("scan").returncode == 0
    assert audit(mixed) == (0, {"missing": [], "gone": ["data/loose.jsonl", "scripts/alone.py"]})
    assert "Gone, and needed by nothing here (2)" in mixed.assay("audit").stdout
    assert mixed.assay("verify").returncode == 0


def test_what_something_rests_on_is_missing(mixed: Workshop) -> None:
    """An input of what is here, and a PRIMARY, are missed and say for whom; a script that git has still is not."""
    for name in ("data/a.jsonl", "scripts/gen.py", "scripts/alone.py"):
        if name.endswith("alone.py"):
            mixed.assay("mark", name, "primary", "--purpose", "counting", "--reason", "the best")
        (mixed.root / name).unlink()
    mixed.assay("scan")
    code, found = audit(mixed)
    assert code == 1 and found == {"missing": ["data/a.jsonl", "scripts/alone.py"], "gone": ["scripts/gen.py"]}
    said = mixed.assay("audit").stdout
    assert "data/b.jsonl was made from it" in said and "it is PRIMARY for counting" in said
    shutil.copy(mixed.root / "data/b.jsonl", mixed.root / "kept")
    (mixed.root / "data/b.jsonl").unlink()
    mixed.assay("scan")
    assert audit(mixed)[1]["missing"] == ["scripts/alone.py"]


def test_bytes_that_are_here_under_another_name_are_not_missed(mixed: Workshop) -> None:
    """A copy of a deleted input is all that is needed."""
    shutil.copy(mixed.root / "data/a.jsonl", mixed.root / "data/copy.jsonl")
    mixed.assay("scan")
    (mixed.root / "data/a.jsonl").unlink()
    mixed.assay("scan")
    assert audit(mixed) == (0, {"missing": [], "gone": ["data/a.jsonl"]})


def test_the_same_bytes_under_other_names_are_said(shop: Workshop, assay: Call) -> None:
    """By show of each, and by the audit of all; empty files are the same as nothing."""
    for name in ("data/x.jsonl", "data/y.jsonl"):
        shop.write(name, rows(3))
    for name in ("scripts/__init__.py", "scripts/kit/__init__.py"):
        shop.write(name, "")
    run(["scan"])
    assert "same as   data/y.jsonl, byte for byte" in assay("show", "data/x.jsonl")[1]
    assert assay("show", "data/x.jsonl", "--json")[1]["same_bytes"] == ["data/y.jsonl"]
    assert "Here under several names (1):\n  identical: data/x.jsonl, data/y.jsonl" in assay("audit")[1]
    assert assay("audit", "--json")[1]["copies"] == [{"how": "identical", "names": ["data/x.jsonl", "data/y.jsonl"]}]


def test_a_wrong_call_is_one_clear_line(wrong: Wrong) -> None:
    """An audit takes no names."""
    assert "unexpected extra argument" in wrong("audit", "data/a.jsonl")


def test_rows_without_an_origin_are_one_notice_a_folder(shop: Workshop, assay: Call) -> None:
    """Fields that are empty or null name no origin; every file of a folder is told in one finding."""
    for folder in ("data/a", "data/b"):
        sources: tuple[dict[str, str | None], ...] = ({}, {"source": ""}, {"source": None}, {"source": "a book"})
        for n, source in enumerate(sources):
            lines = [{"prompt": f"{folder} {n} {k}", "completion": f" {k}", **source} for k in range(3)]
            shop.write(f"{folder}/rows-{n}x.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    assay("scan")
    found = [one for one in assay("audit", "--json")[1]["findings"] if one["rule"] == "AS214"]
    assert [(one["artifact"], one["count"]) for one in found] == [
        ("data/a/rows-0x.jsonl", 9),
        ("data/b/rows-0x.jsonl", 9),
    ]
    assert "so say 2 more in data/a" in found[0]["message"]


def test_every_lack_has_its_words() -> None:
    """What a thing lacks is told as what it is: only what somebody declared is said to be declared."""
    assert LACKS.keys() >= LACKING
    assert LACKS.keys() >= PROOFS.keys()


def test_a_doubtful_import_is_not_called_a_declaration(shop: Workshop, assay: Call) -> None:
    """A script that may import what is not proven lacks that, and nobody declared anything."""
    shop.write("kernels/__init__.py", "X = 1\n")
    shop.write("lib/pack.py", '"""Pack rows."""\ndef pack():\n    from kernels import get\n    return get\n')
    assay("scan")
    _, said = assay("audit")
    assert "declared unverified" not in said


def test_documents_are_held_against_files_and_record(shop: Workshop, assay: Call, wrong: Wrong) -> None:
    """Statuses, two PRIMARYs and what a list leaves out beside what the files say; what needs a reader is unjudged."""
    for name in ("a", "b", "c"):
        shop.write(f"tools/{name}.py", f'"""Do {name}."""\nprint("{name}")\n')
    shop.write(
        "SCRIPTS.md",
        "# Scripts\n\n### scripts/gen.py PRIMARY\nPurpose: write\n\n### scripts/upper.py PRIMARY\nPurpose: write\n\n"
        "- tools/a.py: the best one\n- tools/b.py\n- tools/nothing.py is `tools/nothing.py`\n",
    )
    shop.commit()
    run(["scan"])
    assay("mark", "scripts/gen.py", "deprecated", "--replaced-by", "scripts/upper.py", "--reason", "old")
    code, found = assay("audit", "--documents", "--json")
    assert code == 1
    said = {(one["kind"], one["line"]) for one in found["false"]}
    assert said == {("status", 3), ("primary", 6), ("path", 11)}
    assert [one["line"] for one in found["unjudged"]] == [4, 7, 9]
    shop.write("SCRIPTS.md", "# Scripts\n\n- tools/a.py\n- tools/b.py\n- tools/c.py\n- tools/d.py\n")
    shop.write("tools/d.py", "print(1)\n")
    shop.write("tools/e.py", "print(2)\n")
    run(["scan"])
    assert "tools/e.py lies there and is not in it" in assay("audit", "--documents")[1]
    assert "another question" in wrong("audit", "--documents", "--new")
    (shop.root / "SCRIPTS.md").unlink()
    assert "no Markdown document" in wrong("audit", "--documents")
