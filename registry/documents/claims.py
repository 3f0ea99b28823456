"""What a hand-written registry says of files: which is PRIMARY, which is deprecated for what, purposes, results, bugs.

Headings, items and rows of tables that name a file speak of it, and what stands below them too. A word of status counts
as a mark in capitals, as a field or a cell, or in a section that is called so; "not deprecated" marks nothing. That
something is clean is never read: no document proves it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from .files import Named, named
from .markdown import FENCE, HEADING, ITEM, ROW, Block

PRIMARY, DEPRECATED, NOTE, BUG, DECISION = "primary", "deprecated", "note", "bug", "decision"
ROLES = (
    (BUG, re.compile(r"\b(?:bugs?|known issues?|fixed issues?)\b(?! ?fix| report)", re.I)),
    (DEPRECATED, re.compile(r"\b(?:deprecated|obsolete|do not use|superseded|retired)\b", re.I)),
    (DECISION, re.compile(r"\bdecisions?\b", re.I)),
)
NEGATED = re.compile(
    r"(?:\bnot|\bno longer|\bnever|\bformerly|\bwas|n't|\bun|\bpreviously|\bnon)[\s-]*(?:yet |a |the )?[*_`]*$", re.I
)
MARKS = (
    (DEPRECATED, re.compile(r"\b(?:DEPRECATED|OBSOLETE|SUPERSEDED|DO NOT USE|Do not use)\b")),
    (PRIMARY, re.compile(r"\bPRIMARY\b(?! (?:KEY|key))")),
)
STATUS = {"deprecated": DEPRECATED, "obsolete": DEPRECATED, "superseded": DEPRECATED, "primary": PRIMARY}
FIELD = re.compile(r"^[-*_\s]*([A-Za-z][\w /()-]{1,28}?)[*_`]*\s*:[*_]*\s+(.+)$", re.S)
LEAD = r"[\s`*_\[(:]*(?:[^\[\]]{1,60}\]\()?"
INSTEAD = re.compile(
    rf"(?:\b(?:use|run|see|prefer){LEAD}|\b(?:replaced|superseded)(?: by| with){LEAD}|\breplacement:?{LEAD}"
    rf"|[→⇒]\s*(?:use )?{LEAD})$",
    re.I,
)
INSTEAD_OF = re.compile(r"^[\s`*_\])]*(?:\([^)]*\)\s*)?(?:instead of|rather than|, not)\b", re.I)
END_OF_ADVICE = re.compile(r"[\s`*_\])]*(?:instead|$|[.,;)])")
FIXED = re.compile(
    r"\b(?:FIXED|RESOLVED)\b|^\W*(?:fixed|resolved)\b|(?:✅|\(fixed\)|\(resolved\))|\b(?:fixed|resolved)\W*$"
)
FIELDS = {  # what a field or the head of a column says, by words of it
    "purpose": ("purpose", "what it does", "description", "what", "does", "use for", "for"),
    "expected": ("expected", "expected results", "expected result", "expected output", "results", "result"),
    "status": ("status", "state"),
    "instead": ("use instead", "instead", "replacement", "replaced by", "superseded by", "successor"),
    "why": ("why", "reason", "because"),
    "bug": ("bug", "bugs", "known bug", "known bugs", "known issue", "known issues", "issue", "symptom", "problem"),
    "cause": ("cause", "root cause"),
    "fix": ("fix", "solution", "workaround", "mend", "how it was fixed"),
    "about": ("affected", "affects", "affected scripts", "script", "scripts", "file", "files", "where", "in"),
}  # fmt: skip
MEANS = {word: name for name, words in FIELDS.items() for word in words}


@dataclass(frozen=True)
class Claim:
    """What a line of a document says: of which file, or of which files where it is a bug or a decision."""

    kind: str
    line: int
    text: str
    file: str = ""
    instead: str = ""
    cause: str = ""
    fix: str = ""
    fixed: bool = False
    files: tuple[str, ...] = ()


@dataclass
class _Scope:
    """What is spoken of: a heading or an item, the file that it names, and the role that its section gives."""

    level: int
    file: str = ""
    role: str = ""
    fixed: bool = False
    bug: _Bug | None = None


@dataclass
class _Bug:
    line: int
    text: str
    said: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    fixed: bool = False

    def claim(self, kind: str) -> Claim:
        said = {name: plain(text) for name, text in self.said.items()}
        return Claim(
            kind, self.line, said.get("bug") or plain(self.text), cause=said.get("cause", ""), fix=said.get("fix", ""),
            fixed=self.fixed or FIXED.search(f"{self.text} {said.get('status', '')}") is not None,
            files=tuple(dict.fromkeys(self.files)),
        )  # fmt: skip


def claims(document: Sequence[Block]) -> list[Claim]:
    """Every claim of a document, in the order of its lines; the same one of a file is made once."""
    reader = _Reader()
    for block in document:
        if block.kind != FENCE:
            reader.take(block)
    found = [*reader.found, *(bug.claim(kind) for kind, bug in reader.bugs if plain(bug.text))]
    once: dict[tuple[str, str, str], Claim] = {}
    for one in sorted(found, key=lambda one: (one.line, one.kind, one.file)):
        key = (one.kind, one.file, "" if one.kind in (PRIMARY, DEPRECATED) else one.text.lower())
        before = once.setdefault(key, one)
        if one.kind in (PRIMARY, DEPRECATED):
            once[key] = replace(before, instead=before.instead or one.instead)
    return list(once.values())


def plain(text: str) -> str:
    """Words without the marks of Markdown."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return " ".join(re.sub(r"[*`]|(?<!\w)_|_(?!\w)|~~", "", text).split()).strip(" -–—:|")


class _Reader:
    def __init__(self) -> None:
        self.scopes: list[_Scope] = []
        self.found: list[Claim] = []
        self.bugs: list[tuple[str, _Bug]] = []

    def take(self, block: Block) -> None:
        level = block.level if block.kind == HEADING else 6 + block.level
        if block.kind in (HEADING, ITEM):
            self.scopes = [one for one in self.scopes if one.level < level]
        elif block.kind == ROW:
            self._row(block)
            return
        else:
            self.scopes = [one for one in self.scopes if one.level <= level]
        said = FIELD.match(block.text) if block.kind != HEADING else None
        name = MEANS.get(said[1].strip().lower(), "") if said else ""
        if said and name and (bug := self._bug()) and name in ("bug", "cause", "fix", "about", "status"):
            bug.said[name] = said[2]
            bug.files += [one.name for one in named(said[2])]
        elif said and name and self._file():
            self._field(name, said[2], self._file(), block.line)
        else:
            self._spoken(block, level)

    def _spoken(self, block: Block, level: int) -> None:
        """A heading, an item or a paragraph that is no field: what it is about, and what it says of that."""
        files, instead = _split(block.text)
        is_head = block.kind in (HEADING, ITEM)
        role = self._role()
        if block.kind == HEADING and not files:
            role = next((name for name, words in ROLES if words.search(block.text)), "" if level <= 2 else role)
        is_bug = role in (BUG, DECISION) and self._role() == role and is_head and self._bug() is None
        file = files[0].name if files and is_head else ""
        fixed = block.kind == HEADING and not files and re.search(r"\b(?:fixed|resolved)\b", block.text, re.I)
        scope = _Scope(level, file, role, bool(fixed))
        if is_bug:
            over = any(one.fixed for one in self.scopes)
            scope.bug = _Bug(block.line, block.text, files=[one.name for one in files], fixed=over)
            self.bugs.append((role, scope.bug))
        elif (bug := self._bug()) is not None:
            bug.files += [one.name for one in files]
        if is_head:
            self.scopes.append(scope)
        about = file or self._file()
        if about and not is_bug and self._bug() is None:
            self._marks(block, about, instead, in_section=bool(file) and self._role() == DEPRECATED)

    def _marks(self, block: Block, file: str, instead: str, in_section: bool) -> None:
        text = block.text
        marks = {
            kind for kind, words in MARKS for one in words.finditer(text) if not NEGATED.search(text[: one.start()])
        }
        if instead or in_section:
            marks.add(DEPRECATED)
        if DEPRECATED in marks:
            self.found.append(Claim(DEPRECATED, block.line, plain(text), file, instead))
        elif PRIMARY in marks:
            self.found.append(Claim(PRIMARY, block.line, "", file))

    def _field(self, name: str, text: str, file: str, line: int) -> None:
        if name in ("purpose", "expected"):
            self.found.append(Claim(NOTE, line, f"{name}: {plain(text)}", file))
        elif name == "bug":
            if plain(text).lower().strip(".") not in ("none", "no", "n/a", "none known", ""):
                self.found.append(Claim(BUG, line, plain(text), files=(file,)))
        elif name in ("status", "instead"):
            words = {STATUS[word] for word in re.findall(r"[a-z]+", text.lower()) if word in STATUS}
            other = next((one.name for one in named(text) if one.name != file), "")
            negated = re.search(r"\b(?:not|no longer|never)\b", text, re.I)
            if (DEPRECATED in words and not negated) or (name == "instead" and other):
                self.found.append(Claim(DEPRECATED, line, plain(text), file, other))
            elif PRIMARY in words and not negated:
                self.found.append(Claim(PRIMARY, line, "", file))

    def _row(self, block: Block) -> None:
        """A row: the first cell with a file says of which, the heads of the columns what the others say."""
        told = [(MEANS.get(plain(head).lower(), ""), text) for head, text in block.cells]
        role = self._role()
        first = next((one.name for name, text in told if name != "instead" for one in named(text)), "")
        heads = {name for name, _ in told}
        if role in (BUG, DECISION) or ("bug" in heads and heads & {"fix", "cause"}):
            self._bug_row(block, told, role or BUG)
            return
        if not first:
            if len(told) == 2 and self._file() and (name := MEANS.get(plain(told[0][1]).lower(), "")):
                self._field(name, told[1][1], self._file(), block.line)
            return
        self._cells(block, told, first)

    def _bug_row(self, block: Block, told: Sequence[tuple[str, str]], role: str) -> None:
        said = {name: text for name, text in told if name}
        words = (cell for _, cell in told if not list(named(cell)) and len(cell.split()) > 2)
        if text := said.get("bug") or next(words, ""):
            files = [one.name for _, cell in told for one in named(cell)]
            self.bugs.append((role, _Bug(block.line, text, said, files, any(one.fixed for one in self.scopes))))

    def _cells(self, block: Block, told: Sequence[tuple[str, str]], first: str) -> None:
        instead = next((one.name for name, text in told if name == "instead" for one in named(text)), "")
        found = instead or _split(block.text)[1]
        shown = (text for name, text in told if name not in ("instead", "purpose", "expected"))
        whole = replace(block, text=" | ".join(shown))
        before = len(self.found)
        self._marks(whole, first, found if found != first else "", in_section=self._role() == DEPRECATED)
        for name, text in told:
            is_told = name in ("expected", "bug") or (name == "purpose" and first not in text)
            if is_told or (name == "status" and len(self.found) == before):
                self._field(name, text, first, block.line)

    def _file(self) -> str:
        return next((one.file for one in reversed(self.scopes) if one.file), "")

    def _role(self) -> str:
        return next((one.role for one in reversed(self.scopes) if one.role), "")

    def _bug(self) -> _Bug | None:
        return next((one.bug for one in reversed(self.scopes) if one.bug), None)


def _split(text: str) -> tuple[list[Named], str]:
    """The files that a text speaks of, and the one that it says to use instead."""
    found, instead = list(named(text)), ""
    for one in list(found):
        rest = text[one.end :]
        is_told = INSTEAD.search(text[: one.start]) and (len(found) > 1 or END_OF_ADVICE.match(rest))
        is_other = INSTEAD_OF.match(rest) or one is not found[0] or "instead" in rest[:12].lower()
        if is_told and is_other:
            instead = one.name
            found.remove(one)
            break
    return found, instead
