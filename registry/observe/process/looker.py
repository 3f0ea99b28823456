"""Looks at each call of a process that waits, and makes an event of what it is about.

What cannot be read is noted as a gap. A name is read again before the call goes on, because another thread may have
changed it meanwhile. Runs in a bare interpreter, so it imports nothing of ours but its neighbours.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Callable
from typing import Any

from . import files, seccomp
from .descriptors import Descriptors
from .family import family, gains_none, namespace, number
from .memory import Memory
from .sockets import Sockets

REMEMBERED = 500_000
WORDS, WORD = 4096, 128 << 10  # of a command line
AT_FDCWD, AT_EMPTY_PATH = 0xFFFFFF9C, 0x1000
NEW_AND_ALONE = os.O_CREAT | os.O_EXCL
NEW_NAMES = 0x00020000  # of `unshare`: another view of mounts
EXCLUSIVE = 0o2000  # of `shmget`
TAKES_HOLD = (16, 0x4206)  # what `ptrace` is asked: attach, seize
GONE = " (deleted)"
PEEKED, FILLED = "a process looked into one that is no part of it", "a process took what others may have left: {}"
Event = list[Any]
Say = Callable[[Event], None]
Handler = Callable[[int, str, list[int], int], None]


class Looker:
    """Makes events of calls. Each is a list that JSON can hold:

    ["p", process, parent]                             first seen
    ["x", process, path, words, interpreter, folder]   executes, in a working folder
    ["r" | "w" | "rw", process, path, mark, digest]    opens a regular file for reading, writing, or both
    ["t", process, path, mark, digest]                 opens one for writing that is new, or emptied
    ["f", process, path, "r" | "w" | "rw"]             opens a named pipe
    ["n" | "l", process, old, new, is a folder]        renames, links
    ["c", process, address]                            connects to what is no part of the tree
    ["s", process, path]                               executes what has no more rights here than anybody
    ["g", process, text]                               what could not be told

    A mark is [device, inode, size, mtime_ns, ctime_ns], None where nothing was there.
    """

    def __init__(
        self, root: str, say: Say, on_path: dict[str, Callable[[], None]], own: tuple[int, int] | None = None
    ) -> None:
        self.tampered = False  # with the file of this inode, `own`, that holds the events
        self._own = own
        self._root = root
        self._say = say
        self._on_path = on_path
        self._memory = Memory(self._is_another)
        self._leaders: dict[int, int] = {}
        self._known: set[tuple[Any, ...]] = set()
        self._reads: dict[int, dict[str, tuple[int, ...] | None]] = {}  # by process, with the mark that each had
        self._remembered = 0
        self._names: list[tuple[int, bytes]] = []
        self._becomes: set[int] = set()
        self._has_fuse = False  # the tree may serve files itself
        self._space = namespace("self")
        self._sockets = Sockets(os.getpid())
        self._descriptors = Descriptors()
        tables: list[tuple[Any, Handler]] = [(seccomp.OPEN, self._open_call), (seccomp.EXEC, self._exec)]
        tables += [(seccomp.MOVE, self._move), (seccomp.SHARED, self._shares), (seccomp.PEEK, self._peeks)]
        tables += [(seccomp.ELSEWHERE, self._hidden), (("connect", seccomp.SENDS), self._connect)]
        kinds = {name: handler for names, handler in tables for name in names} | {"truncate": self._open_call}
        self._calls = {
            (architecture, value): (kinds[name], name)
            for architecture, numbers in seccomp.NUMBERS.items()
            for name, value in numbers.items()
            if name in kinds
        }

    def look(self, process: int, architecture: int, called: int, words: list[int]) -> None:
        """Note what a call is about. Raises nothing."""
        self._names.clear()
        try:
            handler, name = self._calls[architecture, called]
            handler(process, name, words, architecture)
            for address, text in self._names:
                if self._memory.at(process, address, len(text)) != text:
                    self._gap(process, "a process changed names while it used them")
        except OSError as error:
            if error.errno in (errno.EPERM, errno.EACCES):
                self._gap(process, "a process hid what it opened")
        except Exception as error:  # the program waits: it goes on, and the record says what was missed
            self._gap(process, f"a call could not be read: {type(error).__name__}")
        finally:
            if self._becomes:
                self._forget()

    def look_after(self, process: int) -> None:
        """Note what a process that called holds open and was never seen opening. Raises nothing."""
        leader = self._leaders.get(process)
        if leader is None or self._has_fuse or not self._descriptors.is_time():
            return
        for path, mark in self._descriptors.unseen(leader):
            if not files.is_magic(path):
                self._say(["r", leader, path, mark, self._digest(path, mark)])

    def _open_call(self, process: int, name: str, words: list[int], _: int) -> None:
        if name == "openat":
            self._open(process, self._path(process, words[1], words[0]), words[2])
        elif name == "open":
            self._open(process, self._path(process, words[0]), words[1])
        elif name == "creat":
            self._open(process, self._path(process, words[0]), os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        elif name == "truncate":
            self._open(process, self._path(process, words[0]), os.O_WRONLY)
        else:
            flags = struct.unpack("<Q", self._memory.at(process, words[2], 8))[0]
            self._open(process, self._path(process, words[1], words[0]), flags)

    def _open(self, process: int, path: str, flags: int) -> None:
        if flags & seccomp.NO_CONTENT:
            return
        if path.startswith(files.MAGIC) and files.is_magic(path):
            found = self._behind(process, path)
            if found is None:
                return
            path = found
        if path in self._on_path:
            self._on_path[path]()
        access = flags & os.O_ACCMODE
        kind = "r" if access == os.O_RDONLY else "rw" if access == os.O_RDWR else "w"
        mark = self._mark(process, path, kind, creates=flags & os.O_CREAT != 0)
        if mark == () or (mark and flags & NEW_AND_ALONE == NEW_AND_ALONE):  # which is refused
            return
        if kind == "r":
            reads = self._reads.setdefault(process, {})
            if reads.get(path, ()) == mark:
                return
            reads[path] = mark
            self._remembered += 1
            if self._remembered > REMEMBERED:
                self._reads, self._remembered = {}, 0
        elif flags & os.O_TRUNC or mark is None:
            kind = "t"
        if mark:
            self._descriptors.saw(mark)
            if kind != "r" and mark[:2] == self._own:
                self.tampered = True
        self._say([kind, self._leader(process), path, mark, self._digest(path, mark) if kind in ("r", "rw") else None])

    def _digest(self, path: str, mark: tuple[int, ...] | None) -> str | None:
        return files.digest(path, mark) if path.startswith(self._root) else None

    def _behind(self, process: int, path: str) -> str | None:
        """The file behind a name of /proc or /dev that is opened; what nobody should look into is said."""
        self._has_fuse |= path == "/dev/fuse"
        if path.startswith("/dev/") and path not in files.STREAMS and not path.startswith("/dev/fd/"):
            if os.path.exists(path) and stat.S_ISBLK(os.stat(path).st_mode):
                self._gap(process, f"a process read {path} itself, where files have no names")
            return None
        _, _, other, *rest = (*files.for_process(path, process).split("/"), "")
        if other.isdigit() and rest[:1] == ["mem"] and not self._is_ours(int(other)):
            self._gap(process, PEEKED)
        return files.behind(path, process)

    def _mark(self, process: int, path: str, kind: str, creates: bool = False) -> tuple[int, ...] | None:
        """The mark of a regular file; None where one may come to be, () for what is none or is not there."""
        if self._has_fuse and path.startswith(files.served()):
            return None  # asking would wait for a program that waits for us
        try:
            status = os.stat(path)
            if stat.S_ISREG(status.st_mode):
                return files.mark_of(status)
        except FileNotFoundError:
            if os.path.islink(path) and files.is_magic(target := os.readlink(path)):  # names that mean ourselves here
                found = files.behind(target, process)
                return self._mark(process, found, kind) if found else ()
            return None if creates else ()
        except OSError as error:
            return None if error.errno == errno.EACCES else ()
        if stat.S_ISFIFO(status.st_mode) and kind:
            self._say(["f", self._leader(process), path, kind])
        return ()

    def _exec(self, process: int, name: str, words: list[int], architecture: int) -> None:
        self._becomes = {process, self._leaders.get(process, process)}
        if name == "execve":
            path, pointers = self._path(process, words[0]), words[1]
        else:
            path, pointers = self._path(process, words[1], words[0], bool(words[4] & AT_EMPTY_PATH)), words[2]
        path = (files.behind(path, process) if files.is_magic(path) else path) or path
        if not path.endswith(GONE) and (not self._mark(process, path, "") or not os.access(path, os.X_OK)):
            return
        said = self._command_line(process, pointers, 4 if architecture in seccomp.NARROW else 8)
        self._leaders.pop(process, None)
        leader = self._leader(process)
        if os.readlink(f"/proc/{process}/root") != "/" or namespace(str(process)) != self._space:
            self._gap(process, "a process went where other files have the same names (a container)")
        if files.gains_rights(path) and gains_none(process):
            self._say(["s", leader, path])
        self._say(["x", leader, path, said, files.interpreter(path), os.readlink(f"/proc/{process}/cwd")])

    def _forget(self) -> None:
        """The memory of whoever executes is about to be another one."""
        for one in self._becomes:
            self._memory.forget(one)
            self._reads.pop(one, None)
        self._becomes = set()

    def _is_another(self, process: int) -> None:
        """Whoever had this number is gone."""
        self._leaders.pop(process, None)
        self._reads.pop(process, None)

    def _command_line(self, process: int, address: int, width: int) -> list[str]:
        found: list[str] = []
        room = WORD
        while address and len(found) < WORDS and room > 0:
            pointer = int.from_bytes(self._memory.at(process, address, width), "little")
            if not pointer:
                break
            word = self._memory.string(process, pointer, min(room, WORD))
            self._names.append((pointer, word))
            found.append(word.decode("utf-8", "surrogateescape"))
            room -= len(word) + 1
            address += width
        return found

    def _move(self, process: int, name: str, words: list[int], _: int) -> None:
        if name in ("rename", "link"):
            old, new = self._path(process, words[0]), self._path(process, words[1])
        else:
            empty = name == "linkat" and bool(words[4] & AT_EMPTY_PATH)
            old, new = self._path(process, words[1], words[0], empty), self._path(process, words[3], words[2])
        old = (files.behind(old, process) if files.is_magic(old) else old) or old
        if old.endswith(GONE) and "link" in name:  # a file that never had a name gets one
            self._say(["t", self._leader(process), new, None, None])
            return
        if not self._has_fuse and not os.path.lexists(old):
            return
        is_folder = not self._has_fuse and os.path.isdir(old) and not os.path.islink(old)
        self._say(["l" if "link" in name else "n", self._leader(process), old, new, is_folder])

    def _connect(self, process: int, name: str, words: list[int], __: int) -> None:
        address, length = (words[1], words[2]) if name == "connect" else (words[4], words[5])
        raw = self._memory.at(process, address, min(length, 128))
        found = self._sockets.beyond(process, raw, set(self._leaders.values()))
        if found and ("c", process, found) not in self._known:
            self._known.add(("c", process, found))
            self._say(["c", self._leader(process), found])

    def _shares(self, process: int, name: str, words: list[int], __: int) -> None:
        if name != "mq_open":
            what, flags = ("shared memory", words[2]) if name == "shmget" else ("messages", words[1])
            thing, is_new = f"{what} {words[0] & 0xFFFFFFFF:#x}", bool(flags & EXCLUSIVE) or not words[0]
        else:
            text = os.fsdecode(self._memory.string(process, words[0]))
            thing, is_new = f"message queue {text}", bool(words[1] & os.O_EXCL)
        if is_new:
            self._known.add(("own", thing))
        elif ("own", thing) not in self._known:
            self._gap(process, FILLED.format(thing))

    def _peeks(self, process: int, name: str, words: list[int], __: int) -> None:
        other = words[1] if name == "ptrace" else words[0]
        if name == "ptrace" and words[0] not in TAKES_HOLD:
            return
        if name == "pidfd_getfd":
            with open(f"/proc/{process}/fdinfo/{other}", "rb") as file:
                other = number(file.read(), b"\nPid:")
        if not self._is_ours(other):
            self._gap(process, PEEKED)

    def _is_ours(self, process: int) -> bool:
        return process in self._leaders or self._sockets.descends(process)

    def _hidden(self, process: int, name: str, words: list[int], __: int) -> None:
        if name != "unshare" or words[0] & NEW_NAMES:
            self._gap(process, f"a process called {name}, after which names say nothing")

    def _gap(self, process: int, text: str) -> None:
        if ("g", text) not in self._known:
            self._known.add(("g", text))
            self._say(["g", self._leaders.get(process, process), text])

    def _path(self, process: int, address: int, folder: int = AT_FDCWD, empty: bool = False) -> str:
        """The absolute path that an argument of a call names. Raises OSError."""
        text = self._memory.string(process, address) if address else b""
        self._names.append((address, text))
        path = text.decode("utf-8", "surrogateescape")
        if path.startswith("/"):
            return path
        if not path and not empty:
            raise FileNotFoundError(errno.ENOENT, "no name")
        folder &= 0xFFFFFFFF
        base = os.readlink(f"/proc/{process}/cwd" if folder == AT_FDCWD else f"/proc/{process}/fd/{folder}")
        return f"{base}/{path}" if path else base

    def _leader(self, process: int) -> int:
        """The process that a thread belongs to; told once, with its parent."""
        leader = self._leaders.get(process)
        if leader is None:
            leader, parent = family(process)
            self._leaders[process] = leader
            if leader == process or leader not in self._leaders:
                self._leaders[leader] = leader
                self._say(["p", leader, parent])
                if namespace(str(leader)) != self._space:
                    self._gap(process, "a process went where other files have the same names (a container)")
        return leader
