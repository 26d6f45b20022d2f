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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    update,
)

from domain.alerts import DeliveryState
from domain.ids import random_id
from domain.jobs import Job, JobKind, Lease
from storage.columns import Storable, Utc
from storage.database import Database
from storage.fencing import CHANNEL_LANE, bounded_lane, lease_lost
from storage.rows import insert
from storage.schema import deliveries, entries, lanes, leases, sources, word_is

#: Any number, the same for ever: it names "whoever hands out work" among PostgreSQL's advisory locks.
_HANDING_OUT = 7_262_615_801


@dataclass(frozen=True, kw_only=True)
class _Work:
    """Where the work of a kind waits; its table has an index by lane, due time and id."""

    table: Table
    #: Names of the columns that say the lane and when the work is due.
    lane: str = "lane"
    due_at: str
    #: What the lane column leaves out of the lane's name.
    prefix: str = ""
    #: Is the row, of the table or an alias of it, still to be done?
    waits: Callable[[FromClause], ColumnElement[bool]]


_WORK = {
    JobKind.POLL: _Work(table=sources, due_at="next_poll_at", waits=lambda rows: rows.c.active),
    JobKind.ENTRY: _Work(table=entries, due_at="retry_at", waits=lambda rows: rows.c.retry_at.is_not(None)),
    JobKind.DELIVERY: _Work(
        table=deliveries,
        lane="channel",
        due_at="next_attempt_at",
        prefix=CHANNEL_LANE,
        waits=lambda rows: word_is(rows, "state", DeliveryState.PENDING),
    ),
}


class SqlLeaseStore:
    """The port ``LeaseStore`` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, *, now: datetime, owner: str, lease_s: float, limits: Mapping[JobKind, int]) -> tuple[Job, ...]:
        """Take due jobs, most urgent kind first and oldest first within a kind; one a lane."""
        until = now + timedelta(seconds=lease_s)
        jobs: list[Job] = []
        with self._database.transaction() as connection:
            _hand_out_alone(connection)
            for kind in JobKind:
                if limits.get(kind, 0) > 0:
                    due = connection.execute(_due(kind), {"now": now, "most": limits[kind]}).all()
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


def _hand_out_alone(connection: Connection) -> None:
    """One transaction at a time makes or lengthens holds; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_HANDING_OUT)))


def _live(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    return and_(leases.c.token.is_not(None), leases.c.leased_until > now)


def _held(lease: Lease) -> Update:
    return update(leases).where(leases.c.kind == lease.kind, leases.c.key == lease.key, leases.c.token == lease.token)


@cache
def _due(kind: JobKind) -> Select[str, str]:
    """The oldest due job of each open lane, oldest first, so that no lane starves another.

    Parameters are ``now`` and ``most``; the statement is built once, for building it costs more than
    running it.

    It steps through the index from lane to lane and looks at one job of each: a window over all
    that waits says the same, but takes 250 ms where 100,000 entries wait, this 10 ms.
    """
    now, most = bindparam("now", type_=Utc()), bindparam("most", type_=Integer())
    work = _WORK[kind]
    lane_names = _lanes_with_work(work)
    barred = select(leases.c.key).where(leases.c.kind == kind, or_(_live(now), leases.c.not_before > now))
    rows, job = work.table.alias("candidate"), work.table.alias("job")
    oldest = (
        select(rows.c.id)
        .where(work.waits(rows), rows.c[work.lane] == lane_names.c.lane)
        .where(rows.c[work.due_at] <= now, rows.c.id.not_in(barred))
        .order_by(rows.c[work.due_at], rows.c.id)
        .limit(1)
        .correlate(lane_names)
        .scalar_subquery()
    )
    lane = literal(work.prefix, Storable, literal_execute=True) + lane_names.c.lane
    held = select(leases.c.lane).where(_live(now))
    not_free = select(lanes.c.lane).where(lanes.c.free_at > now)
    first = select(job.c.id, lane).select_from(lane_names).join(job, job.c.id == oldest)
    open_lanes = first.where(lane.not_in(held), lane.not_in(not_free))
    return open_lanes.order_by(job.c[work.due_at], job.c.id).limit(most)


def _lanes_with_work(work: _Work) -> CTE:
    """The names of the lanes in which work waits, each found from the one before it; the last is null."""
    start, rows = work.table.alias("start"), work.table.alias("further")
    names = (
        select(func.min(start.c[work.lane]).label("lane")).where(work.waits(start)).cte("lane_names", recursive=True)
    )
    further = select(func.min(rows.c[work.lane])).where(work.waits(rows), rows.c[work.lane] > names.c.lane)
    return names.union_all(select(further.correlate(names).scalar_subquery()).where(names.c.lane.is_not(None)))


def _lane_is_open(connection: Connection, lane: str, now: datetime) -> bool:
    held = select(leases.c.lane).where(leases.c.lane == lane, _live(now))
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
