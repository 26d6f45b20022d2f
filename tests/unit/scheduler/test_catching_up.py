"""After the clock was set, or the machine slept for days, work goes on in an orderly way."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

from domain.ids import random_id
from domain.jobs import Job, JobKind
from domain.outcomes import JobEnd, PollOutcome
from domain.outlets import Poll, PollResult, Source, SourceState
from scheduler.cadence import next_poll
from scheduler.engines.embedded import EmbeddedQueue
from scheduler.worker import LIMITS, Worker
from tests.fakes.clock import FakeClock
from tests.fakes.storage import MemoryStores

DAYS_3 = 3 * 86_400.0
INTERVAL_S, DELAY_S, TOOK_S = 900, 4.0, 2


async def _in_thread(function: Callable[..., Any], *args: Any) -> Any:
    return function(*args)


class World:
    """Real queue, stores in memory, a clock moved by hand."""

    def __init__(self, hosts: Mapping[str, str]) -> None:
        self.clock = FakeClock()
        self.stores = MemoryStores()
        self.queue = EmbeddedQueue(leases=self.stores.leases, clock=self.clock, in_thread=_in_thread, alone=True)
        sources = [Source(id=f"{name}/f", outlet_id=name, url=f"https://{host}/{name}") for name, host in hosts.items()]
        self.stores.sources.sync(sources, {one.id: hosts[one.outlet_id] for one in sources}, self.clock.now())

    def record(self, job: Job, fraction: float = 0.5) -> None:
        """Store a good poll, as the pipeline does."""
        now = self.clock.now()
        state = SourceState(
            source_id=job.key, next_poll_at=next_poll(now=now, interval_s=INTERVAL_S, fraction=fraction)
        )
        poll = Poll(id=random_id("pol"), source_id=job.key, started_at=now, took_s=1.0, result=PollResult.UNCHANGED)
        end = JobEnd(lease=job.lease, lane_free_at=now + timedelta(seconds=DELAY_S))
        self.stores.polls.record_poll(PollOutcome(poll=poll, state=state, end=end))


async def _polled_for(world: World, seconds: int) -> list[tuple[float, str]]:
    """(second, lane) of every poll that starts; one poll takes ``TOOK_S``."""
    rng, running, starts = random.Random(3), list[tuple[float, str, Job]](), list[tuple[float, str]]()
    for _ in range(seconds):
        now = world.clock.monotonic()
        while running and running[0][0] <= now:
            world.record(heapq.heappop(running)[2], rng.random())
        for job in await world.queue.claim({JobKind.POLL: LIMITS[JobKind.POLL] - len(running)}):
            heapq.heappush(running, (now + TOOK_S, job.key, job))
            starts.append((now, job.lane))
        assert len(running) <= LIMITS[JobKind.POLL]
        world.clock.advance(1)
    return starts


async def test_three_days_off_are_caught_up_without_a_storm() -> None:
    hosts = {f"o{n}": f"h{n}.example" if n < 150 else "shared.example" for n in range(200)}
    world = World(hosts)
    world.clock.advance(DAYS_3)
    began = world.clock.monotonic()

    starts = await _polled_for(world, 1_200)

    own = [at - began for at, lane in starts if lane != "shared.example"]
    shared = [at for at, lane in starts if lane == "shared.example"]
    again = own[150:]
    assert max(own[:150]) < 60
    assert len(shared) >= 50
    assert min(later - at for at, later in pairwise(shared)) >= DELAY_S + TOOK_S
    assert max(sum(at <= other < at + 60 for other in again) for at in again) < 75


async def test_sleep_of_the_machine_takes_no_job_from_the_worker_that_runs_it() -> None:
    world, begun, woken, stored = World({"a": "a.example", "b": "b.example"}), list[str](), asyncio.Event(), list[str]()

    async def handler(job: Job) -> None:
        begun.append(job.key)
        if job.key == "a/f":
            await woken.wait()
        world.record(job)
        stored.append(job.key)

    worker = Worker(queue=world.queue, handlers={JobKind.POLL: handler}, clock=world.clock)
    working = asyncio.create_task(worker.run())
    async with asyncio.timeout(5):
        await _until(worker, lambda: stored == ["b/f"])
        world.clock.advance(DAYS_3)
        await _until(worker, lambda: stored == ["b/f", "b/f"])
        woken.set()
        await _until(worker, lambda: "a/f" in stored)
        await worker.drain(1)
        await working

    assert begun == ["a/f", "b/f", "b/f"]


async def _until(worker: Worker, condition: Callable[[], bool]) -> None:
    while not condition():
        await worker.tick()
        await asyncio.sleep(0.001)
