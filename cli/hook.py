"""`assay hook`."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from ..registry.errors import AssayError, NoRegistry
from ..registry.legible import legible, page
from .session import Session, assay_command

if TYPE_CHECKING:
    from ..registry.agents.dialects import Event

MOST_INPUT = 16 << 20  # characters
PATIENCE = 5  # seconds, after which an agent waits no longer
PATIENCE_OF_GIT = 15


@assay_command("hook")
@click.argument("action", type=click.Choice(["agent", "commit", "install", "uninstall"]))
@click.option(
    "--pre-commit/--git", "by_pre_commit", default=None, help="With install: by pre-commit, or as git's hook."
)
@click.option("--document", is_flag=True, help="With commit and install: a stale IMPLEMENTATION_REGISTRY.md stops it.")
def command(session: Session, action: str, by_pre_commit: bool | None, document: bool) -> None:
    """Answer the hook of a coding agent or of git: is this there already, and may it be used?

    `agent` reads one event as JSON from standard input and answers in the way of the agent that sent it (Claude Code,
    Gemini CLI, Cursor). Before a file is written: asks about a function that is as good as on record already, and names
    what is like it. Before an edit: who imports the file. Before a command: refuses training and evaluation on what the
    gate refuses. Afterwards: what is newly wrong.

    `commit` judges what is staged and puts it on record. It exits 3 for a finding that contaminates and that HEAD does
    not have; near copies, imports of what may not be used, and a stale document are said. `install` has it run at each
    commit, beside the hooks that are there; `uninstall` takes it out.

    Says nothing where there is nothing to say, and never stops anything because Assay itself cannot answer.

    \b
    Examples:
      assay hook install
      {"matcher": "Write|.*Edit|Bash", "hooks": [{"type": "command", "command": "assay hook agent"}]}
          (.claude/settings.json, for PreToolUse and PostToolUse)
    """
    if action == "agent":
        _agent(session)
    elif action == "commit":
        _commit(session, document)
    else:
        _place(session, action, by_pre_commit, " --document" if document else "")


def _place(session: Session, action: str, by_pre_commit: bool | None, options: str) -> None:
    from ..registry.agents.installed import install, uninstall

    root = session.project.root
    if action == "install":
        path = install(root, by_pre_commit, options)
        ran = " (pre-commit install, if you have not)" if path.suffix == ".yaml" else ""
        session.answer({"installed": str(path)}, f"{path} runs `assay hook commit{options}` at each commit{ran}")
    paths = uninstall(root)
    text = "\n".join(f"taken out of {path}" for path in paths) or "it is not installed here"
    session.answer({"uninstalled": [str(path) for path in paths]}, text)


def _commit(session: Session, document: bool) -> None:
    """What is said of a commit. Whatever goes wrong is said, and stops nothing."""
    found, why = None, ""
    try:
        with _patience(PATIENCE_OF_GIT):
            from ..registry.agents.committing import judged_commit
            from ..registry.facts.store import Store

            with Store(session.project, create=False) as store:
                found = judged_commit(store, document)
    except AssayError as error:
        why = error.text()
    except Exception as error:
        from .fault import reported

        why = reported(error, ["hook", "commit"]).text()
    if found is None:
        click.echo(legible(f"assay: this commit is not checked: {why}"), err=True)
        return
    session.answer(found.as_dict(), found.text, code=3 if found.stops else 0)


@contextlib.contextmanager
def _patience(seconds: int) -> Iterator[None]:
    """No longer than anybody waits. Raises AssayError in what takes longer."""

    def too_long(*_: object) -> None:
        raise AssayError(f"it took longer than {seconds} seconds")

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def _agent(session: Session) -> None:
    from ..registry.agents.dialects import event_of

    try:
        said: Any = json.loads(sys.stdin.read(MOST_INPUT))
    except (ValueError, RecursionError, OSError):
        click.echo("assay: this is no event of an agent's hook: not JSON", err=True)
        return
    event = event_of(said)
    answered = _answer(session, event) if event else None
    if answered:
        click.echo(json.dumps(answered))


def _answer(session: Session, event: Event) -> dict[str, Any] | None:
    """What is said about an event. Whatever goes wrong is said once in a session, and stops nothing."""
    from ..registry.agents.dialects import Decision, answer
    from ..registry.agents.once import folder_of, is_first
    from ..registry.project import Project

    root = None
    try:
        with _patience(PATIENCE):
            project = Project.find(event.cwd, session.db)
            root = project.root
            from ..registry.agents.judge import judged
            from ..registry.facts.store import Store

            with Store(project, create=False) as store:
                said = judged(store, event)
        if said is None:
            return None
        return answer(event, said[0], page(said[1].split("\n")))
    except NoRegistry:
        why = "run `assay init`, then `assay scan`: there is no registry here."
    except AssayError as error:
        why = error.text()
    except Exception as error:
        from .fault import reported

        why = reported(error, ["hook", "agent"]).text()
    if not is_first(folder_of(root), event.session, "no answer"):
        return None
    return answer(event, Decision.NOTE, page([f"Assay has no answer: {why}"]))
