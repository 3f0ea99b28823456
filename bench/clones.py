"""How well a copied file is known, beside a detector that compares tokens, labelled by construction.

    python -m bench.clones --jscpd node_modules/.bin/jscpd [--sources FOLDER] [--files 60]

Files written again have three functions of one file of the project on record, in another order, each written again in
one way (`rewriting.py`; `plain` leaves them as they are). Honest files have three functions of a distribution that is
not on record. `assay exists --code` says a file is there by a yes; of jscpd (`npm install jscpd`), any clone of 50
tokens between a draft and the project counts, and beside it one of 25.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.rewriting import WAYS, Function, again, functions
from bench.writing import Texts, both_sides

from assay.registry.errors import UsageError
from assay.registry.facts.store import create
from assay.registry.recording.scan import scan
from assay.registry.search.draft import Draft, exists_code
from assay.registry.standing.today import Today

EACH = 3
TOKENS = (50, 25)


def plain(function: Function, chance: random.Random) -> None:
    """As it is."""


def groups(files: Texts, chance: random.Random, count: int) -> list[list[Function]]:
    """Three functions of one file each, in any order."""
    many = [some for _, text in sorted(files.items()) if len(some := list(functions(text))) >= EACH]
    return [chance.sample(chance.choice(many), EACH) for _ in range(count)]


def drafts(own: Texts, held: Texts, count: int, chance: random.Random) -> dict[str, list[str]]:
    """Kind → files: honest ones, and those written again in each way."""
    found = {"honest": ["\n\n\n".join(map(ast.unparse, some)) for some in groups(held, chance, 2 * count)]}
    for name, way in {"plain": plain, **WAYS}.items():
        some = groups(own, chance, count)
        found[name] = ["\n\n\n".join(again(one, way, chance) for one in group) for group in some]
    return found


def found_by_jscpd(program: str, folder: Path, tokens: int) -> set[str]:
    """The names of the drafts that have a clone in the project."""
    subprocess.run(
        [program, "--min-tokens", str(tokens), "--min-lines", "3", "--reporters", "json", "--silent", "--format",
         "python", "--output", str(folder / "report"), str(folder / "project"), str(folder / "drafts")],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    report = json.loads((folder / "report" / "jscpd-report.json").read_text())
    pairs = [(Path(one["firstFile"]["name"]), Path(one["secondFile"]["name"])) for one in report["duplicates"]]
    crossing = [pair for pair in pairs if sum("drafts" in one.parts for one in pair) == 1]
    return {one.stem for pair in crossing for one in pair if "drafts" in one.parts}


def found_by_assay(folder: Path) -> set[str]:
    """The names of the drafts that are a yes."""
    found = set()
    with create(folder / "project") as store:
        scan(store)
        today = Today.of(store)
        for path in sorted((folder / "drafts").iterdir()):
            try:
                verdict = exists_code(today, Draft.of_text(path.name, path.read_bytes())).verdict
            except UsageError:
                continue
            found |= {path.stem} if verdict == "yes" else set()
    return found


def print_table(found: Mapping[str, set[str]], written: Mapping[str, Sequence[str]]) -> None:
    """How many files of each kind each detector names, and its precision over all."""
    kinds = [kind for kind in written if kind != "honest"]
    print(f"| detector | {' | '.join(kinds)} | honest | precision |\n| --- |{' --- |' * (len(kinds) + 2)}")
    for detector, names in found.items():
        counts = {kind: sum(f"{kind}{n}" in names for n in range(len(some))) for kind, some in written.items()}
        right = sum(counts[kind] for kind in kinds)
        shares = " | ".join(f"{counts[kind] / len(written[kind]):.0%}" for kind in [*kinds, "honest"])
        print(f"| {detector} | {shares} | {right / max(1, right + counts['honest']):.1%} |")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jscpd", help="the program; without it, Assay alone")
    parser.add_argument("--sources", type=Path, help="where the distributions are or will be kept")
    parser.add_argument("--files", type=int, default=60)
    options = parser.parse_args()
    chance = random.Random(29)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch).resolve()
        kept = options.sources or folder
        own, held = both_sides(kept)
        written = drafts(own, held, options.files, chance)
        lying = {f"project/{path}": text for path, text in own.items()}
        lying |= {
            f"drafts/{kind}{n}.py": text.encode() for kind, some in written.items() for n, text in enumerate(some)
        }
        for path, text in lying.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(text)
        found = {"assay exists --code": found_by_assay(folder)}
        for tokens in TOKENS if options.jscpd else ():
            found[f"jscpd, {tokens} tokens"] = found_by_jscpd(options.jscpd, folder, tokens)
        print_table(found, written)


if __name__ == "__main__":
    main()
