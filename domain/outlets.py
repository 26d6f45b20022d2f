"""Outlet (who publishes), Source (an address we poll) and Poll (one visit and how it ended)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SourceKind(StrEnum):
    """How a Source lists its entries."""

    FEED = "feed"  # RSS, Atom, RDF or JSON Feed


class Certainty(StrEnum):
    """How sure we are that an address works."""

    VERIFIED = "verified"  # seen to work by us, on the date in the note
    LISTED = "listed"  # stands in public code or lists; not fetched by us
    UNVERIFIED = "unverified"  # lists disagree, or only custom says so


class Ownership(StrEnum):
    """Who owns the outlet."""

    STATE = "state"
    PUBLIC = "public"
    PRIVATE = "private"


@dataclass(frozen=True, kw_only=True)
class Source:
    """One polled address of an Outlet."""

    #: ``outlet/name``, such as ``tass/ru``; unique in the catalogue.
    id: str
    outlet_id: str
    url: str
    kind: SourceKind = SourceKind.FEED
    #: BCP 47 language that the source declares, None where mixed or unknown.
    language: str | None = None
    certainty: Certainty = Certainty.UNVERIFIED
    #: Seconds between two polls when all is well.
    interval_s: int = 900
    #: Fetch each entry's page? Where a site refuses its pages, title and lead are the article.
    fetch_pages: bool = True
    #: What a person should know about this address.
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Outlet:
    """A publisher: a newspaper, an agency, a ministry."""

    #: Lower-case slug, unique in the catalogue.
    id: str
    name: str
    #: ISO 3166-1 alpha-2.
    country: str
    #: BCP 47.
    languages: tuple[str, ...]
    ownership: Ownership
    #: The site's own host, such as ``tass.ru``.
    host: str
    #: Seconds between two requests to one host of this outlet.
    delay_s: float = 4.0
    sources: tuple[Source, ...] = ()
    note: str = ""


class SourceStatus(StrEnum):
    """How a Source is, for people."""

    NEW = "new"  # never polled
    HEALTHY = "healthy"
    FAILING = "failing"  # the last poll failed; the error says why


@dataclass(frozen=True, kw_only=True)
class SourceState:
    """What we know of a Source beyond the catalogue; kept in the database."""

    source_id: str
    status: SourceStatus = SourceStatus.NEW
    #: Validators of the last body that we read, sent back unchanged.
    etag: str | None = None
    last_modified: str | None = None
    #: SHA-256 (hex) of that body: bytes that did not change are never parsed.
    body_sha256: str | None = None
    #: Polls failed in a row.
    failures: int = 0
    #: A sentence for people about the last failure, None when healthy.
    last_error: str | None = None
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    #: Publication time of the newest entry ever seen here.
    newest_entry_at: datetime | None = None
    #: When a poll last found nothing but unknown entries, though the one read before it had listed some:
    #: what came and went between the two may have been missed.
    gap_at: datetime | None = None
    next_poll_at: datetime | None = None


class PollResult(StrEnum):
    """How a Poll ended."""

    READ = "read"  # a new body was read
    UNCHANGED = "unchanged"  # 304, or the same bytes as last time
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Poll:
    """One visit to a Source and its outcome."""

    id: str
    source_id: str
    started_at: datetime
    #: Seconds from claim to commit.
    took_s: float
    result: PollResult
    http_status: int | None = None
    #: Entries listed, and how many of them were unknown.
    entries: int = 0
    new_entries: int = 0
    error: str | None = None
