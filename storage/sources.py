"""The catalogue's sources and their state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, case, literal, select, update
from sqlalchemy.dialects import sqlite

from domain.jobs import JobKind
from domain.net import lane_of
from domain.outlets import Poll, Source, SourceState, SourceStatus
from domain.ports import FARTHEST_RETRY, FARTHEST_WAIT
from storage.columns import Utc
from storage.database import Database
from storage.fencing import bounded_lane
from storage.rows import Row, insert, noun_of
from storage.schema import DELIVERY_PENDING, deliveries, entries, leases, polls, sources
from storage.schema import lanes as free_lanes

#: What a source forgets when its address changes.
_VALIDATORS = ("etag", "last_modified", "body_sha256")


class SqlSourceStore:
    """The port ``SourceStore`` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sync(self, sources: Sequence[Source], lanes: Mapping[str, str], now: datetime) -> None:
        """Make the database list exactly these sources."""
        with self._database.transaction() as connection:
            _pull_holds_back(connection, now)
            _put(connection, sources, lanes, now)
            left = _TABLE.c.id.not_in([source.id for source in sources])
            connection.execute(update(_TABLE).where(_TABLE.c.active, left).values(active=False))
            _pull_work_back(connection, now)

    def add(self, sources: Sequence[Source], lanes: Mapping[str, str], now: datetime) -> None:
        """Take these sources into the catalogue and leave all else alone."""
        with self._database.transaction() as connection:
            _put(connection, sources, lanes, now)

    def state(self, source_id: str) -> SourceState | None:
        """The state of one source, in the catalogue or not."""
        with self._database.read() as connection:
            row = connection.execute(_STATES.where(_TABLE.c.id == source_id)).mappings().one_or_none()
        return None if row is None else SourceState(**row)

    def states(self) -> Mapping[str, SourceState]:
        """The state of every source in the catalogue, by id."""
        with self._database.read() as connection:
            rows = connection.execute(_STATES.where(_TABLE.c.active).order_by(_TABLE.c.id)).mappings().all()
        return MappingProxyType({row["source_id"]: SourceState(**row) for row in rows})

    def make_due(self, source_ids: Sequence[str], now: datetime) -> int:
        """Let these sources be polled next, also where a crash had pushed them forward."""
        wanted = list(source_ids)
        earlier = case((_TABLE.c.next_poll_at <= now, _TABLE.c.next_poll_at), else_=now)
        with self._database.transaction() as connection:
            pushed = update(leases).where(leases.c.kind == JobKind.POLL, leases.c.key.in_(wanted))
            connection.execute(pushed.values(not_before=None))
            due = update(_TABLE).where(_TABLE.c.active, _TABLE.c.id.in_(wanted)).values(next_poll_at=earlier)
            return connection.execute(due).rowcount

    def polls(self, source_id: str, limit: int = 20) -> tuple[Poll, ...]:
        """The last polls of a source, newest first."""
        newest = (polls.c.started_at.desc(), polls.c.id)
        query = select(polls).where(polls.c.source_id == source_id).order_by(*newest).limit(limit)
        with self._database.read() as connection:
            return tuple(noun_of(Poll, polls, row) for row in connection.execute(query).mappings())


#: The table, under a name that no parameter hides.
_TABLE = sources

_STATES = select(
    _TABLE.c.id.label("source_id"),
    *(
        _TABLE.c[name]
        for name in (
            "status",
            *_VALIDATORS,
            "failures",
            "last_error",
            "polled_at",
            "succeeded_at",
            "newest_entry_at",
            "gap_at",
            "next_poll_at",
        )
    ),
)


def _put(connection: Connection, listed: Sequence[Source], lanes: Mapping[str, str], now: datetime) -> None:
    rows = [_new_row(source, lanes, now) for source in sorted(listed, key=lambda source: source.id)]
    if rows:
        connection.execute(_merge(insert(connection, _TABLE), now + FARTHEST_WAIT), rows)


def _new_row(source: Source, lanes: Mapping[str, str], now: datetime) -> Row:
    return {
        "id": source.id,
        "outlet_id": source.outlet_id,
        "url": source.url,
        "lane": bounded_lane(lanes.get(source.id) or lane_of(source.url)),
        "active": True,
        "status": SourceStatus.NEW,
        "failures": 0,
        "next_poll_at": now,
    }


def _merge(statement: sqlite.Insert, latest: datetime) -> sqlite.Insert:
    """Known sources keep their state; a new address makes them forget validators and be due.

    Args:
        statement: the insert to complete.
        latest: no known source stays due later.
    """
    new, same = statement.excluded, statement.excluded.url == _TABLE.c.url
    changed: Row = {name: new[name] for name in ("outlet_id", "url", "lane", "active")}
    changed |= {name: case((same, _TABLE.c[name]), else_=None) for name in _VALIDATORS}
    due_at = _TABLE.c.next_poll_at
    changed["next_poll_at"] = case((~same, new.next_poll_at), (due_at > latest, literal(latest, Utc)), else_=due_at)
    return statement.on_conflict_do_update(index_elements=["id"], set_=changed)


def _pull_holds_back(connection: Connection, now: datetime) -> None:
    """Before anything else, by the lock order of ``storage.fencing``."""
    _pull_back(connection, leases.c.not_before, now + FARTHEST_WAIT)
    _pull_back(connection, leases.c.leased_until, now + FARTHEST_WAIT)


def _pull_work_back(connection: Connection, now: datetime) -> None:
    _pull_back(connection, entries.c.retry_at, now + FARTHEST_RETRY)
    _pull_back(connection, deliveries.c.next_attempt_at, now + FARTHEST_WAIT, DELIVERY_PENDING)
    _pull_back(connection, deliveries.c.first_due_at, deliveries.c.next_attempt_at, DELIVERY_PENDING)
    _pull_back(connection, free_lanes.c.free_at, now + FARTHEST_WAIT)


def _pull_back(
    connection: Connection, column: Column[Any], latest: datetime | Column[Any], *rows: ColumnElement[bool]
) -> None:
    """A time that only a clock that ran ahead can have left."""
    connection.execute(update(column.table).where(column > latest, *rows).values({column: latest}))
