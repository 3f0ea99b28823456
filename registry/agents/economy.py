"""Answers that an agent can afford: at most 400 tokens, cut to what matters, with how much more there is.

Every list has a limit and says how many were left out; a limit that is asked for is worth as many more tokens. Texts
are shortened before things are left out, and of the things the last go first. Refuses a field that no item has, since
an answer without it would look like one that has nothing to say.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..errors import UsageError
from ..facts.store import Store
from ..standing.freshness import SCANNED, Freshness

MOST_TOKENS = 400
MOST_LIMIT = 1000
WORD = re.compile(r"[A-Za-z]+|[0-9]+|[^\sA-Za-z0-9]{1,3}")
LETTERS, DIGITS = 6, 3  # of one token
WHOLE = frozenset(("path", "import", "next", "use_instead", "error", "sites", "host"))  # texts of no use in part
CUTS = (160, 100, 60)  # letters that a text is shortened to, one after the other, until the answer fits


def tokens(value: Any) -> int:
    """How many tokens a value costs as compact JSON, by an estimate: six letters, three digits or marks, in a run.

    Never less than a quarter of its characters, as a rule of thumb has it.
    """
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    parts = (math.ceil(len(run) / (LETTERS if run[0].isalpha() else DIGITS)) for run in WORD.findall(text))
    return max(sum(parts), math.ceil(len(text) / 4))


@dataclass(frozen=True)
class Economy:
    """What of an answer is wanted: how many of each list, which fields of each item; None for all that is usual."""

    limit: int | None = None
    fields: tuple[str, ...] = ()

    @classmethod
    def of(cls, limit: int | None, fields: str | Sequence[str] | None) -> Economy:
        """From the options of a call; `fields` are separated by commas. Raises UsageError for a limit of nothing."""
        if limit is not None and not 1 <= limit <= MOST_LIMIT:
            raise UsageError(f"a limit of {limit} is none", f"Give a number from 1 to {MOST_LIMIT}.")
        named = fields.split(",") if isinstance(fields, str) else fields or ()
        return cls(limit, tuple(dict.fromkeys(name.strip() for name in named if name.strip())))

    def applied(
        self,
        answer: Mapping[str, Any],
        lists: Mapping[str, Sequence[str]],
        usual: int,
        more: int = 0,
        nulls: bool = False,
    ) -> dict[str, Any]:
        """The answer with its lists cut, `more` (how many were left out) after the last of them, and no null in items
        unless `nulls`.

        `lists` names the lists, the most important first, and the fields that items of each may have; `more` counts
        what the caller left out already. Raises UsageError for a field that none has.
        """
        known = {field for fields in lists.values() for field in fields}
        if unknown := [field for field in self.fields if field not in known]:
            raise UsageError(f"{unknown[0]!r} is no field of this answer", f"There are: {', '.join(sorted(known))}.")
        limit = self.limit or usual
        cut = {name: [self._of(item, nulls) for item in answer[name][:limit]] for name in lists}
        left = {name: len(answer[name]) - len(cut[name]) for name in lists}
        if more:
            left[next(iter(lists))] += more
        room = MOST_TOKENS * max(1, math.ceil(limit / usual))
        shape = _laid_out(answer, lists, cut, left)
        for longest in CUTS:
            if tokens(shape) <= room:
                return shape
            shape = _shortened(shape, longest)
        cut = {name: shape[name] for name in lists}
        while tokens(shape) > room:
            longest_list = max(reversed(list(lists)), key=lambda name: tokens(cut[name]) if len(cut[name]) > 1 else 0)
            if len(cut[longest_list]) < 2:
                break
            cut[longest_list].pop()
            left[longest_list] += 1
            shape = _laid_out(shape, lists, cut, left)
        return shape

    def _of(self, item: Any, nulls: bool) -> Any:
        if not isinstance(item, Mapping):
            return item
        wanted = self.fields or item
        return {key: value for key, value in item.items() if key in wanted and (nulls or value is not None)}


def _laid_out(
    answer: Mapping[str, Any], lists: Mapping[str, Sequence[str]], cut: Mapping[str, list[Any]], left: Mapping[str, int]
) -> dict[str, Any]:
    """The answer in its order, with `more` where the last list ends: a number, or by list where there are several."""
    more = {name: count for name, count in left.items() if count}
    shape: dict[str, Any] = {}
    last = [key for key in answer if key in lists][-1]
    for key, value in answer.items():
        if key != "more":
            shape[key] = cut[key] if key in lists else value
        if key == last:
            shape["more"] = sum(more.values()) if len(lists) == 1 else more
    return shape


def _shortened(value: Any, longest: int) -> Any:
    """The same with its texts cut."""
    if isinstance(value, str):
        return value if len(value) <= longest or " " not in value else f"{value[: longest - 1]}…"
    if isinstance(value, Mapping):
        return {key: one if key in WHOLE else _shortened(one, longest) for key, one in value.items()}
    return [_shortened(one, longest) for one in value] if isinstance(value, list) else value


def freshly(store: Store, fresh: Freshness) -> dict[str, Any]:
    """How fresh an answer is: when everything was last scanned, in words and as a time, and what no scan has seen."""
    if not fresh.scanned:
        return {"scanned": None, "unscanned": 0}
    started = (store.setting(SCANNED) or "").partition(" ")[0]
    if not started.isdigit():
        return {"scanned": "earlier", "unscanned": len(fresh.unscanned)}
    at = datetime.fromtimestamp(int(started) / 1e9, UTC)
    return {
        "scanned": ago((datetime.now(UTC) - at).total_seconds()),
        "scanned_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "unscanned": len(fresh.unscanned),
    }


def ago(seconds: float) -> str:
    """`just now`, `2 min ago`, `3 h ago`, `5 days ago`."""
    for size, least, unit in ((86_400, 2, "days"), (3600, 1, "h"), (60, 1, "min")):
        if seconds >= least * size:
            return f"{int(seconds // size)} {unit} ago"
    return "just now"
