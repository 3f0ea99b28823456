"""A file as a stream of clean UTF-8, and the notes of what was wrong with its bytes.

Undoes compression, byte-order marks and wrong encodings on the way, so that no reader above meets them. Refuses
nothing: damage is noted and reading goes on with what is left.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

BLOCK = 4 << 20
STEP = 1024
ENCODINGS = ["cp1252", "cp1250", "cp1251", "shift_jis", "gb18030", "big5", "euc_kr"]


class Damage:
    """What is wrong with a file: one clear line per kind, for the first place, with the number of places."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, int]] = {}

    def note(self, kind: str, line: str, count: int = 1) -> None:
        """Record `count` places of this kind; `line` describes the first of them and is kept once."""
        first, before = self._seen.get(kind, (line, 0))
        self._seen[kind] = (first, before + count)

    def merge(self, other: Damage) -> None:
        """Add what a later part of the file showed."""
        for kind, (line, count) in other._seen.items():
            self.note(kind, line, count)

    def lines(self) -> tuple[str, ...]:
        """One line per kind, in order of appearance."""
        return tuple(f"{line} ({count:,} such places)" if count > 1 else line for line, count in self._seen.values())

    def __bool__(self) -> bool:
        return bool(self._seen)


class TextStream:
    """A decompressed stream of clean UTF-8 bytes; byte-order mark, bad bytes, NULs and early ends become damage.

    Bad bytes are replaced by U+FFFD, so that the rows around them can still be read. A UTF-16 file is transcoded.
    """

    def __init__(self, path: Path, compression: str | None, damage: Damage) -> None:
        import pyarrow as pa

        self._damage = damage
        self._compressed = compression
        self._raw: BinaryIO = pa.input_stream(str(path), compression=compression)
        self._tail = b""
        self._offset = 0
        self._ended = False
        self._encoding = "utf-8"

    def read(self, size: int = BLOCK) -> bytes:
        """About `size` bytes of valid UTF-8 that never split a character; b"" only at the end."""
        while not self._ended:
            block = self._tail + self._fill(size)
            self._ended = len(block) == len(self._tail)
            self._tail = b""
            if self._offset == 0:
                block = self._without_mark(block)
            block = self._decoded(block)
            if block:
                return block
        return b""

    def _fill(self, size: int) -> bytes:
        """Up to `size` raw bytes. Compressed data comes in small steps, because a failing step loses what it read."""
        if not self._compressed:
            return self._raw.read(size)
        parts: list[bytes] = []
        try:
            for _ in range(max(1, size // STEP)):
                part = self._raw.read(STEP)
                if not part:
                    break
                parts.append(part)
        except OSError as error:
            what = "ends early (truncated)" if "runcated" in str(error) else f"is corrupt ({first_line(error)})"
            self._damage.note("compression", f"the {self._compressed} stream {what}; rows up to there were read")
            self._fill_ended()
        return b"".join(parts)

    def _fill_ended(self) -> None:
        import io

        self._compressed, self._raw = None, io.BytesIO()

    def _without_mark(self, block: bytes) -> bytes:
        if block.startswith(b"\xef\xbb\xbf"):
            self._damage.note("bom", "starts with a byte-order mark (BOM), which JSON readers reject")
            self._offset = 3
            return block[3:]
        if block[:2] in (b"\xff\xfe", b"\xfe\xff"):
            self._encoding = "utf-16-le" if block[0] == 0xFF else "utf-16-be"
            self._damage.note("encoding", f"not UTF-8: encoded as {self._encoding.upper()}")
            self._offset = 2
            return block[2:]
        return block

    def _decoded(self, block: bytes) -> bytes:
        start, clean = self._offset, block
        try:
            text = block.decode(self._encoding)
        except UnicodeDecodeError as error:
            if not self._ended and len(block) - error.start < 4:
                self._tail, block = block[error.start :], block[: error.start]
            else:
                self._note_encoding(block, error)
            text = block.decode(self._encoding, errors="replace")
            clean = text.encode()
        if self._encoding != "utf-8":
            clean = text.encode()
        self._offset += len(block)
        if b"\r\n" in clean:
            self._damage.note("crlf", "lines end in CRLF", count=0)
        if b"\0" in clean:
            where = start + clean.index(b"\0")
            self._damage.note("nul", f"contains NUL bytes, the first at byte {where:,}", clean.count(b"\0"))
        return clean

    def _note_encoding(self, block: bytes, error: UnicodeDecodeError) -> None:
        from charset_normalizer import from_bytes

        around = block[max(0, error.start - 2000) : error.start + 2000]
        matches = from_bytes(around, cp_isolation=ENCODINGS, threshold=1.0)
        likely = [
            (match.chaos, -match.coherence, ENCODINGS.index(name))
            for match in matches
            for name in match.could_be_from_charset
        ]
        looks = f"; it looks like {ENCODINGS[min(likely)[2]].upper()}" if likely else ""
        where = self._offset + error.start
        self._damage.note("encoding", f"not UTF-8: bad byte at offset {where:,}{looks}", count=0)


def first_line(error: Exception) -> str:
    """The first line of an error's message, shortened to fit in one line of a report."""
    return str(error).strip().split("\n")[0][:200]
