"""What went wrong in a database, as a sentence for people; the one place that knows drivers' errors."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import StorageError

#: What to do about a schema that is absent or old.
UPGRADE = "run `claimwatch db upgrade`"

#: SQLite's error name (its beginning) to what people read, and whether trying again can help: not
#: where it may be what was to be stored, or it would be tried for ever (see ``scheduler.worker``).
_SQLITE: tuple[tuple[str, str, bool], ...] = (
    ("SQLITE_NOTADB", "the file is not a database; move it away, or restore it from a backup", False),
    ("SQLITE_CORRUPT", "the file is damaged; restore it from a backup", False),
    ("SQLITE_READONLY", "the file or its folder cannot be written", False),
    ("SQLITE_CANTOPEN", "the file cannot be opened; does its folder exist, and may we write there?", False),
    ("SQLITE_BUSY", "another program holds the database", True),
    ("SQLITE_LOCKED", "another program holds the database", True),
    ("SQLITE_FULL", "the disk is full", True),
    ("SQLITE_IOERR", "the disk could not be read or written", True),
    ("SQLITE_CONSTRAINT", "a rule of the schema was broken", False),
    ("SQLITE_TOOBIG", "a value is too large", False),
    ("SQLITE_ERROR", "the statement cannot be run", False),
)

#: PostgreSQL's SQLSTATE (its beginning) to the same.
_POSTGRES: tuple[tuple[str, str, bool], ...] = (
    ("42P01", f"the schema is not there; {UPGRADE}", False),
    ("42703", f"the schema does not fit this program; {UPGRADE}", False),
    ("57014", "the statement took too long", True),
    ("55P03", "somebody else holds a lock for too long", True),
    ("40", "it gave way to another transaction", True),
    ("53100", "the server's disk is full", True),
    ("28", "the server does not accept this user or password", False),
    ("3D000", "the server has no such database", False),
    ("22", "a value does not fit", False),
    ("23", "a rule of the schema was broken", False),
    ("42501", "the user may not do this", False),
    ("42", "the statement cannot be run", False),
    ("54", "a value is too large", False),
    ("XX001", "the server's data are damaged; restore them from a backup", False),
    ("XX002", "an index of the server's is damaged; run REINDEX", False),
    ("XX", "the server failed", False),
    ("25006", "the server allows no writing", True),
)


@dataclass(frozen=True)
class Place:
    """Which database an error is about."""

    #: Without any secret: a path, or host, port and name.
    label: str
    #: A password that must not be shown; empty where there is none.
    secret: str = field(default="", repr=False)


def refused(place: Place, why: str, *, retryable: bool = False) -> StorageError:
    """A StorageError that names the database and says why, with the password hidden."""
    message = f"database {place.label}: {why}"
    error = StorageError(message.replace(place.secret, "***") if place.secret else message)
    error.retryable = retryable
    return error


def explained(place: Place, error: SQLAlchemyError) -> StorageError:
    """What people read of a driver's error."""
    if isinstance(error, PoolTimeout):
        return refused(place, "all its connections are busy", retryable=True)
    if not isinstance(error, DBAPIError) or error.orig is None:
        return refused(place, _first_line(error))
    words = _known(error.orig)
    if words is not None:
        why, retryable = words
        return refused(place, f"{why} ({_first_line(error.orig)})", retryable=retryable)
    return refused(place, _first_line(error.orig), retryable=True)


def _known(error: BaseException) -> tuple[str, bool] | None:
    name = getattr(error, "sqlite_errorname", None)
    if name == "SQLITE_ERROR" and "no such table" in str(error):
        return f"the schema is not there; {UPGRADE}", False
    code, table = (name, _SQLITE) if name else (getattr(error, "sqlstate", None), _POSTGRES)
    return next(((why, again) for start, why, again in table if (code or "").startswith(start)), None)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__
