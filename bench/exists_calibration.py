"""Calibrate `assay exists` on distributions from the package index, and measure it on others.

    python -m bench.exists_calibration [--sources FOLDER] [--fit]

The questions are in `bench/questions/`, a file for each distribution: short, long with subordinate clauses, paraphrased,
and about what is not there. The sources are downloaded by name and version and never kept in the repository. Every
distribution is asked about whole, and as small projects of a dozen of its files, where most questions lose their
answer: what was the right file is taken away, and a no is right.

`--fit` prints the weights of `registry/search/likelihood.py` as the distributions in `FITTED` teach them. The tables say
how often each kind of question gets yes, maybe and no, on those and on the ones that were held out.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import math
import random
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from bench.exists import fill, profile_of

from assay.registry.facts.store import Store
from assay.registry.search import index
from assay.registry.search.likelihood import PLAUSIBLE, SURE, Measures, likelihood, measure
from assay.registry.search.question import Question
from assay.registry.search.ranking import Ranking

QUESTIONS = Path(__file__).parent / "questions"
FITTED = ("trl", "lm_eval", "litgpt")
PRESENT, ABSENT = ("short", "long", "paraphrased"), ("absent", "absent_long")
SMALL_PROJECTS, SMALL, JUDGED, TAUGHT, SHOWN = 8, 12, 10, 3, 5
STEPS, RATE, PENALTY = 1000, 1.5, 2.0
Profiles = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Case:
    """A question put to a project: its kind, and the measures of what was found, best first, with which are right."""

    kind: str
    weight: float
    found: Sequence[tuple[Measures, bool]]

    def likely(self) -> list[float]:
        """How likely each that was found is an answer."""
        return [likelihood(measures) for measures, _ in self.found]


def questions(name: str) -> tuple[str, list[tuple[str, str, tuple[str, ...]]]]:
    """A distribution (`name==version`), and (kind, question, patterns of the right files) about it."""
    table = tomllib.loads((QUESTIONS / f"{name}.toml").read_text())
    asked = [(kind, text, tuple(right)) for kind in (*PRESENT, *ABSENT) for text, right in table[kind].items()]
    return table["distribution"], asked


def texts(distribution: str, folder: Path) -> dict[str, bytes]:
    """Every Python file of a distribution but its tests, downloaded where it is not there yet."""
    name, _, version = distribution.partition("==")
    pattern = f"{name.replace('-', '?')}-{version}.tar.gz"
    if not any(folder.glob(pattern)):
        command = [sys.executable, "-m", "pip", "download", "--no-binary", ":all:", "--no-deps", distribution]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    found: dict[str, bytes] = {}
    with tarfile.open(next(folder.glob(pattern))) as archive:
        for member in archive:
            path = member.name.partition("/")[2]
            if path.endswith(".py") and not any(part.startswith("test") for part in Path(path).parts):
                data = archive.extractfile(member)
                assert data is not None
                found[path] = data.read()
    return found


def sources(distribution: str, folder: Path) -> Profiles:
    """The profiles of every Python file of a distribution but its tests."""
    return {path: json.loads(json.dumps(profile_of(path, text))) for path, text in texts(distribution, folder).items()}


def is_right(name: str, patterns: Sequence[str]) -> bool:
    """Whether a file is one of those that answer."""
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def ask(store: Store, text: str, right: Sequence[str]) -> list[tuple[Measures, bool]]:
    """The measures of the best that a question finds, in the order of the ranking."""
    ranking = Ranking(store, Question.of(text))
    hits = ranking.hits()[:JUDGED]
    rows = {row.id: row for row in index.rows_of(store, [hit.artifact for hit in hits])}
    return [(measure(ranking, hit, row)[0], is_right(row.name, right)) for hit in hits for row in [rows[hit.artifact]]]


def whole(folder: Path, name: str, profiles: Profiles) -> Iterator[Case]:
    """Every question about a distribution, put to all of it."""
    with fill(folder / name, profiles.items()) as store:
        index.refresh(store)
        for kind, text, right in questions(name)[1]:
            yield Case(kind, 1.0, ask(store, text, right))


def small(folder: Path, name: str, profiles: Profiles) -> Iterator[Case]:
    """Every question, put to projects of a few files; the kind of one whose answers are not among them is `gone`."""
    chance = random.Random(name)
    asked = questions(name)[1]
    present = chance.sample([right for _, _, right in asked if right], k=sum(bool(right) for _, _, right in asked))
    for number in range(SMALL_PROJECTS):
        names: set[str] = set()
        for right in present[number * 4 : number * 4 + 4]:
            there = [path for path in profiles if is_right(path, right)]
            names |= set(chance.sample(there, min(2, len(there))))
        names |= set(chance.sample(sorted(set(profiles) - names), SMALL - len(names)))
        with fill(folder / f"{name}-{number}", [(path, profiles[path]) for path in sorted(names)]) as store:
            index.refresh(store)
            for kind, text, right in asked:
                if not right or any(is_right(path, right) for path in names):
                    yield Case(kind, 0.25, ask(store, text, right))
                else:
                    yield Case("gone_long" if kind == "long" else "gone", 0.06, ask(store, text, right))


def fit(cases: Sequence[Case]) -> tuple[float, list[float]]:
    """The bias and weights of a logistic regression, with a small penalty on the weights of standardised measures."""
    rows = [(astuple(m), right, case.weight) for case in cases for m, right in case.found[:TAUGHT]]
    count, total = len(fields(Measures)), sum(weight for _, _, weight in rows)
    mean = [sum(w * x[n] for x, _, w in rows) / total for n in range(count)]
    spread = [math.sqrt(sum(w * (x[n] - mean[n]) ** 2 for x, _, w in rows) / total) for n in range(count)]
    standard = [([(x[n] - mean[n]) / spread[n] for n in range(count)], right, w) for x, right, w in rows]
    bias, weights = 0.0, [0.0] * count
    for _ in range(STEPS):
        slope, slopes = 0.0, [PENALTY * weight for weight in weights]
        for x, right, w in standard:
            error = w * (1 / (1 + math.exp(-bias - sum(a * b for a, b in zip(weights, x, strict=True)))) - right)
            slope += error
            slopes = [one + error * value for one, value in zip(slopes, x, strict=True)]
        bias -= RATE * slope / total
        weights = [a - RATE * b / total for a, b in zip(weights, slopes, strict=True)]
    plain = [weight / deviation for weight, deviation in zip(weights, spread, strict=True)]
    return bias - sum(w * m for w, m in zip(plain, mean, strict=True)), plain


def print_table(title: str, cases: Sequence[Case]) -> None:
    """How often each kind of question gets which verdict, and sees a right file."""
    print(f"\n{title}\n\n| kind | asked | yes | maybe | no | right in the first five | right file shown |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for kind in (*PRESENT, "gone", "gone_long", *ABSENT):
        some = [case for case in cases if case.kind == kind]
        if not some:
            continue
        best = [max(case.likely(), default=0.0) for case in some]
        yes, maybe = sum(one >= SURE for one in best), sum(PLAUSIBLE <= one < SURE for one in best)
        counts = [yes, maybe, len(some) - yes - maybe]
        if kind in PRESENT:
            counts.append(sum(any(right for _, right in case.found[:SHOWN]) for case in some))
            counts.append(sum(_shows_right(case) for case in some))
        shares = [f"{count / len(some):.0%}" for count in counts]
        print(f"| {kind} | {len(some)} | {' | '.join([*shares, *['–'] * (5 - len(shares))])} |")


def _shows_right(case: Case) -> bool:
    """Whether a right file is among the answers that are printed."""
    good = [(p, right) for p, (_, right) in zip(case.likely(), case.found, strict=True) if p >= PLAUSIBLE]
    return any(right for _, right in sorted(good, key=lambda one: -one[0])[:SHOWN])


def main() -> None:
    """Download, ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=Path, help="where the distributions are or will be kept")
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    names = sorted(path.stem for path in QUESTIONS.glob("*.toml"))
    cases: dict[tuple[bool, bool], list[Case]] = {(held, tiny): [] for held in (False, True) for tiny in (False, True)}
    with tempfile.TemporaryDirectory() as scratch:
        place = options.sources or Path(scratch) / "sources"
        place.mkdir(exist_ok=True)
        for name in names:
            profiles = sources(questions(name)[0], place)
            cases[name not in FITTED, False] += whole(Path(scratch), name, profiles)
            cases[name not in FITTED, True] += small(Path(scratch), name, profiles)
    if options.fit:
        bias, weights = fit([*cases[False, False], *cases[False, True]])
        print(f"BIAS, WEIGHTS = {bias:.2f}, Measures({', '.join(f'{weight:.2f}' for weight in weights)})")
    for (held, tiny), some in cases.items():
        what = "small projects of a dozen files" if tiny else "whole distributions"
        print_table(f"{what}, {'held out' if held else 'fitted on'}", some)


if __name__ == "__main__":
    main()
