"""Make a bundle: what a machine without this git needs to go on, in one archive, with the facts about it.

Scripts come with every module that they import, settings and documents as they are; data and models where they are
named. The gate is asked about each, and what is packed is what it passed: every file is hashed as it is sealed, and
compared with the version that the gate spoke of. Refuses what is not clean, and what has a secret in it, unless that is
allowed, and then says so.

The facts are all that travel, and never a choice of them: without the retraction, the contamination or the refusal
that was left out, a thing would look better than it is, and a chain with holes verifies nowhere.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from ..disclosure import Secrets
from ..errors import Refused, UsageError
from ..facts import outgoing
from ..facts.chosen import chosen
from ..facts.links import SEGMENT
from ..facts.query import artifacts
from ..facts.reading.events import outputs_of
from ..facts.store import Store
from ..gate.gate import Gate
from ..gate.verdict import GateRefusal, InputVerdict, SwappedInput, Verdict
from ..hashing import Digest, Entry, digest_manifest
from ..kinds import DATASET, SCRIPT, SETTINGS, family_of
from ..lineage.purpose import Purpose
from ..observe.dataset.formats import locate
from ..observe.gitlog import tracked_paths
from ..observe.identity import of_script
from ..observe.script.imports import ImportGraph
from ..observe.walk import Found
from ..recording.ledger import held, in_order, unwritten
from ..recording.locate import Located, locate_below
from .archive import Member, Writer, suffix_of
from .contents import BUFFER, FILES, LEDGER, MANIFEST, SIGNERS, Contents, Sealed, Thing, same, wrong_path
from .private import Private, secret_in, secret_in_rows

CODE = (SCRIPT, SETTINGS)
DOCUMENTS = (".md", ".rst")
Look = Callable[[Secrets, Path, str], Private | None]
Judged = tuple[InputVerdict, Located]
LICENCES = ("licence", "license", "copying", "notice", "citation.cff")


@dataclass(frozen=True)
class Asked:
    """What is to be packed: these scripts and settings (else all that are clean), and with them these things."""

    names: Sequence[str] = ()
    things: Sequence[str] = ()
    outputs: bool = False
    purpose: Purpose = field(default_factory=lambda: Purpose("train"))
    allow: bool = False


@dataclass(frozen=True)
class Made:
    """A bundle that was made, and what nobody asked for by name and was left out of it: since it is not clean
    (`left_out`), or a secret stands in it (`withheld`). `secrets` says where, also of what was packed all the same.
    """

    path: Path
    contents: Contents
    facts: int
    left_out: tuple[str, ...]
    withheld: tuple[str, ...] = ()
    secrets: tuple[Private, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The outcome as JSON-ready values."""
        secrets = [vars(one) for one in self.secrets]
        left = {"left_out": list(self.left_out), "withheld": list(self.withheld), "secrets": secrets}
        return {"path": str(self.path), **told(self.contents), "facts": self.facts, **left}


@dataclass(frozen=True)
class _File:
    """A file as it was sealed: where it lies, and the digest by which the record knows it."""

    file: Path
    sealed: Sealed
    digest: str


def told(contents: Contents) -> dict[str, Any]:
    """What a bundle holds, as JSON-ready values."""
    files = [{"path": one.path, "size": one.size, "sha256": one.sha256} for one in contents.files]
    things = [{**vars(one)} for one in contents.things]
    unclean = [one.name for one in contents.unclean]
    whole = {"seal": contents.seal, "project": contents.project, "purpose": contents.purpose, "size": contents.size}
    return {**whole, "files": files, "things": things, "unclean": unclean}


def create(store: Store, target: Path, asked: Asked) -> Made:
    """Make a bundle at a path. Raises UsageError, and Refused for what was named and is not clean or has secrets."""
    suffix = suffix_of(target)
    wanted, others, unclean = _judged(store, asked)
    packing = _Packing(store, asked.allow)
    for word, located in wanted:
        if not packing.may_leave(located.found):
            name = packing.secrets.masked(word.name)
            said = f"{name} is not packed: a secret stands in {packing.private[-1].text()}"
            raise Refused(said, "Take it out and give it by the environment; --allow packs it as it is.")
    kept = [(word, located) for word, located in others if packing.may_leave(located.found)]
    judged = sorted([*wanted, *kept], key=lambda one: one[0].name)
    for word, located in judged:
        packing.take(word, located)
    packing.take_documents()
    withheld = tuple(sorted({word.name for word, _ in others} - {word.name for word, _ in kept}))
    files = tuple(sorted((one.sealed for one in packing.files.values()), key=lambda one: one.path))
    if alike := next(same(one.path for one in files), None):
        raise UsageError(f"{alike[0]} and {alike[1]} would be one file elsewhere", "Rename one of them.")
    lines, facts = _facts(store, {word.version for word, _ in judged if word.version})
    ledger = Sealed(LEDGER, len(lines), hashlib.sha256(lines).hexdigest())
    things = tuple(Thing(word.name, word.kind, word.version or "", word.lineage_status, word.lineage_status == "clean")
                   for word, _ in judged)  # fmt: skip
    contents = Contents(store.links.project, str(asked.purpose), files, things, ledger)
    _write(target, suffix, contents, lines, packing)
    return Made(target, contents, facts, unclean, withheld, tuple(packing.private))


def _judged(store: Store, asked: Asked) -> tuple[list[Judged], list[Judged], tuple[str, ...]]:
    """The gate's word on what was asked for and on what goes with it, and what of that is not clean and left out."""
    every = {store.project.path_of(one.name): one for one in artifacts(store, "l.present = 1")}
    named = dict.fromkeys(path for text in (*asked.names, *asked.things) for path in _meant(store, text, every))
    if asked.outputs:
        written = _written_here(store)
        named |= dict.fromkeys(path for path, one in every.items() if one.name in written)
    is_whole = not asked.names and not asked.outputs
    others = [path for path, one in every.items() if is_whole and family_of(one.kind) in CODE and path not in named]
    gate = Gate(store)
    wanted = _asked_of(store, gate, list(named), asked.purpose)
    refused = tuple(word for word, _ in wanted if not word.allowed)
    if refused and not asked.allow:
        raise GateRefusal(Verdict(asked.purpose, refused), "not packed, since it is not clean (--allow packs it)")
    more = _asked_of(store, gate, others, asked.purpose)
    kept = [(word, one) for word, one in more if word.allowed or asked.allow]
    left_out = tuple(sorted(word.name for word, _ in more if not word.allowed and not asked.allow))
    return wanted, kept, left_out


def _meant(store: Store, text: str, here: Container[Path]) -> list[Path]:
    """The paths that a path, a name on record, a folder or a glob means."""
    if not os.path.lexists(text) and (path := store.project.path_of(text)) in here:
        return [path]
    return [store.project.root / found for found in chosen(store, [os.path.abspath(text)])]  # noqa: PTH100 (has no `..`)


def _asked_of(store: Store, gate: Gate, paths: Sequence[Path], purpose: Purpose) -> list[Judged]:
    """The gate's word on what lies at these paths. Raises UsageError where nothing does."""
    if not paths:
        return []
    found = {one.name: one for one in locate_below(store, paths) if isinstance(one, Located)}
    verdict = gate.judge(paths, purpose)
    for missed in verdict.unjudged:
        raise UsageError(missed.message, missed.remedy)
    for word in verdict.inputs:
        if (name := store.project.name_of(word.path)) not in found or found[name].absent:
            raise UsageError(f"{word.name} is on record and not in this copy", "Fetch it, or leave it out.")
    return [(word, found[store.project.name_of(word.path)]) for word in verdict.inputs]


def _written_here(store: Store) -> set[str]:
    """The names of what runs of this very copy wrote."""
    own = {name.partition(":")[2] for one in outgoing.links(store) if one.writer.rpartition("-")[0] in store.writers
           for name in one.names if name.startswith("run:")}  # fmt: skip
    return {path for paths in outputs_of(store, own).values() for path in paths}


def _facts(store: Store, versions: set[str]) -> tuple[bytes, int]:
    """Every transaction that travels, and what git tells here of these versions, as lines; and how many facts."""
    store.adopt()
    there = held(store.links.folder)
    refused = {name for name, what in store.shared_below(SEGMENT, store.links.folder.names()).items() if what}
    every = [one for name, one in there.values() if name not in refused]
    every += outgoing.transactions(store, unwritten(store, there))
    every += outgoing.about(store, versions)
    return b"".join(one.line() for one in in_order(every)), sum(one.count() for one in every)


class _Packing:
    """The files that are packed, each sealed once; `private` are the secrets that were met, packed only by choice."""

    def __init__(self, store: Store, allow: bool) -> None:
        self.project, self.allow = store.project, allow
        self.secrets, self.private = Secrets.here(), list[Private]()
        self.graph = ImportGraph(store.project.root)
        self.files: dict[Path, _File] = {}

    def may_leave(self, found: Found) -> bool:
        """Whether no secret stands in a thing, or it goes all the same."""
        files = [one.file for one in found.members]
        if not files and found.kind == SCRIPT:
            files = [path for _, path in self.graph.parts(found.path)]
        is_data = family_of(found.kind) == DATASET
        read = {found.path, *locate(found.path).files} if is_data else set[Path]()
        looked_at = [self._is_plain(found.path, secret_in_rows)] if is_data else []
        texts = [file for file in dict.fromkeys((found.path, *files)) if file.is_file() and file not in read]
        return all([*looked_at, *map(self._is_plain, texts)])

    def _is_plain(self, file: Path, look: Look = secret_in) -> bool:
        known = look(self.secrets, file, self.project.name_of(file))
        if known and known not in self.private:
            self.private.append(known)
        return known is None or self.allow

    def take(self, word: InputVerdict, located: Located) -> None:
        """Seal every file of a thing. Raises SwappedInput where they are not what the gate spoke of."""
        if self._version(located.found) != word.version:
            raise SwappedInput(f"{word.name} is not what was checked", "`assay scan`, then pack it again.")

    def _version(self, found: Found) -> str:
        if found.members:
            files = [(one, self._sealed(one.file)) for one in found.members]
            return digest_manifest(Entry(one.path, file.sealed.size, file.digest) for one, file in files)
        if found.kind == SCRIPT:
            parts = self.graph.parts(found.path)
            return of_script(found.path, parts, lambda path: self._sealed(path).digest).version
        return self._sealed(found.path).digest

    def take_documents(self) -> None:
        """Seal what git tracks that tells people what this is, and whose signatures count."""
        for name in sorted({SIGNERS, *tracked_paths(self.project.root)}):
            last = name.rpartition("/")[2].lower()
            is_told = last.endswith(DOCUMENTS) or last.partition(".")[0] in LICENCES
            path = self.project.path_of(name)
            if (is_told or name == SIGNERS) and path.is_file() and self._is_plain(path):
                self._sealed(path)

    def _sealed(self, file: Path) -> _File:
        if file not in self.files:
            name = self.project.name_of(file)
            if why := wrong_path(name):
                raise UsageError(f"{file} cannot be packed: it {why}", "Leave it out, or move it into the project.")
            self.files[file] = _seal(file, name)
        return self.files[file]


def _seal(file: Path, name: str) -> _File:
    sha, own, size = hashlib.sha256(), Digest(), 0
    with open(file, "rb") as content:
        while chunk := content.read(BUFFER):
            sha.update(chunk)
            own.add(chunk)
            size += len(chunk)
        executable = bool(os.fstat(content.fileno()).st_mode & 0o100)
    return _File(file, Sealed(name, size, sha.hexdigest(), executable), own.text())


@dataclass
class _Hashed:
    """Reads from a file, and knows the digest of what was read."""

    file: BinaryIO
    digest: Any = field(default_factory=hashlib.sha256)

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        chunk = self.file.read(size)
        self.digest.update(chunk)
        return chunk


def _write(target: Path, suffix: str, contents: Contents, lines: bytes, packing: _Packing) -> None:
    """Write the archive beside its place, then put it there: it is whole or not at all."""
    temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
    where = {one.sealed.path: one.file for one in packing.files.values()}
    try:
        writer = Writer(temporary, suffix)
        try:
            manifest = contents.bytes()
            writer.add(Member(MANIFEST, len(manifest)), io.BytesIO(manifest))
            writer.add(Member(LEDGER, len(lines)), io.BytesIO(lines))
            for one in contents.files:
                _add(writer, one, where[one.path])
            writer.close()
        finally:
            writer.discard()
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _add(writer: Writer, one: Sealed, path: Path) -> None:
    with open(path, "rb") as file:
        content = _Hashed(file)
        writer.add(Member(FILES + one.path, one.size), content, one.executable)
    if content.digest.hexdigest() != one.sha256:
        raise UsageError(f"{one.path} changed while it was packed", "Wait until its writer is done, then try again.")
