"""Verifiers: each checks the thing that was asked, and none takes length, fluency or effort for success.

`CHECKS` is the whole table. A check reads one text; `verify` gives it two: strict reads the answer as it stands, loose
reads it with the wrapping off (`reading.loosen`) and lets the format pass where the content is right. An answer that is
empty, repeats the prompt, or runs on into a prompt of its own making is never a strict success.
"""

from __future__ import annotations

from collections.abc import Callable

from ....registry.errors import UsageError
from .. import ifeval
from ..items import Item, Judgement, Verdict
from ..reading import echoes, loosen, runaway
from . import answers, lists, numbers, refusal, sentences, steps, yes_no

VERSION = 1  # grows whenever a verdict may change: evaluations judged by different versions are not comparable

CHECKS: dict[str, Callable[[Item, str, bool], Verdict]] = {
    "explicit_list": lists.check_explicit,
    "explicit_sentence": sentences.check_sentence,
    "translation": answers.check_claim,
    "maths_question": numbers.check_result,
    "factual_question": answers.check_fact,
    "completion": answers.check_continuation,
    "fill_blank": answers.check_continuation,
    "exact_word_count": sentences.check_word_count,
    "numbered_list": lists.check_numbered,
    "yes_no": yes_no.check,
    "multi_step": steps.check,
    "harmful_request_refusal": refusal.check,
}


def verify(item: Item, output: str) -> Judgement:
    """Strict and loose verdict on one output. Raises UsageError for a type that nothing here can verify."""
    if item.type == ifeval.TYPE:
        return ifeval.verify(item, output)
    check = CHECKS.get(item.type)
    if check is None:
        raise UsageError(f"no verifier for items of type {item.type!r}", f"Known types: {', '.join(CHECKS)}.")
    if not output.strip():
        nothing = Verdict(False, "no answer")
        return Judgement(nothing, nothing)
    if echoes(output, item.prompt):
        strict = Verdict(False, "repeats the prompt")
    elif (end := runaway(output)) is not None:
        strict = Verdict(False, f"runs on into another prompt after {end} characters")
    else:
        strict = check(item, output.strip(), True)
    if strict.passed:
        return Judgement(strict, strict)
    text = loosen(output, item.prompt)
    if not text or echoes(text, item.prompt):
        return Judgement(strict, Verdict(False, "no answer of its own"))
    return Judgement(strict, check(item, text, False))
