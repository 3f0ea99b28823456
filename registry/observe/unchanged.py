"""Whether a file is what it was when it was read, by size, times and inode. Refuses to tell of one too young."""

from __future__ import annotations

import os
import time

CLOCK_GRAIN_NS = 20_000_000
COARSE_CLOCK_GRAIN_NS = 2_000_000_000


def stat_text(status: os.stat_result) -> str:
    """What stands for a file's content while it is the same; empty when the file is too young to be told apart.

    A file that was written within the clock's grain of now could be written again without its times moving.
    """
    newest = max(status.st_mtime_ns, status.st_ctime_ns)
    coarse = status.st_mtime_ns % 1_000_000_000 == 0 and status.st_ctime_ns % 1_000_000_000 == 0
    if time.time_ns() - newest < (COARSE_CLOCK_GRAIN_NS if coarse else CLOCK_GRAIN_NS):
        return ""
    return f"{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"
