"""Feeds become entries; what is no feed is told in a sentence."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.readers.feed import MAX_ENTRIES, read_feed
from crawler.urls import canonical_url
from domain.errors import ReadError
from domain.fetching import FeedDocument
from domain.ids import stable_id
from tests.unit.crawler.feeds import BASE, SOURCE, item, rss


def _read(document: str | bytes, content_type: str = "") -> FeedDocument:
    body = document.encode() if isinstance(document, str) else document
    return read_feed(body, SOURCE, BASE, content_type)


def test_an_rss_item_becomes_an_entry() -> None:
    extra = (
        "<guid isPermaLink='false'>g-1</guid>"
        "<description>&lt;p&gt;The &lt;b&gt;first&lt;/b&gt; words&lt;/p&gt;</description>"
        "<pubDate>Fri, 20 Nov 2026 13:00:00 +0300</pubDate><author>A. Writer</author>"
    )
    channel = "<title>Steppe &amp; Herald</title><language>ru-ru</language><ttl>30</ttl>"

    document = _read(rss(item(1, "Border &lt;i&gt;talk&lt;/i&gt;", extra), channel=channel))

    assert (document.title, document.language, document.ttl_s, document.skipped) == (
        "Steppe & Herald",
        "ru-RU",
        1800.0,
        0,
    )
    (entry,) = document.entries
    assert entry.url == entry.canonical_url == "https://steppe.example/a/1"
    assert entry.id == stable_id("ent", entry.canonical_url)
    assert (entry.source_id, entry.guid, entry.author) == ("steppe/main", "g-1", "A. Writer")
    assert (entry.title, entry.lead) == ("Border talk", "The first words")
    assert entry.published_at == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    assert entry.language == "ru-RU"


def test_an_atom_entry_becomes_an_entry() -> None:
    document = _read(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='kk'><title>Дала</title><entry><title>Шекара</title>"
        "<link rel='alternate' href='/a/7'/><id>urn:7</id><updated>2026-11-20T15:00:00+05:00</updated>"
        "<content type='html'>&lt;style&gt;p {}&lt;/style&gt;&lt;p&gt;Мәтін&lt;/p&gt;</content></entry></feed>"
    )

    (entry,) = document.entries
    assert (entry.url, entry.title, entry.lead) == ("https://steppe.example/a/7", "Шекара", "Мәтін")
    assert entry.published_at == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    assert entry.language == document.language == "kk"


def test_an_rdf_item_becomes_an_entry() -> None:
    document = _read(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>T</title></channel><item><title>One</title>"
        "<link>https://steppe.example/1</link><dc:date>2026-11-20T10:00:00Z</dc:date></item></rdf:RDF>"
    )

    (entry,) = document.entries
    assert (entry.title, entry.published_at) == ("One", datetime(2026, 11, 20, 10, 0, tzinfo=UTC))


@pytest.mark.parametrize("version", ["https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1"])
def test_a_json_item_becomes_an_entry(version: str) -> None:
    author = {"author": {"name": "A. Writer"}} if version.endswith("1") else {}
    items = [
        {
            "id": 1,
            "url": "/a/1",
            "title": "One",
            "content_text": "Words",
            "date_published": "2026-11-20T10:00:00Z",
            **author,
        },
        {"id": "https://steppe.example/a/2", "title": "Two", "content_html": "<p>More</p>", "language": "zh-CN"},
        "no item",
        {"id": "3", "title": 7, "url": ["x"]},
    ]

    document = _read(
        json.dumps({"version": version, "title": "T", "language": "en", "items": items}), "application/json"
    )

    first, second = document.entries
    assert (first.url, first.title, first.lead, first.language) == ("https://steppe.example/a/1", "One", "Words", "en")
    assert first.published_at == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    assert (second.url, second.lead, second.language) == ("https://steppe.example/a/2", "More", "zh-CN")
    assert document.skipped == 1


def test_a_guid_that_is_an_address_stands_in_for_a_link() -> None:
    document = _read(rss("<title>T</title><guid>https://steppe.example/p/9</guid>"))

    assert document.entries[0].url == "https://steppe.example/p/9"


def test_an_entry_without_an_address_gets_a_stable_one() -> None:
    by_guid = rss("<title>T</title><guid>tag:9</guid>")
    by_title = rss("<title>T</title>", "<title>U</title>")

    first, again = _read(by_guid).entries[0], _read(by_guid).entries[0]
    untagged = _read(by_title).entries

    assert first.url == again.url
    assert first.url.startswith("https://steppe.example/feed#entry-")
    assert len({first.id, *(entry.id for entry in untagged)}) == 3


def test_an_item_without_link_and_title_is_skipped_and_counted() -> None:
    document = _read(rss("<description>only words</description>", item(1)))

    assert (len(document.entries), document.skipped) == (1, 1)


def test_of_two_entries_with_one_page_the_first_wins() -> None:
    twin = "<title>Second</title><link>http://www.steppe.example/a/1?utm_source=rss</link>"

    document = _read(rss(item(1, "First"), twin))

    assert [entry.title for entry in document.entries] == ["First"]
    assert document.entries[0].canonical_url == canonical_url("http://www.steppe.example/a/1?utm_source=rss")


def test_the_address_as_served_is_kept_beside_the_key() -> None:
    document = _read(rss("<title>T</title><link>http://www.steppe.example/a?utm_source=rss</link>"))

    assert document.entries[0].url == "http://www.steppe.example/a?utm_source=rss"


def test_titles_and_leads_are_cut() -> None:
    document = _read(rss(item(1, "word " * 200, f"<description>{'lead ' * 2000}</description>")))

    assert (len(document.entries[0].title), len(document.entries[0].lead)) == (499, 4999)


def test_characters_that_are_no_text_are_gone() -> None:
    document = _read(rss(item(1, "a\x00b\x07c&#x200b;d")))

    assert document.entries[0].title == "abcd"


def test_at_most_a_thousand_entries_are_taken() -> None:
    document = _read(rss(*(item(number) for number in range(MAX_ENTRIES + 50))))

    assert len(document.entries) == MAX_ENTRIES


def test_a_date_that_cannot_be_believed_is_none() -> None:
    document = _read(rss(item(1, rest="<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>")))

    assert document.entries[0].published_at is None


def test_a_feed_without_entries_is_a_feed() -> None:
    for empty in (rss(), "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title></feed>"):
        assert _read(empty).entries == ()


def test_what_a_server_prints_before_the_feed_is_ignored() -> None:
    document = _read("Warning: something in line 7\n" + rss(item(1), prolog="<?xml version='1.0'?>"))

    assert len(document.entries) == 1


@pytest.mark.parametrize(
    "broken",
    [
        rss(item(1, "a & b")),
        rss(item(1, "a&nbsp;b")),
        rss(item(1)).replace("<title>A", "<title><b>A"),
        rss(item(1)).replace("https://steppe.example/a/1", "https://steppe.example/a/1?x=1&y=2"),
    ],
)
def test_a_feed_with_small_mistakes_is_read(broken: str) -> None:
    entries = _read(broken).entries

    assert len(entries) == 1
    assert entries[0].url.startswith("https://steppe.example/a/1")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "the feed is empty (0 bytes)"),
        (b" \n\t", "the feed is empty (3 bytes)"),
        (b"\x00\x00", "the feed is empty"),
        (b"<rss></rss>", "the feed has no channel in it"),
        (b"<!doctype html><html><body><p>Moved</p></body></html>", "the feed is an HTML page, not a feed"),
        (b"<html><head><script>go()</script></head><body></body></html>", "the feed is a script stub"),
        (b"<?xml version='1.0'?><note>hello</note>", "the feed has nothing of a feed in it"),
        (b"502 Bad Gateway", "the feed has nothing of a feed in it"),
        (b"{\"a\": 1}", "the feed is JSON, but no JSON Feed"),
        (b"{\"version\": \"https://jsonfeed.org/version/1\", \"items\": 5}", "the feed is JSON, but no JSON Feed"),
        (b"{\"version\": ", "the feed is broken off or not well-formed JSON"),
        (b"[" * 100_000, "the feed is broken off or not well-formed JSON"),
        (rss(item(1), item(2)).encode()[:150], "the feed is broken off or not well-formed XML"),
        (b"<rss><channel><<<</channel></rss>", "the feed is broken off or not well-formed XML"),
    ],
)  # fmt: skip
def test_what_is_no_feed_is_told_in_a_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises(ReadError) as caught:
        _read(body)

    assert str(caught.value).startswith(sentence)
    assert "<" not in str(caught.value)


def test_a_body_that_names_a_file_does_not_open_it(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text(rss(item(1)))

    with pytest.raises(ReadError):
        _read(str(tmp_path / "feed.xml"))


def test_external_entities_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret")
    prolog = f"<!DOCTYPE rss [<!ENTITY x SYSTEM 'file://{tmp_path}/secret'>]>"

    try:
        document = _read(rss(item(1, "a &x; b"), prolog=f"<?xml version='1.0'?>{prolog}"))
    except ReadError:
        return

    assert "secret" not in document.entries[0].title


def test_a_bomb_of_entities_does_not_go_off() -> None:
    layers = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 10))
    prolog = f"<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY e0 'boom'>{layers}]>"

    try:
        document = _read(rss(item(1, "&e9;"), prolog=prolog))
    except ReadError:
        return

    assert len(document.entries[0].title) <= 500


@pytest.mark.parametrize(
    ("encoding", "declared", "header"),
    [
        ("windows-1251", "windows-1251", ""),
        ("koi8-r", "koi8-r", ""),
        ("utf-8", "windows-1251", ""),  # a wrong prolog
        ("utf-8-sig", "utf-8", ""),
        ("utf-16", "utf-16", ""),
        ("utf-16-le", "utf-16", ""),
        ("windows-1251", None, "text/xml; charset=windows-1251"),
        ("koi8-r", "koi8-r", "text/xml; charset=utf-8"),
    ],
)
def test_cyrillic_is_read_in_any_charset(encoding: str, declared: str | None, header: str) -> None:
    prolog = f"<?xml version='1.0' encoding='{declared}'?>" if declared else ""
    body = rss(item(1, "Земля соседей не была подарком"), prolog=prolog).encode(encoding)

    assert _read(body, header).entries[0].title == "Земля соседей не была подарком"


@pytest.mark.parametrize(("encoding", "declared"), [("gb18030", "gb2312"), ("gb18030", "gb18030"), ("big5", "big5")])
def test_chinese_is_read_in_any_charset(encoding: str, declared: str) -> None:
    title = "外交部回应" if encoding == "big5" else "外交部回应领土问题䶮"
    title = "外交部回應領土問題" if encoding == "big5" else title
    body = rss(item(1, title), prolog=f"<?xml version='1.0' encoding='{declared}'?>").encode(encoding)

    assert _read(body).entries[0].title == title


def test_kazakh_in_the_cyrillic_and_arabic_scripts_is_kept() -> None:
    document = _read(rss(item(1, "Жерімізді ешкім сыйлаған жоқ"), item(2, "قازاقستان جەرى")))

    assert [entry.title for entry in document.entries] == ["Жерімізді ешкім сыйлаған жоқ", "قازاقستان جەرى"]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_told(body: bytes) -> None:
    try:
        _read(body)
    except ReadError as error:
        assert str(error).startswith("the feed ")  # noqa: PT017 - both ways out are right


@given(st.text(alphabet="<>/!&;[]rsfeditmlnk \"'=?\x00é", max_size=120))
def test_any_markup_inside_a_feed_is_read_or_told(inside: str) -> None:
    try:
        document = _read(rss(inside, item(1)))
    except ReadError as error:
        assert str(error).startswith("the feed ")  # noqa: PT017 - both ways out are right
    else:
        assert all(entry.url.startswith("http") for entry in document.entries)


def test_a_document_travels_between_processes() -> None:
    document = _read(rss(item(1)))

    assert pickle.loads(pickle.dumps(document)) == document
