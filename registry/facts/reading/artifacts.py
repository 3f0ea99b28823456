"""Artifacts and their versions: where they lie, what is the same, what imports what, when each was first seen."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import NamedTuple

from ...hashing import DOUBTFUL, EMPTY, Entry
from ...kinds import family_of
from ..opened import Opened
from ..query import FORGOTTEN
from ..receipts import FIRST_COMMIT
from ..store import Store
from .limited import limited


class Placed(NamedTuple):
    """What the last scan noted of a path of this working copy; `family` and `kind` are None for what is no artifact."""

    path: str
    stat: str
    kind: str | None
    present: bool
    digest: str
    version: str | None

    @property
    def family(self) -> str | None:
        """What a walk finds it as."""
        return family_of(self.kind) if self.kind else None


class FirstSeen(NamedTuple):
    """When an artifact was first seen, and how that is known (the source of a sighting)."""

    at: str
    source: str


def placed(store: Store) -> list[Placed]:
    """Every path that was noted in this working copy, in order."""
    rows = store.database.rows(
        """SELECT l.path, l.stat, a.kind, l.present, l.digest, l.version_id
           FROM location l LEFT JOIN standing_artifact a ON a.id = l.artifact_id
           WHERE l.workspace = ? ORDER BY l.path""",
        [store.workspace],
    )
    return [
        Placed(path, stat, kind, bool(present), digest, version) for path, stat, kind, present, digest, version in rows
    ]


def names_beginning(store: Opened, text: str, most: int) -> list[str]:
    """The names that begin with a text, in order and no more than so many; none that is to be forgotten."""
    where = f"substr(name, 1, ?) = ? AND id NOT IN ({FORGOTTEN})"
    sql = f"SELECT DISTINCT name FROM artifact WHERE {where} ORDER BY name LIMIT ?"
    return [name for (name,) in store.database.rows(sql, [len(text), text, most])]


def was_here(store: Store, artifact: str) -> bool:
    """Whether this working copy ever held an artifact."""
    sql = "SELECT 1 FROM location WHERE workspace = ? AND artifact_id = ?"
    return store.database.one(sql, [store.workspace, artifact]) is not None


def gone(store: Store) -> set[str]:
    """The artifacts that were in this working copy and are at none of their places now, or not at all of them."""
    sql = "SELECT artifact_id FROM location WHERE workspace = ? AND present = 0 AND artifact_id IS NOT NULL"
    return {artifact for (artifact,) in store.database.rows(sql, [store.workspace])}


def forgotten(store: Store) -> set[str]:
    """What people said is to be forgotten: left out of answers."""
    return {subject for (subject,) in store.database.rows(FORGOTTEN)}


def same_bytes(store: Store, content: str | None, but: str) -> list[str]:
    """The paths of this working copy where other artifacts have this content; none for an empty one."""
    rows = store.database.rows(
        """SELECT l.path FROM location l JOIN version v ON v.id = l.version_id WHERE l.workspace = ? AND l.present = 1
           AND v.content = ? AND v.size > 0 AND l.artifact_id <> ? ORDER BY l.path""",
        [store.workspace, content, but],
    )
    return [path for (path,) in rows]


def first_seen(store: Store, artifacts: Collection[str] | None = None) -> dict[str, FirstSeen]:
    """When these artifacts (or all) were first seen: by a sighting, or by the commit that brought them in."""
    sql = "SELECT artifact_id, at, source FROM sighting WHERE 1 = 1"
    seen = limited(store, sql, "artifact_id", artifacts, "1, 2")
    found = {artifact: FirstSeen(at, source) for artifact, at, source in reversed(seen)}
    sql = "SELECT subject_id, body FROM receipt WHERE kind = ?"
    for artifact, body in limited(store, sql, "subject_id", artifacts, "1, 2", [FIRST_COMMIT]):
        committed = FirstSeen(json.loads(body)["at"], "git")
        found[artifact] = min(found.get(artifact, committed), committed)
    return found


def holders(store: Store, versions: Iterable[str]) -> list[tuple[str, str]]:
    """(artifact, version) wherever an artifact was seen with one of these versions."""
    rows = store.select("SELECT DISTINCT artifact_id, version_id FROM sighting WHERE version_id IN ({})", versions)
    return [(artifact, version) for artifact, version in rows]


def in_git(store: Store) -> set[str]:
    """The versions that git has."""
    return {id for (id,) in store.database.rows("SELECT DISTINCT version_id FROM sighting WHERE source = 'git'")}


def entries(store: Store, version: str) -> set[Entry]:
    """The files of a folder, or the modules of a script, as they are on record."""
    rows = store.database.rows("SELECT path, size, digest FROM manifest_entry WHERE version_id = ?", [version])
    return {Entry(*row) for row in rows}


class Modules(NamedTuple):
    """What a script's version is made of: modules that it imports, those that it may import, names from outside."""

    certain: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    external: tuple[str, ...] = ()


def modules(store: Store, version: str) -> Modules:
    """The modules of a script's version; nothing for what is no script."""
    sql = """SELECT m.path FROM manifest_entry m WHERE m.version_id = ? AND m.path <> ''
             AND EXISTS (SELECT 1 FROM version_kind k WHERE k.version_id = m.version_id AND k.kind = 'script')
             ORDER BY m.path"""
    paths = [path for (path,) in store.database.rows(sql, [version])]
    row = store.database.one("SELECT profile FROM description WHERE version_id = ?", [version])
    return Modules(
        tuple(path for path in paths if not path.startswith(DOUBTFUL)),
        tuple(path.removeprefix(DOUBTFUL) for path in paths if path.startswith(DOUBTFUL)),
        tuple(json.loads(row[0]).get("external", ())) if row else (),
    )


def importers(store: Store, version: str) -> list[tuple[str, bool]]:
    """(version, whether it is certain) of each script that has this script's bytes among its modules.

    Nobody imports no bytes.
    """
    rows = store.database.rows(
        """SELECT DISTINCT m.version_id, m.path FROM version h
           JOIN manifest_entry m ON m.digest = h.content AND m.path <> '' AND m.version_id <> h.id
           JOIN version_kind w ON w.version_id = m.version_id AND w.kind = 'script'
           JOIN version_kind k ON k.version_id = h.id AND k.kind = 'script'
           WHERE h.id = ? AND h.content <> ?""",
        [version, EMPTY],
    )
    return [(id, not path.startswith(DOUBTFUL)) for id, path in rows]


def importing(store: Store, contents: Iterable[str | None]) -> dict[str, set[str]]:
    """Content → the versions that certainly have it among their modules, for each of these contents."""
    found: dict[str, set[str]] = {}
    sql = "SELECT DISTINCT digest, version_id, path FROM manifest_entry WHERE path <> '' AND digest IN ({})"
    for content, version, path in store.select(sql, contents):
        if not path.startswith(DOUBTFUL):
            found.setdefault(content, set()).add(version)
    return found
