"""`assay doctor`: each thing that is not as it should be is named with what to do, and hides no other."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from assay.registry.answers import doctor
from assay.registry.observe.process import seccomp

from ..registry.workshop import Workshop
from .conftest import Call


def about(values: dict, what: str) -> dict[str, str]:
    """What is said about a thing, by state."""
    return {line["state"]: f"{line['said']} {line['remedy']}" for line in values["lines"] if line["about"] == what}


def test_a_project_that_is_well(shop: Workshop, assay: Call) -> None:
    """No problem anywhere, and nothing was changed by looking."""
    code, found = assay("doctor", "--json")
    assert code == 0 and found["ok"]
    assert {line["about"] for line in found["lines"]} >= {
        "Python",
        "extras",
        "witness",
        "git",
        "disk",
        "registry",
        "ledger",
        "clock",
    }
    assert "ok" in about(found, "registry") and "no problem" not in assay("doctor")[1]


def test_outside_of_a_project(shop: Workshop, assay: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine is looked at all the same."""
    monkeypatch.chdir(tmp_path)
    code, found = assay("doctor", "--json")
    assert code == 0 and "assay init" in about(found, "project")["note"] and about(found, "witness")


def test_another_program_of_that_name(
    shop: Workshop, assay: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A distribution that installs our command or package is named, and an `assay` of another environment on the path."""
    for name, files in {
        "foreign-command": {"entry_points.txt": "[console_scripts]\nassay = x:main\n"},
        "foreign-package": {"RECORD": "assay/__init__.py,,\n"},
    }.items():
        (folder := tmp_path / "site" / f"{name.replace('-', '_')}-1.dist-info").mkdir(parents=True)
        for file, text in {"METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n", **files}.items():
            (folder / file).write_text(text)
    monkeypatch.syspath_prepend(tmp_path / "site")
    code, found = assay("doctor", "--json")
    said = [line for line in found["lines"] if line["about"] == "command" and line["state"] == "problem"]
    assert code == 1 and ["foreign-command" in said[0]["said"], "foreign-package" in said[1]["said"]] == [True, True]
    (tmp_path / "assay").write_text("#!/bin/sh\n")
    (tmp_path / "assay").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    _, found = assay("doctor", "--json")
    assert "python -m assay.cli" in about(found, "command")["note"] and "note" in about(found, "git")


def test_a_machine_without_a_listener(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tried in a process of its own: what the kernel says is said, and that runs are watched in part."""

    def refused() -> int:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(seccomp, "install", refused)
    (line, _) = doctor._witness()
    assert line.state is doctor.State.NOTE and "partial" in line.said and "not permitted" in line.said.lower()


def test_a_registry_that_is_not_well(shop: Workshop, assay: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that went back, a missing segment, little room, a database that is none: each with what to do."""
    assay("attest", "scripts/gen.py", "--origin", "written here")
    monkeypatch.setattr(doctor, "now", lambda: "2020-01-01T00:00:00.000000Z")
    monkeypatch.setattr(doctor, "LEAST", 1 << 60)
    code, found = assay("doctor", "--json")
    assert (
        code == 1 and "behind the newest fact" in about(found, "clock")["problem"] and about(found, "disk")["problem"]
    )
    shop.store.close()
    (shop.root / ".assay/registry.db").write_bytes(b"x" * 5000)
    code, found = assay("doctor", "--json")
    assert (
        code == 1
        and "problem" in about(found, "registry")
        and "clock" not in {line["about"] for line in found["lines"]}
    )
