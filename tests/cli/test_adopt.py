"""`assay adopt`: what would be recorded first, then what was; what is no registry is one line."""

from __future__ import annotations

from assay.cli.main import run

from ..registry.workshop import Workshop
from .conftest import Call, Wrong


def test_it_shows_first_and_records_when_told(shop: Workshop, assay: Call, wrong: Wrong) -> None:
    """The dry run changes nothing; what is recorded stands in the answers, and once."""
    shop.write("SCRIPTS.md", "## scripts/gen.py (DEPRECATED)\n\nUse `scripts/upper.py` instead.\n")
    shop.write("README.md", "# Hello\n")
    run(["scan"])
    code, said = assay("adopt", "SCRIPTS.md")
    assert code == 0 and "+ SCRIPTS.md:1: scripts/gen.py is deprecated, use scripts/upper.py" in said
    assert "deprecated" not in assay("list")[1]
    assert assay("adopt", "SCRIPTS.md", "--apply", "--json")[1]["new"] == 1
    assert "scripts/upper.py instead" in assay("show", "scripts/gen.py")[1]
    assert "nothing new" in assay("adopt", "SCRIPTS.md", "--apply")[1]
    assert "README.md is no registry" in wrong("adopt", "README.md")
    assert "is no file" in wrong("adopt", "NOWHERE.md")
