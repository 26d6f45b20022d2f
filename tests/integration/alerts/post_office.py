"""A post office: real transports, outbox, leases and worker over SQLite, and a clock that is set by hand."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from alerts.dispatcher import Dispatcher
from alerts.planner import PlanInput, plan
from alerts.transports.registry import Transports, open_transports
from domain.alerts import Channel, Delivery, DeliveryState, EmailChannel, TlsMode, WebhookChannel
from domain.jobs import Job, JobKind
from domain.net import AddressPolicy
from domain.outcomes import ArticleOutcome, JobEnd
from domain.secrets import Secret
from domain.views import DeliveryFilter, DeliveryRow
from domain.watches import Route
from scheduler.engines.embedded import EmbeddedQueue
from scheduler.worker import LIMITS, Worker
from storage import migrate
from storage.database import Database
from storage.stores import Stores
from tests.fakes.clock import FakeClock
from tests.unit.alerts.delivering import deliver
from tests.unit.alerts.samples import NOW, WATCH, article, hit

SENDER = "alerts@sender.example"
#: Seconds that a test waits for what should come at once.
PATIENCE_S = 20.0


def mail(port: int, *, name: str = "mail", **settings: Any) -> EmailChannel:
    """A mail channel to a server of ours, without TLS unless told."""
    said = {"host": "127.0.0.1", "tls": TlsMode.NONE, "to": ("a@r.example",), "timeout_s": PATIENCE_S, **settings}
    return EmailChannel(name=name, port=port, sender=SENDER, **said)


def hook(port: int, *, name: str = "hook", **settings: Any) -> WebhookChannel:
    """A webhook channel to a server of ours; its secret is in ``POST_OFFICE_HOOK``."""
    said = {"url": f"http://127.0.0.1:{port}/hook", "timeout_s": PATIENCE_S, **settings}
    return WebhookChannel(name=name, secrets=(Secret("env:POST_OFFICE_HOOK"),), **said)


class PostOffice:
    """Everything between a stored alert and its receivers; the clock stands still until told otherwise."""

    def __init__(self, database: Database, transports: Transports, clock: FakeClock, *channels: Channel) -> None:
        self.clock = clock
        self.channels: dict[str, Channel] = {channel.name: channel for channel in channels}
        self.stores = Stores.over(database)
        self.queue = EmbeddedQueue(leases=self.stores.leases, clock=clock, in_thread=asyncio.to_thread, alone=True)
        self.dispatcher = Dispatcher(
            outbox=self.stores.outbox,
            transports=transports,
            channels=self.channels,
            clock=clock,
            in_thread=asyncio.to_thread,
            random=lambda: 0.0,
        )

    def publish(self, number: int = 1) -> None:
        """Store an article that goes to every channel."""
        written = replace(article(), id=f"art-{number}", url=f"https://v.example/{number}", story_id=f"sto-{number}")
        decided = plan(
            PlanInput(
                article=written,
                hits=(hit(WATCH.id),),
                watches={WATCH.id: WATCH},
                routes=(Route(to=tuple(self.channels)),),
                channels=self.channels,
                told={},
                outlet=None,
                now=self.clock.now(),
            )
        )
        self.stores.articles.record_article(
            ArticleOutcome(
                article=written,
                matches=decided.matches,
                alerts=decided.alerts,
                deliveries=decided.deliveries,
                end=JobEnd(),
            )
        )

    async def work(self) -> int:
        """Try whatever is due now, one after the other; returns how many tries were made."""
        tries = 0
        while jobs := await self.queue.claim({JobKind.DELIVERY: LIMITS[JobKind.DELIVERY]}):
            for job in jobs:
                await self._deliver(job)
            tries += len(jobs)
        return tries

    async def work_for(self, hours: float) -> None:
        """Let so much time pass, each try made when it is due."""
        end = self.clock.now() + timedelta(hours=hours)
        await self.work()
        while (due := self._next_due()) is not None and due <= end:
            self.clock.advance((due - self.clock.now()).total_seconds())
            await self.work()
        self.clock.advance((end - self.clock.now()).total_seconds())

    @asynccontextmanager
    async def working(self) -> AsyncIterator[Worker]:
        """The real worker at work, many deliveries side by side."""
        worker = Worker(queue=self.queue, handlers={JobKind.DELIVERY: self._deliver})
        await worker.tick()
        running = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            await worker.drain(PATIENCE_S)
            await running

    def rows(self, **wanted: Any) -> list[DeliveryRow]:
        """Deliveries with their tries, by channel and recipient."""
        rows = self.stores.outbox.list(DeliveryFilter(limit=1000, **wanted))
        return sorted(rows, key=lambda row: (row.delivery.channel, row.delivery.recipient))

    def delivery(self, **wanted: Any) -> Delivery:
        """The only one."""
        (row,) = self.rows(**wanted)
        return row.delivery

    def states(self, **wanted: Any) -> set[DeliveryState]:
        """Every state that a delivery is in."""
        return {row.delivery.state for row in self.rows(**wanted)}

    async def _deliver(self, job: Job) -> None:
        if await deliver(self.dispatcher, job) is None:
            await self.queue.give_back(job)

    def _next_due(self) -> datetime | None:
        """When the next try is due; what waits only for its channel is not among them."""
        due = [row.delivery.next_attempt_at for row in self.rows(state=DeliveryState.PENDING)]
        return min((moment for moment in due if moment > self.clock.now()), default=None)


@contextmanager
def _database(folder: Path) -> Iterator[Database]:
    database = Database.open(f"sqlite:///{folder / 'claimwatch.db'}")
    try:
        migrate.upgrade(database)
        yield database
    finally:
        database.close()


@asynccontextmanager
async def post_office(folder: Path, *channels: Channel) -> AsyncIterator[PostOffice]:
    """An office that may reach the loopback servers of these channels."""
    clock = FakeClock(NOW)
    policy = AddressPolicy(allow_private=frozenset(map(_place, channels)))
    transports = open_transports(
        smtp_policy=policy,
        webhook_policy=policy,
        ca_file=None,
        user_agent="claimwatch-test",
        console=io.StringIO(),
        clock=clock,
    )
    with _database(folder) as database:
        try:
            yield PostOffice(database, transports, clock, *channels)
        finally:
            await transports.close()


def _place(channel: Channel) -> str:
    """``host:port`` of a channel."""
    if isinstance(channel, EmailChannel):
        return f"{channel.host}:{channel.port}"
    assert isinstance(channel, WebhookChannel)
    return channel.url.split("/")[2]
