"""Feeds made to hurt: whatever stands in them, they are read or told in a sentence, and good items survive bad ones."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
