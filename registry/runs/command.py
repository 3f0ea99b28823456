"""Command lines: which script of the project one runs, and which one repeats a recorded run.

Only what an interpreter would take as its program counts, never a file that is merely an argument: a clean script
named beside an unknown program must not vouch for it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..observe.process.environment import PYTHON_NAME
from ..observe.walk import SCRIPT_SUFFIXES

COMMAND_LINE = Path(__file__).absolute().parents[2] / "cli" / "main.py"
SHELLS = frozenset(("bash", "sh", "dash", "zsh", "ksh"))
SHELL_TAKES_WORD = frozenset(("--rcfile", "--init-file"))  # and every `o` and `O` in a bundle: `-euo pipefail`
WRAPPERS = frozenset(
    (
        *("env", "nice", "ionice", "nohup", "time", "timeout", "stdbuf", "taskset", "numactl", "srun", "mpirun"),
        *("torchrun", "accelerate", "deepspeed", "uv", "poetry", "pipenv", "hatch", "conda", "papermill", "jupyter"),
    )
)


def of_this_process() -> list[str]:
    """The command line of this process; Assay's own by its name, wherever it is installed."""
    program = Path(sys.argv[0])
    if program.name == "assay" or program.absolute() == COMMAND_LINE:
        return ["assay", *sys.argv[1:]]
    return [sys.executable, *sys.argv]


def script_of(command: Sequence[str], folder: Path | None = None, python_path: str | None = None) -> Path | None:
    """The script that a command runs, absolute; None where it names none that could be put on record.

    `folder` is where it runs and `python_path` what its PYTHONPATH says, where these are not this process's own.
    """
    folder = folder or Path.cwd()
    searched = os.environ.get("PYTHONPATH", "") if python_path is None else python_path
    return _Place(folder, (folder, *(folder / one for one in searched.split(os.pathsep) if one))).script_of(command)


def shell_program(words: Sequence[str]) -> str | None:
    """The file that a shell takes for its program; None where that is on the command line or standard input."""
    rest = list(words)
    while rest and rest[0].startswith(("-", "+")) and rest[0] not in ("-", "--"):
        option = rest.pop(0)
        letters = "" if option.startswith("--") else option[1:]
        if option.startswith("-") and not {"c", "s"}.isdisjoint(letters):
            return None
        del rest[: letters.count("o") + letters.count("O") or (option in SHELL_TAKES_WORD)]
    if rest[:1] == ["--"]:
        rest.pop(0)
    return rest[0] if rest and rest[0] != "-" else None


@dataclass(frozen=True)
class _Place:
    """Where a command runs, and where Python looks for modules there."""

    folder: Path
    modules: tuple[Path, ...]

    def script_of(self, command: Sequence[str]) -> Path | None:
        program, rest = Path(command[0]), list(command[1:])
        here = command[0] if program.parent.parts else shutil.which(command[0])
        if script := self._script(here or command[0]):
            return script
        if PYTHON_NAME.fullmatch(program.name):
            return self._python_script(rest)
        if program.name in SHELLS:
            word = shell_program(rest)
            return self._script(word) if word else None
        return self._wrapped(rest) if program.name in WRAPPERS else None

    def _wrapped(self, rest: Sequence[str]) -> Path | None:
        for place, word in enumerate(rest):
            if PYTHON_NAME.fullmatch(Path(word).name) or Path(word).name in SHELLS | WRAPPERS:
                return self.script_of(rest[place:])
            if script := self._script(word):
                return script
            if word in ("-m", "--module") and (script := self._module("".join(rest[place + 1 : place + 2]))):
                return script
        return None

    def _python_script(self, words: list[str]) -> Path | None:
        while words and words[0].startswith("-"):
            option = words.pop(0)
            if option == "-m" and words:
                return self._module(words[0]) or next(filter(None, map(self._script, words[1:])), None)
            if option in ("-c", "-"):
                return None
            if option in ("-W", "-X") and words:
                words.pop(0)
        return self._script(words[0]) if words else None

    def _module(self, name: str) -> Path | None:
        """The local file that `python -m name` runs."""
        for base in self.modules:
            path = base.joinpath(*name.split("."))
            for file in (path / "__main__.py", path.with_name(f"{path.name}.py")) if path.name else ():
                if file.is_file():
                    return file.absolute()
        return None

    def _script(self, word: str) -> Path | None:
        path = self.folder / word
        try:
            if path.is_file() and path.suffix not in SCRIPT_SUFFIXES:
                path = path.resolve()  # `./train` may be a link to `train.py`
            return path.absolute() if path.suffix in SCRIPT_SUFFIXES and path.is_file() else None
        except (OSError, ValueError):  # what no name of a file can be
            return None
