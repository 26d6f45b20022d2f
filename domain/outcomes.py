"""What a job hands to storage: each of these is written in ONE transaction, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.alerts import Alert, Attempt, Delivery
from domain.articles import Article, Entry, StoredEntry
from domain.jobs import Lease
from domain.matches import Match
from domain.outlets import Poll, SourceState


@dataclass(frozen=True, kw_only=True)
class JobEnd:
    """How a job lets go of its lease and its lane."""

    #: None when the engine fences by other means.
    lease: Lease | None = None
    #: No other job of the lane may start before this instant; None means at once.
    lane_free_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class PollOutcome:
    """A finished poll: its record, the source's new state, and every entry that it listed."""

    poll: Poll
    state: SourceState
    #: Known ones are recognised by id and left alone.
    entries: tuple[Entry, ...] = ()
    end: JobEnd


@dataclass(frozen=True, kw_only=True)
class ArticleOutcome:
    """An article with all that follows from it."""

    article: Article
    #: By which search finds it; see ``KeyIndex``.
    keys: tuple[str, ...] = ()
    matches: tuple[Match, ...] = ()
    alerts: tuple[Alert, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    #: The entry it came from, in its new state; None for ingested articles.
    entry: StoredEntry | None = None
    #: When to try the entry's page again; None for never.
    retry_at: datetime | None = None
    end: JobEnd


@dataclass(frozen=True, kw_only=True)
class Reread:
    """A stored article that a newer analyser read again, for its keys."""

    article_id: str
    #: As the article had it when it was read: one that changed since is left alone.
    content_hash: str
    language: str
    keys: tuple[str, ...]
    analyzer_version: str


@dataclass(frozen=True, kw_only=True)
class EntryOutcome:
    """An entry that gave no article this time: tried again at ``retry_at``, or failed."""

    entry: StoredEntry
    retry_at: datetime | None
    end: JobEnd


@dataclass(frozen=True, kw_only=True)
class AttemptOutcome:
    """One try of a delivery and the delivery's new state."""

    attempt: Attempt
    delivery: Delivery
    #: Why the channel takes no more messages (it answered 410), None while it does.
    channel_disabled: str | None = None
    end: JobEnd
