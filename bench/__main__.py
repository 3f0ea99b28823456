"""Run the benchmarks: `python -m bench` for all of them, `python -m bench hashing scan` for some.

Each prints its figure beside the limit or the peer that was measured in the same run.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

from bench.table import machine

NOT_BENCHMARKS = {"__main__", "table", "rewriting"}
DOWNLOADING = {"exists_calibration", "writing", "clones"}  # run by themselves, with options of their own


def main() -> None:
    """Run the named benchmarks, or all."""
    known = [
        one.name
        for one in pkgutil.iter_modules([str(Path(__file__).parent)])
        if one.name not in NOT_BENCHMARKS | DOWNLOADING
    ]
    wanted = sys.argv[1:] or known
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}")
    print(machine())
    for name in wanted:
        sys.argv = [f"bench.{name}"]  # some take options when they are run by themselves
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
