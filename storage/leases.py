"""Due work and who holds it: what the embedded engine stands on.

* A lease row outlives its hold: without a token it remembers tries and "not before"; the outcome's
  transaction deletes it. ``attempts`` counts the claims since the last success, but for those
  that were handed back without an error.
* Everything that makes or lengthens a hold is done by one transaction at a time (SQLite's write
  lock, an advisory lock on PostgreSQL), so that two workers never take two jobs of a lane. A
  unique index on the lanes that are held says the same once more.
* A hold that ran out still counts until somebody takes its job or its lane: a late result is
  stored when nobody was harmed, and refused with LeaseLost otherwise.
* ``take`` passes over due times and "not before" (a person asked), never over a lane that is
  held or not free yet: manners towards a host bind people too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Update, and_, delete, func, or_, select, update

from domain.ids import random_id
from domain.jobs import Job, JobKind, Lease
from storage.database import Database
from storage.due import NO_SHARE, due_jobs, is_live, is_over
from storage.fencing import bounded_lane, lease_lost
from storage.rows import insert
from storage.schema import lanes, leases

#: Any number, the same for ever: it names "whoever hands out work" among PostgreSQL's advisory locks.
_HANDING_OUT = 7_262_615_801


class SqlLeaseStore:
    """The port ``LeaseStore`` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(
        self, *, now: datetime, owner: str, lease_s: float, limits: Mapping[JobKind, int], share: int | None = None
    ) -> tuple[Job, ...]:
        """Take due jobs, most urgent kind first and fairly within a kind; one a lane."""
        until = now + timedelta(seconds=lease_s)
        jobs: list[Job] = []
        with self._database.transaction() as connection:
            _hand_out_alone(connection)
            for kind in JobKind:
                if limits.get(kind, 0) > 0:
                    asked = {"now": now, "most": limits[kind], "share": NO_SHARE if share is None else share}
                    due = connection.execute(due_jobs(kind), asked).all()
                    jobs += _hold(connection, kind, due, now=now, until=until, owner=owner)
        return tuple(jobs)

    def take(self, *, kind: JobKind, key: str, lane: str, now: datetime, owner: str, lease_s: float) -> Job | None:
        """Take one job whether due or not; None while it or its lane is held, or the lane not free yet."""
        lane, until = bounded_lane(lane), now + timedelta(seconds=lease_s)
        with self._database.transaction() as connection:
            _hand_out_alone(connection)
            if not _lane_is_open(connection, lane, now):
                return None
            jobs = _hold(connection, kind, [(key, lane)], now=now, until=until, owner=owner)
        return jobs[0] if jobs else None

    def extend(self, lease: Lease, until: datetime) -> Lease:
        """Hold on longer; a hold that ran out and was not taken is ours again."""
        with self._database.transaction() as connection:
            _hand_out_alone(connection)
            if not connection.execute(_held(lease).values(leased_until=until)).rowcount:
                raise lease_lost(lease)
        return replace(lease, until=until)

    def release(self, lease: Lease, *, not_before: datetime | None = None, error: str | None = None) -> None:
        """Let go without a result; without an error the try does not count."""
        tries = leases.c.attempts - (1 if error is None else 0)
        let_go: dict[str, object] = {"token": None, "leased_until": None, "not_before": not_before, "attempts": tries}
        if error is not None:
            let_go["last_error"] = error
        with self._database.transaction() as connection:
            connection.execute(_held(lease).values(**let_go))

    def clear(self) -> int:
        """End every hold, but remember tries, so that what kills the daemon is known as poison."""
        with self._database.transaction() as connection:
            _hand_out_alone(connection)
            held = update(leases).where(leases.c.token.is_not(None))
            return connection.execute(held.values(token=None, leased_until=None)).rowcount

    def forget(self, before: datetime) -> int:
        """Delete lanes that were free before an instant, and leases that nobody holds on work that is over."""
        let_go = or_(leases.c.token.is_(None), leases.c.leased_until < before)
        with self._database.transaction() as connection:
            _hand_out_alone(connection)
            forgotten = connection.execute(delete(leases).where(let_go, is_over())).rowcount
            return forgotten + connection.execute(delete(lanes).where(lanes.c.free_at < before)).rowcount


def _hand_out_alone(connection: Connection) -> None:
    """One transaction at a time makes or lengthens holds; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_HANDING_OUT)))


def _held(lease: Lease) -> Update:
    return update(leases).where(leases.c.kind == lease.kind, leases.c.key == lease.key, leases.c.token == lease.token)


def _lane_is_open(connection: Connection, lane: str, now: datetime) -> bool:
    held = select(leases.c.lane).where(leases.c.lane == lane, is_live(now))
    waiting = select(lanes.c.lane).where(lanes.c.lane == lane, lanes.c.free_at > now)
    return connection.execute(held.union_all(waiting)).first() is None


def _hold(
    connection: Connection,
    kind: JobKind,
    work: Sequence[tuple[str, str]],
    *,
    now: datetime,
    until: datetime,
    owner: str,
) -> tuple[Job, ...]:
    """Hold these (key, lane) pairs, whose lanes are open; who lost a race is left out."""
    if not work:
        return ()
    ran_out = and_(leases.c.token.is_not(None), leases.c.leased_until <= now)
    here = leases.c.lane.in_([lane for _, lane in work])
    connection.execute(update(leases).where(ran_out, here).values(token=None, leased_until=None))
    statement = insert(connection, leases)
    new = statement.excluded
    changed = {name: new[name] for name in ("lane", "token", "owner", "leased_until", "not_before")}
    take = statement.on_conflict_do_update(
        index_elements=["kind", "key"],
        set_=changed | {"attempts": leases.c.attempts + 1},
        where=or_(leases.c.token.is_(None), leases.c.leased_until <= now),
    ).returning(leases.c.key, leases.c.token, leases.c.attempts)
    fresh = {"kind": kind, "owner": owner, "leased_until": until, "attempts": 1, "not_before": None}
    rows = [fresh | {"key": key, "lane": lane, "token": random_id("lea")} for key, lane in work]
    taken = {row["key"]: row for row in connection.execute(take, rows).mappings()}
    return tuple(
        Job(
            kind=kind,
            key=key,
            lane=lane,
            attempt=taken[key]["attempts"],
            lease=Lease(kind=kind, key=key, token=taken[key]["token"], until=until),
        )
        for key, lane in work
        if key in taken
    )
