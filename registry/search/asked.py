"""What of a question is no part of what is sought: the request around it, and names of models and libraries in it.

"Please write a script that trains Qwen2.5-7B on pairs, with transformers" seeks what trains on pairs. The request is
left out; names stay, and count little beside something that is done.
"""

from __future__ import annotations

import re

from .words import WORD

REQUEST = re.compile(
    r"(?:^|(?<=[.!?:;,]\s))\W*(?:(?:please|hi|hello|now|ok|okay|so|then),?\s+)*"
    r"(?:(?:can|could|would|will|should)\s+(?:you|we|i)\s+(?:please\s+)?|(?:i|we)(?:'d|\s+would)?\s+(?:need|want|like)\s+"
    r"(?:you\s+)?(?:to\s+)?|help\s+me\s+(?:to\s+)?|let'?s\s+|your\s+task\s+is\s+to\s+)*"
    r"(?:(?:write|create|build|implement|develop|add|make|code|draft|give|design|set\s+up)\s+(?:me\s+|us\s+|up\s+)?)?"
    r"(?:an?|the|some|another)\s+(?:(?:new|small|simple|short|quick|little|python|shell|bash|cli|command[- ]line)\s+)*"
    r"(?:script|program|function|tool|class|module|helper|utility|method|command|snippet|notebook|piece\s+of\s+code)s?\b"
    r"(?:(?:\s+(?:that|which|to|for|in\s+order\s+to|can|will|should)\b)+|\s*[:,]|(?=\s+\w+ing\b))\s*",
    re.I,
)
MODELS = (
    "qwen llama mistral mixtral ministral gemma phi gpt claude gemini deepseek olmo smollm pythia opt bloom falcon tulu"
    " zephyr vicuna alpaca starcoder codellama tinyllama yi internlm baichuan chatglm glm granite nemotron kimi"
    " command-r roberta distilbert deberta electra t5 flan-t5 minilm"
).split()
LIBRARIES = (
    "transformers torch pytorch tensorflow jax flax keras numpy pandas polars sklearn scikit-learn trl peft vllm sglang"
    " unsloth axolotl deepspeed bitsandbytes huggingface wandb openai anthropic langchain llamaindex litellm spacy nltk"
    " pydantic sqlalchemy fastapi gradio streamlit lightning ray megatron nemo xformers"
).split()
NAME = re.compile(
    rf"(?<![\w-])(?:(?:[\w.-]+/)?(?:{'|'.join(map(re.escape, MODELS))})(?:[-_ ]?v?\d[\w.-]*|-[\w.-]*)?"
    rf"|[\w.-]+/[\w.-]*\d[\w.-]*|\d+(?:\.\d+)?[bm]|{'|'.join(map(re.escape, LIBRARIES))})(?![\w-])",
    re.I,
)


def without_request(text: str) -> str:
    """The text without "write a script that", where something is left."""
    left = REQUEST.sub("", text)
    return left if WORD.search(left) else text


def without_names(text: str) -> str:
    """The text without the names of models and libraries."""
    return NAME.sub(" ", text)
