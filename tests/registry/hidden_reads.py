"""Programs that read contaminated data, or have their output made by others, in ways that hide it: each is found out.

Every program is a committed script of a project that runs under `assay run` and writes other bytes than it read, so that
nothing but what its processes did can tell. `said` is part of what the run has to say about it.
"""

from __future__ import annotations

from dataclasses import dataclass

BAD = "data/bad.jsonl"
UNDECLARED = "declared"
PYTHON = f"""import ctypes, os, socket, subprocess, sys, time
OUT, BAD = sys.argv[1], {BAD!r}
libc = ctypes.CDLL(None, use_errno=True)
def write(text):
    with open(OUT, "w") as out:
        out.write(text.lower() + '{{"text": "%s"}}\\n' % OUT)
def until(name):
    end = time.monotonic() + 20
    while not os.path.exists(name) and time.monotonic() < end:
        time.sleep(0.01)
"""
ROWS = '\'{"text": "j k l"}\\n\' * 9'


@dataclass(frozen=True)
class Hidden:
    """One program: its text, and that of another that runs `beside` it, first, and prints a line when it is ready."""

    name: str
    because: str
    text: str
    said: str = UNDECLARED
    beside: str = ""
    shell: bool = False
    root: bool = False


def _python(name: str, because: str, text: str, said: str = UNDECLARED, beside: str = "", root: bool = False) -> Hidden:
    return Hidden(name, because, PYTHON + text, said, beside and PYTHON + beside, root=root)


def _shell(name: str, because: str, text: str, said: str = UNDECLARED) -> Hidden:
    return Hidden(
        name, because, f'OUT="$1"; BAD={BAD}\n{text}\necho "{{\\"text\\": \\"$OUT\\"}}" >> "$OUT"\n', said, shell=True
    )


BY_PATH = "a file is what its name leads to, by whatever way"
BY_CALL = "the kernel tells of each open, whoever makes it"
BY_INODE = "what a process holds open is held against what was opened"
BESIDE = "what is no part of the process tree is named"
NOBODY = "each write that the listener did not see is somebody else's"

NAMES = [
    _python("by /proc/self/root", BY_PATH, "write(open('/proc/self/root' + os.path.abspath(BAD)).read())\n"),
    _python("by /proc/self/cwd", BY_PATH, "write(open('/proc/self/cwd/' + BAD).read())\n"),
    _python("by /proc/thread-self/cwd", BY_PATH, "write(open('/proc/thread-self/cwd/' + BAD).read())\n"),
    _python(
        "by a link to /proc/self/cwd",
        BY_PATH,
        "os.symlink('/proc/self/cwd/' + BAD, OUT + '.l'); write(open(OUT + '.l').read())\n",
    ),
    _python(
        "by a chain of links outside of the project",
        BY_PATH,
        "import tempfile\nat = tempfile.mkdtemp()\nos.symlink(os.path.abspath(BAD), at + '/a'); os.symlink('a', at + '/b')\n"
        "write(open(at + '/b').read())\n",
    ),
    _python(
        "relative to an open folder",
        BY_PATH,
        "at = os.open('data', os.O_RDONLY)\nwrite(os.read(os.open('bad.jsonl', os.O_RDONLY, dir_fd=at), 9999).decode())\n",
    ),
    _python(
        "after going into the folder by its descriptor",
        BY_PATH,
        "OUT = os.path.abspath(OUT)\nos.fchdir(os.open('data', os.O_RDONLY))\nwrite(open('bad.jsonl').read())\n",
    ),
    _python("by a name of bytes", BY_PATH, "write(open(os.fsencode(BAD)).read())\n"),
    _python(
        "by a hard link that is removed again",
        BY_PATH,
        "os.link(BAD, OUT + '.h'); write(open(OUT + '.h').read()); os.unlink(OUT + '.h')\n",
    ),
    _python(
        "by another name that it has for a moment",
        BY_PATH,
        "os.rename(BAD, OUT + '.moved'); text = open(OUT + '.moved').read(); os.rename(OUT + '.moved', BAD); write(text)\n",
    ),
    _python(
        "by opening a bare path and then its descriptor",
        BY_PATH,
        "at = os.open(BAD, os.O_PATH)\nwrite(open(f'/proc/self/fd/{at}').read())\n",
    ),
    _python("by /dev/fd", BY_PATH, "at = os.open(BAD, os.O_RDONLY)\nwrite(open(f'/dev/fd/{at}').read())\n"),
    _python(
        "by standard input that the program connects itself",
        BY_PATH,
        "os.dup2(os.open(BAD, os.O_RDONLY), 0)\nwrite(open('/dev/stdin').read())\n",
    ),
    _python(
        "by a handle instead of a name",
        "a call after which names say nothing is named",
        "at = ctypes.create_string_buffer(200); ctypes.cast(at, ctypes.POINTER(ctypes.c_uint))[0] = 128; mount = ctypes.c_int()\n"
        "libc.name_to_handle_at(-100, BAD.encode(), at, ctypes.byref(mount), 0)\n"
        "got = libc.open_by_handle_at(os.open('.', os.O_RDONLY), at, os.O_RDONLY)\n"
        f"write(os.read(got, 9999).decode() if got >= 0 else {ROWS})\n",
        "open_by_handle_at",
    ),
    _python(
        "by openat2, which Python does not know",
        BY_CALL,
        "how = (ctypes.c_uint64 * 3)(0, 0, 0x08)\nat = libc.syscall(437, os.open('data', os.O_RDONLY), b'bad.jsonl', how, 24)\n"
        "write(os.read(at, 9999).decode())\n",
    ),
    _python(
        "by a name that another thread keeps changing",
        "a name is read again, and what is open is held against what was opened",
        "import threading\nname = ctypes.create_string_buffer(b'data/bad.jsonl'); ok = b'data/god.jsonl'; bad = bytes(name)[:-1]\n"
        "open('data/god.jsonl', 'w').write('{}'); stop = []\n"
        "swap = 'while not stop:\\n ctypes.memmove(name, ok, 14); ctypes.memmove(name, bad, 14)'\n"
        "thread = threading.Thread(target=lambda: exec(swap, globals())); thread.start()\nfound = ''\n"
        "for n in range(3000):\n at = libc.open(name, 0)\n text = os.read(at, 9999).decode()\n found = text if len(text) > 9 else found\n os.close(at)\n"
        "stop.append(1); write(found)\n",
        "names while it used them",
    ),
]
CALLS = [
    _python("by the C library", BY_CALL, "libc.fopen.restype = ctypes.c_void_p\nat = libc.fopen(BAD.encode(), b'r'); text = ctypes.create_string_buffer(9999)\nlibc.fread(text, 1, 9999, ctypes.c_void_p(at)); write(text.value.decode())\n"),
    _python("by mapping it", BY_CALL, "import mmap\nat = os.open(BAD, os.O_RDONLY)\nwrite(mmap.mmap(at, 0, prot=mmap.PROT_READ)[:].decode())\n"),
    _python("through a file in memory", BY_CALL, "at = os.memfd_create('m'); os.sendfile(at, os.open(BAD, os.O_RDONLY), 0, 9999)\nwrite(open(f'/proc/self/fd/{at}').read())\n"),
    _python("by splicing it through a pipe", BY_CALL, "r, w = os.pipe(); os.splice(os.open(BAD, os.O_RDONLY), w, 9999); os.close(w)\nwrite(open(r).read())\n"),
    _python("by copying it within the kernel", BY_CALL, "at = os.open(OUT + '.t', os.O_RDWR | os.O_CREAT); os.copy_file_range(os.open(BAD, os.O_RDONLY), at, 9999)\nwrite(open(OUT + '.t').read())\n"),
    _python(
        "having a child open it and pass the descriptor",
        BY_CALL,
        "a, b = socket.socketpair()\nif os.fork() == 0:\n socket.send_fds(b, [b'x'], [os.open(BAD, os.O_RDONLY)]); os._exit(0)\n"
        "_, got, *_ = socket.recv_fds(a, 1, 1); write(os.read(got[0], 9999).decode())\n",
    ),
    _python(
        "in a process that leaves its parents",
        BY_CALL,
        "if os.fork() == 0:\n os.setsid()\n if os.fork() == 0:\n  write(open(BAD).read()); open(OUT + '.done', 'w'); os._exit(0)\n os._exit(0)\nuntil(OUT + '.done')\n",
    ),
    _python("in an interpreter without an environment", BY_CALL, "subprocess.run([sys.executable, '-I', '-S', '-E', '-c', f'open({OUT!r}, \"w\").write(open({BAD!r}).read().lower())'], env={})\n"),
    _shell("by a program under another's name", BY_CALL, "(exec -a innocent cat \"$BAD\") | tr A-Z a-z > \"$OUT\""),
    _shell("by dd, a block at a time", BY_CALL, 'dd if="$BAD" bs=7 2>/dev/null | tr A-Z a-z > "$OUT"'),
    _shell("by awk", BY_CALL, 'awk \'{print tolower($0)}\' "$BAD" > "$OUT"'),
    _shell("by a here-document", BY_CALL, 'tr A-Z a-z > "$OUT" <<X\n$(<"$BAD")\nX'),
    _shell("by process substitution", BY_CALL, 'tr A-Z a-z < <(cat "$BAD") > "$OUT"'),
    _shell("by a coprocess", BY_CALL, 'coproc cat "$BAD"; tr A-Z a-z <&"${COPROC[0]}" > "$OUT"'),
    _shell("by a named pipe of its own", BY_CALL, 'mkfifo "$OUT.p"; cat "$BAD" > "$OUT.p" & tr A-Z a-z < "$OUT.p" > "$OUT"; rm "$OUT.p"'),
    _python("by calls of 32 bits less their mark (x32)", "numbers that go round the filter are refused", "at = libc.syscall(0x40000000 | 2, BAD.encode(), 0)\nwrite(os.read(at, 9999).decode() if at >= 0 else open(BAD).read())\n"),
    _python("by a program that has no file", BY_CALL, "at = os.memfd_create('m'); os.write(at, open('/bin/cat', 'rb').read())\nwrite(subprocess.run([f'/proc/self/fd/{at}', BAD], pass_fds=[at], capture_output=True, text=True).stdout)\n"),
]  # fmt: skip
FORMS = [
    _shell("packed with tar while it runs", "reads count, whatever is done with them", 'tar cf - "$BAD" | tar xOf - | tr A-Z a-z > "$OUT"'),
    _python("out of a zip archive", "data is whatever no table knows", "import zipfile\nwrite(zipfile.ZipFile('data/bad.zip').read('bad').decode())\n"),
    _python("out of a database", "data is whatever no table knows", "import sqlite3\nwrite(sqlite3.connect('data/bad.db').execute('select t from b').fetchone()[0])\n"),
    _python("out of a pickle", "data is whatever no table knows", "import pickle\nwrite(pickle.load(open('data/bad.pkl', 'rb')))\n"),
    _python("out of what is called a log", "data is whatever no table knows", "write(open('run.log').read())\n"),
    _python("as a module that git does not track", "code has an origin or is named", "sys.path.insert(0, 'data'); write(__import__('bad_' + 'rows').ROWS)\n", "unverified"),
    _python("as a compiled module without its source", "code that nobody can look into is named", "sys.path.insert(0, 'data/compiled'); import rows_of; write(rows_of.ROWS)\n", "rows_of"),
    _python("as a library for ctypes", "data is whatever no table knows", f"ctypes.CDLL(os.path.abspath('data/lib.so')); write({ROWS})\n"),
    _python("in Assay's own folder", "what reads as rows is data there too", "write(open('.assay/notes.txt').read())\n"),
    _python("in git's folder", "what reads as rows is data there too", "write(open('.git/description').read())\n"),
    _python("in a cache of a test runner", "what reads as rows is data there too", "write(open('.pytest_cache/v').read())\n"),
    _shell("out of another branch, by git", "what git hands out is named", 'git show other:rows.txt | tr A-Z a-z > "$OUT"', "git show"),
    _shell("out of git by the name of its content", "what git hands out is named", 'git cat-file blob "$(git rev-parse other:rows.txt)" | tr A-Z a-z > "$OUT"', "git cat-file"),
    _shell("by checking a file of another time out", "what git hands out is named", 'git checkout -q other -- rows.txt; tr A-Z a-z < rows.txt > "$OUT"; git rm -qf rows.txt', "git checkout"),
    _shell("out of an archive that git makes", "what git hands out is named", 'git archive other rows.txt | tar xO | tr A-Z a-z > "$OUT"', "git archive"),
    _python(
        "out of git's objects, without git",
        "what git keeps is for git to look into",
        "import zlib\nname = subprocess.run(['git', 'rev-parse', 'other:rows.txt'], capture_output=True, text=True).stdout.strip()\n"
        "write(zlib.decompress(open(f'.git/objects/{name[:2]}/{name[2:]}', 'rb').read()).decode())\n",
    ),
    _python(
        "by a hook that Python loads by itself",
        "code from elsewhere is named",
        "import tempfile\nat = tempfile.mkdtemp(); open(at + '/sitecustomize.py', 'w').write('import builtins; builtins.ROWS = open(%r).read()' % BAD)\n"
        "subprocess.run([sys.executable, '-c', f'open({OUT!r}, \"w\").write(ROWS.lower())'], env={'PYTHONPATH': at})\n",
    ),
]  # fmt: skip
SERVE = "s.listen()\nprint(1, flush=True)\nc, _ = s.accept(); c.sendall(open(BAD, 'rb').read()); c.close(); time.sleep(20)\n"
TAKE = "text = b''\nwhile part := c.recv(9999):\n text += part\nwrite(text.decode())\n"
OTHERS = [
    _python(
        "from a server on this machine",
        BESIDE,
        "c = socket.create_connection(('127.0.0.1', int(open('.port').read())))\n" + TAKE,
        "connected to 127.0.0.1",
        "s = socket.socket(); s.bind(('127.0.0.1', 0)); open('.port', 'w').write(str(s.getsockname()[1]))\n" + SERVE,
    ),
    _python(
        "from a server behind a socket with a path",
        BESIDE,
        "c = socket.socket(socket.AF_UNIX); c.connect('.sock')\n" + TAKE,
        "connected to unix:",
        "s = socket.socket(socket.AF_UNIX); s.bind('.sock')\n" + SERVE,
    ),
    _python(
        "from a server behind a socket without a path",
        BESIDE,
        "c = socket.socket(socket.AF_UNIX); c.connect(b'\\0assay-bypass')\n" + TAKE,
        "unix:@assay-bypass",
        "s = socket.socket(socket.AF_UNIX); s.bind(b'\\0assay-bypass')\n" + SERVE,
    ),
    _python(
        "by datagrams, without a connection",
        BESIDE,
        "c = socket.socket(type=socket.SOCK_DGRAM); c.sendto(b'x', ('127.0.0.1', int(open('.port').read())))\nwrite(c.recv(9999).decode())\n",
        "connected to 127.0.0.1",
        "s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0)); open('.port', 'w').write(str(s.getsockname()[1]))\n"
        "print(1, flush=True)\n_, who = s.recvfrom(9); s.sendto(open(BAD, 'rb').read(), who); time.sleep(20)\n",
    ),
    _python(
        "by a descriptor that another program passes",
        BY_INODE,
        "s = socket.socket(socket.AF_UNIX); s.bind('.take'); s.listen(); c, _ = s.accept()\n"
        "_, got, *_ = socket.recv_fds(c, 1, 1); write(os.read(got[0], 9999).decode())\n",
        UNDECLARED,
        "print(1, flush=True)\nuntil('.take')\nc = socket.socket(socket.AF_UNIX)\nwhile c.connect_ex('.take'): time.sleep(0.01)\n"
        "socket.send_fds(c, [b'x'], [os.open(BAD, os.O_RDONLY)]); time.sleep(20)\n",
    ),
    _python(
        "by a named pipe that another program fills",
        "a pipe that the run itself does not fill is named",
        "write(open('.fifo').read())\n",
        "a pipe that others fill",
        "os.mkfifo('.fifo'); print(1, flush=True)\nopen('.fifo', 'w').write(open(BAD).read()); time.sleep(20)\n",
    ),
    _python(
        "through another program's open file",
        BY_PATH,
        "pid, at = open('.fd').read().split()\nwrite(open(f'/proc/{pid}/fd/{at}').read())\n",
        UNDECLARED,
        "at = os.open(BAD, os.O_RDONLY); open('.fd', 'w').write(f'{os.getpid()} {at}'); print(1, flush=True); time.sleep(20)\n",
    ),
    _python(
        "out of another program's memory",
        "a look into a process that is no part of the tree is named",
        "pid, at, size = map(int, open('.mem').read().split())\nmem = open(f'/proc/{pid}/mem', 'rb', 0); mem.seek(at); write(mem.read(size).decode())\n",
        "looked into",
        "b = ctypes.create_string_buffer(open(BAD, 'rb').read()); open('.mem', 'w').write(f'{os.getpid()} {ctypes.addressof(b)} {len(b) - 1}')\n"
        "print(1, flush=True); time.sleep(20)\n",
        root=True,
    ),
    _python(
        "out of its memory by the call for that",
        "a look into a process that is no part of the tree is named",
        "pid, at, size = map(int, open('.mem').read().split())\nb = ctypes.create_string_buffer(size)\n"
        "one = (ctypes.c_size_t * 2)(ctypes.addressof(b), size); two = (ctypes.c_size_t * 2)(at, size)\n"
        "libc.process_vm_readv(pid, one, 1, two, 1, 0); write(b.raw.decode())\n",
        "looked into",
        "b = ctypes.create_string_buffer(open(BAD, 'rb').read()); open('.mem', 'w').write(f'{os.getpid()} {ctypes.addressof(b)} {len(b) - 1}')\n"
        "print(1, flush=True); time.sleep(20)\n",
        root=True,
    ),
    _python(
        "by taking a descriptor out of another program",
        "a look into a process that is no part of the tree is named",
        "pid, at = map(int, open('.fd').read().split())\ngot = libc.syscall(438, os.pidfd_open(pid), at, 0)\nwrite(os.read(got, 9999).decode())\n",
        "looked into",
        "at = os.open(BAD, os.O_RDONLY); open('.fd', 'w').write(f'{os.getpid()} {at}'); print(1, flush=True); time.sleep(20)\n",
        root=True,
    ),
    _python(
        "by shared memory that another program fills",
        "memory that somebody else may have filled is named",
        "libc.shmat.restype = ctypes.c_void_p\nat = libc.shmat(libc.shmget(0x41535359, 0, 0), None, 0)\nwrite(ctypes.string_at(at).decode())\n",
        "shared memory",
        "text = open(BAD, 'rb').read(); libc.shmat.restype = ctypes.c_void_p; id = libc.shmget(0x41535359, len(text) + 1, 0o1600)\n"
        "at = libc.shmat(id, None, 0); ctypes.memmove(at, text, len(text)); print(1, flush=True)\n"
        "until('.never'); libc.shmctl(id, 0, None)\n",
    ),
    _python(
        "by a file in shared memory",
        "reads count wherever a file lies",
        "write(open('/dev/shm/assay-bypass').read())\n",
        UNDECLARED,
        "open('/dev/shm/assay-bypass', 'w').write(open(BAD).read()); print(1, flush=True); until('.never'); os.unlink('/dev/shm/assay-bypass')\n",
    ),
    *(
        _shell(
            f"handing the work to {name}",
            "programs that have work done elsewhere are named",
            f'mkdir -p "$OUT.bin"; cp /bin/true "$OUT.bin/{name}"; "$OUT.bin/{name}" run; echo \'{{"text": "m n {name}"}}\' > "$OUT"',
            f"with {name}",
        )
        for name in ("docker", "ssh", "sbatch", "kubectl", "ray")
    ),
]
LATE = "until(OUT)\n"
MADE = [
    _python(
        "having another program append to the output",
        NOBODY,
        f"write({ROWS}); until('.done'); os.unlink('.done')\n",
        "also written",
        f"print(1, flush=True)\n{LATE}open(OUT, 'a').write(open(BAD).read().lower() + OUT); open('.done', 'w'); time.sleep(20)\n",
    ),
    _python(
        "having another program put its file in the output's place",
        NOBODY,
        f"write({ROWS}); until('.done'); os.unlink('.done')\n",
        "written",
        f"print(1, flush=True)\n{LATE}open('.x', 'w').write(open(BAD).read().lower() + OUT); os.rename('.x', OUT); open('.done', 'w'); time.sleep(20)\n",
    ),
    _python(
        "having another write where an open of the run's fails",
        "an open that is refused writes nothing",
        "open('.go', 'w').close(); until(OUT)\ntry: open(OUT, 'x')\nexcept FileExistsError: pass\nuntil('.done'); os.unlink('.done')\n",
        "no part of this run",
        "print(1, flush=True)\nuntil('.go'); os.unlink('.go')\nopen('.y', 'w').write(open(BAD).read().lower() + OUT); os.rename('.y', OUT); open('.done', 'w'); time.sleep(20)\n",
    ),
    _python(
        "touching what another program wrote",
        NOBODY,
        "open('.go', 'w').close(); until('.done'); os.unlink('.done'); open(OUT, 'a').close()\n",
        "written",
        "print(1, flush=True)\nuntil('.go'); os.unlink('.go')\nopen(OUT, 'w').write(open(BAD).read().lower() + OUT); open('.done', 'w'); time.sleep(20)\n",
    ),
    _python(
        "emptying the file that tells what it does",
        "the keeper remembers who wrote to its notes",
        "text = open(BAD).read(); time.sleep(0.1); open(os.environ['ASSAY_TRACE'], 'w').close(); write(text)\n",
        "says what it did",
    ),
    _python(
        "putting another in the place of that file",
        "it has to be the one that the keeper wrote",
        "at = os.environ['ASSAY_TRACE']; open(at + '.n', 'w').write('[]\\n'); os.rename(at + '.n', at); write(open(BAD).read())\n",
        "says what it did",
    ),
    _python(
        "killing whoever watches",
        "what may be missing is said",
        "import signal\nos.kill(os.getppid(), signal.SIGKILL); time.sleep(0.5); write(open(BAD).read())\n",
        "killed",
    ),
    _python(
        "going where other files have the same names",
        "a container inside a run is named",
        "assert libc.unshare(0x20000) == 0; assert libc.mount(None, b'/', None, 0x44000, None) == 0\n"
        "assert libc.mount(BAD.encode(), b'scripts/fine.py', None, 0x1000, None) == 0\nwrite(open('scripts/fine.py').read())\n",
        "unshare",
        root=True,
    ),
    _python(
        "changing its root",
        "after that names say nothing, and that is said",
        "OUT = OUT.removeprefix('data/'); os.chroot('data'); os.chdir('/')\nwrite(open('/bad.jsonl').read())\n",
        "chroot",
        root=True,
    ),
    _python(
        "having a run inside read it first",
        "what another run made has that run's standing",
        "words = [sys.executable, '-c', 'from assay.cli.main import main; main()', 'run', '--out', 'data/mid.txt', '--']\n"
        "subprocess.run([*words, 'sh', '-c', f'tr A-Z a-z < {BAD} > data/mid.txt'], stderr=subprocess.DEVNULL)\nwrite(open('data/mid.txt').read())\n",
    ),
]
GITS = "what git hands out is named"
MORE = [
    _shell("out of git's log, change by change", GITS, 'git log -p other -- rows.txt | tr A-Z a-z > "$OUT"', "git log"),
    _shell("out of what git shows of a commit", GITS, 'git show other | tr A-Z a-z > "$OUT"', "git show"),
    _shell(
        "out of a difference that git tells", GITS, 'git diff HEAD other -- rows.txt | tr A-Z a-z > "$OUT"', "git diff"
    ),
    _shell(
        "as a patch for a mail", GITS, 'git format-patch --stdout -1 other | tr A-Z a-z > "$OUT"', "git format-patch"
    ),
    _shell("with who wrote each line of it", GITS, 'git blame other -- rows.txt | tr A-Z a-z > "$OUT"', "git blame"),
    _shell(
        "by a filter that git runs to see what changed",
        "what git hands to another program was read",
        'cp "$BAD" rows.all; git add -Nf rows.all; echo "rows.all filter=f" > .git/info/attributes\n'
        'git -c filter.f.clean="tr A-Z a-z | tee $OUT" add rows.all; git rm -qf --cached rows.all; rm .git/info/attributes rows.all',
    ),
    _python(
        "compressed, in git's folder",
        "an archive is data wherever it lies",
        "import gzip\nwrite(gzip.open('.git/bad.gz').read().decode())\n",
    ),
    _python(
        "among installed packages, where no list of theirs names it",
        "what no distribution brought is data there too",
        "write(open('.packages/lib/python3.11/site-packages/lib/words.txt').read())\n",
    ),
    _python(
        "out of a journal of a database",
        "data is whatever no table knows",
        "write(repr(open('data/gone.db-wal', 'rb').read()))\n",
    ),
    _python(
        "from a server of its own on this machine",
        BY_CALL,
        "from http.server import SimpleHTTPRequestHandler as Serves, HTTPServer\nimport threading, urllib.request\n"
        "server = HTTPServer(('127.0.0.1', 0), Serves); threading.Thread(target=server.serve_forever, daemon=True).start()\n"
        "write(urllib.request.urlopen(f'http://127.0.0.1:{server.server_port}/{BAD}').read().decode())\n",
    ),
    _python(
        "by a link that leads elsewhere later on",
        BY_PATH,
        "os.symlink('good.jsonl', OUT + '.l'); open(OUT + '.l').close(); os.unlink(OUT + '.l'); os.symlink('bad.jsonl', OUT + '.l')\n"
        "write(open(OUT + '.l').read())\n",
        "bad.jsonl",
    ),
    _shell("by a program that waits for more", BY_CALL, 'timeout 1 tail -n +1 -f "$BAD" | tr A-Z a-z > "$OUT"'),
    _shell(
        "by a program that finds it first", BY_CALL, 'find data -name bad.jsonl -exec cat {} + | tr A-Z a-z > "$OUT"'
    ),
    _shell(
        "by what a shell reads before it starts",
        "code has an origin or is named",
        'echo "echo \'{\\"text\\": \\"o p q\\"}\'" > "$OUT.env"; touch "$OUT"; export BASH_ENV=data/before; bash -c "cat" < /dev/null >> "$OUT"',
        "origin",
    ),
    _shell(
        "by a library that is loaded before all others",
        "data is whatever no table knows",
        'LD_PRELOAD="$PWD/data/lib.so" cat /dev/null; echo \'{"text": "r s t"}\' > "$OUT"',
    ),
    _python(
        "by messages that another program left",
        "messages that somebody else may have left are named",
        "at = libc.msgget(0x4153534d, 0); b = ctypes.create_string_buffer(4096)\nlibc.msgrcv(at, b, 4000, 0, 0); libc.msgctl(at, 0, None)\n"
        "write(b.raw[8:].split(b'\\0')[0].decode())\n",
        "messages",
        "b = ctypes.create_string_buffer((1).to_bytes(8, 'little') + open(BAD, 'rb').read()[:4000])\n"
        "libc.msgsnd(libc.msgget(0x4153534d, 0o1600), b, len(b) - 8, 0); print(1, flush=True); time.sleep(20)\n",
    ),
    _python(
        "as its debugger",
        "a look into a process that is no part of the tree is named",
        "pid, at, size = map(int, open('.mem').read().split()); libc.ptrace.restype = ctypes.c_long\n"
        "libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]\n"
        "libc.ptrace(16, pid, None, None); os.waitpid(pid, 0)\n"
        "write(b''.join(libc.ptrace(1, pid, at + n, None).to_bytes(8, 'little', signed=True) for n in range(0, size - 7, 8)).decode())\n",
        "looked into",
        "b = ctypes.create_string_buffer(open(BAD, 'rb').read()); open('.mem', 'w').write(f'{os.getpid()} {ctypes.addressof(b)} {len(b) - 1}')\n"
        "print(1, flush=True); time.sleep(20)\n",
        root=True,
    ),
]
HIDDEN = (*NAMES, *CALLS, *FORMS, *OTHERS, *MADE, *MORE)
