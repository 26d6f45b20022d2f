"""What a database says of its own schema, and what in a newer schema would break a program made for an older one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import inspect, text
from sqlalchemy.engine.reflection import Inspector

from storage.database import Database
from storage.schema import KEY_INDEX

_INDEXES = {
    "sqlite": "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    "postgresql": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column as reflected."""

    type: str
    nullable: bool
    #: SQL of the server's default, None without one.
    default: str | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as reflected; whatever restricts its rows is a rule, written as text."""

    columns: Mapping[str, Column] = field(default_factory=dict)
    #: Primary key, foreign keys, uniques, checks and unique indexes.
    rules: frozenset[str] = frozenset()
    #: The other indexes, by their SQL.
    indexes: frozenset[str] = frozenset()


Shape = Mapping[str, Table]


def shape_of(database: Database) -> Shape:
    """Every table but Alembic's own."""
    with database.read() as connection:
        inspector = inspect(connection)
        indexes = [
            (table, " ".join(sql.split())) for table, _, sql in connection.execute(text(_INDEXES[database.dialect]))
        ]
        names = [name for name in inspector.get_table_names() if name != "alembic_version" and not is_of_index(name)]
        return {name: _table(inspector, name, [sql for table, sql in indexes if table == name]) for name in names}


def is_of_index(table: str) -> bool:
    """Is it SQLite's index of keys, or one of the tables that it makes for itself?"""
    return table.startswith(KEY_INDEX)


def _table(inspector: Inspector, name: str, indexes: Iterable[str]) -> Table:
    unique = frozenset(sql for sql in indexes if "UNIQUE" in sql)
    return Table(
        columns={column["name"]: _column(column) for column in inspector.get_columns(name)},
        rules=unique | frozenset(_rules(inspector, name)),
        indexes=frozenset(indexes) - unique,
    )


def _column(found: Mapping[str, Any]) -> Column:
    return Column(type=repr(found["type"]), nullable=found["nullable"], default=found["default"])


def _rules(inspector: Inspector, table: str) -> Iterator[str]:
    yield f"primary key {inspector.get_pk_constraint(table)}"
    for key in inspector.get_foreign_keys(table):
        yield f"foreign key {sorted(key.items(), key=lambda item: item[0])}"
    for unique in inspector.get_unique_constraints(table):
        yield f"unique {unique['name']} {unique['column_names']}"
    for check in inspector.get_check_constraints(table):
        yield f"check {check['name']} {check['sqltext']}"


def breaks(old: Shape, new: Shape) -> list[str]:
    """Why a daemon made for the old schema could fail on the new one, as sentences; empty when it cannot.

    It runs on while another brings the schema up to date: it must find each table and column that it
    knows, may leave out each that it does not know, and must not meet a rule that it does not keep.
    """
    return [sentence for name, table in old.items() for sentence in _table_breaks(name, table, new.get(name))]


def _table_breaks(name: str, old: Table, new: Table | None) -> Iterator[str]:
    if new is None:
        yield f"the table {name} is gone"
        return
    for column, was in old.columns.items():
        yield from _column_breaks(f"{name}.{column}", was, new.columns.get(column))
    for column in new.columns.keys() - old.columns.keys():
        added = new.columns[column]
        if not added.nullable and added.default is None:
            yield f"{name}.{column} is new and must be given"
    yield from (f"{name} has a new rule: {rule}" for rule in sorted(new.rules - old.rules))


def _column_breaks(name: str, was: Column, now: Column | None) -> Iterator[str]:
    if now is None:
        yield f"{name} is gone"
    elif now.type != was.type:
        yield f"{name} was {was.type} and is {now.type}"
    elif was.nullable and not now.nullable:
        yield f"{name} must be given now"
