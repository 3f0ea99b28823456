"""`assay duplicates`: what is repeated, where, in what the places differ, and which of them could host it.

Functions are compared by the shapes on record; calls (`load a tokenizer`, `AutoTokenizer.from_pretrained`) are read in
the files as they are now. Tests are left out, and so are functions too small to be anyone's work.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import CannotSay
from ..facts.query import FORGOTTEN, ArtifactRow, artifacts
from ..kinds import SCRIPT
from ..legible import page
from ..observe.script.clones import LOOSE, Shape
from ..search.instead import is_unusable
from ..search.words import words
from ..standing.cards import Card, cards_of
from ..standing.families import ALIKE, is_test, shapes_together
from ..standing.freshness import Freshness
from ..standing.today import Today
from .economy import Economy, freshly
from .features import Call, calls, features
from .find import imported

USUAL = 3
CLUSTER = ("what", "places", "files", "sites", "differ", "host")
MOST_SITES, MOST_DIFFER = 4, 3
MOST_READ = 500  # files in which calls are sought


@dataclass(frozen=True)
class Site:
    """One place at which something stands, and what it has that others may lack."""

    path: str
    line: int
    symbol: str
    has: frozenset[str]

    @property
    def place(self) -> str:
        """`scripts/x.py:120 score_pair`."""
        return f"{self.path}:{self.line}{f' {self.symbol}' if self.symbol else ''}"


@dataclass(frozen=True)
class Cluster:
    """What is repeated; `host` is the place that could hold it for all, where one may be used."""

    what: str
    sites: tuple[Site, ...]
    host: str = ""

    @property
    def differ(self) -> list[str]:
        """What some of the places have and others lack, the evenest split first."""
        counts = Counter(feature for site in self.sites for feature in site.has)
        total = len(self.sites)
        split = sorted(
            (one for one in counts.items() if one[1] < total), key=lambda one: (abs(2 * one[1] - total), one)
        )
        return [f"{count} of {total} have {feature}" for feature, count in split]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready values: the first places only, and how many there are."""
        said = (
            *(self.what, len(self.sites), len({site.path for site in self.sites})),
            *([site.place for site in self.sites[:MOST_SITES]], self.differ[:MOST_DIFFER] or None, self.host or None),
        )
        return dict(zip(CLUSTER, said, strict=True))

    def text(self) -> list[str]:
        """The same for a person."""
        files = len({site.path for site in self.sites})
        more = len(self.sites) - 2 * MOST_SITES
        lines = [f"{self.what}: {len(self.sites)} places in {files} {'file' if files == 1 else 'files'}"]
        lines += [f"  {site.place}" for site in self.sites[: 2 * MOST_SITES]]
        lines += [f"  … and {more} more"] if more > 0 else []
        lines += [f"  {one}" for one in self.differ[:MOST_DIFFER]]
        return lines + ([f"  could be kept in {self.host}"] if self.host else [])


@dataclass(frozen=True)
class Duplicates:
    """What `assay duplicates` answers."""

    asked: str
    clusters: tuple[Cluster, ...]
    more: int
    fresh: Freshness

    @property
    def problem(self) -> CannotSay | None:
        """That there is nothing is worth nothing where something was not looked at."""
        return None if self.clusters else self.fresh.problem

    @property
    def exit_code(self) -> int:
        """0 where nothing is repeated, 1 where something is, 2 where nothing can be said."""
        return self.problem.exit_code if self.problem else int(bool(self.clusters))

    @property
    def next(self) -> str | None:
        """The one command that goes on from here."""
        if self.problem:
            return "assay scan"
        if not self.clusters:
            return None
        first = self.clusters[0]
        return f"assay before-edit {first.host.partition(':')[0] or first.sites[0].path}"

    def as_dict(self, today: Today, economy: Economy) -> dict[str, Any]:
        """The documented JSON shape `duplicates`."""
        shape: dict[str, Any] = {
            "asked": self.asked or None,
            "clusters": [one.as_dict() for one in self.clusters],
            "fresh": freshly(today.store, self.fresh),
            "next": self.next,
        }
        shape |= {"error": self.problem.as_dict()} if self.problem else {}
        return economy.applied(shape, {"clusters": CLUSTER}, USUAL, self.more)

    def text(self, economy: Economy) -> str:
        """The clusters for a person, the largest first."""
        limit = economy.limit or USUAL
        lines = [line for one in self.clusters[:limit] for line in one.text()]
        more = len(self.clusters[limit:]) + self.more
        lines += [f"… and {more} more (--limit {limit + more})"] if more else []
        if problem := self.problem:
            lines.append(f"{problem.message[0].upper()}{problem.message[1:]}. → {problem.remedy}")
        return page(lines or ["Nothing on record is repeated."])


def duplicates(today: Today, asked: str, fresh: Freshness, limit: int = USUAL) -> Duplicates:
    """What is repeated: anywhere, at or with a path, or of what is named in words or as it is called.

    The files of the first `limit` are looked into, and the others counted.
    """
    scripts = [row for row in _scripts(today) if not is_test(row.name)]
    name = today.store.project.name_of(asked) if asked else ""
    at = {row.name for row in scripts if row.name == name or row.name.startswith(f"{name.rstrip('/')}/")}
    if name == ".":
        asked = ""
    if asked and not at:
        repeated = _calls(today, scripts, asked)
        wanted = set(words(asked))
        groups = [group for group in _groups(scripts, ()) if any(_speaks_of(shape, wanted) for _, shape in group)]
    else:
        repeated, groups = [], _groups(scripts, at)
    groups.sort(key=len, reverse=True)
    rows = _distinct(row for group in groups[:limit] for row, _ in group)
    cards = {card.row.id: card for card in cards_of(today, rows)}
    found = [*repeated, *(_cluster(today, group, cards) for group in groups[:limit])]
    found.sort(key=lambda one: (-len(one.sites), one.what))
    return Duplicates(asked, tuple(found), len(groups[limit:]), fresh)


def _speaks_of(shape: Shape, wanted: set[str]) -> bool:
    """Whether the name of a function has these words."""
    return bool(wanted) and wanted <= set(words(shape.name))


def _scripts(today: Today) -> list[ArtifactRow]:
    where = f"l.present = 1 AND a.kind = '{SCRIPT}' AND a.id NOT IN ({FORGOTTEN})"
    return artifacts(today.store, where, profiles=True)


def _groups(scripts: Sequence[ArtifactRow], at: Collection[str]) -> list[list[tuple[ArtifactRow, Shape]]]:
    """Functions that are the same or nearly the same; with paths, those of which one stands there."""
    held = [(row, Shape.of(one)) for row in scripts for one in row.profile.get("shapes", ()) if one["name"] != LOOSE]
    together = ([held[place] for place in group] for group in shapes_together([shape for _, shape in held], ALIKE))
    return [group for group in together if not at or any(row.name in at for row, _ in group)]


def _cluster(today: Today, group: Sequence[tuple[ArtifactRow, Shape]], cards: dict[str, Card]) -> Cluster:
    sites = [
        Site(row.name, shape.line, shape.name, features(today.store.project.path_of(row.name), shape.name))
        for row, shape in sorted(group, key=lambda one: (one[0].name, one[1].line))
    ]
    names = Counter(site.symbol.rpartition(".")[2] for site in sites).most_common()
    what = ", ".join(name for name, _ in names[:3])
    return Cluster(what, tuple(sites), _host(today, sites, {row.name: cards[row.id] for row, _ in group}))


def _host(today: Today, sites: Sequence[Site], cards: dict[str, Card]) -> str:
    """The place that could hold it for all: one that may be used, a PRIMARY first, then the one that most import."""
    usable = [site for site in sites if not is_unusable(cards[site.path])]
    users = {path: imported(today.store, cards[path].row.version) for path in {site.path for site in usable}}
    best = min(usable, key=lambda one: (cards[one.path].primary is None, -users[one.path], one.place), default=None)
    return best.place if best else ""


def _calls(today: Today, scripts: Sequence[ArtifactRow], asked: str) -> list[Cluster]:
    """The calls that are asked for, by what is called, wherever they stand more than once."""
    found: dict[str, list[Site]] = defaultdict(list)
    for row in _likely(scripts, asked):
        for call in calls(today.store.project.path_of(row.name), asked):
            found[call.what].append(_site(row.name, call))
    repeated = {what: sites for what, sites in found.items() if len(sites) > 1}
    rows = {site.path for sites in repeated.values() for site in sites}
    cards = {card.name: card for card in cards_of(today, [row for row in scripts if row.name in rows])}
    hosts = {what: _host(today, [one for one in sites if one.symbol], cards) for what, sites in repeated.items()}
    return [Cluster(what, tuple(sites), hosts[what]) for what, sites in repeated.items()]


def _site(path: str, call: Call) -> Site:
    return Site(path, call.line, call.inside, call.has)


def _likely(scripts: Iterable[ArtifactRow], asked: str) -> list[ArtifactRow]:
    """Scripts whose vocabulary has any word of what is asked."""
    wanted = set(words(asked))
    found = (row for row in scripts if wanted & {w for one in row.profile.get("vocabulary", ()) for w in words(one)})
    return [row for row, _ in zip(found, range(MOST_READ), strict=False)]


def _distinct(rows: Iterable[ArtifactRow]) -> list[ArtifactRow]:
    return list({row.id: row for row in rows}.values())
