"""Migrations lead to the schema that the stores use, down to the last default, by what the databases say themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from storage import migrate
from storage.database import Database
from storage.schema import metadata
from tests.migration.shapes import Shape, shape_of

_PARENT = "CREATE TABLE o (id TEXT NOT NULL PRIMARY KEY)"
_TABLE = (
    "CREATE TABLE t (id TEXT NOT NULL, n INTEGER DEFAULT 1, o TEXT, "
    "CONSTRAINT pk_t PRIMARY KEY (id), CONSTRAINT uq_t UNIQUE (n), CONSTRAINT ck_t CHECK (n > 0), "
    "CONSTRAINT fk_t FOREIGN KEY (o) REFERENCES o (id))"
)
_INDEX = "CREATE INDEX ix_t ON t (o) WHERE n > 5"
_CHANGES = {
    "type": ("n INTEGER", "n BIGINT"),
    "nullability": ("o TEXT,", "o TEXT NOT NULL,"),
    "default": ("DEFAULT 1", "DEFAULT 2"),
    "no default": ("DEFAULT 1", ""),
    "column": ("o TEXT,", "o TEXT, x TEXT,"),
    "primary key": ("PRIMARY KEY (id)", "PRIMARY KEY (id, n)"),
    "unique": ("UNIQUE (n)", "UNIQUE (n, o)"),
    "check": ("n > 0", "n > 1"),
    "foreign key": ("REFERENCES o (id)", "REFERENCES o (id) ON DELETE CASCADE"),
    "index column": ("ON t (o)", "ON t (n)"),
    "index rows": ("n > 5", "n > 6"),
    "index unique": ("CREATE INDEX", "CREATE UNIQUE INDEX"),
}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database.open(database_url)
    yield database
    database.close()


def test_migrations_and_schema_are_the_same_to_the_database(database: Database) -> None:
    migrate.upgrade(database)
    migrated = shape_of(database)
    with database.transaction() as connection:
        metadata.drop_all(connection)

    with database.transaction() as connection:
        metadata.create_all(connection)

    assert set(migrated) == {table.name for table in metadata.tables.values()}
    assert shape_of(database) == migrated


@pytest.mark.parametrize("what", list(_CHANGES))
def test_every_kind_of_difference_is_seen(database: Database, what: str) -> None:
    old, new = _CHANGES[what]
    statements = (_PARENT, _TABLE, _INDEX)
    before = _made(database, *statements)

    after = _made(database, *(statement.replace(old, new) for statement in statements))

    assert after != before
    assert before == _made(database, *statements)


def _made(database: Database, *statements: str) -> Shape:
    with database.transaction() as connection:
        for statement in ("DROP TABLE IF EXISTS t", "DROP TABLE IF EXISTS o", *statements):
            connection.execute(text(statement))
    return shape_of(database)
