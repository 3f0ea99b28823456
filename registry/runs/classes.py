"""What a file that was read is, by one table: environment, code, settings, or data.

What nothing here knows is data, whatever its name and wherever it lies: a table that forgets a cache makes somebody
declare it, and one that forgets data would let it pass. A project adds to the environment with `environment` in its
settings.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from ..observe.process.environment import PYTHON_NAME
from ..observe.walk import SCRIPT_SUFFIXES
from ..project import FOLDER
from .contents import holds_rows, is_packed, is_rows


class Class(StrEnum):
    """What a file that was read is to the run that read it."""

    ENVIRONMENT = "environment"  # interpreters, packages, the system, caches that only save time, credentials
    CODE = "code"
    SETTINGS = "settings"
    INPUT = "declared input"
    CACHE = "cache"  # of rows, that is on record as made of data that is
    OWN = "own"  # made by the run itself
    DATA = "data"


SYSTEM: tuple[str, ...] = (
    *("/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/include", "/usr/share"),
    *("/usr/games", "/usr/local/bin", "/usr/local/sbin", "/usr/local/lib", "/usr/local/lib64", "/usr/local/libexec"),
    *("/usr/local/include", "/usr/local/share", "/usr/local/etc", "/usr/local/cuda*"),
    *("/lib", "/lib32", "/lib64", "/bin", "/sbin", "/etc", "/proc", "/sys", "/dev", "/run", "/boot"),
    *("/var/lib/dbus", "/var/lib/dpkg", "/var/lib/apt", "/var/lib/sss", "/var/lib/systemd", "/var/lib/ca-certificates"),
    *("/var/lib/fontconfig", "/var/lib/texmf", "/var/lib/locales", "/var/cache/fontconfig", "/var/cache/ldconfig"),
    *("/var/cache/nscd", "/var/cache/man", "/var/run", "/nix/store", "/gnu/store", "/snap"),
    *("/opt/nvidia", "/opt/rocm"),
)
ANYBODYS = ("/dev/shm/", "/run/shm/", "/run/user/", "/run/lock/", "/run/media/", "/var/run/user/")  # take any file
DATA_ANYWHERE = frozenset((".jsonl", ".ndjson", ".parquet", ".arrow", ".safetensors", ".gguf", ".npy", ".npz", ".tsv"))
IN_HOME = (
    *(".cache/fontconfig/*", ".cache/matplotlib/*", ".config/*", ".cache/mesa_shader_cache/*", ".cache/nvidia/*"),
    *(".nv/*", ".triton/*", ".cache/triton/*", ".cache/torch_extensions/*", ".cache/torch/kernels/*", ".fonts/*"),
    *(".cache/torch/inductor/*", ".cache/vllm/*", ".cache/flashinfer/*", ".cache/numba/*", ".cache/uv/*"),
    *(".cache/pip/*", ".cache/pypoetry/*", ".cache/pre-commit/*", ".cache/tiktoken/*", ".cache/jedi/*"),
    *(".cache/huggingface/token", ".cache/huggingface/stored_tokens"),
    *(".cache/huggingface/accelerate/*", ".huggingface/token", ".netrc", ".aws/*", ".ssh/*", ".kaggle/*", ".docker/*"),
    *(
        ".cargo/*",
        ".nvm/*",
        ".oh-my-zsh/*",
        ".gitconfig",
        ".bash*",
        ".profile",
        ".zsh*",
        ".inputrc",
        ".npmrc",
        ".pypirc",
        ".condarc",
        ".conda/*",
    ),
    *(".ipython/*", ".jupyter/*", ".local/bin/*", ".local/lib/*", ".local/share/jupyter/*", ".pyenv/*", ".rustup/*"),
)
SHARED = ("/etc/", "/run/", "/var/", "/usr/share/", "/usr/local/share/", "/usr/local/etc/")  # of text of all kinds
ANYWHERE: tuple[str, ...] = (
    *(
        f"*/nltk_data/{part}/*"
        for part in ("tokenizers", "taggers", "chunkers", "stemmers", "grammars", "misc", "help")
    ),
    *(f"*/nltk_data/corpora/{part}*" for part in ("stopwords", "wordnet", "omw", "words", "cmudict", "names")),
)
ANYWHERE += ("*/.hypothesis/unicode_data/*",)
ANYWHERE += ("*/torchinductor_*/*", "*/data-gym-cache/*", "*/tiktoken_cache/*", "*/.ld.so.cache")
OBJECTS = "/.git/objects/"  # content of any file there ever was: for git itself to look into
KEPT_BY_TOOLS = frozenset((".git", FOLDER, ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"))
PREFIX_PARTS = ("/lib/", "/lib64/", "/bin/", "/include/", "/etc/", "/share/", "/conda-meta/", "/ssl/", "/libexec/")
SETTINGS_SUFFIXES = frozenset(
    (".yaml", ".yml", ".toml", ".ini", ".cfg", ".json", ".jsonc", ".json5", ".conf", ".lock", ".env")
)
SETTINGS_SUFFIXES |= {".sbatch", ".slurm", ".mk", ".properties", ".jinja", ".j2", ".hydra"}
SETTINGS_NAMES: tuple[str, ...] = (
    "makefile",
    "gnumakefile",
    "dockerfile*",
    "requirements*.txt",
    "constraints*.txt",
    ".env*",
    "justfile",
)
SETTINGS_NAMES += ("procfile", "snakefile", ".gitignore", ".gitattributes", ".python-version", "*.mk", "pipfile")
CODE_SUFFIXES = frozenset(
    (
        *(*SCRIPT_SUFFIXES, ".pyc", ".pyi", ".pyx", ".pxd", ".pxi", ".bash", ".zsh", ".ksh", ".csh", ".fish", ".ps1"),
        *(".pl", ".pm", ".rb", ".rake", ".r", ".jl", ".lua", ".php", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts"),
        *(".cts", ".tsx", ".awk", ".sed", ".jq", ".smk", ".nf", ".groovy", ".tcl", ".go", ".rs", ".java", ".kt"),
        *(".scala", ".hs", ".ml", ".ex", ".exs", ".clj", ".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".cu"),
        *(".cuh", ".inc", ".f90", ".metal"),
    )
)


@dataclass(frozen=True)
class Classes:
    """The table as it applies to one run. `interpreters` are the programs that it ran, `ours` is where Assay lies."""

    root: Path
    tracked: Collection[str]
    interpreters: Iterable[str] = ()
    ours: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        home = os.path.expanduser("~")  # noqa: PTH111 (text throughout: there are very many files)
        found = {*SYSTEM, *self.ours}
        for program in self.interpreters:
            folder = os.path.dirname(os.path.dirname(program))  # noqa: PTH120
            if PYTHON_NAME.fullmatch(os.path.basename(program)) and folder not in ("/", ""):  # noqa: PTH119
                found |= {f"{folder}/{part}" for part in ("lib", "lib64", "bin", "include", "share")}
        object.__setattr__(self, "_system", tuple(folder.rstrip("*") + "/" * (folder[-1] != "*") for folder in found))
        object.__setattr__(self, "_patterns", (*(f"{home}/{one}" for one in IN_HOME), *ANYWHERE))

    def of(self, path: str) -> Class:
        """The class of a file by its absolute path, links followed: environment, code, settings or data."""
        if self.is_environment(path):
            return Class.ENVIRONMENT
        suffix = _suffix(path)
        is_told = suffix in SCRIPT_SUFFIXES or os.path.exists(path)  # noqa: PTH110 (of what is gone a name tells little)
        if suffix == ".pyc" or (suffix in CODE_SUFFIXES and is_told and not is_rows(path, fields=False)):
            return Class.CODE
        return Class.SETTINGS if self.is_settings(path) else Class.DATA

    def is_environment(self, path: str) -> bool:
        """Whether a file belongs to what the run ran in, and could not teach a model anything."""
        if any(fnmatch.fnmatchcase(path, pattern) for pattern in self.also):
            return True
        is_data = _suffix(path) in DATA_ANYWHERE
        folder = path.rpartition("/")[0]
        is_ours = path.startswith(f"{self.root}/")  # a project may lie among what is the system's elsewhere
        if not is_ours and path.startswith(self._system) and not path.startswith(ANYBODYS):  # type: ignore[attr-defined]
            return (not is_data and not (path.startswith(SHARED) and is_rows(path))) or _is_installed(folder)
        kept = any(fnmatch.fnmatchcase(path, pattern) for pattern in self._patterns)  # type: ignore[attr-defined]
        kept |= OBJECTS not in path and not KEPT_BY_TOOLS.isdisjoint(folder.split("/")) and not is_packed(path)
        return (kept and not is_data and not is_rows(path)) or _is_installed(folder)

    def is_settings(self, path: str) -> bool:
        """Whether a file of the project is settings: tracked, small, of such a format, and no rows."""
        return self.is_tracked(path) and has_settings_name(path) and not holds_rows(Path(path))

    def is_tracked(self, path: str) -> bool:
        """Whether git tracks a file of the project."""
        name = path.removeprefix(f"{self.root}/")
        return name != path and name in self.tracked


def has_settings_name(path: str) -> bool:
    """Whether a file is called as settings are."""
    last = path.rpartition("/")[2].lower()
    return _suffix(path) in SETTINGS_SUFFIXES or any(fnmatch.fnmatchcase(last, one) for one in SETTINGS_NAMES)


@cache
def _is_installed(folder: str) -> bool:
    """Whether a folder belongs to an environment of Python's: of a prefix, or of packages installed below one."""
    above = folder
    while above not in ("/", ""):
        if _is_prefix(above):
            return f"{folder}/".startswith(tuple(above + part for part in PREFIX_PARTS)) or folder == above
        above, _, name = above.rpartition("/")
        is_named = name in ("site-packages", "dist-packages") and above.rpartition("/")[2].startswith(("python", "lib"))
        if is_named and any(one.endswith((".dist-info", ".egg-info")) for one in _names(f"{above}/{name}")):
            return True
    return False


def _is_prefix(folder: str) -> bool:
    """Whether an interpreter was put here, and not merely an empty file of the name that tells of one."""
    try:
        return os.path.getsize(f"{folder}/pyvenv.cfg") > 0  # noqa: PTH202
    except OSError:
        return os.path.exists(f"{folder}/conda-meta/history")  # noqa: PTH110


@cache
def _names(folder: str) -> tuple[str, ...]:
    try:
        return tuple(os.listdir(folder))  # noqa: PTH208
    except OSError:
        return ()


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()  # noqa: PTH122
