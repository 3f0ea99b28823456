"""Between what people say and what is on record: artifact names, paths and short version ids, both ways."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from string import hexdigits
from typing import Any

from ..errors import NotRecorded, UsageError
from ..hashing import SHORT, short
from ..lineage.graph import Step
from .query import NAMED, ArtifactRow, artifacts
from .store import Store

FEWEST_DIGITS = 4


def resolve(store: Store, text: str) -> ArtifactRow:
    """The artifact that a name, a path, the end of a path, or a version id means.

    Raises NotRecorded when nothing does (with the nearest names), UsageError when several do.
    """
    asked = {text, store.project.name_of(text), text.rstrip("/")}
    marks = ", ".join("?" * len(asked))
    found = artifacts(
        store, f"{NAMED} IN ({marks}) OR (l.path IS NULL AND a.name IN ({marks}))", [*sorted(asked), *sorted(asked)]
    )
    found = [one for one in found if one.present] or found
    if not found:
        every = artifacts(store)
        found = [one for one in every if _means(one, text)]
        found += [one for one in every if one.name == "." and text == store.project.root.name]
        if not found:
            others = {one.name for one in every} - asked
            import difflib

            nearest = difflib.get_close_matches(text, sorted(others), n=3, cutoff=0.5)
            hint = (
                f"Did you mean {', '.join(nearest)}?"
                if nearest
                else "`assay list` shows what is; `assay scan` looks again."
            )
            raise NotRecorded(f"nothing on record is called {text!r}", hint)
    if len(found) > 1:
        names = ", ".join(f"{one.name} ({one.kind})" for one in found[:5])
        raise UsageError(f"{text!r} means {len(found)} things: {names}", "Give the whole name.")
    return found[0]


def resolve_version(store: Store, text: str) -> tuple[ArtifactRow, str]:
    """An artifact and one of its versions: the present one, or that after an `@`, as in `scripts/gen.py@3f2a91bc`.

    Raises NotRecorded and UsageError as `resolve` does.
    """
    name, at, digits = text.rpartition("@")
    if not at or not set(digits) <= set(hexdigits) or len(digits) < FEWEST_DIGITS:
        one = resolve(store, text)
        if one.version is None:
            raise NotRecorded(f"{one.name} has no version on record", "`assay scan` looks at it.")
        return one, one.version
    one = resolve(store, name)
    seen = store.database.rows("SELECT DISTINCT version_id FROM sighting WHERE artifact_id = ?", [one.id])
    found = [version for (version,) in seen if version.rpartition(":")[2].startswith(digits.lower())]
    if len(found) != 1:
        what = f"{len(found)} versions that begin" if found else "no version that begins"
        raise NotRecorded(f"{one.name} has {what} with {digits}", f"`assay show {one.name}` lists its versions.")
    return one, found[0]


def _means(one: ArtifactRow, text: str) -> bool:
    path = Path(one.name)
    if one.name.endswith(f"/{text}") or text in (path.stem, path.name):
        return True
    digits = text.rpartition(":")[2]
    return len(digits) >= SHORT and one.version is not None and one.version.rpartition(":")[2].startswith(digits)


def spoken(kind: str, name: str, version: str) -> str:
    """A version under this name as people read it; of a script with the version, as `scripts/gen.py@3f2a91bc`."""
    return f"{name}@{short(version)}" if kind == "script" else name


class Names:
    """What to call versions when talking to people. Reads the sightings once, when the first name is asked for."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._found: dict[str, tuple[str, str]] = {}

    def of(self, version: str) -> str:
        """A version as people read it, by the artifact's name."""
        kind, name = self._lookup(version)
        return spoken(kind, name, version)

    def name(self, version: str) -> str:
        """The artifact's name alone."""
        return self._lookup(version)[1]

    def path(self, version: str) -> Path | None:
        """Where the bytes of a version are in this working copy, or None."""
        row = self.store.database.one(
            "SELECT path FROM location WHERE workspace = ? AND version_id = ? AND present = 1 ORDER BY path",
            [self.store.workspace, version],
        )
        return self.store.project.path_of(row[0]) if row else None

    def along(self, path: Sequence[Step]) -> tuple[str, ...]:
        """The names along a path through the graph: versions, with the runs between them."""
        spoken: list[str] = []
        for step in path:
            spoken += [f"run {step.run[:SHORT]}"] if step.run else []
            spoken.append(self.of(step.version))
        return tuple(spoken)

    def instead_of(self, name: str) -> str:
        """What to do about a path that is not there: the nearest names of what is here."""
        import difflib

        if nearest := difflib.get_close_matches(name, self._here - {name}, n=3, cutoff=0.5):
            return f"Did you mean {', '.join(nearest)}?"
        return "Check the path; `assay list` shows what is on record."

    @cached_property
    def _here(self) -> frozenset[str]:
        return frozenset(one.name for one in artifacts(self.store, "l.present = 1"))

    def learn(self, versions: Iterable[str]) -> None:
        """Look up what these versions are called, all at once."""
        unknown = set(versions) - self._found.keys()
        rows = self.store.select(
            """SELECT s.version_id, a.kind, COALESCE(l.path, s.path), COALESCE(l.present, 0),
                      CASE WHEN l.version_id = s.version_id THEN 1 ELSE 0 END, s.at, s.path
               FROM sighting s JOIN standing_artifact a ON a.id = s.artifact_id
               LEFT JOIN location l ON l.artifact_id = a.id AND l.workspace = ? WHERE s.version_id IN ({})""",
            unknown,
            [self.store.workspace],
        )
        best: dict[str, tuple[Any, ...]] = {}
        for version, kind, name, *order, _ in sorted(rows, key=lambda row: row[6]):
            if version not in best or tuple(order) > best[version][2]:
                best[version] = (kind, name, tuple(order))
        self._found |= {id: (best[id][0], best[id][1]) if id in best else ("", short(id)) for id in unknown}

    def _lookup(self, version: str) -> tuple[str, str]:
        if version not in self._found:
            self.learn([version])
        return self._found[version]
