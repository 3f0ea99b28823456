"""A commit is judged by what is staged: what newly contaminates stops it, the rest is said, and it is put on record."""

from __future__ import annotations

from assay.registry.agents.committing import Commit, judged_commit
from assay.registry.answers.document import FILE, document
from assay.registry.facts.names import resolve

from ..observe.script.test_clones import ORIGINAL, RENAMED
from ..workshop import Workshop

GUARD = "from transformers import AutoTokenizer\n\ntok = AutoTokenizer.from_pretrained('b')\ntok.chat_template = None\n"
BAD = '"""Ask."""\nfrom transformers import AutoTokenizer\n\ntok = AutoTokenizer.from_pretrained("m")\nids = tok("Question: why? Answer:")\n'
FINE = '"""Count."""\nprint(1)\n'


def told(shop: Workshop, **files: str) -> Commit:
    """What is said once these scripts are staged."""
    for name, text in files.items():
        shop.write(f"scripts/{name}.py", text)
        shop.git("add", f"scripts/{name}.py")
    return judged_commit(shop.store)


def guarded(shop: Workshop) -> Workshop:
    """A project that guards its tokenizers, and has a function."""
    shop.write("scripts/guard.py", GUARD)
    shop.write("scripts/score.py", ORIGINAL)
    shop.commit()
    return shop


def test_what_newly_contaminates_stops_it_however_often_it_is_tried(shop: Workshop) -> None:
    """A scan of it in between makes it no older; what HEAD has already does not stop an edit elsewhere in the file."""
    guarded(shop)
    found = told(shop, bad=BAD)
    assert (
        any("scripts/bad.py:" in line and " AS101: " in line for line in found.stops) and "--no-verify" in found.text()
    )
    assert judged_commit(shop.store).stops == found.stops
    shop.commit()
    assert told(shop, bad="# a line above\n" + BAD).stops == ()
    shop.commit()
    shop.git("mv", "scripts/bad.py", "scripts/moved.py")
    assert judged_commit(shop.store).stops == ()


def test_what_is_staged_is_judged_and_not_what_lies_here(shop: Workshop) -> None:
    """A mended working copy does not pass a bad index, and a spoilt one does not stop a good index."""
    guarded(shop)
    told(shop, bad=BAD)
    shop.write("scripts/bad.py", FINE)
    assert judged_commit(shop.store).stops
    told(shop, bad=FINE)
    shop.write("scripts/bad.py", BAD)
    assert judged_commit(shop.store).text() == ""
    shop.write("scripts/new.py", '"""Use it."""\nfrom helper import what\n\nprint(what)\n')
    shop.write("scripts/helper.py", "what = 1\n")
    shop.git("add", "scripts/new.py", "scripts/helper.py")
    shop.write("scripts/helper.py", "other = 1\n")
    assert judged_commit(shop.store).notes == ()


def test_near_copies_and_imports_of_what_is_deprecated_are_said(shop: Workshop) -> None:
    """They stop nothing; the functions that HEAD has are not said again."""
    guarded(shop)
    found = told(shop, again=RENAMED)
    assert found.stops == () and "scripts/score.py:2 score_pair" in found.text()
    shop.assay("mark", "scripts/score.py", "deprecated", "--reason", "wrong margins")
    found = told(shop, user='"""Rank."""\nfrom score import score_pair\n\nprint(score_pair)\n')
    assert found.stops == () and "imports scripts/score.py, which is deprecated: wrong margins" in found.text()
    shop.commit()
    assert (
        "deprecated"
        not in told(shop, user='"""Rank."""\nfrom score import score_pair\n\nprint(score_pair, 1)\n').text()
    )


def test_scripts_are_put_on_record_and_the_rest_is_left(shop: Workshop) -> None:
    """New ones are found afterwards; data, an empty script, one that does not parse and a deleted one stop nothing."""
    told(shop, gen2=FINE)
    assert resolve(shop.store, "scripts/gen2.py").name == "scripts/gen2.py"
    shop.git("rm", "-q", "scripts/upper.py")
    shop.write("notes.md", "text\n")
    shop.git("add", "notes.md")
    found = told(shop, empty="", broken="def f(:\n")
    assert found.stops == () and found.scripts == 3
    assert len(found.notes) == 1 and "scripts/broken.py" in found.notes[0] and "not checked" in found.notes[0]


def test_a_stale_document_is_said_with_the_command(shop: Workshop) -> None:
    """It stops the commit only where that was asked for; a staged one that is current is silence."""
    shop.write(FILE, document(shop.store))
    shop.commit()
    found = told(shop, one=FINE)
    assert found.stops == () and found.notes == (f"{FILE} is stale: assay markdown && git add {FILE}",)
    assert judged_commit(shop.store, document_counts=True).stops == found.notes
    shop.write(FILE, document(shop.store))
    assert judged_commit(shop.store).notes == found.notes
    shop.git("add", FILE)
    assert judged_commit(shop.store).text() == ""
