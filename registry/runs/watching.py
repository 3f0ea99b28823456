"""A program that knows nothing of Assay, run under watch: by its own calls, or by what moves in the project.

Where the system gives no listener, inotify and a hook in Python programs stand in for it: they see as much, and cannot
tell who it was.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from ..errors import RegistryError
from ..observe.process import audit_hook
from ..observe.process.alive import process_name
from ..observe.process.piped import READ, Piped
from ..observe.process.tree import Event, Reading, read_events, replay
from ..observe.process.watch import Trace, Watch
from ..observe.process.witness import Unwatched, Watched, prepare
from ..observe.process.writes import Writes
from ..project import FOLDER, Project
from .handed import handed_in
from .signals import Signals
from .spool import OBSERVER, trace_of
from .undeclared import concerns

CANNOT_RUN = 126
PARENT = "ASSAY_RUN"
UNCROSSED = "whether others wrote to its outputs meanwhile was not seen in full: {}"


@dataclass(frozen=True)
class Observed:
    """What was seen of a program: its return code as Popen has it, and who it was that saw.

    `listened`: each call of its processes is in the spool; `gaps` says what is missing there. `changed` are files that
    were not at the end what they were when it opened them, `arrivals` how often files of its outputs were written by
    whomever; `elsewhere` is what Python opened of any name.
    """

    code: int
    trace: Trace
    sources: Sequence[str]
    listened: bool
    changed: Sequence[str] = ()
    arrivals: Mapping[str, int] = field(default_factory=dict)
    gaps: Sequence[str] = ()
    without: str = ""
    notes: Sequence[str] = ()
    elsewhere: Sequence[str] = ()


def observe(
    project: Project,
    run: str,
    command: Sequence[str],
    signals: Signals,
    begins: Callable[[], None],
    outputs: Sequence[Path] = (),
) -> Observed:
    """Run a command under watch; `begins` is called before it starts where a listener will outlive this process."""
    spooled = trace_of(project, run)
    with _hook(project.root) as (hook, report):
        environment = {**os.environ, PARENT: run}
        program = prepare(command, environment, hook, spooled, project.root)
        watch = None if program.has_listener else Watch(project.root, concerns)
        if program.has_listener:
            begins()
        if watch:
            _note_redirections(watch.trace, at_start=True)
            watch.start()
        program.note(_redirected())
        writes, piped = Writes(map(str, outputs), [path for _, path, _ in _redirections()]), Piped()
        writes.start()
        code = _run(program, command, signals)
        arrivals = writes.stop()
        gaps = [*program.gaps, *([READ] if piped.was_read() else []), *handed_in(command, os.environ)]
        trace = watch.stop() if watch else Trace()
        _note_redirections(trace, at_start=False)
        changed = changed_since(spooled) if program.has_listener else ()
        loaded = () if program.has_listener else audit_hook.read_report(report)
        notes = [UNCROSSED.format(writes.gap)] if writes.gap and outputs else []
        return Observed(code, trace, loaded, program.has_listener, changed, arrivals, gaps, program.without, notes)


def _run(program: Watched | Unwatched, command: Sequence[str], signals: Signals) -> int:
    try:
        program.go()
        return signals.run(program)
    except OSError as error:
        print(f"assay: {command[0]} cannot be run: {error.strerror}", file=sys.stderr)
        return CANNOT_RUN


def changed_since(spooled: Path) -> list[str]:
    """The files that a program read and that are not now what they were then."""
    reads = replay(read_events(spooled)).reads
    return [path for path, reading in reads.items() if reading.changed or not _is_same(path, reading)]


def _is_same(path: str, reading: Reading) -> bool:
    try:
        status = os.stat(path)  # noqa: PTH116 (there are very many)
        if reading.mark and reading.mark[1:] != (
            *(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns),
        ):
            return False
        if reading.digest is None:
            return True
        with open(path, "rb") as file:
            return blake2b(file.read(), digest_size=16).hexdigest() == reading.digest
    except OSError:
        return False


@contextlib.contextmanager
def _hook(root: Path) -> Iterator[tuple[dict[str, str], Path]]:
    """(environment, report): with that environment, Python programs append the sources they load to the report."""
    folder = _folder_for_hook(root / FOLDER)
    report = folder / audit_hook.LOADED
    try:
        found = os.environ.get("PYTHONPATH")
        path = f"{folder}{os.pathsep}{found}" if found else str(folder)
        hooked = {"PYTHONPATH": path, audit_hook.ROOT: f"{root}/", audit_hook.REPORT: str(report)}
        yield hooked, report
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder_for_hook(place: Path) -> Path:
    """A folder with the hook and an empty report in it, named after this process, so that leftovers can be told."""
    for parent in (place, None):
        with contextlib.suppress(OSError):
            folder = Path(tempfile.mkdtemp(prefix=f"{OBSERVER}{process_name()}-", dir=parent))
            shutil.copyfile(audit_hook.__file__, folder / "sitecustomize.py")
            (folder / audit_hook.LOADED).touch()
            return folder
    raise RegistryError("no folder takes the files of the watch", "Free some space, then try again.")


def _redirections() -> Iterator[tuple[int, str, os.stat_result]]:
    """Standard streams that the shell has connected to files, which nobody will be seen opening."""
    for number in (0, 1, 2):
        with contextlib.suppress(OSError):
            status, path = os.fstat(number), str(Path(f"/proc/self/fd/{number}").readlink())
            if stat.S_ISREG(status.st_mode):
                yield number, path, status


def _note_redirections(trace: Trace, at_start: bool) -> None:
    for number, path, status in _redirections():
        if number == 0:
            trace.read[path] = None
        elif not at_start:
            trace.written.add(path)
        elif status.st_size == 0:
            trace.made.add(path)


def _redirected() -> list[Event]:
    """The same as events of the program's."""
    found: list[Event] = []
    for number, path, status in _redirections():
        mark = [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]
        kind = "r" if number == 0 else "w" if status.st_size else "t"
        found.append([kind, 0, path, mark, None])
    return found
