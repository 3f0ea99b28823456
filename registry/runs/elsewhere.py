"""Work that a run had done elsewhere, and what came from there: of daemons, other nodes, pipes, git, the network.

One table of programs that hand work over, and one of sockets that bring nothing in. Whatever else a run reached that is
no part of its own process tree is named: what came back is on no record.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from ..observe.process.tree import Program, Tree
from .classes import OBJECTS

HOSTS = Path("/etc/hosts")
CONTAINERS = ("docker", "docker-compose", "podman-remote", "nerdctl", "ctr", "crictl", "lxc", "machinectl", "nsenter")
NODES = ("ssh", "slogin", "rsh", "mosh", "pdsh", "clush", "parallel-ssh", "ansible", "ansible-playbook", "fab")
SCHEDULERS = ("srun", "sbatch", "salloc", "scontrol", "qsub", "qrsh", "bsub", "condor_submit", "flux", "oarsub")
CLUSTERS = ("kubectl", "oc", "helm", "argo", "nomad", "ray", "dask-ssh", "sky", "dstack", "runai", "determined", "det")
CLOUDS = ("modal", "gcloud", "az", "aws", "databricks", "runpodctl", "vastai", "beaker", "mcli", "lightning")
LATER = ("at", "batch", "crontab", "systemd-run", "launchctl", "flatpak-spawn", "tsp")
HANDS_OVER = frozenset((*CONTAINERS, *NODES, *SCHEDULERS, *CLUSTERS, *CLOUDS, *LATER))
MAY_RUN_HERE = frozenset(("srun", "flux"))  # inside an allocation of one node they start what they are given
GIT_OPTIONS = frozenset(("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path"))  # that take a word
GIT_GIVES = frozenset(("show", "cat-file", "archive", "checkout", "restore", "switch", "worktree", "stash", "clone"))
GIT_GIVES |= {"reset", "read-tree", "checkout-index", "apply", "am", "cherry-pick", "merge", "rebase", "unpack-file"}
GIT_GIVES |= {"format-patch", "fast-export", "bundle", "pack-objects", "blame", "annotate", "whatchanged", "range-diff"}
GIT_GIVES |= {"pull", "fetch", "submodule", "filter-branch", "replay", "difftool"}
GIT_LOOKS = frozenset(
    ("status", "describe", "update-index", "add", "commit", "ls-files", "rev-parse", "hash-object", "gc")
)
GIT_TELLS = frozenset(("-t", "-s", "-e", "--batch-check"))  # of `cat-file`: no content
GIT_PATCHES = ("-p", "-u", "--patch", "--patch-with-", "-U", "--unified", "-L", "-c", "--cc", "--word-diff", "--binary")
GIT_COUNTS = ("--stat", "--shortstat", "--numstat", "--name-", "--quiet", "--raw", "--summary", "-s", "--no-patch")
BRING_NOTHING = (
    *("/dev/log", "/run/systemd/journal/*", "/run/systemd/resolve/*", "/run/systemd/userdb/*", "/run/systemd/notify"),
    *("*/nscd/socket", "*/sss/pipes/*", "/run/sssd/*", "/run/avahi-daemon/socket", "/run/dbus/system_bus_socket"),
    *("/var/run/dbus/system_bus_socket", "/run/user/*/bus", "/run/user/*/pulse/*", "/run/user/*/pipewire-*"),
    *("/run/user/*/wayland-*", "*/.X11-unix/*", "@/tmp/dbus-*", "/tmp/dbus-*", "*/S.gpg-agent*"),
    *("/run/user/*/keyring/*", "/tmp/ssh-*/agent.*", "/tmp/nvidia-mps/*", "/run/nvidia-persistenced/*"),
    *("/tmp/vscode-*", "/run/user/*/vscode-*"),
)


def handed_over(tree: Tree, harmless: Collection[str]) -> list[str]:
    """Names of programs that had work done where nobody watched."""
    started = {program.parent for program in tree.programs}
    found: dict[str, None] = {}
    for place, program in enumerate(tree.programs):
        name = os.path.basename(program.path)  # noqa: PTH119
        if name in HANDS_OVER and not (name in MAY_RUN_HERE and place in started):
            found[name] = None
    return [name for name in found if not _any(name, harmless)]


def reached(tree: Tree, harmless: Collection[str], database: str) -> list[str]:
    """Addresses that the run connected to, but those that bring nothing in, and the registry's own database."""
    own = cache(lambda: _addresses(database))
    return [address for address in tree.connections if not _is_harmless(address, harmless, own)]


def called(address: str, hosts: Path = HOSTS) -> str:
    """An address with the name that this machine's own list has for it. Nobody is asked: what a program had asked for
    is not in its connection, and what would be answered today is another matter."""
    host = address.rpartition(":")[0].strip("[]")
    try:
        lines = [line.partition("#")[0].split() for line in hosts.read_text("utf-8", "replace").splitlines()]
    except OSError:
        return address
    name = next((words[1] for words in lines if len(words) > 1 and words[0] == host), None)
    return f"{address} ({name})" if name else address


def taken_from_git(tree: Tree, harmless: Collection[str], recorded: Collection[int] = ()) -> list[str]:
    """Commands that took content of whatever time out of git, where nobody sees which files it was: not those at the
    places whose answer is on record."""
    looked = {one for path, reading in tree.reads.items() if OBJECTS in path for one in reading.programs}
    found: dict[str, None] = {}
    for place, program in enumerate(tree.programs):
        words = git_words(program)
        if (
            place not in recorded and words and _gives_content(words) and (words[0] != "diff" or place in looked)
        ):  # of no change there is none
            found[f"git {words[0]}"] = None
    return [command for command in found if not _any(command, harmless)]


def only_looks(program: Program) -> bool:
    """Whether a program is git, comparing files with what it keeps, and gives out nothing of what is in them."""
    words = git_words(program)
    return bool(words) and (words[0] in GIT_LOOKS or (words[0].startswith("diff") and not _gives_content(words)))


def git_words(program: Program) -> Sequence[str]:
    """A command of git's and its arguments, without what stands before it; nothing of another program."""
    if os.path.basename(program.path) != "git":  # noqa: PTH119
        return ()
    words = program.words[1:]
    while words and words[0].startswith("-"):
        words = words[2 if words[0] in GIT_OPTIONS else 1 :]
    return words


def _gives_content(words: Sequence[str]) -> bool:
    if words[0] == "cat-file":
        return GIT_TELLS.isdisjoint(words)
    options = [word for word in words[1:] if word.startswith("-")]
    given = [word for word in words[1:] if not word.startswith("-")]
    if words[0] == "show":  # of a file, or the patch of a commit, not what there is to say of one
        return any(":" in word for word in given) or not _only(options, GIT_COUNTS)
    if words[0] == "log":
        return any(map(_is_patch, options))
    if words[0] in ("diff", "diff-tree", "diff-index", "diff-files"):
        return not _only(options, GIT_COUNTS) and (words[0] == "diff" or any(map(_is_patch, options)))
    if words[0] == "stash":
        return given[:1] not in (["list"], ["push"], ["create"], ["drop"])
    return words[0] in GIT_GIVES


def _is_patch(option: str) -> bool:
    return option.startswith(GIT_PATCHES)


def _only(options: Sequence[str], marks: tuple[str, ...]) -> bool:
    """Whether one of the options asks for names and numbers alone."""
    return any(option.startswith(marks) for option in options) and not any(map(_is_patch, options))


def filled_by_others(tree: Tree) -> list[str]:
    """Named pipes that the run read from and never wrote to."""
    return [path for path, how in tree.pipes.items() if how != {"w"} and "w" not in how]


def _is_harmless(address: str, harmless: Collection[str], own: Callable[[], frozenset[str]]) -> bool:
    host = address.rpartition(":")[0].strip("[]")
    if address.startswith("unix:"):
        path = address.removeprefix("unix:")
        return _any(path, BRING_NOTHING) or _any(path, harmless) or _any(address, harmless)
    return _any(host, harmless) or _any(address, harmless) or address in own()


def _any(text: str, patterns: Collection[str]) -> bool:
    return any(fnmatchcase(text, one) for one in patterns)


def _addresses(url: str) -> frozenset[str]:
    """Where a database is reached, as addresses; none of one that is a file."""
    parts = urlsplit(url)
    if not parts.hostname or not url.startswith("postgresql"):
        return frozenset()
    port = parts.port or 5432
    try:
        found = {str(told[4][0]) for told in socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)}
    except OSError:
        found = {parts.hostname}
    return frozenset(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host in found)


def told(
    tree: Tree, harmless: Collection[str], named: Callable[[list[str]], str], recorded: Collection[int]
) -> Iterator[str]:
    """Why a run proves nothing, as far as work was handed over, or content came in, without a connection."""
    if programs := handed_over(tree, harmless):
        yield f"it handed work over with {named(programs)}, and what was done there nobody saw"
    if commands := taken_from_git(tree, harmless, recorded):
        yield f"it took what it did not declare out of git with {named(commands)}"
    if pipes := filled_by_others(tree):
        yield f"it read from {named(pipes)}, a pipe that others fill"
