"""The one long-lived Scrapy engine, run inside the process's asyncio loop on the asyncio reactor.

A spider that never ends keeps the engine open; every fetch is one ``download_async`` through all
downloader middlewares, so that a job gets a result or an exception and nothing is lost in a queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.http import Response
from scrapy.utils.reactor import install_reactor as install_scrapy_reactor
from scrapy.utils.reactor import is_reactor_installed

from crawler.failures import DOWNLOAD_FAILURES, fetch_error
from crawler.guard import complaint_about
from crawler.journeys import travel
from crawler.names import install_resolver
from crawler.robots import RobotsMiddleware
from crawler.settings import ASYNCIO_REACTOR, policy_from, policy_settings, slots_of
from domain.errors import AddressRefused, FetchError, HttpStatus, Unreachable
from domain.fetching import FetchRequest, FetchResult
from domain.net import AddressPolicy, retry_after_s
from domain.time import Clock

#: Threads of the loop itself, for whatever blocks.
LOOP_THREADS = 32

_PERMANENT = frozenset({301, 308})


def install_reactor() -> None:
    """Install the asyncio reactor, if none is; call it before anything imports ``twisted.internet.reactor``."""
    if not is_reactor_installed():
        install_scrapy_reactor(ASYNCIO_REACTOR)


def run_in_reactor(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run a coroutine with the reactor and its loop around it, then end both.

    The reactor takes no signals: ``main`` installs its own handlers. A process can do this once.

    Args:
        main: makes the coroutine to run.

    Returns:
        What the coroutine returns; what it raises is raised.
    """
    install_reactor()
    from twisted.internet import reactor as installed  # noqa: PLC0415 - its import installs a default reactor

    reactor: Any = installed
    loop: asyncio.AbstractEventLoop = reactor._asyncioEventloop  # noqa: SLF001 - Twisted gives no other way to it
    # names of mail servers and webhooks are looked up here; asyncio's six threads on two cores are soon all hung
    loop.set_default_executor(ThreadPoolExecutor(LOOP_THREADS, "loop"))
    task = loop.create_task(main())
    task.add_done_callback(lambda _: reactor.stop())
    install_resolver(reactor)
    reactor.run(installSignalHandlers=False)
    _close(loop)
    return task.result()


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what still runs and close the loop, as ``asyncio.run`` does."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())
    asyncio.set_event_loop(None)
    loop.close()


class HostSpider(Spider):
    """Keeps an engine open, and does nothing else."""

    name = "host"

    def __init__(self, *, opened: asyncio.Event, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._opened = opened

    async def start(self) -> AsyncIterator[Any]:
        """Tell that the engine is open, then wait until it is closed."""
        self._opened.set()
        await asyncio.Event().wait()
        yield None


class ScrapyFetcher:
    """Implements ``domain.ports.Fetcher`` with Scrapy; used from the reactor's loop.

    Args:
        settings: as ``crawler.settings.scrapy_settings`` makes them.
        policy: what may be connected to; holds for the whole process.
        clock: gives ``fetched_at``, and the age of robots.txt rules.
    """

    def __init__(self, *, settings: Mapping[str, object], policy: AddressPolicy, clock: Clock) -> None:
        self._settings = {**settings, **policy_settings(policy)}
        self._policy = policy
        self._clock = clock
        self._runner: AsyncCrawlerRunner | None = None
        self._crawler: Crawler | None = None
        self._robots: RobotsMiddleware | None = None
        self._in_flight: set[asyncio.Task[Response]] = set()
        self._stopping = asyncio.Event()

    @classmethod
    def of(cls, crawler: Crawler, clock: Clock) -> ScrapyFetcher:
        """A fetcher over the engine of a crawler that already runs, for spiders; it is not started or stopped."""
        fetcher = cls(settings={}, policy=policy_from(crawler.settings), clock=clock)
        fetcher._use(crawler)
        return fetcher

    async def start(self) -> None:
        """Open the engine; the reactor must run.

        Raises:
            RuntimeError: there is no asyncio reactor.
        """
        self._runner = AsyncCrawlerRunner(self._settings)
        crawler = self._runner.create_crawler(HostSpider)
        opened = asyncio.Event()
        crawl = self._runner.crawl(crawler, opened=opened)
        waiting = asyncio.create_task(opened.wait())
        await asyncio.wait({crawl, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if crawl.done():
            crawl.result()
            raise RuntimeError("the Scrapy engine ended at once")
        self._use(crawler)

    def _use(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._robots = crawler.get_downloader_middleware(RobotsMiddleware)
        if self._robots is None:
            raise RuntimeError("the crawler's settings lack crawler.robots.RobotsMiddleware")
        self._robots.cache.clock = self._clock

    async def fetch(self, request: FetchRequest) -> FetchResult:
        """See ``domain.ports.Fetcher``."""
        complaint = complaint_about(request.url, self._policy)
        if complaint is not None:
            raise AddressRefused(request.url, complaint)
        try:
            response = await self._download(_scrapy_request(request))
        except DOWNLOAD_FAILURES as error:
            raise fetch_error(request.url, error) from error
        return self._result(request, response)

    async def _download(self, request: Request) -> Response:
        """The response, from a task that ``stop`` can cancel.

        Raises:
            Unreachable: the fetcher is stopped, or was while this waited.
        """
        if self._crawler is None or self._stopping.is_set():
            raise Unreachable(request.url, "the fetcher is not running")
        task = asyncio.ensure_future(travel(self._crawler, request))
        self._in_flight.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if self._stopping.is_set() and task.cancelled():
                raise Unreachable(request.url, "the program stopped before the answer came") from None
            raise
        finally:
            self._in_flight.discard(task)

    def _result(self, request: FetchRequest, response: Response) -> FetchResult:
        headers = _headers(response)
        conditional = request.etag is not None or request.last_modified is not None
        if response.status != 200 and not (response.status == 304 and conditional):
            raise self._refusal(request.url, response, headers)
        asked = response.request
        reasons = asked.meta.get("redirect_reasons", []) if asked is not None else []
        return FetchResult(
            url=request.url,
            final_url=response.url,
            status=response.status,
            headers=headers,
            body=response.body if response.status == 200 else b"",
            fetched_at=self._clock.now(),
            moved_permanently=bool(reasons) and all(reason in _PERMANENT for reason in reasons),
        )

    def _refusal(self, url: str, response: Response, headers: Mapping[str, str]) -> FetchError:
        """The error for any other status; a redirect that was not followed leads out of the web."""
        target = urljoin(response.url, headers.get("location", ""))
        if 300 <= response.status < 400 and "location" in headers and complaint_about(target, self._policy):
            return AddressRefused(url, f"it redirects to a {urlsplit(target).scheme[:20]} address")
        return HttpStatus(
            url, response.status, retry_after_s=retry_after_s(headers.get("retry-after"), self._clock.now())
        )

    def crawl_delay_s(self, url: str) -> float | None:
        """Seconds between requests that the origin's robots.txt asks for, as far as it was read; None otherwise."""
        return None if self._robots is None else self._robots.cache.crawl_delay_s(url)

    def pace(self, delays: Mapping[str, float]) -> None:
        """Keep these delays from now on.

        Args:
            delays: lanes to seconds between the starts of two requests there. Where requests are under way, a
                shorter delay than before waits until the lane was idle for a minute.
        """
        assert self._crawler is not None, "the fetcher was started"
        downloader = self._crawler.engine.downloader
        downloader.per_slot_settings = slots_of(delays)
        for lane, slot in downloader.slots.items():
            slot.delay = max(slot.delay, delays.get(lane, 0.0))

    async def stop(self, deadline_s: float = 10.0) -> None:
        """Let what is in flight end until the deadline, cancel the rest, close the engine.

        Args:
            deadline_s: seconds to wait for answers; closing itself takes about a second more.
        """
        if self._in_flight:
            await asyncio.wait(set(self._in_flight), timeout=deadline_s)
        self._stopping.set()
        for task in list(self._in_flight):
            task.cancel()
        if self._runner is not None:
            await self._runner.stop()
            await self._runner.join()
            self._runner = None
        self._crawler = None


def _scrapy_request(request: FetchRequest) -> Request:
    named = {"Accept": request.accept, "If-None-Match": request.etag, "If-Modified-Since": request.last_modified}
    headers = {name: _bytes(value) for name, value in named.items() if value is not None}
    return Request(request.url, headers=headers, dont_filter=True)


def _bytes(value: str) -> bytes:
    """A header's bytes as they came: headers are read as Latin-1."""
    return value.encode("latin-1", "replace")


def _headers(response: Response) -> dict[str, str]:
    """Lower-case names; of repeated headers the first."""
    pairs = ((name.decode("latin-1").lower(), values) for name, values in response.headers.items())
    return {name: values[0].decode("latin-1") for name, values in pairs if values}
