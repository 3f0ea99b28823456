"""What must not leave a project by itself: a file in which a secret stands, or whose name is one.

Code, settings, documents and what lies beside weights are read as text. The rows of data are anybody's words: there it
is a key by its issuer's shape, or what the environment calls a secret. Refuses to quote what it found.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from ..disclosure import MASKED, Secrets
from ..observe.dataset.formats import locate
from ..observe.dataset.reading import read_batches
from ..observe.dataset.stream import UTF16_MARKS, Damage

MOST = 64 << 20  # bytes of a file that is looked at: notebooks with figures are smaller, weights are not


@dataclass(frozen=True)
class Private:
    """Where a secret stands: the file, the line (0: in its name), and which kind of secret it looks like."""

    path: str
    line: int  # of rows: which one
    kind: str

    def text(self) -> str:
        """The place in a few words."""
        return f"{self.path}:{self.line} ({self.kind})" if self.line else f"the name of {self.path} ({self.kind})"


def secret_in(secrets: Secrets, file: Path, name: str) -> Private | None:
    """The first secret of a file of the project, if there is one."""
    if known := secret_in_name(secrets, name):
        return known
    content = file.read_bytes() if file.stat().st_size <= MOST else b""
    wide = next((name for mark, name in UTF16_MARKS.items() if content.startswith(mark)), None)
    if b"\0" in content and not wide:
        return None
    lines = content.decode(wide or "utf-8", "replace").split("\n")
    masked = secrets.masked("\n".join(lines)).split("\n")
    for number, (line, told) in enumerate(zip(lines, masked, strict=False), 1):
        if line != told:
            return Private(name, number, _kind(line, told) or "secret")
    return None


def secret_in_name(secrets: Secrets, name: str) -> Private | None:
    """The secret that the name of something is, if it is one."""
    kind = _kind(name, secrets.masked(name))
    return Private(secrets.masked(name), 0, kind) if kind else None


def secret_in_rows(secrets: Secrets, data: Path, name: str) -> Private | None:
    """The first secret in the name or the rows of a data set of the project, if there is one."""
    if known := secret_in_name(secrets, name):
        return known
    import pyarrow as pa
    from pyarrow import compute

    signs = "|".join(map(re.escape, secrets.key_signs()))  # Arrow looks for all of them at once, in most rows in vain
    for job in read_batches(locate(data), Damage()):
        batch = job()
        rows = batch.table.to_pylist() if batch.table is not None else batch.records or []
        texts = pa.array([json.dumps(row, default=str) for row in rows], pa.large_string())
        for place in compute.indices_nonzero(compute.match_substring_regex(texts, signs, ignore_case=True)).to_pylist():
            text = texts[place].as_py()
            if kind := _kind(text, secrets.without_keys(text)):
                return Private(name, batch.numbers[place], kind)
    return None


def _kind(text: str, masked: str) -> str:
    """What kind of secret was masked in a text; empty for none."""
    found = MASKED.search(masked) if masked != text else None
    return found[0].removeprefix("<masked:").removesuffix(">") if found else ""
