"""Alerts and their deliveries: the transactional outbox."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import ColumnElement, Connection, delete, select, update

from domain.alerts import Alert, Attempt, Delivery, DeliveryState
from domain.jobs import JobKind
from domain.outcomes import AttemptOutcome
from domain.views import AlertFilter, DeliveryFilter, DeliveryRow
from domain.watches import Severity
from storage.database import Database
from storage.fencing import channel_lane, end_lease, free_lane
from storage.rows import alert_of, insert, noun_of, row_of
from storage.schema import DELIVERY_DEAD, alerts, attempts, channels, deliveries, leases

_DELIVERIES = select(deliveries, alerts).join(alerts, alerts.c.id == deliveries.c.alert_id)

#: Most ids in one statement; SQLite takes 32,766 values at most.
_CHUNK = 500


class SqlOutbox:
    """The port ``Outbox`` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def delivery(self, delivery_id: str) -> tuple[Delivery, Alert] | None:
        """One delivery with its alert, None if unknown."""
        with self._database.read() as connection:
            row = connection.execute(_DELIVERIES.where(deliveries.c.id == delivery_id)).mappings().one_or_none()
        return None if row is None else (noun_of(Delivery, deliveries, row), alert_of(row))

    def record_attempt(self, outcome: AttemptOutcome) -> None:
        """Store a try, the delivery's new state and, if asked, that the channel is disabled."""
        delivery = outcome.delivery
        with self._database.transaction() as connection:
            held = end_lease(connection, outcome.end)
            known = update(deliveries).where(deliveries.c.id == delivery.id)
            values = {name: value for name, value in row_of(delivery).items() if name not in ("id", "alert_id")}
            connection.execute(known.values(**values))
            connection.execute(insert(connection, attempts).on_conflict_do_nothing(), row_of(outcome.attempt))
            if outcome.channel_disabled is not None:
                _disable(connection, delivery.channel, outcome.channel_disabled)
            free_lane(connection, held or channel_lane(delivery.channel), outcome.end)

    def disabled_channels(self) -> Mapping[str, str]:
        """Channel name to the reason why it takes no more messages."""
        with self._database.read() as connection:
            return disabled_channels(connection)

    def enable_channel(self, name: str) -> bool:
        """Let a disabled channel be used again; returns False if it was not disabled."""
        with self._database.transaction() as connection:
            return bool(connection.execute(delete(channels).where(channels.c.name == name)).rowcount)

    def replay(self, delivery_ids: Sequence[str], now: datetime) -> int:
        """Make dead deliveries pending and due, also where a crash had pushed them forward."""
        with self._database.transaction() as connection:
            return sum(_replay(connection, ids, now) for ids in _chunks(sorted(set(delivery_ids))))

    def dead(self) -> tuple[str, ...]:
        """Ids of all dead deliveries, oldest alert first."""
        joined = select(deliveries.c.id).join(alerts, alerts.c.id == deliveries.c.alert_id)
        query = joined.where(DELIVERY_DEAD).order_by(alerts.c.created_at, deliveries.c.id)
        with self._database.read() as connection:
            return tuple(connection.execute(query).scalars())

    def list(self, filter: DeliveryFilter) -> tuple[DeliveryRow, ...]:
        """Those of the newest alerts first."""
        wanted = ((deliveries.c.state, filter.state), (deliveries.c.channel, filter.channel))
        query = _DELIVERIES.where(*(column == value for column, value in wanted if value is not None))
        newest = query.order_by(alerts.c.created_at.desc(), deliveries.c.id).limit(filter.limit)
        with self._database.read() as connection:
            rows = connection.execute(newest).mappings().all()
            tries = _attempts(connection, [row[deliveries.c.id] for row in rows])
        return tuple(
            DeliveryRow(
                delivery=noun_of(Delivery, deliveries, row),
                alert=alert_of(row),
                attempts=tuple(tries[row[deliveries.c.id]]),
            )
            for row in rows
        )

    def alerts(self, filter: AlertFilter) -> tuple[Alert, ...]:
        """Newest first."""
        query = select(alerts).where(*_alert_conditions(filter))
        newest = query.order_by(alerts.c.created_at.desc(), alerts.c.id).limit(filter.limit)
        with self._database.read() as connection:
            return tuple(map(alert_of, connection.execute(newest).mappings()))


def disabled_channels(connection: Connection) -> Mapping[str, str]:
    """Channel name to the reason why it takes no more messages."""
    rows = connection.execute(select(channels.c.name, channels.c.disabled).order_by(channels.c.name))
    return MappingProxyType(dict(rows.all()))


def _disable(connection: Connection, name: str, reason: str) -> None:
    statement = insert(connection, channels).values(name=name, disabled=reason)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"disabled": statement.excluded.disabled})
    )


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))


def _replay(connection: Connection, ids: Sequence[str], now: datetime) -> int:
    pushed = update(leases).where(leases.c.kind == JobKind.DELIVERY, leases.c.key.in_(ids))
    connection.execute(pushed.values(not_before=None))
    dead = update(deliveries).where(deliveries.c.id.in_(ids), DELIVERY_DEAD)
    return connection.execute(dead.values(state=DeliveryState.PENDING, next_attempt_at=now, first_due_at=now)).rowcount


def _attempts(connection: Connection, delivery_ids: Sequence[str]) -> dict[str, list[Attempt]]:
    tries: dict[str, list[Attempt]] = defaultdict(list)
    for ids in _chunks(delivery_ids):
        query = select(attempts).where(attempts.c.delivery_id.in_(ids)).order_by(attempts.c.started_at, attempts.c.id)
        for row in connection.execute(query).mappings():
            tries[row["delivery_id"]].append(noun_of(Attempt, attempts, row))
    return tries


def _alert_conditions(filter: AlertFilter) -> list[ColumnElement[bool]]:
    enough = [severity for severity in Severity if severity.rank >= filter.min_severity.rank]
    conditions: list[ColumnElement[bool]] = [alerts.c.severity.in_(enough)]
    if filter.watch is not None:
        conditions.append(alerts.c.watch_id == filter.watch)
    if filter.since is not None:
        conditions.append(alerts.c.created_at >= filter.since)
    return conditions
