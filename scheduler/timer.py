"""APScheduler as a clock and nothing else: it calls functions of the running loop at intervals.

Due-ness lives in the database; a tick that is late or missed loses nothing. APScheduler goes by the
wall clock: when that is set, every tick starts anew, or an hour back would be an hour of silence.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from domain.time import Clock, SystemClock

Tick = Callable[[], Awaitable[None]]


#: Seconds between two looks whether the clock was set, and how far off counts.
LOOK_S = 1.0
OFF_S = 2.0


class Timer:
    """Calls each tick every so many seconds, never twice at once, from ``start`` to ``stop``.

    Args:
        clock: by which it is noticed that the wall clock was set.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._watch: asyncio.Task[None] | None = None
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )

    def every(self, seconds: float, tick: Tick) -> None:
        """Call ``tick`` each ``seconds``, the first time after so many seconds."""

        async def quietly() -> None:
            with contextlib.suppress(asyncio.CancelledError):  # the loop ends in the middle of a tick
                await tick()

        self._scheduler.add_job(quietly, "interval", seconds=seconds)

    def start(self) -> None:
        """Begin; call inside the running loop."""
        self._scheduler.start()
        self._watch = asyncio.create_task(self._watch_clock())

    def stop(self) -> None:
        """No tick starts any more."""
        if self._watch is not None:
            self._watch.cancel()
        self._scheduler.shutdown(wait=False)

    async def _watch_clock(self) -> None:
        drift = self._drift_s()
        while True:
            await asyncio.sleep(LOOK_S)
            if abs(self._drift_s() - drift) > OFF_S:
                drift = self._drift_s()
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))

    def _drift_s(self) -> float:
        """How far the wall clock is from the one that never jumps; it only changes when it is set."""
        return self._clock.now().timestamp() - self._clock.monotonic()
