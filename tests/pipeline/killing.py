"""Start a job in a process of its own, and kill it without warning when it has come so far."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PATIENCE = 120.0  # seconds for one start, on a busy machine

# The child stands where this folder is a package, so that it can use the fakes that the tests use.
START = (
    "import importlib, sys; sys.path.insert(0, {root!r}); importlib.import_module({module!r}).{function}({folder!r})"
)


def start(function: str, module: str, folder: Path) -> subprocess.Popen[bytes]:
    """Run `module.function(folder)` of these tests in a new process, inside that folder."""
    code = START.format(root=str(Path(__file__).parents[2]), module=module, function=function, folder=str(folder))
    return subprocess.Popen([sys.executable, "-c", code], cwd=folder, env=os.environ | {"ASSAY_AUTHOR": "tester"})


def finish(function: str, module: str, folder: Path) -> None:
    """Let the job come to its end."""
    assert start(function, module, folder).wait(PATIENCE) == 0


def kill_at(lines: int, file: Path, function: str, module: str, folder: Path) -> None:
    """Kill the job with SIGKILL as soon as this file has so many lines."""
    child = start(function, module, folder)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and child.poll() is None:
        if file.exists() and file.read_bytes().count(b"\n") >= lines:
            break
        time.sleep(0.005)
    assert child.poll() is None, f"the job ended with {child.returncode} before it could be killed"
    child.send_signal(signal.SIGKILL)
    child.wait()
