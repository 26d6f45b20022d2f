"""The embedded engine over leases in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from domain.errors import LeaseLost
from domain.jobs import Job, JobKind
from domain.outlets import Source
from scheduler.engines.embedded import EmbeddedQueue
from tests.fakes.clock import FakeClock
from tests.fakes.queue import job as held_without_lease
from tests.fakes.storage import MemoryStores

POLL = JobKind.POLL
SOURCE = Source(id="steppe/main", outlet_id="steppe", url="https://steppe.example/feed")


async def directly(function: Callable[..., Any], *args: Any) -> Any:
    return function(*args)


class World:
    """One due source, and engines on one database."""

    def __init__(self) -> None:
        self.clock, self.stores = FakeClock(), MemoryStores()
        self.stores.sources.sync([SOURCE], {SOURCE.id: "steppe.example"}, self.clock.now())

    def queue(self, *, alone: bool = False) -> EmbeddedQueue:
        return EmbeddedQueue(leases=self.stores.leases, clock=self.clock, in_thread=directly, alone=alone, lease_s=60)


@pytest.fixture
def world() -> World:
    return World()


async def claim_one(queue: EmbeddedQueue) -> Job:
    (job,) = await queue.claim({POLL: 5})
    return job


async def test_engine_hands_out_what_is_due_once(world: World) -> None:
    queue = world.queue()

    job = await claim_one(queue)

    assert (job.kind, job.key, job.attempt) == (POLL, SOURCE.id, 1)
    assert await queue.claim({POLL: 5}) == ()


async def test_engine_keeps_a_job_beyond_its_first_lease(world: World) -> None:
    queue, other = world.queue(), world.queue()
    job = await claim_one(queue)

    for _ in range(5):
        world.clock.advance(40)
        job = await queue.keep(job)

    assert await other.claim({POLL: 5}) == ()
    assert job.lease is not None
    assert job.lease.until == world.clock.now() + timedelta(seconds=60)


async def test_engine_learns_that_its_job_was_taken_over(world: World) -> None:
    slow, quick = world.queue(), world.queue()
    job = await claim_one(slow)
    world.clock.advance(61)
    taken = await claim_one(quick)

    with pytest.raises(LeaseLost):
        await slow.keep(job)
    assert taken.attempt == 2


async def test_engine_pushes_a_job_that_failed_forward_the_longer_the_oftener(world: World) -> None:
    queue = world.queue()

    waits = []
    for _ in range(3):
        await queue.fail(await claim_one(queue), "it broke")
        waited = 0
        while not (jobs := await queue.claim({POLL: 5})):
            world.clock.advance(1)
            waited += 1
        waits.append(waited)
        await queue.give_back(jobs[0])

    assert waits == [30, 60, 120]


async def test_engine_postpones_a_job_for_five_seconds_and_does_not_count_the_try(world: World) -> None:
    queue = world.queue()
    for _ in range(20):
        await queue.postpone(await claim_one(queue))
        world.clock.advance(4)
        assert await queue.claim({POLL: 5}) == ()
        world.clock.advance(1)

    assert (await claim_one(queue)).attempt == 1


async def test_engine_gives_a_job_back_at_once(world: World) -> None:
    queue, other = world.queue(), world.queue()

    await queue.give_back(await claim_one(queue))

    assert (await claim_one(other)).key == SOURCE.id


async def test_engine_that_is_alone_forgets_the_leases_of_the_dead(world: World) -> None:
    await claim_one(world.queue())
    restarted = world.queue(alone=True)

    await restarted.open()

    assert (await claim_one(restarted)).attempt == 2
    await restarted.close()


async def test_engine_that_is_not_alone_waits_for_leases_to_run_out(world: World) -> None:
    await claim_one(world.queue())
    another = world.queue(alone=False)

    await another.open()

    assert await another.claim({POLL: 5}) == ()


async def test_engine_has_nothing_to_keep_or_end_for_a_job_without_a_lease(world: World) -> None:
    queue, job = world.queue(), held_without_lease(POLL, SOURCE.id)

    await queue.fail(job, "it broke")
    await queue.give_back(job)

    assert await queue.keep(job) == job
    assert len(await queue.claim({POLL: 5})) == 1
