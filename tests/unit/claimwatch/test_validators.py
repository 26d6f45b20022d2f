"""What a server says of its feed's version is believed only where it can be true."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from claimwatch import pipeline
from claimwatch.decide import state_after
from claimwatch.work import PollWork
from domain.errors import ReadError
from domain.fetching import FetchResult
from domain.jobs import JobKind
from domain.outlets import SourceState, SourceStatus
from tests.unit.claimwatch.make import NOW, SOURCE, answer, entry, feed, poll_work
from tests.unit.claimwatch.test_pipeline import World
from tests.unit.claimwatch.test_pipeline import feed as rss

YESTERDAY = format_datetime(NOW - timedelta(days=1), usegmt=True)
TOMORROW = format_datetime(NOW + timedelta(days=1), usegmt=True)
BODY = rss(("one", "Envoy answers", "Short."))


def validators(work: PollWork) -> tuple[str | None, str | None]:
    """ETag and Last-Modified that are kept after a poll."""
    state = state_after(work, now=NOW, fraction=0.5)
    return state.etag, state.last_modified


def read(response: FetchResult, before: SourceState | None = None) -> PollWork:
    """A poll whose body was read."""
    state = before or SourceState(source_id=SOURCE.id)
    return poll_work(state=state, response=response, body_sha256="abc", document=feed(entry()))


@pytest.mark.parametrize("date", [TOMORROW, "Wed, 01 Jan 2099 00:00:00 GMT", "Wed, 01 Jan 2099 00:00:00 -0000"])
def test_last_modified_in_the_future_is_not_sent_back(date: str) -> None:
    assert validators(read(answer(headers={"etag": '"v1"', "last-modified": date}))) == ('"v1"', None)


@pytest.mark.parametrize("date", [YESTERDAY, "yesterday at noon", "Mon, 99 Foo 2026", ""])
def test_last_modified_that_is_past_or_no_date_is_sent_back_as_it_came(date: str) -> None:
    assert validators(read(answer(headers={"last-modified": date}))) == (None, date)


def test_validators_of_another_address_are_not_kept() -> None:
    headers = {"etag": '"theirs"', "last-modified": YESTERDAY}
    elsewhere = answer(headers=headers, final_url="https://courier.example/maintenance.xml")
    before = SourceState(source_id=SOURCE.id, etag='"v1"', last_modified=YESTERDAY)

    assert validators(read(elsewhere, before)) == (None, None)


@pytest.mark.parametrize(
    "more",
    [
        {"final_url": "https://feeds.courier.example/all.xml", "moved_permanently": True},
        {"url": "http://courier.example/feed", "final_url": "https://www.courier.example/feed"},
    ],
    ids=["moved for good", "https"],
)
def test_validators_of_the_same_feed_behind_a_redirect_are_kept(more: dict[str, Any]) -> None:
    assert validators(read(answer(headers={"etag": '"v2"'}, **more))) == ('"v2"', None)


def test_validators_of_the_same_bytes_under_a_new_version_are_kept() -> None:
    before = SourceState(source_id=SOURCE.id, etag='"v1"', body_sha256="abc", newest_entry_at=NOW)
    unchanged = poll_work(state=before, response=answer(headers={"etag": '"v2"'}), body_sha256="abc")

    state = state_after(unchanged, now=NOW, fraction=0.5)

    assert (state.etag, state.newest_entry_at, state.status) == ('"v2"', NOW, SourceStatus.HEALTHY)


def test_validators_are_not_replaced_by_a_304_nor_by_a_body_that_cannot_be_read() -> None:
    before = SourceState(source_id=SOURCE.id, etag='"v1"', last_modified=YESTERDAY, body_sha256="abc")
    headers = {"etag": '"v2"', "last-modified": YESTERDAY}
    not_modified = poll_work(state=before, response=answer(b"", status=304, headers=headers), body_sha256="empty")
    unreadable = poll_work(
        state=before, response=answer(headers=headers), body_sha256="html", problem=ReadError("is a page")
    )

    assert validators(not_modified) == validators(unreadable) == ('"v1"', YESTERDAY)


async def test_feed_that_is_empty_is_healthy_and_not_a_failure() -> None:
    world = World()
    world.serve(rss(), headers={"etag": '"none"'})

    work = await world.poll()

    state = world.stores.sources.states()[SOURCE.id]
    assert (work.problem, work.new_entries) == (None, 0)
    assert (state.status, state.etag, state.failures) == (SourceStatus.HEALTHY, '"none"', 0)


async def failed_once() -> World:
    """A source that was read, and then could not be read."""
    world = World()
    world.serve(BODY, headers={"etag": '"v1"'})
    await world.poll()
    world.serve(b"<html><body>Are you human?</body></html>")
    world.clock.advance(SOURCE.interval_s)
    await world.poll()
    world.clock.advance(4 * SOURCE.interval_s)
    return world


async def test_failure_is_not_cleared_by_a_304() -> None:
    world = await failed_once()
    world.serve(BODY, headers={"etag": '"v1"'})

    await world.poll()

    assert [request.etag for request in world.fetcher.requests] == [None, '"v1"', None]
    assert world.stores.sources.states()[SOURCE.id].status is SourceStatus.HEALTHY


async def test_source_that_is_well_again_is_asked_with_its_validators_again() -> None:
    world = await failed_once()
    world.serve(BODY, headers={"etag": '"v2"'})
    await world.poll()
    world.clock.advance(SOURCE.interval_s)

    await world.poll()

    assert world.fetcher.requests[-1].etag == '"v2"'


async def test_server_that_lies_with_304_is_asked_for_everything_before_long() -> None:
    world = World()
    world.serve(BODY, headers={"etag": '"v1"'})
    await world.poll()
    world.serve(b"", status=304)
    draws = iter([fraction / 100 for fraction in range(99, -1, -1) for _ in range(2)])
    for _ in range(100):
        world.clock.advance(2 * SOURCE.interval_s)
        job = world.claim(JobKind.POLL)
        assert job is not None
        await pipeline.poll(replace(world.parts, fraction=lambda: next(draws)), job)

    full = [request for request in world.fetcher.requests[1:] if request.etag is None]
    assert len(full) == round(100 * pipeline.FULL_GET_SHARE)


async def test_feed_that_turned_over_between_two_polls_has_a_gap_that_a_304_does_not_hide() -> None:
    world = World()
    world.serve(BODY, headers={"etag": '"v1"'})
    await world.poll()
    world.serve(rss(("eight", "Eight", "x"), ("nine", "Nine", "x")), headers={"etag": '"v9"'})
    world.clock.advance(SOURCE.interval_s)
    await world.poll()
    turned_over = world.clock.now()
    world.serve(b"", status=304)
    world.clock.advance(2 * SOURCE.interval_s)

    await world.poll()

    assert world.stores.sources.states()[SOURCE.id].gap_at == turned_over
