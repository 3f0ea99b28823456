"""Links of this copy's chains: one chain of what stays here, and one of what travels, complete by itself.

What travels is written as a segment before the database knows of it, so that a copy that dies in between loses
nothing: whoever opens next takes it in. Where the newest link of the chain that travels is in no segment here any more,
since another branch has it, a new chain is begun: what is committed on this branch then verifies without the other one.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import RegistryError
from ..hashing import canonical_json, chain_digest, digest_bytes, fact_id
from ..ledger.transaction import TRAVELLING, Transaction, genesis
from ..project import DATABASE, FOLDER
from . import writer
from .opened import PROJECT, Opened
from .signed import keep, signed
from .travel import MARK, Selection

GENESIS = "0" * 64
ROUTE = "ledger-route"  # a setting: the chain of this copy that travels, its newest link, and the segment with that
CLOCK = "ledger-clock:"  # settings of no working copy: the newest time of what a writer sent, and of what anyone did
LISTING = "ledger-listing"  # a setting: the segments that lay here when this copy last took in what it did not know
SEGMENT = "segment:"  # a setting of no working copy for each segment: empty, or what is wrong with it
ADOPTED = "ledger-adopted"  # a setting of no working copy: how many older facts could not be taken into the ledger
AHEAD = timedelta(days=1)  # a clock of another copy that is further ahead orders nothing here
FRESH_ID = 16  # bytes


def iso(moment: datetime) -> str:
    """A moment as sortable UTC text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Links:
    """Appends to the chains of one store."""

    def __init__(self, store: Opened) -> None:
        self.store = store
        self.folder = store.folder
        self.heads_now: dict[str, tuple[int, str]] = {}
        self.unsigned = ""  # why what was just recorded is not signed, though a key is set
        self.lying: list[str] = []  # the segments that were here when this store looked last

    @cached_property
    def writer(self) -> str:
        """Names the chain of what this working copy keeps to itself."""
        return writer.own(self.store.project)

    @property
    def writers(self) -> tuple[str, ...]:
        """Names every such chain of this working copy, and of the one that it was copied from."""
        return writer.known(self.store.project)

    @property
    def has_folder(self) -> bool:
        """Whether this copy keeps segments: one without `.assay/` has them as rows only."""
        return os.access(self.folder.path.parent, os.W_OK)

    def append(self, fresh: Mapping[str, Mapping[str, dict[str, Any]]], keys: Mapping[str, str], at: str) -> str | None:
        """Chain facts that were just put into the database, inside its transaction; `keys` are their names by id.

        Returns the name of the segment that was written for those that travel, if any.
        """
        selection = Selection(self.store, fresh)
        facts = selection.choose()
        gone = {row["id"] for rows in facts.values() for row in rows}
        if stay := sorted(key for id, key in keys.items() if id not in gone):
            self._stay(stay, at)
        return self.send(facts, frozenset(selection.withheld), selection.marks, at) if facts else None

    def _stay(self, keys: Sequence[str], at: str) -> None:
        last = self.store.database.one(
            "SELECT seq, chain FROM ledger WHERE writer = ? ORDER BY seq DESC LIMIT 1", [self.writer]
        )
        seq, previous = (last[0] + 1, last[1]) if last else (1, GENESIS)
        facts = canonical_json(keys).decode()
        chain = chain_digest(self.writer, seq, at, previous, facts)
        self._insert((self.writer, seq, at, previous, facts, chain))

    def send(
        self, facts: Mapping[str, Sequence[dict[str, Any]]], withheld: frozenset[str], marks: Iterable[str], at: str
    ) -> str:
        """Append a transaction to the chain that travels: its segment first, then the database."""
        name, seq, previous = self._route()
        one = Transaction.of(name, seq + 1, at, previous, self.project, facts, withheld)
        one, self.unsigned = signed(self.store.project, one)
        segment = self.folder.write([one]) if self.has_folder else ""
        try:
            self.record(one, name)
            self.tick({"": at, self.writer: at})
            self.follow(name, one.seq, one.chain, segment)
            if segment:
                self.lying = sorted({*self.lying, segment})
                self.know({segment: ""})
            self.mark(marks)
        except Exception:
            self.unlink(segment)
            raise
        return segment

    def follow(self, name: str, seq: int, chain: str, segment: str) -> None:
        """Note the newest link of the chain of this copy that travels, and which segment has it."""
        self.store.remember({ROUTE: json.dumps([name, seq, chain, segment])}, self.store.workspace)

    def noted(self) -> tuple[str, int, str, str] | None:
        """The chain of this copy that travels, its newest link's number and digest, and the segment that has it."""
        name, seq, chain, segment = json.loads(self.store.setting(ROUTE) or "null") or ("", 0, "", "")
        return (name, seq, chain, segment) if name else None

    def moved_to(self, segment: str, before: str = "") -> None:
        """Note that what was in this segment, or in any, is in that one now."""
        noted = self.noted()
        if noted and noted[3] and (not before or noted[3] == before):
            self.follow(*noted[:3], segment)
        self.know({segment: ""})

    def know(self, segments: Mapping[str, str]) -> None:
        """Note what became of these segments, and that those which this store saw here are no news: one that came
        since then is."""
        self.store.remember({SEGMENT + name: what for name, what in segments.items()})
        self.store.remember({LISTING: _digest(self.lying)}, self.store.workspace)

    def record(self, one: Transaction, called: str) -> None:
        """Put the link of a transaction into the database; `called`: its writer, or the name of a chain beside that."""
        self._insert((called, one.seq, one.at, one.previous, one.keys, one.chain))
        keep(self.store, [one])

    def tick(self, newest: Mapping[str, str]) -> None:
        """Note the newest time of what travelled: of each of these writers, and under "" of all."""
        known = self.store.shared_below(CLOCK, newest)
        self.store.remember({CLOCK + name: at for name, at in newest.items() if known.get(name, "") < at})

    def _insert(self, row: tuple[str, int, str, str, str, str]) -> None:
        sql = "INSERT INTO ledger (writer, seq, at, previous, facts, chain) VALUES (?, ?, ?, ?, ?, ?)"
        self.store.database.rows(sql, row)  # a second link of one number is refused: its facts would be in no chain
        self.heads_now[row[0]] = max(self.heads_now.get(row[0], (0, "")), (row[1], row[5]))

    def _route(self) -> tuple[str, int, str]:
        """The chain that travels: its name, and number and digest of its newest link."""
        base = self.writer if TRAVELLING.fullmatch(f"{self.writer}-1") else self._nameless
        noted = self.noted()
        start = genesis(self.project)
        if noted is None or noted[0].rpartition("-")[0] != base:
            return f"{base}-{self._unused(base)}", 0, start
        name, seq, chain, segment = noted
        if segment and not (self.folder.path / segment).exists():
            return f"{base}-{self._unused(base)}", 0, start
        return name, seq, chain

    def _unused(self, base: str) -> int:
        """A number that no chain of this copy on record has."""
        rows = self.store.database.rows(
            "SELECT DISTINCT writer FROM ledger WHERE SUBSTR(writer, 1, 33) = ?", [f"{base}-"]
        )
        return max((int(name.partition("~")[0].rpartition("-")[2]) for (name,) in rows), default=0) + 1

    @cached_property
    def _nameless(self) -> str:
        """An id for a copy that can keep none: each process is a writer of its own."""
        return os.urandom(FRESH_ID).hex()

    @cached_property
    def project(self) -> str:
        """The project whose facts these are: that of what came in first, else that of the first commit, else new."""
        if (known := self.store.shared(PROJECT)) is None:
            known = self.store.project.origin or os.urandom(FRESH_ID).hex()
            self.store.remember({PROJECT: known})
        return known

    def adopt(self, project: str) -> bool:
        """Whether facts of this project belong here; the first that come say which project this is."""
        if self.store.shared(PROJECT) is None:
            self.store.remember({PROJECT: project})
            self.__dict__.pop("project", None)
        return self.project == project

    def mark(self, ids: Iterable[str]) -> None:
        """Note that these versions, artifacts and runs have travelled with all that is on record about them."""
        self.store.remember({MARK + id: "" for id in sorted(ids)})

    def moment(self, now: str) -> str:
        """Now, but always after what is on record here: a clock that went back, or is behind, re-orders nothing."""
        writers = self.writers
        last = "SELECT at FROM ledger WHERE writer = ? AND seq = (SELECT MAX(seq) FROM ledger WHERE writer = ?)"
        names = [name for one in writers for name in (one, one)]
        rows = self.store.database.rows(" UNION ALL ".join([last] * len(writers)), names)
        clocks = self.store.shared_below(CLOCK, {"", *writers})
        is_near = clocks.get("", "") < iso(datetime.fromisoformat(now) + AHEAD)
        times = [at for (at,) in rows] + [at for name, at in clocks.items() if name or is_near]
        newest = max(times, default="")
        return now if newest < now else iso(datetime.fromisoformat(newest) + timedelta(microseconds=1))

    @property
    def head_file(self) -> Path:
        """Where the newest links are noted outside the database, so that a cut-off tail is noticed."""
        folder, url = self.store.project.root / FOLDER, self.store.project.url
        if url in (str(folder / DATABASE), f"sqlite:///{folder / DATABASE}"):
            return folder / "chain-head"
        return folder / f"chain-head-{fact_id(url.rpartition('@')[2])[:8]}"  # of another database, without the password

    def heads(self) -> dict[str, tuple[int, str]]:
        """Writer → (seq, chain) of the newest links as they were noted; lines that say nothing are left out."""
        found: dict[str, tuple[int, str]] = {}
        with contextlib.suppress(OSError):
            for line in self.head_file.read_text("utf-8", errors="replace").splitlines():
                name, _, rest = line.rpartition(" ")[0].rpartition(" ")
                if name and rest.isdecimal():
                    found[name] = (int(rest), line.rpartition(" ")[2])
        return found

    def note_heads(self) -> None:
        """Note the newest link of each chain that grew, unless an older note is of a link that is not there:
        `assay verify` must find that."""
        grown, self.heads_now = self.heads_now, {}
        if not grown or not self.head_file.parent.is_dir():
            return
        heads = self.heads()
        for name, newest in grown.items():
            noted = heads.get(name)
            if noted:
                sql = "SELECT chain FROM ledger WHERE writer = ? AND seq = ?"
                row = self.store.database.one(sql, [name, noted[0]])
                if row is None or row[0] != noted[1]:
                    continue
            heads[name] = max(noted or (0, ""), newest)
        self._write_heads(heads)

    def begin_anew(self) -> int:
        """Put aside the notes of chains that travel nowhere, of a database that is no more; returns how many links
        they had. What was in those chains only, no segment can give back, and a scan finds most of it again."""
        heads = self.heads()
        local = {name: seq for name, (seq, _) in heads.items() if not TRAVELLING.fullmatch(name)}
        if local:
            self._write_heads({name: newest for name, newest in heads.items() if name not in local})
        return sum(local.values())

    def _write_heads(self, heads: Mapping[str, tuple[int, str]]) -> None:
        with contextlib.suppress(OSError):
            temporary = self.head_file.with_name(f"chain-head.{os.getpid()}")
            temporary.write_text("".join(f"{name} {seq} {chain}\n" for name, (seq, chain) in heads.items()))
            temporary.replace(self.head_file)

    def has_news(self) -> bool:
        """Whether other segments lie here than when this copy took some in last: one listing, compared by digest."""
        self.lying = self.folder.listing()
        return _digest(self.lying) != (self.store.setting(LISTING) or _digest([]))

    def unlink(self, segment: str) -> None:
        """Take back a segment whose transaction the database refused; one that died in between is taken in later."""
        if segment and not self.store.database.is_lost:
            with contextlib.suppress(OSError, RegistryError):
                self.folder.remove([segment])


def _digest(names: Sequence[str]) -> str:
    return digest_bytes("".join(names).encode())
