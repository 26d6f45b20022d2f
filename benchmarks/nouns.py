"""Invented sources, polls and articles with all that follows from them, for benchmarks of storage and alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from alerts.planner import Plan, PlanInput, plan
from benchmarks import texts
from benchmarks.texts import NOW, Text, land_watch
from domain.alerts import Channel, ConsoleChannel
from domain.articles import Article, Entry, EntryState, StoredEntry
from domain.ids import stable_id
from domain.jobs import Lease
from domain.matches import Analysis
from domain.outcomes import ArticleOutcome, JobEnd, PollOutcome
from domain.outlets import Outlet, Ownership, Poll, PollResult, Source, SourceState, SourceStatus
from domain.watches import Route
from matching.matcher import Matcher

#: How many sites the invented press has, each with one source.
HOSTS = 300

CHANNELS: dict[str, Channel] = {"screen": ConsoleChannel(name="screen")}


def host(number: int) -> str:
    """The site of this article."""
    return f"news{number % HOSTS}.example"


def source(number: int) -> Source:
    """The source of this site."""
    return Source(id=f"news{number}/feed", outlet_id=f"news{number}", url=f"https://news{number}.example/feed.xml")


def outlet(number: int) -> Outlet:
    """The outlet of this site."""
    return Outlet(
        id=f"news{number}",
        name=f"News {number}",
        country="KZ",
        languages=texts.LANGUAGES,
        ownership=Ownership.PRIVATE,
        host=f"news{number}.example",
    )


def entry(number: int, *, title: str = "An entry of no interest", lead: str = "") -> Entry:
    """The entry of this article."""
    url = f"https://{host(number)}/articles/{number}"
    return Entry(
        id=stable_id("ent", url),
        source_id=f"news{number % HOSTS}/feed",
        url=url,
        canonical_url=url,
        guid=url,
        title=title,
        lead=lead,
        published_at=NOW,
    )


def poll_outcome(number: int, site: int, listed: Sequence[Entry], now: datetime) -> PollOutcome:
    """A finished poll that listed these entries."""
    name = f"news{site}/feed"
    read = PollResult.READ if listed else PollResult.UNCHANGED
    return PollOutcome(
        poll=Poll(
            id=f"pol-{number}",
            source_id=name,
            started_at=now,
            took_s=0.2,
            result=read,
            http_status=200 if listed else 304,
            entries=len(listed),
        ),
        state=SourceState(
            source_id=name,
            status=SourceStatus.HEALTHY,
            etag='"a"',
            polled_at=now,
            succeeded_at=now,
            next_poll_at=now,
        ),
        entries=tuple(listed),
        end=JobEnd(),
    )


class Desk:
    """Reads and judges invented articles with the real matcher and planner."""

    def __init__(self) -> None:
        self._watch = land_watch()
        self._matcher = Matcher([self._watch])

    def planned(self, of: Text) -> tuple[Article, Plan]:
        """The text as an Article in a story of its own, and what follows from it."""
        raw = texts.article(of)
        analysis = self._matcher.analyze(raw)
        story = stable_id("sto", analysis.content_hash)
        article = _completed(raw, analysis, story)
        given = PlanInput(
            article=article,
            hits=analysis.hits,
            watches={self._watch.id: self._watch},
            routes=(Route(to=tuple(CHANNELS)),),
            channels=CHANNELS,
            told={},
            outlet=outlet(of.number % HOSTS),
            now=NOW,
        )
        return article, plan(given)

    def outcome(self, of: Text, *, lease: Lease | None = None) -> ArticleOutcome:
        """What an entry job hands to storage."""
        article, planned = self.planned(of)
        done = StoredEntry(
            entry=entry(of.number, title=of.title, lead=of.lead),
            state=EntryState.DONE,
            tries=1,
            first_seen_at=NOW,
            article_id=article.id,
        )
        return ArticleOutcome(
            article=article,
            matches=planned.matches,
            alerts=planned.alerts,
            deliveries=planned.deliveries,
            entry=done,
            end=JobEnd(lease=lease, lane_free_at=NOW),
        )


def _completed(article: Article, analysis: Analysis, story_id: str) -> Article:
    return replace(
        article,
        language=analysis.language,
        content_hash=analysis.content_hash,
        analyzer_version=analysis.analyzer_version,
        story_id=story_id,
    )
