"""One fetch on its way through redirects: how much time it has left, and how it is given up.

A cancelled ``download_async`` leaves its request in Scrapy's queue or on the wire; giving the journey
up ends both, so that the host's slot is free for others.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Response

#: Where a request keeps its journey; a redirected request has that of the first.
META_KEY = "claimwatch_journey"
#: The hops together may take this many times what one may.
LIMITS_IN_ALL = 2

# A timer may fire that much early.
_TIMER_S = 0.01


class Journey:
    """Counts the seconds on the wire of all hops; robots.txt and waiting for a turn are not among them."""

    def __init__(self) -> None:
        self._spent_s = 0.0
        self._limit_s: float | None = None
        self._given_up = False
        self._transfer: asyncio.Task[Response] | None = None

    @property
    def begun(self) -> bool:
        """Has it a limit, that is, did its first hop start?"""
        return self._limit_s is not None

    @property
    def total_s(self) -> float:
        """Seconds that all hops may take."""
        return LIMITS_IN_ALL * (self._limit_s or 0.0)

    @property
    def is_out_of_time(self) -> bool:
        return self.begun and self._spent_s >= self.total_s - _TIMER_S

    def hop_limit_s(self, limit_s: float) -> float:
        """Seconds that the next hop may take.

        Args:
            limit_s: what the first hop may; later ones get the same, or what is left.
        """
        if self._limit_s is None:
            self._limit_s = limit_s
        return max(min(self._limit_s, self.total_s - self._spent_s), 0.0)

    async def carry(self, transfer: Coroutine[Any, Any, Response]) -> Response:
        """Do one hop's transfer, and count its time.

        Raises:
            DownloadCancelledError: the journey is given up.
        """
        if self._given_up:
            transfer.close()
            raise DownloadCancelledError("given up before it started")
        began = time.monotonic()
        self._transfer = asyncio.ensure_future(transfer)
        try:
            return await self._transfer
        except asyncio.CancelledError:
            if self._given_up:
                raise DownloadCancelledError("given up on the way") from None
            raise
        finally:
            self._transfer = None
            self._spent_s += time.monotonic() - began

    def give_up(self) -> None:
        """Nobody waits for it any more."""
        self._given_up = True
        if self._transfer is not None:
            self._transfer.cancel()


async def travel(crawler: Crawler, request: Request) -> Response:
    """The response at the end of all redirects; whoever cancels this ends the transfer too."""
    journey = Journey()
    request.meta[META_KEY] = journey
    try:
        return await crawler.engine.download_async(request)
    except asyncio.CancelledError:
        journey.give_up()
        raise


def journey_of(request: Request) -> Journey:
    """The journey that a request belongs to; a new one for what is neither redirected nor has one."""
    journey = request.meta.get(META_KEY)
    if not isinstance(journey, Journey) or (journey.begun and not request.meta.get("redirect_times")):
        journey = request.meta[META_KEY] = Journey()
    return journey
