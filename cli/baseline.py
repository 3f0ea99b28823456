"""`assay baseline`."""

from __future__ import annotations

import click

from .session import Session, assay_command, plural


@assay_command("baseline")
@click.option("--reason", metavar="R", help="Why it is accepted. Without it, what was accepted is listed.")
@click.option("--rule", "rules", multiple=True, metavar="R", help="Only what this rule says; a beginning names many.")
@click.option("--path", "paths", multiple=True, metavar="P", help="Only what has this name, lies below or matches it.")
def command(session: Session, reason: str | None, rules: tuple[str, ...], paths: tuple[str, ...]) -> None:
    """Accept what is there, so that `audit --new` shows what comes after.

    It changes no status: what is contaminated stays so, and the gate refuses it as before. A thing stays accepted when
    its line moves, and a second one like it is new. `assay retract` takes the statement back.

    \b
    Examples:
      assay baseline --reason "the state we took over"
      assay baseline --rule AS107 --path scripts/old --reason "kept as they were run"
    """
    from ..registry.answers.audit import audit
    from ..registry.answers.baseline import accept, unaccepted
    from ..registry.answers.narrowing import at_paths, narrowed
    from ..registry.facts.reading.baselines import baselines
    from ..registry.legible import legible

    if reason is None:
        standing = baselines(session.store)
        lines = [legible(one.text()) for one in standing]
        lines = lines or ["Nothing is accepted: `assay audit --new` shows everything."]
        session.answer([one.as_dict() for one in standing], "\n".join(lines))
    found = audit(session.current)
    found = unaccepted(session.store, narrowed(found, rules, at_paths(session.store, paths, found)))
    made = accept(session.store, found, str(reason))
    counted = plural(made.things.total(), "thing")
    session.answer(
        made.as_dict(),
        f"Accepted {counted}. `assay audit --new` shows what comes after; no status has changed.\n"
        f"To take it back: assay retract {made.fact[:8]} --reason …",
    )
