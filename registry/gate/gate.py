"""The gate: whether these bytes may be used for this purpose, and if not, why not and what to do.

Training and evaluation take a `CleanDataset` or a `CleanModel`, and only the gate makes those. What was checked is
what is read: the full bytes are hashed again before they are handed out and once more when the reader is done, and the
decision is taken again at that moment, so that a file, a link, a shard or a record that was swapped in between is
refused. Unknown is not clean.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from ..errors import Refused, UsageError
from ..facts.names import Names
from ..facts.reading.declarations import attested_bases
from ..facts.reading.runs import bases_read
from ..facts.reading.versions import profiles
from ..facts.store import Store
from ..kinds import CHECKPOINT, DATASET, family_of
from ..lineage.purpose import Purpose
from ..project import printable
from ..recording.locate import MISSES, Located, Missed, locate, locate_all, locate_below
from ..standing.rulesets import exceptions, todays
from ..standing.standings import Standings
from .decision import Decision
from .verdict import GateRefusal, InputVerdict, SwappedInput, Unjudged, Verdict

Answer = TypeVar("Answer", Located, InputVerdict)
_SEAL = object()


@dataclass(frozen=True)
class CleanInput:
    """An input that the gate passed. Only the gate can make one."""

    path: Path
    name: str
    version: str
    purpose: Purpose
    gate: Gate = field(repr=False, compare=False)
    waiver: str | None = None
    seal: object = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise TypeError(f"a {type(self).__name__} is made by the gate: use Gate.{self._maker}() or registry.run()")

    _maker = "dataset"

    @contextlib.contextmanager
    def reading(self) -> Iterator[Path]:
        """The path to read from, inside a `with` block: identity and standing hold at its start, identity at its end.

        Raises SwappedInput (exit 3) when they do not; nothing that was read in the block may be used then.
        """
        self.gate.confirm(self)
        self.gate.read.add(self.version)
        yield self.path
        self.gate.confirm_identity(self)


class CleanDataset(CleanInput):
    """A dataset that may be used for its purpose."""

    def rows(self) -> list[dict[str, Any]]:
        """Every row of the dataset, read from exactly the bytes that were checked."""
        from ..observe.dataset.rows import read_rows

        with self.reading() as path:
            return list(read_rows(path))


@dataclass(frozen=True)
class CleanModel(CleanInput):
    """A model or checkpoint that may be used; an adapter comes with the base that it was made on."""

    base: CleanModel | None = None
    _maker = "model"


class Gate:
    """Decides over one registry. Hold one for a process: today's rulesets are worked out once.

    With `rehash`, every byte is read even where the stat cache knows a file.
    """

    def __init__(self, store: Store, rehash: bool = False) -> None:
        self.store = store
        self.read: set[str] = set()  # versions that were handed out to be read
        self._rehash = rehash
        self.today = todays(store)
        self.standings = Standings(store, self.today)
        self._names = Names(store)
        self._decision = Decision(store, self.today, self.standings, self._names)

    def check(self, paths: Sequence[Path | str], purpose: Purpose) -> Verdict:
        """The verdict on these paths. Raises UsageError for a path that is not there."""
        located = locate_all(self.store, paths, self._rehash)
        words = self._decision.on([_certain(one) for one in located], purpose)
        return Verdict(purpose, tuple(_certain(word) for word in words), self._exceptions)

    @cached_property
    def _exceptions(self) -> tuple[str, ...]:
        return tuple(one.text() for one in exceptions(self.store.project))

    def judge(self, paths: Sequence[Path], purpose: Purpose) -> Verdict:
        """The verdict on what lies at these paths; one that cannot be judged is named and takes no other with it.

        A folder that is no thing of its own stands for every thing in it.
        """
        located = locate_below(self.store, paths, self._rehash)
        words = iter(self._decision.on([one for one in located if isinstance(one, Located)], purpose))
        found = [_as_it_lies(one, next(words)) if isinstance(one, Located) else one for one in located]
        judged = tuple(one for one in found if isinstance(one, InputVerdict))
        unjudged = tuple(_unjudged(one) for one in found if isinstance(one, Missed))
        return Verdict(purpose, judged, self._exceptions, unjudged)

    def require(self, paths: Sequence[Path | str], purpose: Purpose) -> Verdict:
        """The verdict on these paths, if it is yes. Raises GateRefusal if not."""
        verdict = self.check(paths, purpose)
        if not verdict.allowed:
            raise GateRefusal(verdict)
        return verdict

    def admit(
        self, paths: Mapping[str, Path], purpose: Purpose, script: Path | None = None
    ) -> tuple[dict[str, CleanInput], InputVerdict | None]:
        """All inputs of one use by their roles, and the verdict on the script; or one GateRefusal for all of them.

        An adapter is handed out with the base under the role `base`, or the one on record where there is no such role.
        """
        words = self.require([*paths.values(), *([script] if script else [])], purpose).inputs
        base = paths.get("base")
        clean = {role: self._hand_out(one, purpose, base) for role, one in zip(paths, words, strict=False)}
        return clean, words[-1] if script else None

    def dataset(self, path: Path | str, purpose: Purpose) -> CleanDataset:
        """A dataset for this purpose, or GateRefusal."""
        clean = self._hand_out(self.require([path], purpose).inputs[0], purpose)
        if not isinstance(clean, CleanDataset):
            raise UsageError(f"{clean.name} is no dataset", "Give the path of a dataset.")
        return clean

    def model(self, path: Path | str, purpose: Purpose, base: Path | str | None = None) -> CleanModel:
        """A model or checkpoint for this purpose, or GateRefusal. An adapter needs the base that it was made on."""
        clean = self._hand_out(self.require([path], purpose).inputs[0], purpose, base)
        if not isinstance(clean, CleanModel):
            raise UsageError(f"{clean.name} is no model", "Give a checkpoint folder or model file.")
        return clean

    def _hand_out(self, one: InputVerdict, purpose: Purpose, base: Path | str | None = None) -> CleanInput:
        what = (Path(one.path), one.name, str(one.version), purpose, self, one.waiver, _SEAL)
        if family_of(one.kind) == DATASET:
            return CleanDataset(*what)
        if family_of(one.kind) != CHECKPOINT:
            raise UsageError(f"{one.name} is a {one.kind}", "Give a dataset, a checkpoint or a model.")
        clean = CleanModel(*what)
        bound = self.bases_of(clean.version)
        return clean if bound is None else replace(clean, base=self._bound_base(clean, bound, base))

    def bases_of(self, version: str) -> set[str] | None:
        """The versions that an adapter may be loaded onto, on record; None where the version is no adapter."""
        profile = profiles(self.store, [version]).get(version)
        if profile is None or json.loads(profile).get("form") != "adapter":
            return None
        return bases_read(self.store, version) | attested_bases(self.store, version)

    def _bound_base(self, adapter: CleanModel, bound: set[str], base: Path | str | None) -> CleanModel:
        if not bound:
            raise Refused(
                f"{adapter.name} is an adapter whose base is named but not bound to content",
                f"Say which it is: assay attest {adapter.name} --origin … --base PATH",
            )
        if base is None:
            found = [path for version in sorted(bound) if (path := self._names.path(version)) is not None]
            if not found:
                raise Refused(
                    f"the base that {adapter.name} was made on is not here", "Fetch it, then run `assay scan`."
                )
            base = found[0]
        clean = self.model(base, adapter.purpose)
        if clean.version not in bound:
            wanted = ", ".join(self._names.of(version) for version in sorted(bound))
            raise Refused(
                f"{adapter.name} was made on another base: {wanted}, and this is {self._names.of(clean.version)}",
                "Load it on the base that it was trained on.",
            )
        return clean

    def confirm(self, clean: CleanInput) -> None:
        """Take the decision on a clean input again, from its full bytes and today's record."""
        located = self.confirm_identity(clean)
        words = self._decision.on(located, clean.purpose)
        verdict = Verdict(clean.purpose, tuple(_certain(word) for word in words))
        if not verdict.allowed:
            raise GateRefusal(verdict)

    def confirm_identity(self, clean: CleanInput) -> list[Located]:
        """Hash the full bytes and compare: what lies there, an adapter's base last.

        Raises SwappedInput when it is not what was checked.
        """
        try:
            found = locate(self.store, clean.path, rehash=True)
        except MISSES as error:
            raise SwappedInput(
                f"{clean.name} is gone or changing since it was checked: {error}", "Check it again."
            ) from None
        if found.version != clean.version:
            raise SwappedInput(
                f"{clean.name} is not what was checked: then {clean.version}, now {found.version}",
                "Something replaced it. Find out what, then `assay scan` and check again.",
            )
        base = clean.base if isinstance(clean, CleanModel) else None
        return [found, *(self.confirm_identity(base) if base else [])]


def _certain(one: Answer | Missed) -> Answer:
    """What was found at a path. Raises why nothing was."""
    if isinstance(one, Missed):
        raise one.error
    return one


def _as_it_lies(one: Located, word: InputVerdict | Missed) -> InputVerdict | Missed:
    """The word on a thing; of one that is not in this copy it says so."""
    if not one.absent or isinstance(word, Missed):
        return word
    return replace(word, notices=(*word.notices, "it is not in this copy, and judged from what is on record of it"))


def _unjudged(missed: Missed) -> Unjudged:
    path, error = missed.path, missed.error
    if isinstance(error, OSError):
        return Unjudged(printable(str(path)), f"{path} cannot be read: {(error.strerror or str(error)).lower()}")
    return Unjudged(printable(str(path)), error.message, error.remedy)
