"""What the project remembers: decisions, bugs and tasks that stand, with what each is about and whether it is over."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..query import NAMED
from ..receipts import BUG, CONCERNS, ENDS, REMEMBERED
from ..store import Store

STANDING = "id NOT IN (SELECT fact_id FROM retraction)"


@dataclass(frozen=True)
class Subject:
    """An artifact that something is about, by the name that it has here, and the versions of it that are meant."""

    artifact: str
    name: str
    versions: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The subject as JSON-ready values."""
        return {"name": self.name, "artifact": self.artifact, "versions": list(self.versions)}


@dataclass(frozen=True)
class End:
    """That a bug is mended or a task done: how, who says so and when; `versions` have it, `rule` guards it."""

    fact: str
    at: str
    author: str
    text: str = ""
    rule: str = ""
    versions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """A decision, a bug or a task. `why` is the reason of a decision and the cause of a bug; `fix` and `rule` are what
    mends a bug and what finds it; `source` is the line of a document in which it was read."""

    fact: str
    kind: str
    key: str
    title: str
    at: str
    author: str
    why: str = ""
    fix: str = ""
    rule: str = ""
    source: str = ""
    about: tuple[Subject, ...] = field(default=())
    end: End | None = None

    @property
    def remedy(self) -> str:
        """What mends it: what was said last."""
        return (self.end.text if self.end else "") or self.fix

    @property
    def guard(self) -> str:
        """The rule that finds it: what was said last."""
        return (self.end.rule if self.end else "") or self.rule

    @property
    def told(self) -> str:
        """Everything that it says, as it is searched."""
        return " ".join(filter(None, (self.title, self.why, self.fix, self.end.text if self.end else "")))

    def as_dict(self) -> dict[str, Any]:
        """The item as JSON-ready values; `done` says who ended it, and is null while it is open."""
        over = {"fact": self.end.fact, "at": self.end.at, "author": self.end.author} if self.end else None
        return {
            "fact": self.fact, "kind": self.kind, "title": self.title, "why": self.why, "fix": self.remedy,
            "rule": self.guard or None, "about": [one.as_dict() for one in self.about], "author": self.author,
            "at": self.at, "source": self.source or None, "done": over,
        }  # fmt: skip


def items(store: Store, kinds: Collection[str] = REMEMBERED) -> list[Item]:
    """What of these kinds stands, the oldest first; what was redacted is left out."""
    listed = ", ".join(f"'{kind}'" for kind in (*kinds, *(ENDS[kind] for kind in kinds if kind in ENDS)))
    rows = store.database.rows(
        f"SELECT id, kind, subject_id, at, body FROM receipt WHERE kind IN ({listed}) AND {STANDING} ORDER BY at, id"
    )
    said = [(id, kind, subject, at, json.loads(body)) for id, kind, subject, at, body in rows]
    ends = {subject: _end(id, at, body) for id, kind, subject, at, body in said if kind in ENDS.values()}
    names = _names(store, [one["artifact"] for *_, body in said for one in body.get("about", ())])
    return [
        replace(_item(id, kind, subject, at, body, names), end=ends.get(id))
        for id, kind, subject, at, body in said
        if kind in kinds and body.get("title")
    ]


def concerning(store: Store, artifacts: Collection[str]) -> Mapping[str, list[str]]:
    """Artifact → the facts of the items that are about it, the oldest first; whether they stand is not asked."""
    found: dict[str, list[str]] = defaultdict(list)
    sql = "SELECT subject_id, body FROM receipt WHERE kind = ? AND subject_id IN ({}) ORDER BY at, id"
    for artifact, body in store.select(sql, artifacts, [CONCERNS]):
        if item := json.loads(body).get("item"):
            found[artifact].append(item)
    return found


def title_of(store: Store, fact: str) -> str | None:
    """What an item says, or what the item says that this fact ends; None where this is no such fact."""
    row = store.database.one("SELECT kind, subject_id, body FROM receipt WHERE id = ?", [fact])
    if row and row[0] in ENDS.values():
        return title_of(store, row[1])
    return str(json.loads(row[2]).get("title", "")) if row and row[0] in REMEMBERED else None


def open_bugs(found: Sequence[Item], artifact: str, version: str | None) -> list[Item]:
    """Of these items the bugs that an artifact has: not mended, or mended in other versions than the one it is."""
    return [
        one for one in found
        if one.kind == BUG and any(
            about.artifact == artifact and (one.end is None or _has_still(one.end, about, version))
            for about in one.about
        )
    ]  # fmt: skip


def known_bugs(store: Store, artifact: str, version: str | None) -> list[Item]:
    """The bugs that an artifact has as far as is known, the oldest first."""
    return open_bugs(items(store, [BUG]), artifact, version)


def _has_still(end: End, about: Subject, version: str | None) -> bool:
    return version in about.versions and version not in end.versions


def _end(id: str, at: str, body: Mapping[str, Any]) -> End:
    return End(
        id, at, body.get("author", ""), body.get("text", ""), body.get("rule", ""), tuple(body.get("versions", ()))
    )


def _item(id: str, kind: str, key: str, at: str, body: Mapping[str, Any], names: Mapping[str, str]) -> Item:
    about = tuple(
        Subject(one["artifact"], names.get(one["artifact"], one["name"]), tuple(one.get("versions", ())))
        for one in body.get("about", ())
    )
    said = {name: body.get(name, "") for name in ("why", "fix", "rule", "source")}
    return Item(id, kind, key, body["title"], at, body.get("author", ""), **said, about=about)


def _names(store: Store, artifacts: Collection[str]) -> dict[str, str]:
    """What these artifacts are called here."""
    sql = f"""SELECT a.id, {NAMED} FROM artifact a LEFT JOIN location l ON l.artifact_id = a.id AND l.workspace = ?
              WHERE a.id IN ({{}})"""
    return dict(store.select(sql, artifacts, [store.workspace]))
