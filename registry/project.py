"""Where a project is: its root, its registry database, its author; and its settings, which `settings.py` reads.

A project is the nearest folder upwards that holds `.assay/`. Refuses to guess: without `.assay/` there is no project.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .errors import NoRegistry, UsageError
from .hashing import fact_id
from .settings import Settings

FOLDER = ".assay"
DATABASE = "registry.db"
UNDECODED = re.compile(r"\\u(dc[89a-f][0-9a-f])")  # as `printable` writes a byte of a name that is not UTF-8


@dataclass(frozen=True)
class Project:
    """A project root (absolute path) and the URL of its registry."""

    root: Path
    url: str

    @classmethod
    def find(cls, start: Path | str = ".", url: str | None = None) -> Project:
        """The project that `start` lies in; `url` or ASSAY_DB says where its registry is, else `.assay/registry.db`.

        A path in `url` is relative to `start`, one in ASSAY_DB to the project's root. Where either is given, a folder
        that is under git is a project without `.assay/` too, and so is `start` itself.
        """
        here = Path(start).absolute()
        everywhere = os.environ.get("ASSAY_DB")
        above = (here, *here.parents)
        root = next((folder for folder in above if (folder / FOLDER).is_dir()), None)
        if root is None and (url or everywhere):
            root = next((folder for folder in above if (folder / ".git").exists()), here)
        if root is not None:
            root = root.resolve()
            if url:
                return cls(root, registry_url(url, here))
            return cls(root, registry_url(everywhere or str(Path(FOLDER, DATABASE)), root))
        raise NoRegistry(f"no registry here: {here} is in no Assay project", "Run `assay init` in the project's root.")

    @cached_property
    def settings(self) -> Settings:
        """What the project has configured. Raises UsageError naming the first setting that does not fit."""
        return Settings.read(self.root)

    @cached_property
    def workspace(self) -> str:
        """Names this working copy, so that several machines can share one registry without mixing their caches."""
        return fact_id("workspace", platform.node(), str(self.root))[:12]

    @cached_property
    def author(self) -> str:
        """Who speaks: ASSAY_AUTHOR, else git's user, else the login name; an agent speaks for one of them."""
        return f"{self.agent} (agent) for {self._person}" if self.agent else self._person

    @cached_property
    def agent(self) -> str:
        """The agent that speaks, as ASSAY_AGENT names it; empty where a person does."""
        return " ".join(os.environ.get("ASSAY_AGENT", "").split())

    @cached_property
    def signing_key(self) -> str:
        """The SSH key by which the person here signs: ASSAY_SIGNING_KEY, else git's assay.signingKey, else none."""
        return os.environ.get("ASSAY_SIGNING_KEY") or self._git_settings.get("assay.signingkey", "")

    @cached_property
    def _git_settings(self) -> Mapping[str, str]:
        """Who git's user is, and by which key they sign."""
        try:
            command = [
                "git",
                "-C",
                str(self.root),
                "config",
                "--get-regexp",
                r"^(user\.(name|email)|assay\.signingkey)$",
            ]
            pairs = subprocess.run(command, capture_output=True, text=True, timeout=10).stdout.splitlines()
        except (OSError, subprocess.TimeoutExpired):
            pairs = []
        return dict(pair.split(" ", 1) for pair in pairs if " " in pair)

    @cached_property
    def _person(self) -> str:
        if name := os.environ.get("ASSAY_AUTHOR"):
            return name
        if "user.name" in (found := self._git_settings):
            return f"{found['user.name']} <{found.get('user.email', '')}>".replace(" <>", "")
        import getpass

        try:
            return getpass.getuser()
        except (OSError, KeyError):
            return "unknown"

    @cached_property
    def origin(self) -> str:
        """The id of the first commit, which every whole clone has; empty where there is none, or not all of git."""
        git = ["git", "-C", str(self.root)]
        try:
            shallow = subprocess.run([*git, "rev-parse", "--is-shallow-repository"], capture_output=True, text=True)
            if shallow.stdout.strip() != "false":
                return ""
            first = subprocess.run([*git, "rev-list", "--max-parents=0", "HEAD"], capture_output=True, text=True)
            return min(first.stdout.split(), default="")
        except OSError:
            return ""

    def name_of(self, path: Path | str) -> str:
        """An artifact's name: its POSIX path relative to the root, or absolute where it lies outside.

        Symbolic links in the folders are followed, the last component is not, so that a link keeps its own name. What
        lies outside, behind a link in the project, has the link's name too.
        """
        given = Path(path).absolute()
        path = given.parent.resolve() / given.name if given.name not in ("", ".", "..") else given.resolve()
        if not path.is_relative_to(self.root) and given.is_relative_to(self.root) and ".." not in given.parts:
            path = given
        return printable((path.relative_to(self.root) if path.is_relative_to(self.root) else path).as_posix())

    def path_of(self, name: str) -> Path:
        """The absolute path that an artifact's name stands for."""
        return self.root / UNDECODED.sub(lambda byte: chr(int(byte[1], 16)), name)


def registry_url(url: str, start: Path) -> str:
    """A registry's URL as the databases know it, or its absolute path. Raises UsageError for another database."""
    scheme, found, rest = url.partition("://")
    if not found:
        return str(start / url)
    if scheme == "sqlite":
        return f"sqlite:///{start / rest.removeprefix('/')}"
    if scheme == "postgres":
        return f"postgresql://{rest}"
    if scheme in ("postgresql", "postgresql+psycopg"):
        return url
    raise UsageError(
        f"{scheme}:// is no registry that Assay can open",
        "Give a path, sqlite:///PATH or postgresql://USER@HOST/DATABASE.",
    )


def printable(text: str) -> str:
    """Text that any database can hold: undecodable bytes are written as \\udcXX, NUL as \\x00."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
