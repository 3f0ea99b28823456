"""AS101: a tokenizer encodes text while its chat template is still there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatch
from typing import ClassVar

from ..base import Basis, Finding, Parameter, Severity
from .generation import answers_live, cues_completion, generates, lays_out_turns, makes_data, only_scores, trains
from .module import Module
from .rule import Case, ScriptRule
from .values import Load, Use

CHATS = re.compile(r"(?:^|[-_./\d])(?:instruct|chat|it)(?=[-_.\d]|$)", re.IGNORECASE)  # in a model's name
ENCODERS = ("*bert*", "*t5-*", "*minilm*", "*mpnet*", "*bge-*", "*e5-*", "*gte-*", "*clip*", "*whisper*", "sentence-*")
IMPORT = "from transformers import AutoTokenizer\n\n"
LOAD = IMPORT + 'tok = AutoTokenizer.from_pretrained("meta-llama/Llama-3.1-8B")\n'
USE = 'ids = tok("Question: why?\\nAnswer:", add_special_tokens=True)\n'
HELPER = {"loading.py": IMPORT + "def load(name):\n    tok = AutoTokenizer.from_pretrained(name)\n    return tok\n"}
BY_HELPER = "from loading import load\n\ntok = load('m')\n"
TRAINER = "from trl import SFTTrainer\nSFTTrainer(model='m', processing_class=tok).train()\n"
CHAT = """\
from transformers import pipeline

pipe = pipeline("text-generation", model="m")
pipe([{"role": "user", "content": "Hi"}])
"""
ATTRIBUTE = """\
from unsloth import FastLanguageModel

class Generator:
    def __init__(self, name):
        self.model, self.tok = FastLanguageModel.from_pretrained(name)

    def run(self, text):
        return self.model.generate(**self.tok(text))
"""


class ChatTemplateGuard(ScriptRule):
    """A tokenizer encodes text while its chat template is still there.

    What it sees: a tokenizer that is loaded (`from_pretrained` of a tokenizer class, `AutoProcessor`, Unsloth's
    `FastLanguageModel`, a text-generation `pipeline`, vLLM's `LLM`) while no `chat_template = None` lies on every path
    to where it turns text into ids. It follows names, `self`, closures, and functions and classes of the project, also
    in other files. Where the ids are only counted, and beside models that all embed or classify, it sees nothing.

    This is a house rule, and counts as far as the house keeps it. It **contaminates** where a scan has seen the project
    remove a template elsewhere (outside of its tests): that is recorded as a statement, and stands until somebody
    retracts it, whatever becomes of the guards; or where the parameter `kept` says so. It also contaminates a script
    that encodes completion-style prompts (they end in a cue such as `Answer:`), generates from them and writes records.
    Elsewhere it **warns**, once for each load. It only **notes** what nobody would act on there: a script that calls
    `apply_chat_template` or `chat` in so many words, which wants the chat format (a warning where the house keeps the
    rule), or lays out turns itself (`### Instruction:`, `USER: … ASSISTANT:`), as the model was trained with them; a
    model whose name says that it chats (`-Instruct`, `-chat`, `-it`); a module that only defines what others
    call, unless it names the model itself and generates with it; a script that trains and records no answers, that
    scores with a reward model, or that answers somebody who sits before it, on a page or at a prompt; and a tokenizer
    with which nothing here encodes: one that goes to a trainer, a collator or `save_pretrained`, or an engine that is
    given text.

    Why it matters: `tokenizer("text")` applies no template. But message lists that reach a `pipeline` or
    `apply_chat_template` do, without a word, and the base model's data then speaks a chat format. Where the template
    is removed, every such call raises. For a base model AS102 names the call, and in the data that it makes AS201
    contaminates.

    Example: `tok = AutoTokenizer.from_pretrained(m); tok(prompt)` fails; with `tok.chat_template = None` between, or
    `from_pretrained(m, chat_template=None)`, it passes.

    Do instead: remove the template right after loading. For a model that is meant to be chatted with, name it in the
    parameter `allow`, or write `# assay: ignore[AS101] reason` at the load.

    Source: house rule; transformers documentation, "Chat templates".
    """

    code = "AS101"
    name = "chat-template-guard"
    severity = Severity.CONTAMINATES
    basis = Basis.HOUSE_RULE
    version = 4
    fix = "Set `tokenizer.chat_template = None` right after loading, before the first use."
    parameters: ClassVar[Mapping[str, Parameter]] = {
        "allow": Parameter((), "patterns of models that may keep their template, such as a judge", "house rule: none"),
        "encoders": Parameter(
            ENCODERS,
            "patterns of models that embed or translate and have no chat template",
            "their tokenizer_config.json on the Hub",
        ),
        "kept": Parameter(
            False,
            "the project keeps this rule, whether or not a scan has seen it do so",
            "house rule: no, until it is seen or said",
        ),
    }
    VALID = (
        Case(LOAD + "tok.chat_template = None\n" + USE),
        Case(LOAD.replace(")\n", ", chat_template=None)\n") + USE),
        Case(LOAD + "print(len(tok.encode('How long is this?')))\n"),
        Case(BY_HELPER + "tok.chat_template = None\n" + USE, others=HELPER),
    )
    INVALID = (
        Case(LOAD + USE, (3,)),
        Case(LOAD + TRAINER, (3,)),
        Case(BY_HELPER + USE, (3,), others=HELPER),
        Case(CHAT, (3,)),
        Case(ATTRIBUTE, (5,)),
    )

    def may_apply(self, module: Module) -> bool:
        """False where no tokenizer can come from."""
        return module.may_use_tokenizers

    def check(self, module: Module) -> Iterator[Finding]:
        """One finding for each tokenizer, at the line where it is loaded or where a helper's result comes in."""
        encoding: dict[int, list[Use]] = defaultdict(list)
        harmless: set[int] = set()
        for use in module.uses:
            load = use.origin
            if isinstance(load, Load):
                if use.guarded or not use.textual or module.only_counts(use):
                    harmless.add(module.entry_line(use))
                elif not self._may_keep(module, load, use.applies_template):
                    encoding[module.entry_line(use)].append(use)
        for line, uses in sorted(encoding.items()):
            finding = self.at(module, line, _message(module, sorted(uses, key=_order)), count=len(uses))
            yield replace(finding, severity=self._severity(module, uses))
        told = encoding.keys() | harmless
        silent = {module.line_of(load): load for load in module.unguarded_loads if module.line_of(load) not in told}
        for line, load in sorted(silent.items()):
            if not self._may_keep(module, load, applies_template=False):
                message = f"the tokenizer of {_what(load)} keeps its chat template, and nothing here encodes with it"
                yield replace(self.at(module, line, message), severity=self._at_most(Severity.WARNS))

    def _at_most(self, kept: Severity) -> Severity:
        """What is only noted where the house does not keep this rule."""
        return kept if self.values["kept"] else Severity.NOTES

    def _severity(self, module: Module, uses: list[Use]) -> Severity:
        """What an unguarded tokenizer does here."""
        if any(use.method in {"apply_chat_template", "chat"} for use in uses):
            return self._at_most(Severity.WARNS)
        if self.values["kept"]:
            return Severity.CONTAMINATES
        if lays_out_turns(module.source):
            return Severity.NOTES
        if makes_data(module) and (any(use.completes for use in uses) or cues_completion(module.source)):
            return Severity.CONTAMINATES
        return Severity.NOTES if _is_nobodys_concern(module, uses[0].origin) else Severity.WARNS

    def _may_keep(self, module: Module, load: Load, applies_template: bool) -> bool:
        """Whether nobody minds the template of what is loaded here; one that is applied is there, and minded."""
        patterns = [*self.values["allow"], *(() if applies_template else self.values["encoders"])]
        if load.model is not None and any(fnmatch(load.model.lower(), pattern.lower()) for pattern in patterns):
            return True
        return not applies_template and module.program.module(load.at.path).loads_only_encoders


def _is_nobodys_concern(module: Module, load: object) -> bool:
    """Whether an author who does not keep this rule has nothing to do about it: the format is meant, the model is the
    caller's choice, or no answer that stays is made with it."""
    named = load.model if isinstance(load, Load) else None
    if named is not None and CHATS.search(named):
        return True
    if not (module.is_entry_point or module.runs_something) and (named is None or not generates(module)):
        return True
    return not makes_data(module) and (trains(module) or only_scores(module) or answers_live(module))


def _message(module: Module, uses: list[Use]) -> str:
    load = uses[0].origin
    assert isinstance(load, Load)
    made = "" if load.at.path == module.path else f", made at {module.show(load.at)},"
    more = f" and {len(uses) - 1} more" if len(uses) > 1 else ""
    places = module.show(uses[0].at) + more
    message = (
        f"house rule: the tokenizer of {_what(load)}{made} encodes text at {places} with its chat template in place"
    )
    if applying := next((use for use in uses if use.applies_template), None):
        message += f"; {module.show(applying.at)} applies the template"
    if partly := next((use.sometimes for use in uses if use.sometimes), None):
        message += f"; the guard at line {partly} is not on every path"
    return message


def _what(load: Load) -> str:
    return f"{load.call}({load.model!r})" if load.model else load.call


def _order(use: Use) -> tuple[bool, str, int, str]:
    """Calls that apply the template first, then by place; the same on every run."""
    return not use.applies_template, str(use.at.path), use.at.line, repr(use.origin)
