"""Text inside Markdown: what a name, a docstring or a reason holds is shown there and never becomes markup.

The one place that knows how Markdown is escaped. Code between backticks stays code, since docstrings are full of it;
headings, links, HTML, table cells and rules of other people's stay text. What comes out holds no bare pipe and begins
no block, so that it may stand in a table, a list or a heading alike.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

from ..legible import legible

CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
MARKUP = re.compile(
    r"[`*\[\]|~$]"  # code, emphasis, links, cells, strikethrough, formulas
    r"|\\(?=[!-/:-@\[-`{-~]|$)"  # a backslash that would hide what follows
    r"|(?<![^\W_])_|_(?![^\W_])"  # an underscore that is not inside a word
)
SPECIAL = re.compile(r"[`*\[\]|~$\\_&<]")  # words without any of these need no closer look
BLOCK = re.compile(r"^(?:[#>+=-]|\d+[.)])")  # what begins a heading, quotation, list, rule or title
UNSAFE = re.compile(r"[^a-zA-Z0-9 ./@:-]")  # an underscore may be emphasis between tags
ENTITY = re.compile(r"&(?=#?\w+;)")
FENCES = re.compile("`+")
UNDECODED = re.compile(r"%5Cudc([89a-f][0-9a-f])")  # a byte that is no UTF-8, as the registry keeps it


def text(value: str) -> str:
    """Somebody's words on one line, as words."""
    words = legible(" ".join(value.split()))
    parts: list[str] = []
    end = 0
    for found in CODE.finditer(words) if "`" in words else ():
        inner = found[2]
        padded = inner.startswith(" ") and inner.endswith(" ") and inner.strip()
        parts += [_escaped(words[end : found.start()]), code(inner[1:-1] if padded else inner)]
        end = found.end()
    escaped = "".join([*parts, _escaped(words[end:])])
    return BLOCK.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", escaped)


def name(value: str) -> str:
    """The name of a file as code; what looks like markup is none even to a reader that knows little of Markdown."""
    return code(value, r"[|<>`\[\]]")


@lru_cache(maxsize=1 << 14)
def code(value: str, odd: str = r"[|<]") -> str:
    """A piece of code, whatever it holds; with anything `odd` in it, by entities instead of backticks.

    A pipe and a tag cannot be escaped between backticks in every place.
    """
    shown = legible(value)
    if re.search(odd, shown):
        return f"<code>{UNSAFE.sub(lambda found: f'&#{ord(found[0])};', shown)}</code>"
    fence = "`" * (max(map(len, FENCES.findall(shown)), default=0) + 1)
    space = " " if "`" in (shown[:1], shown[-1:]) or (shown[:1] == shown[-1:] == " " and shown.strip()) else ""
    return f"{fence}{space}{shown}{space}{fence}" if shown else ""


def link(value: str, shown: str = "") -> str:
    """A file of the project by its name, or what is shown for it, as code that leads to it."""
    path = UNDECODED.sub(r"%\1", quote(value))
    return f"[{name(shown or value)}]({path})"


def _escaped(words: str) -> str:
    if not SPECIAL.search(words):
        return words
    marked = MARKUP.sub(lambda found: f"\\{found[0]}", words)
    return ENTITY.sub("&amp;", marked).replace("<", "&lt;")
