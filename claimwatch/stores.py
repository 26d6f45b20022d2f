"""Opens the database with its stores; all that the verbs need which only ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from claimwatch.config.settings import Settings
from domain.errors import StorageError
from storage.database import Database
from storage.migrate import check_compatible, upgrade
from storage.stores import Stores


@contextmanager
def open_stores(settings: Settings, *, migrate: bool) -> Iterator[tuple[Database, Stores]]:
    """The database of a configuration and its stores; see ``open_stores_at``."""
    with open_stores_at(settings.database_url, migrate=migrate) as opened:
        yield opened


@contextmanager
def open_stores_at(url: str, *, migrate: bool) -> Iterator[tuple[Database, Stores]]:
    """The database at an address and its stores.

    Args:
        url: where it is.
        migrate: bring the schema up to date; otherwise a schema that does not fit is an error.

    Raises:
        StorageError: the database cannot be opened, or its schema does not fit this release.
    """
    if not migrate:
        _check_exists(url)
    database = Database.open(url)
    try:
        if migrate:
            upgrade(database)
        check_compatible(database)
        yield database, Stores.over(database)
    finally:
        database.close()


def _check_exists(url: str) -> None:
    """Who only asks must not leave an empty database behind.

    Raises:
        StorageError: there is no file.
    """
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not path.exists():
        raise StorageError(f"there is no database at {path} yet; `claimwatch run` makes it")
