"""`assay bundle`: to a folder without git and home again, as a stranger types it."""

from __future__ import annotations

from pathlib import Path

from ..registry.workshop import Workshop, rows
from .conftest import Call, Wrong


def test_it_goes_out_and_comes_home(family: Workshop, assay: Call, tmp_path: Path, monkeypatch) -> None:
    """What was packed is named with its seal; unpacked it can be asked about; what a run makes there comes back."""
    pod, home = tmp_path / "pod.tar.gz", tmp_path / "home.tgz"
    code, made = assay("bundle", "create", str(pod), "--with", "data/a.jsonl", "--json")
    assert code == 0 and {"seal", "files", "things", "unclean", "left_out"} <= made.keys()
    code, said = assay("bundle", "verify", str(pod), "--seal", made["seal"])
    assert code == 0 and "is as it was made: 3 files" in said and made["seal"] in said
    monkeypatch.chdir(tmp_path)
    code, said = assay("bundle", "unpack", "pod.tar.gz", "work")
    assert code == 0 and "3 files written" in said and "Next: assay scan" in said
    monkeypatch.chdir(tmp_path / "work")
    assert assay("scan")[0] == 0 and assay("check", "data/a.jsonl")[0] == 0
    made = ("--in", "rows=data/a.jsonl", "--out", "data/c.jsonl", "--", "python", "scripts/upper.py")
    assert assay("run", *made, "data/a.jsonl", "data/c.jsonl")[0] == 0
    code, said = assay("bundle", "create", str(home), "--outputs")
    assert code == 0 and "1 file " in said
    monkeypatch.chdir(family.root / "scripts")
    code, said = assay("bundle", "unpack", str(home))
    assert code == 0 and f"{family.root}: 1 file written" in said
    monkeypatch.chdir(family.root)
    assert assay("scan")[0] == 0 and assay("check", "data/c.jsonl")[0] == 0 and assay("ledger", "verify")[0] == 0
    assert "run " in assay("why", "data/c.jsonl")[1]


def test_what_is_not_clean_is_exit_3_or_said(family: Workshop, assay: Call, tmp_path: Path) -> None:
    """The refusal reads like the gate's; with --allow the bundle says it wherever it is opened."""
    family.write("data/loose.jsonl", rows(3, "and"))
    assay("scan")
    target = str(tmp_path / "x.tar")
    code, said = assay("bundle", "create", target, "--with", "data/loose.jsonl")
    assert code == 3 and "--allow" in said and "data/loose.jsonl" in said and not Path(target).exists()
    code, said = assay("bundle", "create", target, "--with", "data/loose.jsonl", "--allow")
    assert code == 0 and "not clean: data/loose.jsonl (dataset) was unverified" in said
    assert "not clean: data/loose.jsonl" in assay("bundle", "verify", target)[1]
    assert "not clean: data/loose.jsonl" in assay("bundle", "unpack", target, str(tmp_path / "pod"))[1]
    assay("mark", "scripts/gen.py", "contaminated", "--reason", "leaks")
    code, said = assay("bundle", "create", target)
    assert code == 0 and "left out, since not clean: scripts/gen.py" in said


def test_a_bundle_that_was_changed_is_1_to_verify_and_3_to_unpack(
    family: Workshop, assay: Call, tmp_path: Path
) -> None:
    """One line each, with what to do."""
    target = tmp_path / "x.tar"
    assay("bundle", "create", str(target))
    target.write_bytes(target.read_bytes().replace(b"Write questions", b"Wrote questions"))
    code, said = assay("bundle", "verify", str(target))
    assert code == 1 and said.startswith("x.tar is refused: the content of ") and "→ " in said
    assert assay("bundle", "verify", str(target), "--json")[1]["intact"] is False
    code, said = assay("bundle", "unpack", str(target), str(tmp_path / "pod"))
    assert code == 3 and said.startswith("assay: x.tar is refused: ") and not (tmp_path / "pod").exists()


def test_a_wrong_call_is_one_clear_line(wrong: Wrong, shop: Workshop, tmp_path: Path) -> None:
    """What is no bundle, no name of one, no size, no folder, not here."""
    assert "is no name of a bundle" in wrong("bundle", "create", "data/a.jsonl")
    assert "does not exist" in wrong("bundle", "create", "x.tar", "--with", "nothing.jsonl")
    assert "cannot be read" in wrong("bundle", "unpack", "nothing.tar")
    assert "is no size" in wrong("bundle", "verify", "x.tar", "--limit", "much")
    assert "is a file" in wrong("bundle", "unpack", "x.tar", "scripts/gen.py")
    (tmp_path / "none.tar").write_bytes(bytes(1024))
    assert "is no bundle" in wrong("bundle", "verify", str(tmp_path / "none.tar"))


def test_a_key_in_a_row_or_in_a_name_stays_here_and_is_not_printed(
    family: Workshop, assay: Call, tmp_path: Path
) -> None:
    """Data with a key in it is refused by its row; with --allow it is packed, and its name is masked in what is said."""
    key = "hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYz01234567"
    named = f"data/{key}.jsonl"
    family.write("data/keyed.jsonl", rows(3) + f'{{"question": "what is {key}?", "answer": "a key"}}\n')
    family.write(named, rows(4, "or"))
    family.commit()
    assay("attest", "data/keyed.jsonl", named, "--origin", "written here")
    target = str(tmp_path / "x.tar")
    for thing, told in (("data/keyed.jsonl", "data/keyed.jsonl:4 (huggingface-token)"), (named, "the name of data/")):
        code, said = assay("bundle", "create", target, "--with", thing)
        assert code == 3 and told in said and key not in said
    for more in ((), ("--json",)):
        things = ("--with", "data/keyed.jsonl", "--with", named, "--allow")
        answers = [assay("bundle", "create", target, *things, *more), assay("bundle", "verify", target, *more)]
        assert [code for code, _ in answers] == [0, 0] and not any(key in str(said) for _, said in answers)
        said = assay("bundle", "unpack", target, str(tmp_path / f"pod{len(more)}"), *more)[1]
        assert key not in str(said)
    assert (tmp_path / "pod0" / named).is_file()
