"""`assay attest`."""

from __future__ import annotations

from pathlib import Path

import click

from .session import Session, assay_command


@assay_command("attest")
@click.argument("name")
@click.option("--origin", required=True, metavar="O", help="Where it came from: a URL, a hub id, a person.")
@click.option("--revision", metavar="R", help="Which revision of that.")
@click.option("--licence", metavar="L", help="Under which licence.")
@click.option("--base", metavar="PATH", help="The model that an adapter was made on.")
def command(
    session: Session, name: str, origin: str, revision: str | None, licence: str | None, base: str | None
) -> None:
    """Say where a thing from outside came from.

    Holds for the present version. What a recorded run made cannot be attested: its record speaks.

    \b
    Example:
      assay attest data/dolly.jsonl --origin hf.co/datasets/x/y --revision 8f1c2d --licence cc-by-sa-3.0
    """
    from ..registry.declare import attest

    done = attest(session.store, name, origin, revision=revision, licence=licence, base=Path(base) if base else None)
    session.answer(done.as_dict(), f"{done.about[0]} comes from {origin} (fact {done.facts[0][:8]})")
