"""What makes a script one that makes data: it generates text, and writes records with texts in them to a file."""

from __future__ import annotations

import ast
import re

from ...observe.script.fields import FieldName, read_fields
from ...observe.script.source import Source, called, keyword
from .module import Module

TEXTS = re.compile(
    r"prompt|instruction|response|completion|output|text|chosen|rejected|answer|generat|question|messages", re.I
)
SAVERS = re.compile(
    r"^(?:to_(?:jsonl?|csv|parquet)|(?:write|save|dump)_(?:text|parquet|csv|ndjson|jsonl)|save_to_disk|push_to_hub)$"
)
KEEPS = re.compile(r"save|dump|write|^to_\w+|push_to_hub|^log$|Trainer$|^train|backward|^fit$|upload")
REMOTE = re.compile(r"(?:completions|messages|responses)\.create$")
TRAINS = re.compile(r"[Tt]rainer$|^backward$|^train_model$")
SCORES = re.compile(r"(?:reward|score|critic|classif)\w*model|model\w*(?:reward|score|critic|classif)", re.I)
SERVERS = frozenset("fastapi flask starlette uvicorn sanic aiohttp gradio streamlit chainlit".split())
CUE = re.compile(r"(?:answer|response|output|completion|assistant|story|\bA|\bResponse)\s*:\s*$", re.I)
HEADING = re.compile(r"#{2,3} ?(?:Instruction|Input|Response|Human|Assistant|User)s?\b ?:?", re.I)
ASKS = re.compile(r"\b(?:USER|Human|User|HUMAN):")
ANSWERS = re.compile(r"\b(?:ASSISTANT|Assistant|GPT|Bot):")
SHOWN = {"print", "info", "debug", "warning", "error", "write", "input", "add_argument", "Field", "field"}


def generates(module: Module) -> bool:
    """Whether the script lets a model write text."""
    for call in module.source.nodes(ast.Call):
        name = module.qualified(call.func)
        if called(call) == "generate" or REMOTE.search(name) or name in {"transformers.pipeline", "vllm.LLM"}:
            return True
    return False


def trains(module: Module) -> bool:
    """Whether the script trains a model."""
    return any(TRAINS.search(called(call)) for call in module.source.nodes(ast.Call))


def only_scores(module: Module) -> bool:
    """Whether a model here judges texts, by a name of what is imported or called, and none writes any."""
    if generates(module):
        return False
    names = (*module.aliases.values(), *(module.qualified(call.func) for call in module.source.nodes(ast.Call)))
    return any(SCORES.search(name.rpartition(".")[2].replace("_", "")) for name in names)


def answers_live(module: Module) -> bool:
    """Whether somebody asks while it runs, on a page or at a prompt: what is answered then is no data."""
    asks = any(isinstance(call.func, ast.Name) and call.func.id == "input" for call in module.source.nodes(ast.Call))
    return asks or not SERVERS.isdisjoint(module.packages)


def writes_file(module: Module) -> bool:
    """True when a file is opened for writing, or a table is saved: an answer to a web request is not a data set."""
    for call in module.source.nodes(ast.Call):
        if SAVERS.match(called(call)):
            return True
        if called(call) == "open":
            modes = [module.text(part) for part in [*call.args, keyword(call, "mode")] if part is not None]
            if any(mode and re.fullmatch(r"[wax][bt+]*", mode) for mode in modes):
                return True
    return False


def keeps_something(module: Module) -> bool:
    """Whether anything here can outlive the run: what is only shown need not be shown again."""
    return writes_file(module) or any(KEEPS.search(called(call)) for call in module.source.nodes(ast.Call))


def text_fields(module: Module) -> tuple[FieldName, ...]:
    """Fields of what is written that hold texts, by name."""
    return tuple(field for field in read_fields(module.source) if TEXTS.search(field.name))


def makes_data(module: Module) -> bool:
    """Whether the script generates text and writes it down as records."""
    return generates(module) and writes_file(module) and bool(text_fields(module))


def cues_completion(source: Source) -> bool:
    """Whether a text that is put together here ends in a cue to go on from, such as `Answer:`; labels of what is
    shown or asked for are none."""
    shown = {id(part) for call in source.nodes(ast.Call) if called(call) in SHOWN for part in ast.walk(call)}
    for text in source.nodes(ast.JoinedStr):
        last = text.values[-1] if text.values else None
        if len(text.values) > 1 and id(text) not in shown and _is_cue(last):
            return True
    return any(
        isinstance(text.value, str)
        and id(text) not in shown
        and ("\n" in text.value.rstrip() or re.search(r"\{\w*\}|%s", text.value))
        and _is_cue(text)
        for text in source.nodes(ast.Constant)
    )


def lays_out_turns(source: Source) -> bool:
    """Whether the script itself lays prompts out in a format of turns (`### Instruction:`, `USER: … ASSISTANT:`): for a
    model that was trained so, and not for one that only goes on from a text."""
    texts = [text.value for text in source.nodes(ast.Constant) if isinstance(text.value, str)]
    if any(HEADING.search(text) for text in texts):
        return True
    return any(map(ASKS.search, texts)) and any(map(ANSWERS.search, texts))


def _is_cue(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(CUE.search(node.value[-80:]))
