"""What every LeaseStore promises about sharing out: nobody waits for another's backlog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from domain.articles import EntryState
from domain.ids import random_id
from domain.jobs import Job, JobKind
from domain.outcomes import EntryOutcome, JobEnd
from tests.contract.conftest import AnyStores
from tests.contract.samples import NOW, after, entry, poll_outcome, source, sync, told

SHARE = 4
BAD, GOOD = "bad/main", "good/main"


def _claim(
    stores: AnyStores, kind: JobKind, most: int = 16, *, now: float = 0.0, share: int | None = SHARE
) -> list[Job]:
    asked = {kind: most}
    return list(stores.leases.claim(now=after(now), owner="tester", lease_s=60, limits=asked, share=share))


def _list_entries(stores: AnyStores, source_id: str, urls: Iterable[str], *, seen: float = -10.0) -> None:
    """One poll that finds these pages; the id of each begins with its source's."""
    listed = [entry(f"{source_id} {url}", source_id=source_id, url=url, canonical_url=url) for url in urls]
    found = poll_outcome(listed)
    poll = replace(found.poll, id=random_id("pol"), source_id=source_id, started_at=after(seen))
    stores.polls.record_poll(replace(found, poll=poll, state=replace(found.state, source_id=source_id)))


def _hosts(count: int) -> list[str]:
    return [f"https://dead{number:04}.example/" for number in range(count)]


def _of(jobs: Iterable[Job]) -> Counter[str]:
    """How many jobs of each source's entries."""
    return Counter(job.key.removeprefix("ent-").partition(" ")[0] for job in jobs)


def _end(stores: AnyStores, job: Job) -> None:
    pending = stores.articles.entry(job.key)
    assert pending is not None
    done = replace(pending, state=EntryState.FAILED)
    stores.articles.record_entry(EntryOutcome(entry=done, retry_at=None, end=JobEnd(lease=job.lease)))


def test_source_with_a_thousand_hosts_has_no_more_than_its_share(stores: AnyStores) -> None:
    sync(stores, BAD)
    _list_entries(stores, BAD, _hosts(300))

    assert len(_claim(stores, JobKind.ENTRY)) == SHARE
    assert _claim(stores, JobKind.ENTRY) == []


def test_slots_that_one_source_may_not_have_are_the_others(stores: AnyStores) -> None:
    sync(stores, BAD, GOOD)
    _list_entries(stores, BAD, _hosts(100), seen=-900)
    _list_entries(stores, GOOD, ["https://good.example/1", "https://other.example/1"])

    assert _of(_claim(stores, JobKind.ENTRY)) == {BAD: SHARE, GOOD: 2}


def test_share_is_free_again_when_a_job_ends(stores: AnyStores) -> None:
    sync(stores, BAD)
    _list_entries(stores, BAD, _hosts(20))
    first, *_ = _claim(stores, JobKind.ENTRY)

    _end(stores, first)

    assert len(_claim(stores, JobKind.ENTRY)) == 1


def test_share_of_a_lease_that_ran_out_is_free_again(stores: AnyStores) -> None:
    sync(stores, BAD)
    _list_entries(stores, BAD, _hosts(20))
    _claim(stores, JobKind.ENTRY)

    assert len(_claim(stores, JobKind.ENTRY, now=60)) == SHARE


def test_without_a_share_one_source_may_have_all(stores: AnyStores) -> None:
    sync(stores, BAD)
    _list_entries(stores, BAD, _hosts(20))

    assert len(_claim(stores, JobKind.ENTRY, share=None)) == 16


def test_first_job_of_each_source_goes_before_the_second_of_any(stores: AnyStores) -> None:
    sync(stores, "a/main", "b/main", "c/main")
    for number, name in enumerate(("a/main", "b/main", "c/main")):
        urls = [f"https://{name[0]}{page}.example/" for page in range(9)]
        _list_entries(stores, name, urls, seen=number - 100)

    assert _of(_claim(stores, JobKind.ENTRY, 3)) == {"a/main": 1, "b/main": 1, "c/main": 1}


def test_source_with_fewer_running_jobs_has_the_next_slot(stores: AnyStores) -> None:
    sync(stores, BAD, GOOD)
    _list_entries(stores, BAD, _hosts(20), seen=-900)
    _claim(stores, JobKind.ENTRY, 3)
    _list_entries(stores, GOOD, ["https://good.example/1"])

    assert _of(_claim(stores, JobKind.ENTRY, 1)) == {GOOD: 1}


def test_thousand_links_to_another_site_do_not_hold_up_its_own_news(stores: AnyStores) -> None:
    sync(stores, BAD, GOOD)
    _list_entries(stores, BAD, [f"https://good.example/made-up/{number}" for number in range(200)], seen=-900)
    _list_entries(stores, GOOD, ["https://good.example/1", "https://good.example/2"])
    (first,) = _claim(stores, JobKind.ENTRY)

    _end(stores, first)

    assert _of([first, *_claim(stores, JobKind.ENTRY)]) == {GOOD: 2}


def test_backlog_of_another_in_a_lane_is_done_in_the_end(stores: AnyStores) -> None:
    sync(stores, BAD, GOOD)
    _list_entries(stores, BAD, [f"https://good.example/made-up/{number}" for number in range(90)], seen=-900)
    _list_entries(stores, GOOD, [f"https://good.example/{number}" for number in range(60)])

    assert _of(_claim(stores, JobKind.ENTRY)) == {BAD: 1}


def test_source_that_has_its_share_blocks_no_lane(stores: AnyStores) -> None:
    sync(stores, BAD, GOOD)
    _list_entries(stores, BAD, _hosts(SHARE), seen=-900)
    _claim(stores, JobKind.ENTRY)
    _list_entries(stores, BAD, ["https://good.example/made-up"], seen=-800)
    _list_entries(stores, GOOD, [f"https://good.example/{number}" for number in range(3)])

    assert _of(_claim(stores, JobKind.ENTRY)) == {GOOD: 1}


def test_hosts_that_wait_for_a_retry_hide_none_that_is_due(stores: AnyStores) -> None:
    sync(stores, BAD)
    _list_entries(stores, BAD, ["https://last.example/1"])
    _list_entries(stores, BAD, _hosts(150), seen=500)

    assert [job.lane for job in _claim(stores, JobKind.ENTRY)] == ["last.example"]


def test_outlet_with_hundreds_of_dead_sources_leaves_slots_for_other_outlets(stores: AnyStores) -> None:
    dead = [source(f"bad/{number}", url=f"https://dead{number}.example/feed") for number in range(100)]
    lanes = {one.id: f"dead{number}.example" for number, one in enumerate(dead)}
    stores.sources.sync(dead, lanes, after(-900))
    stores.sources.add([source(GOOD)], {GOOD: "good.example"}, NOW)

    polls = Counter(job.key.split("/")[0] for job in _claim(stores, JobKind.POLL))

    assert polls == {"bad": SHARE, "good": 1}


def test_sources_of_many_outlets_share_a_host_by_turns(stores: AnyStores) -> None:
    crowd = [source(f"bad/{number}", url=f"https://shared.example/{number}") for number in range(60)]
    stores.sources.sync(crowd, {one.id: "shared.example" for one in crowd}, after(-900))
    stores.sources.add([source(GOOD)], {GOOD: "shared.example"}, NOW)

    assert [job.key for job in _claim(stores, JobKind.POLL)] == [GOOD]


def test_channel_with_a_backlog_has_one_job_at_a_time_and_holds_up_no_other(stores: AnyStores) -> None:
    for number in range(5):
        stores.articles.record_article(told(f"a{number}", channels=("dead",)))
    stores.articles.record_article(told("b", channels=("good",)))

    assert sorted(job.lane for job in _claim(stores, JobKind.DELIVERY)) == ["channel:dead", "channel:good"]
