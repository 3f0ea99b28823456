"""What makes a thing the same thing: the identity of files, folders and scripts, read in full from disk.

A file is its bytes, a folder the manifest of its files, and a script its own bytes together with those of every local
module that it imports, so that a changed helper is a new version of each script that uses it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..hashing import Entry, digest_file, digest_manifest
from .folders import Member

Digest = Callable[[Path], str]
THREADS = 2


@dataclass(frozen=True)
class Identity:
    """The id of a version, the digest of the bytes under its own name, total size in bytes, and its parts."""

    version: str
    content: str
    size: int
    entries: tuple[Entry, ...] = ()


def of_file(path: Path | str) -> Identity:
    """The identity of one file."""
    digest = digest_file(path)
    return Identity(digest, digest, os.stat(path).st_size)  # noqa: PTH116 (a path would be made for each file)


def of_folder(members: Iterable[Member]) -> Identity:
    """The identity of a folder artifact from its members, hashed on two threads."""
    from concurrent.futures import ThreadPoolExecutor  # only here: most commands meet no folder

    files = list(members)
    with ThreadPoolExecutor(THREADS) as pool:
        digests = list(pool.map(lambda member: digest_file(member.file), files))
    entries = tuple(Entry(m.path, m.size, digest) for m, digest in zip(files, digests, strict=True))
    digest = digest_manifest(entries)
    return Identity(digest, digest, sum(entry.size for entry in entries), entries)


def of_script(path: Path, closure: Iterable[tuple[str, Path]], digest: Digest = digest_file) -> Identity:
    """The identity of a script with its closure of (dotted name, path); its own entry has the empty name.

    Modules go by the names under which they are imported, so that moving a project does not change its scripts. One
    that is only perhaps imported goes by its path in the project after a `?`, so that nobody takes it for certain.
    """
    content = digest(path)
    own = Entry("", path.stat().st_size, content)
    modules = [Entry(name, module.stat().st_size, digest(module)) for name, module in closure]
    if not modules:
        return Identity(content, content, own.size)
    entries = (own, *modules)
    return Identity(digest_manifest(entries), content, own.size, entries)
