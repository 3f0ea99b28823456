"""How good and how fast `assay exists` is, printed as tables.

    python bench/exists.py [--artifacts 10000]

Quality on two sets of questions: those of `tests/registry/search/questions.py` about the installed sources of trl, peft and
datasets (every file is an artifact), and, where the real datasets are beside the checkout, 500 queries from the web
over 6,267 functions (CoSQA; every function is an artifact). Plain BM25 is SQLite's own over the same full texts.
Speed: a registry of many artifacts, the whole process against `python -c pass`, and bringing the index in step.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.registry.facts.store import Store, create
from assay.registry.observe.observers.script import OBSERVER
from assay.registry.observe.script.clones import shapes
from assay.registry.observe.script.profile import describe
from assay.registry.observe.script.source import read_source
from assay.registry.observe.script.vocabulary import read_vocabulary
from assay.registry.search import index as searchable
from assay.registry.search.exists import exists
from assay.registry.search.question import Question
from assay.registry.search.ranking import Ranking
from assay.registry.standing.today import Today

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("ASSAY_TEST_DATA", ROOT / ".." / "shared" / "data"))
PACKAGES = ("trl", "peft", "datasets")
ASSAY = str(Path(sys.executable).with_name("assay"))
WORD = re.compile(r"\w+")
Ranker = Callable[[str], list[str]]


def profile_of(name: str, text: bytes) -> dict[str, Any]:
    """A script's description as a scan records it."""
    source = read_source(Path(name), text)
    found = describe(source, ROOT).as_dict()
    return found | {
        "vocabulary": read_vocabulary(source),
        "shapes": [shape.as_dict() for shape in shapes(source.tree)],
    }


def fill(root: Path, profiles: Iterable[tuple[str, Mapping[str, Any]]]) -> Store:
    """A registry in which these described scripts are on record, without files behind them."""
    root.mkdir()
    store = create(root)
    with store.batch() as batch:
        for name, profile in profiles:
            artifact = batch.add("artifact", kind="script", name=name, ordinal=0)
            version = batch.add("version", id=f"bench:{name}", kind="script", content=name, size=1, files=1)
            at = "2026-01-01T00:00:00.000000Z"
            batch.add("sighting", artifact_id=artifact, version_id=version, path=name, at=at, source="git")
            batch.cache("description", version_id=version, observer=OBSERVER.version, profile=json.dumps(profile))
            batch.cache(
                "location", workspace=store.workspace, path=name, artifact_id=artifact, version_id=version,
                digest=name, stat="", present=1,
            )  # fmt: skip
    return store


def ours(store: Store) -> Ranker:
    """The ranking of `assay exists`: names of artifacts, best first."""
    names = dict(store.database.rows("SELECT id, name FROM artifact"))
    return lambda question: [names[hit.artifact] for hit in Ranking(store, Question.of(question)).hits()]


def plain_bm25(texts: Mapping[str, str], tokenizer: str) -> Ranker:
    """SQLite's own BM25 over full texts."""
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE VIRTUAL TABLE t USING fts5(name UNINDEXED, text, tokenize='{tokenizer}')")
    database.executemany("INSERT INTO t VALUES (?, ?)", texts.items())

    def rank(question: str) -> list[str]:
        match = " OR ".join(f'"{word}"' for word in WORD.findall(question))
        return [
            name for (name,) in database.execute("SELECT name FROM t WHERE t MATCH ? ORDER BY rank LIMIT 60", [match])
        ]

    return rank


def print_ranking(title: str, rankers: Mapping[str, Ranker], asked: Sequence[tuple[str, Sequence[str]]]) -> None:
    """A table of mean reciprocal rank, first places and recall@10."""
    print(f"\n{title}\n\n| ranking | MRR | first | recall@10 |\n| --- | --- | --- | --- |")
    for label, rank in rankers.items():
        places = []
        for question, right in asked:
            found = rank(question)
            places.append(next((place for place, name in enumerate(found, 1) if name in right), 0))
        reciprocal = statistics.fmean(1 / place if place else 0.0 for place in places)
        first, ten = places.count(1) / len(places), sum(0 < place <= 10 for place in places) / len(places)
        print(f"| {label} | {reciprocal:.3f} | {first:.1%} | {ten:.1%} |")


def print_verdicts(store: Store, asked: Sequence[str], absent: Sequence[str]) -> None:
    """How often which verdict is given to what is there and to what is not."""
    print("\n| asked for | yes | maybe | no |\n| --- | --- | --- | --- |")
    for label, questions in (("what is there", asked), ("what is not", absent)):
        said = Counter(exists(Today(store, {"script": "rules"}), question).verdict for question in questions)
        print(f"| {label} | {said['yes']} | {said['maybe']} | {said['no']} |")


def bench_questions(folder: Path) -> dict[str, dict[str, Any]]:
    """Quality on the sources of trl, peft and datasets; returns their profiles."""
    spec = importlib.util.spec_from_file_location("questions", ROOT / "tests" / "registry" / "search" / "questions.py")
    assert spec and spec.loader
    questions = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(questions)
    texts = {path: file.read_bytes() for path, file in installed_sources()}
    profiles = {name: profile_of(name, text) for name, text in texts.items()}
    with fill(folder / "packages", profiles.items()) as store:
        searchable.refresh(store)
        full = {name: f"{name} {text.decode()}" for name, text in texts.items()}
        rankers = {"assay exists": ours(store), "BM25, words": plain_bm25(full, "unicode61")}
        rankers["BM25, Porter stems"] = plain_bm25(full, "porter unicode61")
        print_ranking(
            f"{len(questions.ASKED)} questions over {len(texts)} files of {', '.join(PACKAGES)}",
            rankers,
            questions.ASKED,
        )
        print_verdicts(store, [question for question, _ in questions.ASKED], questions.ABSENT)
    return profiles


def installed_sources() -> Iterable[tuple[str, Path]]:
    """Every source file of the packages, named from the folder that holds them."""
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            raise SystemExit(f"{package} is not installed: pip install 'assay[train]'")
        top = Path(spec.origin).parent
        yield from ((path.relative_to(top.parent).as_posix(), path) for path in sorted(top.rglob("*.py")))


def bench_cosqa(folder: Path) -> None:
    """Ranking of 6,267 functions for 500 web queries."""
    here = DATA / "codesearch"
    if not here.is_dir():
        print("\nCoSQA is not beside this checkout: not measured")
        return
    texts = {str(number): text.strip() for text, number in json.loads((here / "code_idx_map.txt").read_text()).items()}
    queries = json.loads((here / "cosqa-retrieval-dev-500.json").read_text())
    asked = [(query["doc"], [str(query["retrieval_idx"])]) for query in queries]
    profiles = ((name, profile_of(f"{name}.py", text.encode())) for name, text in texts.items())
    with fill(folder / "cosqa", profiles) as store:
        searchable.refresh(store)
        rankers = {"assay exists": ours(store), "BM25, words": plain_bm25(texts, "unicode61")}
        rankers["BM25, Porter stems"] = plain_bm25(texts, "porter unicode61")
        print_ranking("CoSQA: 500 queries over 6,267 functions", rankers, asked)


def bench_speed(folder: Path, profiles: Mapping[str, Mapping[str, Any]], count: int) -> None:
    """Time of the index and of the whole process, with the profiles repeated to make this many artifacts."""
    names = sorted(profiles)
    many = (
        (f"{place // len(names)}/{names[place % len(names)]}", profiles[names[place % len(names)]])
        for place in range(count)
    )
    with fill(folder / "many", many) as store:
        started = time.perf_counter()
        searchable.refresh(store)
        built = time.perf_counter() - started
        started = time.perf_counter()
        searchable.refresh(store)
        again = time.perf_counter() - started
        root = store.project.root
    print(f"\n{count:,} artifacts: index built in {built:.1f} s, found in step in {again * 1000:.0f} ms\n")
    print("| process | median of 7, s |\n| --- | --- |")
    for label, command in {
        "python -c pass": [sys.executable, "-c", "pass"],
        "assay exists, five words": [ASSAY, "exists", "merge LoRA weights into base"],
        "assay exists, a plain no": [ASSAY, "exists", "convert a model to GGUF"],
    }.items():
        print(f"| {label} | {process_seconds(command, root):.3f} |")


def process_seconds(command: Sequence[str], folder: Path) -> float:
    """Median wall time of a whole process, after one that warms the file cache."""
    times = []
    for _ in range(8):
        started = time.perf_counter()
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        times.append(time.perf_counter() - started)
        if done.returncode not in (0, 1):
            raise SystemExit(done.stderr)
    return statistics.median(times[1:])


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--artifacts", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        profiles = bench_questions(Path(folder))
        bench_cosqa(Path(folder))
        bench_speed(Path(folder), profiles, options.artifacts)


if __name__ == "__main__":
    main()
