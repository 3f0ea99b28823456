"""Overlap of 1,000,000 training rows with 20 evaluation sets, beside plain Python doing the Tülu 3 rule alone.

    python bench/overlap.py [--rows 1000000]

Rows are seeded random text with the vocabulary of Python's own manual, about 1 KB each. Half of the evaluations have 3%
of their questions planted in the training set under another wrapping, half have none: the verdicts are checked. Plain
Python keeps a dictionary of 8-grams and counts covered tokens row by row; it runs on a slice and is scaled. The floor
is reading and parsing the same file, without comparing. Aim: under 300 s on two cores, memory flat in the rows.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from bench.table import Table

ROWS, EVALUATIONS, ITEMS, PLANTED = 1_000_000, 20, 1_000, 30
SLICE = 5_000
AIM_SECONDS, AIM_MEMORY_MB = 300, 1_000


def vocabulary() -> list[str]:
    """Words in the frequency of English prose."""
    from pydoc_data.topics import topics

    return re.findall(r"[a-zA-Z]+", " ".join(topics.values()))


def questions(chance: random.Random, words: list[str]) -> list[str]:
    """One evaluation: questions of 8 to 60 words."""
    return [" ".join(chance.choices(words, k=chance.randint(8, 60))) for _ in range(ITEMS)]


def training_rows(rows: int, planted: list[str], words: list[str]) -> Iterator[str]:
    """JSONL lines: text from a shuffled pool in slices, and the planted questions spread evenly."""
    chance = random.Random(1)
    pool = chance.choices(words, k=2_000_000)
    every = rows // len(planted)
    for number in range(rows):
        starts = [chance.randrange(len(pool) - 60) for _ in range(3)]
        asked, *answer = (" ".join(pool[start : start + 50]) for start in starts)
        if number % every == 0 and number // every < len(planted):
            asked = f"### Instruction:\n{planted[number // every]}\n\n### Response:"
        yield json.dumps({"prompt": asked, "completion": " ".join(answer)}) + "\n"


def write(folder: Path, rows: int) -> None:
    """The training set and the evaluations, the first half of them leaked."""
    words, chance, planted = vocabulary(), random.Random(0), []
    for number in range(EVALUATIONS):
        asked = questions(chance, words)
        lines = (json.dumps({"question": text}) + "\n" for text in asked)
        (folder / f"eval{number:02}.jsonl").write_text("".join(lines))
        planted += asked[:PLANTED] if number < EVALUATIONS // 2 else []
    with (folder / "train.jsonl").open("w") as file:
        file.writelines(training_rows(rows, planted, words))


def ours(folder: Path) -> dict[str, float]:
    """Seconds, verdicts, questions found and peak memory; meant for a process of its own."""
    import resource

    from assay.registry.overlap import texts_of_file
    from assay.registry.overlap.compare import overlap

    evaluations = [texts_of_file(path) for path in sorted(folder.glob("eval*.jsonl"))]
    start = time.perf_counter()
    reports = list(overlap([texts_of_file(folder / "train.jsonl")], evaluations))
    spent = time.perf_counter() - start
    start = time.perf_counter()
    for job in texts_of_file(folder / "train.jsonl").jobs():
        job()
    floor = time.perf_counter() - start
    return {
        "seconds": spent,
        "floor": floor,
        "found": sum(report.overlapping for report in reports[: EVALUATIONS // 2]),
        "false": sum(report.overlapping for report in reports[EVALUATIONS // 2 :]),
        "contaminated": sum(report.verdict == "contaminated" for report in reports),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def plain(folder: Path, rows: int) -> float:
    """Seconds that the Tülu 3 rule takes over the first rows in plain Python, its index not counted."""
    windows: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    lengths = []
    for path in sorted(folder.glob("eval*.jsonl")):
        for line in path.open():
            tokens = re.findall(r"\w+", json.loads(line)["question"].lower())
            for position in range(len(tokens) - 7):
                windows[tuple(tokens[position : position + 8])].append((len(lengths), position))
            lengths.append(len(tokens))
    overlapping = set()
    start = time.perf_counter()
    with (folder / "train.jsonl").open() as file:
        for _, line in zip(range(rows), file, strict=False):
            tokens = re.findall(r"\w+", " ".join(json.loads(line).values()).lower())
            covered = defaultdict(set)
            for position in range(len(tokens) - 7):
                for item, place in windows.get(tuple(tokens[position : position + 8]), ()):
                    covered[item].update(range(place, place + 8))
            overlapping |= {item for item, places in covered.items() if len(places) > lengths[item] / 2}
    assert overlapping
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--compare", type=Path, help=argparse.SUPPRESS)
    options, _ = parser.parse_known_args()
    if options.compare:
        print(json.dumps(ours(options.compare)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write(folder, options.rows)
        megabytes = (folder / "train.jsonl").stat().st_size / 1e6
        command = [sys.executable, "-m", "bench.overlap", "--compare", temporary]
        found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        slice_rows = min(SLICE, options.rows)
        scaled = plain(folder, slice_rows) * options.rows / slice_rows
    table = Table(f"Overlap: {options.rows:,} rows ({megabytes:,.0f} MB) against {EVALUATIONS} sets of {ITEMS:,}")
    spent = found["seconds"]
    table.add("all rules, seconds", f"{spent:.0f}", f"{AIM_SECONDS} for 1,000,000 rows", spent < AIM_SECONDS)
    table.add("reading and parsing alone, seconds", f"{found['floor']:.0f}")
    table.add("plain Python, Tülu 3 rule alone, seconds", f"{scaled:.0f}", f"from {slice_rows:,} rows")
    table.add("peak memory, MB", f"{found['memory']:.0f}", f"{AIM_MEMORY_MB:,}", found["memory"] < AIM_MEMORY_MB)
    planted = PLANTED * EVALUATIONS // 2
    table.add("planted questions found", f"{found['found']}", f"{planted}", found["found"] == planted)
    table.add("questions found that were not planted", f"{found['false']}", "0", found["false"] == 0)
    right = found["contaminated"] == EVALUATIONS // 2
    table.add("evaluations called contaminated", f"{found['contaminated']}", f"{EVALUATIONS // 2}", right)
    table.show()


if __name__ == "__main__":
    main()
