"""Hashing one large file against `cat > /dev/null`, and memory while it is hashed."""

from __future__ import annotations

import resource
import subprocess
import tempfile
from pathlib import Path

from bench.table import Table, median, seconds, spread

from assay.registry.hashing import digest_file

SIZE = 4 << 30
AIM = 0.9


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.bin")
        block = bytes(range(256)) * 4096
        with open(path, "wb") as file:
            for _ in range(SIZE // len(block)):
                file.write(block)
        subprocess.run(["cat", str(path)], stdout=subprocess.DEVNULL, check=True)
        with open("/dev/null", "wb") as null:
            cat = seconds(lambda: subprocess.run(["cat", str(path)], stdout=null, check=True))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        ours = seconds(lambda: digest_file(path))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    ratio = median(cat) / median(ours)
    table = Table("Hashing 4 GiB in the page cache")
    table.add("cat > /dev/null, s", spread(cat))
    table.add("xxh3_128 over the full bytes, s", spread(ours))
    table.add("speed relative to cat", f"{ratio:.2f}", f"≥ {AIM}", ratio >= AIM)
    table.add("memory that it took, MiB", f"{grown:.1f}", "flat: ≤ 8", grown <= 8)
    table.show()


if __name__ == "__main__":
    main()
