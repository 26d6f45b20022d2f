"""Small values for tests of the program, each with sensible defaults."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from claimwatch.work import ArticleWork, PollWork
from domain.articles import Entry, EntryState, Page, StoredEntry
from domain.fetching import FeedDocument, FetchResult
from domain.ids import stable_id
from domain.jobs import Job, JobKind, Lease
from domain.outlets import Outlet, Ownership, Source, SourceState

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SOURCE = Source(id="courier/en", outlet_id="courier", url="https://courier.example/feed", language="en", interval_s=600)
OUTLET = Outlet(
    id="courier",
    name="Steppe Courier",
    country="KZ",
    languages=("en",),
    ownership=Ownership.PRIVATE,
    host="courier.example",
    sources=(SOURCE,),
)


def lease(kind: JobKind, key: str) -> Lease:
    """A lease of some worker."""
    return Lease(kind=kind, key=key, token="t", until=NOW)


def job(kind: JobKind = JobKind.POLL, key: str = SOURCE.id) -> Job:
    """A held job."""
    return Job(kind=kind, key=key, lane="courier.example", attempt=1, lease=lease(kind, key))


def answer(body: bytes = b"<rss/>", status: int = 200, **more: Any) -> FetchResult:
    """What a server said."""
    url = more.pop("url", SOURCE.url)
    return FetchResult(url=url, final_url=more.pop("final_url", url), status=status, body=body, fetched_at=NOW, **more)


def entry(slug: str = "one", **more: Any) -> Entry:
    """An item of the source."""
    url = f"https://courier.example/{slug}"
    values: dict[str, Any] = {"title": f"Title {slug}", "lead": f"Lead {slug}.", "published_at": NOW} | more
    return Entry(id=stable_id("ent", url), source_id=SOURCE.id, url=url, canonical_url=url, **values)


def stored(item: Entry | None = None, **more: Any) -> StoredEntry:
    """An entry waiting for its page."""
    values: dict[str, Any] = {"state": EntryState.PENDING, "tries": 0, "first_seen_at": NOW} | more
    return StoredEntry(entry=item or entry(), **values)


def poll_work(**more: Any) -> PollWork:
    """A poll on its way."""
    values: dict[str, Any] = {"state": SourceState(source_id=SOURCE.id)} | more
    return PollWork(job=job(), source=SOURCE, outlet=OUTLET, started_at=NOW, started_mono=0.0, **values)


def article_work(**more: Any) -> ArticleWork:
    """An article on its way, from an entry."""
    values: dict[str, Any] = {
        "job": job(JobKind.ENTRY, entry().id),
        "stored": stored(),
        "source": SOURCE,
        "outlet": OUTLET,
    } | more
    return ArticleWork(started_at=NOW, **values)


def page(text: str = "Body of the page.", **more: Any) -> Page:
    """An extracted page."""
    return Page(canonical_url=more.pop("canonical_url", "https://courier.example/one"), text=text, **more)


def feed(*entries: Entry, **more: Any) -> FeedDocument:
    """A feed that was read."""
    return FeedDocument(entries=entries, **more)
