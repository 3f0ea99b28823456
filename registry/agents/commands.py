"""Command lines of an agent that train or evaluate: with which inputs on record, and whether the gate lets them.

Only what names an input on record is spoken of: an argument, or a path that the script on record holds. What is merely
unverified is nobody's reason to be stopped here; `assay run` says it.
"""

from __future__ import annotations

import glob
import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from ..facts.query import FORGOTTEN, ArtifactRow, artifacts
from ..facts.store import Store
from ..gate.gate import Gate
from ..gate.verdict import InputVerdict
from ..kinds import DATASET, SCRIPT, SETTINGS
from ..lineage.purpose import Purpose
from ..lineage.status import Status
from ..observe.process.environment import PYTHON_NAME
from ..observe.script.uses import WRITES, direction
from ..runs.command import WRAPPERS, script_of
from ..search.actions import main_action
from ..search.words import words as words_of
from .shell import Command, commands

PROGRAMS = {
    **dict.fromkeys(("lm_eval", "lm-eval", "lighteval"), "Evaluate"),
    **dict.fromkeys(("trl", "axolotl", "llamafactory-cli", "tune"), "Train"),
}
DOING = {"Train": "train", "Evaluate": "eval"}
VALUES = re.compile("[=,]")
CHECKERS = frozenset("pytest unittest ruff mypy black pylint flake8 isort pyright py_compile compileall ast".split())
LOOKING = frozenset(words_of("test measure compare validate audit check verify"))  # at data that may well be bad
EVALUATING = frozenset(words_of("evaluate evaluation eval benchmark judge score scorer grade"))
STARTING = frozenset(("run", "launch", "exec"))
REFUSED = frozenset((Status.CONTAMINATED, Status.DEPRECATED))
MOST = 12  # inputs that are written out
MOST_MEANT = 500  # files that one pattern or folder is taken for


@dataclass(frozen=True)
class Use:
    """One command that trains or evaluates: its words, and the inputs on record that it names."""

    words: tuple[str, ...]
    doing: str
    inputs: tuple[str, ...]
    script: str = ""

    @property
    def instead(self) -> str:
        """The same under `assay run`."""
        shown = enumerate(self.inputs[:MOST])
        ins = " ".join(f"--in input{'' if n == 0 else n + 1}={shlex.quote(one)}" for n, one in shown)
        return f"assay run {ins} -- {shlex.join(self.words)}"


def uses(store: Store, line: str, folder: Path) -> Iterator[Use]:
    """The commands of a line, run in this folder, that train or evaluate on something on record."""
    line = line.encode("utf-8", "replace").decode().replace("\0", "")  # what no name of a file can hold
    for command in commands(line, folder):
        if not _is_spared(command.words) and (found := _use(store, command)):
            yield found


def _is_spared(words: Sequence[str]) -> bool:
    """Whether it is Assay itself, or what it runs, or asks for help."""
    if Path(words[0]).name == "assay" or words[-1] in ("-h", "--help"):
        return True
    return any(
        (one == "-m" and other in ("assay", "assay.cli", *CHECKERS)) or (Path(one).name == "assay" and other == "run")
        for one, other in pairwise(words)
    )


def _use(store: Store, command: Command) -> Use | None:
    words, folder = command.words, command.folder
    path = script_of(words, folder, command.variables.get("PYTHONPATH"))
    script = next((row for row in _rows(store, folder, [str(path)]) if row.kind == SCRIPT), None) if path else None
    doing = _doing(script) if path else PROGRAMS.get(_program(words), "")
    if doing not in DOING or (path and not script):
        return None
    profile = script.profile if script else {}
    written = {str(one.get("name")) for one in profile.get("uses", ()) if "writ" in str(one.get("how"))}
    given = [*_given(words[1:], written), *command.reads]
    held = [str(one["path"]) for one in profile.get("paths", ()) if one["path"] not in written]
    rows = _rows(store, folder, [*given, *(one for value in given if "*" in value for one in _meant(folder, value))])
    inside = [one for value in given for one in _meant(folder, f"{glob.escape(value)}/*")]
    rows += [row for row in _rows(store, folder, inside) if row.kind == DATASET]
    rows += _rows(store, folder, held)
    inputs = dict.fromkeys(row.name for row in rows if row.kind not in (SCRIPT, SETTINGS) and row.present)
    return Use(words, doing, tuple(inputs), script.name if script else "") if inputs else None


def _given(words: Sequence[str], written: Collection[str]) -> Iterator[str]:
    """The arguments, and the parts of `--flag=one,two`, without what the command is told to write to."""
    is_written = False
    for word in words:
        flag, equals, _ = word.partition("=")
        writes = bool(word[:1] == "-" or equals) and (flag in written or direction(flag) == WRITES)
        if not (writes or is_written):
            yield from dict.fromkeys(filter(None, (word, *VALUES.split(word))))
        is_written = writes and not equals


def _meant(folder: Path, pattern: str) -> Iterator[str]:
    return islice(glob.iglob(pattern, root_dir=folder), MOST_MEANT)  # noqa: PTH207 (absolute patterns too)


def _doing(script: ArtifactRow | None) -> str:
    """What a script on record is for; one that looks whether data is good may look at what is not."""
    if script is None:
        return ""
    said = set(words_of(Path(script.name).stem))
    doing = main_action(script.name, str(script.profile.get("purpose", "")))
    return "" if doing == "Evaluate" and said & LOOKING and not said & EVALUATING else doing


def _program(words: Sequence[str]) -> str:
    """The name of the program, behind what only starts it."""
    for word in words:
        name = Path(word).name
        is_starter = name in WRAPPERS | STARTING or PYTHON_NAME.fullmatch(name) or word[0:1] == "-" or word.isdigit()
        if name in PROGRAMS or not is_starter:
            return name
    return ""


def _rows(store: Store, folder: Path, paths: Iterable[str]) -> list[ArtifactRow]:
    """What is on record here at these paths, each once."""
    names = list(dict.fromkeys(store.project.name_of(folder / one) for one in paths if one and "\0" not in one))
    if not names:
        return []
    where = f"l.path IN ({', '.join('?' * len(names))}) AND l.present = 1 AND a.id NOT IN ({FORGOTTEN})"
    return artifacts(store, where, names, profiles=True)


def refused(store: Store, use: Use) -> list[InputVerdict]:
    """The inputs of a command, and its script, that the gate refuses for more than being unverified."""
    gate, paths = Gate(store), [store.project.path_of(one) for one in (*use.inputs, *filter(None, [use.script]))]
    purpose = Purpose.parse(DOING[use.doing])
    return [one for one in gate.judge(paths, purpose).inputs if not one.allowed and one.lineage_status in REFUSED]
