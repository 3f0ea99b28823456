"""IMPLEMENTATION_REGISTRY.md: the registry as a document for people and agents; the same facts give the same bytes.

What people look for comes first: what to use for what, by task, the PRIMARY of a family before the others, with what
each reads and writes. Holds no times of files, no hashes of scripts and no paths of machines, so that two clones write
the same document. What is archived, deprecated or contaminated is told once, where it says not to use it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..kinds import FAMILIES, SCRIPT, SETTINGS, family_of
from ..lineage.status import Status
from . import inline
from .entries import Entry
from .folders import Row, rows
from .portable import portable_name, portable_words

END = "<!-- The end: a document without this line was cut off while it was written. -->"
CELL_LENGTH = 160
OPTIONS_SHOWN = 6
PLACES_SHOWN = 6
NAMES_SHOWN = 8
LARGE = 150  # modules; a larger library is told by its folders
PREAMBLE = re.compile(
    r"^(?:this|the) (?:python )?(?:script|file|module|program|notebook|code) "
    r"(?:(?:is|can be|will be) (?:used|meant|intended) (?:to|for)|is for|is to|will) (?=\w)",
    re.I,
)


def render(
    entries: Sequence[Entry],
    tasks: Sequence[str],
    mermaid: str,
    everything: bool = False,
    switched_off: Sequence[str] = (),
) -> str:
    """The document for these entries, which are sorted by name; `tasks` are the headings of scripts, in order.

    `switched_off` are settings that concern contaminating rules, a line each. Modules of a large library are named
    folder by folder unless `everything` is asked for.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.globals.update(
        cell=_cell, name=_name, link=_link, end=END, script=_script, module=_module, standing=_standing,
        remarks=_remarks, leads=_leads, named=_named, cells=_cells,
    )  # fmt: skip
    scripts = [one for one in entries if one.card.row.kind == SCRIPT]
    described = sum(bool(one.card.purpose) for one in scripts)
    standing = Counter(one.card.lineage_status for one in entries)
    usable = [one for one in entries if not (_is_bad(one) or one.archive)]
    shown = environment.get_template("registry.md.j2").render(
        scripts=scripts,
        described=described,
        percent=100 if not scripts else 100 * described // len(scripts),
        counts=", ".join(f"{standing[status]} {status.value}" for status in Status if standing[status]),
        primary=[one for one in usable if one.card.primary is not None],
        bad=[one for one in entries if _is_bad(one)],
        archives=_archives(entries),
        tasks=[(task, found) for task in tasks if (found := _of_task(usable, task))],
        others=[
            (kind, rows(one for one in usable if family_of(one.card.row.kind) == kind.name))
            for kind in FAMILIES
            if kind.name not in (SCRIPT, SETTINGS)
        ],
        settings=rows(one for one in usable if one.card.row.kind == SETTINGS),
        modules=_modules(usable, everything),
        mermaid=mermaid,
        switched_off=switched_off,
    )
    return shown.rstrip("\n") + "\n"


def _is_bad(one: Entry) -> bool:
    return one.card.lineage_status in (Status.CONTAMINATED, Status.DEPRECATED)


def _of_task(entries: Sequence[Entry], task: str) -> list[Entry]:
    """The scripts for a task: PRIMARY first, each with its family behind it, what is described before what is not."""
    found = [one for one in entries if one.task == task]
    groups: dict[str, list[Entry]] = defaultdict(list)
    for one in found:
        groups[one.like or one.card.name].append(one)
    for name, group in groups.items():
        group.sort(key=lambda one: (one.card.primary is None, one.card.name != name, one.card.name))
    leading = sorted(groups.values(), key=lambda group: _place(group[0]))
    return [one for group in leading for one in group]


def _place(one: Entry) -> tuple[bool, bool, str]:
    return one.card.primary is None, not one.card.purpose, one.card.name


def _archives(entries: Sequence[Entry]) -> list[tuple[str, str]]:
    """Folders of what is put away, each with what lies in it; what may not be used is told by itself."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for one in entries:
        if one.archive and not _is_bad(one):
            found[one.archive].append(one)
    return [(folder, _listed([one.card.name.removeprefix(f"{folder}/") for one in held])) for folder, held in
            sorted(found.items())]  # fmt: skip


def _modules(entries: Sequence[Entry], everything: bool) -> list[tuple[str, str, list[Entry], str]]:
    """What is imported and not run: (folder, what it is, its modules, the names of those that are only named)."""
    found = [one for one in entries if one.card.row.kind == SCRIPT and not one.task]
    said = {_folder(one): one.card.purpose for one in found if _is_marker(one)}
    modules = sorted((one for one in found if not _is_marker(one)), key=lambda one: (_folder(one), one.card.name))
    is_large = len(modules) > LARGE and not everything
    told = []
    for folder, group in groupby(modules, key=_folder):
        held = list(group)
        apart = [one for one in held if not is_large or one.remarks or one.card.lineage_status is not Status.CLEAN]
        named = [one.card.name.rpartition("/")[2] for one in held if one not in apart]
        told.append((folder, said.pop(folder, ""), apart, _listed(named, len(named))))
    return told


def _is_marker(one: Entry) -> bool:
    return one.card.name.rpartition("/")[2] == "__init__.py" and not one.remarks


def _folder(one: Entry) -> str:
    return "".join(one.card.name.rpartition("/")[:2]) or "./"


def _link(one: Entry) -> str:
    """A file of the project leads there; one outside it is somewhere else on every machine."""
    shown = portable_name(one.card.name)
    return inline.link(shown) if shown == one.card.name else inline.name(shown)


def _script(one: Entry) -> str:
    """A script as a list has it: what it is for, and below it what else there is to know."""
    primary = f" · **PRIMARY**{f' for {_cell(one.card.primary)}' if one.card.primary else ''}"
    said = [
        _cell(one.likeness) if one.likeness else "",
        _flow(one),
        _parts(one),
        f"expected: {_cells(one.results)}" if one.results else "",
        _remarks(one),
    ]
    told = [text for text in said if text]
    purpose = _purpose(one) or (told.pop(0) if told else "*not described*")
    head = f"- {_link(one)}{primary if one.card.primary is not None else ''}{_standing(one)} · {purpose}"
    return "\n".join([head, *(f"  - {text}" for text in told)])


def _module(one: Entry) -> str:
    """A module in the list of its folder, on one line, by its own name."""
    link = inline.link(one.card.name, one.card.name.rpartition("/")[2])
    functions = f"functions {_places(one.functions)}" if one.functions else ""
    more = [text for text in (functions, _cell(one.likeness) if one.likeness else "", _remarks(one)) if text]
    purpose = _purpose(one).removesuffix(".") if more else _purpose(one)
    return f"- {link}{_standing(one)} · {'; '.join([purpose, *more] if purpose else more) or '*not described*'}"


def _flow(one: Entry) -> str:
    """What a script reads, writes and runs, and when it did last."""
    told = [f"{verb} {_places(names)}" for verb, names in (("reads", one.reads), ("writes", one.writes),
                                                           ("runs", one.runs)) if names]  # fmt: skip
    return "; ".join(told) + (f" (last run {one.ran})" if one.ran else "")


def _parts(one: Entry) -> str:
    told = [f"options {options}"] if (options := _options(one)) else []
    return "; ".join([*told, *([f"functions {_places(one.functions)}"] if one.functions else [])])


def _leads(row: Row) -> str:
    """Where a row leads: to its one file, or to the folder of several."""
    if not row.folder or portable_name(row.folder) != row.folder:
        return _link(row.first) if len(row.entries) == 1 else inline.name(portable_name(row.folder))
    return inline.link(row.folder)


def _named(row: Row) -> str:
    """What a row tells of, with the names of several."""
    several = f": {_listed(row.names)}" if row.folder else ""
    return _cell(row.what) + several


def _listed(names: Sequence[str], most: int = NAMES_SHOWN) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(inline.name(name) for name in names[:most]) + more


def _name(name: str | None) -> str:
    return inline.name(portable_name(name or ""))


def _places(names: Sequence[str]) -> str:
    """Files and options that a script reads or writes."""
    return _listed([portable_words(portable_name(name)).replace("{}", "*") for name in names], PLACES_SHOWN)


def _options(one: Entry) -> str:
    """The options that are not told as what it reads or writes."""
    told = {*one.reads, *one.writes}
    flags = [option["flags"][-1] for option in one.card.row.profile.get("options", []) if option["flags"]]
    flags = [flag for flag in dict.fromkeys(flags) if flag not in told]
    more = " …" if len(flags) > OPTIONS_SHOWN else ""
    return " ".join(inline.code(option) for option in flags[:OPTIONS_SHOWN]) + more


def _standing(one: Entry) -> str:
    """Where a thing stands, unless all is well."""
    status = one.card.lineage_status
    return "" if status is Status.CLEAN else f" · **{status.value}**"


def _remarks(one: Entry) -> str:
    """What people wrote beside it, on one line."""
    return "; ".join(f"{said.what} of {said.on}, {_cell(said.author)}: {_cell(said.text)}" for said in one.remarks)


def _purpose(one: Entry) -> str:
    """An author's words without "This script is used to"."""
    words = PREAMBLE.sub("", one.card.purpose)
    if words != one.card.purpose:
        words = words[:1].upper() + words[1:]
    return _cell(words)


def _cells(texts: Sequence[str]) -> str:
    return "; ".join(map(_cell, texts[:3])) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "")


def _cell(text: str) -> str:
    """Somebody's words, cut where they are long."""
    text = portable_words(" ".join(text.split()))
    return inline.text(text if len(text) <= CELL_LENGTH else text[: CELL_LENGTH - 1].rsplit(" ", 1)[0] + "…")
