"""Takes every article of a local press the whole way, one kind of job after the other, and prints the cost.

``python -m benchmarks.children.press '{"port": ..., "hosts": 8, "articles": 25, "watches": 1000}'`` beside
``benchmarks.children.httpd``. All parts are the daemon's own: engine, pools, SQLite, leases, worker,
dispatcher. Only the kinds of jobs are kept apart, so that each has a time of its own.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from crawler.engine import install_reactor, run_in_reactor

install_reactor()

from benchmarks import texts  # noqa: E402 - the reactor comes first
from benchmarks.pages import page  # noqa: E402
from claimwatch import pipeline  # noqa: E402
from claimwatch.config.settings import NetworkSettings, Settings  # noqa: E402
from claimwatch.demo.receiver import new_secret  # noqa: E402
from claimwatch.wiring import Service, open_service  # noqa: E402
from domain.alerts import WebhookChannel  # noqa: E402
from domain.jobs import Job, JobKind  # noqa: E402
from domain.net import AddressPolicy  # noqa: E402
from domain.outlets import Outlet, Ownership, Source  # noqa: E402
from domain.secrets import Secret  # noqa: E402
from domain.watches import Route  # noqa: E402
from scheduler.engines.embedded import EmbeddedQueue  # noqa: E402
from scheduler.worker import Worker  # noqa: E402
from storage.leases import SqlLeaseStore  # noqa: E402

#: Seconds for one kind of job, however many there are.
PATIENCE_S = 90.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to do."""

    port: int
    hosts: int
    #: On each host.
    articles: int
    watches: int


class _MeteredLeases(SqlLeaseStore):
    """Tells how much CPU finding work took."""

    claim_s = 0.0
    claims = 0

    def claim(
        self, *, now: datetime, owner: str, lease_s: float, limits: Mapping[JobKind, int], share: int | None = None
    ) -> tuple[Job, ...]:
        began = time.thread_time()
        jobs = super().claim(now=now, owner=owner, lease_s=lease_s, limits=limits, share=share)
        self.claim_s += time.thread_time() - began
        self.claims += 1
        return jobs


class _Meter:
    """The CPU of each part of the service so far, in seconds.

    Args:
        leases: the store that counts claims.
        storage_thread: ident of the one thread in which SQLite is asked.
        parsing: ids of the parsing processes.
        analysis: ids of the analysis processes.
    """

    def __init__(
        self, leases: _MeteredLeases, storage_thread: int, parsing: Iterable[int], analysis: Iterable[int]
    ) -> None:
        self._leases = leases
        self._storage = time.pthread_getcpuclockid(storage_thread)
        self._pools = {"parsing": tuple(parsing), "analysis": tuple(analysis)}

    def read(self) -> dict[str, float]:
        """CPU seconds by part, and the wall clock."""
        storage = time.clock_gettime(self._storage)
        return {
            "wall": time.perf_counter(),
            "loop": time.process_time() - storage,
            "claims": self._leases.claim_s,
            "storage": storage - self._leases.claim_s,
            **{name: sum(map(_cpu_s, ids)) for name, ids in self._pools.items()},
        }


def _cpu_s(process_id: int) -> float:
    """User and system time of another process, as Linux tells it; ticks of 10 ms."""
    fields = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _measure(plan: Plan, folder: Path) -> dict[str, Any]:
    async with open_service(_settings(plan, folder), alone=True) as service:
        parts = service.parts
        await service.in_thread(
            service.stores.sources.sync, parts.catalogue.sources, parts.catalogue.lanes, parts.clock.now()
        )
        leases = _MeteredLeases(service.database)
        meter = await _meter(service, leases)
        queue = EmbeddedQueue(leases=leases, clock=parts.clock, in_thread=service.in_thread, alone=True)
        stages = {}
        handlers = _handlers(service)
        for kind in (JobKind.POLL, JobKind.ENTRY, JobKind.DELIVERY):
            expected = await _expected(service, kind)
            before, claims = meter.read(), leases.claims
            await _all_of(queue, kind, handlers[kind], expected)
            after = meter.read()
            spent = {name: after[name] - before[name] for name in after}
            stages[kind.value] = {"items": expected, "claims_made": leases.claims - claims, **spent}
        await _check(service, plan)
        return stages


async def _meter(service: Service, leases: _MeteredLeases) -> _Meter:
    """Start every process and thread before the clock does."""
    of = texts.text(0)
    body = page(of, "semantic").body
    before = _processes()
    await asyncio.gather(*(service.parts.parser.extract(body, "https://x.example/", "text/html") for _ in range(4)))
    parsing = _processes() - before
    await service.parts.analyzer.analyze(texts.article(of))
    analysis = _processes() - before - parsing
    return _Meter(leases, await service.in_thread(threading.get_ident), parsing, analysis)


def _processes() -> set[int]:
    return {child.pid for child in multiprocessing.active_children() if child.pid is not None}


def _handlers(service: Service) -> dict[JobKind, Callable[[Job], Awaitable[object]]]:
    return {
        JobKind.POLL: lambda job: pipeline.poll(service.parts, job),
        JobKind.ENTRY: lambda job: pipeline.process_entry(service.parts, job),
        JobKind.DELIVERY: lambda job: pipeline.deliver(service.parts, job),
    }


async def _expected(service: Service, kind: JobKind) -> int:
    """How many jobs of this kind wait."""
    if kind is JobKind.POLL:
        return len(service.parts.catalogue.sources)
    report = await service.in_thread(service.stores.health.report)
    return report.pending_entries if kind is JobKind.ENTRY else report.pending_deliveries


async def _all_of(queue: EmbeddedQueue, kind: JobKind, handle: Callable[[Job], Awaitable[object]], count: int) -> None:
    """Run the worker until so many jobs of this kind have ended."""
    left, done = count, asyncio.Event()

    async def handled(job: Job) -> None:
        nonlocal left
        await handle(job)
        left -= 1
        if left == 0:
            done.set()

    worker = Worker(queue=queue, handlers={kind: handled})
    running = [asyncio.create_task(worker.run()), asyncio.create_task(_tick(worker))]
    async with asyncio.timeout(PATIENCE_S):
        await done.wait()
    await worker.drain(10.0)
    for task in running:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _tick(worker: Worker) -> None:
    """The daemon's clock."""
    while True:
        await worker.tick()
        await asyncio.sleep(1.0)


async def _check(service: Service, plan: Plan) -> None:
    """Figures of work that was not done are no figures.

    Raises:
        RuntimeError: an article is missing, or something still waits.
    """
    report = await service.in_thread(service.stores.health.report)
    waits = report.pending_entries + report.pending_deliveries + report.dead_deliveries
    if report.articles != plan.hosts * plan.articles or waits:
        raise RuntimeError(f"not all was done: {report}")


def _settings(plan: Plan, folder: Path) -> Settings:
    hosts = [f"127.0.0.{number + 1}" for number in range(plan.hosts)]
    secret = folder / "secret"
    secret.write_text(new_secret(), encoding="ascii")
    url = f"http://{hosts[0]}:{plan.port}/hook"
    watches = [texts.land_watch(), *(one.watch for one in texts.interests(plan.watches))]
    return Settings(
        origin="benchmark",
        is_default=False,
        database_url=f"sqlite:///{folder}/press.db",
        network=NetworkSettings(
            user_agent="claimwatch-bench/1",
            crawl=AddressPolicy(allow_private=frozenset(f"{host}:{plan.port}" for host in hosts)),
            webhook=AddressPolicy(allow_private=frozenset({f"{hosts[0]}:{plan.port}"})),
        ),
        outlets=tuple(_outlet(host, plan.port) for host in hosts),
        watches=tuple(watches),
        channels={"hook": WebhookChannel(name="hook", url=url, secrets=(Secret(f"file:{secret}"),))},
        routes=(Route(to=("hook",), max_age_days=100_000.0),),
    )


def _outlet(host: str, port: int) -> Outlet:
    name = f"site-{host.rpartition('.')[2]}"
    feed = Source(id=f"{name}/feed", outlet_id=name, url=f"http://{host}:{port}/feed.xml", interval_s=86_400)
    return Outlet(
        id=name,
        name=name,
        country="KZ",
        languages=texts.LANGUAGES,
        ownership=Ownership.PRIVATE,
        host=host,
        delay_s=0.0,
        sources=(feed,),
    )


async def _main() -> int:
    plan = Plan(**json.loads(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder:
        stages = await _measure(plan, Path(folder))
    print(json.dumps(stages))
    return 0


if __name__ == "__main__":
    sys.exit(run_in_reactor(_main))
