"""Takes jobs, runs them side by side, and records how each ended.

A job is run by the handler of its kind. While it runs its lease is kept alive. A handler that
raises is the one place where any exception is caught: the job is pushed forward and the others
go on. A database that is away is not the job's fault: the try does not count.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from domain.errors import ClaimwatchError, LeaseLost, StorageError
from domain.jobs import Job, JobKind
from domain.ports import JobQueue
from domain.time import Clock, SystemClock

log = logging.getLogger("claimwatch.worker")

Handler = Callable[[Job], Awaitable[None]]

#: Jobs of each kind that run at once.
LIMITS: Mapping[JobKind, int] = {JobKind.DELIVERY: 8, JobKind.POLL: 16, JobKind.ENTRY: 16}

#: Seconds between tries to put a job down while the database is away; after the last, and well before
#: the lease runs out by itself, the job is left to that.
PUT_DOWN_AGAIN_S = (3.0,) * 8


class Worker:
    """Runs the jobs of one process.

    Args:
        queue: who hands out jobs.
        handlers: what to do with each kind; kinds without a handler are not claimed.
        limits: most jobs of each kind at once.
        keep_every_s: seconds between two signs of life of a running job; well under the lease.
        put_down_again_s: seconds between tries to put down a job that the database failed.
        clock: the one that leases are dated by.
    """

    def __init__(
        self,
        *,
        queue: JobQueue,
        handlers: Mapping[JobKind, Handler],
        limits: Mapping[JobKind, int] = LIMITS,
        keep_every_s: float = 20.0,
        put_down_again_s: Sequence[float] = PUT_DOWN_AGAIN_S,
        clock: Clock | None = None,
    ) -> None:
        self._queue = queue
        self._handlers = handlers
        self._limits = limits
        self._keep_every_s = keep_every_s
        self._put_down_again_s = put_down_again_s
        self._clock = clock or SystemClock()
        #: What runs, with the lease as it was last kept.
        self._running: dict[asyncio.Task[None], Job] = {}
        self._wake = asyncio.Event()
        self._stop = asyncio.Event()
        self._claiming = asyncio.Lock()

    @property
    def running(self) -> int:
        """Jobs in flight."""
        return len(self._running)

    async def tick(self) -> None:
        """Something may be due: look soon."""
        self._wake.set()

    async def run(self) -> None:
        """Claim and start jobs until ``drain`` is called."""
        while not self._stop.is_set():
            await self._wake.wait()
            self._wake.clear()
            async with self._claiming:
                await self._fill()

    async def _fill(self) -> None:
        busy = Counter(job.kind for job in self._running.values())
        free = {kind: self._limits[kind] - busy[kind] for kind in self._handlers if self._limits[kind] > busy[kind]}
        if not free or self._stop.is_set():
            return
        await self._hold_on()
        try:
            jobs = await self._queue.claim(free)
        except StorageError as error:
            log.error("claim_failed", extra={"error": str(error)})
            return
        for job in jobs:
            if self._stop.is_set():
                await self._let_go(self._queue.give_back(job))
            else:
                self._start(job)

    async def _hold_on(self) -> None:
        """Keep what ran out unnoticed (the clock was set, the machine slept), before our own claim takes it."""
        now = self._clock.now()
        for task, job in tuple(self._running.items()):
            if job.lease is not None and job.lease.until <= now and task in self._running:
                await self._hold_longer(task)

    def _start(self, job: Job) -> None:
        if any(job.kind is other.kind and job.key == other.key for other in self._running.values()):
            # Our own lease on it ran out all the same: the fence refuses the first run's result, and the
            # job comes again when this lease has run out too.
            return
        task = asyncio.create_task(self._run_job(job), name=f"{job.kind} {job.key}")
        self._running[task] = job
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._wake.set()

    async def _run_job(self, job: Job) -> None:
        task = asyncio.current_task()
        assert task is not None
        keeper = asyncio.create_task(self._keep(task))
        try:
            await self._handlers[job.kind](job)
        except LeaseLost:
            log.warning("job_lost", extra={"kind": job.kind.value, "key": job.key})
        except asyncio.CancelledError:
            await self._let_go(self._queue.give_back(job))
            raise
        except Exception as error:  # noqa: BLE001  one broken job must not stop the others
            await self._job_failed(job, error)
        finally:
            keeper.cancel()

    async def _job_failed(self, job: Job, error: Exception) -> None:
        known = isinstance(error, ClaimwatchError)
        message = str(error) if known else f"{type(error).__name__}: {error}"
        fields = {"kind": job.kind.value, "key": job.key, "attempt": job.attempt, "error": message}
        log.error("job_failed", extra=fields, exc_info=None if known else error)
        if isinstance(error, StorageError) and error.retryable:
            await self._put_down(job)
        else:
            await self._let_go(self._queue.fail(job, message))

    async def _put_down(self, job: Job) -> None:
        """Back to the queue as soon as the database listens, or the job would wait for its lease to run out."""
        for wait_s in self._put_down_again_s:
            with contextlib.suppress(StorageError):
                await self._queue.postpone(job)
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), wait_s)
                return

    async def _let_go(self, ending: Awaitable[None]) -> None:
        # If the database is away now, the lease runs out by itself.
        with contextlib.suppress(StorageError):
            await ending

    async def _keep(self, task: asyncio.Task[Any]) -> None:
        ours = True
        while ours:
            await asyncio.sleep(self._keep_every_s)
            ours = await self._hold_longer(task)

    async def _hold_longer(self, task: asyncio.Task[Any]) -> bool:
        """False when the job is not ours any more: the fence refuses whatever it would store."""
        job = self._running[task]
        try:
            kept = await self._queue.keep(job)
        except LeaseLost:
            return False
        except StorageError as error:
            log.warning("keep_failed", extra={"kind": job.kind.value, "key": job.key, "error": str(error)})
            return True
        if task in self._running:
            self._running[task] = kept
        return True

    async def drain(self, deadline_s: float) -> int:
        """Take no more jobs; let the running ones finish, give back those that do not.

        Args:
            deadline_s: seconds to wait for them.

        Returns:
            How many were given back.
        """
        self._stop.set()
        self._wake.set()
        async with self._claiming:
            pass  # a claim on its way has ended, and what it took is given back
        if self._running:
            await asyncio.wait(tuple(self._running), timeout=deadline_s)
        late = tuple(self._running)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)
