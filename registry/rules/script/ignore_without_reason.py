"""AS100: an inline exception that names no rule or gives no reason."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..base import Basis, Finding, Severity
from .ignores import read_ignores
from .module import Module
from .rule import Case, ScriptRule


class IgnoreWithoutReason(ScriptRule):
    """An inline exception that names no rule or gives no reason.

    What it sees: a comment `# assay: ignore` without `[CODE]`, or without words after it. Such a comment sets nothing
    aside.

    Why it matters: an exception is a decision. Whoever audits the results later has only this line to judge it by.

    Example: `# assay: ignore[AS105]` fails; `# assay: ignore[AS105] the cluster mounts it here` passes.

    Do instead: name the rule and say why it does not apply here.

    Source: house rule.
    """

    code = "AS100"
    name = "ignore-without-reason"
    severity = Severity.WARNS
    basis = Basis.HOUSE_RULE
    mark = re.compile(r"assay:")
    fix = "Write `# assay: ignore[CODE] reason`, or remove the comment."
    languages = ("python", "notebook", "shell")
    VALID = (Case('DATA = "/mnt/data/x.jsonl"  # assay: ignore[AS105] the cluster mounts it here\n'),)
    INVALID = (
        Case('DATA = "/mnt/data/x.jsonl"  # assay: ignore[AS105]\n', (1,)),
        Case("import random\n# assay: ignore because I say so\nrandom.random()\n", (2,)),
    )

    def check(self, module: Module) -> Iterator[Finding]:
        """One finding for each exception without a code or reason."""
        for ignore in read_ignores(module.source):
            if not ignore.codes or not ignore.reason:
                lacks = "gives no reason" if ignore.codes else "names no rule"
                yield self.at(module, ignore.line, f"this exception {lacks}, so it sets nothing aside")
