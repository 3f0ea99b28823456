"""Whose word a statement is: who signed it, whether that is the author it names, and what follows where a project asks.

A project that asks for signatures (`require-signatures`) takes no unsigned word for anything that would make a thing
cleaner: an origin, a maker, an exception, or that what stood against it was taken back. What speaks against a thing
counts as ever, for doubt needs no proof. So an unsigned statement is nobody's proven word, and leaves things
unverified at most; it never hides that something stands.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ..hashing import digest_bytes
from ..ledger.transaction import SPOKEN
from ..lineage.purpose import ASSERTED
from ..lineage.status import Stand, Status
from ..project import FOLDER
from .opened import by_table
from .receipts import SAID
from .signed import signatures_of
from .store import Store

if TYPE_CHECKING:
    from ..ledger.signatures import Signer, Signers

PROOF = "proof:"  # a setting of no working copy: who signed a link, by the list of signers, the signatures and the link
ASKED = "this project asks for signatures"
LACKS = "signature"
_SPOKEN = tuple(f"{table}:" for table in (*SPOKEN, "receipt"))
AGAINST = (Status.CONTAMINATED.value, Status.DEPRECATED.value, Status.UNVERIFIED.value)


@dataclass(frozen=True)
class Word:
    """Who signed the words of a fact, in whose name they are."""

    author: str
    signer: Signer

    @property
    def proven(self) -> bool:
        """Whether they are proven to be the author's."""
        return self.signer.speaks_for(self.author)

    @property
    def strength(self) -> tuple[bool, bool]:
        """Of several signatures of a fact, the one that proves most is shown."""
        return self.proven, bool(self.signer.identity)

    def text(self) -> str:
        """For people."""
        if self.proven:
            return f"signed by {self.signer.identity}"
        if self.signer.identity:
            return f"signed by {self.signer.identity}, in the name of another"
        return f"signed, and not proven: {self.signer.why}"


@dataclass(frozen=True)
class SignedLink:
    """A link that somebody signed: its writer, number, digest, who signed it, and the `table:id` of what was said."""

    writer: str
    seq: int
    chain: str
    signer: Signer
    facts: tuple[str, ...] = field(repr=False)


def signers_of(store: Store) -> Signers:
    """Whose signatures count in the project of a store."""
    from ..ledger.signatures import FILE, Signers

    return Signers(store.project.root / FOLDER / FILE)


def signed_links(store: Store) -> list[SignedLink]:
    """Every link that carries a signature, by writer and number; who signed it is worked out once."""
    signatures = signatures_of(store)
    if not signatures:
        return []
    from ..ledger.signatures import Signer

    sql = "SELECT writer, seq, at, chain, facts FROM ledger WHERE chain IN ({})"
    rows = sorted(store.select(sql, signatures))
    said = {row[3]: [name for name in json.loads(row[4]) if name.startswith(_SPOKEN)] for row in rows}
    authors = _authors(store, {name for names in said.values() for name in names})
    found: list[SignedLink] = []
    fresh: dict[str, str] = {}
    known = store.shared_below(PROOF)
    signers = signers_of(store)
    for writer, seq, at, chain, _ in rows:
        names = said[chain]
        by = sorted({authors[name] for name in names if name in authors})
        asked = digest_bytes(f"{signers.digest} {chain} {signatures[chain]} {by}".encode()).rpartition(":")[2]
        if asked not in known:
            who = signers.of(chain, signatures[chain], at, by)
            fresh[PROOF + asked] = known[asked] = json.dumps([who.identity, who.why])
        found.append(SignedLink(writer, seq, chain, Signer(*json.loads(known[asked])), tuple(names)))
    if fresh and not store.database.readonly:
        with store.database.writing():
            store.remember(fresh)
    return found


def words(store: Store) -> Mapping[str, Word]:
    """Fact → who signed it, of what people said and did in links that somebody signed; worked out once for a record."""
    state = (store.generation(), signers_of(store).digest, len(signatures_of(store)))
    if store not in _WORDS or _WORDS[store][0] != state:
        _WORDS[store] = state, _words(store)
    return _WORDS[store][1]


_WORDS: WeakKeyDictionary[Store, tuple[tuple[str, str, int], Mapping[str, Word]]] = WeakKeyDictionary()


def _words(store: Store) -> Mapping[str, Word]:
    links = signed_links(store)
    authors = _authors(store, {name for one in links for name in one.facts})
    found: dict[str, Word] = {}
    for one in links:
        for name in one.facts:
            id, word = name.partition(":")[2], Word(authors.get(name, ""), one.signer)
            if id not in found or word.strength > found[id].strength:
                found[id] = word
    return found


def _authors(store: Store, names: Collection[str]) -> dict[str, str]:
    """`table:id` → in whose name a fact is."""
    said = by_table(names)
    found: dict[str, str] = {}
    for table, ids in said.items():
        if table in SPOKEN:
            for id, author in store.select(f"SELECT id, author FROM {table} WHERE id IN ({{}})", ids):
                found[f"{table}:{id}"] = author or ""
    kinds = ", ".join(f"'{kind}'" for kind in SAID)
    words = store.select(f"SELECT id, body FROM receipt WHERE kind IN ({kinds}) AND id IN ({{}})", said["receipt"])
    return found | {f"receipt:{id}": json.loads(body).get("author", "") for id, body in words}


class Demand:
    """What a project that asks for signatures makes of words without: of one that does not ask, nothing."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.is_made = store.project.settings.require_signatures
        self._words = words(store) if self.is_made else {}

    @property
    def ruleset(self) -> str:
        """What standings are cached under beside the rulesets: they depend on whose signatures count."""
        return f"+signed:{signers_of(self.store).digest}" if self.is_made else ""

    def counts(self, fact: str) -> bool:
        """Whether somebody's word counts."""
        return not self.is_made or (fact in self._words and self._words[fact].proven)

    def stands(self, versions: Collection[str] | None) -> Iterator[tuple[str, Stand]]:
        """(version, what stands against it): words for its origin, and takings-back, that do not count."""
        if not self.is_made:
            return
        for version, id, author in self._rows(
            "SELECT a.version_id, a.id, a.author FROM standing_attestation a", "a.version_id", versions
        ):
            if not self.counts(id):
                yield version, _stand(f"{author} vouches for its origin and did not sign it", id)
        for sql, column in _TAKEN_BACK:
            for version, retraction, author, what in self._rows(sql, column, versions):
                if not self.counts(retraction):
                    yield version, _stand(f"{author} took back “{what}” and did not sign it", retraction)

    def defects(self, runs: Collection[str] | None) -> Iterator[tuple[str, str]]:
        """(run, why it proves nothing): it is somebody's word, or a read of it was taken back, and nobody signed."""
        if not self.is_made:
            return
        for run, author in self._rows(f"SELECT r.id, r.author FROM run r WHERE r.purpose = '{ASSERTED}'", "r.id", runs):
            if not self.counts(run):
                yield run, f"it rests on the word of {author}, who did not sign it; {ASKED}"
        sql = """SELECT i.run_id, r.id, r.author, i.path FROM retraction r JOIN run_input i ON i.id = r.fact_id"""
        for run, retraction, author, path in self._rows(sql, "i.run_id", runs):
            if not self.counts(retraction):
                yield run, f"{author} took back that it read {path}, and did not sign it; {ASKED}"

    def _rows(self, sql: str, column: str, ids: Collection[str] | None) -> Sequence[tuple[Any, ...]]:
        if ids is None:
            return self.store.database.rows(sql)
        return self.store.select(f"{sql} {'AND' if ' WHERE ' in sql else 'WHERE'} {column} IN ({{}})", ids)


_LISTED = ", ".join(f"'{status}'" for status in AGAINST)
_TAKEN_BACK = (
    ("""SELECT f.version_id, r.id, r.author, f.message FROM retraction r JOIN finding f ON f.id = r.fact_id
        WHERE f.severity = 'contaminates'""", "f.version_id"),
    (f"""SELECT d.subject_id, r.id, r.author, d.reason FROM retraction r JOIN declaration d ON d.id = r.fact_id
         JOIN version v ON v.id = d.subject_id WHERE d.status IN ({_LISTED})""", "d.subject_id"),
    (f"""SELECT DISTINCT s.version_id, r.id, r.author, d.reason FROM retraction r JOIN declaration d ON d.id = r.fact_id
         JOIN sighting s ON s.artifact_id = d.subject_id WHERE d.status IN ({_LISTED})""", "s.version_id"),
)  # fmt: skip


def _stand(message: str, fact: str) -> Stand:
    return Stand(Status.UNVERIFIED, f"{message}; {ASKED}", fact, lacks=LACKS)
