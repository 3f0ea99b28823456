"""AS101 follows a tokenizer from its load to where it encodes, through the shapes that real scripts have."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.registry.observe.script.imports import ImportGraph
from assay.registry.rules.base import Finding, Severity
from assay.registry.rules.config import RuleConfig
from assay.registry.rules.engine import examine_script

HEAD = "from transformers import AutoTokenizer\n"
LOAD = "AutoTokenizer.from_pretrained('m')"
MARK = "# AS101"


def scenarios(name: str) -> dict[str, str]:
    """Scenario name → script, from a file of `=== name` sections; MARK stands on lines that must be reported."""
    sections = (Path(__file__).parent / "chat_template_guard" / name).read_text().split("=== ")[1:]
    return {title: code for title, _, code in (section.partition("\n") for section in sections)}


UNGUARDED = scenarios("unguarded.txt")
NAMED = scenarios("named.txt")
CLEAN = scenarios("guarded.txt") | scenarios("silent.txt")


def findings(folder: Path, code: str, kept: bool = True, **others: str) -> list[Finding]:
    """What AS101 alone sees in a script beside other modules, in a house that keeps the rule or in one that does not."""
    folder = folder.resolve()
    script = folder / "script.py"
    script.write_text(code)
    for name, text in others.items():
        (folder / f"{name}.py").write_text(text)
    config = RuleConfig(folder, select=("AS101",), parameters={"AS101": {"kept": kept}})
    examination = examine_script(script, folder, ImportGraph(folder), config)
    assert not examination.unchecked
    return list(examination.findings)


@pytest.mark.parametrize("code", UNGUARDED.values(), ids=UNGUARDED.keys())
def test_reports_the_line_of_the_load(tmp_path: Path, code: str) -> None:
    """A tokenizer that encodes with its template in place is reported once, at the line of its load."""
    expected = [number for number, line in enumerate(code.split("\n"), 1) if MARK in line]
    assert expected
    assert [finding.line for finding in findings(tmp_path, code)] == expected


@pytest.mark.parametrize("code", NAMED.values(), ids=NAMED.keys())
def test_names_a_tokenizer_that_nothing_encodes_with(tmp_path: Path, code: str) -> None:
    """A load that only feeds a trainer is named: a note, and a warning where the house keeps the rule."""
    expected = [number for number, line in enumerate(code.split("\n"), 1) if MARK in line]
    for kept, severity in ((False, Severity.NOTES), (True, Severity.WARNS)):
        found = findings(tmp_path, code, kept)
        assert [one.line for one in found] == expected
        assert all(one.severity is severity and "nothing here encodes" in one.message for one in found)


@pytest.mark.parametrize("code", CLEAN.values(), ids=CLEAN.keys())
def test_is_silent(tmp_path: Path, code: str) -> None:
    """A guard on every path, or nothing that encodes, gives no finding."""
    assert findings(tmp_path, code) == []


def test_names_the_load_and_the_use_across_files(tmp_path: Path) -> None:
    """A tokenizer loaded in one module and used in a third is reported where it comes in, with both other places."""
    loading = HEAD + f"def load():\n    return {LOAD}\n"
    encoding = "def encode(tokenizer, text):\n    return tokenizer(text)\n"
    code = "import encoding\nfrom loading import load\n\ntok = load()\nencoding.encode(tok, 'x')\n"
    (found,) = findings(tmp_path, code, loading=loading, encoding=encoding)
    assert (found.file, found.line) == ("script.py", 4)
    assert "loading.py:3" in found.message and "encoding.py:2" in found.message and "house rule" in found.message


def test_guard_in_an_imported_helper_counts(tmp_path: Path) -> None:
    """A helper of another module that loads and guards is as good as a guard here."""
    loading = HEAD + f"def load():\n    tok = {LOAD}\n    tok.chat_template = None\n    return tok\n"
    assert findings(tmp_path, "import loading\ntok = loading.load()\ntok('x')\n", loading=loading) == []


def test_follows_a_class_of_another_module(tmp_path: Path) -> None:
    """A class that loads and encodes without a guard contaminates the script that imports it, where the class is."""
    start = f"class Gen:\n    def __init__(self):\n        self.tok = {LOAD}\n"
    gen = HEAD + start + "    def run(self, t):\n        return self.tok(t)\n"
    (found,) = findings(tmp_path, "from gen import Gen\nGen().run('x')\n", gen=gen)
    assert (found.file, found.line) == ("gen.py", 4)


def test_follows_re_exports_and_globals_of_packages(tmp_path: Path) -> None:
    """A tokenizer that a package builds when it is imported is followed through the package's re-export."""
    package = tmp_path / "common"
    package.mkdir()
    (package / "__init__.py").write_text("from .loading import tok\n")
    (package / "loading.py").write_text(HEAD + f"tok = {LOAD}\n")
    (found,) = findings(tmp_path, "from common import tok\n\ntok('x')\n")
    assert "common/loading.py:2" in found.message and found.file == "script.py"


def test_circular_imports_end(tmp_path: Path) -> None:
    """Two modules that import each other are analysed without going round."""
    a = f"import b\n{HEAD}def load():\n    return b.wrap({LOAD})\n"
    b = "import a\ndef wrap(tok):\n    return tok\n"
    (found,) = findings(tmp_path, "import a\ntok = a.load()\ntok('x')\n", a=a, b=b)
    assert (found.file, found.line) == ("script.py", 2)


def test_says_when_the_template_is_applied_and_when_a_guard_is_partial(tmp_path: Path) -> None:
    """The message tells a broken house rule from a call that applies the template, and names a guard on one path."""
    code = HEAD + f"tok = {LOAD}\nif raw:\n    tok.chat_template = None\ntok.apply_chat_template(messages)\n"
    (found,) = findings(tmp_path, code)
    assert "line 5 applies the template" in found.message and "guard at line 4 is not on every path" in found.message


def test_allowed_models_may_keep_their_template(tmp_path: Path) -> None:
    """The parameter `allow` exempts models by pattern, and no others."""
    script = tmp_path / "script.py"
    judge = "judge = AutoTokenizer.from_pretrained('org/J-Instruct')\njudge('x')\n"
    script.write_text(HEAD + judge + f"tok = {LOAD}\ntok('x')\n")
    config = RuleConfig(tmp_path, select=("AS101",), parameters={"AS101": {"allow": ("*-Instruct",)}})
    examination = examine_script(script, tmp_path, ImportGraph(tmp_path), config)
    assert [finding.line for finding in examination.findings] == [4]


PROMPT = 'prompt = f"Question: {question}\\nAnswer:"\n'
GENERATE = "text = model.generate(**tok(prompt))\n"
WRITE = "import json\nwith open('out.jsonl', 'w') as out:\n    out.write(json.dumps({'prompt': prompt, 'completion': text}))\n"


@pytest.mark.parametrize(
    ("code", "kept", "severity"),
    [
        ("tok('x')\n", False, Severity.WARNS),
        ("tok('x')\n", True, Severity.CONTAMINATES),
        ("tok.apply_chat_template(m)\n", False, Severity.NOTES),
        ("tok.apply_chat_template(m)\n", True, Severity.WARNS),
        (PROMPT + GENERATE + WRITE, False, Severity.CONTAMINATES),
        (PROMPT + GENERATE, False, Severity.WARNS),
        ("prompt = load_prompt()\n" + GENERATE + WRITE, False, Severity.WARNS),
        ("CUE = 'Q: {}\\nA:'\nprompt = CUE.format(q)\n" + GENERATE + WRITE, False, Severity.CONTAMINATES),
        (
            "print('Answer:')\n" + GENERATE.replace("prompt", "'x'") + WRITE.replace("prompt,", "'x',"),
            False,
            Severity.WARNS,
        ),
    ],
)
def test_contaminates_where_the_house_keeps_the_rule(tmp_path: Path, code: str, kept: bool, severity: Severity) -> None:
    """Where it does not, a load warns, unless completion-style prompts make data with it."""
    (found,) = findings(tmp_path, f"{HEAD}tok = {LOAD}\n{code}", kept)
    assert found.severity is severity and found.line == 2


def loading(name: str) -> str:
    """A load of a tokenizer of this name."""
    return LOAD.replace("'m'", repr(name))


LIBRARY = (
    HEAD
    + "def run(name, prompt, model):\n    tok = AutoTokenizer.from_pretrained(name)\n    return model.generate(**tok(prompt))\n"
)
SCORING = "from rewards import RewardModel\nscores = RewardModel.load('r')(**tok(text))\n"
INSTRUCT = 'prompt = f"### Instruction:\\n{question}\\n### Response:"\n' + GENERATE + WRITE
TURNS = 'prompt = "A chat. " + "USER: " + question + " ASSISTANT:"\n' + GENERATE + WRITE
PPO = "trainer = PPOTrainer(model)\nfor batch in batches:\n    trainer.step(model.generate(**tok(batch)))\n"


@pytest.mark.parametrize(
    "code",
    [
        LIBRARY,
        HEAD + f"tok = {loading('org/Llama-3-8B-Instruct')}\n{GENERATE}",
        HEAD + f"tok = {loading('google/gemma-2-9b-it')}\n{GENERATE}",
        f"{HEAD}tok = {LOAD}\n{SCORING}",
        f"{HEAD}tok = {LOAD}\n{PPO}",
        f"{HEAD}tok = {LOAD}\nprompt = input('> ')\n{GENERATE}",
        f"from fastapi import FastAPI\n{HEAD}tok = {LOAD}\n{GENERATE}",
        "from vllm import LLM\nllm = LLM('m')\nllm.chat(messages)\n",
        f"{HEAD}tok = {LOAD}\n{INSTRUCT}",
        f"{HEAD}tok = {LOAD}\n{TURNS}",
    ],
    ids=["library", "instruct", "it", "scores", "rollouts", "prompt", "server", "chat", "headings", "turns"],
)
def test_only_notes_what_nobody_would_act_on(tmp_path: Path, code: str) -> None:
    """Where the house does not keep the rule, a load is a note if the format is meant, the model is the caller's
    choice, or no answer that stays is made with it; where the house keeps it, nothing is let off."""
    (found,) = findings(tmp_path, code, kept=False)
    assert found.severity is Severity.NOTES
    (found,) = findings(tmp_path, code, kept=True)
    assert found.severity in (Severity.CONTAMINATES, Severity.WARNS)


@pytest.mark.parametrize("name", ["org/commit-7b", "org/edit-it-all", "org/chatty"])
def test_a_name_that_only_holds_such_letters_says_nothing(tmp_path: Path, name: str) -> None:
    """`commit` and `chatty` are no chat models; a word by itself is."""
    (found,) = findings(tmp_path, HEAD + f"tok = {loading(name)}\n{GENERATE}{WRITE}", kept=False)
    assert (found.severity is Severity.WARNS) == (name != "org/edit-it-all")
