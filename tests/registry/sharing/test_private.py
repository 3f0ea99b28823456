"""A secret in a file of text is found, however large and in whatever encoding the text is."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assay.registry.disclosure import Secrets
from assay.registry.sharing.private import secret_in, secret_in_rows

SECRET = "hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYz01234567"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_settings_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    """The line is counted in the text."""
    file = tmp_path / "config.yaml"
    file.write_text(f"model: acme/base\nhub_token: {SECRET}\n", encoding)
    found = secret_in(Secrets(()), file, "config.yaml")
    assert found and found.line == 2 and SECRET not in found.text()


def test_a_notebook_with_figures(tmp_path: Path) -> None:
    """Megabytes of pictures hide nothing, and weights are not read as text."""
    file = tmp_path / "look.ipynb"
    file.write_text(json.dumps({"figure": "A" * (6 << 20), "token": SECRET}, indent=1))
    assert secret_in(Secrets(()), file, "look.ipynb")
    (tmp_path / "weights.bin").write_bytes(b"\0" * 100 + SECRET.encode())
    assert secret_in(Secrets(()), tmp_path / "weights.bin", "weights.bin") is None


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv", "rows.parquet", "rows.json", "rows.jsonl.gz", "rows.txt"])
def test_a_key_in_a_row_of_data(tmp_path: Path, name: str) -> None:
    """It is found in whatever form the rows are, by the number of its row; talk of passwords is anybody's words."""
    rows = [{"text": f'what is "password: hunter2{number}" \ud800?'} for number in range(3)]
    keyed = [rows[0], {"text": f"mine is {SECRET}, and is it safe?"}, rows[2]]
    for held, places in ((rows, []), (keyed, [2, 3, 1])):  # line or row; a CSV's first row follows its header
        file = tmp_path / name
        _write(file, held)
        found = secret_in_rows(Secrets((("WORK_KEY", "opensesame1"),)), file, name)
        assert found.line in places if found else not places, name
        assert not found or (found.kind == "huggingface-token" and SECRET not in found.text())
    _write(file, [{"text": "say opensesame1"}])
    assert secret_in_rows(Secrets((("WORK_KEY", "opensesame1"),)), file, name)


def _write(file: Path, rows: list[dict[str, str]]) -> None:
    texts = [one["text"] for one in rows]
    lines = "".join(f"{json.dumps(one)}\n" for one in rows).encode()
    if file.suffix == ".parquet":
        pq.write_table(pa.table({"text": [text.replace("\ud800", "") for text in texts]}), file)
    elif file.suffix == ".csv":
        with file.open("w", encoding="utf-8", errors="replace", newline="") as out:
            csv.writer(out).writerows([["text"], *([text] for text in texts)])
    elif file.suffix == ".txt":
        file.write_text("\n".join(texts), "utf-8", errors="replace")
    else:
        whole = json.dumps(rows).encode() if file.suffix == ".json" else lines
        file.write_bytes(gzip.compress(whole) if file.suffix == ".gz" else whole)
