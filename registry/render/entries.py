"""What the registry document says of one thing beside its card: where it takes from and puts to, what came of it, what
people wrote beside it. Values only, gathered by whoever asks the registry."""

from __future__ import annotations

from dataclasses import dataclass

from ..standing.cards import Card


@dataclass(frozen=True)
class Remark:
    """What somebody wrote beside a thing, on which day and who: a note, a known bug or a decision."""

    on: str
    author: str
    text: str
    what: str = "note"


@dataclass(frozen=True)
class Entry:
    """One thing of the document.

    `task` is the heading of what it is for; `reads`, `writes` and `runs` are names of files and options; `ran` is the
    day of the last run that says so, empty where the text of a script alone does. `results` are figures with what they
    are of. `like` is the first of its family, `likeness` what it is beside that, `origin` where data came from.
    """

    card: Card
    task: str = ""
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    ran: str = ""
    functions: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    like: str = ""
    likeness: str = ""
    why: str = ""
    instead: str = ""
    origin: str = ""
    archive: str = ""
