"""AS312: an adapter that does not fit its base, or its own configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...observe.checkpoint.files import look
from ...observe.checkpoint.profile import EMBEDDING, CheckpointProfile
from ...observe.checkpoint.weights import Tensor
from ..base import Basis, Finding, Severity
from .base_not_bound import upwards
from .examples import write_json, write_model, write_safetensors, write_tokenizer
from .rule import CheckpointRule

LORA = re.compile(r"(?:base_model\.model\.)?(?P<module>.+)\.lora_(?P<side>A|B)(?:\.[^.]+)?\.weight$")
EMBEDDED = re.compile(r"\.lora_embedding_A(?:\.[^.]+)?$")  # rank × vocabulary
HEAD = re.compile(r"(?:^|\.)(?:lm_head|embed_out)\.weight$")
RANKED = ("LORA",)
PACKED = (".qweight", ".weight_packed", ".weight.quant_state")


def _adapter(folder: Path, rank: int = 2, width: int = 2, rows: int = 0, **config: Any) -> Path:
    """An adapter of rank 2 for `model.layers.0.q_proj`, 2 × `width`, beside a base of 4 rows × 2 and that layer."""
    write_model(folder / "base")
    layer = {
        "model.embed_tokens.weight": ("F32", [4, 2], bytes(32)),
        "model.layers.0.q_proj.weight": ("F32", [2, 2], bytes(16)),
    }
    write_safetensors(folder / "base" / "model.safetensors", layer)
    named = {"base_model_name_or_path": "base", "peft_type": "LORA", "r": rank, "target_modules": ["q_proj"]}
    write_json(folder, "adapter_config.json", named | config)
    at = "base_model.model.model.layers.0.q_proj"
    ones = b"\0\0\x80?"
    tensors = {
        f"{at}.lora_A.weight": ("F32", [2, width], ones * 2 * width),
        f"{at}.lora_B.weight": ("F32", [2, 2], ones * 4),
    }
    if rows:
        tensors["base_model.model.model.embed_tokens.weight"] = ("F32", [rows, 2], ones * rows * 2)
    write_safetensors(folder / "adapter_model.safetensors", tensors)
    return folder


def _fits(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return _adapter(folder)


def _rank_of_some(folder: Path) -> Path:
    return _adapter(folder, rank=8, rank_pattern={"q_proj": 2})


def _tokens_added(folder: Path) -> Path:
    return write_tokenizer(_adapter(folder, rows=5), ["a", "b", "c", "d", "<new>"], eos="d")


def _other_rank(folder: Path) -> Path:
    return _adapter(folder, rank=8)


def _other_width(folder: Path) -> Path:
    return _adapter(folder, width=3)


def _other_vocabulary(folder: Path) -> Path:
    return _adapter(folder, rows=6)


def _other_head(folder: Path) -> Path:
    head = {"base_model.model.lm_head.weight": ("F32", [6, 2], b"\0\0\x80?" * 12)}
    write_safetensors(_adapter(folder) / "adapter_model.safetensors", head)
    return folder


def _part_of_another_vocabulary(folder: Path) -> Path:
    part = {"base_model.model.model.embed_tokens.lora_embedding_A": ("F32", [2, 6], b"\0\0\x80?" * 12)}
    write_safetensors(_adapter(folder) / "adapter_model.safetensors", part)
    return folder


def _ids_out_of_range(folder: Path) -> Path:
    return write_tokenizer(_adapter(folder), ["a", "b", "c", "d", "<new>"], eos="d")


class AdapterDoesNotFit(CheckpointRule):
    """An adapter that does not fit its base, or its own configuration.

    What it sees: LoRA matrices of another rank than adapter_config.json says (`r`, or `rank_pattern` for a module); and
    where the base lies here in safetensors, matrices of another width than the layer that they are for, layers that
    the base does not have beside some that it has, an embedding or a head of other rows than the base's embedding that
    the tokenizer beside it does not explain, and token ids that the base has no row for.

    Why it matters: it was trained on another base, or its files come from two trainings. Loaders raise an error at
    best; where only the rank differs from the configuration, some scale the adapter wrongly and say nothing.

    Example: lora_A of 2 × 16 under `"r": 8` fails; the same under `"r": 2` passes.

    Do instead: name the base that it was trained on; save configuration, weights and tokenizer together, and resize
    the base's embedding where tokens were added.

    Source: PEFT 0.21, `set_peft_model_state_dict`, `LoraLayer.update_layer`.
    """

    code = "AS312"
    name = "adapter-does-not-fit"
    severity = Severity.CONTAMINATES
    version = 2
    basis = Basis.PROOF
    fix = "Name the base that the adapter was trained on, or save its configuration and weights together again."
    VALID = (_fits, _rank_of_some, _tokens_added)
    INVALID = (
        *(_other_rank, _other_width, _other_vocabulary, _other_head, _part_of_another_vocabulary),
        _ids_out_of_range,
    )

    def check(self, path: Path, profile: CheckpointProfile) -> Iterator[Finding]:
        """One finding for each kind of misfit, about the first place where it is seen."""
        if profile.form != "adapter" or profile.adapter is None or not path.is_dir():
            return
        files = look(path)
        own = {tensor.name: tensor for name in files.one_set for tensor in files.tensors.get(name, ())}
        config = files.document("adapter_config.json")
        if profile.adapter.type in RANKED and profile.adapter.r:
            yield from self._of_rank(own, config, profile.adapter.r)
        base = _base(path, profile)
        if base:
            yield from self._of_layers(own, base)
            yield from self._of_vocabulary(own, base, profile)

    def _of_rank(self, own: Mapping[str, Tensor], config: Mapping[str, Any], r: int) -> Iterator[Finding]:
        pattern = config.get("rank_pattern")
        patterns = pattern if isinstance(pattern, dict) else {}
        wrong: list[tuple[str, int, int]] = []
        for tensor in own.values():
            found = LORA.match(tensor.name)
            if not found or len(tensor.shape) < 2:
                continue
            rank = tensor.shape[0] if found["side"] == "A" else tensor.shape[1]
            stated = next((n for key, n in patterns.items() if re.match(rf"(.*\.)?({key})$", found["module"])), r)
            if rank != stated:
                wrong.append((tensor.name, rank, stated))
        if wrong:
            name, rank, stated = wrong[0]
            message = f"{name} has rank {rank}, adapter_config.json says {stated}"
            yield self.finding(message, file="adapter_config.json", field=name, excerpt=f"r: {r}", count=len(wrong))

    def _of_layers(self, own: Mapping[str, Tensor], base: Mapping[str, Tensor]) -> Iterator[Finding]:
        wrong: list[str] = []
        absent: list[str] = []
        known = 0
        for tensor in own.values():
            found = LORA.match(tensor.name)
            if not found or len(tensor.shape) != 2:
                continue
            layer = base.get(f"{found['module']}.weight")
            if layer is None:
                if not any(f"{found['module']}{packed}" in base for packed in PACKED):
                    absent.append(found["module"])
                continue
            known += 1
            width = tensor.shape[1] if found["side"] == "A" else tensor.shape[0]
            if layer.dtype in ("F64", "F32", "F16", "BF16") and width not in layer.shape:
                wrong.append(f"{tensor.name} is {_by(tensor)}, the base's layer {_by(layer)}")
        if wrong:
            yield self.finding(wrong[0], file="adapter_model.safetensors", excerpt=wrong[0], count=len(wrong))
        if known and absent:
            message = f"{len(set(absent))} of its layers are not in the base, {absent[0]} among them"
            yield self.finding(message, file="adapter_model.safetensors", excerpt=absent[0], count=len(set(absent)))

    def _of_vocabulary(
        self, own: Mapping[str, Tensor], base: Mapping[str, Tensor], profile: CheckpointProfile
    ) -> Iterator[Finding]:
        there = _rows(base)
        if there is None:
            return
        size = profile.tokenizer.size if profile.tokenizer else None
        rows = _own_rows({name: tensor for name, tensor in own.items() if not LORA.match(name)})
        if rows is not None and rows != there and not (size and there < size <= rows):
            message = f"its embedding or head has {rows} rows, the base's embedding has {there}"
            yield self.finding(message, file="adapter_model.safetensors", excerpt=f"{rows} and {there} rows")
        elif rows is None and size and size > there:
            message = f"its tokenizer's ids reach {size - 1}, the base's embedding has {there} rows"
            yield self.finding(message, file="tokenizer.json", excerpt=f"{size} ids, {there} rows")


def _base(path: Path, profile: CheckpointProfile) -> Mapping[str, Tensor]:
    """The tensors of the base, where it lies here in full; none otherwise."""
    if profile.base is None:
        return {}
    folder = next((at / profile.base.name for at in upwards(path) if (at / profile.base.name).is_dir()), None)
    if folder is None or folder.resolve() == path.resolve():
        return {}
    files = look(folder)
    if files.missing or "adapter_config.json" in files.names:
        return {}
    return {tensor.name: tensor for name in files.one_set for tensor in files.tensors.get(name, ())}


def _rows(tensors: Mapping[str, Tensor]) -> int | None:
    return next((one.shape[0] for one in tensors.values() if EMBEDDING.search(one.name) and len(one.shape) == 2), None)


def _own_rows(tensors: Mapping[str, Tensor]) -> int | None:
    """Of how many tokens an adapter knows, by an embedding or head that it brings, or by its part of the base's."""
    parts = (one.shape[1] for one in tensors.values() if EMBEDDED.search(one.name) and len(one.shape) == 2)
    heads = (one.shape[0] for one in tensors.values() if HEAD.search(one.name) and len(one.shape) == 2)
    return _rows(tensors) or next(parts, None) or next(heads, None)


def _by(tensor: Tensor) -> str:
    return " × ".join(map(str, tensor.shape))
