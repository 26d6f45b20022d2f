"""Makes the parts and hands each what it needs of the others; nothing else knows how they fit."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TextIO, TypeVar

from alerts.dispatcher import Dispatcher
from alerts.transports.registry import open_transports
from claimwatch.catalogue import Catalogue
from claimwatch.config.settings import Settings
from claimwatch.decide import DEFAULT_DELAY_S
from claimwatch.pipeline import Parts
from claimwatch.pools import AnalysisPool, ParsingPool
from claimwatch.stores import open_stores
from crawler.engine import ScrapyFetcher
from crawler.settings import scrapy_settings
from domain.errors import AddressRefused
from domain.fetching import FetchRequest, FetchResult
from domain.ports import Fetcher
from domain.time import SystemClock
from scheduler.engines.embedded import EmbeddedQueue
from storage.database import Database
from storage.stores import Stores

T = TypeVar("T")


class Threads:
    """Runs storage calls off the event loop, in as many threads as the database bears."""

    def __init__(self, workers: int) -> None:
        self._executor = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="storage")

    async def __call__(self, function: Callable[..., T], *args: Any) -> T:
        """Call ``function(*args)`` in a thread and wait for it without blocking the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, function, *args)

    def close(self) -> None:
        """Wait for what runs, then end the threads."""
        self._executor.shutdown(wait=True)


@dataclass(kw_only=True)
class Service:
    """The parts of one running claimwatch."""

    #: As last loaded.
    settings: Settings
    database: Database
    stores: Stores
    in_thread: Threads
    parts: Parts
    analysis: AnalysisPool
    queue: EmbeddedQueue

    async def take(self, settings: Settings) -> None:
        """Work by these settings from the next step of every job on; all that can change while running.

        Raises:
            ConfigError: a watch does not compile, or fails its own tests; everything stays as it was.
            AnalysisFailed: the watches could not be compiled; everything stays as it was.
            StorageError: they are in use, but which sources to poll could not be stored.
        """
        catalogue, parts = Catalogue(settings.outlets), self.parts
        await self.analysis.watch(settings.watches, settings.concepts, catalogue.countries)
        self.settings = settings
        parts.catalogue, parts.routes, parts.channels = catalogue, settings.routes, settings.channels
        parts.watches = {watch.id: watch for watch in settings.watches}
        parts.dispatcher.use(settings.channels)
        if isinstance(parts.fetcher, ScrapyFetcher):
            parts.fetcher.pace(catalogue.delays)
        await self.list_sources()

    async def list_sources(self) -> None:
        """Store which sources there are to poll.

        Raises:
            StorageError: the database does not answer.
        """
        catalogue = self.parts.catalogue
        await self.in_thread(self.stores.sources.sync, catalogue.sources, catalogue.lanes, self.parts.clock.now())


@asynccontextmanager
async def open_service(
    settings: Settings, *, fetcher: Fetcher | None = None, alone: bool = False, console: TextIO | None = None
) -> AsyncIterator[Service]:
    """Everything a poll, an entry and a delivery need, closed again at the end.

    Args:
        settings: the configuration.
        fetcher: who fetches; by default a Scrapy engine of our own, for which the reactor must run.
        alone: this process is the only daemon on the database.
        console: where the console channel prints; standard output by default.

    Raises:
        ConfigError: a watch does not compile, or fails its own tests.
        StorageError: the database cannot be used.
    """
    catalogue = Catalogue(settings.outlets)
    async with AsyncExitStack() as stack:
        analysis = AnalysisPool(settings.watches, settings.concepts, catalogue.countries)
        stack.callback(analysis.close)
        await analysis.ready()  # a wrong watch is told here, before anything starts
        database, stores = stack.enter_context(open_stores(settings, migrate=True))
        in_thread = Threads(database.workers)
        stack.callback(in_thread.close)
        parsing = ParsingPool()
        stack.callback(parsing.close)
        if fetcher is None:
            fetcher = await stack.enter_async_context(own_fetcher(settings))
        dispatcher = await stack.enter_async_context(open_dispatcher(settings, stores, in_thread, console))
        clock = SystemClock()
        parts = Parts(
            clock=clock,
            catalogue=catalogue,
            watches={watch.id: watch for watch in settings.watches},
            routes=settings.routes,
            channels=settings.channels,
            fetcher=fetcher,
            parser=parsing,
            analyzer=analysis,
            sources=stores.sources,
            polls=stores.polls,
            articles=stores.articles,
            stories=stores.story_index,
            dispatcher=dispatcher,
            in_thread=in_thread,
        )
        queue = EmbeddedQueue(leases=stores.leases, clock=clock, in_thread=in_thread, alone=alone)
        yield Service(
            settings=settings,
            database=database,
            stores=stores,
            in_thread=in_thread,
            parts=parts,
            analysis=analysis,
            queue=queue,
        )


def engine_settings(settings: Settings) -> dict[str, object]:
    """What our Scrapy engines are set to: who we are, and the pace of every host in the catalogue."""
    return scrapy_settings(
        user_agent=settings.network.user_agent,
        delays=Catalogue(settings.outlets).delays,
        default_delay_s=DEFAULT_DELAY_S,
        ca_file=settings.network.ca_file,
    )


@asynccontextmanager
async def own_fetcher(settings: Settings) -> AsyncIterator[Fetcher]:
    """A Scrapy engine with our settings and address policy; the reactor must run."""
    network = settings.network
    fetcher = ScrapyFetcher(settings=engine_settings(settings), policy=network.crawl, clock=SystemClock())
    await fetcher.start()
    try:
        yield fetcher
    finally:
        await fetcher.stop()


@asynccontextmanager
async def open_dispatcher(
    settings: Settings, stores: Stores, in_thread: Threads, console: TextIO | None = None
) -> AsyncIterator[Dispatcher]:
    """The dispatcher with a transport for each kind of channel."""
    network = settings.network
    transports = open_transports(
        smtp_policy=network.smtp,
        webhook_policy=network.webhook,
        ca_file=network.ca_file,
        user_agent=network.user_agent,
        console=console or sys.stdout,
    )
    try:
        yield Dispatcher(
            outbox=stores.outbox,
            transports=transports,
            channels=settings.channels,
            clock=SystemClock(),
            in_thread=in_thread,
        )
    finally:
        await transports.close()


class NoFetcher:
    """A Fetcher for work that fetches nothing."""

    async def fetch(self, request: FetchRequest) -> FetchResult:
        """Refuse.

        Raises:
            AddressRefused: always.
        """
        raise AddressRefused(request.url, "nothing is fetched here")

    def crawl_delay_s(self, url: str) -> float | None:  # noqa: ARG002  the port's signature
        """No site is asked, so none asks us to wait."""
        return None
