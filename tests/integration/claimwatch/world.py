"""The real pipeline over real stores, in processes that can be stopped between any two steps, and die there.

No event loop runs: every job is a coroutine that is stepped by hand from one stopping place to the next. Stopping
places lie before and after every call to the database, every request and every message. A process that dies
loses all its coroutines; the database, the newspapers and the receivers stay.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from alerts.dispatcher import Dispatcher
from alerts.transports.registry import Transports
from claimwatch import pipeline
from claimwatch.catalogue import Catalogue
from claimwatch.pipeline import Parts
from crawler.extract import extract
from crawler.readers.feed import read_feed
from domain.alerts import Delivery, DeliveryState
from domain.articles import Article, Page
from domain.errors import LeaseLost, StorageError
from domain.fetching import FeedDocument, FetchRequest, FetchResult
from domain.jobs import Job, JobKind
from domain.matches import Analysis
from domain.outlets import Source
from domain.watches import Watch
from matching.matcher import Matcher
from scheduler.engines.embedded import EmbeddedQueue
from scheduler.worker import LIMITS
from tests.contract.conftest import AnyStores
from tests.fakes.clock import FakeClock
from tests.integration.claimwatch.office import CHANNELS, DELAYS, OUTLETS, ROUTES, WATCHES
from tests.integration.claimwatch.press import Newspaper
from tests.integration.claimwatch.receivers import Receivers

#: In the past of every machine that runs this, for the reader asks the machine's own clock what it may believe.
START = datetime(2025, 3, 3, 12, 0, tzinfo=UTC)

read_feed_once = lru_cache(maxsize=4096)(read_feed)
extract_once = lru_cache(maxsize=4096)(extract)
_matchers: dict[tuple[str, ...], Matcher] = {}


class Stop:
    """A place where a coroutine rests until it is stepped on; ``waits`` when it needs time to pass."""

    def __init__(self, *, waits: bool = False) -> None:
        self._waits = waits

    def __await__(self) -> Generator[bool, None, None]:
        yield self._waits


def finish(steps: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that is not to be interrupted."""
    try:
        while True:
            steps.send(None)
    except StopIteration as end:
        return end.value


async def directly(function: Callable[..., Any], *args: Any) -> Any:
    """Call in this thread."""
    return function(*args)


@dataclass(eq=False)
class Run:
    """One job on its way."""

    number: int
    job: Job
    steps: Coroutine[Any, Any, None]
    held_until: datetime


@dataclass(frozen=True, kw_only=True)
class Analysed:
    """One reading of an article: its words, and the watches that were looked for."""

    article: Article
    watches: frozenset[str]


@dataclass
class World:
    """All that outlives a process, and the processes."""

    stores: AnyStores
    rng: random.Random = field(default_factory=lambda: random.Random(0))
    clock: FakeClock = field(default_factory=lambda: FakeClock(START))
    processes: list[Process] = field(default_factory=list)
    #: What the next calls to the database come to: ``fine``, ``refused`` or ``unknown`` (done, but not told).
    storage_faults: list[str] = field(default_factory=list)
    analysed: list[Analysed] = field(default_factory=list)
    #: Runs whose process died, whose lease ran out, or who were not told how a call ended.
    interrupted: set[int] = field(default_factory=set)
    #: Source id to whether its last poll was stored as well; None where that is unknown.
    healthy: dict[str, bool | None] = field(default_factory=dict)
    #: Monotonic seconds at which the wall clock was set.
    clock_sets: list[float] = field(default_factory=list)
    #: Runs that were told by the database that their delivery is no longer to be sent.
    told_off: set[int] = field(default_factory=set)
    #: Calls to the database by jobs.
    calls: int = 0
    current: Run | None = None
    _runs: int = 0

    def __post_init__(self) -> None:
        self.papers = {outlet.host: Newspaper(outlet.host, self.clock) for outlet in OUTLETS}
        self.receivers = Receivers(self.pause, self.run_number, self.interrupt)

    async def pause(self) -> None:
        """A stopping place."""
        await Stop()

    def run_number(self) -> int:
        """The run that is being stepped."""
        assert self.current is not None
        return self.current.number

    def next_number(self) -> int:
        self._runs += 1
        return self._runs

    def interrupt(self) -> None:
        """The run that is being stepped is not told how something ended."""
        self.interrupted.add(self.run_number())

    def start(self, *watches: Watch, alone: bool) -> Process:
        """A new process; ``alone`` when it knows that no other lives."""
        process = Process(self, watches or WATCHES, alone=alone)
        self.processes.append(process)
        return process

    def die(self, process: Process) -> None:
        """As by SIGKILL."""
        for run in process.runs:
            self.interrupted.add(run.number)
            run.steps.close()
        self.processes.remove(process)

    def set_clock(self, seconds: float) -> None:
        """The wall clock is set forward or back, or the machine slept; no work is done meanwhile."""
        self.clock.set_by(seconds)
        self.clock_sets.append(self.clock.monotonic())
        self._note_lapsed()

    def pass_time(self, seconds: float) -> None:
        """Time passes; living processes keep their leases, frozen ones lose them."""
        self.clock.advance(seconds)
        for process in self.processes:
            if not process.frozen:
                process.keep()
        self._note_lapsed()

    def _note_lapsed(self) -> None:
        for run in (run for process in self.processes for run in process.runs):
            if run.held_until <= self.clock.now():
                self.interrupted.add(run.number)

    def settle(self) -> None:
        """Let all work and wait until nothing is due any more."""
        for process in self.processes:
            process.frozen = False
        self.storage_faults = []
        wait_s = 4.0
        for _ in range(2000):
            worked = self.work_off()
            report = self.stores.health.report()
            if not worked and not (report.pending_entries or report.pending_deliveries):
                return
            wait_s = max(4.0, wait_s / 16) if worked else min(2 * wait_s, 7200.0)
            self.pass_time(wait_s)
        raise AssertionError(f"after {wait_s} s there is still work: {report}")

    def work_off(self, kinds: tuple[JobKind, ...] = tuple(JobKind)) -> bool:
        """Do all of these kinds that is due now; False when there was nothing."""
        worked = False
        for _ in range(200):
            claimed = [process.claim(kinds) for process in self.processes]
            stepped = [process.finish() for process in self.processes]
            if not any(claimed) and not any(stepped):
                return worked
            worked = True
        raise AssertionError("there is no end of due work")


class Process:
    """One life of the daemon: claims jobs and runs them as ``claimwatch.daemon`` and ``scheduler.worker`` do."""

    def __init__(self, world: World, watches: tuple[Watch, ...], *, alone: bool) -> None:
        self._world = world
        self.watches = watches
        self.runs: list[Run] = []
        #: Stopped by SIGSTOP: it neither works nor keeps its leases.
        self.frozen = False
        self.parts = _parts(world, watches)
        stores, clock = world.stores, world.clock
        self.queue = EmbeddedQueue(leases=stores.leases, clock=clock, in_thread=directly, alone=alone)
        catalogue = self.parts.catalogue
        stores.sources.sync(catalogue.sources, catalogue.lanes, clock.now())
        finish(self.queue.open())

    def claim(self, kinds: tuple[JobKind, ...] = tuple(JobKind)) -> int:
        """Take what is due of these kinds, and begin none of it."""
        if self.frozen:
            return 0
        busy = [run.job.kind for run in self.runs]
        jobs = finish(self.queue.claim({kind: LIMITS[kind] - busy.count(kind) for kind in kinds}))
        known = {(run.job.kind, run.job.key) for run in self.runs}
        fresh = [job for job in jobs if (job.kind, job.key) not in known]  # as the worker: its own run is still at it
        for job in fresh:
            number = self._world.next_number()
            self.runs.append(Run(number, job, self._handle(job), job.lease.until))
        return len(fresh)

    def step(self, run: Run) -> bool:
        """To the next stopping place; False when it waits for time to pass, or ended."""
        self._world.current = run
        try:
            waits = run.steps.send(None)
        except StopIteration:
            self.runs.remove(run)
            return False
        finally:
            self._world.current = None
        return not waits

    def step_far(self, run: Run, most: int) -> None:
        """So many stopping places, if it comes so far."""
        for _ in range(most):
            if not self.step(run):
                return

    def finish(self) -> int:
        """All runs, as far as they come; returns how many ended."""
        before = list(self.runs)
        for run in [] if self.frozen else before:
            while self.step(run):
                pass
        return len(before) - len(self.runs)

    def keep(self) -> None:
        """The worker's sign of life for each job."""
        for run in self.runs:
            try:
                kept = finish(self.queue.keep(run.job))
            except LeaseLost:
                self._world.interrupted.add(run.number)
            else:
                run.held_until = kept.lease.until

    def stop(self) -> None:
        """In good order: what is on its way is given back."""
        for run in self.runs:
            self._world.interrupted.add(run.number)
            run.steps.close()
            finish(self.queue.give_back(run.job))
        self.runs = []

    async def _handle(self, job: Job) -> None:
        try:
            await self._do(job)
        except LeaseLost:
            self._world.interrupt()
        except StorageError:
            self._world.interrupt()
            await self.queue.postpone(job)

    async def _do(self, job: Job) -> None:
        if job.kind is JobKind.POLL:
            self._world.healthy[job.key] = None
            work = await pipeline.poll(self.parts, job)
            assert work is not None
            self._world.healthy[job.key] = work.problem is None
        elif job.kind is JobKind.ENTRY:
            if await pipeline.process_entry(self.parts, job) is None:
                await self.queue.give_back(job)
        elif await pipeline.deliver(self.parts, job) is None:
            await self.queue.give_back(job)


def _parts(world: World, watches: tuple[Watch, ...]) -> Parts:
    stores, receivers = world.stores, world.receivers
    in_thread = _Threads(world)
    return Parts(
        clock=world.clock,
        catalogue=Catalogue(OUTLETS),
        watches={watch.id: watch for watch in watches},
        routes=ROUTES,
        channels=CHANNELS,
        fetcher=_Fetcher(world),
        parser=_Parser(),
        analyzer=_Analyzer(world, watches),
        sources=stores.sources,
        polls=stores.polls,
        articles=stores.articles,
        stories=stores.story_index,
        dispatcher=Dispatcher(
            outbox=stores.outbox,
            transports=Transports(console=receivers, email=receivers, webhook=receivers),
            channels=CHANNELS,
            clock=world.clock,
            in_thread=in_thread,
            random=world.rng.random,
            sleep=_no_sleep,
        ),
        in_thread=in_thread,
        fraction=world.rng.random,
    )


async def _no_sleep(_seconds: float) -> None:
    await Stop()


class _Threads:
    """Calls the database, which may refuse, or do it and not say so."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, function: Callable[..., Any], *args: Any) -> Any:
        await Stop()
        self._world.calls += 1
        fault = self._world.storage_faults.pop(0) if self._world.storage_faults else "fine"
        if fault == "refused":
            raise StorageError("the database is away")
        result = function(*args)
        self._note(result)
        if fault == "unknown":
            self._world.interrupt()
            raise StorageError("the connection was lost")
        await Stop()
        return result

    def _note(self, result: object) -> None:
        delivery = result[0] if isinstance(result, tuple) and result else None
        if isinstance(delivery, Delivery) and delivery.state is not DeliveryState.PENDING:
            self._world.told_off.add(self._world.run_number())


class _Fetcher:
    """Keeps each host's pace within its process, as the port promises, and forgets it with the process."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._free: dict[str, float] = {}

    async def fetch(self, request: FetchRequest) -> FetchResult:
        await Stop()
        clock, host = self._world.clock, request.url.split("/")[2]
        while clock.monotonic() < self._free.get(host, 0.0):
            await Stop(waits=True)
        self._free[host] = clock.monotonic() + DELAYS[host]
        result = self._world.papers[host].answer(request, self._world.run_number())
        await Stop()
        return result

    def crawl_delay_s(self, url: str) -> float | None:
        return None


class _Parser:
    async def read_feed(self, body: bytes, source: Source, base_url: str, content_type: str) -> FeedDocument:
        return read_feed_once(body, source, base_url, content_type)

    async def extract(self, body: bytes, url: str, content_type: str) -> Page:
        return extract_once(body, url, content_type)


class _Analyzer:
    def __init__(self, world: World, watches: tuple[Watch, ...]) -> None:
        self._world = world
        self._names = frozenset(watch.id for watch in watches)
        self._matcher = _matchers.setdefault(tuple(sorted(self._names)), Matcher(watches))

    async def analyze(self, article: Article) -> Analysis:
        self._world.analysed.append(Analysed(article=article, watches=self._names))
        await Stop()
        return self._matcher.analyze(article)
