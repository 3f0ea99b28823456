"""Where a team keeps its segments, without a server: a folder that all reach, or a bucket.

A segment is created only where there is none of its name, so that nobody needs a lock: who comes second has written the
same. Refuses what is neither a folder nor a bucket, and an object that is not a segment's bytes, whoever gave it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from ..errors import LedgerError, RegistryError, UsageError
from ..ledger.segments import NAME

BUCKETS = ("s3", "gs", "az")
AGAIN = "What was sent is there; the same command goes on from here."


class Remote(Protocol):
    """A place that holds segments by name. Its calls raise RegistryError where it cannot be reached."""

    def names(self) -> list[str]:
        """The segments that are there."""

    def fetch(self, name: str) -> bytes:
        """The bytes of a segment; LedgerError where they are not those of its name."""

    def create(self, name: str, content: bytes) -> bool:
        """Put a segment there; False where it was there already."""


def remote_at(url: str) -> Remote:
    """The place that a URL names. Raises UsageError for one that is none."""
    scheme, _, rest = url.partition("://")
    if scheme == "file" and rest.startswith("/"):
        return SharedFolder(Path(unquote(urlsplit(url).path)))
    if scheme in BUCKETS and rest:
        return Bucket(url)
    raise UsageError(f"{url!r} is no place to sync with", "Give file:///FOLDER or s3://BUCKET/PREFIX.")


def checked(name: str, content: bytes) -> bytes:
    """The bytes of a segment if they are. Raises LedgerError."""
    if hashlib.sha256(content).hexdigest() != name.partition(".")[0]:
        raise LedgerError("what was sent back is not what its name says: it was edited or cut off")
    return content


class SharedFolder:
    """A folder, on a disk that several machines mount or that is carried between them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        """The segments in it; none where it is not there yet."""
        with self._said():
            try:
                return sorted(name for name in os.listdir(self.path) if NAME.fullmatch(name))  # noqa: PTH208
            except FileNotFoundError:
                return []

    def fetch(self, name: str) -> bytes:
        """The bytes of a segment."""
        with self._said():
            return checked(name, (self.path / name).read_bytes())

    def create(self, name: str, content: bytes) -> bool:
        """A link that fails where one of the name is, made of a file that is whole."""
        with self._said():
            self.path.mkdir(parents=True, exist_ok=True)
            temporary = self.path / f".{os.getpid()}.{os.urandom(4).hex()}.tmp"
            try:
                with open(temporary, "xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                return self._settled(temporary, self.path / name)
            finally:
                temporary.unlink(missing_ok=True)

    def _settled(self, temporary: Path, target: Path) -> bool:
        try:
            os.link(temporary, target)
        except FileExistsError:
            return False
        except OSError:  # a file system without hard links
            if target.exists():
                return False
            temporary.replace(target)
        return True

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RegistryError(f"{self.path}: {(error.strerror or str(error)).lower()}", AGAIN) from None


class Bucket:
    """A prefix of a bucket, through obstore; credentials come from the environment as for any tool of its provider."""

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            from obstore.store import from_url
        except ImportError:
            raise UsageError("this needs obstore, which is not installed", "pip install 'assay[sync]'") from None
        with self._said():
            self.store: Any = from_url(url)

    def names(self) -> list[str]:
        """The segments below the prefix, whatever else lies there."""
        import obstore

        with self._said():
            paths = [one["path"] for chunk in obstore.list(self.store) for one in chunk]
        return sorted({path for path in paths if NAME.fullmatch(path)})

    def fetch(self, name: str) -> bytes:
        """The bytes of a segment."""
        import obstore

        with self._said():
            return checked(name, bytes(obstore.get(self.store, name).bytes()))

    def create(self, name: str, content: bytes) -> bool:
        """A put that the bucket itself refuses where one of the name is."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with self._said():
            try:
                obstore.put(self.store, name, content, mode="create")
            except AlreadyExistsError:
                return False
        return True

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except (LedgerError, UsageError):
            raise
        except Exception as error:  # the library has an error for each provider
            if type(error).__module__.partition(".")[0] not in ("obstore", "builtins"):
                raise
            said = " ".join(str(error).partition("<?xml")[0].split())[:200].rstrip(": ")  # without the server's page
            raise RegistryError(f"{self.url} cannot be reached: {said}", AGAIN) from None
