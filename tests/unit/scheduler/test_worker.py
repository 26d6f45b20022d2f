"""The worker runs jobs side by side and tells the queue how each ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from domain.errors import LeaseLost, ReadError, StorageError
from domain.jobs import Job, JobKind
from scheduler.worker import Handler, Worker
from tests.fakes.queue import FakeQueue, job

POLL, ENTRY = JobKind.POLL, JobKind.ENTRY


@asynccontextmanager
async def working(queue: FakeQueue, handler: Handler, **options: Any) -> AsyncIterator[Worker]:
    worker = Worker(queue=queue, handlers={POLL: handler, ENTRY: handler}, limits={POLL: 2, ENTRY: 2}, **options)
    loop = asyncio.create_task(worker.run())
    await worker.tick()
    try:
        yield worker
    finally:
        await worker.drain(0.1)
        await asyncio.wait_for(loop, 5)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


async def test_worker_runs_every_job_that_is_handed_out() -> None:
    queue, done = FakeQueue(*(job(POLL, str(n)) for n in range(7))), []

    async def handler(work: Job) -> None:
        done.append(work.key)

    async with working(queue, handler):
        await until(lambda: len(done) == 7)

    assert sorted(done) == [str(n) for n in range(7)]
    assert (queue.failed, queue.given_back) == ([], [])


async def test_worker_never_runs_more_of_a_kind_than_its_limit() -> None:
    queue, running, most = FakeQueue(*(job(POLL, str(n)) for n in range(9))), 0, 0

    async def handler(work: Job) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.002)
        running -= 1

    async with working(queue, handler):
        await until(lambda: not queue.waiting and running == 0)

    assert most == 2


async def test_worker_pushes_a_job_that_raised_and_goes_on_with_the_others(caplog: pytest.LogCaptureFixture) -> None:
    queue, done = FakeQueue(job(POLL, "bad"), job(POLL, "good")), []

    async def handler(work: Job) -> None:
        if work.key == "bad":
            raise ZeroDivisionError("1/0")
        done.append(work.key)

    async with working(queue, handler):
        await until(lambda: bool(done and queue.failed))

    assert queue.failed == [("bad", "ZeroDivisionError: 1/0")]
    assert "job_failed" in caplog.text


async def test_worker_reports_a_known_error_as_its_own_sentence() -> None:
    queue = FakeQueue(job(ENTRY, "page"))

    async def handler(work: Job) -> None:
        raise ReadError("is no page")

    async with working(queue, handler):
        await until(lambda: bool(queue.failed))

    assert queue.failed == [("page", "is no page")]


async def test_worker_lets_a_lost_job_go_without_a_word_to_the_queue() -> None:
    queue, tried = FakeQueue(job(POLL, "stolen")), []

    async def handler(work: Job) -> None:
        tried.append(work.key)
        raise LeaseLost("held by another")

    async with working(queue, handler):
        await until(lambda: bool(tried))

    assert (queue.failed, queue.given_back) == ([], [])


async def test_worker_keeps_the_lease_of_a_long_job_alive() -> None:
    queue = FakeQueue(job(POLL, "slow"))

    async def handler(work: Job) -> None:
        await until(lambda: len(queue.kept) >= 3)

    async with working(queue, handler, keep_every_s=0.001):
        await until(lambda: len(queue.kept) >= 3)

    assert set(queue.kept) == {"slow"}


async def test_worker_stops_keeping_a_lease_that_is_lost() -> None:
    queue, over = FakeQueue(job(POLL, "slow")), asyncio.Event()
    queue.lost.add("slow")

    async def handler(work: Job) -> None:
        await over.wait()

    async with working(queue, handler, keep_every_s=0.001):
        await until(lambda: bool(queue.kept))
        await asyncio.sleep(0.02)
        over.set()

    assert queue.kept == ["slow"]


async def test_worker_survives_a_database_that_is_away(caplog: pytest.LogCaptureFixture) -> None:
    queue, done = FakeQueue(job(POLL, "later")), []
    queue.broken = True

    async def handler(work: Job) -> None:
        done.append(work.key)

    async with working(queue, handler) as worker:
        await until(lambda: "claim_failed" in caplog.text)
        queue.broken = False
        await worker.tick()
        await until(lambda: bool(done))

    assert done == ["later"]


async def test_worker_postpones_a_job_that_the_database_failed(caplog: pytest.LogCaptureFixture) -> None:
    queue = FakeQueue(job(POLL, "full"))

    async def handler(work: Job) -> None:
        raise StorageError("the disk is full")

    async with working(queue, handler):
        await until(lambda: bool(queue.postponed))

    assert (queue.postponed, queue.failed) == (["full"], [])
    assert "job_failed" in caplog.text


async def test_worker_counts_a_try_that_the_database_will_always_refuse() -> None:
    queue = FakeQueue(job(POLL, "poison"))

    async def handler(work: Job) -> None:
        refusal = StorageError("a rule of the schema was broken")
        refusal.retryable = False
        raise refusal

    async with working(queue, handler):
        await until(lambda: bool(queue.failed))

    assert (queue.postponed, queue.failed) == ([], [("poison", "a rule of the schema was broken")])


async def test_worker_puts_a_job_down_when_the_database_is_back() -> None:
    queue = FakeQueue(job(POLL, "cut off"))

    async def handler(work: Job) -> None:
        queue.broken = True
        asyncio.get_running_loop().call_later(0.02, setattr, queue, "broken", False)
        raise StorageError("the connection is lost")

    async with working(queue, handler, put_down_again_s=(0.005,) * 100):
        await until(lambda: bool(queue.postponed))

    assert queue.postponed == ["cut off"]


async def test_drain_does_not_wait_for_a_database_that_is_away() -> None:
    queue, begun = FakeQueue(job(POLL, "cut off")), asyncio.Event()

    async def handler(work: Job) -> None:
        queue.broken = True
        begun.set()
        raise StorageError("the connection is lost")

    async with working(queue, handler, put_down_again_s=(60.0,)) as worker:
        await begun.wait()
        given_back = await worker.drain(5)

    assert (given_back, queue.postponed) == (0, [])


async def test_drain_lets_running_jobs_finish() -> None:
    queue, begun, done = FakeQueue(job(POLL, "slow")), asyncio.Event(), []

    async def handler(work: Job) -> None:
        begun.set()
        await asyncio.sleep(0.02)
        done.append(work.key)

    async with working(queue, handler) as worker:
        await begun.wait()
        given_back = await worker.drain(5)

    assert (done, given_back, queue.given_back) == (["slow"], 0, [])


async def test_drain_gives_back_what_does_not_finish_in_time() -> None:
    queue, begun = FakeQueue(job(POLL, "endless")), asyncio.Event()

    async def handler(work: Job) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with working(queue, handler) as worker:
        await begun.wait()
        given_back = await worker.drain(0.01)

    assert (given_back, queue.given_back) == (1, ["endless"])


async def test_drain_takes_no_more_jobs() -> None:
    queue = FakeQueue()

    async def handler(work: Job) -> None:
        raise AssertionError("nothing may be started")

    async with working(queue, handler) as worker:
        await until(lambda: bool(queue.claims))
        await worker.drain(0.01)
        queue.waiting.append(job(POLL, "too late"))
        await worker.tick()
        await asyncio.sleep(0.01)

    assert [item.key for item in queue.waiting] == ["too late"]


async def test_worker_runs_no_job_twice_at_once() -> None:
    queue, begun, over = FakeQueue(job(POLL, "same")), [], asyncio.Event()

    async def handler(work: Job) -> None:
        begun.append(work.key)
        await over.wait()

    async with working(queue, handler) as worker:
        await until(lambda: bool(begun))
        queue.waiting.append(job(POLL, "same", attempt=2))
        await worker.tick()
        await until(lambda: not queue.waiting)
        over.set()

    assert begun == ["same"]


async def test_drain_gives_back_what_a_claim_on_its_way_brings() -> None:
    class SlowQueue(FakeQueue):
        async def claim(self, limits: Mapping[JobKind, int]) -> tuple[Job, ...]:
            jobs = await super().claim(limits)
            asked.set()
            await answer.wait()
            return jobs

    asked, answer = asyncio.Event(), asyncio.Event()
    queue = SlowQueue(job(POLL, "late"))

    async def handler(work: Job) -> None:
        raise AssertionError("nothing may be started")

    async with working(queue, handler) as worker:
        await asked.wait()
        draining = asyncio.create_task(worker.drain(1))
        await asyncio.sleep(0.01)
        answer.set()
        await draining

    assert queue.given_back == ["late"]
