"""`assay completion`, and the names that a shell is offered."""

from __future__ import annotations

import click

from .session import Session, assay_command

SHELLS = {
    "bash": "echo 'eval \"$(assay completion bash)\"' >> ~/.bashrc",
    "zsh": "echo 'eval \"$(assay completion zsh)\"' >> ~/.zshrc",
    "fish": "assay completion fish > ~/.config/fish/completions/assay.fish",
}


@assay_command("completion")
@click.argument("shell", type=click.Choice(list(SHELLS)))
def command(session: Session, shell: str) -> None:
    """Print what makes a shell complete commands, options and the names of artifacts.

    Names come from the registry of the project that the shell stands in; elsewhere there are none.

    \b
    Examples:
      eval "$(assay completion bash)"     # in ~/.bashrc; the same for zsh in ~/.zshrc
      assay completion fish > ~/.config/fish/completions/assay.fish
    """
    from click.shell_completion import get_completion_class

    from .group import group_of
    from .main import COMMANDS

    made = get_completion_class(shell)
    assert made is not None
    text = made(group_of(COMMANDS), {}, "assay", "_ASSAY_COMPLETE").source()
    session.answer({"shell": shell, "script": text, "install": SHELLS[shell]}, text)
