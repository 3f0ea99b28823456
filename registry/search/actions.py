"""What things are for, told by the verbs of their names and of what their authors say of them."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from pathlib import PurePosixPath

from .words import words

ACTIONS = {  # heading: what does one of these never stands in for what does another
    "Train": "train trainer training finetune finetuning tune tuning fit pretrain pretraining distill distillation sft"
    " dpo grpo",
    "Evaluate": "evaluate evaluation benchmark judge score scorer test measure grade compare validate audit check"
    " verify",
    "Generate data": "generate generation sample synthesize write produce create augment",
    "Prepare data": "filter clean deduplicate decontaminate redact convert format split merge tokenize pack prepare"
    " preprocess select collect download sort shuffle",
    "Serve": "serve deploy upload publish chat",
    "Look at results": "plot draw visualize report show print list",
}
REST = "Everything else"
FIRST = 4  # words of a purpose: what follows is about what, and not what for


def actions(said: set[str]) -> set[str]:
    """What is done by something that is described in these words."""
    return {heading for heading, verbs in _verbs().items() if said & verbs}


def main_action(name: str, purpose: str) -> str:
    """The one thing that a script is for: by its own name, else by how its purpose begins, else by its folders.

    Where a name has verbs of two, as in `train_eval.py`, the first counts.
    """
    *folders, file = name.split("/")
    for text in (PurePosixPath(file).stem, purpose, " ".join(reversed(folders))):
        for word in islice(words(text), FIRST):
            if word in _headings():
                return _headings()[word]
    return REST


@lru_cache(maxsize=1)
def _verbs() -> dict[str, frozenset[str]]:
    return {heading: frozenset(words(verbs)) for heading, verbs in ACTIONS.items()}


@lru_cache(maxsize=1)
def _headings() -> dict[str, str]:
    """Verb → the first heading that it stands under."""
    return {verb: heading for heading, verbs in reversed(_verbs().items()) for verb in verbs}
