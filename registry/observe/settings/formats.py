"""Which files are settings, and in which format: by the name, and where that does not tell, by the first bytes.

A `.json` is settings when it is one object that is called, or lies in a folder that is called, as settings are, or has
keys that only settings have. Rows are never settings, whatever they are called, and neither are results, vocabularies
and what is too large for a person to have written. Refuses nothing for being broken: that is for the profile to say.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

MOST = 1 << 20  # bytes that are read of settings
MOST_LOCK = 32 << 20
HEAD = 16 << 10
YAML, TOML, INI, JSON = "yaml", "toml", "ini", "json"
SLURM, MAKE, DOCKER, REQUIREMENTS, LOCK = "slurm", "make", "docker", "requirements", "lock"
BY_SUFFIX = {
    ".yaml": YAML,
    ".yml": YAML,
    ".toml": TOML,
    ".ini": INI,
    ".cfg": INI,
    ".conf": INI,
    ".json": JSON,
    ".lock": LOCK,
    ".sbatch": SLURM,
    ".slurm": SLURM,
    ".mk": MAKE,
    ".dockerfile": DOCKER,
    ".Dockerfile": DOCKER,
}
BY_NAME = {
    "Makefile": MAKE,
    "makefile": MAKE,
    "GNUmakefile": MAKE,
    "justfile": MAKE,
    "Justfile": MAKE,
    "Dockerfile": DOCKER,
    "Containerfile": DOCKER,
    "Pipfile": TOML,
}
LOCKS = frozenset(("package-lock.json", "pnpm-lock.yaml", "conda-lock.yml", "npm-shrinkwrap.json"))
LISTED = ("requirements*.txt", "*requirements.txt", "constraints*.txt", "*constraints.txt")
SUFFIXES = (*BY_SUFFIX, *BY_NAME, ".txt")  # what the table of kinds looks for
NOT_SETTINGS = re.compile(  # what tools write beside weights and rows, and what they found out
    r"^(?:vocab|tokenizer|tokenizer_config|special_tokens_map|added_tokens|merges|preprocessor_config|trainer_state)\.json$"
    r"|\.(?:index|cdx|spdx)\.json$|(?:^|[_.-])(?:results?|metrics?|scores?|predictions?|report|history|log|index|state)(?:[_.-].*)?\.json$"
    r"|^(?:state|package)\.json$",
    re.I,
)
WORDS = (
    "conf|config|configs|configuration|settings?|params?|parameters|hparams|options?|args|arguments|recipes?|deepspeed"
    "|zero\\d?|ds|dataset_info"
)
CALLED = re.compile(rf"(?:^|[_.-])(?:{WORDS})(?=[_.\-\d]|$)", re.I)
FOLDERS = re.compile(rf"^\.?(?:\w+[_-])?(?:{WORDS}|vscode|devcontainer)s?$", re.I)
KEYS = re.compile(
    rb'"(?:learning_rate|lr|model_name_or_path|base_model|model_name|model|tokenizer|dataset|datasets|dataset_name'
    rb"|train_file|batch_size|per_device_train_batch_size|train_micro_batch_size_per_gpu|train_batch_size"
    rb"|num_train_epochs|epochs|optimizer|scheduler|zero_optimization|bf16|fp16|seed|max_length|max_seq_length"
    rb'|output_dir|lora_r|lora_alpha|peft_type|merge_method|temperature|distributed_type)"\s*:'
)
LIST_ITEM = re.compile(rb"^(?:-\s|\[)")
ROW_FIELD = re.compile(
    rb"""^[\s\-{\["']*(?:prompt|completion|text|messages|instruction|response|chosen|rejected|question|answer|content)"""
    rb"""["']?\s*:\s*\S""",
    re.M | re.I,
)


def format_of(name: str) -> str | None:
    """The format of settings with this name, or None where the name is none of settings."""
    if name in LOCKS:
        return LOCK
    if any(fnmatchcase(name.lower(), one) for one in LISTED):
        return REQUIREMENTS
    by_name = BY_NAME.get(name) or BY_NAME.get(name.partition(".")[0])
    return by_name or BY_SUFFIX.get(name[name.rfind(".") :] if "." in name else "")


def looks_like_settings(path: Path) -> bool:
    """Whether a file that may be settings by its name is; of most formats the name is enough. Raises OSError."""
    form = format_of(path.name)
    if form not in (YAML, JSON):
        return form is not None and path.stat().st_size <= (MOST_LOCK if form == LOCK else MOST)
    if form == JSON and NOT_SETTINGS.search(path.name):
        return False
    with open(path, "rb") as file:
        size, head = path.stat().st_size, file.read(HEAD)
    if not 0 < size <= MOST:
        return False
    return _is_object_of_settings(path, head) if form == JSON else not _is_list_of_rows(head)


def _is_object_of_settings(path: Path, head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"{"):
        return False
    return bool(CALLED.search(path.name) or FOLDERS.search(path.parent.name) or KEYS.search(head))


def _is_list_of_rows(head: bytes) -> bool:
    lines = (line for line in head.split(b"\n") if line.strip() and not line.startswith((b"#", b"---", b"%")))
    return bool(LIST_ITEM.match(next(lines, b""))) and len(ROW_FIELD.findall(head)) > 1
