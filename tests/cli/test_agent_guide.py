"""`assay agent-guide`: what an agent is told, where agents read it."""

from __future__ import annotations

import pytest

from assay.registry.agents.economy import tokens
from assay.registry.agents.guide import BEGIN, DESCRIPTION, END, SKILL, block, skill

from ..registry.workshop import Workshop
from .conftest import Call, Wrong


def test_it_is_printed_and_nothing_written(shop: Workshop, assay: Call) -> None:
    """Without --write, only said."""
    code, said = assay("agent-guide")
    assert code == 0 and "assay find" in said and not (shop.root / "AGENTS.md").exists()


def test_it_is_written_once(shop: Workshop, assay: Call) -> None:
    """A new AGENTS.md and the skill; the second time nothing changes."""
    assert [one["changed"] for one in assay("agent-guide", "--write", "--json")[1]["written"]] == [True, True]
    before = (shop.root / "AGENTS.md").read_text()
    written = assay("agent-guide", "--write", "--json")[1]["written"]
    assert written == [{"path": "AGENTS.md", "changed": False}, {"path": SKILL, "changed": False}]
    assert (shop.root / "AGENTS.md").read_text() == before == f"{block()}\n"


def test_what_people_wrote_stays(shop: Workshop, assay: Call) -> None:
    """The text before and after an older block is kept byte for byte, with its line ends."""
    old = f"# Ours\r\nBe kind.\r\n\r\n{BEGIN}\r\nold rules\r\n{END}\r\nLast words.\r\n"
    (shop.root / "AGENTS.md").write_bytes(old.encode())
    assay("agent-guide", "--write")
    new = (shop.root / "AGENTS.md").read_bytes().decode()
    assert new.startswith("# Ours\r\nBe kind.\r\n\r\n<!-- assay") and new.endswith(f"{END}\r\nLast words.\r\n")
    assert "old rules" not in new and "\n" not in new.replace("\r\n", "")


def test_a_link_is_followed_to_its_target(shop: Workshop, assay: Call) -> None:
    """AGENTS.md that links to another file stays a link."""
    shop.write("docs/agents.md", "# Rules\n")
    (shop.root / "AGENTS.md").symlink_to("docs/agents.md")
    written = assay("agent-guide", "--write", "--json")[1]["written"]
    assert written[0] == {"path": "docs/agents.md", "changed": True}
    assert (shop.root / "AGENTS.md").is_symlink() and BEGIN in (shop.root / "docs/agents.md").read_text()


def test_claude_md_only_where_that_is_what_exists(shop: Workshop, assay: Call) -> None:
    """It gets the block where there is no AGENTS.md, and is left alone where there is."""
    shop.write("CLAUDE.md", "# Claude\n")
    assert assay("agent-guide", "--write", "--json")[1]["written"][0]["path"] == "CLAUDE.md"
    shop.write("CLAUDE.md", "# Claude\n")
    shop.write("AGENTS.md", "# All\n")
    assert assay("agent-guide", "--write", "--json")[1]["written"][0]["path"] == "AGENTS.md"
    assert (shop.root / "CLAUDE.md").read_text() == "# Claude\n"


@pytest.mark.parametrize("text", [f"x\n{BEGIN}\nno end\n", f"x\n{END}\n", f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n"])
def test_marks_that_do_not_pair_are_refused(shop: Workshop, wrong: Wrong, text: str) -> None:
    """Nobody's text is guessed at."""
    shop.write("AGENTS.md", text)
    assert "block" in wrong("agent-guide", "--write")
    assert (shop.root / "AGENTS.md").read_text() == text


def test_a_link_out_of_the_project_is_refused(shop: Workshop, wrong: Wrong) -> None:
    """What lies elsewhere is not written."""
    outside = shop.root.parent / "outside.md"
    outside.write_text("# Not ours\n")
    (shop.root / "AGENTS.md").symlink_to(outside)
    assert "leads out of the project" in wrong("agent-guide", "--write")
    assert outside.read_text() == "# Not ours\n"


def test_nothing_is_written_where_the_skill_cannot_be(shop: Workshop, wrong: Wrong) -> None:
    """Both or none."""
    (shop.root / ".agents").symlink_to(shop.root.parent)
    assert ".agents/skills/assay/SKILL.md leads out" in wrong("agent-guide", "--write")
    assert not (shop.root / "AGENTS.md").exists()


def test_the_skill_is_one() -> None:
    """Its name is its folder's, its description fits, and it is short enough to be read."""
    assert SKILL.split("/")[-2] == "assay" and skill().startswith("---\nname: assay\ndescription: ")
    assert len(DESCRIPTION) <= 1024 and tokens(skill()) < 900
