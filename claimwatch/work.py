"""What the steps of the pipeline hand to one another: each step fills in what it found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alerts.planner import Plan
from domain.alerts import Alert, Delivery
from domain.articles import Article, Page, PageState, StoredEntry
from domain.errors import FetchError, ReadError
from domain.fetching import FeedDocument, FetchResult
from domain.jobs import Job
from domain.matches import Analysis
from domain.outcomes import AttemptOutcome
from domain.outlets import Outlet, Source, SourceState


@dataclass(frozen=True, kw_only=True)
class PollWork:
    """One visit to a Source, on its way through the poll steps."""

    job: Job
    source: Source
    outlet: Outlet
    started_at: datetime
    #: Reading of the monotonic clock at the start, seconds.
    started_mono: float
    #: load_state
    state: SourceState | None = None
    #: fetch_source: the answer, or why there is none
    response: FetchResult | None = None
    problem: FetchError | ReadError | None = None
    #: SHA-256 (hex) of the body
    body_sha256: str | None = None
    #: read_entries: the feed; None where the body did not change or could not be read
    document: FeedDocument | None = None
    #: record_poll: how many entries were unknown
    new_entries: int = 0


@dataclass(frozen=True, kw_only=True)
class ArticleWork:
    """One published page, on its way through the entry steps, from an Entry or from `ingest`."""

    started_at: datetime
    #: None for what is ingested.
    job: Job | None = None
    stored: StoredEntry | None = None
    source: Source | None = None
    outlet: Outlet | None = None
    #: Where it was brought from, for what is ingested; empty where nobody knows.
    address: str = ""
    #: fetch_page: the answer, or why there is none
    response: FetchResult | None = None
    problem: FetchError | ReadError | None = None
    #: extract_page
    page: Page | None = None
    #: make_article; None when there is nothing at all to make it from
    article: Article | None = None
    #: When to try the page again, None for never.
    retry_at: datetime | None = None
    #: analyze_article
    analysis: Analysis | None = None
    #: plan_alerts
    plan: Plan | None = None

    @property
    def fetches_page(self) -> bool:
        """May the entry's page be fetched? Not where its source says no, nor where it left the catalogue."""
        return self.source is not None and self.source.fetch_pages

    @property
    def page_state(self) -> PageState:
        """How much of the page we have."""
        if self.page is not None:
            return PageState.FULL if self.page.text else PageState.EMPTY
        return PageState.REFUSED if self.fetches_page else PageState.LEAD_ONLY


@dataclass(frozen=True, kw_only=True)
class DeliveryWork:
    """One try of one Delivery, on its way through the delivery steps."""

    job: Job
    delivery: Delivery
    #: What it tells.
    alert: Alert
    #: attempt_delivery
    outcome: AttemptOutcome | None = None
