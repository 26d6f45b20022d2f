"""The embedded engine: due work and leases in the one database, no other server needed."""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.ids import random_id
from domain.jobs import Job, JobKind
from domain.ports import LeaseStore
from domain.time import Clock
from scheduler.cadence import next_job_try

#: Runs a storage call off the event loop: ``await in_thread(function, *args)``.
InThread = Callable[..., Awaitable[Any]]

#: Seconds; a worker that died is missed after this long.
LEASE_S = 60.0

#: Jobs of one outlet or source that run at once: slots are left for others, however slow its sites are.
SHARE = 4

#: Seconds until a job is taken again that the database failed.
POSTPONED_S = 5.0


class EmbeddedQueue:
    """Implements ``domain.ports.JobQueue`` over a ``LeaseStore``.

    Args:
        leases: the port to the database.
        clock: the time.
        in_thread: runs storage calls off the loop.
        alone: True when no other daemon can share this database, so that every lease found at the
            start belongs to a process that is dead.
        lease_s: seconds a job is held before anybody may take it over.
    """

    def __init__(
        self, *, leases: LeaseStore, clock: Clock, in_thread: InThread, alone: bool, lease_s: float = LEASE_S
    ) -> None:
        self._leases = leases
        self._clock = clock
        self._in_thread = in_thread
        self._alone = alone
        self._lease_s = lease_s
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{random_id('own')[4:10]}"

    async def open(self) -> None:
        """Forget the leases of a daemon that died, when nobody else can hold any."""
        if self._alone:
            await self._in_thread(self._leases.clear)

    async def claim(self, limits: Mapping[JobKind, int]) -> tuple[Job, ...]:
        """Due jobs, now ours for ``lease_s`` seconds."""

        def claim() -> tuple[Job, ...]:
            return self._leases.claim(
                now=self._clock.now(), owner=self._owner, lease_s=self._lease_s, limits=limits, share=SHARE
            )

        jobs: tuple[Job, ...] = await self._in_thread(claim)
        return jobs

    async def keep(self, job: Job) -> Job:
        """Hold on for another ``lease_s`` seconds.

        Raises:
            LeaseLost: somebody else holds the job.
        """
        if job.lease is None:
            return job
        until = self._clock.now() + timedelta(seconds=self._lease_s)
        return replace(job, lease=await self._in_thread(self._leases.extend, job.lease, until))

    async def fail(self, job: Job, error: str) -> None:
        """Push the job forward, the longer the more often it failed."""
        if job.lease is not None:
            later = next_job_try(now=self._clock.now(), attempt=job.attempt)
            await self._release(job, not_before=later, error=error)

    async def postpone(self, job: Job) -> None:
        """Let anybody take the job in ``POSTPONED_S`` seconds; the try does not count."""
        await self._release(job, not_before=self._clock.now() + timedelta(seconds=POSTPONED_S))

    async def give_back(self, job: Job) -> None:
        """Let anybody take the job at once."""
        await self._release(job)

    async def close(self) -> None:
        """Nothing is held open."""

    async def _release(self, job: Job, **how: object) -> None:
        lease = job.lease
        if lease is not None:
            await self._in_thread(lambda: self._leases.release(lease, **how))  # type: ignore[arg-type]
