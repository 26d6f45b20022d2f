"""The service's own pulse, and the counts for `claimwatch health`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select

from domain.outlets import SourceStatus
from domain.views import OVERDUE, RECENT_GAP, HealthReport
from storage.database import Database
from storage.outbox import disabled_channels
from storage.rows import insert
from storage.schema import (
    DELIVERY_DEAD,
    DELIVERY_PENDING,
    ENTRY_PENDING,
    articles,
    deliveries,
    entries,
    matches,
    meta,
    sources,
)

_HEARTBEAT, _STOPPED, _REFUSED = "heartbeat", "stopped", "configuration_refused"


class SqlHealthStore:
    """The port ``HealthStore`` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, now: datetime) -> None:
        """A daemon lives; of several, the last one to say so counts."""
        with self._database.transaction() as connection:
            _put(connection, _HEARTBEAT, now)
            connection.execute(delete(meta).where(meta.c.name == _STOPPED))

    def rest(self, now: datetime) -> None:
        """A daemon stopped in good order."""
        with self._database.transaction() as connection:
            _put(connection, _STOPPED, now)

    def refuse_configuration(self, why: str, now: datetime) -> None:
        """The configuration on disk is refused; the first refusal's time is kept."""
        with self._database.transaction() as connection:
            put = insert(connection, meta).values(name=_REFUSED, at=now, note=why)
            connection.execute(put.on_conflict_do_update(index_elements=["name"], set_={"note": put.excluded.note}))

    def accept_configuration(self) -> None:
        """The configuration on disk is in use."""
        with self._database.transaction() as connection:
            connection.execute(delete(meta).where(meta.c.name == _REFUSED))

    def report(self) -> HealthReport:
        """Counts and times of one instant; every status word is there, with 0 where none has it."""
        oldest = select(func.min(deliveries.c.first_due_at)).where(DELIVERY_PENDING)
        with self._database.read() as connection:
            heartbeat_at = _at(connection, _HEARTBEAT)
            return HealthReport(
                heartbeat_at=heartbeat_at,
                stopped_at=_at(connection, _STOPPED),
                refused_at=_at(connection, _REFUSED),
                refused_why=connection.scalar(select(meta.c.note).where(meta.c.name == _REFUSED)),
                sources=_sources(connection),
                overdue_sources=_overdue(connection, heartbeat_at),
                gap_sources=_gaps(connection, heartbeat_at),
                pending_entries=_count(connection, entries, ENTRY_PENDING),
                pending_deliveries=_count(connection, deliveries, DELIVERY_PENDING),
                dead_deliveries=_count(connection, deliveries, DELIVERY_DEAD),
                oldest_pending_delivery_at=connection.scalar(oldest),
                disabled_channels=disabled_channels(connection),
                articles=_count(connection, articles),
                matches=_count(connection, matches),
            )


def _put(connection: Connection, name: str, now: datetime) -> None:
    put = insert(connection, meta).values(name=name, at=now)
    connection.execute(put.on_conflict_do_update(index_elements=["name"], set_={"at": put.excluded.at}))


def _at(connection: Connection, name: str) -> datetime | None:
    return connection.scalar(select(meta.c.at).where(meta.c.name == name))


def _overdue(connection: Connection, heartbeat_at: datetime | None) -> int:
    if heartbeat_at is None:
        return 0
    return _count(connection, sources, sources.c.active, sources.c.next_poll_at < heartbeat_at - OVERDUE)


def _gaps(connection: Connection, heartbeat_at: datetime | None) -> int:
    if heartbeat_at is None:
        return 0
    return _count(connection, sources, sources.c.active, sources.c.gap_at >= heartbeat_at - RECENT_GAP)


def _sources(connection: Connection) -> Mapping[str, int]:
    query = select(sources.c.status, func.count()).where(sources.c.active).group_by(sources.c.status)
    found: dict[SourceStatus, int] = dict(connection.execute(query).all())
    return MappingProxyType({status.value: found.get(status, 0) for status in SourceStatus})


def _count(connection: Connection, table: Table, *conditions: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()
