"""Feeds made to hurt: whatever stands in them, they are read or told in a sentence, and good items survive bad ones."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.readers.balance import balanced
from crawler.readers.feed import read_feed
from domain.errors import ReadError
from tests.unit.crawler.feeds import BASE, SOURCE, item, rss

NAMESPACES = (
    'xmlns:georss="http://www.georss.org/georss" xmlns:gml="http://www.opengis.net/gml" '
    'xmlns:creativeCommons="http://backend.userland.com/creativeCommonsRssModule" '
    'xmlns:cc="http://web.resource.org/cc/" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom"'
)
#: Elements over which feedparser falls.
STUMBLES = (
    "<gml:pos>1 2</gml:pos>",
    "<gml:posList srsDimension='x'>1</gml:posList>",
    "<textinput><link>x</link></textinput>",
)
#: The same, with end tags that nobody opened.
STRAY = (
    "</media:player>",
    "</width>",
    "<creativeCommons:license>x</creativeCommons:license></creativeCommons:license>",
)
TAGS = (
    "atom:author", "atom:link", "category", "cc:license", "content:encoded", "dc:date", "dc:subject", "enclosure",
    "georss:where", "gml:Point", "gml:pos", "guid", "height", "image", "itunes:category", "license", "link",
    "media:content", "media:player", "pubDate", "source", "textinput", "title", "width", "item", "channel", "rss",
)  # fmt: skip
VALUES = (
    "", "x", "1 2", "1e400", "&#xD800;", "&#99999999999;", "&#1;", "&lt;p&gt;&amp;#1;", "<![CDATA[", "]]>", "<!--",
    "</", "http://[", "9999-99-99T99:99:99Z", "Fri, 99 Nov 99999", "application/xml", "base64", "9" * 5000,
)  # fmt: skip


def _document(*items: str) -> str:
    return rss(*items).replace("<rss ", f"<rss {NAMESPACES} ")


def _element(tag: str, value: str, inside: str) -> str:
    return f"<{tag} type={value!r} href='{value}'>{inside}{value}</{tag}>"


def _items(name: str, *rest: str) -> str:
    """One item for each text, which stands at its end; an item after which nothing is left is dropped."""
    whole = "".join(
        f"<{name}><title>A border talk</title>{_link(name, number)}{text}</{name}>"
        for number, text in enumerate(rest, start=1)
    )
    return whole.replace(f"<{name}></{name}>", "")


def _link(name: str, number: int) -> str:
    url = f"https://steppe.example/a/{number}"
    return f"<link>{url}</link>" if name == "item" else f"<link href='{url}'/><id>{url}</id>"


def _links(document: str) -> list[str]:
    """The last part of each entry's address."""
    return [entry.url.rpartition("/")[2] for entry in read_feed(document.encode(), SOURCE, BASE, "").entries]


def _titles(document: str) -> list[str]:
    return [entry.title for entry in read_feed(document.encode(), SOURCE, BASE, "").entries]


@pytest.mark.parametrize("stumble", STUMBLES)
def test_an_element_that_a_parser_stumbles_over_loses_no_good_item(stumble: str) -> None:
    assert _titles(_document(item(1), f"<description>no link</description>{stumble}", item(2))) == ["A border talk"] * 2


@pytest.mark.parametrize(
    "reference", ["&#xD800;", "&#55296;", "&#xdfff;", "&#x110000;", f"&#{'9' * 5000};", "&#xFFFFFF"]
)
def test_a_reference_to_no_character_costs_that_character_only(reference: str) -> None:
    titles = _titles(_document(item(1, f"A{reference} b"), "<description>no link</description>", item(2, "A & b")))

    assert len(titles) == 2
    assert titles[0].replace("\ufffd", "").split() == ["A", "b"]
    assert titles[1] == "A & b"


@pytest.mark.parametrize("reference", ["&#1;", "&#x0;", "&#xFFFF;", "&amp;#xD800;", "&amp;#2;"])
def test_a_control_character_inside_markup_is_left_out(reference: str) -> None:
    title = f"<![CDATA[<p>one {reference}<br>{reference}two</p>]]>"

    assert _titles(_document(item(1, title)))[0].replace("\ufffd", "").split()[-1].endswith("two")


def test_a_feed_that_no_parser_can_read_is_told_in_a_sentence() -> None:
    broken = _document().replace("</channel>", "<gml:pos>1 2</gml:pos></channel>")

    with pytest.raises(ReadError, match="the feed is malformed: no parser"):
        read_feed(broken.encode(), SOURCE, BASE, "")


#: Tags that match nothing, or too much.
UNBALANCED = (
    "</b>", "</b></b></b></b>", "</item>", "</item></item>", "</channel>", "</channel></rss>", "</title>", "<open>",
    "<description></p></description>", "<b><i></b></i>", "<item>", "<a title='1 > 2'/></a>", "<!-- </item> --></b>",
    "<![CDATA[</item></channel></rss>]]></b>", "<?php </item> ?></b>", "</b", "</1>", "<a b='></item>",
)  # fmt: skip


RDF = "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'"
#: Each kind of feed around its items.
ROOTS = (
    ("<rss version='2.0'><channel><title>T</title>{}</channel></rss>", "item"),
    ("<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title>{}</feed>", "entry"),
    (
        f"<rdf:RDF {RDF}><channel><title>T</title></channel>{{}}</rdf:RDF>",
        "item",
    ),
)


@pytest.mark.parametrize("stray", UNBALANCED)
@pytest.mark.parametrize(("around", "name"), ROOTS, ids=["rss", "atom", "rdf"])
def test_a_tag_that_matches_nothing_loses_no_item(stray: str, around: str, name: str) -> None:
    inside = around.format(_items(name, stray, "", ""))
    between = around.format(_items(name, f"</{name}>{stray}<{name}>", "", ""))

    assert _links(inside) == ["1", "2", "3"]
    assert _links(between) == ["1", "2", "3"]


def test_items_that_are_only_quoted_are_not_taken_for_items() -> None:
    quoted = (
        "<description><![CDATA[<item><title>no</title><link>https://steppe.example/a/9</link></item>]]></description>"
    )

    assert _links(_document(item(1, rest=quoted), "<!-- <item>" + item(8) + "</item> -->" + item(2))) == ["1", "2"]


@pytest.mark.parametrize("beginning", ["<!--", "<![CDATA[", "<?", "<a b='"])
def test_what_begins_and_never_ends_is_mended_in_linear_time(beginning: str) -> None:
    began = time.process_time()

    balanced("<rss><channel>" + beginning * 200_000)

    assert time.process_time() - began < 5  # a fraction of a second; searching for each end takes minutes


def test_many_links_to_one_page_hide_no_other() -> None:
    document = rss(*[item(1)] * 10_000, item(2), item(3))

    assert _links(document) == ["1", "2", "3"]


@pytest.mark.parametrize(
    "date", ["yesterday at noon", "now", "10:30", "20 Nov", "Monday", "in 2 hours", "<![CDATA[noon]]>"]
)
@pytest.mark.parametrize("tag", ["pubDate", "dc:date", "atom:updated"])
def test_a_date_in_words_is_not_completed_by_the_clock(date: str, tag: str) -> None:
    (entry,) = read_feed(_document(item(1, rest=f"<{tag}>{date}</{tag}>")).encode(), SOURCE, BASE, "").entries

    assert entry.published_at is None


@pytest.mark.parametrize(
    "date", ["Fri, 20 Nov 2026 10:00:00 GMT", "<![CDATA[2026-11-20T10:00:00Z]]>", "20 Nov 26 10:00 +0000"]
)
def test_a_full_date_is_kept(date: str) -> None:
    (entry,) = read_feed(_document(item(1, rest=f"<pubDate>\n{date} </pubDate>")).encode(), SOURCE, BASE, "").entries

    assert entry.published_at == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.builds(_element, st.sampled_from(TAGS), st.sampled_from(VALUES), st.sampled_from(VALUES)), max_size=6)
)
def test_any_elements_are_read_or_told(elements: list[str]) -> None:
    _read_or_told(_document(item(1), "".join(elements)).encode())


@settings(deadline=None, max_examples=300)
@given(st.randoms(use_true_random=False), st.sampled_from(STUMBLES + STRAY), st.integers(1, 20))
def test_any_mutation_is_read_or_told(chance: random.Random, stumble: str, changes: int) -> None:
    body = bytearray(_document(item(1), f"<title>no link</title>{stumble}", item(2, "a &#xE9; b")).encode())
    for _ in range(changes):
        place = chance.randrange(len(body))
        body[place : place + chance.randrange(3)] = chance.choice((b"", b"<", b"&", b"\xff", b"&#xD800;", b"/>", b'"'))

    _read_or_told(bytes(body))


def _read_or_told(body: bytes) -> None:
    try:
        read_feed(body, SOURCE, BASE, "")
    except ReadError as error:
        assert str(error).startswith("the feed ")  # noqa: PT017 - both ways out are right
