"""Domain objects to rows and back, for every noun that is stored.

A table's columns are named as the fields of its noun, so most of this is one rule; what a noun
nests (an entry in its state, mentions, an alert's content) is spelled out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, asdict, fields
from typing import Any, ClassVar, Protocol, TypeVar, cast

from sqlalchemy import Connection, RowMapping, Table
from sqlalchemy.dialects import postgresql, sqlite

from domain.alerts import Alert, AlertContent, Quote
from domain.articles import Entry, StoredEntry
from domain.matches import Match, Mention
from domain.time import as_utc, from_iso
from storage.schema import alerts, entries, matches


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


_Noun = TypeVar("_Noun", bound=_Dataclass)

Row = dict[str, Any]


def insert(connection: Connection, table: Table) -> sqlite.Insert:
    """An INSERT that knows ON CONFLICT; both dialects spell it alike, so one type stands for both."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return cast(sqlite.Insert, postgresql.insert(table))


def row_of(noun: _Dataclass) -> Row:
    """The fields of a noun by name, nested objects as they are."""
    return {field.name: getattr(noun, field.name) for field in fields(noun)}


def noun_of(kind: type[_Noun], table: Table, row: RowMapping) -> _Noun:
    """The noun in the columns of ``table`` of a row that may hold other tables' columns too."""
    return kind(**{field.name: row[table.c[field.name]] for field in fields(kind)})


def entry_row(stored: StoredEntry) -> Row:
    """The row of an entry in its state, without ``lane`` and ``retry_at``."""
    row = row_of(stored)
    return row_of(row.pop("entry")) | row


def entry_of(row: RowMapping) -> StoredEntry:
    """The entry of a row, with its state."""
    state = {field.name: row[entries.c[field.name]] for field in fields(StoredEntry) if field.name != "entry"}
    return StoredEntry(entry=noun_of(Entry, entries, row), **state)


def match_row(match: Match) -> Row:
    """The row of a match, without ``dated_at``."""
    return row_of(match) | {"mentions": [asdict(mention) for mention in match.mentions]}


def match_of(row: RowMapping) -> Match:
    """The match of a row."""
    values = {field.name: row[matches.c[field.name]] for field in fields(Match)}
    values["mentions"] = tuple(Mention(**mention) for mention in values["mentions"])
    return Match(**values)


def alert_row(alert: Alert) -> Row:
    """The row of an alert; its content becomes JSON with ISO 8601 times."""
    content = asdict(alert.content)
    for name in ("published_at", "first_seen_at"):
        content[name] = content[name] and as_utc(content[name]).isoformat()
    return row_of(alert) | {"content": content}


def alert_of(row: RowMapping) -> Alert:
    """The alert of a row."""
    values = {field.name: row[alerts.c[field.name]] for field in fields(Alert)}
    values["content"] = _content(values["content"])
    return Alert(**values)


def _content(stored: Mapping[str, Any]) -> AlertContent:
    values = dict(stored)
    values["quotes"] = tuple(Quote(**quote) for quote in values["quotes"])
    for name in ("published_at", "first_seen_at"):
        values[name] = values[name] and from_iso(values[name])
    return AlertContent(**values)
