"""Whatever a feed's bytes, they are read or told, and what is read can be fetched, stored and believed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dates import EARLIEST, MAX_AHEAD
from crawler.readers.feed import (
    MAX_AUTHOR_CHARS,
    MAX_ENTRIES,
    MAX_GUID_CHARS,
    MAX_LEAD_CHARS,
    MAX_TITLE_CHARS,
    MAX_TTL_S,
    read_feed,
)
from crawler.urls import canonical_url
from domain.articles import Entry
from domain.errors import ReadError
from domain.fetching import FeedDocument
from domain.net import lane_of
from domain.time import SystemClock
from tests.fuzz.mutations import SOUP, fuzz, is_text, mutated, result_or
from tests.unit.crawler.feeds import BASE, SOURCE, item, rss

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>Steppe Herald</title><link>https://steppe.example/</link><language>ru</language><ttl>30</ttl>
<item><title>Посол ответил &amp; ушёл</title><link>https://steppe.example/a/1?utm_source=rss</link>
<guid isPermaLink="false">1</guid><pubDate>Mon, 03 Mar 2025 09:00:00 +0500</pubDate><dc:creator>A. Writer</dc:creator>
<description><![CDATA[<p>Первые <b>слова</b></p>]]></description></item>
<item><title>Two</title><guid>https://steppe.example/a/2</guid><content:encoded>&lt;p&gt;Words&lt;/p&gt;</content:encoded></item>
<item><title>No address</title><description>x</description></item>
</channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="kk"><title>Дала</title>
<id>urn:x</id><updated>2025-03-03T09:00:00Z</updated>
<entry><title type="html">&lt;b&gt;Бір&lt;/b&gt;</title><link rel="alternate" href="/a/1"/><id>urn:1</id>
<published>2025-03-03T09:00:00+05:00</published><updated>2025-03-03T10:00:00Z</updated><author><name>Ж</name></author>
<summary>Мәтін</summary></entry>
<entry><title>Екі</title><link href="https://steppe.example/a/2#top"/>
<id>urn:2</id><content type="xhtml"><div>x</div></content>
</entry></feed>"""
RDF = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://steppe.example/"><title>草原</title></channel>
<item rdf:about="https://steppe.example/a/1"><title>大使回答</title><link>https://steppe.example/a/1</link>
<dc:date>2025-03-03T09:00:00+08:00</dc:date><dc:language>zh-CN</dc:language></item></rdf:RDF>"""
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Steppe",
        "language": "en",
        "items": [
            {
                "id": 1,
                "url": "https://steppe.example/a/1",
                "title": "One",
                "content_html": "<p>x</p>",
                "date_published": "2025-03-03T09:00:00Z",
                "authors": [{"name": "A"}],
            },
            {"id": "https://steppe.example/a/2", "title": "Two", "summary": "\ud83d\ude00", "language": "kk-Cyrl"},
        ],
    }
)
SEEDS = (
    *(document.encode() for document in (RSS, ATOM, RDF, JSON_FEED)),
    RSS.replace("utf-8", "windows-1251").encode("windows-1251"),
    RDF.encode("utf-16"),
    RDF.replace('"1.0"', '"1.0" encoding="gb18030"', 1).encode("gb18030"),
)
CONTENT_TYPES = (
    "", "application/rss+xml", "text/xml; charset=windows-1251", "application/json", "text/html; charset=\udcff",
    "; charset=", "text/xml; charset=unicode_escape", "text/xml;charset=idna", "\0", "x" * 5000,
    'a/b; charset="utf-16',
)  # fmt: skip


@given(body=mutated(SEEDS), content_type=st.sampled_from(CONTENT_TYPES))
@fuzz(150)
def test_mutated_feeds_are_read_or_told(body: bytes, content_type: str) -> None:
    _check(body, content_type)


@given(body=st.binary(max_size=300) | st.lists(st.sampled_from(SOUP), max_size=30).map(b"".join))
@fuzz(60)
def test_any_bytes_are_read_or_told(body: bytes) -> None:
    _check(body, "")


@given(
    values=st.dictionaries(
        st.sampled_from(["id", "url", "title", "summary", "content_html", "date_published", "authors", "language"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just("name"), inner),
            max_leaves=5,
        ),
    )
)
@fuzz(100)
def test_any_values_in_a_json_feed_are_read_or_told(values: dict[str, object]) -> None:
    document = {"version": "https://jsonfeed.org/version/1", "items": [values]}

    _check(json.dumps(document).encode(), "application/feed+json")


@pytest.mark.parametrize("seed", SEEDS)
def test_every_seed_is_a_feed_with_entries(seed: bytes) -> None:
    assert read_feed(seed, SOURCE, BASE, "").entries


@pytest.mark.parametrize("guid", ["5", "one", "20160501", "1699999999"])
def test_a_guid_is_no_date(guid: str) -> None:
    dated = item(2, rest=f"<guid>{guid}</guid><pubDate>Mon, 03 Mar 2025 09:00:00 GMT</pubDate>")
    document = rss(item(1, rest=f"<guid>{guid}</guid>"), dated)

    undated, other = read_feed(document.encode(), SOURCE, BASE, "").entries

    assert undated.published_at is None
    assert other.published_at == datetime(2025, 3, 3, 9, 0, tzinfo=UTC)


def _check(body: bytes, content_type: str) -> None:
    document = result_or(ReadError, lambda: read_feed(body, SOURCE, BASE, content_type))
    if isinstance(document, ReadError):
        assert str(document).startswith("the feed ")
    else:
        _check_document(document)


def _check_document(document: FeedDocument) -> None:
    assert len(document.entries) <= MAX_ENTRIES
    assert document.ttl_s is None or 0 <= document.ttl_s <= MAX_TTL_S
    assert is_text(document.title)
    assert is_text(document.language or "")
    ids = [entry.id for entry in document.entries]
    assert len(ids) == len(set(ids))
    for entry in document.entries:
        _check_entry(entry)


def _check_entry(entry: Entry) -> None:
    assert entry.url.startswith(("http://", "https://"))
    assert lane_of(entry.url) != "-"
    assert canonical_url(entry.url) == entry.canonical_url == canonical_url(entry.canonical_url)
    fields = (entry.title, entry.lead, entry.author or "", entry.guid or "", entry.url, entry.language or "")
    assert all(map(is_text, fields))
    limits = (MAX_TITLE_CHARS, MAX_LEAD_CHARS, MAX_AUTHOR_CHARS, MAX_GUID_CHARS)
    assert all(len(field) <= limit for field, limit in zip(fields, limits, strict=False))
    assert all("\n" not in field for field in fields)
    if entry.published_at is not None:
        assert entry.published_at.tzinfo is UTC
        assert EARLIEST <= entry.published_at <= SystemClock().now() + MAX_AHEAD + timedelta(seconds=60)
