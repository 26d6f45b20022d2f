"""Reads a feed's bytes (RSS, RDF, Atom, JSON Feed) into a FeedDocument.

Rules that live here: the first 1,000 entries; of two entries with one canonical URL the first wins;
an entry without a link gets its permanent guid or a stable made-up address; one with neither link
nor title is skipped and counted. A feed without entries is a feed; a page without a feed is not.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from crawler.charsets import decode_xml
from crawler.dates import read_date
from crawler.languages import language_tag
from crawler.plaintext import one_line, plain, without_controls
from crawler.readers.jsonfeed import read_json_feed
from crawler.readers.raw import RawFeed, RawItem
from crawler.readers.xmlfeed import read_xml_feed
from crawler.urls import absolute, canonical_url, entry_url
from domain.articles import Entry
from domain.errors import ReadError
from domain.fetching import FeedDocument
from domain.ids import stable_id
from domain.outlets import Source
from domain.time import SystemClock

MAX_ENTRIES = 1000
#: Items looked at for them: where many lead to one page, or nowhere, the others still count.
MAX_ITEMS = 20_000
MAX_TITLE_CHARS = 500
MAX_LEAD_CHARS = 5000
MAX_AUTHOR_CHARS = 200
MAX_GUID_CHARS = 1000
#: A ttl over a week is a mistake of the publisher's.
MAX_TTL_S = 7 * 86_400.0


class _Context(NamedTuple):
    """What all entries of one feed share."""

    source: Source
    base_url: str
    language: str | None
    now: datetime


def read_feed(body: bytes, source: Source, base_url: str, content_type: str) -> FeedDocument:
    """The entries of a feed.

    Args:
        body: the bytes as served, inflated.
        source: where they came from; gives the entries their source id.
        base_url: the final address, to which relative links refer.
        content_type: the HTTP header, empty where there was none.

    Returns:
        Entries in the order of the feed. Titles and leads are plain text on one line, dates
        aware UTC or None.

    Raises:
        ReadError: the bytes are empty, broken off, or no feed; the message is a sentence.
    """
    feed = _read(body, content_type)
    language = language_tag(feed.language)
    context = _Context(source, base_url, language, SystemClock().now())
    entries: dict[str, Entry] = {}
    skipped = 0
    for item in feed.items[:MAX_ITEMS]:
        if len(entries) == MAX_ENTRIES:
            break
        entry = _entry(item, context)
        if entry is None:
            skipped += 1
        else:
            entries.setdefault(entry.id, entry)
    return FeedDocument(
        title=plain(feed.title, MAX_TITLE_CHARS),
        language=language,
        ttl_s=min(int(feed.ttl) * 60.0, MAX_TTL_S) if feed.ttl else None,
        entries=tuple(entries.values()),
        skipped=skipped,
    )


def _read(body: bytes, content_type: str) -> RawFeed:
    if not body.strip():
        raise ReadError(f"the feed is empty ({len(body)} bytes)")
    text = without_controls(decode_xml(body, content_type)).lstrip()
    if not text:
        raise ReadError(f"the feed is empty ({len(body)} bytes without text)")
    return read_json_feed(text) if text[0] in "{[" else read_xml_feed(text)


def _entry(item: RawItem, context: _Context) -> Entry | None:
    title = plain(item.title, MAX_TITLE_CHARS)
    lead = plain(item.lead, MAX_LEAD_CHARS)
    url = _url(item, title, context.base_url)
    if url is None:
        return None
    canonical = canonical_url(url)
    return Entry(
        id=stable_id("ent", canonical),
        source_id=context.source.id,
        url=url,
        canonical_url=canonical,
        guid=one_line(item.guid, MAX_GUID_CHARS) or None,
        title=title,
        lead=lead,
        author=plain(item.author, MAX_AUTHOR_CHARS) or None,
        published_at=read_date(item.date, now=context.now),
        language=language_tag(item.language) or context.language,
    )


def _url(item: RawItem, title: str, base_url: str) -> str | None:
    """The item's own address, else its guid if that is one, else one made of guid or title; None without any."""
    link = absolute(base_url, item.link) if item.link else None
    if link is not None:
        return link
    if item.guid.startswith(("http://", "https://")):
        permanent = absolute(base_url, item.guid)
        if permanent is not None:
            return permanent
    return entry_url(base_url, item.guid or title) if title else None
