"""One open database, SQLite or PostgreSQL: transactions, and every driver error as StorageError.

Reading and writing are told apart because SQLite has one writer: ``transaction`` takes the write
lock at once (so that it cannot fail half-way), ``read`` never does. Safe from any thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError, StatementError

from domain.errors import StorageError
from storage.alone import hold_alone
from storage.explain import Place, explained, refused
from storage.impatient import ImpatientConnection

_SQLITE_PRAGMAS = ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
_POSTGRES_SETTINGS = (
    "statement_timeout='30s'",
    "lock_timeout='10s'",
    "idle_in_transaction_session_timeout='60s'",
    "timezone='UTC'",
)
#: libpq's options. A server that vanishes without a word is noticed within a minute: a resting
#: connection is asked after 30 s, 3 times in 10 s; sent bytes wait 30,000 ms for their receipt.
#: Over a Unix socket all but the first mean nothing, and do no harm.
_POSTGRES_OPTIONS = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "application_name": "claimwatch",
}


class Database:
    """An open database; ``Database.open`` makes one, ``close`` ends it."""

    def __init__(self, engine: Engine, place: Place, path: Path | None) -> None:
        self._place = place
        self._path = path
        self._engine = engine
        self._writer = engine.execution_options(claimwatch_writes=True)
        self._closed = False

    @classmethod
    def open(cls, url: str) -> Database:
        """Open, and make sure that it answers.

        Args:
            url: ``sqlite:///relative/path``, ``sqlite:////absolute/path`` (folders are made) or
                ``postgresql://user:password@host:port/name``.

        Raises:
            StorageError: the address cannot be used, the file is no database or cannot be
                written, the server does not answer.
        """
        parsed = _parsed(url)
        database = _open_sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _open_postgres(parsed)
        try:
            with database.read() as connection:
                connection.exec_driver_sql("SELECT 1")
        except StorageError:
            database.close()
            raise
        return database

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engine.dialect.name

    @property
    def label(self) -> str:
        """Which database this is, for people; never a secret."""
        return self._place.label

    @property
    def workers(self) -> int:
        """How many threads can usefully call the stores at once."""
        return 1 if self.dialect == "sqlite" else 4

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A writing transaction: committed at the end, rolled back when anything is raised.

        Raises:
            StorageError: the database refused; nothing was stored, or (when the connection died
                during COMMIT) all of it.
            ValueError: a naive datetime was to be stored.
        """
        with self._errors(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A reading transaction; it waits for no writer, and no writer waits for it.

        Raises:
            StorageError: as for ``transaction``.
        """
        with self._errors(), self._engine.begin() as connection:
            yield connection

    def single_process_lock(self) -> AbstractContextManager[None]:
        """Hold this database for one daemon: an SQLite file is for one process that works on it.

        PostgreSQL needs no such hold; many daemons share it.

        Raises:
            StorageError: on entering, when another process holds it; the message names it.
        """
        if self._path is None:
            return nullcontext()
        return hold_alone(self._path.with_name(self._path.name + ".lock"), self._place)

    def check(self) -> None:
        """Read the whole file of an SQLite database, and make sure that no page is damaged.

        A gigabyte takes a third of a second, plus what the disk takes. PostgreSQL looks after itself.

        Raises:
            StorageError: a page is damaged.
        """
        if self._path is None:
            return
        with self.read() as connection:
            found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
        if found != "ok":
            raise self.error(f"the file is damaged; restore it from a backup ({found.splitlines()[-1]})")

    def error(self, why: str, *, retryable: bool = False) -> StorageError:
        """A StorageError about this database; ``why`` is a sentence for people."""
        return refused(self._place, why, retryable=retryable)

    def close(self) -> None:
        """Close every connection; using the database afterwards raises StorageError."""
        self._closed = True
        self._engine.dispose()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        if self._closed:
            raise self.error("it is closed")
        try:
            yield
        except SQLAlchemyError as error:
            if isinstance(error, StatementError) and isinstance(error.orig, ValueError):
                raise error.orig from None
            raise explained(self._place, error) from error


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise _unusable("it cannot be read; write sqlite:///PATH or postgresql://USER@HOST/NAME") from None
    backend = parsed.drivername.split("+")[0]
    if backend not in ("sqlite", "postgresql", "postgres"):
        raise _unusable(f"{backend!r} is not supported; use sqlite:///PATH or postgresql://USER@HOST/NAME")
    if backend == "sqlite":
        return parsed.set(drivername="sqlite+pysqlite")
    return parsed.set(drivername="postgresql+psycopg")


def _unusable(why: str) -> StorageError:
    error = StorageError(f"the database's address: {why}")
    error.retryable = False
    return error


def _open_sqlite(url: URL) -> Database:
    if not url.database or url.database.startswith((":memory:", "file:")):
        raise _unusable("SQLite needs a file; write sqlite:///PATH, or sqlite:////PATH from the root")
    path = Path(url.database).absolute()
    place = Place(str(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refused(place, f"its folder cannot be made ({error.strerror})") from error
    engine = create_engine(url.set(database=str(path)), hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Database(engine, place, path)


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by us, in _begin_sqlite
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("claimwatch_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _open_postgres(url: URL) -> Database:
    place = Place(_postgres_label(url), str(url.password or ""))
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_timeout=30,
        connect_args={**_POSTGRES_OPTIONS, **url.query},
    )
    event.listen(engine, "do_connect", _connect_postgres)
    event.listen(engine, "connect", _prepare_postgres)
    return Database(engine, place, None)


def _postgres_label(url: URL) -> str:
    host = url.host or url.query.get("host") or "the local socket"
    port = f":{url.port}" if url.port else ""
    return f"{url.database or ''} of PostgreSQL at {host}{port}"


def _connect_postgres(_dialect: Any, _record: Any, arguments: Any, options: Any) -> ImpatientConnection:
    return ImpatientConnection.connect(*arguments, **options)


def _prepare_postgres(connection: Any, _record: Any) -> None:
    for setting in _POSTGRES_SETTINGS:
        connection.execute(f"SET {setting}")
    connection.commit()
