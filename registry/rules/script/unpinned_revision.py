"""AS107: a model or dataset of the Hub is loaded at whatever its newest revision is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from ...observe.hub import is_placeholder
from ...observe.script.names import LOADERS, use_of
from ...observe.script.source import called
from ..base import Basis, Finding, Severity
from .generation import keeps_something
from .module import Module
from .rule import Case, ScriptRule

TEACHES = re.compile(
    r"(?:^|[\W_])(?:tutorials?|course|lessons?|quick[ _-]?start|getting[ _-]started|walk[ _-]?through|hands[ _-]on"
    r"|how[ _-]to|cookbook|demos?|examples?|in this (?:notebook|tutorial|guide|example)|you(?:'ll| will| can)|we will"
    r"|let's)(?:[\W_]|$)",
    re.I,
)  # in a notebook's name, its folders' names or its opening text
OPENING = 600  # characters
HEAD = "from transformers import AutoModelForCausalLM\n\n"


class UnpinnedRevision(ScriptRule):
    """A model or dataset of the Hub is loaded at whatever its newest revision is.

    What it sees: `from_pretrained`, `load_dataset`, `snapshot_download`, `hf_hub_download`, `pipeline(model=…)` and the
    like with a literal Hub id and no `revision`, or with a branch such as main. Names that are folders of the project
    are left alone, as are names that come in as options. Where nothing stays of what is loaded it is a **note**: in
    a program or notebook that writes, saves and trains nothing, and in a notebook that says that it teaches.

    Why it matters: repositories on the Hub are changed in place. The same line then loads other weights, another
    tokenizer or other rows, and nothing in the script says so.

    Example: `from_pretrained("org/model")` fails; `from_pretrained("org/model", revision="1f0a2b3")` passes.

    Do instead: pin the commit, and attest it with `assay attest NAME --origin … --revision …`.

    Source: huggingface_hub documentation, "Download files", on `revision`.
    """

    code = "AS107"
    name = "unpinned-revision"
    severity = Severity.WARNS
    version = 3
    basis = Basis.PROOF
    mark = re.compile("|".join(sorted(LOADERS)))
    fix = 'Add revision="<commit>".'
    VALID = (
        Case(HEAD + 'm = AutoModelForCausalLM.from_pretrained("org/model", revision="1f0a2b3c4d")\n'),
        Case(HEAD + 'm = AutoModelForCausalLM.from_pretrained("outputs/sft")\n'),
        Case(HEAD + "m = AutoModelForCausalLM.from_pretrained(args.model)\n"),
    )
    INVALID = (
        Case(HEAD + 'm = AutoModelForCausalLM.from_pretrained("org/model")\n', (3,)),
        Case(
            'from datasets import load_dataset\n\nds = load_dataset("org/data", split="train", revision="main")\n', (3,)
        ),
    )

    def check(self, module: Module) -> Iterator[Finding]:
        """One finding for each Hub id, at the first line that loads it."""
        calls: dict[str, list[ast.Call]] = {}
        folders = (module.program.graph.root, module.path.parent)
        for call in module.source.nodes(ast.Call):
            if called(call) not in LOADERS:
                continue
            use = use_of(module.source, call, folders)
            if use and not use.is_pinned and not is_placeholder(use.name):
                calls.setdefault(use.name, []).append(call)
        severity = Severity.NOTES if calls and _leaves_nothing(module) else self.severity
        for name, places in calls.items():
            message = f"{name} is loaded at its newest revision, which may change"
            yield replace(self.at(module, places[0], message, len(places)), severity=severity)


def _leaves_nothing(module: Module) -> bool:
    """Whether nothing that stays is made of what is loaded: it is only shown, or only shows a reader how."""
    if notebook := module.source.notebook:
        opening = notebook.title[:OPENING]
        if TEACHES.search(f"{module.name}\n{opening}"):
            return True
    return module.is_entry_point and not keeps_something(module)
