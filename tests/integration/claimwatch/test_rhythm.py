"""The rhythm of polls over days: no storm after a pause, none when the clock is set, and no source forgotten.

Cadence, the embedded engine and the stores together, with a clock that is moved by hand in steps of the daemon's.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import random_id
from domain.jobs import Job, JobKind
from domain.net import lane_of
from domain.outcomes import JobEnd, PollOutcome
from domain.outlets import Poll, PollResult, Source, SourceState, SourceStatus
from scheduler.cadence import JITTER, PAGE_RETRIES_S, next_job_try, next_page_try, next_poll
from scheduler.engines.embedded import EmbeddedQueue
from scheduler.worker import LIMITS
from storage import migrate
from storage.database import Database
from storage.stores import Stores
from tests.contract.conftest import AnyStores
from tests.fakes.clock import FakeClock
from tests.fakes.storage import MemoryStores
from tests.fuzz.mutations import fuzz
from tests.integration.claimwatch.world import directly, finish

INTERVAL_S = 900.0
TICK_S = 15.0
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def _source(number: int) -> Source:
    return Source(id=f"o{number}/main", outlet_id=f"o{number}", url=f"https://o{number}.example/feed")


@dataclass
class Service:
    """So many sources on as many hosts, all polled in an instant."""

    stores: AnyStores
    count: int
    seed: int = 0
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    #: Source id to the monotonic seconds of its polls.
    polled: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.restart()

    def restart(self) -> None:
        """A new process on the same database."""
        sources = [_source(number) for number in range(self.count)]
        lanes = {source.id: lane_of(source.url) for source in sources}
        self.stores.sources.sync(sources, lanes, self.clock.now())
        self.queue = EmbeddedQueue(leases=self.stores.leases, clock=self.clock, in_thread=directly, alone=True)
        finish(self.queue.open())

    def run(self, seconds: float) -> None:
        """Work for so long, with the daemon's limits, and looks for due work a tick apart."""
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            for job in finish(self.queue.claim({JobKind.POLL: LIMITS[JobKind.POLL]})):
                self._poll(job)
            self.clock.advance(TICK_S)

    def _poll(self, job: Job) -> None:
        now = self.clock.now()
        self.polled.setdefault(job.key, []).append(self.clock.monotonic())
        due = next_poll(now=now, interval_s=INTERVAL_S, fraction=self.rng.random())
        state = SourceState(source_id=job.key, status=SourceStatus.HEALTHY, polled_at=now, next_poll_at=due)
        poll = Poll(id=random_id("pol"), source_id=job.key, started_at=now, took_s=0.0, result=PollResult.UNCHANGED)
        end = JobEnd(lease=job.lease, lane_free_at=now + timedelta(seconds=4))
        self.stores.polls.record_poll(PollOutcome(poll=poll, state=state, end=end))

    def gaps(self) -> list[float]:
        """Seconds between two polls of one source, of all sources."""
        return [after - before for times in self.polled.values() for before, after in pairwise(times)]

    def since(self, moment: float) -> dict[str, list[float]]:
        """The polls after a reading of the monotonic clock."""
        return {source: [at for at in times if at >= moment] for source, times in self.polled.items()}


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[AnyStores]:
    database = Database.open(f"sqlite:///{tmp_path}/claimwatch.db")
    migrate.upgrade(database)
    yield Stores.over(database)
    database.close()


def test_three_days_off_cost_one_poll_a_source_and_then_the_rhythm_is_as_before(stores: AnyStores) -> None:
    service = Service(stores, count=40)
    service.run(900)
    service.clock.advance(3 * 86_400)
    back = service.clock.monotonic()
    service.restart()

    service.run(900)

    since = service.since(back)
    assert {len(times) for times in since.values()} <= {1, 2}
    assert max(times[0] for times in since.values()) <= back + TICK_S * (40 / LIMITS[JobKind.POLL] + 1)
    together = Counter(times[0] for times in since.values())
    assert max(together.values()) <= LIMITS[JobKind.POLL]


def test_sources_that_began_together_do_not_stay_in_step() -> None:
    service = Service(MemoryStores(), count=120)

    service.run(12 * INTERVAL_S)

    late = [at for times in service.since(9 * INTERVAL_S).values() for at in times]
    busiest = max(Counter(at // 60 for at in late).values())
    assert busiest < 120 / 4


@given(
    sets=st.lists(st.sampled_from([3600, 86_400, -3600, 2, -2, 0]), max_size=4),
    restarts=st.booleans(),
    seed=st.integers(0, 99),
)
@fuzz(25)
def test_a_clock_that_is_set_brings_no_storm_and_loses_no_source(sets: list[int], restarts: bool, seed: int) -> None:
    service = Service(MemoryStores(), count=6, seed=seed)
    service.run(INTERVAL_S)
    for seconds in sets:
        service.clock.set_by(seconds)
        if restarts:
            service.restart()
        service.run(INTERVAL_S / 3)
    service.run(3600 * (1 + sum(seconds == -3600 for seconds in sets)) + 2 * INTERVAL_S)

    early = [gap for gap in service.gaps() if gap < (1 - JITTER) * INTERVAL_S - 5 * 2]
    back_s = sum(-seconds for seconds in sets if seconds < 0)
    assert len(early) <= 6 * sum(seconds > 2 for seconds in sets)
    assert max(service.gaps()) <= (1 + JITTER) * INTERVAL_S + back_s + TICK_S
    assert {len(service.since(service.clock.monotonic() - 2 * INTERVAL_S)[_source(n).id]) > 0 for n in range(6)} == {
        True
    }


@given(
    tries=st.integers(1, 50),
    wait=st.none() | st.floats(0, 86_400),
    fraction=st.floats(0, 1),
    attempt=st.integers(1, 10_000),
)
@fuzz(200)
def test_every_wait_is_ahead_and_bounded(tries: int, wait: float | None, fraction: float, attempt: int) -> None:
    page = next_page_try(now=NOW, tries=tries, retryable=True, retry_after_s=wait, fraction=fraction)
    job = next_job_try(now=NOW, attempt=attempt)

    assert (page is None) == (tries > len(PAGE_RETRIES_S))
    assert page is None or NOW + timedelta(seconds=600) <= page <= NOW + timedelta(hours=30)
    assert NOW < job <= NOW + timedelta(hours=1)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Almaty"])
@given(moment=st.datetimes(datetime(2023, 1, 1), datetime(2027, 1, 1)), fold=st.sampled_from([0, 1]))  # noqa: DTZ001
@fuzz(40)
def test_an_hour_that_comes_twice_is_two_hours(zone: str, moment: datetime, fold: int) -> None:
    local = moment.replace(tzinfo=ZoneInfo(zone), fold=fold)

    due = next_poll(now=local.astimezone(UTC), interval_s=INTERVAL_S, fraction=0.5)

    assert due - local.astimezone(UTC) == timedelta(seconds=INTERVAL_S)
