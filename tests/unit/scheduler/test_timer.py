"""The timer calls its ticks until it is stopped."""

from __future__ import annotations

import asyncio

from scheduler.timer import Timer
from tests.fakes.clock import FakeClock


async def test_timer_ticks_until_it_is_stopped() -> None:
    ticks, enough = [], asyncio.Event()

    async def tick() -> None:
        ticks.append(1)
        if len(ticks) == 3:
            enough.set()

    timer = Timer()
    timer.every(0.01, tick)
    timer.start()
    await asyncio.wait_for(enough.wait(), 5)
    timer.stop()
    seen = len(ticks)
    await asyncio.sleep(0.05)

    assert len(ticks) - seen <= 1  # one may have been on its way


async def test_timer_never_runs_a_tick_twice_at_once() -> None:
    running, most, calls = 0, 0, 0

    async def tick() -> None:
        nonlocal running, most, calls
        running, calls = running + 1, calls + 1
        most = max(most, running)
        await asyncio.sleep(0.03)
        running -= 1

    timer = Timer()
    timer.every(0.005, tick)
    timer.start()
    async with asyncio.timeout(5):
        while calls < 3:
            await asyncio.sleep(0.005)
    timer.stop()
    await asyncio.sleep(0.05)

    assert most == 1


async def test_timer_starts_every_tick_anew_when_the_wall_clock_was_set() -> None:
    clock, ticked = FakeClock(), asyncio.Event()

    async def tick() -> None:
        ticked.set()

    timer = Timer(clock)
    timer.every(3600, tick)
    timer.start()
    await asyncio.sleep(0)
    clock.set_by(-3600)
    await asyncio.wait_for(ticked.wait(), 10)
    timer.stop()

    assert ticked.is_set()
