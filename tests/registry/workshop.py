"""A small real project for tests: a git repository with scripts that make data and checkpoints, and its registry."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.registry.facts.store import Store
from assay.registry.gate.gate import Gate
from assay.registry.gate.verdict import InputVerdict
from assay.registry.hashing import files_below
from assay.registry.lineage.purpose import Purpose
from assay.registry.project import FOLDER, Project
from assay.registry.recording.locate import locate
from assay.registry.recording.scan import scan
from assay.registry.rules.checkpoint.examples import write_adapter, write_model
from assay.registry.runs.run import run

from .prepared import prepared

ASSAY = [sys.executable, "-c", "from assay.cli.main import main; main()"]
GENERATE = '''"""Write questions with answers."""
import json, sys

def main(target, count):
    with open(target, "w") as out:
        for n in range(count):
            row = {"prompt": f"What is {n} plus {n}?", "completion": f" It is {n + n}, I think.", "source": "gen"}
            out.write(json.dumps(row) + "\\n")

if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 30)
'''
UPPER = '''"""Write the rows of one file in capitals to another."""
import sys

with open(sys.argv[1]) as rows:
    text = rows.read()
with open(sys.argv[2], "w") as out:
    out.write(text.upper())
'''


def rows(count: int, word: str = "plus") -> str:
    """JSONL of this many prompt-completion rows."""
    return "".join(
        json.dumps({"prompt": f"What is {n} {word} {n}?", "completion": f" It is {n + n}, I think.", "source": word})
        + "\n"
        for n in range(count)
    )


class Workshop:
    """The project and what can be done in it. Scripts are committed, so that they have a known origin."""

    def __init__(self, root: Path, url: str) -> None:
        self.root = root
        (root / FOLDER).mkdir(parents=True, exist_ok=True)
        self.store = Store(Project(root, prepared(url)))
        for folder in ("data", "out", "models"):
            (root / folder).mkdir()
        self.git("init", "-q")
        self.write(".gitignore", ".assay/\ndata/\nout/\nmodels/\n")
        self.write("scripts/gen.py", GENERATE)
        self.write("scripts/upper.py", UPPER)
        self.commit()

    def git(self, *arguments: str) -> str:
        """Run git with a fixed author."""
        who = ["-c", "user.name=tester", "-c", "user.email=t@example.org"]
        command = ["git", "-C", str(self.root), *who, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def configure(self, text: str) -> None:
        """Write the project's settings and have them read again."""
        self.write("assay.toml", text)
        self.store.project.__dict__.pop("settings", None)

    def commit(self, message: str = "change") -> str:
        """Commit everything, scan, and return the commit's id."""
        self.git("add", "-A")
        self.git("commit", "-qm", message, "--allow-empty")
        scan(self.store)
        return self.git("rev-parse", "HEAD").strip()

    def make(
        self,
        script: str,
        outputs: Mapping[str, str],
        inputs: Mapping[str, str] | None = None,
        command: Sequence[str] = (),
    ) -> str:
        """Run a script of the project, in name only: these outputs are written with these texts. Returns the run's id.

        An output text `adapter:N` or `model:N` writes a checkpoint folder that differs with N.
        """
        paths = {role: self.root / name for role, name in (inputs or {}).items()}
        command = command or ["python", script, *outputs]
        with run(self.store, script=self.root / script, inputs=paths, command=command) as this:
            for path in paths.values():
                for file in files_below(path) if path.is_dir() else [path]:
                    file.open().close()
            for name, text in outputs.items():
                self.fill(this.output(self.root / name), text)
        return this.id

    def fill(self, path: Path, text: str) -> None:
        """Write an output."""
        path.parent.mkdir(parents=True, exist_ok=True)
        kind, _, number = text.partition(":")
        if kind == "adapter":
            path.mkdir()
            write_adapter(path, [1.0, float(number)])
        elif kind == "model":
            path.mkdir()
            write_model(path, rows=int(number), vocab_size=int(number))
        else:
            path.write_text(text)

    def attested(self, name: str, text: str) -> Path:
        """A thing from outside, on record with its origin."""
        path = self.root / name
        self.fill(path, text)
        scan(self.store, [path])
        version = self.version(name)
        with self.store.batch() as batch:
            batch.add("attestation", version_id=version, origin="outside", author="tester", at=self.store.moment())
        return path

    def version(self, name: str) -> str:
        """The version of what lies at a path now."""
        return locate(self.store, self.root / name).version

    def check(self, name: str, purpose: str = "train") -> InputVerdict:
        """The gate's word on a path, by a gate that knows nothing from before."""
        return Gate(self.store).check([self.root / name], Purpose.parse(purpose)).inputs[0]

    def assay(self, *arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
        """Run the command line in the project."""
        environment = os.environ | {"ASSAY_DB": self.store.project.url} | settings.pop("env", {})
        return subprocess.run(
            [*ASSAY, *arguments],
            cwd=self.root,
            capture_output=True,
            text=True,
            env=environment,
            timeout=120,
            **settings,
        )

    def launch(self, *arguments: str, command: Sequence[str], **settings: Any) -> subprocess.CompletedProcess[str]:
        """`assay run … -- python …`."""
        return self.assay("run", *arguments, "--", sys.executable, *command, **settings)

    def one(self, sql: str, *values: Any) -> tuple[Any, ...]:
        """The first row of a query."""
        row = self.store.database.one(sql, values)
        assert row is not None, sql
        return row
