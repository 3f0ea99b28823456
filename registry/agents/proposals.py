"""What an agent would have on record and may not say itself: statements that wait for a person.

A proposal is a file in `.assay/proposals/` of this working copy, which is in no git and in no ledger. It changes
nothing until a person accepts it; then the person says it, and it is on record as theirs. Refuses to be accepted where
the bytes are others by then than those it was made about.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import AssayError, UsageError
from ..facts.chosen import chosen
from ..facts.names import resolve
from ..facts.store import Store
from ..hashing import canonical_json, digest_bytes
from ..project import FOLDER
from ..statements import attest, mark
from ..statements.stated import Stated

KINDS: dict[str, tuple[Callable[..., Stated], tuple[str, ...]]] = {  # what is said: by which statement, of which parts
    "mark": (mark, ("status", "reason", "replaced_by", "purpose")),
    "attest": (attest, ("origin", "revision", "licence")),
}
NEEDED = {"mark": ("status", "reason"), "attest": ("origin",)}
STATUSES = ("contaminated", "unverified", "deprecated", "primary")
MOST, LONGEST = 100, 2000
ID = 8


@dataclass(frozen=True)
class Proposal:
    """A statement that waits: its kind, what it is about (name → version then), its parts, when it was made."""

    id: str
    at: str
    kind: str
    about: Mapping[str, str | None]
    parts: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {"id": self.id, "at": self.at, "kind": self.kind, "about": dict(self.about), **self.parts}

    def text(self) -> str:
        """What would be said, in a line."""
        parts = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in self.parts.items())
        return f"{self.id}  {self.kind} {', '.join(self.about)}: {parts}"


def propose(store: Store, kind: str, names: Sequence[str], parts: Mapping[str, str | None]) -> Proposal:
    """Keep a statement for a person to accept. Raises UsageError for what could not be said, and NotRecorded."""
    said = {name: value.strip() for name, value in parts.items() if value and value.strip()}
    if missing := [name for name in NEEDED[kind] if name not in said]:
        raise UsageError(f"a proposal to {kind} needs its {missing[0]}", "Say it; a person will judge by it.")
    if kind == "mark" and said["status"] not in STATUSES:
        raise UsageError(f"{said['status']!r} is no status to mark", f"There are: {', '.join(STATUSES)}.")
    if any(len(value) > LONGEST for value in said.values()):
        raise UsageError(f"a part of it is longer than {LONGEST} characters", "Say it shorter.")
    if replacing := said.get("replaced_by"):
        said["replaced_by"] = resolve(store, replacing).name
    rows = [resolve(store, name) for name in chosen(store, names)]
    if not rows:
        raise UsageError("a proposal names what it is about", "Give a name.")
    if said.get("replaced_by") in {row.name for row in rows}:
        raise UsageError(f"{said['replaced_by']} cannot replace itself", "Name another.")
    about = {row.name: row.version for row in rows}
    id = digest_bytes(canonical_json([kind, about, said])).partition(":")[2][:ID]
    folder = _folder(store)
    if len(list(folder.glob("*.json"))) >= MOST and not (folder / f"{id}.json").exists():
        raise UsageError(f"{MOST} proposals wait already", "A person looks at them first: assay proposals")
    made = Proposal(id, store.moment(), kind, about, said)
    _write(folder / f"{id}.json", canonical_json(made.as_dict()))
    return made


def proposals(store: Store) -> list[Proposal]:
    """Every proposal that waits, the oldest first; a file that is none is left out."""
    found = []
    for file in _folder(store).glob("*.json"):
        try:
            found.append(_read(file))
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return sorted(found, key=lambda one: (one.at, one.id))


def accepted(store: Store, id: str) -> Stated:
    """Say what was proposed, in the name of the person who accepts it. Raises what the statement itself raises."""
    one = named(store, id)
    for name, version in one.about.items():
        if resolve(store, name).version != version:
            raise UsageError(f"{name} has other bytes than when this was proposed", f"assay proposals drop {one.id}")
    say, _ = KINDS[one.kind]
    done = say(store, list(one.about), **one.parts)
    dropped(store, one.id)
    return done


def dropped(store: Store, id: str) -> Proposal:
    """Forget a proposal. Raises UsageError where none is called so."""
    one = named(store, id)
    (_folder(store) / f"{one.id}.json").unlink(missing_ok=True)
    return one


def named(store: Store, id: str) -> Proposal:
    """The proposal whose id begins so. Raises UsageError where that is none or several."""
    found = [one for one in proposals(store) if id and one.id.startswith(id)]
    if len(found) != 1:
        raise UsageError(f"{len(found) or 'no'} proposals begin with {id!r}", "`assay proposals` lists them.")
    return found[0]


def _read(file: Path) -> Proposal:
    """A proposal as it was kept. Raises ValueError, TypeError and KeyError for what is none."""
    said = json.loads(file.read_bytes())
    id, at, kind, about = (said.pop(name) for name in ("id", "at", "kind", "about"))
    parts = KINDS[kind][1]
    is_whole = set(NEEDED[kind]) <= set(said) and all(isinstance(said.get(name, ""), str) for name in parts)
    if id != file.stem or not isinstance(about, dict) or not about or not is_whole:
        raise ValueError(f"{file.name} is no proposal")
    return Proposal(id, str(at), kind, about, {name: said[name] for name in parts if name in said})


def _folder(store: Store) -> Path:
    return store.project.root / FOLDER / "proposals"


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all. Raises AssayError where it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(f".{os.getpid()}.part")
        half.write_bytes(content)
        half.replace(path)
    except OSError as error:
        raise AssayError(f"the proposal could not be kept: {(error.strerror or str(error)).lower()}") from error
