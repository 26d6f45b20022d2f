"""The stores under the contract: in memory, on SQLite and on PostgreSQL, empty for every test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import migrate
from storage.database import Database
from storage.schema import metadata
from storage.stores import Stores
from tests.fakes.storage import MemoryStores
from tests.postgres import fresh_database

#: What the contract runs on; both have the same attributes.
AnyStores = Stores | MemoryStores


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the schema and nothing else, to be copied."""
    path = tmp_path_factory.mktemp("contract") / "migrated.db"
    database = Database.open(f"sqlite:///{path}")
    migrate.upgrade(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> Iterator[Database]:
    """One PostgreSQL database with the schema, emptied before every test that uses it."""
    with fresh_database(postgres_server) as url:
        database = Database.open(url)
        migrate.upgrade(database)
        yield database
        database.close()


@pytest.fixture
def sqlite_database(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database."""
    path = tmp_path / "claimwatch.db"
    shutil.copyfile(migrated_sqlite, path)
    database = Database.open(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def postgres_database(migrated_postgres: Database) -> Database:
    """An empty PostgreSQL database."""
    tables = ", ".join(table.name for table in metadata.tables.values())
    with migrated_postgres.transaction() as connection:
        connection.execute(text(f"TRUNCATE {tables}"))
    return migrated_postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty database of each kind in turn."""
    found = request.getfixturevalue("sqlite_database" if request.param == "sqlite" else "postgres_database")
    assert isinstance(found, Database)
    return found


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest) -> AnyStores:
    """Empty stores: the fake, then each kind of database."""
    if request.param == "memory":
        return MemoryStores()
    name = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    return Stores.over(request.getfixturevalue(name))
