"""The kinds of artifact, one row each: what it is called, how it is found, described and examined, and who judges it.

A new kind is a row here and a module in `observe/observers/`. Pure and cheap: rows name modules by their dotted path,
and these are imported when they are asked. Refuses to let a kind pass that nobody looks at: one that is judged by rules
and has none is never clean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

SCRIPT, DATASET, CHECKPOINT, MODEL = "script", "dataset", "checkpoint", "model"
EVALUATION, SETTINGS, TOOL = "evaluation", "settings", "tool"
Profile = Mapping[str, Any]
Examiner = Callable[..., Any]  # (path, configuration of the rules, import graph) → (Description, Examination)
ExaminerOfMany = Callable[..., Any]  # (paths, configuration of the rules, import graph) → by path what one would give


class Judged(StrEnum):
    """What an artifact of a kind needs to be clean, beside a known origin."""

    BY_RULES = "rules"  # today's rules have looked at it
    BY_ORIGIN = "origin"  # nothing: where it comes from decides


class Part(NamedTuple):
    """Words that an artifact can be found by: where they stand in it, and what they say."""

    where: str
    text: str


class Contents(NamedTuple):
    """What of a folder is the artifact, where that is not all of it: names of files, and of folders that are splits."""

    names: tuple[str, ...]
    splits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Description:
    """What an artifact is: its profile as JSON-ready values, what is wrong with it, the kind that its content makes
    within its family (None for that which it was found as), and the digest of its weights."""

    profile: Profile
    problem: str = ""
    kind: str | None = None
    weights: str | None = None


class Observer:
    """Finds and describes one kind. A module in `observe/observers/` subclasses it and holds one as `OBSERVER`.

    What is asked of names and profiles is asked often and imports nothing heavy. What is read raises OSError.
    `put_in_words` are the parts of a profile that `told` says.
    """

    put_in_words: frozenset[str] = frozenset()

    @property
    def version(self) -> int:
        """Goes up whenever the description of the same bytes says something else; they are looked at again then."""
        return 1

    def may_be(self, name: str) -> bool:
        """Whether a file of this name, which has one of the kind's suffixes, may be one."""
        return True

    def is_file(self, path: Path) -> bool:
        """Whether a file that may be one by its name is one by its content."""
        return True

    def is_folder(self, folder: Path, files: frozenset[str], folders: frozenset[str], is_root: bool) -> bool:
        """Whether a folder in which these files and folders lie is one; `is_root` for the root of the project."""
        return False

    def is_part(self, files: frozenset[str]) -> bool:
        """Whether a folder of such files, which alone is one, is part of that in which it lies."""
        return False

    def contents(self, folder: Path, files: frozenset[str], is_root: bool) -> Contents | None:
        """What of such a folder belongs to it; None for everything below."""
        return None

    def describe(self, path: Path) -> Description:
        """What lies there; never asked where the kind has an examiner, which describes in the same pass."""
        return Description({})

    def purpose(self, profile: Profile) -> str:
        """What it is for, in a line."""
        return ""

    def told(self, profile: Profile) -> Iterable[str]:
        """What a person is told of it in detail, in lines; all that is not put in words is shown as it is."""
        return ()

    def leading(self, profile: Profile) -> Iterable[Part]:
        """What it says about itself first, beside its name."""
        return ()

    def inner(self, profile: Profile) -> Iterable[Part]:
        """What else can be named in it."""
        return ()


@dataclass(frozen=True)
class Kind:
    """One kind of artifact.

    `family` is the kind whose name stands for all that content cannot tell apart. `suffixes` are endings, or whole
    names, of files that may be one; without any, and without an observer (a module in `observe/observers/`) that knows
    folders, only who knows it records it. `examiner` (`module:function` below registry/) describes it and runs the
    rules that look at it; `together`, where there is one, does so for many files at a time. `origins` are sources of a
    sighting that tell where it comes from. `heading` is that of its family's section in the document.
    """

    name: str
    plural: str
    family: str
    heading: str
    judged: Judged
    observer: str = ""
    examiner: str = ""
    together: str = ""
    suffixes: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()

    @cached_property
    def observed(self) -> Observer:
        """What finds and describes it."""
        if not self.observer:
            return Observer()
        found: Observer = import_module(f".observe.observers.{self.observer}", __package__).OBSERVER
        return found

    @cached_property
    def examine(self) -> Examiner:
        """What describes and examines it. Raises AttributeError for a kind without an examiner."""
        module, _, function = self.examiner.partition(":")
        found: Examiner = getattr(import_module(f".{module}", __package__), function)
        return found

    @cached_property
    def examine_many(self) -> ExaminerOfMany:
        """What describes and examines those of many that can be read together. Raises AttributeError without one."""
        module, _, function = self.together.partition(":")
        found: ExaminerOfMany = getattr(import_module(f".{module}", __package__), function)
        return found

    @property
    def is_said(self) -> bool:
        """Whether somebody's word makes a file one, whatever is in it: no rule reads it."""
        return not self.examiner

    def is_origin(self, source: str) -> bool:
        """Whether a sighting of this source tells where one comes from."""
        return bool(self.origins) and source.startswith(self.origins)


# A folder is the last of these that knows it; a file the first that its content allows, a narrower kind before that
# which stands for its family.
KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            SCRIPT, "scripts", SCRIPT, "Scripts", Judged.BY_RULES,
            observer="script", examiner="rules.looks:script",
            suffixes=(".py", ".sh", ".ipynb"), origins=("git",),
        ),
        Kind(
            DATASET, "datasets", DATASET, "Data", Judged.BY_RULES,
            observer="dataset", examiner="rules.looks:dataset", together="rules.looks:datasets",
            suffixes=(".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".arrow", ".gz", ".zst"),
        ),
        Kind(
            CHECKPOINT, "checkpoints", CHECKPOINT, "Checkpoints and models", Judged.BY_RULES,
            observer="checkpoint", examiner="rules.looks:checkpoint",
            suffixes=(".safetensors", ".gguf", ".bin", ".pt", ".pth", ".ckpt", ".pkl"),
        ),
        Kind(
            MODEL, "models", CHECKPOINT, "Checkpoints and models", Judged.BY_RULES,
            observer="checkpoint", examiner="rules.looks:checkpoint",
        ),
        Kind(
            EVALUATION, "evaluations", DATASET, "Data", Judged.BY_ORIGIN,
            observer="evaluation", suffixes=(".json", ".jsonl", ".csv", ".eval"),
        ),
        Kind(
            SETTINGS, "settings", SETTINGS, "Settings", Judged.BY_ORIGIN,
            observer="settings", examiner="rules.looks:settings", origins=("git",),
            suffixes=(
                *(".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".json", ".lock", ".sbatch", ".slurm", ".mk"),
                *(".txt", ".dockerfile", ".Dockerfile", "Dockerfile", "Containerfile", "Makefile", "makefile"),
                *("GNUmakefile", "justfile", "Justfile", "Pipfile"),
            ),
        ),
        Kind(TOOL, "tools", TOOL, "Tools", Judged.BY_ORIGIN, origins=("distribution",)),
    )
}  # fmt: skip
FAMILIES = tuple(kind for kind in KINDS.values() if kind.name == kind.family)
_BY_SUFFIX = {
    suffix: tuple(
        sorted((kind for kind in KINDS.values() if suffix in kind.suffixes), key=lambda kind: kind.name == kind.family)
    )
    for suffix in (suffix for kind in KINDS.values() for suffix in kind.suffixes)
}
# Each observer once, for the first of the kinds that it knows.
_OF_FOLDERS = tuple({kind.observer: kind for kind in reversed(tuple(KINDS.values())) if kind.observer}.values())


def row_of(name: str) -> Kind:
    """The row of a kind; for one that only a newer Assay knows, a row by which nothing of it is ever clean."""
    return KINDS.get(name) or Kind(name, name, name, name.capitalize(), Judged.BY_RULES)


def family_of(name: str) -> str:
    """The kind that stands for all that content cannot tell apart from this one."""
    return row_of(name).family


def kinds_of_family(name: str) -> tuple[str, ...]:
    """The kinds of a family."""
    return tuple(kind.name for kind in KINDS.values() if kind.family == name)


def kinds_by_name(name: str) -> tuple[Kind, ...]:
    """What a file of this name may be, none for nothing of ours; its content decides."""
    suffix = name[dot:] if (dot := name.rfind(".")) >= 0 else name
    listed = _BY_SUFFIX.get(suffix) or _BY_SUFFIX.get(name) or _BY_SUFFIX.get(name[: name.find(".")])
    return tuple(kind for kind in listed if kind.observed.may_be(name)) if listed else ()


def kind_by_content(candidates: Iterable[Kind], path: Path) -> Kind | None:
    """What a file is when its name alone does not tell: a `.json` may be settings, a `.bin` anything."""
    for kind in candidates:
        try:
            if kind.observed.is_file(path):
                return kind
        except OSError:
            return kind  # it cannot be read; whoever tries to describe it says so
    return None


def kind_of_folder(folder: Path, files: frozenset[str], folders: frozenset[str], is_root: bool) -> Kind | None:
    """What a folder in which these lie is as a whole, or None."""
    return next((kind for kind in _OF_FOLDERS if kind.observed.is_folder(folder, files, folders, is_root)), None)


def plainest(names: Iterable[str]) -> tuple[str, ...]:
    """These kinds of one version, that by which it is called first: git tells least of what is not only code."""
    places = {name: place for place, name in enumerate(KINDS)}
    return tuple(sorted(set(names), key=lambda name: ("git" in row_of(name).origins, places.get(name, -1), name)))
