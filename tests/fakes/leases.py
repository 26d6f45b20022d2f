"""``LeaseStore`` in memory; see ``tests.fakes.storage``."""

from __future__ import annotations

import sys
from collections import Counter
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

#: More jobs of one group than this in a lane are "many".
MANY = 50


class MemoryLeaseStore(Store):
    """``LeaseStore`` in memory."""

    def claim(
        self, *, now: datetime, owner: str, lease_s: float, limits: Mapping[JobKind, int], share: int | None = None
    ) -> tuple[Job, ...]:
        now, jobs = as_utc(now), list[Job]()
        with self._memory.using() as tables:
            for kind in JobKind:
                fair = sorted(_turns(tables, kind, now, share or sys.maxsize))
                for _, _, key, lane in fair[: limits.get(kind, 0)]:
                    job = self._hold(tables, kind, key, lane, now=now, lease_s=lease_s)
                    jobs += [job] if job is not None else []
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

    def forget(self, before: datetime) -> int:
        before = as_utc(before)
        with self._memory.using() as tables:
            waiting = {(kind, key) for kind in JobKind for due, key, _ in _waiting(tables, kind) if due is not None}
            held = {key for key, hold in tables.holds.items() if hold.token and hold.until and hold.until >= before}
            over = tables.holds.keys() - waiting - held
            free = [lane for lane, free_at in tables.lanes.items() if free_at < before]
            for key in over:
                del tables.holds[key]
            for lane in free:
                del tables.lanes[lane]
            return len(over) + len(free)

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


def _turns(tables: Tables, kind: JobKind, now: datetime, share: int) -> Iterator[tuple[int, datetime, str, str]]:
    """(turn, due, key, lane): a job of each open lane, and the how many-th of its group it would be."""
    turns = Counter(
        _group(tables, kind, key) for (of, key), hold in tables.holds.items() if of is kind and hold.live(now)
    )
    firsts: dict[str, tuple[int, datetime, str]] = {}
    for due, key, lane, rivals in _due(tables, kind, now):
        place = (min(rivals, MANY), due, key)
        if turns[_group(tables, kind, key)] < share:
            firsts[lane] = min(firsts.get(lane, place), place)
    for lane, (_, due, key) in sorted(firsts.items(), key=lambda first: first[1][1:]):
        group = _group(tables, kind, key)
        turns[group] += 1
        if turns[group] <= share:
            yield turns[group], due, key, lane


def _due(tables: Tables, kind: JobKind, now: datetime) -> Iterator[tuple[datetime, str, str, int]]:
    """(due, key, lane, jobs of its group in the lane) of the work of a kind that nothing keeps back."""
    due = [(moment, key, lane) for moment, key, lane in _waiting(tables, kind) if moment is not None and moment <= now]
    waiting = Counter((lane, _group(tables, kind, key)) for _, key, lane in due)
    for moment, key, lane in due:
        hold = tables.holds.get((kind, key))
        barred = hold is not None and (hold.live(now) or (hold.not_before is not None and hold.not_before > now))
        if not barred and _is_open(tables, lane, now):
            yield moment, key, lane, waiting[lane, _group(tables, kind, key)]


def _is_open(tables: Tables, lane: str, now: datetime) -> bool:
    free_at = tables.lanes.get(lane)
    held = any(hold.lane == lane and hold.live(now) for hold in tables.holds.values())
    return not held and (free_at is None or free_at <= now)


def _group(tables: Tables, kind: JobKind, key: str) -> str:
    """Who shares with whom."""
    if kind is JobKind.POLL:
        return tables.catalogue[key].outlet_id
    if kind is JobKind.ENTRY:
        return tables.entries[key].entry.source_id
    return tables.deliveries[key].channel


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
