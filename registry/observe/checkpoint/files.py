"""One look at a checkpoint's files: which are there, which are promised and missing, and what their headers say.

Everything later said about a checkpoint is derived from this one value, so that its description, its rules and its
digest speak of the same files. Nothing is loaded or unpickled; a file that cannot be read becomes a line in `problems`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...kinds import CHECKPOINT, KINDS
from .quantization import FILES as QUANTIZATION
from .state import are_shards, has_state, is_state, missing, shards_below
from .tokenizer import ADDITIONAL_TEMPLATES, Documents, is_tokenizer
from .weights import BrokenWeights, Tensor, pointer_kind, read_gguf, read_safetensors, refuse_pointer

PICKLE_SUFFIXES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
MODEL_SUFFIXES = KINDS[CHECKPOINT].suffixes
SHARD = re.compile(r"(?P<stem>.+)-\d{5}-of-(?P<total>\d{5})(?P<suffix>\.\w+)$")
SHARD_LIMIT = 10_000
CONFIGURATION = [
    *("config.json", "generation_config.json", "adapter_config.json", "tokenizer_config.json"),
    *("special_tokens_map.json", "added_tokens.json", "tokenizer.json", "vocab.json", "chat_template.json"),
    *("processor_config.json", "trainer_state.json", "training_args.json", *QUANTIZATION),
]
NAMED_WEIGHTS = re.compile(
    r"((model|adapter_model|pytorch_model|diffusion_pytorch_model|consolidated)\b.*\.(safetensors|bin|pth)"
    r"|.*\.(safetensors|bin)\.index\.json)$"
)
PICKLE_MAGIC = (b"PK\x03\x04", b"\x80")
PLAIN_LIMIT = 256 << 10  # bytes of a pickle that are looked at for what it makes
IMPORTING = frozenset("GLOBAL STACK_GLOBAL INST OBJ NEWOBJ EXT1 EXT2 EXT4 PERSID BINPERSID NEXT_BUFFER".split())


@dataclass(frozen=True)
class ModelFiles:
    """Names in the folder (sorted), parsed configuration, tensors by weight file, GGUF metadata, and what is wrong.

    `shards` are those of ranks, in the folder and one below it.
    """

    folder: Path
    names: tuple[str, ...]
    documents: Documents
    tensors: Mapping[str, tuple[Tensor, ...]]
    gguf: Mapping[str, Any]
    problems: tuple[str, ...]
    shards: tuple[str, ...] = ()

    def document(self, name: str) -> Mapping[str, Any]:
        """A JSON object by file name; empty when the file is absent or broken."""
        return self.documents.get(name, {})

    @property
    def weight_files(self) -> tuple[str, ...]:
        """Every file of weights, whatever its format."""
        return tuple(name for name in self.names if is_weights(name))

    @property
    def missing(self) -> tuple[str, ...]:
        """Shards that an index or a shard's own name promises, where they are not there."""
        promised = self._indexed()
        for name in self.weight_files:
            if (shard := SHARD.match(name)) and (total := int(shard["total"])) <= SHARD_LIMIT:
                promised |= {f"{shard['stem']}-{n:05d}-of-{total:05d}{shard['suffix']}" for n in range(1, total + 1)}
        return tuple(sorted((promised - set(self.names)).union(missing(self.folder, self.shards))))

    @property
    def state_files(self) -> tuple[str, ...]:
        """What a trainer keeps to go on from."""
        return tuple(name for name in self.names if is_state(name))

    @property
    def one_set(self) -> tuple[str, ...]:
        """The files of one set of readable weights: a folder may hold the same weights twice, in two formats."""
        for suffix in (".safetensors", ".gguf"):
            files = [name for name in self.weight_files if name.endswith(suffix)]
            if indexed := self._indexed() & set(files):
                return tuple(sorted(indexed))
            if files:
                stems = {name: shard["stem"] if (shard := SHARD.match(name)) else Path(name).stem for name in files}
                chosen = next((stem for stem in ("adapter_model", "model") if stem in stems.values()), stems[files[0]])
                return tuple(name for name in files if stems[name] == chosen)
        return ()

    def _indexed(self) -> set[str]:
        indexes = [index for name, index in self.documents.items() if name.endswith(".index.json")]
        return {file for index in indexes for file in weight_map(index).values()}


def is_weights(name: str) -> bool:
    """Whether a file of this name holds weights (and not an optimizer's state or pickled arguments)."""
    return name.endswith(MODEL_SUFFIXES) and not is_state(name)


def weight_map(index: Mapping[str, Any]) -> dict[str, str]:
    """Tensor name to file name, as a `*.index.json` states it."""
    found = index.get("weight_map")
    return {str(name): str(file) for name, file in found.items()} if isinstance(found, dict) else {}


def look(path: Path) -> ModelFiles:
    """Read names, configuration and headers of a folder or one file. Raises OSError when `path` cannot be listed."""
    folder = path if path.is_dir() else path.parent
    names = sorted(p.name for p in path.iterdir() if p.is_file()) if path.is_dir() else [path.name]
    problems = [f"{name}: a link that leads nowhere: fetch the content" for name in _lost_links(path)]
    indexes = [name for name in names if name.endswith(".index.json")]
    documents = read_documents(folder, [*(name for name in CONFIGURATION if name in names), *indexes], problems)
    tensors: dict[str, tuple[Tensor, ...]] = {}
    gguf: dict[str, Any] = {}
    for name in names:
        try:
            if name.endswith(".safetensors"):
                tensors[name] = read_safetensors(folder / name)
            elif name.endswith(".gguf"):
                header = read_gguf(folder / name)
                tensors[name], gguf = header.tensors, gguf or header.metadata
            elif name.endswith(PICKLE_SUFFIXES) or name == "tokenizer.model":
                refuse_pointer(folder / name)
        except (BrokenWeights, OSError) as error:
            problems.append(_problem(name, error))
    for index in indexes:
        problems.extend(_not_where_indexed(index, documents, tensors))
    if path.is_dir():
        names += sorted(f"{ADDITIONAL_TEMPLATES}/{p.name}" for p in (path / ADDITIONAL_TEMPLATES).glob("*.jinja"))
    shards = shards_below(path) if path.is_dir() else ()
    return ModelFiles(folder, tuple(names), documents, tensors, gguf, tuple(problems), shards)


def _lost_links(path: Path) -> list[str]:
    """Names of weights and configuration that are links to what is not there, as in a cache that was cleared."""
    links = sorted(p for p in path.iterdir() if p.is_symlink() and not p.exists()) if path.is_dir() else []
    return [link.name for link in links if is_weights(link.name) or link.name in CONFIGURATION]


def read_documents(folder: Path, names: Iterable[str], problems: list[str]) -> dict[str, Mapping[str, Any]]:
    """The JSON objects in these files; what cannot be read is left out and named in `problems`.

    NaN and Infinity, which trainer_state.json may hold, are read as those words: they are not JSON.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for name in names:
        try:
            if kind := pointer_kind(folder / name):
                raise ValueError(f"a {kind} pointer, not the file itself: fetch the content")
            value = json.loads((folder / name).read_bytes(), parse_constant=str)
            if not isinstance(value, dict):
                raise ValueError(f"holds a JSON {type(value).__name__} where an object belongs")
            found[name] = value
        except (ValueError, RecursionError, OSError) as error:
            problems.append(_problem(name, error))
    return found


def _problem(name: str, error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{name}: {error.strerror}"
    kind = "broken JSON: " if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | RecursionError) else ""
    return f"{name}: {kind}{error}"


def _not_where_indexed(index: str, documents: Documents, tensors: Mapping[str, tuple[Tensor, ...]]) -> Iterator[str]:
    absent: dict[str, list[str]] = {}
    present = {file: {tensor.name for tensor in inside} for file, inside in tensors.items()}
    for name, file in weight_map(documents.get(index, {})).items():
        if name not in present.get(file, {name}):
            absent.setdefault(file, []).append(name)
    for file, lost in absent.items():
        yield f"{index}: {file} lacks {len(lost)} of its tensors, {lost[0]} among them"


def is_model_file(path: Path) -> bool:
    """Whether this file is a model of its own: .gguf, .safetensors, or a torch pickle that is not trainer state."""
    if not is_weights(path.name):
        return False
    if path.suffix not in (".bin", ".pkl"):
        return True
    with path.open("rb") as file:
        head = file.read(PLAIN_LIMIT)
    return head.startswith(PICKLE_MAGIC) and not (head.startswith(PICKLE_MAGIC[1]) and _is_plain(head))


def _is_plain(pickle: bytes) -> bool:
    """Whether a whole pickle makes nothing but numbers, texts and lists of them: no tensor, and no code is imported."""
    import pickletools  # only here: few models are a pickle alone

    try:
        return not any(operation.name in IMPORTING for operation, _, _ in pickletools.genops(pickle))
    except Exception:  # longer than what was read, or damaged: it may be anything
        return False


def looks_like_checkpoint(folder: Path, names: Set[str], folders: Collection[str] = ()) -> bool:
    """Whether a folder with these names is one checkpoint or model, rather than one that holds loose models."""
    if "adapter_config.json" in names or is_tokenizer(names) or any(map(NAMED_WEIGHTS.match, names)):
        return True
    if are_shards(names) or has_state(folder, names, folders):
        return True
    return any(map(is_weights, names)) and _is_configured(folder, names)


def is_model_root(folder: Path, names: Collection[str]) -> bool:
    """Whether a project's root is a model, as a clone of a model's repository is: it says so by its configuration."""
    if "adapter_config.json" in names or "tokenizer_config.json" in names:
        return True
    return any(is_weights(name) or name.endswith(".index.json") for name in names) and _is_configured(folder, names)


def _is_configured(folder: Path, names: Collection[str]) -> bool:
    config = read_documents(folder, ["config.json"], []).get("config.json", {}) if "config.json" in names else {}
    return bool(config.keys() & {"model_type", "architectures", "_class_name"})
