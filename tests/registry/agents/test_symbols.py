"""Functions of a file as it is now: where they begin, how they are called, and what they have."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.registry.agents.features import calls, features
from assay.registry.agents.symbols import place_of, source_of, symbols

CODE = '''
class Loader(Base):
    """Loads."""

    def __init__(self, name, *, four_bit: bool = False):
        self.name = name

    @staticmethod
    def of(name): ...

if True:
    def late(a, /, b=1, *rest, c, **more) -> int:
        """Later."""
        tokenizer = AutoTokenizer.from_pretrained(a, revision="x")
        tokenizer.pad_token = "y"
        return tokenizer.save_pretrained(b)
'''


def test_symbols_and_signatures(tmp_path: Path) -> None:
    """Methods without `self`, classes as they are made, functions under `if`; nothing of what cannot be read."""
    (tmp_path / "x.py").write_text(CODE)
    assert [(one.name, one.line, one.signature, one.doc) for one in symbols(source_of(tmp_path / "x.py"))] == [
        ("Loader", 2, "(name, *, four_bit: bool=False)", "Loads."),
        ("Loader.__init__", 5, "(name, *, four_bit: bool=False)", ""),
        ("Loader.of", 9, "(name)", ""),
        ("late", 12, "(a, /, b=1, *rest, c, **more) -> int", "Later."),
    ]
    assert symbols(source_of(tmp_path / "none.py")) == []


def test_a_long_signature_is_its_names(tmp_path: Path) -> None:
    """Types and defaults go first; that there is a default stays said."""
    (tmp_path / "x.py").write_text(f"def f(a: {' | '.join(['list[int]'] * 20)}, b=1, *, c, d=2, **e): ...\n")
    assert symbols(source_of(tmp_path / "x.py"))[0].signature == "(a, b=…, *, c, d=…, **e)"


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("function load_base, line 43", ("load_base", 43)),
        ("class Loader, line 2", ("Loader", 2)),
        ("score, line 4", ("score", 4)),
        ("option --four-bit, line 9", ("", 9)),
        ("purpose", ("", None)),
    ],
)
def test_places_in_words(where: str, place: tuple[str, int | None]) -> None:
    """The symbol and line that a search names."""
    assert place_of(where) == place


def test_features_and_calls(tmp_path: Path) -> None:
    """What a function calls, passes and sets; a call by its name, the end of it, or in words."""
    (tmp_path / "x.py").write_text(CODE)
    assert features(tmp_path / "x.py", "late") == {
        "from_pretrained()",
        "save_pretrained()",
        "revision='x'",
        "pad_token set",
    }
    for asked in ("AutoTokenizer.from_pretrained", "from_pretrained", "load a tokenizer"):
        (call,) = calls(tmp_path / "x.py", asked)
        assert (call.what, call.line, call.inside) == ("AutoTokenizer.from_pretrained", 14, "late")
        assert call.has == {"revision='x'", "pad_token set"}
    assert [one.what for one in calls(tmp_path / "x.py", "save a tokenizer")] == ["tokenizer.save_pretrained"]
    assert calls(tmp_path / "x.py", "train a tokenizer") == calls(tmp_path / "none.py", "x") == []


def test_a_secret_that_is_a_default_is_not_told(tmp_path: Path) -> None:
    """How a function is called is told to agents; what a default gives away is not."""
    token = "ghp_" + "a1B2" * 9
    file = tmp_path / "x.py"
    file.write_text(f'def ask(key="{token}"):\n    return key\n')
    (one,) = symbols(source_of(file))
    assert one.signature.startswith("(key=") and token not in one.signature


def test_a_file_is_read_as_it_is_now(tmp_path: Path) -> None:
    """What was read before it was edited answers no later question."""
    (file := tmp_path / "a.py").write_text("def load(name):\n    read(name)\n")
    assert [one.name for one in symbols(source_of(file))] == ["load"] and features(file, "load") == {"read()"}
    file.write_text("def save(name):\n    write_out(name)\n")
    assert [one.name for one in symbols(source_of(file))] == ["save"] and features(file, "save") == {"write_out()"}
    assert source_of(tmp_path / "none.py") is None and source_of(Path("a\0b.py")) is None
