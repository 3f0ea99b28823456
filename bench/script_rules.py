"""All script rules over 10,000 Python files, beside a grep and a bare `ast.parse` of the same files.

    python -m bench script_rules

The tree is made of real files: those of the installed packages, each package in a folder of its own as in a repository
of many projects. Every tenth file gets a small generator at its end that loads a tokenizer and encodes with it; half of
them remove the chat template first. So the table also says how many of the planted faults were found, and whether
anything guarded was reported.
"""

from __future__ import annotations

import ast
import re
import sysconfig
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bench.table import Table

from assay.registry.observe.imports import ImportGraph
from assay.registry.rules.config import RuleConfig
from assay.registry.rules.engine import examine_script

FILES = 10_000
AIM_SECONDS = 60
LARGEST = 64 << 10  # bytes: scripts that people write are smaller than generated tables
PLANT = """

def planted_generator(model, prompts):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    {guard}
    return [tokenizer(prompt, add_special_tokens=True) for prompt in prompts]
"""


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        unguarded, guarded = plant(root)
        files = sorted(root.rglob("*.py"))
        size = sum(path.stat().st_size for path in files)
        table = Table(f"All script rules over {len(files):,} Python files ({size / 1e6:.0f} MB)")
        grep = timed(lambda: sum(bool(re.search(rb"from_pretrained", path.read_bytes())) for path in files))
        table.add("reading and one grep, s", f"{grep:.1f}")
        parse = timed(lambda: [bare_parse(path) for path in files])
        table.add("ast.parse alone, s", f"{parse:.1f}")
        found: Counter[str] = Counter()
        seen: set[tuple[str, str | None, int | None]] = set()
        unchecked: set[str] = set()

        def examine() -> None:
            graph, config = ImportGraph(root), RuleConfig(root)
            for path in files:
                examination = examine_script(path, root, graph, config)
                seen.update((one.rule, one.file, one.line) for one in examination.findings)
                unchecked.update(one.why for one in examination.unchecked if "crashed" in one.why)

        ours = timed(examine)
        found.update(rule for rule, _, _ in seen)
        table.add(
            "all script rules, import closures included, s", f"{ours:.1f}", f"≤ {AIM_SECONDS}", ours <= AIM_SECONDS
        )
        table.add("times the bare parse", f"{ours / parse:.1f}")
        loads = {(file, line) for rule, file, line in seen if rule == "AS101"}
        table.add(
            "planted unguarded loads found", f"{len(unguarded & loads)} of {len(unguarded)}", "all", unguarded <= loads
        )
        table.add("guarded loads reported", f"{len(guarded & loads)} of {len(guarded)}", "none", not guarded & loads)
        table.add("rules that crashed", str(len(unchecked)), "none", not unchecked)
        table.add("findings by rule", ", ".join(f"{rule} {count}" for rule, count in sorted(found.items())))
        table.show()


def plant(root: Path) -> tuple[set[tuple[str, int]], set[tuple[str, int]]]:
    """Copy the files; returns the (file, line) of planted loads that are unguarded, and that are guarded."""
    packages = Path(sysconfig.get_path("purelib"))
    sources = [path for path in sorted(packages.rglob("*.py")) if path.stat().st_size <= LARGEST]
    chosen = [sources[number * len(sources) // FILES] for number in range(min(FILES, len(sources)))]
    planted: tuple[set[tuple[str, int]], set[tuple[str, int]]] = (set(), set())
    for number, source in enumerate(chosen):
        relative = source.relative_to(packages)
        target = root / Path(relative.parts[0]).stem / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        content = source.read_bytes()
        if number % 10 == 0 and bare_parse(source):
            is_guarded = number % 20 == 0
            code = PLANT.format(guard="tokenizer.chat_template = None" if is_guarded else "pass")
            planted[is_guarded].add((target.relative_to(root).as_posix(), content.count(b"\n") + 6))
            content += code.encode()
        target.write_bytes(content)
    return planted


def bare_parse(path: Path) -> bool:
    """Parse and forget; False for what is not Python 3 in UTF-8."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


def timed(call: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
