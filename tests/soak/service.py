"""The whole service for thousands of polls in minutes; prints a line of JSON about itself every so many.

``python -m tests.soak.service '{"port": ..., "polls": 20000, "every": 1000, "leak_bytes": 0}'`` beside
``tests.soak.press``. Engine, pools, SQLite, leases, queue, worker and dispatcher are the daemon's own;
compressed are only the sources' interval, and the time limits of a request and of a parse. Before each
line all work ends and the connections that were kept open are hung up, so that what is counted is what
stays.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crawler.engine import ScrapyFetcher, install_reactor, run_in_reactor

install_reactor()

from claimwatch import pipeline  # noqa: E402 - the reactor comes first
from claimwatch.config.settings import NetworkSettings, Settings  # noqa: E402
from claimwatch.daemon import _handlers  # noqa: E402
from claimwatch.demo.receiver import new_secret  # noqa: E402
from claimwatch.pools import ParsingPool  # noqa: E402
from claimwatch.wiring import Service, engine_settings, open_service  # noqa: E402
from domain.alerts import WebhookChannel  # noqa: E402
from domain.jobs import Job, JobKind  # noqa: E402
from domain.net import AddressPolicy  # noqa: E402
from domain.outlets import Outlet, Ownership, Source  # noqa: E402
from domain.secrets import Secret  # noqa: E402
from domain.time import SystemClock  # noqa: E402
from domain.watches import Route, Watch  # noqa: E402
from scheduler.worker import Worker  # noqa: E402
from tests.soak.press import MAX_BODY, SITES, host_of, role_of  # noqa: E402

REQUEST_S = 0.4
PARSE_S = 2.0

#: More than the jobs that can look up a name at once.
LOOK_UPS = 40


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to do."""

    port: int
    polls: int
    #: A line after so many polls.
    every: int
    #: Bytes that are kept of every poll, to show that the test would see it.
    leak_bytes: int = 0


class Soak:
    """Runs the worker between two lines, and counts what it did."""

    def __init__(self, plan: Plan, service: Service, fetcher: ScrapyFetcher) -> None:
        self._plan = plan
        self._service = service
        self._fetcher = fetcher
        self._leaked: list[bytearray] = []
        self._handlers = _handlers(service, lambda _: None)
        self._enough = asyncio.Event()
        self.polls = 0
        self.jobs: Counter[str] = Counter()
        self.results: Counter[str] = Counter()

    async def run(self) -> None:
        """Poll as often as planned; a line for every so many."""
        began = time.monotonic()
        await _start_threads()
        while self.polls < self._plan.polls:
            await self._work(self.polls + self._plan.every)
            await _hang_up(self._plan.port)
            await self._service.in_thread(self._service.stores.polls.forget_polls, SystemClock().now())
            print(json.dumps({"seconds": round(time.monotonic() - began, 1), **self._figures()}), flush=True)

    async def _work(self, until: int) -> None:
        self._enough.clear()
        handlers = {JobKind.POLL: self._poll} | {
            kind: self._counted(kind) for kind in (JobKind.ENTRY, JobKind.DELIVERY)
        }
        self._until = until
        worker = Worker(queue=self._service.queue, handlers=handlers)
        running, ticking = asyncio.create_task(worker.run()), asyncio.create_task(_tick(worker))
        await self._enough.wait()
        given_back = await worker.drain(30.0)
        assert given_back == 0, "a job hangs"
        ticking.cancel()
        await asyncio.gather(running, ticking, return_exceptions=True)

    async def _poll(self, job: Job) -> None:
        work = await pipeline.poll(self._service.parts, job)
        assert work is not None
        self.results[f"{type(work.problem).__name__ if work.problem else 'fine'}"] += 1
        self.polls += 1
        if self._plan.leak_bytes:
            self._leaked.append(bytearray(self._plan.leak_bytes))
        if self.polls >= self._until:
            self._enough.set()

    def _counted(self, kind: JobKind) -> Any:
        async def handle(job: Job) -> None:
            await self._handlers[kind](job)
            self.jobs[kind.value] += 1

        return handle

    def _figures(self) -> Mapping[str, object]:
        gc.collect()
        robots, crawler = self._fetcher._robots, self._fetcher._crawler
        assert robots is not None
        assert crawler is not None
        assert crawler.stats is not None
        children = _children(os.getpid())
        return {
            "polls": self.polls,
            "entries": self.jobs["entry"],
            "deliveries": self.jobs["delivery"],
            "rss_kb": _rss_kb(os.getpid()),
            "children": len(children),
            "children_rss_kb": sum(map(_rss_kb, children)),
            "fds": sum(1 for _ in Path("/proc/self/fd").iterdir()),
            "threads": threading.active_count(),
            "tasks": len(asyncio.all_tasks()),
            # not gc.get_objects(): it takes hold of tuples that other threads are just filling, and breaks them
            "blocks": sys.getallocatedblocks(),
            "robots": len(robots.cache) + len(robots.cache._locks),
            "slots": len(crawler.engine.downloader.slots),
            "stats": len(crawler.stats.get_stats()),
            "refusals": len(_guard()._refusals),
            "in_flight": len(self._fetcher._in_flight) + len(crawler.engine.downloader.active),
            "results": dict(self.results),
        }


def _guard() -> Any:
    from twisted.internet import reactor  # noqa: PLC0415 - its import installs a default reactor

    return reactor.nameResolver


async def _start_threads() -> None:
    """All threads that pools start when they need one more: a thread that comes later is one too many."""
    _guard().inner._getThreadPool().adjustPoolsize(minthreads=LOOK_UPS)
    await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.1) for _ in range(LOOK_UPS)))


async def _tick(worker: Worker) -> None:
    """The daemon's clock."""
    while True:
        await worker.tick()
        await asyncio.sleep(0.1)


async def _hang_up(port: int) -> None:
    """Let the press end every connection that was kept open, and see to it that ours know."""
    reader, writer = await asyncio.open_connection(host_of(0), port)
    writer.write(b"GET /hang-up HTTP/1.1\r\n\r\n")
    await reader.read()
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0.2)


def _rss_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def _children(pid: int) -> list[int]:
    """The processes that this one started, but not multiprocessing's own helper."""
    return [
        child for child in _started_by(pid) if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def _started_by(pid: int) -> Iterator[int]:
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        yield from map(int, tasks.read_text("ascii").split())


def _settings(plan: Plan, folder: Path) -> Settings:
    hosts = [f"{host_of(number)}:{plan.port}" for number in range(SITES)]
    secret = folder / "secret"
    secret.write_text(new_secret(), encoding="ascii")
    hook = WebhookChannel(name="hook", url=f"http://{hosts[0]}/hook", secrets=(Secret(f"file:{secret}"),))
    policy = AddressPolicy(allow_private=frozenset(hosts))
    return Settings(
        origin="soak",
        is_default=False,
        database_url=f"sqlite:///{folder}/soak.db",
        network=NetworkSettings(user_agent="claimwatch-soak/1", crawl=policy, webhook=policy),
        outlets=tuple(_outlet(number, plan.port) for number in range(SITES)),
        watches=(Watch(id="claims", title="Claims", queries={"*": '"territorial claims"'}),),
        channels={"hook": hook},
        routes=(Route(to=("hook",)),),
    )


def _outlet(number: int, port: int) -> Outlet:
    name = f"{role_of(number).replace(' ', '-')}-{number}"
    host = host_of(number)
    feed = Source(id=f"{name}/feed", outlet_id=name, url=f"http://{host}:{port}/feed", interval_s=0)
    return Outlet(
        id=name,
        name=name,
        country="KZ",
        languages=("en",),
        ownership=Ownership.PRIVATE,
        host=host,
        delay_s=0.0,
        sources=(feed,),
    )


async def _soak(plan: Plan, folder: Path) -> None:
    settings = _settings(plan, folder)
    compressed = {"DOWNLOAD_TIMEOUT": REQUEST_S, "DOWNLOAD_MAXSIZE": MAX_BODY}
    fetcher = ScrapyFetcher(
        settings=engine_settings(settings) | compressed, policy=settings.network.crawl, clock=SystemClock()
    )
    await fetcher.start()
    async with open_service(settings, fetcher=fetcher, alone=True) as made:
        parsing = ParsingPool(timeout_s=PARSE_S)
        service = replace(made, parts=replace(made.parts, parser=parsing))
        catalogue = service.parts.catalogue
        await service.in_thread(
            service.stores.sources.sync, catalogue.sources, catalogue.lanes, service.parts.clock.now()
        )
        await Soak(plan, service, fetcher).run()
        parsing.close()
    await fetcher.stop()


async def _main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        await _soak(Plan(**json.loads(sys.argv[1])), Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(run_in_reactor(_main))
