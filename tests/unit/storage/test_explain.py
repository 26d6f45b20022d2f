"""Drivers' errors as sentences for people."""

from __future__ import annotations

import sqlite3

import psycopg.errors
import pytest
from sqlalchemy.exc import InvalidRequestError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import StorageError
from storage.explain import Place, explained, refused

PLACE = Place("press of PostgreSQL at db.example:5432", "hunter2")


class _SqliteError(sqlite3.OperationalError):
    """An error of SQLite's as the driver raises it, with a name of our choice."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.sqlite_errorname = name


def _explained(error: Exception) -> StorageError:
    return explained(PLACE, OperationalError("SELECT 1", {}, error))


@pytest.mark.parametrize(
    ("error", "words", "retryable"),
    [
        (_SqliteError("SQLITE_NOTADB", "file is not a database"), "not a database", False),
        (_SqliteError("SQLITE_READONLY_DIRECTORY", "attempt to write"), "cannot be written", False),
        (_SqliteError("SQLITE_CANTOPEN", "unable to open"), "cannot be opened", False),
        (_SqliteError("SQLITE_BUSY", "database is locked"), "another program holds", True),
        (_SqliteError("SQLITE_FULL", "database or disk is full"), "disk is full", True),
        (_SqliteError("SQLITE_IOERR_WRITE", "disk I/O error"), "could not be read or written", True),
        (_SqliteError("SQLITE_CORRUPT", "malformed"), "restore it from a backup", False),
        (_SqliteError("SQLITE_CONSTRAINT_FOREIGNKEY", "FOREIGN KEY"), "rule of the schema", False),
        (_SqliteError("SQLITE_ERROR", "no such table: articles"), "claimwatch db upgrade", False),
        (_SqliteError("SQLITE_ERROR", "something odd"), "something odd", False),
        (_SqliteError("SQLITE_NOMEM", "out of memory"), "out of memory", True),
        (_SqliteError("SQLITE_TOOBIG", "string or blob too big"), "too large", False),
        (psycopg.errors.UndefinedTable("relation missing"), "claimwatch db upgrade", False),
        (psycopg.errors.QueryCanceled("timeout"), "took too long", True),
        (psycopg.errors.LockNotAvailable("timeout"), "holds a lock", True),
        (psycopg.errors.DeadlockDetected("deadlock"), "gave way", True),
        (psycopg.errors.SerializationFailure("conflict"), "gave way", True),
        (psycopg.errors.AdminShutdown("terminating connection"), "terminating connection", True),
        (psycopg.errors.CannotConnectNow("the system is starting up"), "starting up", True),
        (psycopg.errors.TooManyConnections("too many clients"), "too many clients", True),
        (psycopg.errors.NumericValueOutOfRange("out of range"), "does not fit", False),
        (psycopg.errors.ProgramLimitExceeded("index row size exceeds"), "too large", False),
        (psycopg.errors.InsufficientPrivilege("permission denied"), "may not", False),
        (psycopg.errors.AmbiguousColumn("ambiguous"), "cannot be run", False),
        (psycopg.errors.DataCorrupted("invalid page"), "restore", False),
        (psycopg.errors.InternalError_("cache lookup failed"), "the server failed", False),
        (psycopg.errors.DiskFull("no space"), "disk is full", True),
        (psycopg.errors.InvalidPassword("no"), "user or password", False),
        (psycopg.errors.ForeignKeyViolation("refused\nDETAIL: a row"), "rule of the schema", False),
        (psycopg.OperationalError("connection refused\nIs it running?"), "connection refused", True),
    ],
    ids=lambda value: getattr(value, "sqlite_errorname", None) or type(value).__name__,
)
def test_error_of_a_driver_is_explained(error: Exception, words: str, retryable: bool) -> None:
    explanation = _explained(error)

    assert words in str(explanation)
    assert "\n" not in str(explanation)
    assert explanation.retryable is retryable


def test_explanation_names_the_database_and_hides_its_password() -> None:
    explanation = _explained(psycopg.OperationalError("password=hunter2 is wrong"))

    assert str(explanation) == "database press of PostgreSQL at db.example:5432: password=*** is wrong"


def test_place_is_printed_without_its_password() -> None:
    assert "hunter2" not in repr(PLACE)


def test_waiting_too_long_for_a_connection_is_explained() -> None:
    assert "connections are busy" in str(explained(PLACE, PoolTimeout("QueuePool limit")))


def test_error_without_words_names_its_kind() -> None:
    assert "OperationalError" in str(_explained(psycopg.OperationalError("")))


def test_error_of_the_library_is_explained_too() -> None:
    assert "closed" in str(explained(PLACE, InvalidRequestError("this is closed")))


def test_refusal_cannot_be_mended_by_trying_again_unless_said() -> None:
    assert not refused(PLACE, "no").retryable
    assert refused(PLACE, "no", retryable=True).retryable
