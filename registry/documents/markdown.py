"""A Markdown document as blocks, each with its line: headings, paragraphs, items, rows of tables, code.

Comments and raw HTML are left out. Refuses what is no text, and what is too large to be read by people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ..errors import UsageError

MOST = 4 << 20  # bytes
OURS = "Written by `assay markdown"
ROW, FENCE, TEXT, ITEM, HEADING = "row", "fence", "text", "item", "heading"


@dataclass(frozen=True)
class Block:
    """A piece of a document: `level` of a heading (1 to 6), or how deep an item or a text in one stands (from 1).

    A row has its cells by the heads of their columns; of code, `info` says the language, and `line` is its first line.
    """

    kind: str
    line: int
    text: str
    level: int = 0
    cells: tuple[tuple[str, str], ...] = ()
    info: str = ""


def read(path: Path) -> str:
    """The text of a document. Raises UsageError for one that cannot be read as one."""
    if not path.is_file():
        raise UsageError(f"{path} is no file", "Name Markdown documents.")
    if path.stat().st_size > MOST:
        raise UsageError(f"{path} has more than {MOST >> 20} MiB, which is no document", "Name what people wrote.")
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        raise UsageError(f"{path} is no text", "Name Markdown documents in UTF-8.")
    return text


def is_ours(text: str) -> bool:
    """Whether Assay wrote this from the record."""
    return OURS in "\n".join(text.split("\n", 4)[:4])


def blocks(text: str) -> list[Block]:
    """The blocks of a document, in order."""
    return list(_blocks(_parser().parse(text)))


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    depth, fresh, heads = 0, False, list[str]()
    for place, token in enumerate(tokens):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "list_item_open":
            depth, fresh = depth + 1, True
        elif token.type == "list_item_close":
            depth, fresh = depth - 1, False
        elif token.type in ("fence", "code_block"):
            yield Block(FENCE, line + (token.type == "fence"), token.content, info=token.info.split(" ")[0].lower())
        elif token.type == "heading_open":
            yield Block(HEADING, line, tokens[place + 1].content, int(token.tag[1]))
        elif token.type == "paragraph_open":
            yield Block(ITEM if fresh else TEXT, line, tokens[place + 1].content, depth)
            fresh = False
        elif token.type == "tr_open":
            cells = _cells(tokens, place)
            if tokens[place + 1].type == "th_open":
                heads = cells
            else:
                named = [(heads[at] if at < len(heads) else "", cell) for at, cell in enumerate(cells)]
                yield Block(ROW, line, " | ".join(cells), cells=tuple(named))


def _cells(tokens: Sequence[Token], start: int) -> list[str]:
    found: list[str] = []
    for token in tokens[start:]:
        if token.type == "tr_close":
            break
        if token.type == "inline":
            found.append(token.content)
    return found
