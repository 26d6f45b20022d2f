"""`claimwatch run`: one event loop with the Scrapy engine, the clock, the workers and the dispatcher.

1. Take the database for ourselves and check it (SQLite), bring its schema up to date, list the sources in it.
2. Each second, and whenever a job ends: claim what is due and run it.
3. When a file of the configuration changes, or on SIGHUP: work by the new one, if it is right.
4. On SIGTERM or SIGINT take no more jobs, let the running ones finish, and exit 0; what is not
   finished by the deadline is given back. A second signal ends at once. When not even that can be
   done (a database that does not answer), the process ends by itself with exit code 1.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta

from claimwatch import pipeline
from claimwatch.catalogue import Catalogue
from claimwatch.config.load import Loaded
from claimwatch.reload import LOOK_S, Reloader
from claimwatch.systemd import notify
from claimwatch.wiring import Service, open_service
from claimwatch.work import PollWork
from domain.errors import ConfigError, RobotsUnreadable, StorageError, Unreachable
from domain.jobs import Job, JobKind
from scheduler.timer import Timer
from scheduler.worker import Handler, Worker
from storage.database import Database

log = logging.getLogger("claimwatch.daemon")

#: Seconds given to running jobs after SIGTERM; under the stop timeout of systemd and Docker files.
DRAIN_S = 25.0

#: Seconds more for closing everything, after which the process ends by itself.
CLOSE_S = 10.0

#: Seconds between two looks for due work, two heartbeats, and two clean-ups.
TICK_S = 1.0
BEAT_S = 10.0
TIDY_S = 3_600.0

#: How long lanes that are free, and leases on work that is over, are kept.
JOBS_KEPT = timedelta(days=1)

#: Exit code after a second signal, as shells write a death by SIGTERM.
FORCED = 143

Say = Callable[[str], None]


async def run(loaded: Loaded, *, load: Callable[[], Loaded], say: Say) -> int:
    """Run until a signal asks to stop.

    Args:
        loaded: the configuration.
        load: reads it again.
        say: prints a line for the person at the terminal.

    Returns:
        The exit code: 0 after an orderly stop, 1 when a worker died.
    """
    settings = loaded.settings
    if settings is None:
        raise ConfigError(loaded.problems)
    signals = _Signals()
    with closing(Database.open(settings.database_url)) as database, database.single_process_lock():
        database.check()
        async with open_service(settings, alone=settings.database_url.startswith("sqlite")) as service:
            return await _serve(service, Reloader(service, load, loaded.files), signals, say)


class _Signals:
    """What signals ask for; takes them from now on."""

    def __init__(self) -> None:
        self.stop, self.reload = asyncio.Event(), asyncio.Event()
        self._asked = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._has_terminal = sys.stdin is not None and sys.stdin.isatty()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGHUP, self._on_hangup)

    def _on_stop(self, _number: int, _frame: object) -> None:
        # not by the loop: the second signal must end a process whose loop hangs
        if self._asked.is_set():
            os._exit(FORCED)
        self._asked.set()
        self._loop.call_soon_threadsafe(self.stop.set)

    def _on_hangup(self, number: int, frame: object) -> None:
        if self._has_terminal and not os.isatty(0):
            self._on_stop(number, frame)  # the terminal we were started in was closed
        else:
            self._loop.call_soon_threadsafe(self.reload.set)


def _end_by_force() -> None:
    log.critical("stopped_by_force", extra={"after_s": DRAIN_S + CLOSE_S})
    logging.shutdown()
    os._exit(1)


async def _serve(service: Service, reloader: Reloader, signals: _Signals, say: Say) -> int:
    parts = service.parts
    await service.list_sources()
    await service.in_thread(service.stores.health.accept_configuration)
    await service.queue.open()
    await _beat(service)
    worker = Worker(queue=service.queue, handlers=_handlers(service, say))
    timer = _timer(service, worker, reloader)
    timer.start()
    await worker.tick()
    working = asyncio.create_task(worker.run())
    reloading = asyncio.create_task(_reload_when_asked(reloader, signals))
    notify("READY=1")
    log.info("started", extra={"sources": len(parts.catalogue.sources), "watches": len(parts.watches)})
    await asyncio.wait({working, asyncio.create_task(signals.stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
    notify("STOPPING=1")
    log.info("stopping", extra={"running": worker.running})
    last_resort = threading.Timer(DRAIN_S + CLOSE_S, _end_by_force)
    last_resort.daemon = True
    last_resort.start()
    timer.stop()
    reloading.cancel()
    given_back = await worker.drain(DRAIN_S)
    await service.queue.close()
    await _rest(service)
    log.info("stopped", extra={"given_back": given_back})
    return _exit_code(working)


def _exit_code(working: asyncio.Task[None]) -> int:
    if working.done() and not working.cancelled() and working.exception() is not None:
        log.error("worker_died", exc_info=working.exception())
        return 1
    working.cancel()
    return 0


async def _reload_when_asked(reloader: Reloader, signals: _Signals) -> None:
    while await signals.reload.wait():
        signals.reload.clear()
        await reloader.reload()


def _timer(service: Service, worker: Worker, reloader: Reloader) -> Timer:
    async def beat() -> None:
        await _beat(service)

    async def tidy() -> None:
        await _tidy(service)

    timer = Timer()
    timer.every(TICK_S, worker.tick)
    timer.every(BEAT_S, beat)
    timer.every(TIDY_S, tidy)
    timer.every(LOOK_S, reloader.look)
    return timer


async def _beat(service: Service) -> None:
    """A sign of life in the database, and to systemd's watchdog while the database answers."""
    try:
        await service.in_thread(service.stores.health.beat, service.parts.clock.now())
    except StorageError as error:
        log.warning("heartbeat_failed", extra={"error": str(error)})
        return
    with suppress(OSError):
        notify("WATCHDOG=1")


async def _rest(service: Service) -> None:
    """Leave word that we stopped in good order, if the database listens."""
    with suppress(StorageError):
        await service.in_thread(service.stores.health.rest, service.parts.clock.now())


async def _tidy(service: Service) -> None:
    now = service.parts.clock.now()
    with suppress(StorageError):  # it is tried again in an hour
        polls_from = now - timedelta(days=service.settings.retention.polls_days)
        await service.in_thread(service.stores.polls.forget_polls, polls_from)
        await service.in_thread(service.stores.leases.forget, now - JOBS_KEPT)


def _handlers(service: Service, say: Say) -> dict[JobKind, Handler]:
    """What to do with each kind of job; one that turns out to need nothing is given back."""
    parts = service.parts
    reach = _Reach(parts.catalogue, say)

    async def poll(job: Job) -> None:
        work = await pipeline.poll(parts, job)
        if work is None:  # another daemon's catalogue may know the source: not ours to poll, not soon
            await service.queue.fail(job, "the source is not in this daemon's catalogue")
        else:
            reach.saw(work)

    async def entry(job: Job) -> None:
        if await pipeline.process_entry(parts, job) is None:
            await service.queue.give_back(job)

    async def deliver(job: Job) -> None:
        if await pipeline.deliver(parts, job) is None:
            await service.queue.give_back(job)

    return {JobKind.POLL: poll, JobKind.ENTRY: entry, JobKind.DELIVERY: deliver}


class _Reach:
    """Says once, when every outlet was tried and none answered, that there seems to be no network."""

    def __init__(self, catalogue: Catalogue, say: Say) -> None:
        self._untried = {outlet.id for outlet in catalogue.outlets.values() if outlet.sources}
        self._say: Say | None = say

    def saw(self, work: PollWork) -> None:
        """A poll ended; any answer at all, even a refusal, shows that there is a network."""
        self._untried.discard(work.outlet.id)
        if not isinstance(work.problem, Unreachable | RobotsUnreadable):
            self._say = None
        elif self._say is not None and not self._untried:
            self._say("No outlet could be reached: is there a network? `make demo` (or `claimwatch demo`) needs none.")
            self._say = None
