"""Feeds as publishers write them: RSS 2.0, Atom and JSON Feed, in the encodings that they use."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from xml.sax.saxutils import escape, quoteattr


class FeedKind(StrEnum):
    """A feed format."""

    RSS = "rss"
    ATOM = "atom"
    JSON = "json"


CONTENT_TYPES = {
    FeedKind.RSS: "application/rss+xml",
    FeedKind.ATOM: "application/atom+xml",
    FeedKind.JSON: "application/feed+json",
}


@dataclass(frozen=True, kw_only=True)
class FeedItem:
    """One item, in plain text."""

    url: str
    title: str
    summary: str = ""
    author: str = ""
    guid: str | None = None
    #: Aware UTC, None to leave it out.
    published_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Feed:
    """What a feed says of itself."""

    title: str
    #: The site's own address.
    home: str
    #: The feed's own address.
    url: str
    language: str
    kind: FeedKind = FeedKind.RSS
    #: Python's name of it; the XML declaration carries it.
    encoding: str = "utf-8"
    updated_at: datetime

    @property
    def content_type(self) -> str:
        """The header; of the encoding only the XML declaration speaks, as on most servers."""
        return CONTENT_TYPES[self.kind]


def render_feed(feed: Feed, items: Sequence[FeedItem]) -> bytes:
    """The feed's bytes; equal arguments give equal bytes."""
    render = {FeedKind.RSS: _rss, FeedKind.ATOM: _atom, FeedKind.JSON: _json}[feed.kind]
    return render(feed, items).encode(feed.encoding, "xmlcharrefreplace")


def _rss(feed: Feed, items: Sequence[FeedItem]) -> str:
    return "\n".join(
        [
            f"<?xml version={quoteattr('1.0')} encoding={quoteattr(feed.encoding)}?>",
            '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>',
            f"<title>{escape(feed.title)}</title><link>{escape(feed.home)}</link>",
            f"<description>{escape(feed.title)}</description><language>{escape(feed.language)}</language>",
            f"<lastBuildDate>{format_datetime(feed.updated_at, usegmt=True)}</lastBuildDate>",
            *(_rss_item(item) for item in items),
            "</channel></rss>",
        ]
    )


def _rss_item(item: FeedItem) -> str:
    date = f"<pubDate>{format_datetime(item.published_at, usegmt=True)}</pubDate>" if item.published_at else ""
    author = f"<dc:creator>{escape(item.author)}</dc:creator>" if item.author else ""
    return (
        f"<item><title>{escape(item.title)}</title><link>{escape(item.url)}</link>"
        f"<guid isPermaLink={quoteattr('false')}>{escape(item.guid or item.url)}</guid>"
        f"<description>{escape(f'<p>{escape(item.summary)}</p>')}</description>{author}{date}</item>"
    )


def _atom(feed: Feed, items: Sequence[FeedItem]) -> str:
    return "\n".join(
        [
            f"<?xml version={quoteattr('1.0')} encoding={quoteattr(feed.encoding)}?>",
            f"<feed xmlns={quoteattr('http://www.w3.org/2005/Atom')} xml:lang={quoteattr(feed.language)}>",
            f"<title>{escape(feed.title)}</title><id>{escape(feed.url)}</id>",
            f"<link rel={quoteattr('self')} href={quoteattr(feed.url)}/><link href={quoteattr(feed.home)}/>",
            f"<updated>{feed.updated_at.isoformat()}</updated>",
            *(_atom_entry(item, feed.updated_at) for item in items),
            "</feed>",
        ]
    )


def _atom_entry(item: FeedItem, updated_at: datetime) -> str:
    date = f"<published>{item.published_at.isoformat()}</published>" if item.published_at else ""
    author = f"<author><name>{escape(item.author)}</name></author>" if item.author else ""
    return (
        f"<entry><title>{escape(item.title)}</title><link href={quoteattr(item.url)}/>"
        f"<id>{escape(item.guid or item.url)}</id>{date}"
        f"<updated>{(item.published_at or updated_at).isoformat()}</updated>"
        f"<summary>{escape(item.summary)}</summary>{author}</entry>"
    )


def _json(feed: Feed, items: Sequence[FeedItem]) -> str:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.url,
        "language": feed.language,
        "items": [_json_item(item) for item in items],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _json_item(item: FeedItem) -> dict[str, object]:
    fields: dict[str, object] = {
        "id": item.guid or item.url,
        "url": item.url,
        "title": item.title,
        "content_text": item.summary,
    }
    if item.author:
        fields["authors"] = [{"name": item.author}]
    if item.published_at:
        fields["date_published"] = item.published_at.isoformat()
    return fields
