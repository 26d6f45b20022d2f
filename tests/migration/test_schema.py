"""Migrations lead from nothing to exactly the schema that the stores use."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from domain.errors import StorageError
from storage import migrate
from storage.database import Database
from storage.schema import metadata
from tests.migration.shapes import is_of_index


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database.open(database_url)
    yield database
    database.close()


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_migrations_lead_to_the_schema(database: Database) -> None:
    migrate.upgrade(database)

    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_ours})
        differences = compare_metadata(context, metadata)

    assert differences == []


def test_migrations_make_the_same_indexes_as_the_schema(database: Database) -> None:
    migrate.upgrade(database)
    migrated = _definitions(database)
    with database.transaction() as connection:
        metadata.drop_all(connection)

    with database.transaction() as connection:
        metadata.create_all(connection)

    assert _definitions(database) == migrated


def test_upgrade_applies_every_revision_once(database: Database) -> None:
    applied = migrate.upgrade(database)

    assert applied == ("0001",)
    assert migrate.upgrade(database) == ()
    assert migrate.current(database) == migrate.head() == applied[-1]


def test_upgrade_that_fails_leaves_nothing(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE meta (name TEXT)"))

    with pytest.raises(StorageError):
        migrate.upgrade(database)

    with database.read() as connection:
        assert inspect(connection).get_table_names() == ["meta"]


def test_current_of_an_empty_database_is_none(database: Database) -> None:
    assert migrate.current(database) is None


def test_check_accepts_the_schema_of_this_program(database: Database) -> None:
    migrate.upgrade(database)

    migrate.check_compatible(database)


def test_check_of_an_empty_database_says_the_mend(database: Database) -> None:
    with pytest.raises(StorageError, match="no schema yet; run `claimwatch db upgrade`") as raised:
        migrate.check_compatible(database)

    assert not raised.value.retryable


def test_check_of_an_older_schema_says_the_mend(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate.upgrade(database)
    monkeypatch.setattr(migrate, "head", lambda: "9999")

    with pytest.raises(StorageError, match="schema is 0001, this program needs 9999; run `claimwatch db upgrade`"):
        migrate.check_compatible(database)


@pytest.mark.parametrize("act", [migrate.check_compatible, migrate.upgrade])
def test_a_newer_schema_is_left_alone(database: Database, act: Callable[[Database], object]) -> None:
    migrate.upgrade(database)
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StorageError, match=r"schema \(9999\) is of a newer claimwatch"):
        act(database)


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name is None or not is_of_index(name)


def _definitions(database: Database) -> list[tuple[str, str]]:
    """Every index by name with the SQL that makes it."""
    query = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name",
        "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname",
    }[database.dialect]
    with database.read() as connection:
        rows = connection.execute(text(query)).all()
    return [(str(name), " ".join(str(made).split())) for name, made in rows if name != "alembic_version_pkc"]
