"""What git knows about the files of a project: first and last commit of each, renames followed, and past contents.

One `git log` for the whole history, never one per file. A project without git, without commits, or on a machine without
git has no history (None): an answer, not an error. Git is only read; nothing here writes to a repository, or fetches
what a partial clone left out. Names, authors and times of commits are whatever somebody wrote: an odd one costs no more
than what it says.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from ..errors import UsageError
from ..project import printable

FORMAT = "%x01%H%x02%at%x02%ct%x02%an <%ae>"
NOBODY = " <>"


@dataclass(frozen=True)
class Commit:
    """One commit: full id, author date in ISO 8601 UTC, author as `Name <mail>`.

    The committer's date stands in for an author's that is missing or beyond all calendars; where that is no better, the
    date is empty. So is the author of a commit that names none.
    """

    sha: str
    date: str
    author: str


@dataclass(frozen=True)
class FileHistory:
    """The commits that brought a file in (under any earlier name) and that changed it last."""

    first: Commit
    last: Commit


@dataclass(frozen=True)
class GitHistory:
    """History of a project at one moment. Paths are POSIX, relative to the project root, as artifacts' names are.

    `dirty` are tracked files with uncommitted changes. In a shallow clone, first commits may be later than the truth.
    `problem` says why there are fewer dates than there might be.
    """

    head: str
    files: dict[str, FileHistory]
    tracked: frozenset[str]
    dirty: frozenset[str]
    submodules: frozenset[str]
    is_shallow: bool
    problem: str = ""


@dataclass(frozen=True)
class PastVersion:
    """The content that a path had from one commit on; the date is the commit's own where it `is_dated`."""

    path: str
    sha: str
    date: str
    author: str
    content: bytes
    is_dated: bool = True


def read_history(root: Path) -> GitHistory | None:
    """The history of the project at `root` (which may lie below the repository's root), or None when it has none."""
    facts = _git(root, "rev-parse", "--is-shallow-repository", "HEAD", "--show-prefix", check=False)
    if facts is None:
        return None
    shallow, head, prefix = os.fsdecode(facts).removesuffix("\n").split("\n", 2)
    submodules: set[str] = set()
    tracked: set[str] = set()
    for entry in _records(_git(root, "ls-files", "--stage", "-z")):
        mode, path = entry[:6], entry.split("\t", 1)[1]
        (submodules if mode == "160000" else tracked).add(path)
    changed = _records(_git(root, "diff", "--name-only", "--relative", "--ignore-submodules", "-z", "HEAD", "--", "."))
    log, problem = _log(root)
    files = {printable(path): history for path, history in _file_histories(log, prefix, tracked).items()}
    names, dirty = frozenset(map(printable, tracked)), frozenset(map(printable, tracked.intersection(changed)))
    return GitHistory(head, files, names, dirty, frozenset(map(printable, submodules)), shallow == "true", problem)


def past_versions(
    root: Path, suffixes: tuple[str, ...], absent: Callable[[str, Commit], object] = lambda path, commit: None
) -> Iterator[PastVersion]:
    """Every distinct content that each path with one of these suffixes has had, newest first.

    Paths are named as they were in the commit; one that would lead out of a folder is left out, and so are blobs that a
    partial clone lacks: `absent` is told. Raises UsageError when git cannot list its commits.
    """
    if not read_state(root):
        return
    log = _git(
        root,
        "log",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "-m",
        "--all",
        "--relative",
        "-z",
        f"--format={FORMAT}",
        "--",
        ".",
    )
    wanted: dict[tuple[str, str], Commit] = {}
    for commit, changes in _commits(log):
        for entry, (path,) in changes:
            _, mode, _, blob, *_ = entry.split(" ")
            if path.endswith(suffixes) and set(blob) != {"0"} and mode != "160000" and _stays_below(path):
                wanted[path, blob] = commit  # the log runs backwards: the oldest commit with this content stays
    contents = _blobs(root, [blob for _, blob in wanted])
    for ((path, _), commit), content in zip(wanted.items(), contents, strict=True):
        if content is None:
            absent(path, commit)
        else:
            yield PastVersion(path, commit.sha, commit.date, commit.author, content)


def _stays_below(path: str) -> bool:
    parts = PurePosixPath(path)
    return not parts.is_absolute() and ".." not in parts.parts


def removals(root: Path, suffixes: tuple[str, ...]) -> dict[str, Commit]:
    """The commit that last removed each path with one of these suffixes, or moved it; it may be back since."""
    log = _git(
        root,
        "log",
        "--diff-filter=D",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "--relative",
        "-z",
        f"--format={FORMAT}",
        "--",
        ".",
        check=False,
    )
    found: dict[str, Commit] = {}
    for commit, changes in _commits(log):
        for _, (path,) in changes:
            if path.endswith(suffixes):
                found.setdefault(path, commit)
    return found


def dirty_diff(root: Path) -> str:
    """Uncommitted changes of tracked files below `root` as a patch against HEAD, binary content included."""
    diff = _git(
        root,
        "diff",
        "--binary",
        "--relative",
        "--no-ext-diff",
        "--no-textconv",
        "--no-color",
        "HEAD",
        "--",
        ".",
        check=False,
    )
    return (diff or b"").decode("utf-8", "surrogateescape")


def commits_between(root: Path, revisions: str) -> list[str]:
    """Ids of the commits in a range such as `A..B`, oldest first. Raises UsageError when git does not know them."""
    commits = None if revisions.startswith("-") else _git(root, "rev-list", "--reverse", revisions, "--", check=False)
    if commits is None:
        raise UsageError(
            f"git knows no commits {revisions!r} here.", "Give a range such as v1.0..HEAD; `git log` lists commits."
        )
    return commits.decode().split()


def commit_called(root: Path, revision: str) -> str | None:
    """The id of the commit that a revision (an id or its beginning, a tag, `HEAD~2`) means, or None."""
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", check=False)
    return found.decode().strip() if found else None


def files_at(root: Path, commit: str, suffixes: tuple[str, ...]) -> Iterator[PastVersion]:
    """Every file below `root` with one of these suffixes, as it was at a commit; what this clone lacks is left out."""
    header = os.fsdecode(_git(root, "log", "-1", f"--format={FORMAT}", commit, "--") or b"").removesuffix("\n")
    one = _commit(header[1:])
    listed = [entry.split("\t", 1) for entry in _records(_git(root, "ls-tree", "-r", "-z", commit))]
    blobs = {
        path: about.split(" ")[2]
        for about, path in listed
        if path.endswith(suffixes) and about.split(" ")[1] == "blob" and _stays_below(path)
    }
    for path, content in zip(blobs, _blobs(root, list(blobs.values())), strict=True):
        if content is not None:
            yield PastVersion(path, one.sha, one.date, one.author, content, bool(one.date))


def content_at(root: Path, commit: str, path: str) -> bytes | None:
    """What a file below `root` held at a commit; None where it was not there, or this clone lacks it.

    An empty commit is the index: what is staged.
    """
    return _git(root, "cat-file", "blob", f"{commit}:./{path}", check=False)


def tracked_paths(root: Path) -> frozenset[str]:
    """Every file of the project that git tracks, relative to `root`; none where there is no git."""
    return frozenset(map(printable, _records(_git(root, "ls-files", "-z", check=False))))


def staged(root: Path) -> dict[str, str]:
    """What the next commit brings in or changes below `root`, each path with the one that it has in HEAD."""
    said = _git(root, "diff", "--cached", "--name-status", "-M", "-z", "--diff-filter=ACMR", "--relative", check=False)
    records, found = iter(_records(said)), {}
    for status in records:
        old = next(records)
        found[printable(next(records) if status[0] in "RC" else old)] = printable(old)
    return found


def unstaged(root: Path) -> list[str]:
    """Tracked files below `root` that are not as the next commit has them."""
    said = _git(root, "diff", "--name-only", "-z", "--diff-filter=M", "--relative", check=False)
    return [printable(path) for path in _records(said)]


def committable_paths(root: Path) -> frozenset[str] | None:
    """What git has or would take in of a folder, relative to it; None where there is no git."""
    listed = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", check=False)
    return None if listed is None else frozenset(map(printable, _records(listed)))


def ignored_paths(root: Path) -> frozenset[str]:
    """Paths below `root` that git ignores; a folder that is ignored whole stands for what is in it and ends in `/`."""
    listed = _git(root, "ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z", check=False)
    return frozenset(map(printable, _records(listed)))


def prefix(root: Path) -> str:
    """Where `root` lies in its repository, as `folder/`; empty at the top, and where there is no git."""
    return os.fsdecode(_git(root, "rev-parse", "--show-prefix", check=False) or b"").removesuffix("\n")


def read_state(root: Path) -> str:
    """A short text that changes whenever HEAD or the index does; empty where there is no repository."""
    facts = _git(root, "rev-parse", "HEAD", "--git-path", "index", check=False)
    if facts is None:
        return ""
    head, index = os.fsdecode(facts).removesuffix("\n").split("\n", 1)
    try:
        stat = (root / index).stat()
    except OSError:
        return head
    return f"{head}:{stat.st_size}:{stat.st_mtime_ns}"


def _log(root: Path) -> tuple[bytes, str]:
    """The log with renames followed; by content alone where a partial clone lacks what else they are told by.

    `-c` shows of a merge what it took from no parent: a file that came in, or was changed, by the merge itself.
    """
    for renames, problem in (
        ("-M", ""),
        ("-M100%", "renames with changes are not followed: past contents are missing"),
    ):
        log = _git(
            root, "log", "-c", "--name-status", renames, "-z", f"--format={FORMAT}", "--no-ext-diff", check=False
        )
        if log is not None:
            return log, problem
    return b"", "git cannot list its commits (`git fsck` says why): nothing is dated by them"


def _file_histories(log: bytes, prefix: str, tracked: set[str]) -> dict[str, FileHistory]:
    """One backward pass: a name carries its present path, and a rename hands it on to the older name."""
    present = {prefix + path: path for path in tracked}
    last: dict[str, Commit] = {}
    first: dict[str, Commit] = {}
    for commit, changes in _commits(log):
        renamed: dict[str, str] = {}
        for status, (old, *new) in changes:
            name = new[0] if new else old
            path = present.get(name)
            if path is None:
                continue
            last.setdefault(path, commit)
            first[path] = commit
            if new and status[:1] == "R":
                del present[name]
                renamed[old] = path
        present |= renamed
    return {path: FileHistory(first[path], last[path]) for path in first}


def _commits(log: bytes | None) -> Iterator[tuple[Commit, list[tuple[str, list[str]]]]]:
    """Commits of a `-z` log in FORMAT, each with its changes: what happened, and the one or two paths it happened to.

    What a record is follows from the ones before it, so that no name, however odd, is taken for anything else.
    """
    records = iter((log or b"").split(b"\0"))
    commit: Commit | None = None
    changes: list[tuple[str, list[str]]] = []
    for record in records:
        text = os.fsdecode(record).lstrip("\n")
        if text.startswith("\x01"):
            if commit is not None:
                yield commit, changes
            commit, changes = _commit(text[1:]), []
        elif text:
            paths = 2 if text[:1] in "RC" and text[1:].isdecimal() else 1  # a merge has `MR`, and one path
            changes.append((text, [os.fsdecode(next(records)) for _ in range(paths)]))
    if commit is not None:
        yield commit, changes


def _commit(header: str) -> Commit:
    sha, written, committed, author = header.split("\x02", 3)
    return Commit(sha, _date(written) or _date(committed), "" if author == NOBODY else author)


def _date(seconds: str) -> str:
    """A time in ISO 8601 UTC; empty for one that is missing, or that no calendar holds."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return ""


def _blobs(root: Path, ids: list[str]) -> Iterator[bytes | None]:
    """Contents of these blobs in order; None for one that this clone lacks.

    Git ends when it is asked for one that a partial clone left out, since nothing is fetched: then it is asked which
    those are, and for the others only.
    """
    missing: set[str] | None = None
    done = 0
    while done < len(ids):
        for content in _blobs_until_death(root, ids[done:], missing or set()):
            done += 1
            yield content
        if done < len(ids):
            if missing is None:
                missing = _left_out(root)
            if ids[done] not in missing:
                done += 1
                yield None


def _left_out(root: Path) -> set[str]:
    """The objects that a partial clone lacks."""
    listed = _git(root, "rev-list", "--objects", "--all", "--missing=print", "--quiet", check=False) or b""
    return {line[1:].decode("ascii") for line in listed.splitlines() if line.startswith(b"?")}


def _blobs_until_death(root: Path, ids: Iterable[str], missing: set[str]) -> Iterator[bytes | None]:
    """What one `git cat-file` has to say, until it ends."""
    with subprocess.Popen(
        _command(root, "cat-file", "--batch"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    ) as process:
        assert process.stdin and process.stdout
        try:
            for blob in ids:
                if blob in missing:
                    yield None
                    continue
                process.stdin.write(blob.encode() + b"\n")
                process.stdin.flush()
                header = process.stdout.readline().split()
                if not header:
                    return
                if header[-1] == b"missing":
                    yield None
                    continue
                yield process.stdout.read(int(header[2]))
                process.stdout.read(1)
        except BrokenPipeError:
            return
        finally:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()


def refusal(root: Path) -> str:
    """Why git does not answer about the repository that `root` lies in; nothing where it does, or there is none."""
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return ""
    done = _asked(root, "rev-parse", "--git-dir")
    if done is None:
        return "git is not installed"
    said = done.stderr.decode("utf-8", "replace").strip().split("\n")[0].removeprefix("fatal: ")
    if "dubious ownership" in said:
        return "the repository belongs to another user: `git config --global --add safe.directory FOLDER` trusts it"
    return f"git says: {said}" if done.returncode else ""


def _asked(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes] | None:
    """One git command, ended; None where there is no git."""
    try:
        return subprocess.run(_command(root, *arguments), capture_output=True, check=False, env=_environment())
    except (FileNotFoundError, NotADirectoryError):
        return None


def _git(root: Path, *arguments: str, check: bool = True) -> bytes | None:
    """Standard output of one git command; None when git is missing or (unless `check`) says no."""
    done = _asked(root, *arguments)
    if done is None:
        return None
    if done.returncode and check:
        reason = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
        raise UsageError(f"git {arguments[0]} failed: {reason}", "`git fsck` says what is wrong with the repository.")
    return None if done.returncode else done.stdout


def _command(root: Path, *arguments: str) -> list[str]:
    """Settings that would run a program of the repository's choosing, fetch, or change the output, are switched off."""
    safe = ["-c", "core.fsmonitor=false", "-c", "log.showSignature=false", "-c", "core.pager=cat"]
    safe += ["-c", "protocol.allow=never"]
    return ["git", "--no-optional-locks", "-C", str(root), *safe, *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}


def _records(output: bytes | None) -> list[str]:
    return [os.fsdecode(record) for record in (output or b"").split(b"\0") if record]
