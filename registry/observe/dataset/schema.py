"""What the rows of a dataset are made for, as the names and types of their fields tell, and what is in them.

Knows the forms that trainers read (TRL, verl, LLaMA-Factory, OpenAI). Reads no rows, and refuses to guess: what no name
tells of is `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

FIELD_WORDS = {
    "chat": "messages conversations conversation dialog dialogue turns",
    "prompt": "prompt instruction instructions question query input problem user human",
    "answer": "completion response output answer target solution assistant generation outputs answers std_answer "
    "reference_answer gold_answer model_answer model_output generated_text",
    "text": "text content document story input_ids",
    "label": "label kto_tag",
    "evaluation": "question_id task_id canonical_solution instruction_id_list correct_answers incorrect_answers "
    "test_list endings choices options mc1_targets",
    "predicted": "prediction predictions pred gt gold",
    "reward": "reward_model ground_truth reward reward_fn verification_info test_cases",
}
FIELDS = {role: frozenset(words.split()) for role, words in FIELD_WORDS.items()}
REASONING = frozenset(("reasoning_content", "reasoning", "thinking"))
CALLS = frozenset(("tool_calls", "function_call", "tool_call"))
MEDIA = {
    "images": frozenset("image images image_path image_file image_url img picture".split()),
    "audio": frozenset("audio audios audio_path audio_file audio_filepath wav speech".split()),
    "videos": frozenset("video videos video_path".split()),
}
STATEMENTS = frozenset(("prompt", "completion", "chosen", "rejected", "response"))
SEVERAL = frozenset("responses completions candidates generations candidate_answers".split())
POSITIVES = frozenset("positive positives pos positive_passages positive_ctxs".split())
ANCHORS = frozenset("anchor anchors sentence".split())
DESCRIBED = frozenset(("caption", "captions", "transcription", "transcript"))  # in words: what a picture or a sound is
SENTENCES = frozenset(("sentence1", "sentence2"))


class SchemaClass(StrEnum):
    """What the rows are made for, judged by the names of their fields."""

    INSTRUCTIONS = "instructions only"
    PROMPT_COMPLETION = "prompt-completion"
    CHAT = "chat messages"
    PREFERENCE = "preference pairs"
    UNPAIRED = "unpaired preference"
    REWARDED = "prompts with rewards"
    STEPWISE = "stepwise supervision"
    RANKED = "several answers each"
    RETRIEVAL = "pairs to embed"
    TEXT = "text"
    LABELLED = "labelled examples"
    EVALUATION = "evaluation items"
    UNKNOWN = "unknown"


def schema_class(fields: Iterable[str], nested: Mapping[str, Iterable[str]]) -> SchemaClass:
    """What rows with these top-level fields are made for; `nested` names the fields of objects inside a column."""
    original = list(fields)
    top = {_plain(name) for name in original}
    inner = {inside.lower() for name in original for inside in nested.get(name, ())}
    prompts, answers = top & FIELDS["prompt"], top & FIELDS["answer"] | inner & {"output", "response", "completion"}
    if {"chosen", "rejected"} <= top:
        return SchemaClass.PREFERENCE
    if {"completions", "labels"} <= top:
        return SchemaClass.STEPWISE
    if (top & POSITIVES and (prompts or top & ANCHORS)) or (top >= SENTENCES and not top & FIELDS["label"]):
        return SchemaClass.RETRIEVAL
    if top & FIELDS["label"] and (top & {"completion", "response"} or top & FIELDS["chat"]):
        return SchemaClass.UNPAIRED
    rewards = top & FIELDS["reward"] and not top & {"completion", "response"}
    if prompts and (rewards or _is_rewarded(original, nested)):
        return SchemaClass.REWARDED
    if top & FIELDS["evaluation"]:
        return SchemaClass.EVALUATION
    if top & FIELDS["chat"]:
        return SchemaClass.CHAT
    if prompts and answers:
        return SchemaClass.PROMPT_COMPLETION
    if top & FIELDS["predicted"]:  # beside an answer, a trainer reads the answer
        return SchemaClass.EVALUATION
    if top & FIELDS["label"] and len(top) > 1:
        return SchemaClass.LABELLED
    if prompts:
        return SchemaClass.RANKED if top & SEVERAL else SchemaClass.INSTRUCTIONS
    return SchemaClass.TEXT if top & (FIELDS["text"] | DESCRIBED) else SchemaClass.UNKNOWN


def traits_of(types: Mapping[str, str], nested: Mapping[str, Iterable[str]], thinks: bool) -> Iterator[str]:
    """What is in rows of these columns beside plain text, in words; `thinks` where marks of reasoning were seen."""
    inside = {name for names in nested.values() for name in names}
    top = {_plain(name) for name in types}
    if any(_plain(name) in STATEMENTS and kind == "list<object>" for name, kind in types.items()):
        yield "conversational"
    if top & {"tools", "functions"}:
        yield "tools"
    if inside & CALLS:
        yield "tool calls"
    if inside & REASONING or top & REASONING or thinks:
        yield "reasoning"
    yield from (name for name, words in MEDIA.items() if top & words)


def _is_rewarded(fields: Iterable[str], nested: Mapping[str, Iterable[str]]) -> bool:
    """Whether the prompt is a list of messages and the answer none: it is compared with, not trained on."""
    known = {_plain(name): bool(set(nested.get(name, ()))) for name in fields}
    beside = known.keys() & {"solution", "answer", "target"}
    return known.get("prompt", False) and bool(beside) and not any(known[name] for name in beside)


def _plain(name: str) -> str:
    return name.lower().replace(" ", "_")
