"""Scripts that do the same: copies, near copies, one name with `_v2` or `_final`, one purpose in the same words.

Told from what is on record of what is here. Says which member is the one to use only where somebody said so, or where
the others may not be used: a name that ends in `_final` proves nothing. What lies among tests is left to the tests.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise
from pathlib import PurePosixPath
from typing import TypeVar

from ..kinds import SCRIPT
from ..lineage.status import Status
from ..observe.script.clones import Shape
from .cards import Card

SAME_BYTES, SAME_CODE, NEAR, REPLACES = "the same bytes", "the same code", "nearly the same code", "declared"
SAME_NAME, SAME_PURPOSE = "a name of the same stem", "the same purpose in words"
ALIKE = 0.75  # of the runs of nodes in two functions
MOST = 0.6  # of the code of both is in the other
KEYS = 8  # the smallest hashes of a sketch by which functions are brought together
FEWEST_SHARED = 3  # of these
COMMON = 12  # where more functions than this have a hash, not every pair of them is compared
PURPOSES = 5  # more scripts than this that say the same say nothing
FEWEST_WORDS = 3
ARCHIVES = frozenset("archive archived archives old legacy deprecated attic backup backups obsolete unused".split())
VERSION = re.compile(
    r"(?:^|(?<=[_\-. ]))(?:v\d+(?:\.\d+)*|final|new|old|improved|fixed|fix|copy|backup|bak|orig|original|wip|draft"
    r"|updated|latest|legacy|deprecated|rewrite|better|revised)\d*(?=$|[_\-. ])|\s*\(\d+\)$|[_-]?v\d+$",
    re.I,
)
Member = TypeVar("Member", str, int)
TEST = re.compile(r"test_|test[A-Z]")
SEPARATORS = re.compile(r"[_\-. ]+")


@dataclass(frozen=True)
class Family:
    """Scripts that do the same, by name; `current` is the one to use where that is known.

    `why` says of each member how it belongs to the current one, or else to the first.
    """

    members: tuple[Card, ...]
    current: Card | None
    why: Mapping[str, str]

    @property
    def first(self) -> Card:
        """The member with which the others are compared."""
        return self.current or self.members[0]


@cache
def archived_in(name: str) -> str:
    """The outermost folder of a path that says that what lies in it is put away; empty where none does."""
    parts = name.split("/")[:-1]
    place = next((end for end, part in enumerate(parts, 1) if part.lower() in ARCHIVES), 0)
    return "/".join(parts[:place])


def is_test(name: str) -> bool:
    """Whether a path is a test's."""
    *folders, file = name.split("/")
    return "tests" in folders or file.startswith("test_") or file == "conftest.py"


def is_of_tests(card: Card) -> bool:
    """Whether a script is a test. One called `…_test.py` may measure on a test set: it is one where it holds tests."""
    functions = card.row.profile.get("functions", ()) if card.name.endswith("_test.py") else ()
    return is_test(card.name) or any(TEST.match(one["name"].rpartition(".")[2]) for one in functions)


def is_usable(card: Card) -> bool:
    """Whether nothing says that this is not to be used any more."""
    bad = {card.status, card.lineage_status} & {Status.DEPRECATED, Status.CONTAMINATED}
    return not bad and not archived_in(card.name)


def families(cards: Iterable[Card]) -> list[Family]:
    """The families among these cards, by their first member; a script that is alone in its way is in none."""
    scripts = [card for card in cards if card.row.kind == SCRIPT and card.row.size]
    by_name = {card.name: card for card in scripts}
    links: dict[frozenset[str], str] = {}
    for pairs, why in (
        (_replaced(by_name), REPLACES),
        (_grouped((card.row.content, card) for card in scripts), SAME_BYTES),
        (_grouped((card.code, card) for card in scripts if card.code), SAME_CODE),
        (_near(scripts), NEAR),
        (_named(scripts), SAME_NAME),
        (_purposes(scripts), SAME_PURPOSE),
    ):
        for pair in pairs:
            links.setdefault(frozenset(pair), why)
    return sorted((_family([by_name[name] for name in names], links) for names in _joined(links)),
                  key=lambda one: one.first.name)  # fmt: skip


def differences(one: Card, other: Card) -> str:
    """What another script has and lacks beside this one, in a line: options, functions, length."""
    if one.row.content == other.row.content:
        return SAME_BYTES
    told = []
    for word, of in (("adds", _parts(other) - _parts(one)), ("lacks", _parts(one) - _parts(other))):
        if of:
            more = f" and {len(of) - 3} more" if len(of) > 3 else ""
            told.append(f"{word} {', '.join(f'`{part}`' for part in sorted(of)[:3])}{more}")
    mine, theirs = (card.row.profile.get("lines", 0) for card in (one, other))
    told += [f"{theirs} lines, not {mine}"] if mine != theirs else []
    return "; ".join(told) or "other words or values in the same places"


def _parts(card: Card) -> set[str]:
    profile = card.row.profile
    options = {one["flags"][-1] for one in profile.get("options", ()) if one["flags"]}
    return options | {f"{one['name']}()" for one in profile.get("functions", ()) if not one["name"].startswith("_")}


def _family(members: list[Card], links: Mapping[frozenset[str], str]) -> Family:
    """The members in order: the current one, those that may be used, the others."""
    replacing = Counter(card.replaced_by for card in members if card.replaced_by)
    usable = [card for card in members if is_usable(card)]
    said = [card for card in usable if card.primary is not None] or [card for card in usable if replacing[card.name]]
    current = said[0] if len(said) == 1 else usable[0] if len(usable) == 1 else None
    members = sorted(members, key=lambda card: (card is not current, not is_usable(card), card.name))
    first = members[0]
    others = {card.name: links.get(frozenset((first.name, card.name)), NEAR) for card in members[1:]}
    return Family(tuple(members), current, others)


def _joined(links: Iterable[frozenset[str]]) -> Iterator[list[str]]:
    """The names that are joined by pairs, each group once."""
    near: dict[str, set[str]] = defaultdict(set)
    for pair in links:
        for name in pair:
            near[name] |= pair
    yield from _groups(near)


def _groups(near: Mapping[Member, set[Member]]) -> Iterator[list[Member]]:
    """The members that are joined to each other, directly or through others, each group once."""
    seen: set[Member] = set()
    for start in sorted(near):
        if start in seen:
            continue
        group, stack = {start}, [start]
        while stack:
            new = near[stack.pop()] - group
            group |= new
            stack += new
        seen |= group
        yield sorted(group)


def _grouped(keyed: Iterable[tuple[Hashable, Card]]) -> Iterator[tuple[str, str]]:
    """Pairs that join everything of one key."""
    first: dict[Hashable, str] = {}
    for key, card in keyed:
        if first.setdefault(key, card.name) != card.name:
            yield first[key], card.name


def _replaced(by_name: Mapping[str, Card]) -> Iterator[tuple[str, str]]:
    for card in by_name.values():
        if card.replaced_by in by_name and card.replaced_by != card.name:
            yield card.name, str(card.replaced_by)


def _named(scripts: Sequence[Card]) -> Iterator[tuple[str, str]]:
    """Scripts of one folder, or of it and an archive in it, whose names differ by a word for a version only."""
    by_stem: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for card in scripts:
        path = PurePosixPath(card.name)
        stem = SEPARATORS.sub("_", VERSION.sub("", path.stem)).strip("_").lower()
        folder = [part for part in path.parent.parts if part.lower() not in ARCHIVES]
        if stem and path.name != "__init__.py":
            by_stem["/".join(folder), stem, path.suffix].append(card.name)
    yield from (pair for names in by_stem.values() for pair in pairwise(names))


def _purposes(scripts: Sequence[Card]) -> Iterator[tuple[str, str]]:
    said: dict[str, list[str]] = defaultdict(list)
    for card in scripts:
        words = card.purpose.lower().rstrip(". ").split()
        if len(words) >= FEWEST_WORDS:
            said[" ".join(words)].append(card.name)
    groups = (names for names in said.values() if len(names) <= PURPOSES)
    yield from (pair for names in groups for pair in pairwise(names))


def _near(scripts: Sequence[Card]) -> Iterator[tuple[str, str]]:
    """Scripts of which most of the code is in the other one, functions compared by their shapes; of those that have
    the very same code, the first stands for all."""
    different = {card.code: card for card in reversed(scripts)}
    held = [(card.name, Shape.of(one)) for card in different.values() for one in card.row.profile.get("shapes", ())]
    sizes: Counter[str] = Counter()
    for name, shape in held:
        sizes[name] += shape.size
    alike: dict[tuple[str, str], tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    for one, other in _candidates([shape for _, shape in held]):
        (first, mine), (second, theirs) = sorted((held[one], held[other]), key=lambda pair: pair[0])
        if first != second and mine.likeness(theirs) >= ALIKE:
            numbers = (one, other) if held[one][0] == first else (other, one)
            for side, number in zip(alike[first, second], numbers, strict=True):
                side.add(number)
    for (first, second), sides in sorted(alike.items()):
        shared = [sum(held[number][1].size for number in side) for side in sides]
        if shared[0] >= MOST * sizes[first] and shared[1] >= MOST * sizes[second]:
            yield first, second


def shapes_together(shapes: Sequence[Shape], alike: float) -> list[list[int]]:
    """The places of shapes that are at least so much alike, each group once; a shape that is alone is in none."""
    near: dict[int, set[int]] = defaultdict(set)
    for one, other in _candidates(shapes):
        if shapes[one].likeness(shapes[other]) >= alike:
            near[one].add(other)
            near[other].add(one)
    return list(_groups(near))


def _candidates(shapes: Sequence[Shape]) -> Iterator[tuple[int, int]]:
    """Pairs of shapes that have enough of their smallest hashes in common to be alike; of what very many have in
    common, neighbours by size."""
    by_key: dict[object, list[int]] = defaultdict(list)
    for number, shape in enumerate(shapes):
        for key in (shape.exact, *shape.sketch[:KEYS]):
            by_key[key].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for key, numbers in by_key.items():
        weight = FEWEST_SHARED if isinstance(key, str) else 1
        if len(numbers) > COMMON:
            ordered = sorted(numbers, key=lambda number: (shapes[number].size, number))
            pairs = [(min(pair), max(pair)) for pair in pairwise(ordered)]
        else:
            pairs = list(combinations(numbers, 2))
        for pair in pairs:
            shared[pair] += weight
    yield from (pair for pair, count in shared.items() if count >= FEWEST_SHARED)
