"""Bringing a database's schema to this program's: Alembic, from the scripts inside this package."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from storage.database import Database
from storage.explain import UPGRADE
from storage.impatient import unhurried

_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> tuple[str, ...]:
    """Apply what is missing, all of it or nothing; harmless when nothing is.

    Returns:
        The revisions applied, in order.

    Raises:
        StorageError: the schema is of a newer program, or the database refused.
    """
    applied: list[str] = []
    with database.transaction() as connection, unhurried(connection):
        _alone(connection)
        config = _config()
        config.attributes["connection"] = connection
        config.attributes["applied"] = applied
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise database.error(_newer(_revision(connection))) from error
    return tuple(applied)


def current(database: Database) -> str | None:
    """The revision of the database's schema, None where it has none."""
    with database.read() as connection:
        return _revision(connection)


def head() -> str:
    """The revision that this program needs."""
    return _script().get_current_head() or ""


def check_compatible(database: Database) -> None:
    """Make sure that this program and the database's schema fit.

    Raises:
        StorageError: the schema is absent, older or newer; the message says the mend.
    """
    revision = current(database)
    if revision == head():
        return
    if revision is None:
        raise database.error(f"it has no schema yet; {UPGRADE}")
    known = {script.revision for script in _script().walk_revisions()}
    if revision in known:
        raise database.error(f"its schema is {revision}, this program needs {head()}; {UPGRADE}")
    raise database.error(_newer(revision))


def _newer(revision: str | None) -> str:
    return (
        f"its schema ({revision}) is of a newer claimwatch; install that version, or restore a backup "
        f"and {UPGRADE} with this one"
    )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _alone(connection: Connection) -> None:
    """Two upgrades at once wait for each other; a large table takes the time that it takes."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(7262615802)"))
