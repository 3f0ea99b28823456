"""Put `assay hook commit` where git, husky or pre-commit runs it at each commit, and take it out again.

What is there already is kept: a marked block is added to it, once, and nothing else is touched. Refuses, with what to
do by hand, where a block could do harm or would not be run: a hook that is no shell script, hooks that all repositories
of a person share, a configuration that would not be read as before.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from shlex import quote
from typing import Any

from ..errors import UsageError
from ..writing import write_document

BEGIN, END = "# >>> assay (`assay hook uninstall` takes this out)", "# <<< assay"
CONFIG = ".pre-commit-config.yaml"
COMMAND = "assay hook commit"
SHELLS = ("sh", "bash", "dash", "zsh", "ksh")
BY_HAND = f"Call `{COMMAND}` in it yourself: it exits 3 for a commit that must not be made."


def install(root: Path, by_pre_commit: bool | None, options: str = "") -> Path:
    """Install it for the repository that `root` lies in; returns the file that calls it now.

    By pre-commit where the repository has its configuration, unless that is said. Raises UsageError.
    """
    top = Path(_git(root, "rev-parse", "--show-toplevel"))
    command = COMMAND + options
    if below := _git(root, "rev-parse", "--show-prefix"):
        command = f"sh -c {quote(f'cd {quote(below)} && {command}')}"
    config = top / CONFIG
    if config.is_file() if by_pre_commit is None else by_pre_commit:
        _write(top, config, _configured(_text(config), command))
        return config
    hook = _hook_file(root, top)
    _write(hook.parent, hook, _hooked(hook, command))
    hook.chmod(hook.stat().st_mode | 0o111)
    return hook


def uninstall(root: Path) -> list[Path]:
    """Take it out wherever it was put; returns the files that called it. A hook that was nothing else is deleted."""
    top = Path(_git(root, "rev-parse", "--show-toplevel"))
    changed = []
    for path in (top / CONFIG, _hook_file(root, top)):
        if BEGIN not in (text := _text(path)):
            continue
        changed.append(path)
        left = _without(text)
        if left.strip() in ("", "#!/bin/sh", "repos:"):
            path.unlink()
        else:
            _write(path.parent, path, left)
    return changed


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True)
    except OSError:
        raise UsageError("git is not installed", "Install git first.") from None
    if done.returncode:
        raise UsageError("there is no git repository with a working copy here", "Run `git init` first.")
    return done.stdout.removesuffix("\n")


def _hook_file(root: Path, top: Path) -> Path:
    """The pre-commit hook that git runs for this repository, or that husky runs from there. Raises UsageError."""
    own = Path(_git(root, "rev-parse", "--path-format=absolute", "--git-common-dir")).resolve()
    folder = Path(_git(root, "rev-parse", "--path-format=absolute", "--git-path", "hooks")).resolve()
    if folder.name == "_" and folder.parent.name == ".husky":
        folder = folder.parent
    if not any(folder.is_relative_to(place) for place in (own, top.resolve())):
        raise UsageError(f"core.hooksPath is {folder}, whose hooks other repositories share", BY_HAND)
    return folder / "pre-commit"


def _hooked(hook: Path, command: str) -> str:
    """The text of the hook with the block right below its first line, where nothing before it can end the script."""
    text = _without(_text(hook))
    if hook.is_symlink():
        raise UsageError(f"{hook} is a link", BY_HAND)
    first, _, rest = text.partition("\n") if text.startswith("#!") else ("#!/bin/sh", "", text)
    if first.split()[-1].rpartition("/")[2] not in SHELLS:
        raise UsageError(f"{hook} is no shell script", BY_HAND)
    call = f'if command -v assay >/dev/null 2>&1; then {command} || [ "$?" -ne 3 ] || exit 1'
    missing = 'else echo "assay: not found, so this commit is not checked" >&2; fi'
    return "\n".join([first, BEGIN, call, missing, END, rest])


def _configured(text: str, command: str) -> str:
    """The configuration of pre-commit with one more local hook at its end. Raises UsageError where that cannot be."""
    import yaml

    text = _without(text) or "repos:\n"
    try:
        before: Any = yaml.safe_load(text)
        items = [line for line in text.split("\n") if line.lstrip().startswith("- repo:")]
        indent = items[0][: len(items[0]) - len(items[0].lstrip())] if items else ""
        block = [f"{indent}{line}" for line in (BEGIN, *_entry(command), END)]
        new = "\n".join([text.rstrip("\n"), *block, ""])
        after: Any = yaml.safe_load(new)
        if after["repos"][:-1] == (before["repos"] or []) and {**after, "repos": 0} == {**before, "repos": 0}:
            return new
    except (yaml.YAMLError, TypeError, KeyError):
        pass
    raise UsageError(
        f"{CONFIG} does not end in its list of repos", f"Add a local hook with `entry: {COMMAND}` to it yourself."
    )


def _entry(command: str) -> tuple[str, ...]:
    return (
        "- repo: local",
        "  hooks:",
        "    - id: assay",
        "      name: assay",
        f"      entry: {command}",
        "      language: system",
        "      pass_filenames: false",
        "      types_or: [python, shell, jupyter]",
    )


def _without(text: str) -> str:
    """A text without the block."""
    before, begun, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    return before.rstrip(" ") + after.removeprefix("\n") if begun and ended else text


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{path} is no text that can be read", BY_HAND) from None


def _write(root: Path, path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if text != _text(path):
        write_document(root, path, text)
