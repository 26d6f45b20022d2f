"""How an outcome's transaction lets go: the token is checked, the lease ends, the lane is set.

Lock order on PostgreSQL, the same in every transaction so that none waits for another in a
circle: the job's lease first, then the noun's own rows (many of a table by rising id), the lane last.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete

from domain.errors import LeaseLost
from domain.jobs import Lease
from domain.outcomes import JobEnd
from storage.rows import insert
from storage.schema import lanes, leases

#: What the lanes of channels begin with.
CHANNEL_LANE = "channel:"

#: A host's name can be as long as a hostile link likes, an index entry cannot.
MAX_LANE = 300


def bounded_lane(lane: str) -> str:
    """The lane as stored: cut where it is longer than any real host."""
    return lane[:MAX_LANE]


def channel_lane(channel: str) -> str:
    """The lane of a channel's deliveries."""
    return CHANNEL_LANE + channel


def end_lease(connection: Connection, end: JobEnd) -> str | None:
    """End the lease, before anything of the outcome is stored.

    Returns:
        The lane it held, None where the outcome has no lease.

    Raises:
        LeaseLost: the token is not the current holder's.
    """
    lease = end.lease
    if lease is None:
        return None
    ended = delete(leases).where(leases.c.kind == lease.kind, leases.c.key == lease.key, leases.c.token == lease.token)
    lane: str | None = connection.execute(ended.returning(leases.c.lane)).scalar_one_or_none()
    if lane is None:
        raise lease_lost(lease)
    return lane


def lease_lost(lease: Lease) -> LeaseLost:
    """The error for a lease that is not ours any more."""
    return LeaseLost(f"the {lease.kind} job {lease.key} is another worker's now, or was let go")


def free_lane(connection: Connection, lane: str, end: JobEnd) -> None:
    """Let the lane's next job start when the outcome says, at once when it says nothing."""
    if end.lane_free_at is None:
        connection.execute(delete(lanes).where(lanes.c.lane == lane))
        return
    statement = insert(connection, lanes).values(lane=lane, free_at=end.lane_free_at)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["lane"], set_={"free_at": statement.excluded.free_at})
    )
