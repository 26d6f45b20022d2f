"""APScheduler as a clock and nothing else: it calls functions of the running loop at intervals.

Due-ness lives in the database; a tick that is late or missed loses nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

Tick = Callable[[], Awaitable[None]]


class Timer:
    """Calls each tick every so many seconds, never twice at once, from ``start`` to ``stop``."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )

    def every(self, seconds: float, tick: Tick) -> None:
        """Call ``tick`` each ``seconds``, the first time after so many seconds."""
        self._scheduler.add_job(tick, "interval", seconds=seconds)

    def start(self) -> None:
        """Begin; call inside the running loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """No tick starts any more."""
        self._scheduler.shutdown(wait=False)
