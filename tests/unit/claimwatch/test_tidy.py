"""The daemon's hourly clean-up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

from claimwatch.config.settings import RetentionSettings
from claimwatch.daemon import _tidy
from claimwatch.wiring import Service
from domain.errors import StorageError
from domain.outcomes import JobEnd
from tests.contract.samples import poll_outcome, sync
from tests.fakes.clock import FakeClock
from tests.fakes.storage import MemoryStores


async def _directly(function: Callable[..., Any], *args: Any) -> Any:
    return function(*args)


async def _away(function: Callable[..., Any], *args: Any) -> Any:
    raise StorageError("the database is away")


def _service(stores: MemoryStores, clock: FakeClock, in_thread: Callable[..., Any] = _directly) -> Service:
    parts = SimpleNamespace(clock=clock)
    settings = SimpleNamespace(retention=RetentionSettings(polls_days=14))
    return cast("Service", SimpleNamespace(stores=stores, parts=parts, settings=settings, in_thread=in_thread))


async def test_tidy_forgets_old_polls_and_lanes_that_are_free(clock: FakeClock) -> None:
    stores, now = MemoryStores(), clock.now()
    sync(stores, now=now)
    outcome = poll_outcome(end=JobEnd(lane_free_at=now - timedelta(days=2)))
    stores.polls.record_poll(outcome)
    clock.advance((outcome.poll.started_at + timedelta(days=15) - now).total_seconds())

    await _tidy(_service(stores, clock))

    assert stores.sources.polls("steppe/main") == ()
    assert stores.leases.forget(clock.now()) == 0


async def test_tidy_lets_a_database_that_is_away_be(clock: FakeClock) -> None:
    await _tidy(_service(MemoryStores(), clock, _away))
