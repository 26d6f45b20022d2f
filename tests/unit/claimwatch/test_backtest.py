"""What a backtest counts, and how it tells new finds from old ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import cast

from claimwatch.backtest import Change, Stored, backtest
from claimwatch.search import Found, Search
from tests.contract.samples import NOW, after, article, match, plain, told
from tests.fakes.storage import MemoryStores


class Finds:
    """A search that finds what it was given."""

    looked = 9

    def __init__(self, *found: Found) -> None:
        self._found = found

    def __iter__(self) -> Iterator[Found]:
        return iter(self._found)


def found(name: str, *, days_ago: int = 0, story: str | None = None) -> Found:
    written = article(name, published_at=NOW - timedelta(days=days_ago), story_id=story or f"sto-{name}")
    return Found(article=written, score=1.0, mentions=())


def search(*finds: Found) -> Search:
    return cast("Search", Finds(*finds))


def test_every_day_is_counted_also_those_without_hits() -> None:
    report = backtest(
        search(found("a"), found("b", days_ago=2), found("c", days_ago=2)),
        first=date(2026, 11, 20),
        last=date(2026, 11, 23),
        samples=5,
    )

    assert list(report.days) == [date(2026, 11, day) for day in (20, 21, 22, 23)]
    assert list(report.days.values()) == [0, 2, 0, 1]
    assert (report.hits, report.looked, report.change) == (3, 9, None)


def test_stories_count_once_and_samples_are_of_different_ones() -> None:
    report = backtest(
        search(found("a", story="one"), found("b", story="one"), found("c", story="two"), found("d", story="three")),
        first=NOW.date(),
        last=NOW.date(),
        samples=2,
    )

    assert report.stories == 3
    assert [one.article.id for one in report.samples] == ["art-a", "art-c"]


def test_stored_matches_are_told_apart_into_new_gone_and_same() -> None:
    stores = MemoryStores()
    for name, version in (("same", "v1"), ("gone", "v2"), ("before", "v1")):
        seen = after(-86_400 * 9) if name == "before" else after(-60)
        outcome = plain(article(name, first_seen_at=seen), matches=(match(name, watch_version=version),))
        stores.articles.record_article(outcome)
    stores.articles.record_article(told("other", matches=(match("other", watch="elsewhere"),)))
    stored = Stored(store=stores.matches, watch="gift", since=after(-86_400), until=after(1))

    report = backtest(search(found("new"), found("same")), first=NOW.date(), last=NOW.date(), samples=0, stored=stored)

    assert report.change == Change(new=("art-new",), gone=("art-gone",), same=1, versions={"v1": 1, "v2": 1})


def test_more_stored_matches_than_a_page_are_all_seen() -> None:
    stores = MemoryStores()
    for number in range(510):
        written = article(f"n{number}", first_seen_at=after(-number))
        stores.articles.record_article(plain(written, matches=(match(f"n{number}"),)))
    stored = Stored(store=stores.matches, watch="gift", since=after(-86_400), until=after(1))

    assert len(list(stored)) == 510
