"""A feed that turns over faster than it is asked has a gap, and people can see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.outlets import PollResult
from tests.contract.conftest import AnyStores
from tests.contract.samples import NOW, after, entry, poll_outcome, sync


def poll(stores: AnyStores, *names: str, at: datetime = NOW, result: PollResult = PollResult.READ) -> None:
    """A poll that listed these entries."""
    listed = [entry(name) for name in names]
    outcome = poll_outcome(listed, name=f"p{at:%H%M%S}")
    record = replace(outcome.poll, started_at=at, entries=len(listed), result=result)
    known = stores.sources.state("steppe/main")
    gap_at = known.gap_at if known else None
    stores.polls.record_poll(replace(outcome, poll=record, state=replace(outcome.state, gap_at=gap_at)))


def gap_at(stores: AnyStores) -> datetime | None:
    state = stores.sources.state("steppe/main")
    assert state is not None
    return state.gap_at


def test_first_poll_has_no_gap(stores: AnyStores) -> None:
    sync(stores)

    poll(stores, "e1", "e2")

    assert gap_at(stores) is None


def test_poll_that_lists_something_known_has_no_gap(stores: AnyStores) -> None:
    sync(stores)
    poll(stores, "e1", "e2")

    poll(stores, "e2", "e3", "e4", at=after(900))

    assert gap_at(stores) is None


def test_poll_that_lists_nothing_known_has_a_gap(stores: AnyStores) -> None:
    sync(stores)
    poll(stores, "e1", "e2")

    poll(stores, "e8", "e9", "e9", at=after(900))

    assert gap_at(stores) == after(900)


def test_gap_is_found_across_polls_that_read_nothing(stores: AnyStores) -> None:
    sync(stores)
    poll(stores, "e1")
    poll(stores, at=after(900), result=PollResult.FAILED)
    poll(stores, at=after(1800), result=PollResult.UNCHANGED)

    poll(stores, "e9", at=after(2700))

    assert gap_at(stores) == after(2700)


def test_gap_stays_known_when_later_polls_have_none(stores: AnyStores) -> None:
    sync(stores)
    poll(stores, "e1")
    poll(stores, "e9", at=after(900))

    poll(stores, "e9", "e10", at=after(1800))
    sync(stores, now=after(1900))

    assert gap_at(stores) == after(900)


def test_feed_that_was_empty_has_no_gap_when_it_fills(stores: AnyStores) -> None:
    sync(stores)
    poll(stores, "e1")
    poll(stores, at=after(900))

    poll(stores, "e8", "e9", at=after(1800))

    assert gap_at(stores) is None


def test_feed_that_is_emptied_has_no_gap(stores: AnyStores) -> None:
    sync(stores)
    poll(stores, "e1")

    poll(stores, at=after(900))

    assert gap_at(stores) is None


def test_poll_stored_twice_has_no_gap_of_its_own(stores: AnyStores) -> None:
    sync(stores)

    poll(stores, "e1")
    poll(stores, "e1")

    assert gap_at(stores) is None


def test_health_counts_gaps_of_the_last_day(stores: AnyStores) -> None:
    sync(stores)
    poll(stores, "e1")
    poll(stores, "e9", at=after(900))
    before = stores.health.report().gap_sources

    stores.health.beat(after(1000))
    soon = stores.health.report().gap_sources
    stores.health.beat(after(900 + 86_401))

    assert (before, soon, stores.health.report().gap_sources) == (0, 1, 0)
