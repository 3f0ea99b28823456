"""What a checkpoint or model on disk is: form, architecture, size, base, tokenizer, chat template, training step.

Read from headers and configuration only: weights are never loaded and pickles never opened, so describing a folder of
many gigabytes takes milliseconds and runs nothing that it contains. What cannot be read is named in `problems`, never
guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from ...hashing import Digest, canonical_json
from .files import PICKLE_SUFFIXES, ModelFiles, look
from .merge import Merge, card_bases, stated_merge
from .quantization import Quantization, of_gguf, parameters, stated
from .state import COMMON, METADATA, form_of, is_shard, ranks
from .tokenizer import Documents, Tokenizer, describe_tokenizer, find_chat_templates, is_tokenizer
from .weights import CHUNK, Tensor, tensor_chunks

STEP_FOLDER = re.compile(r"(?:checkpoint|global_step|step|iter)[-_]?(\d+)$")
CARD_HEAD = 4096
EMBEDDING = re.compile(r"(^|\.)(embed_tokens|wte|word_embeddings|embed_in|token_embd)\.weight$")

T = TypeVar("T")

# Lists that PEFT writes in the order of a Python set, and keys that say where something came from, not what it is.
SET_ORDERED = ("target_modules", "modules_to_save", "exclude_modules", "target_parameters")
NOT_WEIGHTS = ("_name_or_path", "transformers_version", "base_model_name_or_path", "revision", "peft_version")


@dataclass(frozen=True)
class Base:
    """The model that a checkpoint says it was made from: only a string, until it is bound by content hash."""

    name: str
    revision: str | None
    stated_in: str


@dataclass(frozen=True)
class Adapter:
    """What adapter_config.json says: PEFT type, rank, alpha, and the modules that it touches (sorted)."""

    type: str | None
    r: int | None
    alpha: float | None
    target_modules: tuple[str, ...]


@dataclass(frozen=True)
class CheckpointProfile:
    """What a checkpoint is.

    `form` is adapter, full, gguf, pickle, tokenizer, config, training state, or shards and by whom. `parameters` counts
    the numbers that one complete set of weights stands for and is None where no header tells; `embedding_rows` is the
    input embedding's first dimension. `eos` maps the file that states end-of-sequence ids to those ids. `missing` and
    the file tuples are names within the folder; `shards` are those of ranks. `tensors` is the digest of names, types,
    shapes and bytes of all tensors and of nothing else: models that share it have the same weights.
    """

    form: str
    architecture: str | None
    parameters: int | None
    dtypes: tuple[str, ...]
    base: Base | None
    adapter: Adapter | None
    vocab_size: int | None
    embedding_rows: int | None
    eos: Mapping[str, tuple[int, ...]]
    tokenizer: Tokenizer | None
    chat_templates: tuple[str, ...]
    step: int | None
    training: Mapping[str, Any]
    weight_files: tuple[str, ...]
    missing: tuple[str, ...]
    pickle_files: tuple[str, ...]
    problems: tuple[str, ...]
    quantization: Quantization | None = None
    merge: Merge | None = None
    state_files: tuple[str, ...] = ()
    shards: tuple[str, ...] = ()
    ranks: int = 0
    tensors: str | None = None

    @property
    def not_understood(self) -> str | None:
        """What of its form is not known, so that nothing that depends on it can be told: how its weights are stored, or
        the weights of an adapter that is published, or was kept, as its configuration alone."""
        if self.quantization and not self.quantization.understood:
            return f"its weights are stored by {self.quantization.method}, which is not understood"
        if self.adapter and not (self.weight_files or self.missing or self.shards):
            return "only the adapter's configuration is here, and none of its weights"
        return None

    def as_dict(self) -> dict[str, Any]:
        """The profile as JSON-ready values."""
        return asdict(self)


def describe_checkpoint(path: Path) -> CheckpointProfile:
    """Describe a checkpoint folder or one model file. Raises OSError when the path itself cannot be listed."""
    files = look(path)
    config, adapter = files.document("config.json"), files.document("adapter_config.json")
    tensors = [tensor for name in files.one_set for tensor in files.tensors.get(name, ())]
    complete = files.one_set and not files.missing and all(name in files.tensors for name in files.one_set)
    problems = list(files.problems)
    quantization = stated(files.documents) or (of_gguf(files.gguf, tensors) if files.gguf else None)
    try:
        tokenizer = describe_tokenizer(files.documents, files.names, files.gguf)
    except ValueError as error:
        tokenizer = None
        problems.append(f"tokenizer: {error}")
    return CheckpointProfile(
        form=_form(files, tensors),
        architecture=_architecture(config, files.gguf),
        parameters=parameters(tensors, None if files.gguf else quantization) if complete else None,
        dtypes=tuple(sorted({tensor.dtype for tensor in tensors})) or _stated_dtype(config),
        base=_base(files),
        adapter=_adapter(adapter) if adapter else None,
        vocab_size=_only(int, _text_config(config).get("vocab_size") or files.gguf.get("tokenizer.ggml.tokens")),
        embedding_rows=next((t.shape[0] for t in tensors if EMBEDDING.search(t.name) and t.shape), None),
        eos=_eos(files.documents, files.gguf),
        tokenizer=tokenizer,
        chat_templates=find_chat_templates(files.documents, files.names, files.gguf),
        step=_step(path, files.document("trainer_state.json")),
        training=_training(files.documents),
        weight_files=files.weight_files,
        missing=files.missing,
        pickle_files=_pickles(files),
        problems=tuple(problems),
        quantization=quantization,
        merge=stated_merge(files.folder, files.names) if path.is_dir() else None,
        state_files=files.state_files,
        shards=files.shards,
        ranks=ranks(files.shards),
    )


def _form(files: ModelFiles, tensors: list[Tensor]) -> str:
    whole = [name for name in (*files.weight_files, *files.missing) if not is_shard(name)]
    whole = [name for name in whole if name != COMMON or not files.shards]
    suffixes = {Path(name.removesuffix(".index.json")).suffix for name in whole if not name.endswith(METADATA)}
    if "adapter_config.json" in files.names or any(".lora_A." in tensor.name for tensor in tensors):
        return "adapter"
    if ".safetensors" in suffixes:
        return "full"
    if suffixes:
        return "gguf" if ".gguf" in suffixes else "pickle"
    if by := form_of(files.shards):
        return by
    if is_tokenizer(files.names):
        return "tokenizer"
    return "training state" if files.state_files else "config"


def _pickles(files: ModelFiles) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in (*files.names, *files.shards) if name.endswith(PICKLE_SUFFIXES)))


def _text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The language model's part: multimodal configurations nest it."""
    nested = config.get("text_config")
    return nested if isinstance(nested, dict) and "vocab_size" not in config else config


def _architecture(config: Mapping[str, Any], gguf: Mapping[str, Any]) -> str | None:
    named = config.get("architectures")
    found = named[0] if isinstance(named, list) and named else config.get("model_type")
    return _only(str, found or gguf.get("general.architecture"))


def _stated_dtype(config: Mapping[str, Any]) -> tuple[str, ...]:
    stated = config.get("dtype") or config.get("torch_dtype") or _text_config(config).get("dtype")
    return (str(stated),) if stated else ()


def _base(files: ModelFiles) -> Base | None:
    adapter, gguf = files.document("adapter_config.json"), files.gguf
    if name := adapter.get("base_model_name_or_path"):
        return Base(str(name), _only(str, adapter.get("revision")), "adapter_config.json")
    if name := files.document("config.json").get("_name_or_path"):
        return Base(str(name), None, "config.json")
    if "README.md" in files.names and (name := _base_of_card(files.folder / "README.md")):
        return Base(name, None, "README.md")
    if name := gguf.get("general.base_model.0.repo_url") or gguf.get("general.base_model.0.name"):
        return Base(str(name), gguf.get("general.base_model.0.version"), "gguf")
    return None


def _base_of_card(card: Path) -> str | None:
    """`base_model` in a model card's front matter; a card that cannot be read states nothing."""
    try:
        text = card.read_text("utf-8", errors="replace")[:CARD_HEAD]
    except OSError:
        return None
    return next(iter(card_bases(text.split("\n---", 1)[0])), None) if text.startswith("---") else None


def _adapter(config: Mapping[str, Any]) -> Adapter:
    modules = config.get("target_modules") or []
    return Adapter(
        type=_only(str, config.get("peft_type")),
        r=_only(int, config.get("r")),
        alpha=_only(float, config.get("lora_alpha")) or _only(int, config.get("lora_alpha")),
        target_modules=tuple(sorted(map(str, modules if isinstance(modules, list) else [modules]))),
    )


def _only(kind: type[T], value: Any) -> T | None:
    """The value if it is of this kind: configuration is anybody's JSON."""
    return value if isinstance(value, kind) else None


def _eos(documents: Documents, gguf: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    names = ("config.json", "generation_config.json")
    stated = {name: _text_config(documents.get(name, {})).get("eos_token_id") for name in names}
    stated["gguf"] = gguf.get("tokenizer.ggml.eos_token_id")
    lists = {name: ids if isinstance(ids, list) else [ids] for name, ids in stated.items()}
    numbers = {name: tuple(n for n in ids if isinstance(n, int)) for name, ids in lists.items()}
    return {name: ids for name, ids in numbers.items() if ids}


def _step(path: Path, state: Mapping[str, Any]) -> int | None:
    if (step := _only(int, state.get("global_step"))) is not None:
        return step
    named = STEP_FOLDER.search(path.name)
    return int(named[1]) if named else None


def _training(documents: Documents) -> dict[str, Any]:
    """The scalar training arguments and trainer state that are there as JSON; training_args.bin is never opened."""
    state = documents.get("trainer_state.json", {})
    log = state.get("log_history")
    last = log[-1] if isinstance(log, list) and log and isinstance(log[-1], dict) else {}
    both = {**last, **state, **documents.get("training_args.json", {})}
    return {key: value for key, value in both.items() if isinstance(value, (str, int, float))}


@dataclass(frozen=True)
class Weights:
    """Two digests, `xxh3_128:<hex>`, that never stand in for identity: of the weights with their configuration, and of
    the tensors alone. None where weights are absent, incomplete or unreadable, or not in safetensors."""

    whole: str | None = None
    tensors: str | None = None


def weights_digest(path: Path) -> str | None:
    """The first of both digests."""
    return digest_weights(path).whole


def digest_weights(path: Path) -> Weights:
    """The same weights and configuration, however they were written, have the same first digest; the same weights under
    any configuration the same second.

    Tensors count by name, type, shape and bytes, so shards may be cut anywhere; other weight formats by file bytes.
    Configuration counts without the order of PEFT's sets and without names of bases and versions of libraries.
    """
    files = look(path)
    chosen = files.one_set or files.weight_files
    unreadable = any(name.endswith((".safetensors", ".gguf")) and name not in files.tensors for name in chosen)
    if not chosen or files.missing or unreadable:
        return Weights()
    safe = [name for name in chosen if name.endswith(".safetensors")]
    tensors = Digest()
    whole = Digest(_configuration_chunks(files))
    for chunk in _tensor_chunks(files, safe):
        whole.add(chunk)
        tensors.add(chunk)
    for name in chosen:
        if name not in safe:
            with (files.folder / name).open("rb") as file:
                while block := file.read(CHUNK):
                    whole.add(block)
    return Weights(whole.text(), tensors.text() if len(safe) == len(chosen) else None)


def _configuration_chunks(files: ModelFiles) -> Iterator[bytes]:
    for name in ("adapter_config.json", "config.json"):
        config = {key: value for key, value in files.document(name).items() if key not in NOT_WEIGHTS}
        for key in SET_ORDERED:
            if isinstance(config.get(key), list):
                config[key] = sorted(config[key], key=str)
        yield canonical_json([name, config])


def _tensor_chunks(files: ModelFiles, safe: Iterable[str]) -> Iterator[bytes | memoryview]:
    placed = [(tensor, name) for name in safe for tensor in files.tensors[name]]
    for tensor, name in sorted(placed, key=lambda pair: pair[0].name):
        yield canonical_json([tensor.name, tensor.dtype, tensor.shape])
        yield from tensor_chunks(files.folder / name, tensor)
