"""What a record may tell: secrets are masked, and paths are told from the project, the interpreter or home.

Facts travel, and their ids are digests of their content: a secret could never be taken out again, and a path of one
machine would make two facts of one. So both are seen to before something becomes a fact. A marker names the kind of
secret and holds nothing of its value, not even a digest. Refuses to mask what merely looks long: digests, commits,
names of models and special tokens stay. Reads the environment for the values that it calls secret, and nothing else.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .secret_shapes import HINTS, ISSUED, NUMBER, SHAPES, SIGNS, Sure, by_name, is_placeholder, is_random, says_secret

if TYPE_CHECKING:
    from .secret_shapes import Shape

LONG = 16  # characters of what is no word
SHORTEST = 8  # characters of a value that the environment calls secret
HARMLESS = frozenset(("disabled", "required", "optional", "password", "anonymous", "keychain"))
MASKED = re.compile(r"<masked:[\w-]+>")
NAMED = r"(?P<name>(?<![\w.-])[\w.-]{0,64}(?:token|secret|pass|pwd|key|auth|credential)[\w-]{0,32})"
QUOTED = re.compile(
    NAMED + r"(?P<glue>\\?[\"']?\]?(?:\s*:\s*[\w\[\]. |]{1,40})?\s*(?:=>|:=|=(?!=)|:)\s*"
    r"|\\?[\"']\s*,(?:[^\n)]{0,80}?\bdefault\s*=)?\s*)"
    r"(?P<open>[rbuf]{0,2}(?P<quote>\\?[\"'`]))(?P<value>(?:(?!(?P=quote))(?:\\.|[^\\\n]))+)",
    re.I,
)
BARE = re.compile(NAMED + r"(?P<glue>\s?=\s?(?!=)|:\s+)(?P<value>[^\s\"'`,;()\[\]{}&|<>=$\\]++)(?![(\[])", re.I)
OPTION = re.compile(
    r"(?P<glue>(?<![\w-])--?)" + NAMED.replace(r"(?<![\w.-])", "") + r"(?P<gap>\s+)(?P<value>[^\s\"'`-]\S*)", re.I
)
ASSIGNED = re.compile(r"(-{0,2})([A-Za-z][\w.-]*)=(.+)", re.S)
EXPRESSION = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
CALL = re.compile(r"[A-Za-z_][\w.]*[(\[]")
NAMES = re.compile(r"token|secret|pass|pwd|key|auth|credential", re.I)
PYTHON = re.compile(r"python[\d.]*")
SYSTEM = frozenset(("/", "/usr", "/usr/local"))  # prefixes of an interpreter that others share


def marker(kind: str) -> str:
    """What stands in the place of a secret."""
    return f"<masked:{kind}>"


REPEATED = 300  # characters of a text that may be said of many things, such as the message of a finding


@dataclass(frozen=True)
class Secrets:
    """What to mask: well-known shapes, what its name calls a secret, and these (name, value) of the environment."""

    values: tuple[tuple[str, str], ...]

    @classmethod
    def here(cls) -> Secrets:
        """With the environment of this process."""
        found = {}
        for name in filter(says_secret, os.environ):
            value = os.environ[name].strip()
            is_path = "/" in value and os.path.exists(value)  # noqa: PTH110 (never raises)
            if len(value) >= SHORTEST and value.lower() not in HARMLESS and not is_path:
                found[value] = name
                found.setdefault(quote(value, safe=""), name)
        return cls(tuple((found[value], value) for value in sorted(found, key=len, reverse=True)))

    def masked(self, text: str) -> str:
        """A text without its secrets; one that holds none is the same text."""
        return _masked(self, text) if len(text) <= REPEATED else self._masked(text)

    def _masked(self, text: str) -> str:
        lower = text.lower()
        text = _without_shapes(text, lower, SHAPES)
        if any(sign in lower for sign in SIGNS) and NAMES.search(text):
            text = OPTION.sub(_option, BARE.sub(_bare, QUOTED.sub(_quoted, text)))
        return self._without_values(text)

    def without_keys(self, text: str) -> str:
        """A text without what an issuer's shape, or the environment, tells to be a secret by itself.

        For anybody's words, such as rows of data, in which `password: …` tells nothing.
        """
        return self._without_values(_without_shapes(text, text.lower(), ISSUED))

    def key_signs(self) -> list[str]:
        """Texts of which one is, in some case, in every text from which `without_keys` takes something."""
        return [*dict.fromkeys(hint for _, hints, _ in ISSUED for hint in hints), *(value for _, value in self.values)]

    def _without_values(self, text: str) -> str:
        for name, value in self.values:
            if value in text:
                text = _without(text, value, marker(name))
        return text

    def words(self, words: Sequence[str]) -> list[str]:
        """The words of a command without their secrets: also the word after an option that takes one."""
        found: list[str] = []
        before = ""
        for word in words:
            kind = by_name(before.lstrip("-")) if before.startswith("-") and "=" not in before else None
            if kind and not word.startswith("-") and _is_value(kind, word, spoken=True):
                found.append(marker(kind.kind))
            elif (
                (assigned := ASSIGNED.fullmatch(word))
                and (kind := by_name(assigned[2]))
                and not CALL.match(assigned[3])
            ):
                hidden = _is_value(kind, assigned[3], spoken=True)
                found.append(f"{assigned[1]}{assigned[2]}={marker(kind.kind)}" if hidden else self.masked(word))
            elif before in ("-u", "--user") and (login := re.fullmatch(r"([^:\s/]+):([^\s/]{3,})", word)):
                found.append(f"{login[1]}:{marker('password')}")
            else:
                found.append(self.masked(word))
            before = word
        return found

    def data(self, value: Any, name: str = "") -> Any:
        """JSON-ready values without their secrets: lists of words are read as commands, keys name what they hold."""
        if isinstance(value, str):
            kind = by_name(name) if name else None
            return marker(kind.kind) if kind and _is_value(kind, value) else self.masked(value)
        if isinstance(value, Mapping):
            return {self.masked(str(key)): self.data(one, str(key)) for key, one in value.items()}
        if isinstance(value, list | tuple):
            if value and all(isinstance(one, str) for one in value):
                return self.words(value)
            return [self.data(one, name) for one in value]
        return value

    def json(self, text: str) -> str:
        """Canonical JSON without its secrets; where nothing looks like one it is not even parsed."""
        if text == "[]":
            return text
        lower = text.lower()
        shaped = any(map(lower.__contains__, HINTS))
        told = any(value in text or json.dumps(value)[1:-1] in text for _, value in self.values)
        if not (shaped or told or NAMES.search(text)):
            return text
        from .hashing import canonical_json  # rules use this module too, and load no library for it

        data = json.loads(text)
        clean = self.data(data)
        return text if clean == data else canonical_json(clean).decode()


def masked(text: str) -> str:
    """A text without its secrets, for a place that masks only once in a while."""
    return Secrets.here().masked(text)


def masked_default(flags: Iterable[str], default: str) -> str:
    """The default of an option, as its source has it, without the secret that the option is for."""
    kind = next(filter(None, (by_name(flag.lstrip("-")) for flag in flags)), None)
    literal = default[1:-1] if default[:1] in ("'", '"') else ""
    return f"'{marker(kind.kind)}'" if kind and literal and _is_value(kind, literal) else default


def _is_value(kind: Sure, value: str, *, spoken: bool = False) -> bool:
    """Whether a value is what its name says. `spoken`: it is the value of an option or an assignment of a command."""
    if is_placeholder(value) or MASKED.search(value) or (kind.kind != "password" and NUMBER.fullmatch(value)):
        return False
    return kind.always or (spoken and kind.spoken) or is_random(value, kind, spoken)


def _without_shapes(text: str, lower: str, shapes: Sequence[Shape]) -> str:
    if any(map(lower.__contains__, HINTS)):
        for kind, hints, shape in shapes:
            if any(hint in lower for hint in hints):
                text = shape().sub(partial(_around, kind), text)
    return text


def _around(kind: str, found: re.Match[str]) -> str:
    """What was found with its secret masked: the group `secret`, or all of it."""
    if "secret" not in found.re.groupindex:
        return marker(kind)
    start, end = found.span("secret")
    if found["secret"].startswith(("<", "$", "{", "%")):
        return found[0]
    return found[0][: start - found.start()] + marker(kind) + found[0][end - found.start() :]


def _quoted(found: re.Match[str]) -> str:
    kind = by_name(found["name"])
    listed = "," in found["glue"] and "=" not in found["glue"]  # names and values beside each other, or names alone
    if kind is None or not _is_value(kind, found["value"]) or (listed and not is_random(found["value"], kind, True)):
        return found[0]
    return f"{found['name']}{found['glue']}{found['open']}{marker(kind.kind)}"


def _bare(found: re.Match[str]) -> str:
    """`name=value` of a shell, a query or a file of settings; what may be an expression of a program stays."""
    kind, value = by_name(found["name"]), found["value"]
    if kind is None or is_placeholder(value) or MASKED.match(value):
        return found[0]
    plain = found["glue"] == "="
    if EXPRESSION.fullmatch(value):
        ends = plain and kind.always and found.string[found.end() :][:1] not in (",", ")")
        ends = ends or (kind.always and value.isidentifier() and any(map(str.isdigit, value)))
        told = ends or (plain and found["name"].startswith("-")) or (plain and found["name"].isupper())
    else:
        told = plain or (kind.always and (len(value) >= LONG or is_random(value, kind, True)))
    if not told and not is_random(value, kind, False):
        return found[0]
    if not _is_value(kind, value, spoken=plain):
        return found[0]
    return f"{found['name']}{found['glue']}{marker(kind.kind)}"


def _option(found: re.Match[str]) -> str:
    kind = by_name(found["name"])
    if kind is None or not _is_value(kind, found["value"], spoken=True):
        return found[0]
    return f"{found['glue']}{found['name']}{found['gap']}{marker(kind.kind)}"


def _without(text: str, value: str, mark: str) -> str:
    """The text with a value of the environment masked, never inside of a marker; a mere word only as a whole word."""
    pattern = re.escape(value)
    if value.isalpha() or value.isdecimal():
        pattern = rf"(?<![A-Za-z0-9_]){pattern}(?![A-Za-z0-9_])"
    return re.sub(rf"{MASKED.pattern}|{pattern}", lambda one: one[0] if MASKED.fullmatch(one[0]) else mark, text)


@dataclass(frozen=True)
class Places:
    """The folders of this machine, with what is written instead of each; `bin` has the interpreter's programs."""

    bases: tuple[tuple[str, str], ...]
    bin: str

    @classmethod
    def of(cls, root: Path, folder: Path | None = None) -> Places:
        """Those of a project; with `folder`, paths in the project are told from there, as a command is run there."""
        bases: dict[str, str] = {}
        home = os.path.expanduser("~")  # noqa: PTH111 (may fail)
        for base in (home, os.path.realpath(home)):
            bases[base] = "~"
        for base in (sys.prefix, os.path.realpath(sys.prefix)):
            bases |= {} if base in SYSTEM else {base: "{python}"}
        for base in (str(root), os.path.realpath(root)):
            bases[base] = "" if folder is None else os.path.relpath(base, folder)
        if folder is not None:
            bases |= {str(folder): "", os.path.realpath(folder): ""}
        known = sorted(bases.items(), key=lambda one: -len(one[0]))
        programs = os.path.dirname(sys.executable)  # noqa: PTH120 (a link stays one)
        return cls(tuple((base, told) for base, told in known if len(base) > 1), programs)

    def relative(self, text: str) -> str:
        """A text in which no path of these folders is told from the machine's root."""
        for base, told in self.bases:
            if base in text:
                start = rf"(?:(?<![\w/.~}}-])|(?<=file://)|(?<=^-\w)){re.escape(base)}"
                text = re.sub(rf"{start}/+(?=[^\s/'\":;,)])", f"{told}/" if told else "", text)
                text = re.sub(rf"{start}/*(?![\w/-]|\.\w)", told or ".", text)
        return text

    def command(self, words: Sequence[str]) -> list[str]:
        """The words of a command that can be run again: programs of the interpreter by their names."""
        return [self._program(word) or self.relative(word) for word in words]

    def _program(self, word: str) -> str:
        folder, _, name = word.rpartition("/")
        if folder != self.bin and word != sys.executable:
            return ""
        shared = os.path.dirname(self.bin) in SYSTEM  # noqa: PTH120
        return "python" if PYTHON.fullmatch(name) and not shared else name

    def data(self, value: Any) -> Any:
        """JSON-ready values with every text in them told so."""
        if isinstance(value, str):
            return self.relative(value)
        if isinstance(value, Mapping):
            return {key: self.data(one) for key, one in value.items()}
        return [self.data(one) for one in value] if isinstance(value, list | tuple) else value


def resolved(word: str) -> str:
    """A word of a recorded command as this machine has it."""
    if word.startswith("{python}/"):
        return sys.prefix + word.removeprefix("{python}")
    return os.path.expanduser("~") + word[1:] if word.startswith("~/") else word  # noqa: PTH111


@lru_cache(1024)
def _masked(secrets: Secrets, text: str) -> str:
    return secrets._masked(text)
