"""``LeaseStore`` in memory; see ``tests.fakes.storage``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from domain.alerts import DeliveryState
from domain.ids import random_id
from domain.jobs import Job, JobKind, Lease
from domain.net import lane_of
from domain.time import as_utc
from tests.fakes.memory import (
    Hold,
    Store,
    Tables,
    held,
)


class MemoryLeaseStore(Store):
    """``LeaseStore`` in memory."""

    def claim(self, *, now: datetime, owner: str, lease_s: float, limits: Mapping[JobKind, int]) -> tuple[Job, ...]:
        now, jobs = as_utc(now), list[Job]()
        with self._memory.using() as tables:
            for kind in JobKind:
                left = limits.get(kind, 0)
                for _, key, lane in sorted(_due(tables, kind, now)):
                    job = self._hold(tables, kind, key, lane, now=now, lease_s=lease_s) if left > 0 else None
                    if job is not None:
                        jobs.append(job)
                        left -= 1
        return tuple(jobs)

    def take(self, *, kind: JobKind, key: str, lane: str, now: datetime, owner: str, lease_s: float) -> Job | None:
        with self._memory.using() as tables:
            return self._hold(tables, kind, key, lane, now=as_utc(now), lease_s=lease_s)

    def extend(self, lease: Lease, until: datetime) -> Lease:
        with self._memory.using() as tables:
            held(tables, lease).until = as_utc(until)
            return replace(lease, until=as_utc(until))

    def release(self, lease: Lease, *, not_before: datetime | None = None, error: str | None = None) -> None:
        with self._memory.using() as tables:
            hold = tables.holds.get((lease.kind, lease.key))
            if hold is not None and hold.token == lease.token:
                hold.token = hold.until = None
                hold.not_before = None if not_before is None else as_utc(not_before)
                hold.attempts -= 1 if error is None else 0

    def clear(self) -> int:
        with self._memory.using() as tables:
            held = [hold for hold in tables.holds.values() if hold.token is not None]
            for hold in held:
                hold.token = hold.until = None
            return len(held)

    @staticmethod
    def _hold(tables: Tables, kind: JobKind, key: str, lane: str, *, now: datetime, lease_s: float) -> Job | None:
        hold = tables.holds.get((kind, key), Hold(lane=lane))
        on_lane = [other for other in tables.holds.values() if other.lane == lane and other.token is not None]
        free_at = tables.lanes.get(lane)
        if hold.live(now) or any(other.live(now) for other in on_lane) or (free_at is not None and free_at > now):
            return None
        for other in on_lane:
            other.token = other.until = None
        until = now + timedelta(seconds=lease_s)
        held = Hold(lane=lane, token=random_id("lea"), until=until, attempts=hold.attempts + 1)
        tables.holds[kind, key] = held
        lease = Lease(kind=kind, key=key, token=held.token or "", until=until)
        return Job(kind=kind, key=key, lane=lane, attempt=held.attempts, lease=lease)


def _due(tables: Tables, kind: JobKind, now: datetime) -> Iterator[tuple[datetime, str, str]]:
    """(due, key, lane) of the work of a kind that nothing but its lane keeps back."""
    for due, key, lane in _waiting(tables, kind):
        hold = tables.holds.get((kind, key))
        barred = hold is not None and hold.not_before is not None and hold.not_before > now
        if due is not None and due <= now and not barred:
            yield due, key, lane


def _waiting(tables: Tables, kind: JobKind) -> Iterator[tuple[datetime | None, str, str]]:
    if kind is JobKind.POLL:
        for key, active in tables.active.items():
            if active:
                yield tables.states[key].next_poll_at, key, tables.source_lanes[key]
    elif kind is JobKind.ENTRY:
        for key, due in tables.retry_at.items():
            yield due, key, lane_of(tables.entries[key].entry.url)
    else:
        for row in tables.deliveries.values():
            if row.state is DeliveryState.PENDING:
                yield row.next_attempt_at, row.id, f"channel:{row.channel}"
