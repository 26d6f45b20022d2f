"""Whatever a page, a robots.txt or a JSON-LD script holds, it is read or told, and what is read can be stored."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request

from crawler.charsets import decode_html, decode_xml
from crawler.extract import extract
from crawler.jsonld import article_data
from crawler.plaintext import one_line, paragraphs, plain
from crawler.robotgroups import our_groups
from crawler.robots import MAX_CRAWL_DELAY_S, RobotsAnswer, RobotsCache
from crawler.urls import canonical_url
from domain.articles import Page
from domain.errors import FetchError, ReadError
from tests.fakes.clock import FakeClock
from tests.fuzz.mutations import fuzz, is_text, mutated, result_or, texts

URL = "https://steppe.example/a/1"
WORDS = "<p>The envoy said that the claims of the neighbour have no ground in any treaty of the two states.</p>" * 6
PAGE = f"""<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>Посол ответил</title>
<link rel="canonical" href="https://steppe.example/a/1"><meta property="og:title" content="Посол">
<meta property="article:published_time" content="2025-03-03T09:00:00+05:00"><meta name="author" content="A. Writer">
<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "H", "author": [{{"name": "B"}}],
"datePublished": "2025-03-03", "articleBody": "x", "mainEntityOfPage": {{"@id": "https://steppe.example/a/1"}}}}</script>
</head><body><nav><a href="/">Home</a></nav><article><h1>Посол ответил</h1><time datetime="2025-03-03">3 марта</time>
{WORDS}<table><tr><td>x</td></tr></table><svg><path/></svg></article></body></html>"""
SEEDS = (
    PAGE.encode(),
    PAGE.replace("utf-8", "windows-1251").encode("windows-1251"),
    PAGE.encode("utf-16"),
    f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><div>{WORDS}</div></body></html>'.encode(),
)
LABELS = (
    "utf-8", "UTF8", "windows-1251", "gb2312", "utf-16", "utf-7", "idna", "unicode_escape", "base64", "rot13", "\0",
    "\udcff", "x" * 999, "", '"', "utf-8;", "undefined", "mbcs", "latin1", "x-user-defined", "hz", "iso-2022-jp",
)  # fmt: skip
KINDS = (
    "",
    "text/html",
    "text/html; charset=windows-1251",
    "application/pdf",
    "\0",
    "text/html;charset=idna",
    "TEXT/HTML ; x",
)
ROBOTS = (
    b"User-agent: *\nDisallow: /private\nAllow: /private/a*$\nCrawl-delay: 2\nSitemap: https://steppe.example/s.xml\n",
    "User-agent: claimwatch/1\nUser-agent: other\nDisallow: /%D0%9F\nDisallow: /тайна\nRequest-rate: 1/10\n".encode(),
    b"\xef\xbb\xbfuser agent claimwatch\r\ndissallow: *.pdf$\rVisit-time: 0600-0845\n#x\n",
)
ROBOTS_SOUP = (
    b"\n", b"\r", b"*", b"$", b":", b"#", b"User-agent: *\n", b"Disallow: ", b"Crawl-delay: ", b"nan", b"-1",
    b"1e400", b"/" * 50, b"*" * 50, b"%", b"%zz", b"\0", b"\xff", b"\xe2\x80\xa8", b"Request-rate: 1/0s",
    b"Visit-time: x",
)  # fmt: skip


@given(body=mutated(SEEDS), kind=st.sampled_from(KINDS))
@fuzz(100)
def test_mutated_pages_are_read_or_told(body: bytes, kind: str) -> None:
    page = result_or(ReadError, lambda: extract(body, URL, kind))

    if isinstance(page, ReadError):
        assert str(page).startswith("the page ")
    else:
        _check(page)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_seed_is_a_page_with_text(seed: bytes) -> None:
    assert "envoy" in extract(seed, URL, "").text


def _check(page: Page) -> None:
    assert canonical_url(page.canonical_url) == page.canonical_url
    fields = (page.title, page.text, page.author or "", page.language or "", page.canonical_url)
    assert all(map(is_text, fields))
    assert page.published_at is None or page.published_at.tzinfo is UTC


@given(body=mutated(ROBOTS, ROBOTS_SOUP), path=texts("/private", "/a", "%D0%9F", "?", "*", "$", "%", "/", most=5))
@fuzz(200)
def test_any_robots_txt_says_yes_or_no(body: bytes, path: str) -> None:
    async def read(_url: str) -> RobotsAnswer:
        return RobotsAnswer(status=200, body=body)

    url = Request(f"https://steppe.example/{quote(path, errors='replace')}").url  # as the engine asks
    cache = RobotsCache(user_agent="claimwatch/1.0", clock=FakeClock(), read=read)
    refused = result_or(FetchError, lambda: asyncio.run(cache.check(url)))

    assert refused is None or refused.message == "robots.txt forbids this address"
    delay_s = cache.crawl_delay_s(url)
    assert delay_s is None or 0 <= delay_s <= MAX_CRAWL_DELAY_S


@given(body=mutated(ROBOTS, ROBOTS_SOUP), agent=texts("claimwatch", "*", "/", " ", most=3))
@fuzz(100)
def test_groups_that_are_ours_are_cut_out_of_anything(body: bytes, agent: str) -> None:
    cut = our_groups(body.decode("utf-8", "replace"), agent)

    assert our_groups(cut, agent) == cut


@given(
    script=st.text(max_size=80)
    | mutated((json.dumps({"@type": ["NewsArticle"], "author": {"name": ["x"]}, "url": [{"@id": "y"}]}).encode(),)).map(
        lambda body: body.decode("utf-8", "surrogateescape")
    )
)
@fuzz(200)
def test_any_json_ld_gives_texts(script: str) -> None:
    data = article_data([script])

    assert all(isinstance(value, str) for value in (data.headline, data.author, data.published, data.body, data.url))


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["@type", "name", "author", "headline", "url", "@id", "@graph"]), inner)
        ),
        max_leaves=12,
    ),
    kind=st.sampled_from(["NewsArticle", ["Article", None], {"x": 1}, 5]),
)
@fuzz(150)
def test_any_value_in_json_ld_gives_texts(value: object, kind: object) -> None:
    script = json.dumps({"@type": kind, "author": value, "headline": value, "url": value, "articleBody": value})

    data = article_data([script, json.dumps(value)])

    assert all(isinstance(text, str) for text in (data.headline, data.author, data.published, data.body, data.url))


@given(body=mutated(SEEDS) | st.binary(max_size=200), label=st.sampled_from(LABELS))
@fuzz(150)
def test_any_bytes_decode_under_any_declaration(body: bytes, label: str) -> None:
    for text in (decode_html(body, f"text/html; charset={label}"), decode_xml(body, f"text/xml; charset={label}")):
        assert "".join(text) == text


@given(
    markup=texts(
        "<p>",
        "</p>",
        "<br",
        "&lt;",
        "&amp;",
        "&#1;",
        "&#xD800;",
        "<![CDATA[",
        "<!--",
        "\n",
        "x",
        "<svg>",
        "<a b=",
        "\r",
    )
)
@fuzz(300)
def test_any_markup_becomes_plain_text(markup: str) -> None:
    line = plain(markup, 50)

    assert len(line) <= 50
    assert "\n" not in line
    assert one_line(line, 50) == line
    assert is_text(line)
    assert paragraphs(paragraphs(markup)) == paragraphs(markup)
