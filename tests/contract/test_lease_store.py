"""What every LeaseStore promises, and the fencing of every outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from domain.alerts import DeliveryState
from domain.errors import LeaseLost
from domain.jobs import Job, JobKind, Lease
from domain.outcomes import JobEnd
from domain.views import DeliveryFilter
from tests.contract.conftest import AnyStores
from tests.contract.samples import (
    NOW,
    after,
    article,
    attempt_outcome,
    claim,
    claim_one,
    entry,
    entry_outcome,
    plain,
    poll_outcome,
    source,
    stored,
    sync,
    told,
)


def _list_entries(stores: AnyStores, *urls: str) -> None:
    """A catalogue whose source is not due, and one pending entry a url: ent-0, ent-1, …"""
    sync(stores)
    entries = [entry(str(number), url=url, canonical_url=url) for number, url in enumerate(urls)]
    stores.polls.record_poll(poll_outcome(entries))


def _take(stores: AnyStores, key: str = "steppe/main", lane: str = "steppe.example", now: datetime = NOW) -> Job | None:
    return stores.leases.take(kind=JobKind.POLL, key=key, lane=lane, now=now, owner="me", lease_s=60)


def _end(job: Job, lane_free_at: datetime | None = None) -> JobEnd:
    return JobEnd(lease=job.lease, lane_free_at=lane_free_at)


def test_claim_of_nothing_gives_nothing(stores: AnyStores) -> None:
    assert claim(stores) == ()


def test_claimed_job_says_all_about_itself(stores: AnyStores) -> None:
    sync(stores)

    job, lease = claim_one(stores, lease_s=45)

    assert (job.kind, job.key, job.lane, job.attempt) == (JobKind.POLL, "steppe/main", "steppe.example", 1)
    assert (lease.kind, lease.key, lease.until) == (JobKind.POLL, "steppe/main", after(45))
    assert lease.token


def test_held_job_is_nobody_elses_until_its_lease_runs_out(stores: AnyStores) -> None:
    sync(stores)
    _, first = claim_one(stores, lease_s=60)

    assert claim(stores, now=after(59)) == ()
    again, second = claim_one(stores, now=after(60))

    assert again.attempt == 2
    assert second.token != first.token


def test_work_that_is_not_due_is_not_handed_out(stores: AnyStores) -> None:
    sync(stores, now=after(1))

    assert claim(stores) == ()
    assert len(claim(stores, now=after(1))) == 1


def test_most_urgent_kind_comes_first(stores: AnyStores) -> None:
    sync(stores, "steppe/main", "river/main")
    stores.polls.record_poll(poll_outcome([entry(url="https://hill.example/1")]))
    stores.articles.record_article(told())

    assert [job.kind for job in claim(stores)] == [JobKind.DELIVERY, JobKind.POLL, JobKind.ENTRY]


def test_oldest_comes_first_within_a_kind(stores: AnyStores) -> None:
    names = ("hill/main", "river/main", "steppe/main")
    for number, name in enumerate(names):
        sync(stores, *names[: number + 1], now=after(-number if name != "river/main" else -10))

    assert [job.key for job in claim(stores)] == ["river/main", "steppe/main", "hill/main"]


def test_limits_are_kept_for_each_kind(stores: AnyStores) -> None:
    sync(stores, *(f"outlet{number}/main" for number in range(5)))

    assert len(claim(stores, poll=2)) == 2
    assert claim(stores, entry=5) == ()
    assert claim(stores, poll=0) == ()
    assert len(claim(stores, poll=5)) == 3


def test_no_two_jobs_share_a_lane(stores: AnyStores) -> None:
    sync(stores, "steppe/main", "steppe/second", "river/main")

    first = claim(stores)

    assert [job.lane for job in first] == ["river.example", "steppe.example"]
    assert claim(stores) == ()


def test_lane_is_shared_between_kinds(stores: AnyStores) -> None:
    _list_entries(stores, "https://steppe.example/1")
    stores.sources.make_due(["steppe/main"], NOW)

    assert [job.kind for job in claim(stores)] == [JobKind.POLL]


def test_channels_are_lanes(stores: AnyStores) -> None:
    stores.articles.record_article(told("a1", channels=("desk", "team")))
    stores.articles.record_article(told("a2", channels=("desk", "team")))

    assert sorted(job.lane for job in claim(stores)) == ["channel:desk", "channel:team"]


def test_host_with_thousands_of_entries_starves_nobody(stores: AnyStores) -> None:
    busy = [f"https://busy.example/{number}" for number in range(3000)]
    _list_entries(stores, *busy, "https://quiet.example/1")

    assert {job.lane for job in claim(stores, entry=2)} == {"busy.example", "quiet.example"}


def test_outcome_lets_the_next_job_of_the_lane_start_when_it_says(stores: AnyStores) -> None:
    _list_entries(stores, "https://hill.example/0", "https://hill.example/1")
    job, _ = claim_one(stores)

    stores.articles.record_entry(entry_outcome("0", end=_end(job, lane_free_at=after(4))))

    assert claim(stores, now=after(3)) == ()
    assert [job.key for job in claim(stores, now=after(4))] == ["ent-1"]


def test_outcome_that_names_no_time_frees_the_lane_at_once(stores: AnyStores) -> None:
    _list_entries(stores, "https://hill.example/0", "https://hill.example/1")
    job, _ = claim_one(stores)

    stores.articles.record_entry(entry_outcome("0", end=_end(job)))

    assert [job.key for job in claim(stores)] == ["ent-1"]


def test_success_forgets_earlier_tries(stores: AnyStores) -> None:
    sync(stores)
    claim_one(stores, lease_s=1)
    job, _ = claim_one(stores, now=after(1))
    assert job.attempt == 2

    stores.polls.record_poll(poll_outcome(end=_end(job)))

    again, _ = claim_one(stores, now=after(900))
    assert again.attempt == 1


def test_released_job_can_be_had_at_once_and_the_try_does_not_count(stores: AnyStores) -> None:
    sync(stores)
    _, lease = claim_one(stores)

    stores.leases.release(lease)

    again, _ = claim_one(stores)
    assert again.attempt == 1


def test_job_released_with_an_error_is_pushed_forward_and_counted(stores: AnyStores) -> None:
    sync(stores)
    _, lease = claim_one(stores)

    stores.leases.release(lease, not_before=after(30), error="ValueError: no")

    assert claim(stores, now=after(29)) == ()
    again, _ = claim_one(stores, now=after(30))
    assert again.attempt == 2


def test_release_of_a_lease_that_is_not_ours_changes_nothing(stores: AnyStores) -> None:
    sync(stores)
    _, old = claim_one(stores, lease_s=1)
    _, new = claim_one(stores, now=after(1))

    stores.leases.release(old, error="late")

    assert claim(stores, now=after(2)) == ()
    assert stores.leases.extend(new, after(99)).until == after(99)


def test_person_can_have_what_was_pushed_forward(stores: AnyStores) -> None:
    sync(stores)
    _, lease = claim_one(stores)
    stores.leases.release(lease, not_before=after(3600), error="boom")

    stores.sources.make_due(["steppe/main"], after(1))

    assert len(claim(stores, now=after(1))) == 1


def test_replayed_delivery_is_not_kept_back(stores: AnyStores) -> None:
    stores.articles.record_article(told())
    job, lease = claim_one(stores)
    stores.leases.release(lease, not_before=after(3600), error="boom")
    (row,) = stores.outbox.list(DeliveryFilter())
    stores.outbox.record_attempt(attempt_outcome(replace(row.delivery, state=DeliveryState.DEAD)))

    stores.outbox.replay([job.key], after(1))

    assert [job.key for job in claim(stores, now=after(1))] == [row.delivery.id]


def test_take_gives_a_job_that_is_not_due(stores: AnyStores) -> None:
    sync(stores, now=after(500))

    job = _take(stores)

    assert job is not None
    assert (job.key, job.lane, job.attempt) == ("steppe/main", "steppe.example", 1)
    assert claim(stores, now=after(501), lease_s=1) != ()


def test_take_gives_nothing_while_somebody_holds_the_job_or_its_lane(stores: AnyStores) -> None:
    sync(stores)
    claim_one(stores)

    assert _take(stores) is None
    assert _take(stores, lane="elsewhere.example") is None
    assert _take(stores, key="steppe/second") is None
    assert _take(stores, key="hill/main", lane="hill.example") is not None


def test_take_waits_until_the_lane_is_free(stores: AnyStores) -> None:
    sync(stores)
    job, _ = claim_one(stores)
    stores.polls.record_poll(poll_outcome(end=_end(job, lane_free_at=after(4))))

    assert _take(stores, now=after(3)) is None
    assert _take(stores, now=after(4)) is not None


def test_take_passes_over_a_job_pushed_forward(stores: AnyStores) -> None:
    sync(stores)
    _, lease = claim_one(stores)
    stores.leases.release(lease, not_before=after(3600), error="boom")

    assert _take(stores) is not None


def test_extended_lease_holds_longer(stores: AnyStores) -> None:
    sync(stores)
    _, lease = claim_one(stores, lease_s=10)

    longer = stores.leases.extend(lease, after(100))

    assert longer == replace(lease, until=after(100))
    assert claim(stores, now=after(99)) == ()
    assert len(claim(stores, now=after(100))) == 1


def test_lease_of_another_cannot_be_extended(stores: AnyStores) -> None:
    sync(stores)
    _, lease = claim_one(stores, lease_s=1)
    claim_one(stores, now=after(1))

    with pytest.raises(LeaseLost):
        stores.leases.extend(lease, after(100))


def test_ended_lease_cannot_be_extended(stores: AnyStores) -> None:
    sync(stores)
    job, lease = claim_one(stores)
    stores.polls.record_poll(poll_outcome(end=_end(job)))

    with pytest.raises(LeaseLost):
        stores.leases.extend(lease, after(100))


def test_clear_ends_every_hold_but_remembers_tries(stores: AnyStores) -> None:
    sync(stores, "steppe/main", "river/main")
    claim(stores)

    assert stores.leases.clear() == 2
    assert stores.leases.clear() == 0
    assert [job.attempt for job in claim(stores)] == [2, 2]


def test_late_result_is_stored_when_nobody_took_the_job(stores: AnyStores) -> None:
    sync(stores)
    job, _ = claim_one(stores, lease_s=1)

    stores.polls.record_poll(poll_outcome([entry()], end=_end(job)))

    assert stores.articles.entry("ent-e1") is not None


def test_late_result_is_refused_when_another_job_took_the_lane(stores: AnyStores) -> None:
    _list_entries(stores, "https://hill.example/0", "https://hill.example/1")
    job, lease = claim_one(stores, lease_s=1)
    stores.leases.take(kind=JobKind.ENTRY, key="ent-1", lane="hill.example", now=after(1), owner="another", lease_s=60)

    with pytest.raises(LeaseLost):
        stores.articles.record_entry(entry_outcome("0", end=_end(job)))
    with pytest.raises(LeaseLost):
        stores.leases.extend(lease, after(100))


def _store_poll(stores: AnyStores, end: JobEnd) -> None:
    stores.polls.record_poll(poll_outcome([entry("late")], end=end))


def _store_article(stores: AnyStores, end: JobEnd) -> None:
    stores.articles.record_article(plain(article("late"), entry=stored("late"), end=end))


def _store_entry(stores: AnyStores, end: JobEnd) -> None:
    stores.articles.record_entry(entry_outcome("late", end=end))


def _store_attempt(stores: AnyStores, end: JobEnd) -> None:
    given = told("a1").deliveries[0]
    stores.outbox.record_attempt(attempt_outcome(given, channel_disabled="late", end=end))


_OUTCOMES = [_store_poll, _store_article, _store_entry, _store_attempt]


@pytest.mark.parametrize("store", _OUTCOMES)
def test_outcome_of_a_lost_lease_stores_nothing(stores: AnyStores, store: Callable[[AnyStores, JobEnd], None]) -> None:
    sync(stores)
    stores.articles.record_article(told("a1"))
    before = stores.health.report()
    job, _ = claim_one(stores, lease_s=1, poll=1)
    _, current = claim_one(stores, now=after(1), poll=1)

    with pytest.raises(LeaseLost) as raised:
        store(stores, _end(job))

    assert not raised.value.retryable
    assert stores.health.report() == before
    assert stores.articles.entry("ent-late") is None
    assert stores.leases.extend(current, after(99))


@pytest.mark.parametrize("store", _OUTCOMES)
def test_outcome_ends_its_lease(stores: AnyStores, store: Callable[[AnyStores, JobEnd], None]) -> None:
    sync(stores)
    stores.articles.record_article(told("a1"))
    job, lease = claim_one(stores, poll=1)

    store(stores, _end(job))

    with pytest.raises(LeaseLost):
        store(stores, _end(job))
    with pytest.raises(LeaseLost):
        stores.leases.extend(lease, after(99))


def test_lease_with_a_made_up_token_is_refused(stores: AnyStores) -> None:
    sync(stores)
    forged = Lease(kind=JobKind.POLL, key="steppe/main", token="lea-forged", until=after(60))

    with pytest.raises(LeaseLost):
        stores.polls.record_poll(poll_outcome(end=JobEnd(lease=forged)))


def test_naive_time_claims_nothing(stores: AnyStores) -> None:
    sync(stores)

    with pytest.raises(ValueError, match="naive"):
        claim(stores, now=datetime(2026, 11, 23, 12, 0))  # noqa: DTZ001 - the wrong kind is the point


def test_lane_of_a_source_that_moved_is_the_new_one(stores: AnyStores) -> None:
    sync(stores)
    claim_one(stores, lease_s=1)

    stores.sources.sync([source(url="https://moved.example/feed")], {"steppe/main": "moved.example"}, NOW)

    job, _ = claim_one(stores, now=after(1))
    assert (job.lane, job.attempt) == ("moved.example", 2)
