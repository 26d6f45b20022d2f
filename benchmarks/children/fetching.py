"""One client that asks a local server again and again, and prints what each round cost it.

``python -m benchmarks.children.fetching '{"client": "ours", "url": ..., "etag": ..., ...}'``. A process of
its own for each client, for a reactor runs once and an address policy holds for a whole process.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from crawler.engine import ScrapyFetcher, install_reactor, run_in_reactor

install_reactor()

from scrapy import Request, Spider  # noqa: E402 - the reactor comes first
from scrapy.crawler import AsyncCrawlerRunner  # noqa: E402
from scrapy.http import Response  # noqa: E402

from benchmarks.measure import Took, asked  # noqa: E402
from crawler.settings import ASYNCIO_REACTOR, scrapy_settings  # noqa: E402
from domain.fetching import FetchRequest  # noqa: E402
from domain.net import AddressPolicy  # noqa: E402
from domain.time import SystemClock  # noqa: E402

AGENT = "claimwatch-bench/1"

#: Asks once, with a validator or without; returns the status.
Ask = Callable[[str | None], Awaitable[int]]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to do."""

    client: str
    url: str
    etag: str
    #: Requests in a round.
    requests: int
    concurrency: int
    rounds: int


async def _rounds(plan: Plan, ask: Ask) -> dict[str, Any]:
    async def checked(etag: str | None) -> None:
        _check(plan, etag, await ask(etag))

    async def once(etag: str | None) -> Took:
        return await asked(lambda: checked(etag), plan.requests, plan.concurrency)

    await once(None)  # robots.txt, connections
    fresh = [await once(None) for _ in range(plan.rounds)]
    same = [await once(plan.etag) for _ in range(plan.rounds)]
    return _figures(fresh, same)


def _check(plan: Plan, etag: str | None, status: int) -> None:
    """A client that did not get what it asked for has no figures.

    Raises:
        RuntimeError: another status.
    """
    wanted = 200 if etag is None else 304
    if status != wanted:
        raise RuntimeError(f"{plan.client} got {status}, not {wanted}")


def _figures(fresh: list[Took], same: list[Took]) -> dict[str, Any]:
    return {"200": [asdict(one) for one in fresh], "304": [asdict(one) for one in same]}


async def _with_fetcher(plan: Plan, changes: dict[str, object]) -> dict[str, Any]:
    settings = scrapy_settings(user_agent=AGENT) | changes
    policy = AddressPolicy(allow_private=frozenset({urlsplit(plan.url).netloc}))
    fetcher = ScrapyFetcher(settings=settings, policy=policy, clock=SystemClock())
    await fetcher.start()

    async def ask(etag: str | None) -> int:
        return (await fetcher.fetch(FetchRequest(url=plan.url, etag=etag))).status

    figures = await _rounds(plan, ask)
    await fetcher.stop()
    return figures


async def _with_aiohttp(plan: Plan) -> dict[str, Any]:
    async with aiohttp.ClientSession(headers={"User-Agent": AGENT}) as session:

        async def ask(etag: str | None) -> int:
            headers = {"If-None-Match": etag} if etag else {}
            async with session.get(plan.url, headers=headers) as response:
                await response.read()
                return response.status

        return await _rounds(plan, ask)


class _Asker(Spider):
    """What one writes first: every request comes back to a callback. One round, then it ends."""

    name = "asker"
    handle_httpstatus_list = (304,)

    def __init__(self, *, plan: Plan, etag: str | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._plan = plan
        self._etag = etag
        self._began = (0.0, 0.0)
        self.answers = 0
        self.took: Took | None = None

    async def start(self) -> AsyncIterator[Any]:
        self._began = (time.process_time(), time.perf_counter())
        headers = {"If-None-Match": self._etag} if self._etag else None
        for _ in range(self._plan.requests):
            yield Request(self._plan.url, headers=headers, dont_filter=True)

    def parse(self, response: Response) -> None:
        _check(self._plan, self._etag, response.status)
        self.answers += 1

    def closed(self, _reason: str) -> None:
        cpu, wall = self._began
        self.took = Took(cpu_s=time.process_time() - cpu, wall_s=time.perf_counter() - wall)


async def _with_spider(plan: Plan, changes: dict[str, object]) -> dict[str, Any]:
    base = {"TWISTED_REACTOR": ASYNCIO_REACTOR, "TELNETCONSOLE_ENABLED": False, "USER_AGENT": AGENT}
    runner = AsyncCrawlerRunner(base | {"CONCURRENT_REQUESTS_PER_DOMAIN": plan.concurrency, **changes})

    async def once(etag: str | None) -> Took:
        crawler = runner.create_crawler(_Asker)
        await runner.crawl(crawler, plan=plan, etag=etag)
        spider = crawler.spider
        assert isinstance(spider, _Asker)
        if spider.took is None or spider.answers != plan.requests:
            raise RuntimeError(f"{plan.client} got {spider.answers} answers of {plan.requests}")
        return spider.took

    await once(None)
    fresh = [await once(None) for _ in range(plan.rounds)]
    same = [await once(plan.etag) for _ in range(plan.rounds)]
    return _figures(fresh, same)


_CLIENTS: dict[str, Callable[[Plan], Awaitable[dict[str, Any]]]] = {
    "ours": lambda plan: _with_fetcher(plan, {}),
    "ours, 100 items": lambda plan: _with_fetcher(plan, {"CONCURRENT_ITEMS": 100}),
    "spider, defaults": lambda plan: _with_spider(plan, {}),
    "spider, 2 items": lambda plan: _with_spider(plan, {"CONCURRENT_ITEMS": 2}),
    "aiohttp": _with_aiohttp,
}


async def _main() -> int:
    plan = Plan(**json.loads(sys.argv[1]))
    figures = await _CLIENTS[plan.client](plan)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(run_in_reactor(_main))
