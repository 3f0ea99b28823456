"""The versions that are pinned for each environment go together, and go with what pyproject.toml asks for.

Whether an index can still resolve them is asked by `make nightly`, since that takes minutes.
"""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
OF = {"constraints.txt": ("postgresql", "lineage", "mcp", "test", "train"), "constraints-vllm.txt": ("vllm",)}


def pins(file: str) -> dict[str, str]:
    """The version of each distribution that a constraints file pins."""
    lines = [line for line in (ROOT / file).read_text().splitlines() if not line.startswith("#")]
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}


def asked(extra: str = "") -> list[Requirement]:
    """What an extra asks for, or the package itself."""
    return [Requirement(line) for line in (EXTRAS[extra] if extra else PROJECT["dependencies"])]


@pytest.mark.parametrize(("file", "extra"), [(file, extra) for file in OF for extra in ("", *OF[file])])
def test_what_an_environment_asks_for_is_pinned_within_its_range(file: str, extra: str) -> None:
    """Every requirement that holds on this machine is pinned in the file of its environment, at a version it accepts."""
    pinned = pins(file)
    for one in asked(extra):
        if one.marker is None or one.marker.evaluate():
            assert one.specifier.contains(pinned[canonicalize_name(one.name)]), f"{file}: {one}"


@pytest.mark.parametrize("file", OF)
def test_no_pin_breaks_what_another_pinned_distribution_asks_for(file: str) -> None:
    """As far as the pinned versions are installed here, each accepts the pins of all others."""
    pinned = pins(file)
    checked = 0
    for name, version in pinned.items():
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        if found.version.partition("+")[0] != version:
            continue
        checked += 1
        for line in found.requires or ():
            one = Requirement(line)
            other = pinned.get(canonicalize_name(one.name))
            if other and (one.marker is None or one.marker.evaluate({"extra": ""})):
                assert one.specifier.contains(other, prereleases=True), f"{name} {version} asks for {one}"
    assert checked > 40


def test_training_and_vllm_cannot_be_asked_for_in_one_environment() -> None:
    """Their ranges of transformers have no version in common, so that an installer refuses both at once in seconds."""
    ranges = [one.specifier for extra in ("train", "vllm") for one in asked(extra) if one.name == "transformers"]
    versions = [pins(file)["transformers"] for file in OF]
    assert [one.contains(version) for one in ranges for version in versions] == [True, False, False, True]
