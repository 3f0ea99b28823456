"""One thin way to SQLite and PostgreSQL: connect, read, write in one transaction, and upgrade when it is opened.

Both databases get the same SQL with `?` for values. Importing this costs 10 ms where an ORM costs 700, which is what
a hook or an agent that asks a hundred times a day needs. SQLAlchemy and Alembic are loaded only to create or upgrade.
Refuses a database from a newer Assay, and turns every driver error into one line that says what to do. Where only
reading is allowed, it reads, and whatever would keep a cache warm asks `readonly` first.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ...migrations import HEAD, REVISIONS
from ..errors import RegistryError
from ..project import printable

BUSY_SECONDS = 30
RESTORE = (
    "Put back a copy (.assay/backups has one of each upgrade), or move it away, then `assay init` and `assay scan`."
)
READONLY = "Nothing was recorded. Get the right to write to it, or use --db."
FULL = "This step was not recorded; what was stands. Free some space."
LEAST_FREE = 1 << 20  # bytes: with less, a write that failed is taken to have failed for that
BY_STATE = {  # PostgreSQL's error codes
    "42501": "Ask the owner of the database for that right (an upgrade creates tables), or use another role.",
    "53100": FULL,
    "53300": "The server has no connection left; try again later.",
    "25006": READONLY,
}
CACHE_KIB = 64 * 1024
WRITE_LOCK = 0x0A55A7  # PostgreSQL advisory lock: one writer at a time keeps each hash chain in order


class Database:
    """An open registry database. `url` is a path or `sqlite:///path`, or `postgresql+psycopg://…`.

    Without `create`, one that is not there yet is not made: RegistryError.
    """

    def __init__(self, url: str, create: bool = True) -> None:
        self.url = url
        self.create = create
        self.postgresql = url.startswith("postgresql")
        self.path = None if self.postgresql else Path(url.removeprefix("sqlite:///"))
        self.readonly = False
        self.is_new = False
        self._inside = False
        with self._translated():
            self._connection = self._connect_postgresql() if self.postgresql else self._connect_sqlite()
            self._check_schema()

    def within(self, schema: str, create: bool) -> Database:
        """The registry in a schema of its own of this server's database, which is left as it is and closed."""
        if create and not self.readonly:
            self.rows(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        self.close()
        joined = "&" if "?" in self.url else "?"
        return Database(f"{self.url}{joined}options=-csearch_path%3D{schema}", create)

    def close(self) -> None:
        """Close the connection; a second call does nothing."""
        self._connection.close()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._translated():
            cursor = self._executed(sql, values)
            return list(cursor.fetchall()) if cursor.description else []

    def one(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        with self._translated():
            row: tuple[Any, ...] | None = self._executed(sql, values).fetchone()
            return row

    def _executed(self, sql: str, values: Sequence[Any]) -> Any:
        """The cursor of a statement; once more on a new connection where the server dropped the old one in between."""
        try:
            return self._connection.execute(self._sql(sql), _bound(values))
        except Exception:
            if self._inside or not self.is_lost:
                raise
        self.reconnect()
        return self._connection.execute(self._sql(sql), _bound(values))

    @property
    def is_lost(self) -> bool:
        """Whether the server has dropped the connection, as one that is restarted does."""
        return self.postgresql and bool(getattr(self._connection, "closed", False))

    @property
    def is_inside(self) -> bool:
        """Whether a transaction is going on."""
        return self._inside

    def reconnect(self) -> None:
        """Connect again, waiting for a server that is starting. Raises RegistryError when it does not come back."""
        until = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                with self._translated():
                    self._connection = self._connect_postgresql()
                return
            except RegistryError:
                if time.monotonic() > until:
                    raise
            time.sleep(0.5)

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query one by one, for tables that may not fit in memory; run no other query meanwhile."""
        with self._translated():
            if self.postgresql:
                cursor: Any = self._connection.cursor()
                yield from cursor.stream(self._sql(sql), values)
            else:
                yield from self._connection.execute(sql, values)

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once per row; only inside `writing()`."""
        with self._translated():
            self._connection.cursor().executemany(self._sql(sql), rows)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction that takes the write lock at its start, so that it can never fail half-way for a lock."""
        if self.readonly:
            raise RegistryError(f"{self._called()} is read-only", READONLY)
        if self._inside:
            yield
            return
        with self._translated():
            self._begin()
        self._inside = True
        try:
            with self._translated():
                yield
                self._connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(Exception):
                self._connection.execute("ROLLBACK")
            raise
        finally:
            self._inside = False

    def insert(
        self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], update: Sequence[str] = ()
    ) -> None:
        """Insert rows. One that is there already is left alone, or replaced where `update` names its key (caches)."""
        names = ", ".join(f'"{column}"' for column in columns)
        marks = ", ".join("?" * len(columns))
        if update:
            rest = ", ".join(f'"{c}" = excluded."{c}"' for c in columns if c not in update)
            conflict = f"({', '.join(update)}) DO UPDATE SET {rest}"
        else:
            conflict = "DO NOTHING"
        self.many(f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT {conflict}", rows)

    def _sql(self, sql: str) -> str:
        return sql.replace("%", "%%").replace("?", "%s") if self.postgresql else sql

    def _begin(self) -> None:
        if self.postgresql:
            self._executed("BEGIN", ())
            self._connection.execute(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")
        else:
            self._connection.execute("BEGIN IMMEDIATE")

    def _connect_postgresql(self) -> Any:
        try:
            import psycopg
        except ImportError:
            raise RegistryError("PostgreSQL needs the driver psycopg", "pip install 'assay[postgresql]'") from None
        return psycopg.connect(self.url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)

    def _connect_sqlite(self) -> sqlite3.Connection:
        assert self.path is not None
        if self.path.is_dir():
            raise RegistryError(
                f"{self.path} is a folder, not a database", "Name the file, such as .assay/registry.db."
            )
        if not self.path.parent.is_dir():
            raise RegistryError(f"{self.path.parent} does not exist", "Run `assay init` first, or create the folder.")
        if not self.create and not self.path.exists():
            raise RegistryError(f"there is no registry at {self.path}", "`assay init` makes one.")
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys = ON")
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "readonly" not in str(error) and "unable to open" not in str(error):
                raise
            connection.close()
            return self._connect_readonly()
        connection.execute("PRAGMA synchronous = FULL")  # an acknowledged record survives a power cut
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")  # ids are random: inserts touch pages all over
        connection.execute("PRAGMA wal_autocheckpoint = 8000")
        return connection

    def _connect_readonly(self) -> sqlite3.Connection:
        """A file that cannot be written is still read; without its WAL only if that is not there either."""
        assert self.path is not None
        if not self.path.exists():
            raise RegistryError(
                f"{self.path} cannot be created", "The folder is read-only; use --db with a writable path."
            )
        self.readonly = True
        mode = "mode=ro" if Path(f"{self.path}-wal").exists() else "mode=ro&immutable=1"
        return sqlite3.connect(f"file:{self.path}?{mode}", uri=True, isolation_level=None, check_same_thread=False)

    def _check_schema(self) -> None:
        found = self.revision()
        if self.postgresql:
            self.readonly = not self._may_write(found)
        if found == HEAD:
            return
        if found is None and not self.create:
            raise RegistryError(f"there is no registry in {self._called()} yet", "`assay init` makes one.")
        if found is not None and found not in REVISIONS:
            raise RegistryError(
                f"the registry was written by a newer Assay (its revision is {found}, this one knows up to {HEAD})",
                "Upgrade this one: pip install --upgrade assay. Nothing was changed.",
            )
        if self.readonly:
            raise RegistryError(f"{self._called()} needs an upgrade to {HEAD} and is read-only", "Make it so, once.")
        self._upgrade(found)
        self.is_new = found is None

    def revision(self) -> str | None:
        """The schema revision of the database, or None where there is none yet."""
        if self.postgresql:
            table = self.one("SELECT to_regclass('alembic_version')")
            exists = table is not None and table[0] is not None
        else:
            exists = bool(self.one("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"))
        row = self.one("SELECT version_num FROM alembic_version") if exists else None
        return row[0] if row else None

    def _may_write(self, found: str | None) -> bool:
        """Whether this session and role of PostgreSQL may append facts, where there are tables to append them to."""
        can = self.one("SELECT current_setting('transaction_read_only') = 'off'")
        if found is not None:
            can = self.one(
                """SELECT current_setting('transaction_read_only') = 'off' AND has_table_privilege('artifact', 'INSERT')
                   AND has_table_privilege('standing', 'INSERT, DELETE')"""
            )
        return bool(can and can[0])

    def _called(self) -> str:
        """What people know the database as, without its password."""
        return f"PostgreSQL database {self.url.rpartition('@')[2]}" if self.path is None else str(self.path)

    def _upgrade(self, found: str | None) -> None:
        from ...migrations.upgrade import upgrade

        if self.path is not None and found is not None:
            self._backup(found)
        upgrade(self.url if self.postgresql else f"sqlite:///{self.path}")

    def _backup(self, revision: str) -> Path:
        """A consistent copy beside the database, made before an upgrade touches it."""
        assert self.path is not None
        folder = self.path.parent / "backups"
        folder.mkdir(exist_ok=True)
        target = folder / f"{self.path.stem}-{revision}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.db"
        if shutil.disk_usage(folder).free < self.path.stat().st_size * 2:
            raise RegistryError("not enough disk space to back the registry up before its upgrade", "Free some space.")
        with contextlib.closing(sqlite3.connect(target)) as copy:
            self._connection.backup(copy)
        return target

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            said = getattr(error, "orig", error)  # what SQLAlchemy wraps, while a database is upgraded
            if isinstance(said, sqlite3.Error):
                raise self._explained(said) from error
            if type(said).__module__.startswith("psycopg"):
                raise self._explained_by_server(said) from error
            raise

    def _explained(self, error: sqlite3.Error) -> RegistryError:
        """What SQLite's error code means; the words are for what has none."""
        code, text = getattr(error, "sqlite_errorcode", 0), str(error)
        if code == sqlite3.SQLITE_IOERR_SHMSIZE or (code & 0xFF == sqlite3.SQLITE_IOERR and self._is_full()):
            code = sqlite3.SQLITE_FULL
        busy = (f"another process has held {self.path} for {BUSY_SECONDS} s", "Let it finish, then try again.")
        known = {
            sqlite3.SQLITE_BUSY: busy,
            sqlite3.SQLITE_LOCKED: busy,
            sqlite3.SQLITE_READONLY: (f"{self.path} is read-only", READONLY),
            sqlite3.SQLITE_PERM: (f"{self.path} may not be used", "Check who may read and write it."),
            sqlite3.SQLITE_FULL: (f"no space left for {self.path}", FULL),
            sqlite3.SQLITE_IOERR: (f"{self.path} cannot be read or written: {text}", "Check the disk or the mount."),
            sqlite3.SQLITE_NOMEM: (f"not enough memory for {self.path}", "Free some memory, then try again."),
            sqlite3.SQLITE_NOTADB: (f"{self.path} is not a registry database", RESTORE),
            sqlite3.SQLITE_CORRUPT: (f"{self.path} is damaged", RESTORE),
            sqlite3.SQLITE_CANTOPEN: (f"{self.path} cannot be opened", "Check that the folder may be written."),
        }
        if "no such table" in text:
            return RegistryError(f"{self.path} is damaged: {text}", RESTORE)
        unknown = (f"{self.path}: {text}", "Run `assay verify` to see what is damaged.")
        return RegistryError(*known.get(code & 0xFF, unknown))

    def _is_full(self) -> bool:
        assert self.path is not None
        try:
            return shutil.disk_usage(self.path.parent).free < LEAST_FREE
        except OSError:
            return False

    def _explained_by_server(self, error: Exception) -> RegistryError:
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        remedy = BY_STATE.get(getattr(error, "sqlstate", None) or "", "Check --db or ASSAY_DB.")
        return RegistryError(f"{self._called()}: {said}", remedy)


def _bound(values: Sequence[Any]) -> Sequence[Any]:
    """Values that any database takes: what people type need not be text."""
    if all(value.__class__ is not str or (value.isascii() and "\x00" not in value) for value in values):
        return values
    return [printable(value) if isinstance(value, str) else value for value in values]
