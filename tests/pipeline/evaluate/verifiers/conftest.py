"""One way for all verifier tests to ask: what do the strict and the loose reading say?"""

from collections.abc import Callable
from typing import Any

import pytest

from assay.pipeline.evaluate.items import Item
from assay.pipeline.evaluate.verifiers import verify

Ask = Callable[[str, str, dict[str, Any], str], tuple[bool | None, bool | None]]


@pytest.fixture
def ask() -> Ask:
    """(strict, loose) for an output to a prompt of a type, as verify() judges it."""

    def judge(type: str, prompt: str, answer: dict[str, Any], output: str) -> tuple[bool | None, bool | None]:
        judgement = verify(Item.of(type, prompt, answer), output)
        return judgement.strict.passed, judgement.loose.passed

    return judge
