"""How fast all dataset rules read JSONL, beside the floor (reading the file) and the ways it replaces.

    python bench/dataset_rules.py [--gigabytes 1] [--keep FILE]

Writes seeded rows made of real English (the sentences of Python's own manual, `pydoc_data`), with planted faults whose
number is known, runs the pass on two cores, and prints MB/s, peak memory and how many planted faults were found. The
plain-Python loop does the cheap half of the work (no near duplicates) on a slice, rensa does the other half alone; both
are scaled. Aim: 150 MB/s under 1 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

AIM_MB_S, AIM_MEMORY_MB = 150, 1000
SLICE = 20_000_000
PLANTED = {
    "AS201": lambda row: row["completion"] + "<|im_end|>",
    "AS203": lambda row: row["completion"] + "\n<END>",
    "AS204": lambda row: row["completion"] + "\n\n### Human: " + row["prompt"],
    "AS206": lambda row: "As an AI language model, I cannot help with that. " + row["completion"],
    "AS209": lambda row: " ",
    "AS213": lambda row: row["completion"] + " donâ€™t",
}


def rows(seed: int = 42) -> Iterator[tuple[str | None, dict[str, str]]]:
    """(planted fault or None, row) without end; about 900 bytes a row."""
    from pydoc_data.topics import topics

    text = " ".join(" ".join(topics.values()).split())
    sentences = [part for part in re.split(r"(?<=[.:]) ", text) if 30 < len(part) < 400 and "###" not in part]
    rng = random.Random(seed)
    recent: list[dict[str, str]] = []
    number = 0
    while True:
        number += 1
        chosen = rng.random()
        row = {"prompt": rng.choice(sentences), "completion": " ".join(rng.choices(sentences, k=rng.randint(3, 10)))}
        fault = None
        if chosen < 0.001 * len(PLANTED):
            fault = list(PLANTED)[int(chosen / 0.001)]
            row["completion"] = PLANTED[fault](row)
        elif chosen < 0.016 and recent:
            fault, row = "AS207", dict(rng.choice(recent))
        elif chosen < 0.026 and recent:
            fault, row = "AS208", dict(rng.choice(recent))
            words = row["completion"].split(" ")
            words[rng.randrange(len(words))] = rng.choice(["indeed", "perhaps", "rather"])
            row["completion"] = " ".join(words)
        else:
            recent = [*recent[-2000:], row] if number % 50 == 0 else recent
        yield fault, {"id": str(number), **row, "source": "bench"}


def write(path: Path, size: int) -> dict[str, int]:
    """Write about `size` bytes of JSONL; returns how many rows have each planted fault."""
    planted: dict[str, int] = dict.fromkeys([*PLANTED, "AS207", "AS208"], 0)
    with path.open("w", encoding="utf-8") as file:
        for fault, row in rows():
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            if fault:
                planted[fault] += 1
            if file.tell() >= size:
                return planted
    raise AssertionError("rows never end")


def read_floor(path: Path) -> float:
    """Seconds to read the file once with a 4 MiB buffer."""
    start = time.perf_counter()
    with path.open("rb", buffering=0) as file:
        while file.read(4 << 20):
            pass
    return time.perf_counter() - start


def plain_loop(path: Path) -> float:
    """Seconds per byte of the obvious loop: parse each line, run every expression over every field, keep a set."""
    from assay.registry.rules.dataset import RULES
    from assay.registry.rules.dataset.rule import TextRule

    expressions = [rule().expression for rule in RULES if issubclass(rule, TextRule)]
    seen: set[int] = set()
    read, start = 0, time.perf_counter()
    with path.open("rb") as file:
        for line in file:
            row = json.loads(line)
            seen.add(hash((row["prompt"], row["completion"])))
            for value in row.values():
                for expression in expressions:
                    expression.search(value)
            read += len(line)
            if read > SLICE:
                break
    return (time.perf_counter() - start) / read


def rensa_alone(path: Path) -> float:
    """Seconds per byte of what rensa asks for near duplicates alone: lists of words, 128 permutations, an LSH index."""
    from rensa import RMinHash, RMinHashLSH

    with path.open("rb") as file:
        lines = file.readlines(SLICE)
    start = time.perf_counter()
    texts = [json.loads(line) for line in lines]
    words = [f"{row['prompt']} {row['completion']}".split() for row in texts]
    digests = RMinHash.digest_matrix_from_token_sets(words, num_perm=128, seed=42)
    RMinHashLSH(threshold=0.8, num_perm=128, num_bands=16).insert_matrix(digests)
    return (time.perf_counter() - start) / sum(map(len, lines))


def one_pass(path: Path) -> None:
    """The measured process: run all rules once and print seconds, peak memory and counts as JSON."""
    from assay.registry.rules.dataset import RULES
    from assay.registry.rules.dataset.one_pass import examine

    start = time.perf_counter()
    profile, examination = examine(path, [rule() for rule in RULES], "bench")
    seconds = time.perf_counter() - start
    usage = resource.getrusage(resource.RUSAGE_SELF)
    busy = usage.ru_utime + usage.ru_stime
    memory = int(re.findall(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[0]) // 1024
    counts = {finding.rule: finding.count for finding in examination.findings}
    print(json.dumps({"seconds": seconds, "busy": busy, "memory": memory, "rows": profile.rows, "counts": counts}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--keep", type=Path, help="write the file here, and use it again next time")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        one_pass(asked.measure)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = asked.keep or Path(folder) / "rows.jsonl"
        note = path.with_suffix(".planted.json")
        if not note.exists():
            note.write_text(json.dumps(write(path, int(asked.gigabytes * 1e9))))
        planted = json.loads(note.read_text())
        size = path.stat().st_size
        floor = read_floor(path)
        cores = sorted(os.sched_getaffinity(0))[:2]
        command = ["taskset", "-c", ",".join(map(str, cores)), sys.executable, __file__, "--measure", str(path)]
        result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        loop, rensa = plain_loop(path) * size, rensa_alone(path) * size
    print(f"{size / 1e9:.2f} GB, {result['rows']:,} rows, two cores")
    for name, seconds in (
        ("read only (floor)", floor),
        ("all rules, one pass", result["seconds"]),
        ("  processor time / 2", result["busy"] / 2),
        ("plain loop*", loop),
        ("rensa, near copies*", rensa),
    ):
        print(f"  {name:22} {seconds:8.1f} s {size / 1e6 / seconds:8.0f} MB/s")
    print(f"  * {SLICE / 1e6:.0f} MB scaled; the plain-Python loop leaves near duplicates out")
    speed = size / 1e6 / result["seconds"]
    held = speed >= AIM_MB_S and result["memory"] < AIM_MEMORY_MB
    print(f"  peak memory {result['memory']} MB")
    print(f"  aim {AIM_MB_S} MB/s under {AIM_MEMORY_MB} MB: {'held' if held else 'MISSED'}")
    for rule, count in planted.items():
        print(f"  {rule}: {result['counts'].get(rule, 0):,} found, {count:,} planted")


if __name__ == "__main__":
    main()
