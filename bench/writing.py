"""How often what an agent writes again is stopped, and how often an honest write is, labelled by construction.

    python -m bench.writing [--sources FOLDER] [--duplicates 200] [--honest 500] [--artifacts 10000]

The project on record is the source of two distributions. Duplicates are its functions, written again (`rewriting.py`):
alone in a new file, or two of them, in another order, in a file with a new function. Honest writes are functions and
whole files of distributions that are not on record, and functions of those under the imports, options and logging of a
script that is. Each is put, as a new file, to what `assay hook agent` is asked before a write.

At last the hook as a process, in a project of many scripts: user and system time, and the time on the clock.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.exists import ASSAY, fill, profile_of
from bench.exists_calibration import texts
from bench.rewriting import WAYS, Function, again, functions

from assay.registry.agents.dialects import Decision, event_of
from assay.registry.agents.judge import judged
from assay.registry.facts.store import Store, create
from assay.registry.observe.script.boilerplate import is_boilerplate
from assay.registry.recording.scan import scan
from assay.registry.standing.freshness import RULESETS

ON_RECORD = ("trl==0.24.0", "litgpt==0.5.13")
HELD_OUT = ("lm-eval==0.4.9.1", "mergekit==0.1.5", "datatrove==0.10.1", "lighteval==0.13.0")
Texts = Mapping[str, bytes]


def said(store: Store, text: str) -> str:
    """What the hook says before this is written to a new file: `asked` or `noted`, or nothing."""
    given = {"tool_name": "Write", "tool_input": {"file_path": str(store.project.root / "new_one.py"), "content": text}}
    event = event_of({"hook_event_name": "PreToolUse", "session_id": "bench", "cwd": str(store.project.root)} | given)
    assert event is not None
    found = judged(store, event)
    if found is None:
        return ""
    return "noted" if found[0] is Decision.NOTE else "asked"


def duplicates(own: Sequence[Function], fresh: Sequence[Function], chance: random.Random) -> Iterator[tuple[str, str]]:
    """(kind, text): each function written again, by turns in each way and in a file of several."""
    for number, one in enumerate(own):
        way = list(WAYS)[number % len(WAYS)]
        if number % 4 == 3:
            parts = [again(one, WAYS[way], chance), again(chance.choice(own), WAYS[way], chance)]
            parts.insert(chance.randrange(3), ast.unparse(chance.choice(fresh)))
            yield f"{way}, in a file of three", "\n\n".join(parts)
        else:
            yield f"{way}, alone", again(one, WAYS[way], chance)


def honest(held: Texts, own: Texts, count: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    """(kind, text): functions, whole files, and functions in the clothes of a script that is on record."""
    found = [one for _, text in sorted(held.items()) for one in functions(text)]
    picked = chance.sample(found, count)
    clothes = [ast.unparse(ast.Module(setup, [])) for text in own.values() if len(setup := _setup(text)) > 3]
    files = [text.decode() for _, text in sorted(held.items()) if 500 < len(text) < 60_000]
    for number, one in enumerate(picked):
        if number % 5 == 3:
            yield (
                "a function under the imports and options of a script on record",
                f"{chance.choice(clothes)}\n\n{ast.unparse(one)}",
            )
        elif number % 5 == 4:
            yield "a whole file", chance.choice(files)
        else:
            yield "a function", ast.unparse(one)


def _setup(text: bytes) -> list[ast.stmt]:
    return [one for one in ast.parse(text).body if is_boilerplate(one)]


def print_table(title: str, store: Store, written: Sequence[tuple[str, str]]) -> None:
    """A row for each kind: asked about, noted, silence."""
    print(f"\n| {title} | writes | asked | noted | silence |\n| --- | --- | --- | --- | --- |")
    answers = [(kind, said(store, text), text) for kind, text in written]
    for kind in [*sorted({kind for kind, _ in written}), ""]:
        some = [one for each, one, _ in answers if kind in ("", each)]
        counts = [some.count(one) for one in ("asked", "noted", "")]
        shares = " | ".join(f"{count / len(some):.1%}" for count in counts)
        print(f"| {kind or 'all'} | {len(some)} | {shares} |", flush=True)


def print_speed(folder: Path, sources: Texts, count: int, text: str) -> None:
    """The hook as a process, where this many scripts are on record."""
    root, profiles = folder / "many", [(text, profile_of(name, text)) for name, text in sorted(sources.items())]
    named = [(f"s{number % 100}/m{number}.py", *profiles[number % len(profiles)]) for number in range(count)]
    with fill(root, [(name, profile) for name, _, profile in named]) as store:
        from assay.registry.search import index

        index.refresh(store)
        with store.batch() as batch:
            batch.cache("setting", workspace=store.workspace, key=RULESETS, value="{}")
    for name, source, _ in named:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(source)
    event = {"hook_event_name": "PreToolUse", "cwd": str(root), "session_id": "bench"}
    print("\n| event | seconds on the clock | of the processor |\n| --- | --- | --- |")
    for label, tool, given in (
        ("Write", "Write", {"file_path": "new.py", "content": text}),
        ("Edit", "Edit", {"file_path": "s1/m1.py", "old_string": "import", "new_string": "import  "}),
        ("Bash", "Bash", {"command": "ls"}),
    ):
        asked = json.dumps(event | {"tool_name": tool, "tool_input": given})
        times, used = [], []
        for _ in range(8):
            started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([ASSAY, "hook", "agent"], input=asked, cwd=root, capture_output=True, text=True, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(time.perf_counter() - started)
            used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        print(f"| {label} | {statistics.median(times[1:]):.2f} | {statistics.median(used[1:]):.2f} |", flush=True)


def both_sides(kept: Path) -> tuple[Texts, Texts]:
    """The files of the distributions that are on record, and of those that are held out."""
    own, held = (
        {f"{name.partition('==')[0]}/{path}": text for name in some for path, text in texts(name, kept).items()}
        for some in (ON_RECORD, HELD_OUT)
    )
    return own, held


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=Path, help="where the distributions are or will be kept")
    parser.add_argument("--duplicates", type=int, default=200)
    parser.add_argument("--honest", type=int, default=500)
    parser.add_argument("--artifacts", type=int, default=10_000)
    options = parser.parse_args()
    chance = random.Random(13)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch).resolve()
        kept = options.sources or folder
        own, held = both_sides(kept)
        for path, text in own.items():
            (folder / "project" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "project" / path).write_bytes(text)
        mine = [one for _, text in sorted(own.items()) for one in functions(text)]
        fresh = [one for _, text in sorted(held.items()) for one in functions(text)]
        written = list(duplicates(chance.sample(mine, options.duplicates), fresh, chance))
        with create(folder / "project") as store:
            scan(store)
            print_table("written again", store, written)
            print_table("honest", store, list(honest(held, own, options.honest, chance)))
        if options.artifacts:
            print_speed(folder, own, options.artifacts, written[0][1])


if __name__ == "__main__":
    main()
