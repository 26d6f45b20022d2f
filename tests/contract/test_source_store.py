"""What every SourceStore and PollStore promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from domain.articles import EntryState
from domain.errors import StorageError
from domain.outcomes import EntryOutcome, JobEnd
from domain.outlets import PollResult, SourceState, SourceStatus
from tests.contract.conftest import AnyStores
from tests.contract.samples import (
    NOW,
    after,
    attempt_outcome,
    claim,
    entry,
    poll_outcome,
    source,
    stored,
    sync,
    told,
)

HOUR = 3_600.0
DAY = 24 * HOUR


def test_new_source_is_due_at_once(stores: AnyStores) -> None:
    sync(stores)

    assert stores.sources.state("steppe/main") == SourceState(source_id="steppe/main", next_poll_at=NOW)


def test_unknown_source_has_no_state(stores: AnyStores) -> None:
    assert stores.sources.state("nowhere/main") is None


def test_known_source_keeps_its_state_when_synced_again(stores: AnyStores) -> None:
    sync(stores)
    state = SourceState(
        source_id="steppe/main",
        status=SourceStatus.FAILING,
        etag='W/"1"',
        last_modified="Mon, 23 Nov 2026 11:00:00 GMT",
        body_sha256="ab",
        failures=3,
        last_error="the server answered 500",
        polled_at=NOW,
        succeeded_at=after(-60),
        newest_entry_at=after(-120.5),
        next_poll_at=after(900),
    )
    stores.polls.record_poll(poll_outcome(state=state))

    sync(stores, now=after(10))

    assert stores.sources.state("steppe/main") == state


def test_source_whose_url_changed_forgets_validators_and_is_due(stores: AnyStores) -> None:
    sync(stores)
    state = SourceState(
        source_id="steppe/main", etag="1", last_modified="x", body_sha256="ab", failures=2, next_poll_at=after(900)
    )
    stores.polls.record_poll(poll_outcome(state=state))

    stores.sources.sync([source(url="https://steppe.example/new")], {}, after(10))

    expected = replace(state, etag=None, last_modified=None, body_sha256=None, next_poll_at=after(10))
    assert stores.sources.state("steppe/main") == expected


def test_source_that_left_keeps_its_state_and_is_never_due(stores: AnyStores) -> None:
    sync(stores, "steppe/main", "river/main")

    sync(stores, "river/main")

    assert set(stores.sources.states()) == {"river/main"}
    assert stores.sources.state("steppe/main") is not None
    assert [job.key for job in claim(stores)] == ["river/main"]


def test_source_that_comes_back_is_due_again(stores: AnyStores) -> None:
    sync(stores)
    sync(stores, "river/main")

    sync(stores)

    assert [job.key for job in claim(stores)] == ["steppe/main"]


def test_added_source_is_due_and_leaves_every_other_alone(stores: AnyStores) -> None:
    sync(stores, "river/main", "hill/main")
    sync(stores, "river/main")

    stores.sources.add([source()], {"steppe/main": "cdn.example"}, after(5))

    assert set(stores.sources.states()) == {"river/main", "steppe/main"}
    assert stores.sources.state("steppe/main") == SourceState(source_id="steppe/main", next_poll_at=after(5))
    assert {(job.key, job.lane) for job in claim(stores, now=after(5))} == {
        ("river/main", "river.example"),
        ("steppe/main", "cdn.example"),
    }


def test_added_source_that_is_known_keeps_its_state(stores: AnyStores) -> None:
    sync(stores, "steppe/main", "river/main")
    outcome = poll_outcome()
    stores.polls.record_poll(outcome)

    stores.sources.add([source()], {}, after(5))

    assert stores.sources.state("steppe/main") == outcome.state
    assert set(stores.sources.states()) == {"river/main", "steppe/main"}


def test_added_source_whose_url_changed_forgets_validators_and_is_due(stores: AnyStores) -> None:
    sync(stores)
    stores.polls.record_poll(poll_outcome(state=SourceState(source_id="steppe/main", etag="1")))

    stores.sources.add([source(url="https://steppe.example/new")], {}, after(10))

    assert stores.sources.state("steppe/main") == SourceState(source_id="steppe/main", next_poll_at=after(10))


def test_adding_nothing_changes_nothing(stores: AnyStores) -> None:
    sync(stores)

    stores.sources.add([], {}, after(5))

    assert set(stores.sources.states()) == {"steppe/main"}


def _due_by(stores: AnyStores, seconds: float) -> set[str]:
    """Keys of what is due after so many seconds, let go again."""
    jobs = claim(stores, now=after(seconds))
    for job in jobs:
        assert job.lease is not None
        stores.leases.release(job.lease)
    return {job.key for job in jobs}


def test_times_of_a_clock_that_ran_ahead_are_pulled_back(stores: AnyStores) -> None:
    sync(stores)
    wrong = after(400 * DAY)
    stores.polls.record_poll(
        poll_outcome([entry(url="https://e.example/1")], state=SourceState(source_id="steppe/main", next_poll_at=wrong))
    )
    late_entry = replace(stored("e1", EntryState.PENDING), entry=entry(url="https://e.example/1"))
    stores.articles.record_entry(EntryOutcome(entry=late_entry, retry_at=wrong, end=JobEnd()))
    outcome = told()
    stores.articles.record_article(outcome)
    stores.outbox.record_attempt(attempt_outcome(replace(outcome.deliveries[0], next_attempt_at=wrong)))
    assert _due_by(stores, 2 * DAY) == set()

    sync(stores)

    delivery_id = outcome.deliveries[0].id
    assert stores.sources.states()["steppe/main"].next_poll_at == after(26 * HOUR)
    assert _due_by(stores, 26 * HOUR - 1) == set()
    assert _due_by(stores, 26 * HOUR) == {"steppe/main", delivery_id}
    assert _due_by(stores, 30 * HOUR - 1) == {"steppe/main", delivery_id}
    assert _due_by(stores, 30 * HOUR) == {"steppe/main", delivery_id, "ent-e1"}


def test_delivery_planned_by_a_clock_that_ran_ahead_waits_since_it_is_due(stores: AnyStores) -> None:
    ahead = replace(told().deliveries[0], next_attempt_at=after(400 * DAY))
    stores.articles.record_article(told(deliveries=(ahead,)))

    sync(stores)

    assert stores.health.report().oldest_pending_delivery_at == after(26 * HOUR)


def test_lane_of_a_clock_that_ran_ahead_is_pulled_back(stores: AnyStores) -> None:
    sync(stores, "steppe/main", "steppe/second")
    stores.polls.record_poll(poll_outcome(end=JobEnd(lane_free_at=after(400 * DAY))))

    sync(stores, "steppe/main", "steppe/second")

    assert _due_by(stores, 26 * HOUR - 1) == set()
    assert _due_by(stores, 26 * HOUR) == {"steppe/second"}


def test_holds_of_a_clock_that_ran_ahead_are_pulled_back(stores: AnyStores) -> None:
    sync(stores, "steppe/main", "river/main", now=after(-1))
    pushed, _kept = claim(stores, lease_s=400 * DAY)
    assert pushed.lease is not None
    stores.leases.release(pushed.lease, not_before=after(400 * DAY), error="broke")

    sync(stores, "steppe/main", "river/main")

    assert _due_by(stores, 26 * HOUR - 1) == set()
    assert _due_by(stores, 26 * HOUR + 1) == {"steppe/main", "river/main"}


def test_times_that_may_be_right_are_left_alone(stores: AnyStores) -> None:
    sync(stores)
    state = SourceState(source_id="steppe/main", next_poll_at=after(26 * HOUR))
    stores.polls.record_poll(poll_outcome([entry(url="https://e.example/1")], state=state))
    waiting = replace(stored("e1", EntryState.PENDING), entry=entry(url="https://e.example/1"))
    stores.articles.record_entry(EntryOutcome(entry=waiting, retry_at=after(27 * HOUR), end=JobEnd()))

    sync(stores)

    assert stores.sources.state("steppe/main") == state
    assert _due_by(stores, 27 * HOUR - 1) == {"steppe/main"}
    assert _due_by(stores, 27 * HOUR) == {"steppe/main", "ent-e1"}


def test_added_source_of_a_clock_that_ran_ahead_is_pulled_back_alone(stores: AnyStores) -> None:
    sync(stores, "steppe/main", "river/main")
    for name in ("steppe/main", "river/main"):
        state = SourceState(source_id=name, next_poll_at=after(400 * DAY))
        stores.polls.record_poll(poll_outcome(name=name, state=state))

    stores.sources.add([source()], {}, NOW)

    assert stores.sources.states()["steppe/main"].next_poll_at == after(26 * HOUR)
    assert stores.sources.states()["river/main"].next_poll_at == after(400 * DAY)


def test_empty_catalogue_leaves_nothing_due(stores: AnyStores) -> None:
    sync(stores)

    stores.sources.sync([], {}, NOW)

    assert stores.sources.states() == {}
    assert claim(stores) == ()


def test_large_catalogue_is_synced(stores: AnyStores) -> None:
    names = [f"outlet{number}/main" for number in range(1200)]

    sync(stores, *names)
    sync(stores, *names[:1100])

    assert len(stores.sources.states()) == 1100


def test_make_due_counts_sources_of_the_catalogue_only(stores: AnyStores) -> None:
    sync(stores, "steppe/main", "river/main")
    sync(stores, "steppe/main")
    stores.polls.record_poll(poll_outcome())

    assert stores.sources.make_due(["steppe/main", "river/main", "nowhere/main"], after(5)) == 1
    assert [job.key for job in claim(stores, now=after(5))] == ["steppe/main"]


def test_make_due_does_not_push_an_overdue_source_back(stores: AnyStores) -> None:
    sync(stores)

    stores.sources.make_due(["steppe/main"], after(500))

    assert stores.sources.states()["steppe/main"].next_poll_at == NOW


def test_poll_stores_its_record_with_the_count_of_new_entries(stores: AnyStores) -> None:
    sync(stores)
    outcome = poll_outcome([entry("e1"), entry("e2")])
    outcome = replace(outcome, poll=replace(outcome.poll, http_status=200, entries=2, error="cut short"))

    assert stores.polls.record_poll(outcome) == 2

    assert stores.sources.polls("steppe/main") == (replace(outcome.poll, new_entries=2),)


def test_poll_adds_unknown_entries_as_pending(stores: AnyStores) -> None:
    sync(stores)
    listed = entry(
        guid="urn:1",
        lead="Words",
        author="A. Writer",
        published_at=after(-60),
        language="kk",
        url="https://e.example/1",
    )

    stores.polls.record_poll(poll_outcome([listed]))

    kept = stores.articles.entry(listed.id)
    assert kept is not None
    assert (kept.entry, kept.state, kept.tries, kept.first_seen_at) == (listed, EntryState.PENDING, 0, NOW)


def test_poll_leaves_known_entries_alone(stores: AnyStores) -> None:
    sync(stores)
    stores.polls.record_poll(poll_outcome([entry("e1", title="first")]))

    new = stores.polls.record_poll(poll_outcome([entry("e1", title="second"), entry("e2")], name="p2"))

    kept = stores.articles.entry("ent-e1")
    assert new == 1
    assert kept is not None
    assert kept.entry.title == "first"


def test_entry_listed_twice_is_stored_once(stores: AnyStores) -> None:
    sync(stores)

    assert stores.polls.record_poll(poll_outcome([entry("e1"), entry("e1")])) == 1


def test_poll_stored_twice_leaves_one_record(stores: AnyStores) -> None:
    sync(stores)

    first = stores.polls.record_poll(poll_outcome([entry("e1")]))
    second = stores.polls.record_poll(poll_outcome([entry("e1")]))

    assert (first, second) == (1, 0)
    assert [poll.new_entries for poll in stores.sources.polls("steppe/main")] == [1]


def test_poll_of_many_entries_is_stored(stores: AnyStores) -> None:
    sync(stores)

    assert stores.polls.record_poll(poll_outcome([entry(f"e{number}") for number in range(5000)])) == 5000


def test_poll_of_an_unknown_source_is_refused(stores: AnyStores) -> None:
    with pytest.raises(StorageError):
        stores.polls.record_poll(poll_outcome([entry()]))

    assert stores.articles.entry("ent-e1") is None


def test_poll_with_an_entry_of_an_unknown_source_stores_nothing(stores: AnyStores) -> None:
    sync(stores)

    with pytest.raises(StorageError):
        stores.polls.record_poll(poll_outcome([entry("e1"), entry("e2", source_id="nowhere/main")]))

    assert stores.articles.entry("ent-e1") is None
    assert stores.sources.polls("steppe/main") == ()
    assert stores.sources.states()["steppe/main"].status is SourceStatus.NEW


def test_polls_are_listed_newest_first(stores: AnyStores) -> None:
    sync(stores)
    for number in range(3):
        outcome = poll_outcome(name=f"p{number}")
        stores.polls.record_poll(replace(outcome, poll=replace(outcome.poll, started_at=after(number))))

    assert [poll.id for poll in stores.sources.polls("steppe/main", limit=2)] == ["pol-p2", "pol-p1"]


def test_old_polls_are_forgotten(stores: AnyStores) -> None:
    sync(stores)
    old = poll_outcome(name="old")
    stores.polls.record_poll(replace(old, poll=replace(old.poll, started_at=after(-1), result=PollResult.FAILED)))
    stores.polls.record_poll(poll_outcome(name="new"))

    assert stores.polls.forget_polls(NOW) == 1
    assert [poll.id for poll in stores.sources.polls("steppe/main")] == ["pol-new"]


def test_naive_times_are_refused(stores: AnyStores) -> None:
    naive = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001 - the wrong kind is the point
    sync(stores)

    with pytest.raises(ValueError, match="naive"):
        stores.sources.sync([source()], {}, naive)
    with pytest.raises(ValueError, match="naive"):
        stores.sources.add([source()], {}, naive)
    with pytest.raises(ValueError, match="naive"):
        stores.polls.forget_polls(naive)
    with pytest.raises(ValueError, match="naive"):
        stores.polls.record_poll(poll_outcome([entry(published_at=naive)]))
    assert stores.sources.polls("steppe/main") == ()


def test_times_come_back_in_utc(stores: AnyStores) -> None:
    sync(stores)
    almaty = datetime.fromisoformat("2026-11-23T17:30:00.123456+05:00")

    stores.polls.record_poll(poll_outcome([entry(published_at=almaty)]))

    kept = stores.articles.entry("ent-e1")
    assert kept is not None
    assert kept.entry.published_at is not None
    assert kept.entry.published_at.isoformat() == "2026-11-23T12:30:00.123456+00:00"


def test_poll_sets_the_lane_free_when_its_engine_fences_by_other_means(stores: AnyStores) -> None:
    sync(stores, "steppe/main", "steppe/second")

    stores.polls.record_poll(poll_outcome(end=JobEnd(lane_free_at=after(4))))

    assert claim(stores, now=after(3)) == ()
    assert [job.key for job in claim(stores, now=after(4))] == ["steppe/second"]
