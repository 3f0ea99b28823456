"""What the commands for agents share: `--limit`, `--fields`, and JSON on one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click


def economical(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options with which a caller says how much of each list it wants."""
    function = click.option("--fields", metavar="A,B…", help="Only these fields of each item (JSON).")(function)
    return click.option("--limit", type=int, metavar="N", help="At most N of each list.")(function)
