"""Every checkpoint rule passes its own examples, and holds on what real libraries write."""

from __future__ import annotations

import inspect
import os
import pickle
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.registry.observe.checkpoint.profile import describe_checkpoint
from assay.registry.observe.checkpoint.weights import read_safetensors
from assay.registry.rules.base import Finding, Severity
from assay.registry.rules.checkpoint import RULES
from assay.registry.rules.checkpoint.examples import LORA, write_json, write_safetensors, write_torch_zip
from assay.registry.rules.checkpoint.pickles import UNKNOWN, imports_of
from assay.registry.rules.checkpoint.rule import CheckpointRule, Example
from assay.registry.rules.checkpoint.tensors import count_non_finite, is_zero

DATA = Path(os.environ.get("ASSAY_TEST_DATA", Path(__file__).parents[4] / ".." / "shared" / "data"))
HEADINGS = ("What it sees", "Why it matters", "Example", "Do instead", "Source")
VALID = [(rule, example) for rule in RULES for example in rule.VALID]
INVALID = [(rule, example) for rule in RULES for example in rule.INVALID]


def named(value: object) -> str:
    return getattr(value, "code", None) or getattr(value, "__name__", "").strip("_")


def findings(rule: type[CheckpointRule], path: Path) -> list[Finding]:
    return list(rule().check(path, describe_checkpoint(path)))


@pytest.mark.parametrize(("rule", "example"), VALID, ids=named)
def test_valid_example_passes(rule: type[CheckpointRule], example: Example, tmp_path: Path) -> None:
    """A rule sees nothing in its own valid examples."""
    assert findings(rule, example(tmp_path)) == []


@pytest.mark.parametrize(("rule", "example"), INVALID, ids=named)
def test_invalid_example_is_seen(rule: type[CheckpointRule], example: Example, tmp_path: Path) -> None:
    """A rule sees its own invalid examples, with its code, a file, a message and a way out."""
    found = findings(rule, example(tmp_path))
    assert found
    for finding in found:
        assert (finding.rule, finding.severity) == (rule.code, rule.severity)
        assert finding.file and finding.message and finding.fix


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_rule_is_its_own_documentation(rule: type[CheckpointRule]) -> None:
    """A rule's docstring has the fixed headings, in order."""
    text = inspect.getdoc(rule) or ""
    places = [text.find(f"\n{heading}: ") for heading in HEADINGS]
    assert -1 not in places and places == sorted(places)


def test_codes_are_unique_and_in_the_checkpoint_range() -> None:
    """Codes are AS301 onwards, each used once."""
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes)) and all(code.startswith("AS3") for code in codes)


def test_importing_the_rules_is_cheap() -> None:
    """The table of rules imports no numpy, torch or transformers."""
    probe = "import sys, assay.registry.rules.checkpoint; print(*{'numpy', 'torch', 'transformers'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout.strip() == ""
    )


class Command:
    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("true",)


@pytest.mark.parametrize("protocol", range(6))
def test_imports_are_read_in_every_protocol(protocol: int, tmp_path: Path) -> None:
    """GLOBAL and STACK_GLOBAL, with strings from the memo, give the same names as loading would import."""
    (tmp_path / "x.pkl").write_bytes(pickle.dumps([Command(), Command(), np.dtype("f4")], protocol))
    imports = imports_of(tmp_path / "x.pkl")
    assert imports is not None and {str(name) for name in imports} >= {"posix.system", "numpy.dtype"}


def test_name_computed_while_loading_is_said_to_be_computed(tmp_path: Path) -> None:
    """A STACK_GLOBAL whose strings were not pushed just before cannot be read off, and is reported as such."""
    hidden = b"\x80\x04\x8c\x02os\x8c\x06system\x8c\x01x0\x93\x8c\x04true\x85R."
    (tmp_path / "x.pkl").write_bytes(hidden)
    assert imports_of(tmp_path / "x.pkl") == (UNKNOWN,)


def test_member_with_a_wrong_checksum_is_not_trusted(tmp_path: Path) -> None:
    """A zip whose pickle cannot be read back, which torch may load all the same, hides what it imports."""
    archive = write_torch_zip(tmp_path, {"weight": 12345}) / "pytorch_model.bin"
    archive.write_bytes(archive.read_bytes().replace(b"weight", b"height"))
    assert imports_of(archive) == (UNKNOWN,)


def test_code_before_a_damaged_end_is_still_seen(tmp_path: Path) -> None:
    """A pickle that is cut off after its call, which loading would still run, is reported."""
    whole = pickle.dumps(Command(), 2)
    (tmp_path / "training_args.bin").write_bytes(whole[: whole.index(b"R") + 1] + b"\xff")
    codes = {f.rule for rule in RULES for f in findings(rule, tmp_path)}
    assert "AS302" in codes


def test_what_torch_writes_runs_no_code(tmp_path: Path) -> None:
    """State dicts in both torch formats, an optimizer, a whole module: pickles all, and AS302 sees nothing in them."""
    torch = pytest.importorskip("torch")
    model = torch.nn.Linear(2, 2)
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    torch.save(model.state_dict(), tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    torch.save(model, tmp_path / "whole.pt")
    torch.save(torch.optim.AdamW(model.parameters()).state_dict(), tmp_path / "optimizer.pt")
    found = [f for rule in RULES for f in findings(rule, tmp_path)]
    assert {(f.rule, f.file) for f in found} == {
        ("AS301", name) for name in ("pytorch_model.bin", "old.pt", "whole.pt")
    }
    (whole,) = [f for f in found if f.file == "whole.pt"]
    assert "torch.nn.modules.linear.Linear" in whole.message


FLOATS = {"F16": np.float16, "F32": np.float32, "F64": np.float64}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(FLOATS)), st.lists(st.floats(width=16), max_size=9))
def test_bit_patterns_agree_with_numpy(tmp_path: Path, dtype: str, numbers: list[float]) -> None:
    """Counting NaN and infinities and seeing zeros by bits is what numpy says of the same numbers."""
    array = np.array(numbers, FLOATS[dtype])
    write_safetensors(tmp_path / "a.safetensors", {"t": (dtype, [len(numbers)], array.tobytes())})
    (tensor,) = read_safetensors(tmp_path / "a.safetensors")
    assert count_non_finite(tmp_path / "a.safetensors", tensor) == np.count_nonzero(~np.isfinite(array))
    assert is_zero(tmp_path / "a.safetensors", tensor) == (not array.any())


@pytest.mark.parametrize(("number", "codes"), [(0x7FC0, {"AS307"}), (0x8000, {"AS308"}), (0x3F80, set())])
def test_bfloat16_adapters_are_read_too(tmp_path: Path, number: int, codes: set[str]) -> None:
    """NaN, minus zero and one in bfloat16, which numpy has no type for."""
    write_json(tmp_path, "adapter_config.json", LORA)
    data = struct.pack("<H", number)
    write_safetensors(tmp_path / "adapter_model.safetensors", {"q.lora_B.weight": ("BF16", [1], data)})
    assert {f.rule for rule in RULES for f in findings(rule, tmp_path)} == codes


def test_adapter_from_peft_is_untrained_until_it_is_trained(tmp_path: Path) -> None:
    """A freshly made PEFT adapter is its base, and one optimizer step later it is not."""
    torch, peft = pytest.importorskip("torch"), pytest.importorskip("peft")
    model = peft.get_peft_model(torch.nn.Sequential(torch.nn.Linear(4, 4)), peft.LoraConfig(target_modules=["0"]))
    model.save_pretrained(tmp_path / "first")
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    model(torch.ones(1, 4)).sum().backward()
    optimizer.step()
    model.save_pretrained(tmp_path / "second")
    seen = {step: {f.rule for rule in RULES for f in findings(rule, tmp_path / step)} for step in ("first", "second")}
    assert seen == {"first": {"AS308"}, "second": set()}


@pytest.mark.skipif(not DATA.is_dir(), reason="the real data sets are not beside the repository")
def test_real_adapter_folder_has_an_unbound_base_and_no_weights() -> None:
    """The real LoRA folder: base named without a commit; what is a configuration alone cannot be called clean."""
    folder = DATA / "checkpoints" / "qvikhr-3-1.7b-lora"
    found = [f for rule in RULES for f in findings(rule, folder)]
    assert {(f.rule, f.severity) for f in found} == {("AS303", Severity.WARNS)}
    assert "configuration" in (describe_checkpoint(folder).not_understood or "")
    tokenizer = DATA / "checkpoints" / "open_instruct_tokenizer"
    assert [f for rule in RULES for f in findings(rule, tokenizer)] == []
