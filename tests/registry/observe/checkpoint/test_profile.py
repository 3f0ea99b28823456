"""Checkpoints and models are described from headers alone, and what cannot be read is said."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from assay.registry.observe.checkpoint.files import is_model_file, looks_like_checkpoint
from assay.registry.observe.checkpoint.profile import describe_checkpoint, weights_digest
from assay.registry.observe.checkpoint.tokenizer import token_ids

DATA = Path(os.environ.get("ASSAY_TEST_DATA", Path(__file__).parents[4] / ".." / "shared" / "data"))
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real data sets are not beside the repository")
WEIGHTS: dict[str, np.ndarray[Any, Any]] = {
    "model.embed_tokens.weight": np.ones((8, 4), np.float32),
    "lm_head.weight": np.zeros((8, 4), np.float16),
}


def write(folder: Path, **documents: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
    return folder


def adapter(folder: Path, modules: list[str], arguments: bytes = b"\x80\x02first", **changes: Any) -> Path:
    config = {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "base_model_name_or_path": "base", "revision": None}
    write(folder, adapter_config=config | {"target_modules": modules} | changes)
    save_file(
        {"q_proj.lora_A.weight": np.arange(8, dtype=np.float32).reshape(2, 4)}, folder / "adapter_model.safetensors"
    )
    (folder / "training_args.bin").write_bytes(arguments)
    return folder


def full(folder: Path) -> Path:
    write(folder, config={"architectures": ["LlamaForCausalLM"], "vocab_size": 8, "eos_token_id": [2, 3]})
    save_file(WEIGHTS, folder / "model.safetensors")
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_full_model_counts_parameters_and_types_from_the_header(tmp_path: Path) -> None:
    """A full model's parameters, types, vocabulary and EOS ids come from its header and config.json."""
    profile = describe_checkpoint(full(tmp_path))
    assert (profile.form, profile.architecture, profile.parameters) == ("full", "LlamaForCausalLM", 64)
    assert profile.dtypes == ("F16", "F32")
    assert (profile.vocab_size, profile.embedding_rows, profile.eos) == (8, 8, {"config.json": (2, 3)})
    assert looks_like_checkpoint(tmp_path, names(tmp_path))
    assert json.loads(json.dumps(profile.as_dict()))["parameters"] == 64


def test_adapter_names_its_base_rank_and_sorted_modules(tmp_path: Path) -> None:
    """An adapter's profile has rank, alpha, modules in a fixed order, and the base as the string that it is."""
    profile = describe_checkpoint(adapter(tmp_path, ["v_proj", "q_proj"]))
    assert profile.form == "adapter" and profile.adapter is not None and profile.base is not None
    assert (profile.adapter.r, profile.adapter.alpha, profile.adapter.target_modules) == (4, 8, ("q_proj", "v_proj"))
    assert (profile.base.name, profile.base.revision, profile.base.stated_in) == ("base", None, "adapter_config.json")
    assert profile.pickle_files == ("training_args.bin",)
    assert profile.weight_files == ("adapter_model.safetensors",)


def test_model_card_states_the_base_of_a_full_model(tmp_path: Path) -> None:
    """A fine-tuned model whose configuration is silent about its base is asked through its card's front matter."""
    (full(tmp_path) / "README.md").write_text("---\nlicense: mit\nbase_model:\n- org/base\n---\nbase_model: other\n")
    base = describe_checkpoint(tmp_path).base
    assert base is not None and (base.name, base.stated_in) == ("org/base", "README.md")


def test_second_digest_ignores_set_order_and_pickled_arguments(tmp_path: Path) -> None:
    """Two equal training runs have one weights digest although adapter_config.json and training_args.bin differ."""
    one = adapter(tmp_path / "one", ["v_proj", "q_proj"])
    two = adapter(tmp_path / "two", ["q_proj", "v_proj"], b"\x80\x02second", base_model_name_or_path="/elsewhere/base")
    assert weights_digest(one) == weights_digest(two) is not None


def test_second_digest_sees_one_changed_weight_and_another_rank(tmp_path: Path) -> None:
    """A single changed number, or another rank in the configuration, is another weights digest."""
    digests = {
        weights_digest(adapter(tmp_path / "one", ["q_proj"])),
        weights_digest(adapter(tmp_path / "r", ["q_proj"], r=8)),
    }
    changed = adapter(tmp_path / "two", ["q_proj"])
    save_file({"q_proj.lora_A.weight": np.full((2, 4), 7, np.float32)}, changed / "adapter_model.safetensors")
    assert len(digests | {weights_digest(changed)}) == 3


def sharded(folder: Path) -> Path:
    full(folder)
    (folder / "model.safetensors").unlink()
    files = {name: f"model-{number:05d}-of-00002.safetensors" for number, name in enumerate(WEIGHTS, start=1)}
    for name, file in files.items():
        save_file({name: WEIGHTS[name]}, folder / file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": files}))
    return folder


def test_shards_cut_elsewhere_are_the_same_weights(tmp_path: Path) -> None:
    """A model saved in one file and in two shards has one weights digest and one parameter count."""
    whole, cut = full(tmp_path / "whole"), sharded(tmp_path / "cut")
    assert weights_digest(whole) == weights_digest(cut)
    assert describe_checkpoint(cut).parameters == describe_checkpoint(whole).parameters == 64


def test_missing_shard_is_named_and_leaves_no_parameter_count(tmp_path: Path) -> None:
    """A shard that the index names and the folder lacks is listed, and no count or digest is made up."""
    folder = sharded(tmp_path)
    (folder / "model-00002-of-00002.safetensors").unlink()
    profile = describe_checkpoint(folder)
    assert profile.missing == ("model-00002-of-00002.safetensors",)
    assert profile.parameters is None and weights_digest(folder) is None


def test_shard_names_alone_betray_a_missing_shard(tmp_path: Path) -> None:
    """Without an index, `model-00001-of-00003` still promises two more files."""
    save_file(WEIGHTS, full(tmp_path) / "model-00001-of-00003.safetensors")
    assert describe_checkpoint(tmp_path).missing == (
        "model-00002-of-00003.safetensors",
        "model-00003-of-00003.safetensors",
    )


def test_tensor_that_the_index_promises_must_be_in_its_shard(tmp_path: Path) -> None:
    """A shard of the right name with the wrong tensors is a problem that names the tensor."""
    folder = sharded(tmp_path)
    save_file({"other": np.ones(2, np.float32)}, folder / "model-00001-of-00002.safetensors")
    (problem,) = describe_checkpoint(folder).problems
    assert "model-00001-of-00002.safetensors lacks 1" in problem and "model.embed_tokens.weight" in problem


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git-lfs pointer"),
        (b"# xet version 0\n", "Xet pointer"),
        (b"", "too short"),
        (struct.pack("<Q", 1 << 40) + b"{}", "truncated, or no safetensors"),
        (struct.pack("<Q", 2) + b"[]", "not the JSON"),
        (struct.pack("<Q", 4) + b"{}}}", "not the JSON"),
        (
            struct.pack("<Q", 56) + b'{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}} ',
            "need 76 bytes, the file has 64",
        ),
        (struct.pack("<Q", 56) + b'{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,12]}} ', "do not fit"),
    ],
)
def test_broken_safetensors_is_a_line_and_not_a_traceback(tmp_path: Path, content: bytes, says: str) -> None:
    """A pointer, truncation or nonsense in a weight file is described by one line that names the file."""
    (full(tmp_path) / "model.safetensors").write_bytes(content)
    profile = describe_checkpoint(tmp_path)
    assert len(profile.problems) == 1 and profile.problems[0].startswith("model.safetensors: ")
    assert says in profile.problems[0] and "\n" not in profile.problems[0]
    assert profile.parameters is None and weights_digest(tmp_path) is None


def test_broken_configuration_is_a_line_and_the_rest_is_described(tmp_path: Path) -> None:
    """Bad JSON in one file costs that file only."""
    (full(tmp_path) / "generation_config.json").write_text('{"eos_token_id": ')
    (tmp_path / "tokenizer.json").write_text("version https://git-lfs.github.com/spec/v1\n")
    profile = describe_checkpoint(tmp_path)
    assert profile.parameters == 64
    assert [line.split(":")[0] for line in profile.problems] == ["generation_config.json", "tokenizer.json"]
    assert "broken JSON" in profile.problems[0] and "git-lfs pointer" in profile.problems[1]


def test_chat_templates_are_found_in_every_place(tmp_path: Path) -> None:
    """Templates in the jinja file, in tokenizer_config.json (named), in chat_template.json and as additional ones."""
    named = [{"name": "default", "template": "x"}, {"name": "tool_use", "template": "y"}]
    write(tmp_path, tokenizer_config={"chat_template": named}, chat_template={"chat_template": "x"})
    (tmp_path / "chat_template.jinja").write_text("x")
    (tmp_path / "additional_chat_templates").mkdir()
    (tmp_path / "additional_chat_templates" / "rag.jinja").write_text("x")
    assert describe_checkpoint(tmp_path).chat_templates == (
        "chat_template.jinja",
        "additional_chat_templates/rag.jinja",
        "tokenizer_config.json: default, tool_use",
        "chat_template.json",
    )


def test_tokenizer_size_is_the_highest_id_and_special_tokens_have_ids(tmp_path: Path) -> None:
    """Added tokens beyond the vocabulary count, and EOS is given by text and id."""
    added = [{"id": 9, "content": "<eos>"}]
    write(tmp_path, tokenizer={"model": {"vocab": {"a": 0, "b": 1}}, "added_tokens": added})
    write(tmp_path, tokenizer_config={"eos_token": {"content": "<eos>"}, "tokenizer_class": "LlamaTokenizer"})
    profile = describe_checkpoint(tmp_path)
    assert profile.form == "tokenizer" and profile.tokenizer is not None
    assert (profile.tokenizer.size, profile.tokenizer.tokenizer_class) == (10, "LlamaTokenizer")
    assert profile.tokenizer.special["eos"].text == "<eos>" and profile.tokenizer.special["eos"].id == 9


def test_step_and_training_arguments_are_read_where_they_are_json(tmp_path: Path) -> None:
    """trainer_state.json gives the step and scalars (NaN as a word); else the folder's name gives the step."""
    folder = full(tmp_path / "checkpoint-40")
    assert describe_checkpoint(folder).step == 40
    (folder / "trainer_state.json").write_text(
        '{"global_step": 50, "best_metric": NaN, "log_history": [{"loss": 0.5}]}'
    )
    profile = describe_checkpoint(write(folder, training_args={"learning_rate": 1e-4}))
    assert profile.step == 50
    assert profile.training == {"global_step": 50, "best_metric": "NaN", "loss": 0.5, "learning_rate": 1e-4}


def test_gguf_file_is_described_from_its_header(tmp_path: Path) -> None:
    """A GGUF file gives architecture, tokenizer size and ids, template and parameters, as its own writer put them."""
    path = tmp_path / "small.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(["a", "b", "<eos>"])
    writer.add_eos_token_id(2)
    writer.add_chat_template("{{ messages }}")
    writer.add_tensor("token_embd.weight", np.ones((3, 4), np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    profile = describe_checkpoint(path)
    assert (profile.form, profile.architecture, profile.parameters) == ("gguf", "llama", 12)
    assert (profile.dtypes, profile.embedding_rows, profile.vocab_size) == (("F16",), 3, 3)
    assert profile.eos == {"gguf": (2,)} and profile.chat_templates == ("gguf tokenizer.chat_template",)
    assert is_model_file(path)
    whole = path.read_bytes()
    for length in range(0, len(whole) - 64, 7):
        path.write_bytes(whole[:length])
        assert describe_checkpoint(path).problems and weights_digest(path) is None


def test_loose_files_are_models_of_their_own_and_trainer_state_is_not(tmp_path: Path) -> None:
    """A folder of loose weights is no checkpoint; its torch pickles are models, optimizer.pt and data.bin are not."""
    (tmp_path / "net.pt").write_bytes(b"PK\x03\x04")
    (tmp_path / "optimizer.pt").write_bytes(b"PK\x03\x04")
    (tmp_path / "data.bin").write_bytes(b"\x00\x01\x02\x03")
    assert not looks_like_checkpoint(tmp_path, names(tmp_path))
    assert {path.name for path in tmp_path.iterdir() if is_model_file(path)} == {"net.pt"}
    assert describe_checkpoint(tmp_path / "net.pt").form == "pickle"


def test_config_json_of_another_program_makes_no_model(tmp_path: Path) -> None:
    """config.json counts as a model's only when it names a model type or architecture."""
    (write(tmp_path, config={"port": 80}) / "net.pt").write_bytes(b"PK\x03\x04")
    assert not looks_like_checkpoint(tmp_path, names(tmp_path))
    write(tmp_path, config={"model_type": "llama"})
    assert looks_like_checkpoint(tmp_path, names(tmp_path))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
FIELDS = {
    "config": ["architectures", "vocab_size", "eos_token_id", "dtype", "text_config", "_name_or_path"],
    "adapter_config": ["r", "target_modules", "base_model_name_or_path", "revision"],
    "tokenizer_config": ["added_tokens_decoder", "eos_token", "chat_template"],
    "tokenizer": ["model", "added_tokens"],
    "trainer_state": ["global_step", "log_history"],
}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.fixed_dictionaries({name: st.dictionaries(st.sampled_from(f), json_values) for name, f in FIELDS.items()}))
def test_any_json_in_any_field_is_described_without_a_crash(tmp_path: Path, documents: dict[str, Any]) -> None:
    """Whatever JSON stands in the fields that are read, a profile comes back, and it is JSON again."""
    folder = write(full(tmp_path), **documents)
    profile = describe_checkpoint(folder)
    assert json.loads(json.dumps(profile.as_dict()))["form"] == profile.form
    assert weights_digest(folder) is None or profile.parameters is not None


def test_unigram_vocabulary_has_ids_in_order() -> None:
    """A Unigram tokenizer.json lists [text, score] pairs whose position is the id."""
    assert token_ids({"tokenizer.json": {"model": {"vocab": [["a", -1.0], ["b", -2.0]]}}}) == {"a": 0, "b": 1}


@needs_data
def test_real_adapter_has_its_template_beside_tokenizer_config() -> None:
    """The real LoRA folder: template in chat_template.jinja only, EOS id from the decoder, its configuration alone."""
    profile = describe_checkpoint(DATA / "checkpoints" / "qvikhr-3-1.7b-lora")
    assert profile.form == "adapter" and profile.chat_templates == ("chat_template.jinja",)
    assert profile.tokenizer is not None and profile.tokenizer.special["eos"].id == 151645
    assert profile.missing == () and "configuration" in (profile.not_understood or "")


@needs_data
def test_real_tokenizer_folder_is_described_as_a_tokenizer() -> None:
    """A folder with config.json and tokenizer_config.json but no weights is a tokenizer, and says whose."""
    folder = DATA / "checkpoints" / "open_instruct_tokenizer"
    profile = describe_checkpoint(folder)
    assert looks_like_checkpoint(folder, names(folder))
    assert (profile.form, profile.architecture, profile.vocab_size) == ("tokenizer", "LlamaForCausalLM", 128264)
