"""Keeps the manners inside the process: every hop, robots.txt included, waits in the slot of its own host.

Scrapy gives each slot a number of requests at a time and a delay between their starts; but it leaves
a redirected request in the slot of the host that redirected it. A request's time limit does not run
while it waits in its slot.
"""

from __future__ import annotations

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response

from crawler.connecting import SiteHandler
from crawler.heads import limit_heads
from crawler.journeys import META_KEY as JOURNEY_KEY
from crawler.journeys import Journey, journey_of
from crawler.robots import META_KEY as ROBOTS_KEY
from crawler.robots import RobotsMiddleware
from domain.errors import Unreachable
from domain.net import lane_of

#: A longer Crawl-delay is kept by whoever plans the jobs; no fetch waits for hours in a queue.
MAX_SLOT_DELAY_S = 60.0

_SLOT = "download_slot"


class PacingMiddleware:
    """Gives every hop the slot of its lane and what is left of its journey's time; the last one before the download."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._limit_s = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PacingMiddleware:
        middleware = cls(crawler)
        crawler.signals.connect(middleware.slow_down, signal=signals.request_reached_downloader)
        return middleware

    def process_request(self, request: Request) -> None:
        """Choose slot and time limit.

        Raises:
            IgnoreRequest: the hops before took all the time; an Unreachable is its cause.
        """
        journey = journey_of(request)
        limit_s = journey.hop_limit_s(float(request.meta.get("download_timeout") or self._limit_s))
        if journey.is_out_of_time:
            raise _out_of_time(request, journey)
        request.meta[_SLOT] = lane_of(request.url)
        request.meta["download_timeout"] = limit_s

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Say of a time-out whether it was the whole journey's; not of a robots.txt, whose time-outs mean something.

        Raises:
            IgnoreRequest: it was; an Unreachable is its cause.
        """
        journey = request.meta.get(JOURNEY_KEY)
        timed_out = isinstance(exception, DownloadTimeoutError) and not request.meta.get(ROBOTS_KEY)
        if timed_out and isinstance(journey, Journey) and journey.is_out_of_time:
            raise _out_of_time(request, journey)

    def slow_down(self, request: Request) -> None:
        """Raise the delay of a page's slot to what robots.txt asks for, from this request on.

        The wait for this request itself stays as it was: robots.txt, which came just before, does not
        count. Scrapy forgets the slot, and the delay, once it was idle for the delay and a minute.
        """
        robots = self._crawler.get_downloader_middleware(RobotsMiddleware)
        asked_s = robots.cache.crawl_delay_s(request.url) if robots else None
        slot = self._crawler.engine.downloader.slots.get(str(request.meta.get(_SLOT)))
        if asked_s is None or slot is None or request.meta.get(ROBOTS_KEY):
            return
        more_s = min(asked_s, MAX_SLOT_DELAY_S) - slot.delay
        if more_s > 0:
            slot.delay += more_s
            slot.lastseen -= more_s


def _out_of_time(request: Request, journey: Journey) -> IgnoreRequest:
    message = f"took longer than {journey.total_s:g} s in all"
    ignored = IgnoreRequest(message)
    ignored.__cause__ = Unreachable(request.url, message)
    return ignored


class PacedHandler(SiteHandler):
    """Downloads when it is a request's turn, and counts the time from there."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        limit_heads(self._pool)

    async def download_request(self, request: Request) -> Response:
        journey: Journey = request.meta[JOURNEY_KEY]
        return await journey.carry(super().download_request(request))
