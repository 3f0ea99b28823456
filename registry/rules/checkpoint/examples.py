"""Small checkpoints for the rules' examples, written byte by byte so that no model library is needed to show them."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LORA = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["q_proj"]}
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def write_json(folder: Path, name: str, document: Mapping[str, Any]) -> Path:
    """A folder with this configuration file."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(document))
    return folder


def write_safetensors(path: Path, tensors: Mapping[str, tuple[str, list[int], bytes]]) -> None:
    """A safetensors file from name to (dtype, shape, bytes)."""
    header: dict[str, Any] = {}
    end = 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + len(data)]}
        end += len(data)
    raw = json.dumps(header).encode()
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + b"".join(data for _, _, data in tensors.values()))


def write_adapter(folder: Path, lora_b: list[float], **config: Any) -> Path:
    """A LoRA adapter whose one lora_B holds these numbers as float32."""
    write_json(folder, "adapter_config.json", LORA | config)
    data = struct.pack(f"<{len(lora_b)}f", *lora_b)
    ones = struct.pack("<2f", 1, 1)
    tensors = {"q_proj.lora_A.weight": ("F32", [2], ones), "q_proj.lora_B.weight": ("F32", [len(lora_b)], data)}
    write_safetensors(folder / "adapter_model.safetensors", tensors)
    return folder


def write_model(folder: Path, rows: int = 4, **config: Any) -> Path:
    """A full model with an input embedding of `rows` × 2."""
    write_json(folder, "config.json", {"model_type": "llama", "vocab_size": 4} | config)
    embedding = ("F32", [rows, 2], bytes(8 * rows))
    write_safetensors(folder / "model.safetensors", {"model.embed_tokens.weight": embedding})
    return folder


def write_tokenizer(folder: Path, tokens: list[str], eos: str) -> Path:
    """A tokenizer with these tokens in id order."""
    write_json(folder, "tokenizer.json", {"model": {"vocab": {token: number for number, token in enumerate(tokens)}}})
    return write_json(folder, "tokenizer_config.json", {"eos_token": eos})


def write_torch_zip(folder: Path, value: object) -> Path:
    """A folder with pytorch_model.bin: a zip with `data.pkl`, as torch.save writes it."""
    with zipfile.ZipFile(folder / "pytorch_model.bin", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(value, protocol=2))
    return folder
