"""Which documents name a path, and on which line."""

from __future__ import annotations

from pathlib import Path

from assay.registry.agents.mentions import mentions
from assay.registry.project import Project


def said(root: Path, path: str) -> list[tuple[str, int]]:
    project = Project(root, f"sqlite:///{root / 'x.db'}")
    return [(one.path, one.line) for one in mentions(project, [path]).get(path, [])]


def test_a_path_as_it_is_written(root: Path) -> None:
    """Whole, by its end or its last part; never as a part of a longer name."""
    (root / "NOTES.md").write_text(
        "run tools/load.py\n`./tools/load.py`\nsee load.py.\nupload.py\nload.pyc\nload.py/x\nother/load.py\n"
    )
    assert said(root, "tools/load.py") == [("NOTES.md", 1), ("NOTES.md", 2), ("NOTES.md", 3)]


def test_what_is_no_document(root: Path) -> None:
    """Code, what Assay wrote itself, environments, and what installers leave say nothing; settings do."""
    for name in ("x.py", ".venv/a.md", "pkg.egg-info/SOURCES.txt", "node_modules/b.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("data/a.jsonl\n")
    (root / "REGISTRY.md").write_text("Written by `assay markdown`.\ndata/a.jsonl\n")
    (root / "run.yaml").write_text("data: data/a.jsonl\n")
    (root / "bad.md").write_bytes(b"\xff\xfe data/a.jsonl\n")
    (root / "gone.md").symlink_to("nowhere")
    assert said(root, "data/a.jsonl") == [("bad.md", 1), ("run.yaml", 1)]


def test_a_document_that_leads_out_of_the_project(root: Path) -> None:
    """What a link leads to elsewhere is nobody's to read from here; one within is read."""
    outside = root.parent / "private.md"
    outside.write_text("my data/a.jsonl\n")
    (root / "out.md").symlink_to(outside)
    (root / "docs").mkdir()
    (root / "docs" / "in.md").write_text("data/a.jsonl\n")
    (root / "again.md").symlink_to("docs/in.md")
    assert said(root, "data/a.jsonl") == [("again.md", 1), ("docs/in.md", 1)]


def test_a_secret_in_a_document_is_not_told(root: Path) -> None:
    """An agent that asks what rests on a file is not handed somebody's token."""
    token = "ghp_" + "a1B2" * 9
    (root / "NOTES.md").write_text(f"load.py needs {token}\n")
    project = Project(root, f"sqlite:///{root / 'x.db'}")
    (one,) = mentions(project, ["load.py"])["load.py"]
    assert token not in one.text and "load.py needs" in one.text
