"""What jobs leave behind is forgotten when nobody needs it; tables do not grow with the years."""

from __future__ import annotations

from datetime import timedelta

from domain.jobs import JobKind
from domain.outcomes import JobEnd
from tests.contract.conftest import AnyStores
from tests.contract.samples import (
    NOW,
    after,
    claim,
    claim_one,
    entry,
    entry_outcome,
    poll_outcome,
    sync,
    told,
)

DAY = timedelta(days=1)


def test_lane_that_was_free_long_ago_is_forgotten(stores: AnyStores) -> None:
    sync(stores)
    stores.polls.record_poll(poll_outcome(end=JobEnd(lane_free_at=NOW)))

    assert stores.leases.forget(NOW) == 0
    assert stores.leases.forget(after(1)) == 1
    assert stores.leases.forget(after(1)) == 0


def test_lane_that_is_not_free_yet_is_kept(stores: AnyStores) -> None:
    sync(stores)
    stores.polls.record_poll(poll_outcome(end=JobEnd(lane_free_at=after(60))))
    stores.sources.make_due(["steppe/main"], NOW)

    stores.leases.forget(after(59))

    assert claim(stores, now=after(59)) == ()
    assert len(claim(stores, now=after(60))) == 1


def test_lease_on_work_that_is_over_is_forgotten(stores: AnyStores) -> None:
    sync(stores)
    stores.polls.record_poll(poll_outcome([entry("e1")]))
    _, lease = claim_one(stores, entry=1)
    stores.leases.release(lease, not_before=after(60), error="it broke")
    stores.articles.record_entry(entry_outcome("e1"))

    assert stores.leases.forget(NOW - DAY) == 1


def test_lease_on_a_source_that_left_the_catalogue_is_forgotten(stores: AnyStores) -> None:
    sync(stores)
    _, lease = claim_one(stores, poll=1)
    stores.leases.release(lease, error="it broke")
    sync(stores, "river/main")

    assert stores.leases.forget(NOW - DAY) == 1


def test_lease_of_a_process_that_died_is_forgotten_when_its_work_is_over(stores: AnyStores) -> None:
    stores.articles.record_article(told("a1"))
    key = told("a1").deliveries[0].id
    gone = stores.leases.take(
        kind=JobKind.DELIVERY, key=f"{key}-gone", lane="channel:gone", now=NOW, owner="me", lease_s=60
    )

    assert gone is not None
    assert stores.leases.forget(after(60)) == 0
    assert stores.leases.forget(after(61)) == 1


def test_lease_knows_the_tries_of_work_that_waits(stores: AnyStores) -> None:
    sync(stores)
    stores.polls.record_poll(poll_outcome([entry("e1", url="https://page.example/e1")]))
    stores.articles.record_article(told("a1"))
    stores.sources.make_due(["steppe/main"], NOW)
    for job in claim(stores, lease_s=1):
        if job.lease is not None and job.kind is not JobKind.ENTRY:  # that one runs out
            stores.leases.release(job.lease, error="it broke")

    assert stores.leases.forget(after(86_400)) == 0
    tries = {job.kind: job.attempt for job in claim(stores, now=after(86_400))}
    assert tries == dict.fromkeys(JobKind, 2)


def test_job_that_runs_is_not_forgotten_though_its_work_is_over(stores: AnyStores) -> None:
    sync(stores)
    stores.polls.record_poll(poll_outcome([entry("e1")]))
    _, lease = claim_one(stores, entry=1)
    stores.articles.record_entry(entry_outcome("e1"))

    assert stores.leases.forget(NOW) == 0
    assert stores.leases.extend(lease, after(99)).until == after(99)
