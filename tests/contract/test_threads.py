"""What every store promises when many threads call it at once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from domain.jobs import Job, JobKind
from domain.matches import Decision
from domain.outcomes import JobEnd
from domain.outlets import SourceState
from domain.views import MatchFilter
from tests.contract.conftest import AnyStores
from tests.contract.samples import (
    NOW,
    alert,
    claim,
    entry,
    entry_outcome,
    poll_outcome,
    sync,
    told,
)


def _list_entries(stores: AnyStores, *urls: str) -> None:
    """A catalogue whose source is not due, and one pending entry a url: ent-0, ent-1, …"""
    sync(stores)
    entries = [entry(str(number), url=url, canonical_url=url) for number, url in enumerate(urls)]
    stores.polls.record_poll(poll_outcome(entries))


def test_threads_that_claim_get_disjoint_jobs_and_never_share_a_lane(stores: AnyStores) -> None:
    urls = [f"https://host{number % 20}.example/{number}" for number in range(100)]
    _list_entries(stores, *urls)
    start = Barrier(6)

    def work(_: int) -> list[Job]:
        mine: list[Job] = []
        start.wait()
        for _ in range(4):
            mine += claim(stores, entry=3)
        return mine

    with ThreadPoolExecutor(6) as pool:
        jobs = [job for mine in pool.map(work, range(6)) for job in mine]

    assert sorted(job.lane for job in jobs) == sorted(f"host{number}.example" for number in range(20))
    assert len({job.key for job in jobs}) == 20


def test_threads_that_claim_and_finish_do_every_job_once(stores: AnyStores) -> None:
    urls = [f"https://host{number % 5}.example/{number}" for number in range(60)]
    _list_entries(stores, *urls)

    def work(_: int) -> list[str]:
        mine: list[str] = []
        while stores.health.report().pending_entries:
            for job in claim(stores, entry=2):
                stores.articles.record_entry(entry_outcome(job.key.removeprefix("ent-"), end=JobEnd(lease=job.lease)))
                mine.append(job.key)
        return mine

    with ThreadPoolExecutor(6) as pool:
        done = [key for mine in pool.map(work, range(6)) for key in mine]

    assert sorted(done) == sorted(f"ent-{number}" for number in range(60))


def test_threads_that_take_one_job_give_it_to_one(stores: AnyStores) -> None:
    sync(stores)
    start = Barrier(6)

    def work(_: int) -> Job | None:
        start.wait()
        return stores.leases.take(
            kind=JobKind.POLL, key="steppe/main", lane="steppe.example", now=NOW, owner="me", lease_s=60
        )

    with ThreadPoolExecutor(6) as pool:
        jobs = list(pool.map(work, range(6)))

    assert len([job for job in jobs if job is not None]) == 1


def test_threads_that_store_the_same_story_tell_it_once(stores: AnyStores) -> None:
    start = Barrier(6)

    def work(number: int) -> None:
        outcome = told(f"a{number}", story="sto-1")
        start.wait()
        stores.articles.record_article(outcome)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))

    report = stores.health.report()
    assert (report.articles, report.matches, report.pending_deliveries) == (6, 6, 1)


def test_threads_that_tell_one_story_to_two_channels_tell_each_once(stores: AnyStores) -> None:
    start = Barrier(6)

    def work(number: int) -> None:
        outcome = told(f"a{number}", story="sto-1", channels=("desk",) if number % 2 else ("team",))
        start.wait()
        stores.articles.record_article(outcome)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))

    decisions = Counter(row.match.decision for row in stores.matches.list(MatchFilter()))
    assert stores.story_index.told("sto-1") == {"gift": {"desk", "team"}}
    assert stores.health.report().pending_deliveries == 2
    assert decisions == {Decision.FIRST_IN_STORY: 1, Decision.OTHER_CHANNEL: 1, Decision.SAME_STORY: 4}


def test_threads_that_list_the_same_entries_add_each_once(stores: AnyStores) -> None:
    sync(stores)
    start = Barrier(6)

    def work(number: int) -> int:
        listed = [entry(f"e{(n * 7 + number * 13) % 40}") for n in range(40)]
        start.wait()
        return stores.polls.record_poll(poll_outcome(listed, name=str(number)))

    with ThreadPoolExecutor(6) as pool:
        new = sum(pool.map(work, range(6)))

    assert new == 40


def test_polls_that_list_the_same_entries_in_opposite_order_never_deadlock(stores: AnyStores) -> None:
    names = ("steppe/main", "river/main")
    sync(stores, *names)
    start = Barrier(2)

    def work(number: int) -> int:
        listed = [entry(f"e{n}") for n in range(3000)][:: 1 - 2 * number]
        state = SourceState(source_id=names[number])
        outcome = poll_outcome(listed, name=str(number), state=state)
        start.wait()
        return stores.polls.record_poll(outcome)

    with ThreadPoolExecutor(2) as pool:
        new = list(pool.map(work, range(2)))

    assert sum(new) == 3000


def test_articles_that_tell_the_same_in_opposite_order_never_deadlock(stores: AnyStores) -> None:
    watches = [f"watch{n}" for n in range(3000)]
    start = Barrier(2)

    def work(number: int) -> None:
        decided = [alert(f"a{number}", watch, "sto-1") for watch in watches][:: 1 - 2 * number]
        outcome = replace(told(f"a{number}", story="sto-1"), matches=(), alerts=tuple(decided), deliveries=())
        start.wait()
        stores.articles.record_article(outcome)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))

    assert set(stores.story_index.told("sto-1")) == set(watches)
