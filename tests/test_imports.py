"""What a command may import: the registry never loads a machine-learning library, and asking never loads the ORM."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = ("torch", "transformers", "pandas", "datasets", "trl", "peft")
SLOW = ("sqlmodel", "sqlalchemy", "alembic", "polars", "pyarrow", "numpy", "rich", "jinja2")
ROOMS = "assay.registry."
UNNEEDED = {  # what a question about what is on record can do without, as long as nothing is wrong
    *("logging", "socket", "tempfile", "getpass"),
    *(
        f"{ROOMS}{one}"
        for one in ("secret_shapes", "ledger.signatures", "overlap.config", "rules.engine", "statements")
    ),
    *(f"{ROOMS}observe.{one}" for one in ("script.notebook", "settings.profile")),
}
UNLOOKED = {  # what a question can do without that looks at no file
    *(f"{ROOMS}{one}" for one in ("rules.base", "recording.locate", "recording.describe", "gate.gate")),
    *(f"{ROOMS}observe.{one}" for one in ("walk", "script.imports", "evaluation", "checkpoint")),
}


def loaded_after(code: str, where: Path) -> set[str]:
    """The modules that a fresh interpreter has loaded after running this code."""
    script = f"{code}\nimport sys; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], cwd=where, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def call(*arguments: str) -> str:
    return f"from assay.cli.main import run; run({list(arguments)!r})"


def test_no_registry_module_loads_a_machine_learning_library() -> None:
    """Importing every module of the registry and the command line stays free of torch and its kind."""
    names = [
        ".".join(("assay", *path.relative_to(ROOT).with_suffix("").parts))
        for folder in ("registry", "cli")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "__init__.py"
    ]
    assert len(names) > 50
    code = "import importlib\n" + "\n".join(f"importlib.import_module({name!r})" for name in sorted(names))
    assert not loaded_after(code, ROOT) & set(HEAVY)


@pytest.mark.parametrize(
    ("command", "unneeded"),
    [
        (["list"], UNNEEDED | UNLOOKED),
        (["show", "gen.py"], UNNEEDED | UNLOOKED),
        (["exists", "generate data"], UNNEEDED),
        (["check", "gen.py"], UNNEEDED - {f"{ROOMS}secret_shapes"}),
    ],
)
def test_asking_loads_nothing_slow(command: list[str], unneeded: set[str], tmp_path: Path) -> None:
    """What hooks and agents call all day loads neither an ORM nor a dataframe library, nor what it does not need."""
    (tmp_path / "gen.py").write_text('"""Generate data."""\n')
    loaded_after(call("init"), tmp_path)
    loaded_after(call("scan"), tmp_path)
    loaded = loaded_after(call(*command), tmp_path)
    found = loaded & {*HEAVY, *SLOW, *unneeded}
    assert not found


def test_help_loads_no_command() -> None:
    """`assay --help` knows every summary without importing a command's module."""
    code = (
        call("--help")
        + "\nimport sys; assert not [m for m in sys.modules if m.startswith('assay.cli.') and m[10:] not in ('main', 'group')]"
    )
    assert not loaded_after(code, ROOT) & {*HEAVY, *SLOW, "sqlite3"}
