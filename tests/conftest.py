"""Fixtures that every part of the suite shares: a registry on each database, and a builder that fills it by hand."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from assay.registry.facts.database import Database
from assay.registry.facts.store import Store
from assay.registry.hashing import digest_bytes
from assay.registry.observe.unchanged import stat_text
from assay.registry.project import FOLDER, Project
from assay.registry.standing.rulesets import todays

from .registry.prepared import prepared

SERVER = "ASSAY_TEST_POSTGRESQL"
DATA = Path(os.environ.get("ASSAY_TEST_DATA", Path(__file__).parents[1] / ".." / "shared" / "data"))


@pytest.fixture(autouse=True)
def _no_registry_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry or author that is set in the developer's shell never reaches a test."""
    for name in ("ASSAY_DB", "ASSAY_AGENT", "ASSAY_SIGNING_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ASSAY_AUTHOR", "tester")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real public datasets that stands beside the repository; absent on most machines."""
    if not DATA.is_dir():
        pytest.skip("the real datasets are not beside this checkout (ASSAY_TEST_DATA names another place)")
    return DATA.resolve()


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[Callable[[], str]]:
    """Makes empty, migrated PostgreSQL databases: the first is migrated, the others are copies of it."""
    server = os.environ.get(SERVER)
    if not server:
        pytest.skip(f"no PostgreSQL server: {SERVER} names none")
    import psycopg

    base, _, _ = server.rpartition("/")
    template = f"assay_template_{os.getpid()}"
    made = [template]
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{template}"')
        Database(f"{base}/{template}").close()

        def make() -> str:
            name = f"assay_test_{os.getpid()}_{len(made)}"
            admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
            made.append(name)
            return f"{base}/{name}"

        yield make
        for name in made:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, root: Path) -> str:
    """The URL of an empty registry, on each database in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{root / FOLDER / 'registry.db'}"
    make: Callable[[], str] = request.getfixturevalue("postgresql_databases")
    return make()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The root of an empty project."""
    root = tmp_path / "project"
    (root / FOLDER).mkdir(parents=True)
    return root.resolve()


@pytest.fixture
def store(root: Path, store_url: str) -> Iterator[Store]:
    """An open, empty registry of an empty project, on each database in turn."""
    with Store(Project(root, prepared(store_url))) as store:
        yield store


@pytest.fixture
def registry(store: Store) -> Registry:
    """A builder that puts artifacts, runs and declarations on record by hand."""
    return Registry(store)


class Registry:
    """Fills a store as a scan and recorded runs would: names, versions, descriptions, examinations, lineage."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.today = todays(store)
        self.clock = 0

    def time(self) -> str:
        """A new moment, a second after the last one."""
        self.clock += 1
        return f"2026-01-01T00:{self.clock // 60:02}:{self.clock % 60:02}.000000Z"

    def put(
        self,
        name: str,
        kind: str = "script",
        content: bytes | None = None,
        profile: Mapping[str, Any] | None = None,
        source: str = "git",
        examined: bool = True,
    ) -> str:
        """Put a file with this content on disk and on record, described and examined; returns its version's id."""
        content = name.encode() if content is None else content
        path = self.store.project.path_of(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        digest = digest_bytes(content)
        with self.store.batch() as batch:
            artifact = batch.add("artifact", kind=kind, name=name, ordinal=0)
            version = batch.add("version", id=digest, kind=kind, content=digest, size=len(content), files=1)
            batch.add("sighting", artifact_id=artifact, version_id=version, path=name, at=self.time(), source=source)
            if examined:
                batch.add(
                    "examination",
                    version_id=version,
                    examiner="rules",
                    ruleset=self.today[kind],
                    unchecked="[]",
                    ignored="[]",
                )
            batch.cache(
                "location", workspace=self.store.workspace, path=name, artifact_id=artifact, version_id=version,
                digest=digest, stat=stat_text(path.stat()), present=1,
            )  # fmt: skip
            batch.cache("description", version_id=version, observer=1, profile=json.dumps(dict(profile or {})))
        return version

    def artifact(self, name: str) -> str:
        """The id of the artifact of this name."""
        (row,) = self.store.database.rows("SELECT id FROM artifact WHERE name = ?", [name])
        return str(row[0])

    def run(
        self,
        script: str | None,
        inputs: Sequence[str] = (),
        outputs: Sequence[str] = (),
        outcome: str | None = "completed",
        evidence: str = "declared",
    ) -> str:
        """Record a run of a script version over these versions; `outcome` None leaves it unfinished."""
        with self.store.batch() as batch:
            run = batch.add(
                "run", script_id=script, script_path=None, purpose="train", command="[]", params="{}", seed=None,
                environment="{}", commit=None, diff=None, author="tester", host="here", pid=1, parent_id=None,
                started_at=self.time(),
            )  # fmt: skip
            roles = [("script", script)] if script else []
            for role, version in [*roles, *((f"in{n}", version) for n, version in enumerate(inputs))]:
                batch.add("run_input", run_id=run, version_id=version, role=role, path=role, evidence=evidence)
            for number, version in enumerate(outputs):
                batch.add("run_output", run_id=run, version_id=version, role=f"out{number}", path=f"out{number}")
            if outcome:
                batch.add(
                    "run_end", run_id=run, outcome=outcome, exit_code=0, ended_at=self.time(), seconds=1.0,
                    defects="[]", detail="", witness="partial",
                )  # fmt: skip
        return run

    def declare(self, subject: str, status: str, reason: str = "because", **columns: Any) -> str:
        """Declare a status of a version or artifact; returns the declaration's id."""
        with self.store.batch() as batch:
            return batch.add(
                "declaration",
                subject_id=subject,
                status=status,
                reason=reason,
                author="tester",
                at=self.time(),
                **columns,
            )

    def attest(self, version: str, origin: str) -> str:
        """Attest where a version came from."""
        with self.store.batch() as batch:
            return batch.add("attestation", version_id=version, origin=origin, author="tester", at=self.time())

    def retract(self, fact: str) -> str:
        """Undo a declaration, an attestation or an examination."""
        with self.store.batch() as batch:
            return batch.add("retraction", fact_id=fact, reason="mistake", author="tester", at=self.time())
