"""What a run used and did not have to declare (settings, tools, code), and how that goes on record."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..facts.reading.versions import holders, is_size_of_any, kinds_of_names, known
from ..facts.store import Batch, Store
from ..hashing import digest_file
from ..kinds import CHECKPOINT, DATASET, kinds_of_family
from ..lineage.evidence import CACHE, CODE, TOOL, Evidence
from ..observe.identity import Identity
from ..recording.describe import record_version
from .references import Reference
from .tools import Tool

MOST = 3  # named in one line


@dataclass(frozen=True)
class Used:
    """Something that a run used and did not have to declare: its kind, name, identity, and where it is from."""

    kind: str
    name: str
    identity: Identity
    source: str


def use_of(tool: Tool) -> Used:
    """An installed distribution as something that was used."""
    source = "path" if tool.unknown else "distribution"
    return Used(TOOL, tool.called, Identity(tool.version, tool.version, 0), source)


def is_declared_data(store: Store, versions: Iterable[str]) -> bool:
    """Whether any of these versions is data."""
    return not kinds_of_names(store, versions).isdisjoint(kinds_of_family(DATASET))


def known_version(store: Store, path: str) -> str | None:
    """The version on record that has the very bytes of a file."""
    try:
        if not is_size_of_any(store, os.stat(path).st_size):  # noqa: PTH116
            return None
        version = digest_file(path)
    except OSError:
        return None
    return version if known(store, [version]) else None


def is_known_data(store: Store, path: str) -> bool:
    """Whether a file has the very bytes of data, or of a model, that is on record."""
    version = known_version(store, path)
    kinds = {*kinds_of_family(DATASET), *kinds_of_family(CHECKPOINT)}
    return version is not None and not kinds.isdisjoint(kinds_of_names(store, [version]))


def on_record(store: Store, path: str) -> set[str]:
    """The versions on record that a file is, or is a part of."""
    try:
        digest = digest_file(path)
    except OSError:
        return set()
    return known(store, [digest]) or holders(store, [digest])


def record_used(batch: Batch, run: str, used: Iterable[Used], at: str) -> None:
    """Write down settings and tools as inputs of a run, each with where it is from."""
    for one in used:
        artifact = batch.add("artifact", kind=one.kind, name=one.name, ordinal=0)
        record_version(batch, one.kind, one.identity)
        version = one.identity.version
        batch.add("sighting", artifact_id=artifact, version_id=version, path=one.name, at=at, source=one.source)
        _record_input(batch, run, version, one.kind, one.name)


def record_code(batch: Batch, run: str, versions: Iterable[tuple[str, str]]) -> None:
    """Write down scripts, as (name, version), that a run loaded besides the one that it was started with."""
    for name, version in versions:
        _record_input(batch, run, version, CODE, name)


def record_referenced(batch: Batch, run: str, found: Iterable[tuple[Reference, str, str]]) -> None:
    """Write down the versions that a run has read of things elsewhere, as what it had declared."""
    for one, _, version in found:
        row = {"run_id": run, "version_id": version, "role": one.role, "path": one.text}
        batch.add("run_input", **row, evidence=Evidence.DECLARED.value)


def record_carried(batch: Batch, run: str, carried: Iterable[tuple[str, str]]) -> None:
    """Write down what had made the caches that a run has read, as (name, version)."""
    for name, version in sorted(carried):
        _record_input(batch, run, version, CACHE, name)


def _record_input(batch: Batch, run: str, version: str, role: str, name: str) -> None:
    row: dict[str, Any] = {"run_id": run, "version_id": version, "role": role, "path": name}
    batch.add("run_input", **row, evidence=Evidence.OBSERVED.value)


def named(paths: list[str]) -> str:
    """The first few of these, and how many more there are."""
    more = f" and {len(paths) - MOST} more" if len(paths) > MOST else ""
    return f"{', '.join(paths[:MOST])}{more}"
