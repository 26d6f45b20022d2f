"""What a watch or a query would have found in the stored articles, day by day, beside what was matched at the time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from claimwatch.search import Found, Search
from domain.articles import Article
from domain.matches import Match
from domain.ports import MatchStore
from domain.views import MatchFilter

_PAGE = 500


@dataclass(frozen=True, kw_only=True)
class Change:
    """How the hits differ from the matches that are stored of the watch in the same time."""

    #: Ids of articles that would match now and are not stored as matches, newest first.
    new: tuple[str, ...] = ()
    #: Ids of articles whose stored match would not come about now, newest first.
    gone: tuple[str, ...] = ()
    #: How many are both.
    same: int = 0
    #: Version of the watch to how many of the stored matches it made.
    versions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """What was found."""

    #: Day in UTC to its hits, every day of the time, oldest first.
    days: Mapping[date, int]
    hits: int
    #: Distinct stories: the most alerts that there would have been.
    stories: int
    #: Candidates looked at.
    looked: int
    #: The newest hits, each of another story.
    samples: tuple[Found, ...]
    #: None where there is no watch to compare with.
    change: Change | None = None


def backtest(search: Search, *, first: date, last: date, samples: int, stored: Stored | None = None) -> Backtest:
    """Run a search to its end and sum up.

    Args:
        search: of the time in question.
        first: the first day of it, in UTC.
        last: the last day of it.
        samples: how many hits to show.
        stored: the matches to compare with.
    """
    days = Counter({date.fromordinal(day): 0 for day in range(first.toordinal(), last.toordinal() + 1)})
    kept: list[Found] = []
    articles: list[str] = []
    stories: set[str] = set()
    for found in search:
        article = found.article
        days[_day(article)] += 1
        articles.append(article.id)
        if article.story_id not in stories and len(kept) < samples:
            kept.append(found)
        stories.add(article.story_id)
    return Backtest(
        days=dict(sorted(days.items())),
        hits=len(articles),
        stories=len(stories),
        looked=search.looked,
        samples=tuple(kept),
        change=_change(articles, stored) if stored else None,
    )


def _day(article: Article) -> date:
    return (article.published_at or article.first_seen_at).date()


@dataclass(frozen=True, kw_only=True)
class Stored:
    """The matches that are stored of a watch in some time."""

    store: MatchStore
    watch: str
    since: datetime
    until: datetime

    def __iter__(self) -> Iterator[Match]:
        offset = 0
        while True:
            wanted = MatchFilter(watch=self.watch, since=self.since, until=self.until, limit=_PAGE, offset=offset)
            page = self.store.list(wanted)
            yield from (row.match for row in page)
            offset += len(page)
            if len(page) < _PAGE:
                return


def _change(articles: list[str], stored: Stored) -> Change:
    known = {match.article_id: match.watch_version for match in stored}
    hits = frozenset(articles)
    return Change(
        new=tuple(article for article in articles if article not in known),
        gone=tuple(article for article in known if article not in hits),
        same=len(hits & known.keys()),
        versions=dict(Counter(known.values())),
    )
