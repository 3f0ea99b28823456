"""`assay exists`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..registry.errors import UsageError
from ..registry.legible import page
from .session import Session, assay_command

if TYPE_CHECKING:
    from ..registry.search.answer import Answer, Existence
    from ..registry.search.draft import Draft
    from ..registry.standing.cards import Card
    from ..registry.standing.relatives import Relatives

SHOWN = 5
WORDS = 8
MOST_INPUT = 64 << 20  # bytes
OPENING = {
    "yes": "Yes:",
    "maybe": "Maybe: nothing on record surely does this, and these may. Look before you write:",
    "no": "No: nothing on record does this.",
}


@assay_command("exists")
@click.argument("query", nargs=-1)
@click.option(
    "--code", type=click.Path(path_type=Path), metavar="FILE", help="Look for FILE (or -, or a diff), or code like it."
)
def command(session: Session, query: tuple[str, ...], code: Path | None) -> None:
    """Ask whether something like this exists already.

    QUERY says in your own words what it does. The answer is yes or maybe, with what there is, its status and what to
    use instead, or a plain no with the nearest. A no is given only where every file was scanned.

    Exits 0 for yes and maybe, 1 for no, 2 where it cannot say (no registry, files that no scan has seen).

    \b
    Examples:
      assay exists "score answers with A/B log-probs"
      assay exists --code scripts/new_critic.py
      git diff | assay exists --code -
    """
    from ..registry.standing.freshness import freshness
    from ..registry.standing.today import Today

    if bool(query) == bool(code):
        wrong = "words and --code are two questions" if query else "say what to look for, or name a file with --code"
        raise UsageError(wrong, 'assay exists "what it does"')
    fresh = freshness(session.store)
    today = Today.of(session.current)
    if code:
        from ..registry.search.draft import exists_code

        found = exists_code(today, _draft(code), fresh)
    else:
        from ..registry.search.exists import exists

        found = exists(today, " ".join(query), fresh)
    session.answer(found.as_dict(), lambda: spoken(found), code=found.exit_code)


def _draft(code: Path) -> Draft:
    """The file that is asked about, or what standard input says."""
    from ..registry.search.draft import Draft

    if str(code) != "-":
        return Draft.of_file(code)
    return Draft.of_text("standard input", sys.stdin.buffer.read(MOST_INPUT))


def spoken(found: Existence) -> str:
    """The answer for a person: the verdict, the best first, what came nearest, what is not here any more."""
    if problem := found.problem:
        opening = [f"{problem.message[0].upper()}{problem.message[1:]}.", f"  → {problem.remedy}"]
        opening += ["Of what is on record, these may do it:"] if found.answers else []
    else:
        opening = [OPENING[found.verdict]]
    told = list(_one_of_each(found.answers))
    lines = [*opening, *(line for answer in told[:SHOWN] for line in _lines(answer))]
    if (more := len(told) - SHOWN) > 0:
        lines.append(f"  … and {more} more (--json lists all)")
    lines += [f"  {one.text()}" for one in (found.resembles or ())[:SHOWN]]
    if found.too_small:
        lines.append(f"Too small to judge: {', '.join(found.too_small[:SHOWN])}{' …' * (len(found.too_small) > SHOWN)}")
    if found.nearest:
        lines.append(f"Nearest{' else' if found.answers else ''}: {', '.join(card.name for card in found.nearest)}")
    if found.memory:
        from ..registry.memory.told import line

        lines += ["What is remembered of it:", *(f"  {line(one)}" for one in found.memory)]
    for answer in found.gone:
        purpose = f": {answer.card.purpose}" if answer.card.purpose else ""
        lines.append(f"Not here any more, and on record: {answer.card.name} ({answer.card.row.kind}{purpose})")
    if not problem and found.fresh.said:
        lines.append(f"Not looked at: {found.fresh.said} (assay scan)")
    return page(lines)


def _one_of_each(answers: Iterable[Answer]) -> Iterator[Answer]:
    """The first answer of each family; it names the others."""
    seen: set[str] = set()
    for answer in answers:
        if answer.card.name not in seen:
            yield answer
        seen |= {card.name for card in answer.family.family.members} if answer.family else set()


def _family(card: Card, kin: Relatives) -> Iterator[str]:
    from ..registry.legible import listed
    from ..registry.standing.relatives import SHOWN

    others = listed([one.name for one in kin.family.members if one.name != card.name], SHOWN)
    said = "the one to use of" if kin.family.current is card else "one of"
    open_ = "" if kin.family.current else "; nobody said which is the one to use"
    yield f"      {said} {len(kin.family.members)} that do the same; the others: {others}{open_}"
    yield from (f"    {line}" for line in kin.still_imported())


def _lines(answer: Answer) -> Iterator[str]:
    card = answer.card
    primary = ", PRIMARY" if card.primary is not None else ""
    yield f"  {card.name}  ({card.row.kind}, {card.lineage_status.value}{primary}, {answer.score:.0%} match)"
    if card.purpose:
        yield f"      {card.purpose}"
    if answer.where:
        yield f"      found in {answer.where}: {answer.why}"
    if answer.is_partial:
        yield f"      has {', '.join(answer.covers[:WORDS])}; says nothing of {', '.join(answer.missing[:WORDS])}"
    if answer.family:
        yield from _family(card, answer.family)
    if answer.mend:
        yield f"      → use it after mending: {answer.mend}"
    if answer.instead:
        guess = answer.instead.is_guess
        yield (
            f"      → maybe use {answer.instead.name} instead, a guess by likeness"
            if guess
            else (f"      → use {answer.instead.name} instead")
        )
    elif not answer.usable:
        yield f"      → do not use it as it is: assay why {card.name}"
