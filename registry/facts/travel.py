"""What of the facts that were just appended travels, and what stays with this copy.

What git cannot tell travels: statements, runs, and what was seen of data, checkpoints and evaluations that git does not
track; with whatever else these refer to, so that it can be judged where nothing of it lies. What a scan of the same
commit finds again stays, and so does what tells a folder of this machine. A run travels whole or not at all: one that
came without an input would look cleaner than it is.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..hashing import DOUBTFUL, EMPTY
from ..kinds import CHECKPOINT, DATASET, family_of
from ..ledger.transaction import TABLES
from .opened import Opened
from .receipts import FIRST_COMMIT, KIND, OUTLINE, OUTPUT, RENAMED

if TYPE_CHECKING:
    from ..disclosure import Secrets

Row = dict[str, Any]
Rows = Mapping[str, Mapping[str, Row]]  # table → id → row
SAID = (
    *("declaration", "attestation", "retraction", "waiver", "run", "run_input", "run_output", "run_end", "receipt"),
    "binding",
)
OF_A_NAME = (KIND, RENAMED)  # receipts that go with the artifact that they are about
STAYING = (FIRST_COMMIT, OUTPUT, OUTLINE, *OF_A_NAME)  # receipts that go only with what they are about, or not at all
SEEN = ("sighting", "examination", "finding", "alias")  # what is on record about a version, by its column version_id
ABOUT = {  # where a statement names what it is about: a version, or an artifact
    "declaration": ("subject_id", "scope"), "attestation": ("version_id", "base_id"), "waiver": ("version_id",),
    "run": ("script_id",), "run_input": ("version_id",), "run_output": ("version_id", "maker_id"),
    "receipt": ("subject_id",), "binding": ("version_id",),
}  # fmt: skip
NAMES = frozenset(("name", "path", "script_path", "replaced_by", "scope", "file"))  # columns in which nothing is masked
KEPT_BACK = {"run": ("diff",), "finding": ("excerpt", "message"), "examination": ("ignored", "unchecked")}
MAY_BE_KEPT = frozenset(column for columns in KEPT_BACK.values() for column in columns)
OF_A_RUN = ("run_input", "run_output", "run_end")
MARK = "travelled:"  # a setting for each version, artifact and run that has gone out, with all that is known of it


class Selection:
    """Chooses among facts that are in the database by now; `fresh` are those that were not there before."""

    def __init__(self, store: Opened, fresh: Rows) -> None:
        self.store = store
        self.fresh = fresh
        self.rows: dict[str, dict[str, Row]] = defaultdict(dict)
        self.marks: set[str] = set()
        self.withheld: set[str] = set()

    def choose(self) -> Mapping[str, list[Row]]:
        """The rows that travel, by table. `marks` then names what goes out for the first time, `withheld` the rows
        that are not whole."""
        self._statements()
        versions, artifacts = self._referred()
        own = self._untracked({row["version_id"] for table in SEEN for row in self.fresh.get(table, {}).values()})
        self._artifacts(artifacts)
        gone = self._marked(versions | own)
        self._whole((versions | own) - gone)
        self._more(own & gone)
        self._kinds()
        return self._outgoing()

    def _outgoing(self) -> Mapping[str, list[Row]]:
        return {table: [self.outgoing(table, row) for row in self.rows[table].values()]
                for table in TABLES if self.rows.get(table)}  # fmt: skip

    def of_git(self, versions: Collection[str]) -> Mapping[str, list[Row]]:
        """All that is on record of those of these versions of which git tells: for who has nothing of this git."""
        self._whole(set(versions) - self._untracked(versions))
        self._kinds()
        return self._outgoing()

    def outgoing(self, table: str, row: Row) -> Row:
        """A row without what is kept back of it: what a project withholds, and excerpts that tell a folder."""
        kept = {column for column in KEPT_BACK.get(table, ()) if column in row and self._is_kept(column, row[column])}
        if not kept:
            return row
        self.withheld.add(row["id"])
        return {column: value for column, value in row.items() if column not in kept}

    def _is_kept(self, column: str, text: str) -> bool:
        told = f"{column}s" in self.store.project.settings.withhold
        return told or (column != "diff" and self._places.search(text) is not None)

    def _statements(self) -> None:
        """What was said and done, without what tells folders of this machine, or runs of which any part does."""
        refused = {
            row["id"] if table == "run" else row["run_id"]
            for table in ("run", *OF_A_RUN)
            for row in self.fresh.get(table, {}).values()
            if self._is_private(row)
        }
        begun = {row["run_id"] for table in OF_A_RUN for row in self.fresh.get(table, {}).values()}
        begun -= self.fresh.get("run", {}).keys()
        refused |= begun - self._marked(begun)
        for table in SAID:
            for id, row in self.fresh.get(table, {}).items():
                of_run = id if table == "run" else row.get("run_id") or row.get("subject_id")
                if self.is_for_travel(table, row) and of_run not in refused and not self._is_private(row):
                    self.rows[table][id] = row
        self.marks |= self.rows["run"].keys()
        self._take("mention", "subject_id", self.rows["run"].keys() | self._marked(
            row["subject_id"] for row in self.fresh.get("mention", {}).values()))  # fmt: skip
        cited = {row["reference_id"] for table in ("binding", "mention") for row in self.rows[table].values()}
        self._take("reference", "id", cited)

    def is_for_travel(self, table: str, row: Row) -> bool:
        """Whether a statement is of a sort that travels by itself."""
        return table != "receipt" or row["kind"] not in STAYING

    def _referred(self) -> tuple[set[str], set[str]]:
        """The versions and the artifacts that the statements are about."""
        named = {row.get(column) for table, columns in ABOUT.items() for row in self.rows[table].values()
                 for column in columns}  # fmt: skip
        taken_back = {row["fact_id"] for row in self.rows["retraction"].values()}
        named |= {id for table in ("finding", "examination") for (id,) in self.store.select(
            f"SELECT version_id FROM {table} WHERE id IN ({{}})", taken_back)}  # fmt: skip
        ids = {one for one in named if one}
        instead = {row["replaced_by"] for row in self.rows["declaration"].values() if row.get("replaced_by")}
        artifacts = self._ids("artifact", "id", ids) | self._ids("artifact", "name", instead)
        return self._ids("version", "id", ids) | self._present(artifacts), artifacts

    def _present(self, artifacts: Collection[str]) -> set[str]:
        """What artifacts are now, by which somebody who knows them under another name tells them."""
        sql = "SELECT s.artifact_id, s.version_id FROM sighting s WHERE s.artifact_id IN ({}) ORDER BY s.at, s.id"
        return set(dict(self.store.select(sql, artifacts)).values()) - {EMPTY}

    def _ids(self, table: str, column: str, values: Iterable[str]) -> set[str]:
        return {id for (id,) in self.store.select(f"SELECT id FROM {table} WHERE {column} IN ({{}})", values)}

    def _untracked(self, versions: Collection[str]) -> set[str]:
        """Those of these versions that are data or models and that git has never had."""
        seen: dict[str, set[tuple[str, str]]] = defaultdict(set)
        sql = """SELECT DISTINCT s.version_id, a.kind, s.source FROM sighting s JOIN artifact a ON a.id = s.artifact_id
                 WHERE s.version_id IN ({})"""
        for version, kind, source in self.store.select(sql, versions):
            seen[version].add((family_of(kind), source))
        return {
            version
            for version, found in seen.items()
            if any(family in (DATASET, CHECKPOINT) for family, _ in found)
            and not any(source.startswith("git") and source != "git-dirty" for _, source in found)
        }

    def _whole(self, versions: set[str]) -> None:
        """Everything on record about these versions, and about the modules that a script of them may import."""
        waiting = set(versions)
        while waiting:
            self.marks |= waiting
            self._take("version", "id", waiting)
            self._take("manifest_entry", "version_id", waiting)
            for table in SEEN:
                self._take(table, "version_id", waiting)
            self._take("receipt", "subject_id", waiting, f"kind = '{OUTLINE}'")
            self._mentions(waiting)
            may_need = {row["digest"] for row in self.rows["manifest_entry"].values()
                        if row["version_id"] in waiting and row["path"].startswith(DOUBTFUL)}  # fmt: skip
            modules = self._ids("version", "content", may_need) - self.marks
            waiting = modules - self._marked(modules)
        self._artifacts({row["artifact_id"] for row in self.rows["sighting"].values()})
        known = self.rows["artifact"].keys() | self._marked(
            row["artifact_id"] for row in self.rows["sighting"].values()
        )
        for id in [id for id, row in self.rows["sighting"].items() if row["artifact_id"] not in known]:
            del self.rows["sighting"][id]

    def _more(self, versions: set[str]) -> None:
        """What is new about versions that have travelled; that one was seen where it was seen before is nothing new."""
        for table in (*SEEN, "manifest_entry"):
            for id, row in self.fresh.get(table, {}).items():
                if row["version_id"] in versions and not (table == "sighting" and self._seen_before(row)):
                    self.rows[table].setdefault(id, row)
        for id, row in self.fresh.get("receipt", {}).items():
            if row["subject_id"] in versions and row["kind"] == OUTLINE:
                self.rows["receipt"].setdefault(id, row)
        self._artifacts({row["artifact_id"] for row in self.rows["sighting"].values()})

    def _seen_before(self, row: Row) -> bool:
        sql = """SELECT version_id FROM sighting WHERE artifact_id = ? AND path = ? AND id <> ?
                 ORDER BY at DESC, id LIMIT 1"""
        last = self.store.database.one(sql, [row["artifact_id"], row["path"], row["id"]])
        return self._is_private(row) or (last is not None and last[0] == row["version_id"])

    def _artifacts(self, ids: Collection[str]) -> None:
        """Names of things, unless they tell a folder of this machine."""
        new = set(ids) - self.marks
        new -= self._marked(new)
        self._take("artifact", "id", new)
        self.marks |= self.rows["artifact"].keys()

    def _kinds(self) -> None:
        """Of which kind a thing is and where it was moved: with it, and when it is said of one that has gone out."""
        kinds = ", ".join(f"'{kind}'" for kind in OF_A_NAME)
        self._take("receipt", "subject_id", self.rows["artifact"].keys(), f"kind IN ({kinds})")
        said = {id: row for id, row in self.fresh.get("receipt", {}).items() if row["kind"] in OF_A_NAME}
        gone = self._marked(row["subject_id"] for row in said.values())
        self.rows["receipt"].update({id: row for id, row in said.items() if row["subject_id"] in gone})

    def _mentions(self, versions: Collection[str]) -> None:
        self._take("mention", "subject_id", versions)
        self._take("reference", "id", {row["reference_id"] for row in self.rows["mention"].values()})

    def _take(self, table: str, column: str, values: Iterable[str], more: str = "1 = 1") -> None:
        """Take rows of a table in."""
        columns = ("id", *(one for one in TABLES[table] if one != "id"))
        listed = ", ".join(f'"{one}"' for one in columns)
        for found in self.store.select(f"SELECT {listed} FROM {table} WHERE {more} AND {column} IN ({{}})", values):
            row = {name: value for name, value in zip(columns, found, strict=True) if value is not None}
            if not self._is_private(row):
                self.rows[table].setdefault(row["id"], row)

    def _marked(self, ids: Iterable[str]) -> set[str]:
        """Those of these that have travelled."""
        return set(self.store.shared_below(MARK, ids))

    @cached_property
    def _places(self) -> re.Pattern[str]:
        """The folders that only this machine has: the project's, home, and that for what is temporary."""
        import tempfile  # whoever only reads needs none of it

        home = os.path.expanduser("~")  # noqa: PTH111 (may fail)
        bases = {str(self.store.project.root), home, os.path.realpath(home), tempfile.gettempdir()} - {"/", "~"}
        return re.compile(r"(?<![\w.~-])(?:" + "|".join(map(re.escape, sorted(bases))) + r")(?![\w.-])")

    @cached_property
    def _secrets(self) -> Secrets:
        from ..disclosure import Secrets  # whoever only reads needs none of its patterns

        return Secrets.here()

    def _is_private(self, row: Row) -> bool:
        """Whether a row tells a folder of this machine, or a name in it a secret; what is withheld anyway does not
        count."""
        texts = {name: value for name, value in row.items() if isinstance(value, str) and name not in MAY_BE_KEPT}
        if any(self._places.search(text) for text in texts.values() if "/" in text):
            return True
        return any(self._secrets.masked(text) != text for name, text in texts.items() if name in NAMES)
