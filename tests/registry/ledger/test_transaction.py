"""A line is its transaction: it verifies by itself, and any change of it is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.registry.errors import LedgerError
from assay.registry.facts.models import FACTS
from assay.registry.hashing import fact_key
from assay.registry.ledger.segments import Folder
from assay.registry.ledger.transaction import REFERS, TABLES, Transaction, genesis, parsed

WRITER, PROJECT, AT = "a" * 32 + "-1", "p" * 32, "2026-01-01T00:00:00.000000Z"


def said(reasons: list[str]) -> Transaction:
    rows = [{"fact_id": "f", "reason": reason, "author": "a", "at": AT} for reason in reasons]
    facts = {"retraction": [{**row, "id": fact_key("retraction", row)} for row in rows]}
    return Transaction.of(WRITER, 1, AT, genesis(PROJECT), PROJECT, facts)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5, unique=True))
def test_a_line_parses_to_what_it_was_made_of(reasons: list[str]) -> None:
    """Whatever people say, on one line, byte for byte."""
    line = said(reasons).line()
    assert line.count(b"\n") == 1 and parsed(line).line() == line
    assert {row["reason"] for row in parsed(line).facts["retraction"]} == set(reasons)


@given(st.data())
def test_no_change_of_a_line_passes(data: Any) -> None:
    """A flipped byte is no transaction, or does not match its digest."""
    line = bytearray(said(["because", "therefore"]).line())
    place = data.draw(st.integers(0, len(line) - 2))
    line[place] ^= data.draw(st.integers(1, 127))
    try:
        found = parsed(bytes(line))
    except LedgerError:
        return
    assert found.project != PROJECT  # told by whoever takes it in: the chain begins with its project


def test_what_travels_are_the_tables_of_facts() -> None:
    """Every column of every fact, and whatever must be there first."""
    for model in FACTS:
        table = str(model.__tablename__)
        names = set(model.model_fields) - (set() if table == "version" else {"id"})
        assert set(TABLES[table]) == names, table
        keys = {column.name: key.column.table.name for column in model.__table__.columns for key in column.foreign_keys}  # type: ignore[attr-defined]
        assert REFERS.get(table, {}) == keys, table


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "null",
        '{"assay":"1"}',
        '{"assay":0}',
        '{"assay":1,"writer":[]}',
        "[" * 100_000,
        '{"assay":1,"facts":{"run":[]}}',
    ],
)
def test_what_is_no_transaction_is_said_to_be_none(text: str, tmp_path: Path) -> None:
    """Never a fault, also where it is nested beyond measure."""
    folder = Folder(tmp_path)
    name = folder.write_lines([text.encode() + b"\n"])
    with pytest.raises(LedgerError):
        list(folder.transactions(name))
    assert folder.project() == "" and json is not None
