"""A project as an agent finds it: a helper that several import, two scripts that do the same, data without an origin."""

from __future__ import annotations

import json

import pytest

from ..registry.observe.script.test_clones import ORIGINAL, RENAMED
from ..registry.workshop import Workshop
from .conftest import Call

LOADING = '''"""Load a base model, in 4-bit if asked."""
from transformers import AutoModelForCausalLM, AutoTokenizer

def load_base(name, four_bit=False):
    """Load a base model and its tokenizer, 4-bit quantised where asked."""
    tokenizer = AutoTokenizer.from_pretrained(name)
    tokenizer.chat_template = None
    return AutoModelForCausalLM.from_pretrained(name, load_in_4bit=four_bit), tokenizer

def unload(model):
    """Free the memory of a model."""
    model.to("cpu")
'''
TRAIN = '''"""Fit an adapter on pairs."""
import loading
from loading import load_base

model, tokenizer = load_base("org/model", four_bit=True)
loading.unload(model)
'''
ASK = '''"""Ask a model a question."""
from transformers import AutoTokenizer

def ask(question):
    tokenizer = AutoTokenizer.from_pretrained("org/model")
    return tokenizer(question)
'''
TEST = "from scripts.loading import load_base\n\ndef test_it():\n    assert load_base\n"
NOTES = "# Notes\nTrain on `data/gone.jsonl`.\nUse scripts/loading.py and its load_base.\n"


@pytest.fixture
def messy(shop: Workshop, assay: Call) -> Workshop:
    """The project, scanned."""
    shop.write("scripts/loading.py", LOADING)
    shop.write("scripts/train.py", TRAIN)
    shop.write("scripts/ask.py", ASK)
    shop.write("scripts/score.py", f'"""Score pairs of answers."""\n{ORIGINAL}')
    shop.write("scripts/score_v2.py", f'"""Rank two answers."""\n{RENAMED}')
    shop.write("tests/test_loading.py", TEST)
    shop.write("docs/notes.md", NOTES)
    shop.write(
        "data/sft.jsonl", "".join(json.dumps({"prompt": f"{n}?", "completion": f" {n}"}) + "\n" for n in range(9))
    )
    shop.commit()
    assay("scan")
    return shop
