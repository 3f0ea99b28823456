"""The kernel's filter that tells a listener of every open, exec, rename, link and connection of a process tree.

Lets everything through: the listener only looks. Refused is what would go round the filter: `io_uring` (container
run-times refuse it too, and programs do without) and the numbers of x32. Runs in a bare interpreter, so it imports
nothing of ours.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

OLDEST = (5, 5)  # the first kernel that lets a call go on after its listener has looked
RECEIVE, SEND = 0xC0502100, 0xC0182101
SET_FLAGS, SYNC_WAKE_UP = 0x40082104, 1
CONTINUE = 1

OPEN = frozenset(("open", "creat", "openat", "openat2"))
EXEC = frozenset(("execve", "execveat"))
MOVE = frozenset(("rename", "renameat", "renameat2", "link", "linkat"))
SHARED = frozenset(("shmget", "msgget", "mq_open"))  # memory and messages that somebody else may have filled
PEEK = frozenset(("process_vm_readv", "pidfd_getfd", "ptrace"))  # into another process
ELSEWHERE = frozenset(("chroot", "unshare", "setns", "open_by_handle_at"))  # where names say something else, or nothing
LISTENED = (*OPEN, *EXEC, *MOVE, *SHARED, *PEEK, *ELSEWHERE, "connect", "truncate")
SENDS = "sendto"  # listened to where it names an address
NO_CONTENT = os.O_DIRECTORY | os.O_PATH  # what is opened so is no file, or not to be read
FLAGS = {"open": 1, "openat": 2}  # the argument that holds them
HEARD = (*LISTENED, SENDS)
REFUSED = "io_uring_setup"

_ALWAYS = {"openat2": 437, REFUSED: 425, "pidfd_getfd": 438}
_NEWER = {"openat": 56, "execve": 221, "execveat": 281, "renameat": 38, "renameat2": 276, "linkat": 37}
_X86_64 = {"open": 2, "creat": 85, "openat": 257, "execve": 59, "execveat": 322, "rename": 82, "renameat": 264}
_X86_64 |= {"renameat2": 316, "link": 86, "linkat": 265, "connect": 42, "chroot": 161, "open_by_handle_at": 304}
_X86_64 |= {"truncate": 76, "shmget": 29, "mq_open": 240, "process_vm_readv": 310, "unshare": 272, "setns": 308}
_X86_64 |= {SENDS: 44, "msgget": 68, "ptrace": 101}
_I386 = {"open": 5, "creat": 8, "openat": 295, "execve": 11, "execveat": 358, "rename": 38, "renameat": 302}
_I386 |= {"renameat2": 353, "link": 9, "linkat": 303, "connect": 362, "chroot": 61, "open_by_handle_at": 342}
_I386 |= {"truncate": 92, "shmget": 395, "mq_open": 277, "process_vm_readv": 347, "unshare": 310, "setns": 346}
_I386 |= {"msgget": 399, "ptrace": 26}
_ARM = {"open": 5, "creat": 8, "openat": 322, "execve": 11, "execveat": 387, "rename": 38, "renameat": 329}
_ARM |= {"renameat2": 382, "link": 9, "linkat": 330, "connect": 283, "chroot": 61, "open_by_handle_at": 371}
_ARM |= {"truncate": 92, "shmget": 307, "mq_open": 274, "process_vm_readv": 376, "unshare": 337, "setns": 375}
_ARM |= {"msgget": 303, "ptrace": 26}
_ARM_64 = {"connect": 203, "chroot": 51, "open_by_handle_at": 265, "truncate": 45, "shmget": 194, "mq_open": 180}
_ARM_64 |= {"process_vm_readv": 270, "unshare": 97, "setns": 268, SENDS: 206}
_ARM_64 |= {"msgget": 186, "ptrace": 117}
X86_64, I386, AARCH64, ARM = 0xC000003E, 0x40000003, 0xC00000B7, 0x40000028
NUMBERS = {
    X86_64: _X86_64 | _ALWAYS,
    I386: _I386 | _ALWAYS,
    AARCH64: _NEWER | _ARM_64 | _ALWAYS,
    ARM: _ARM | _ALWAYS,
}
NARROW = frozenset((I386, ARM))  # pointers of four bytes
ARCHITECTURES = {"x86_64": (X86_64, I386), "aarch64": (AARCH64, ARM)}

_LOAD, _EQUAL, _HAS, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # where they lie in what the filter is shown
_X32 = 0x40000000  # a mark in the number
_ALLOW, _NOTIFY, _REFUSE = 0x7FFF0000, 0x7FC00000, 0x00050000 | errno.EPERM
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_SET_FILTER, _LISTENER, _NO_MITIGATION, _KILLABLE = 1, 8, 4, 32
_NO_NEW_PRIVILEGES = 38


def program(machine: str) -> bytes:
    """The filter for a machine, as the kernel reads it: eight bytes an instruction."""
    code = [_instruction(_LOAD, _ARCHITECTURE)]
    for architecture in ARCHITECTURES[machine]:
        block = _block(NUMBERS[architecture])
        code += [_instruction(_EQUAL, architecture, 0, len(block)), *block]
    return b"".join([*code, _instruction(_RETURN, _ALLOW)])


def _block(numbers: dict[str, int]) -> list[bytes]:
    """What is done with calls of one architecture."""
    ends = _ends()
    steps = [(_HAS, _X32, "refuse"), (_EQUAL, numbers[REFUSED], "refuse")]
    steps += [(_EQUAL, numbers[name], name if name in ends else "notify") for name in HEARD if name in numbers]
    places: dict[str, int] = {}
    code: list[bytes] = []
    for end, what in ends.items():
        places[end] = len(steps) + len(code)
        code += what
    chain = [_instruction(what, value, places[end] - place - 1) for place, (what, value, end) in enumerate(steps)]
    return [_instruction(_LOAD, _NUMBER), *chain, *code]


def _ends() -> dict[str, list[bytes]]:
    """What the steps lead to; `allow` comes first, because a call that is none of these goes on there."""
    allow, notify, refuse = (_instruction(_RETURN, what) for what in (_ALLOW, _NOTIFY, _REFUSE))
    ends = {"allow": [allow], "notify": [notify], "refuse": [refuse]}
    for name, place in FLAGS.items():
        ends[name] = [_argument(place), _instruction(_HAS, NO_CONTENT, 1), notify, allow]
    address = [_argument(4), _instruction(_EQUAL, 0, 0, 2), _argument(4, high=True), _instruction(_EQUAL, 0, 1)]
    return ends | {SENDS: [*address, notify, allow]}


def _argument(place: int, high: bool = False) -> bytes:
    return _instruction(_LOAD, _ARGUMENTS + 8 * place + 4 * high)


def _instruction(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_so, if_not, value)


def why_not() -> str | None:
    """Why this system cannot have a listener, as far as that is known without trying."""
    system = os.uname()
    if system.sysname != "Linux":
        return f"{system.sysname} has none"
    if system.machine not in ARCHITECTURES:
        return f"it is not known for {system.machine}"
    release = tuple(int(part) for part in system.release.split("-")[0].split(".")[:2] if part.isdigit())
    return f"Linux {system.release} is too old" if release < OLDEST else None


def install() -> int:
    """Put this process, and all that it will start, under the filter; returns the listener.

    Rights of setuid programs are given up only where the kernel insists. Raises OSError: a container may forbid it
    (EPERM, ENOSYS, EINVAL), and a tree has one listener at most (EBUSY).
    """
    libc = ctypes.CDLL(None, use_errno=True)
    machine = os.uname().machine
    code = program(machine)
    text = ctypes.create_string_buffer(code)
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(text)))
    flags = _LISTENER | _NO_MITIGATION | _KILLABLE
    while True:
        found = int(libc.syscall(_SECCOMP[machine], _SET_FILTER, flags, header))
        if found >= 0:
            return found
        error = ctypes.get_errno()
        if error == errno.EACCES and libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0:
            continue
        if error == errno.EINVAL and flags & _KILLABLE:  # before Linux 5.19
            flags &= ~_KILLABLE
            continue
        raise OSError(error, os.strerror(error))
