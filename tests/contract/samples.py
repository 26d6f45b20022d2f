"""Nouns for the contract suite, each valid as it is; pass what a test cares about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.alerts import Alert, AlertContent, Attempt, Delivery, Quote
from domain.articles import Article, Entry, EntryState, StoredEntry
from domain.jobs import Job, JobKind, Lease
from domain.matches import Decision, Match, Mention
from domain.net import lane_of
from domain.outcomes import ArticleOutcome, AttemptOutcome, EntryOutcome, JobEnd, PollOutcome
from domain.outlets import Poll, PollResult, Source, SourceState, SourceStatus
from domain.watches import Severity
from tests.contract.conftest import AnyStores

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ALL_KINDS = dict.fromkeys(JobKind, 100)


def after(seconds: float) -> datetime:
    """So many seconds after NOW."""
    return NOW + timedelta(seconds=seconds)


def source(name: str = "steppe/main", **changes: Any) -> Source:
    outlet = name.split("/", maxsplit=1)[0]
    return replace(Source(id=name, outlet_id=outlet, url=f"https://{outlet}.example/feed"), **changes)


def sync(stores: AnyStores, *names: str, now: datetime = NOW) -> None:
    """Make the catalogue exactly the sources of these names (one, where none is given)."""
    listed = [source(name) for name in names or ("steppe/main",)]
    stores.sources.sync(listed, {item.id: lane_of(item.url) for item in listed}, now)


def entry(name: str = "e1", **changes: Any) -> Entry:
    url = f"https://steppe.example/{name}"
    return replace(Entry(id=f"ent-{name}", source_id="steppe/main", url=url, canonical_url=url, title=name), **changes)


def stored(name: str = "e1", state: EntryState = EntryState.DONE, **changes: Any) -> StoredEntry:
    return replace(StoredEntry(entry=entry(name), state=state, tries=1, first_seen_at=NOW), **changes)


def poll_outcome(
    entries: Sequence[Entry] = (), *, name: str = "p1", end: JobEnd | None = None, **changes: Any
) -> PollOutcome:
    state = SourceState(
        source_id="steppe/main",
        status=SourceStatus.HEALTHY,
        polled_at=NOW,
        succeeded_at=NOW,
        next_poll_at=after(900),
    )
    poll = Poll(id=f"pol-{name}", source_id="steppe/main", started_at=NOW, took_s=0.5, result=PollResult.READ)
    outcome = PollOutcome(poll=poll, state=state, entries=tuple(entries), end=end or JobEnd())
    return replace(outcome, **changes)


def article(name: str = "a1", **changes: Any) -> Article:
    whole = Article(
        id=f"art-{name}",
        url=f"https://steppe.example/{name}",
        outlet_id="steppe",
        source_id="steppe/main",
        title="A gift, he says",
        text="The land beyond the river was a gift, the deputy says.",
        first_seen_at=NOW,
        language="en",
        content_hash=f"hash-{name}",
        story_id=f"sto-{name}",
        analyzer_version="1",
    )
    return replace(whole, **changes)


def match(of: str = "a1", watch: str = "gift", **changes: Any) -> Match:
    mention = Mention(field="text", start=32, end=36, text="gift", term="gift~")
    whole = Match(
        id=f"mat-{of}-{watch}",
        article_id=f"art-{of}",
        watch_id=watch,
        score=2.5,
        mentions=(mention,),
        matched_at=NOW,
        decision=Decision.FIRST_IN_STORY,
    )
    return replace(whole, **changes)


def alert(of: str = "a1", watch: str = "gift", story: str = "sto-a1", **changes: Any) -> Alert:
    quote = Quote(field="text", start=32, end=36, text="gift", term="gift~", context="was a gift, the deputy")
    content = AlertContent(
        watch_title="Land as a gift",
        title="A gift, he says",
        url=f"https://steppe.example/{of}",
        outlet_name="The Steppe",
        country="KZ",
        language="en",
        author=None,
        published_at=after(-3600.25),
        first_seen_at=NOW,
        quotes=(quote,),
    )
    whole = Alert(
        id=f"alr-{watch}-{story}",
        watch_id=watch,
        story_id=story,
        article_id=f"art-{of}",
        severity=Severity.MEDIUM,
        reason=Decision.FIRST_IN_STORY,
        created_at=NOW,
        content=content,
    )
    return replace(whole, **changes)


def delivery(of: Alert, channel: str = "desk", **changes: Any) -> Delivery:
    whole = Delivery(id=f"dlv-{of.id}-{channel}", alert_id=of.id, channel=channel, next_attempt_at=NOW)
    return replace(whole, **changes)


def told(
    name: str = "a1", *, story: str | None = None, channels: Sequence[str] = ("desk",), **changes: Any
) -> ArticleOutcome:
    """An article that met the watch ``gift`` and is told on these channels."""
    written = article(name, story_id=story or f"sto-{name}")
    decided = alert(name, story=written.story_id)
    outcome = ArticleOutcome(
        article=written,
        matches=(match(name),),
        alerts=(decided,),
        deliveries=tuple(delivery(decided, channel) for channel in channels),
        end=JobEnd(),
    )
    return replace(outcome, **changes)


def plain(written: Article, **changes: Any) -> ArticleOutcome:
    """An article that met nothing."""
    return replace(ArticleOutcome(article=written, end=JobEnd()), **changes)


def entry_outcome(name: str = "e1", *, retry_at: datetime | None = None, end: JobEnd | None = None) -> EntryOutcome:
    state = EntryState.FAILED if retry_at is None else EntryState.PENDING
    return EntryOutcome(entry=stored(name, state, note="no page"), retry_at=retry_at, end=end or JobEnd())


def attempt_outcome(of: Delivery, *, name: str = "1", end: JobEnd | None = None, **changes: Any) -> AttemptOutcome:
    attempt = Attempt(
        id=f"att-{of.id}-{name}",
        delivery_id=of.id,
        started_at=NOW,
        took_s=0.25,
        accepted=False,
        status=451,
        error="busy",
    )
    return replace(AttemptOutcome(attempt=attempt, delivery=of, end=end or JobEnd()), **changes)


def claim(stores: AnyStores, *, now: datetime = NOW, lease_s: float = 60, **limits: int) -> tuple[Job, ...]:
    """Claim up to 100 of every kind, or of the kinds named only."""
    wanted = {JobKind(kind): limit for kind, limit in limits.items()} or ALL_KINDS
    return stores.leases.claim(now=now, owner="tester", lease_s=lease_s, limits=wanted)


def claim_one(stores: AnyStores, *, now: datetime = NOW, lease_s: float = 60, **limits: int) -> tuple[Job, Lease]:
    """Claim the one job that is due, with its lease."""
    (job,) = claim(stores, now=now, lease_s=lease_s, **limits)
    assert job.lease is not None
    return job, job.lease
