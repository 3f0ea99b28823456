"""The files that a text names, and what they are on record: by the whole name, or by its end where one alone has it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..facts.query import ArtifactRow

SUFFIXES = "py|sh|ipynb|jsonl|json|ya?ml|toml|csv|tsv|parquet|md|txt|cfg|ini|safetensors|gguf"
FILE = re.compile(
    rf"(?<![\w/.@:<{{*$~-])(?:\./)?((?:[\w.+-]+/)*[\w+-][\w.+-]*\.(?:{SUFFIXES}))(?![\w*}}>/-])(?::(\d+))?", re.I
)

EMPHASIS = re.compile(r"\*\*|~~")


@dataclass(frozen=True)
class Named:
    """A file that a text names, where in it, and the line of the file that it gives."""

    name: str
    start: int
    end: int
    line: int = 0


def named(text: str) -> Iterator[Named]:
    """The files that a text names, in order; addresses of the web name none."""
    for found in FILE.finditer(EMPHASIS.sub("  ", text)):
        yield Named(found[1], found.start(), found.end(), int(found[2] or 0))


class Known:
    """Artifacts by the names under which documents know them."""

    def __init__(self, rows: Iterable[ArtifactRow]) -> None:
        self._whole: dict[str, ArtifactRow] = {}
        self._ends: dict[str, list[ArtifactRow]] = defaultdict(list)
        for row in rows:
            self._whole[row.name] = row
            self._ends[row.name.rpartition("/")[2]].append(row)

    def called(self, name: str, beside: str = "") -> ArtifactRow | None:
        """What is called so, beside the document in this folder, or alone by this end."""
        for one in (name, f"{beside}/{name}" if beside else name):
            if one in self._whole:
                return self._whole[one]
        ends = [row for row in self._ends.get(name.rpartition("/")[2], ()) if f"/{row.name}".endswith(f"/{name}")]
        return ends[0] if len(ends) == 1 else None
