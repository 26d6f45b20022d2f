"""What people list and show: rows that join the nouns, and the filters that select them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.alerts import Alert, Attempt, Delivery, DeliveryState
from domain.articles import Article
from domain.matches import Match
from domain.watches import Severity

#: A source that waits longer than this after its time has come is overdue.
OVERDUE = timedelta(minutes=15)
#: A gap in a source's news is counted for so long.
RECENT_GAP = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class MatchFilter:
    """Which matches to list; None and empty select all. Newest first."""

    watch: str | None = None
    outlet: str | None = None
    language: str | None = None
    #: Published (or, where unknown, first seen) at or after / before, aware UTC.
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, kw_only=True)
class MatchRow:
    """A match with its article."""

    match: Match
    article: Article


@dataclass(frozen=True, kw_only=True)
class ArticleFilter:
    """Which articles to look at; None and empty select all."""

    #: Published (or, where unknown, first seen) at or after / before, aware UTC.
    since: datetime | None = None
    until: datetime | None = None
    #: BCP 47; ``kk`` selects ``kk-Arab`` too.
    languages: tuple[str, ...] = ()
    #: Outlet ids.
    outlets: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """One page of articles that may meet a query."""

    #: Newest first.
    articles: tuple[Article, ...] = ()
    #: Where the next page begins; None where there is none.
    before: int | None = None


@dataclass(frozen=True, kw_only=True)
class ArticleDetails:
    """An article with everything that we know around it."""

    article: Article
    matches: tuple[Match, ...] = ()
    alerts: tuple[Alert, ...] = ()
    #: Other articles of the same Story, oldest first.
    story: tuple[Article, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DeliveryFilter:
    """Which deliveries to list; newest first."""

    state: DeliveryState | None = None
    channel: str | None = None
    limit: int = 50


@dataclass(frozen=True, kw_only=True)
class DeliveryRow:
    """A delivery with its alert and its tries, oldest first."""

    delivery: Delivery
    alert: Alert
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AlertFilter:
    """Which alerts to list; newest first."""

    watch: str | None = None
    min_severity: Severity = Severity.LOW
    since: datetime | None = None
    limit: int = 50


@dataclass(frozen=True, kw_only=True)
class HealthReport:
    """What the database knows of the service's health."""

    #: When a daemon last said that it lives, None if never.
    heartbeat_at: datetime | None
    #: When a daemon stopped in good order, None when one has lived since.
    stopped_at: datetime | None = None
    #: Since when the configuration on disk is refused, and why; None when it is in use.
    refused_at: datetime | None = None
    refused_why: str | None = None
    #: Count of sources by status word (new, healthy, failing).
    sources: Mapping[str, int] = field(default_factory=dict)
    #: Count of sources of the catalogue that were due more than ``OVERDUE`` before the heartbeat.
    overdue_sources: int = 0
    #: Count of sources of the catalogue with a gap (``SourceState.gap_at``) in the ``RECENT_GAP`` before the heartbeat.
    gap_sources: int = 0
    #: Counts of entries waiting, deliveries waiting and deliveries given up.
    pending_entries: int = 0
    pending_deliveries: int = 0
    dead_deliveries: int = 0
    #: When the oldest pending delivery was first due; None when nothing waits.
    oldest_pending_delivery_at: datetime | None = None
    #: Channel name to why it is disabled.
    disabled_channels: Mapping[str, str] = field(default_factory=dict)
    articles: int = 0
    matches: int = 0
