"""What the storage fakes stand on: tables in memory, one writer at a time, rollback, and the door."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from threading import RLock
from typing import Any, TypeVar

from domain.alerts import Alert, Attempt, Delivery, DeliveryState
from domain.articles import Article, StoredEntry
from domain.errors import LeaseLost, StorageError
from domain.jobs import JobKind, Lease
from domain.matches import Match
from domain.outcomes import JobEnd
from domain.outlets import Poll, Source, SourceState
from domain.ports import FARTHEST_RETRY, FARTHEST_WAIT
from domain.time import as_utc

_T = TypeVar("_T")


@dataclass
class Hold:
    """A lease's row: who holds the job, and what is remembered of its tries."""

    lane: str
    token: str | None = None
    until: datetime | None = None
    attempts: int = 0
    not_before: datetime | None = None

    def live(self, now: datetime) -> bool:
        return self.token is not None and self.until is not None and self.until > now


@dataclass
class Tables:
    """Everything stored; values are frozen or replaced, never changed in place."""

    catalogue: dict[str, Source] = field(default_factory=dict)
    source_lanes: dict[str, str] = field(default_factory=dict)
    active: dict[str, bool] = field(default_factory=dict)
    states: dict[str, SourceState] = field(default_factory=dict)
    polls: dict[str, Poll] = field(default_factory=dict)
    entries: dict[str, StoredEntry] = field(default_factory=dict)
    retry_at: dict[str, datetime | None] = field(default_factory=dict)
    articles: dict[str, Article] = field(default_factory=dict)
    keys: dict[str, frozenset[str]] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    matches: dict[str, Match] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    first_due: dict[str, datetime] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    holds: dict[tuple[JobKind, str], Hold] = field(default_factory=dict)
    lanes: dict[str, datetime] = field(default_factory=dict)
    disabled: dict[str, str] = field(default_factory=dict)
    heartbeat: datetime | None = None
    refused: tuple[datetime, str] | None = None
    stopped: datetime | None = None


class Memory:
    """The tables, one writer at a time, and rollback."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.tables = Tables()

    @contextmanager
    def using(self) -> Iterator[Tables]:
        with self.lock:
            before = Tables(**{f.name: _copied(getattr(self.tables, f.name)) for f in fields(Tables)})
            try:
                yield self.tables
            except BaseException:
                self.tables = before
                raise


def _copied(table: Any) -> Any:
    if not isinstance(table, dict):
        return table
    return {key: copy(row) if isinstance(row, Hold) else row for key, row in table.items()}


def stored_form(value: _T) -> _T:
    """The value as a database gives it back: UTC, and no character that none can hold."""
    return _through_door(value)  # type: ignore[no-any-return]


def _through_door(value: Any) -> Any:
    if type(value) is str:
        return "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in value)
    if isinstance(value, datetime):
        return as_utc(value)
    if isinstance(value, tuple):
        return tuple(_through_door(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _through_door(getattr(value, f.name)) for f in fields(value)})
    return value


class Store:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory


def newest_first(rows: Iterable[_T], moment: Any, id_of: Any) -> list[_T]:
    return sorted(sorted(rows, key=id_of), key=moment, reverse=True)


def demand(condition: bool, message: str) -> None:
    if not condition:
        raise StorageError(message)


def end_lease(tables: Tables, end: JobEnd) -> str | None:
    if end.lease is None:
        return None
    hold = held(tables, end.lease)
    del tables.holds[end.lease.kind, end.lease.key]
    return hold.lane


def held(tables: Tables, lease: Lease) -> Hold:
    hold = tables.holds.get((lease.kind, lease.key))
    if hold is None or hold.token != lease.token:
        raise LeaseLost(f"{lease.kind} {lease.key}")
    return hold


def unbar(tables: Tables, kind: JobKind, key: str) -> None:
    if (kind, key) in tables.holds:
        tables.holds[kind, key].not_before = None


def free_lane(tables: Tables, lane: str, end: JobEnd) -> None:
    tables.lanes.pop(lane, None)
    if end.lane_free_at is not None:
        tables.lanes[lane] = as_utc(end.lane_free_at)


def earlier(moment: datetime | None, latest: datetime) -> datetime | None:
    return None if moment is None else min(moment, latest)


def pull_back(tables: Tables, now: datetime) -> None:
    """What a clock that ran ahead has left, but for the sources."""
    latest = now + FARTHEST_WAIT
    tables.retry_at = {key: earlier(due, now + FARTHEST_RETRY) for key, due in tables.retry_at.items()}
    tables.lanes = {lane: min(free_at, latest) for lane, free_at in tables.lanes.items()}
    for key, row in tables.deliveries.items():
        if row.state is DeliveryState.PENDING:
            due = min(row.next_attempt_at, latest)
            tables.deliveries[key] = replace(row, next_attempt_at=due)
            tables.first_due[key] = min(tables.first_due[key], due)
    for hold in tables.holds.values():
        hold.not_before, hold.until = earlier(hold.not_before, latest), earlier(hold.until, latest)
