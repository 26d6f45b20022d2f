"""What a fetch asks for, what comes back, and what a feed's bytes turn into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.articles import Entry


@dataclass(frozen=True, kw_only=True)
class FetchRequest:
    """One GET."""

    url: str
    #: Sent as If-None-Match and If-Modified-Since, exactly as once received.
    etag: str | None = None
    last_modified: str | None = None
    #: Accept header.
    accept: str = "*/*"


@dataclass(frozen=True, kw_only=True)
class FetchResult:
    """A 200 with its body, or a 304 without one; anything else is raised."""

    #: The address asked for, and the one that answered after redirects.
    url: str
    final_url: str
    #: 200 or 304.
    status: int
    #: Lower-case names; of repeated headers the first.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Inflated, never over the size limit.
    body: bytes = b""
    fetched_at: datetime
    #: True when every redirect on the way was permanent (301, 308) and there was one.
    moved_permanently: bool = False

    @property
    def content_type(self) -> str:
        """The Content-Type header, empty where there is none."""
        return self.headers.get("content-type", "")


@dataclass(frozen=True, kw_only=True)
class FeedDocument:
    """A feed as read."""

    title: str = ""
    #: BCP 47 as the feed declares it.
    language: str | None = None
    #: Seconds that the publisher asks us to wait (RSS ttl), None where absent.
    ttl_s: float | None = None
    #: In the order of the feed; ids and canonical URLs are set.
    entries: tuple[Entry, ...] = ()
    #: Items that could not be used (no link, no title), for the poll's record.
    skipped: int = 0
