"""`assay doctor`: is everything here that Assay needs, and what cannot be done without what is not.

Each thing is looked at by itself, so that one that is broken hides no other. Nothing is changed: a filter is tried in a
process that ends with it, a database is only read.
"""

from __future__ import annotations

import errno
import os
import platform
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions, requires
from pathlib import Path
from typing import Any

from ..errors import AssayError
from ..facts.store import Store, now
from ..legible import page
from ..observe.gitlog import refusal
from ..observe.process import seccomp
from ..project import Project
from .ledger import status

LEAST, LITTLE = 200 << 20, 2 << 30  # bytes of a disk: too few to record anything, few for what a run writes
YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
NOT_OURS = "`python -m assay.cli` always is this one"
EXTRA = re.compile(r"([\w.-]+).*extra == ['\"]([\w-]+)['\"]")
BEHIND = timedelta(minutes=2)  # as far as clocks may be apart


class State(StrEnum):
    """How a thing stands: as it should be, worth knowing, or to be mended."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Line:
    """What was looked at, how it stands, and what to do where something is to be done."""

    about: str
    state: State
    said: str
    remedy: str = ""

    def text(self) -> str:
        """In one line, or two."""
        return f"{self.state.value:<8} {self.about}: {self.said}" + (
            f"\n         → {self.remedy}" if self.remedy else ""
        )


@dataclass(frozen=True)
class Diagnosis:
    """Everything that was looked at."""

    lines: tuple[Line, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is to be mended."""
        return all(line.state is not State.PROBLEM for line in self.lines)

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON shape `doctor`."""
        return {"ok": self.ok, "lines": [asdict(line) for line in self.lines]}

    def text(self) -> str:
        """For a person."""
        return page(part for line in self.lines for part in line.text().split("\n"))


def diagnosis(project: Project | None) -> Diagnosis:
    """Look at this machine, and at a project where there is one."""
    looks: list[tuple[str, Callable[[], Iterator[Line]]]] = [
        ("Python", _python), ("command", _command), ("extras", _extras), ("witness", _witness), ("git", _git),
    ]  # fmt: skip
    found = [line for about, look in looks for line in _looked(about, look)]
    if project is None:
        found.append(Line("project", State.NOTE, "none here", "Run `assay init` in a project's root."))
        return Diagnosis(tuple(found))
    found += _looked("git", lambda: _repository(project))
    found += _looked("disk", lambda: _disk(project))
    found += _looked("registry", lambda: _registry(project))
    return Diagnosis(tuple(found))


def _looked(about: str, look: Callable[[], Iterator[Line]]) -> list[Line]:
    """What a look says; that it failed, where it did."""
    try:
        return list(look())
    except AssayError as error:
        return [Line(about, State.PROBLEM, error.message, error.remedy)]
    except Exception as error:
        return [Line(about, State.PROBLEM, f"could not be looked at: {type(error).__name__}: {error}")]


def _python() -> Iterator[Line]:
    yield Line(
        "Python", State.OK, f"{platform.python_version()} in {sys.prefix}, {platform.system()} {platform.release()}"
    )


def _command() -> Iterator[Line]:
    """Whether `assay` is this one, for a shell and for an import: others of that name are on the index."""
    foreign = sorted(one.name for one in distributions() if one.name.lower() != "assay" and _claims(one))
    for name in foreign:
        said = f"the distribution {name} installs a command or package called assay as well"
        yield Line("command", State.PROBLEM, said, f"pip uninstall {name}; or keep Assay in an environment of its own")
    found, own = shutil.which("assay"), Path(sys.executable).parent / "assay"
    if found is None:
        yield Line("command", State.NOTE, "no `assay` on the path", f"Activate {sys.prefix}; {NOT_OURS}.")
    elif own.exists() and not own.samefile(found):
        yield Line("command", State.NOTE, f"`assay` is {found}, and this one is {own}", f"Mind the path; {NOT_OURS}.")
    elif not foreign:
        yield Line("command", State.OK, found)


def _claims(one: Distribution) -> bool:
    """Whether a distribution installs a command or package of our name."""
    if any(point.name == "assay" and point.group == "console_scripts" for point in one.entry_points):
        return True
    return (
        "assay" in (one.read_text("top_level.txt") or "").split()
        or "\nassay/__init__.py," in f"\n{one.read_text('RECORD')}"
    )


def _extras() -> Iterator[Line]:
    absent: dict[str, list[str]] = defaultdict(list)
    extras: list[str] = []
    for line in requires("assay") or ():
        if (said := EXTRA.match(line)) and said[2] != "test":
            extras.append(said[2])
            try:
                distribution(said[1])
            except PackageNotFoundError:
                absent[said[2]].append(said[1])
    there = [name for name in dict.fromkeys(extras) if name not in absent]
    yield Line("extras", State.OK, f"installed: {', '.join(there) or 'none'}")
    for name, lacking in absent.items():
        yield Line(
            "extras", State.NOTE, f"{name} lacks {', '.join(lacking)}", f"pip install 'assay[{name}]', if you need it"
        )


def _witness() -> Iterator[Line]:
    """What would watch a run: a listener in the kernel, tried for real, and what stands in for it."""
    why = seccomp.why_not() or _refused_listener()
    scope = YAMA.read_text().strip() if YAMA.exists() else "0"
    if why is None and scope in ("2", "3"):
        why = f"kernel.yama.ptrace_scope is {scope}: what a program opens cannot be read from it"
    if why is None:
        yield Line("witness", State.OK, "full: a seccomp listener sees each call of a run; io_uring is refused to it")
    else:
        said = f"partial: no seccomp listener: {why}"
        yield Line(
            "witness", State.NOTE, said, "Runs are watched by inotify: declare every input, or ask for seccomp here."
        )
    try:
        from inotify_simple import INotify

        INotify().close()
        yield Line("witness", State.OK, "inotify, for what others do meanwhile")
    except (ImportError, OSError) as error:
        last = "nothing else watches a run: it proves on a person's word alone" if why else "others' writes go unseen"
        yield Line(
            "witness", State.NOTE, f"no inotify ({error}): {last}", "Raise fs.inotify.max_user_instances, on Linux."
        )


def _refused_listener() -> str | None:
    """Why the kernel gives no listener, tried in a process that ends at once; None where it does."""
    child = os.fork()
    if not child:
        try:
            seccomp.install()
            os._exit(0)
        except OSError as error:
            os._exit(error.errno or errno.EINVAL)
        except BaseException:
            os._exit(errno.EINVAL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == errno.EBUSY:
        return None  # an outer run has one, which would watch this too
    return os.strerror(code) if code > 0 else f"it ended by signal {-code}" if code else None


def _repository(project: Project) -> Iterator[Line]:
    why = refusal(project.root)
    if why:
        yield Line("git", State.PROBLEM, f"does not answer here, as {why}", "Until it does, no script has an origin.")


def _git() -> Iterator[Line]:
    if shutil.which("git") is None:
        yield Line("git", State.NOTE, "not installed", "Without it, scripts have no origin until they are attested.")
        return
    yield Line("git", State.OK, subprocess.run(["git", "--version"], capture_output=True, text=True).stdout.strip())


def _disk(project: Project) -> Iterator[Line]:
    free = shutil.disk_usage(project.root).free
    said = f"{free / 1e9:.1f} GB free at {project.root}"
    state = State.PROBLEM if free < LEAST else State.NOTE if free < LITTLE else State.OK
    yield Line("disk", state, said, "" if state is State.OK else "Make room before a run writes its outputs.")


def _registry(project: Project) -> Iterator[Line]:
    store = Store(project, create=False)
    try:
        yield from _database(store)
        yield from _ledger(store)
        yield from _clock(store)
    finally:
        store.close()


def _database(store: Store) -> Iterator[Line]:
    database = store.database
    if database.path is None:
        yield Line("registry", State.OK, f"PostgreSQL, revision {database.revision()}")
        return
    damage = [text for (text,) in database.rows("PRAGMA quick_check(3)") if text != "ok"]
    if damage:
        yield Line(
            "registry", State.PROBLEM, f"damaged: {'; '.join(damage)}", "`assay verify` says what; restore a backup."
        )
        return
    said = f"{database.path}, {database.path.stat().st_size / 1e6:.1f} MB, revision {database.revision()}"
    if database.readonly or not os.access(database.path, os.W_OK) or not os.access(database.path.parent, os.W_OK):
        yield Line(
            "registry", State.PROBLEM, f"{said}: may not be written to", "Nothing can be recorded: mend its rights."
        )
    else:
        yield Line("registry", State.OK, said)


def _ledger(store: Store) -> Iterator[Line]:
    found = status(store)
    for name, what in found.troubles.items():
        yield Line("ledger", State.PROBLEM, f"{name}: {what}", "`assay ledger verify` says what hung on it.")
    if found.unwritten:
        said = f"{found.unwritten} transactions are in no segment here"
        yield Line("ledger", State.NOTE, said, "`assay ledger write` has them travel.")
    said = f"{found.segments:,} segments, {found.facts:,} facts, {found.git}"
    away = (
        "" if found.git == "kept in git" else "Facts stay on this machine: keep .assay/ledger in git, or `assay sync`."
    )
    yield Line("ledger", State.NOTE if away else State.OK, said, away)


def _clock(store: Store) -> Iterator[Line]:
    """Whether this machine's clock is behind what is on record."""
    ahead = datetime.fromisoformat(store.moment()) - datetime.fromisoformat(now())
    if ahead > BEHIND:
        said = f"{ahead} behind the newest fact on record"
        yield Line("clock", State.PROBLEM, said, "Set it: what is recorded now is dated after that fact.")
    else:
        yield Line("clock", State.OK, f"{now()[:19]}Z, not behind what is on record")
