"""Pages become text and metadata; what is no page is told in a sentence."""

from __future__ import annotations

import json
import pickle
import socket
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract import MAX_BODY_BYTES, extract
from domain.articles import Page
from domain.errors import ReadError

URL = "https://www.steppe.example/news/a-1"
PARAGRAPHS = (
    "The deputy said on Thursday evening that the land of the neighbours had once been a generous gift.",
    "The foreign ministry answered within hours, summoned the envoy and handed him a note of protest.",
    "Historians of the academy explained that the border had been drawn and ratified by both parliaments.",
)
BODY = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)


def _page(head: str = "", body: str = BODY, attributes: str = "lang='en'") -> str:
    menu = "<nav><ul><li><a href='/'>Home</a></li><li><a href='/sport'>Sport</a></li></ul></nav>"
    return (
        f"<!DOCTYPE html><html {attributes}><head>{head}</head><body>{menu}<article><h1>Heading of the page</h1>{body}"
        "</article><footer>All rights are ours</footer></body></html>"
    )


def _extract(document: str | bytes, url: str = URL, content_type: str = "text/html") -> Page:
    body = document.encode() if isinstance(document, str) else document
    return extract(body, url, content_type)


def _json_ld(**fields: object) -> str:
    data = {"@context": "https://schema.org", "@graph": [{"@type": "WebSite"}, {"@type": "NewsArticle", **fields}]}
    return f"<script type='application/ld+json'>{json.dumps(data)}</script>"


def test_the_text_is_the_article_with_a_paragraph_a_line() -> None:
    text = _extract(_page()).text

    assert [line for line in text.split("\n") if line in PARAGRAPHS] == list(PARAGRAPHS)
    assert "Sport" not in text
    assert "All rights" not in text


def test_json_ld_comes_before_all_else() -> None:
    data = _json_ld(
        headline="What the graph says",
        author=[{"name": "A. Writer"}, {"name": "B. Writer"}],
        datePublished="2026-11-20T13:00:00+03:00",
        inLanguage="ru",
    )
    head = data + "<meta property='og:title' content='Open graph'><meta name='author' content='Somebody'>"

    page = _extract(_page(head, attributes=""))

    assert (page.title, page.author, page.language) == ("What the graph says", "A. Writer, B. Writer", "ru")
    assert page.published_at == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def test_meta_elements_come_next() -> None:
    page = _extract(
        _page(
            "<meta property='og:title' content='Open &amp; graph'><meta name='author' content='A. Writer'>"
            "<meta property='article:published_time' content='2026-11-20T10:00:00Z'>"
            "<meta property='og:locale' content='kk_KZ'>",
            attributes="",
        )
    )

    assert (page.title, page.author, page.language) == ("Open & graph", "A. Writer", "kk-KZ")
    assert page.published_at == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def test_the_page_itself_comes_last() -> None:
    page = _extract(_page("<title>Title | Site</title>", BODY + "<time datetime='2026-11-20T10:00:00Z'>then</time>"))

    assert (page.title, page.language) == ("Heading of the page", "en")
    assert page.published_at == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("author", ["https://steppe.example/authors/1", "105092", ""])
def test_what_is_no_name_is_no_author(author: str) -> None:
    assert _extract(_page(f"<meta name='author' content='{author}'>")).author is None


@pytest.mark.parametrize("declared", ["utf-8", "", "x", "english", "language"])
def test_what_is_no_language_is_none(declared: str) -> None:
    assert _extract(_page(f"<meta name='language' content='{declared}'>", attributes="")).language is None


def test_a_broken_json_ld_is_ignored() -> None:
    scripts = "".join(
        f"<script type='application/ld+json'>{script}</script>"
        for script in (
            "{",
            "[" * 5000,
            "7",
            '{"@type": 5}',
            '{"@type": "NewsArticle", "headline": {"a": []}, "author": 3}',
        )
    )

    assert _extract(_page(scripts)).title == "Heading of the page"


def test_the_body_in_json_ld_counts_where_the_page_has_none() -> None:
    stated = "\n".join(PARAGRAPHS)

    page = _extract(_page(_json_ld(articleBody=stated), body="<p>Subscribe.</p>"))

    assert page.text == stated


def test_the_body_in_json_ld_yields_to_the_page() -> None:
    page = _extract(_page(_json_ld(articleBody="A short summary of it all.")))

    assert PARAGRAPHS[1] in page.text


@pytest.mark.parametrize(
    ("claim", "key"),
    [
        ("https://www.steppe.example/news/a-2", "https://steppe.example/news/a-2"),
        ("/news/a-3", "https://steppe.example/news/a-3"),
        ("https://kaz.steppe.example/news/a-4", "https://kaz.steppe.example/news/a-4"),
        ("https://other.example/news/a-5", "https://steppe.example/news/a-1"),
        ("https://steppe.example/", "https://steppe.example/news/a-1"),
        ("javascript:alert(1)", "https://steppe.example/news/a-1"),
        ("https://[::1", "https://steppe.example/news/a-1"),
        ("", "https://steppe.example/news/a-1"),
    ],
)
def test_the_page_is_believed_about_its_own_site_only(claim: str, key: str) -> None:
    assert _extract(_page(f"<link rel='canonical' href='{claim}'>")).canonical_url == key


def test_a_page_without_text_has_none() -> None:
    page = _extract("<html><head><title>Only a title</title></head><body><script>draw()</script></body></html>")

    assert (page.title, page.text) == ("Only a title", "")


@pytest.mark.parametrize(
    ("encoding", "declared", "header"),
    [
        ("windows-1251", "windows-1251", "text/html"),
        ("koi8-r", None, "text/html; charset=koi8-r"),
        ("utf-8", "gb2312", "text/html"),
        ("utf-8", None, "text/html; charset=windows-1251"),
        ("utf-16", None, "text/html"),
    ],
)
def test_cyrillic_is_read_in_any_charset(encoding: str, declared: str | None, header: str) -> None:
    meta = f"<meta charset='{declared}'>" if declared else ""
    text = "Депутат сказал вечером, что земля соседей когда-то была щедрым подарком его страны, и ему ответили нотой."

    page = _extract(_page(meta, f"<p>{text}</p>" * 3).encode(encoding), content_type=header)

    assert text in page.text


@pytest.mark.parametrize("declared", ["gb2312", "gb18030", "gbk"])
def test_chinese_is_read_in_any_charset(declared: str) -> None:
    text = "外交部发言人在例行记者会上表示，两国边界早已通过条约划定，不存在任何领土争议，希望各方尊重历史事实䶮。"

    page = _extract(_page(f"<meta charset='{declared}'>", f"<p>{text}</p>" * 3).encode("gb18030"))

    assert text in page.text


def test_an_xml_declaration_does_no_harm() -> None:
    page = _extract("<?xml version='1.0' encoding='utf-8'?>" + _page(attributes="xml:lang='en' lang='en'"))

    assert PARAGRAPHS[0] in page.text


def test_characters_that_are_no_text_are_gone() -> None:
    page = _extract(_page(body=BODY.replace("deputy", "de\x00pu\x07ty\u00ad") + "<p>&#0;&#xD800;</p>"))

    assert PARAGRAPHS[0] in page.text
    assert not {"\x00", "\x07", "\ud800"} & set(page.text)


@pytest.mark.parametrize(
    ("body", "content_type", "sentence"),
    [
        (b"", "text/html", "the page is empty (0 bytes)"),
        (b"  \n", "", "the page is empty (3 bytes)"),
        (b"%PDF-1.7 ...", "text/html", "the page is a PDF document, not HTML"),
        (b"\x89PNG....", "", "the page is an image, not HTML"),
        (b"<svg/>", "image/svg+xml", "the page is image/svg+xml, not HTML"),
        (b'{"a": 1}', "application/json", "the page is application/json, not HTML"),
        (b'{"a": 1}', "", "the page is plain text or data, not HTML"),
        (b"just words", "text/plain", "the page is plain text or data, not HTML"),
        (b"<" + b"x" * MAX_BODY_BYTES, "text/html", "the page is too large"),
        (b"<html><body>" + b"<div>" * 100_000 + b"x", "text/html", "the page's elements are nested too deeply"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else None,
)
def test_what_is_no_page_is_told_in_a_sentence(body: bytes, content_type: str, sentence: str) -> None:
    with pytest.raises(ReadError) as caught:
        _extract(body, content_type=content_type)

    assert str(caught.value).startswith(sentence)


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("extraction went to the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    resources = "<link rel='stylesheet' href='https://steppe.example/x.css'><img src='https://steppe.example/x.png'>"

    assert _extract(_page(resources, f"{BODY}{resources}<iframe src='https://steppe.example/'></iframe>")).text


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_told(body: bytes) -> None:
    try:
        _extract(b"<html>" + body)
    except ReadError as error:
        assert str(error).startswith("the page")  # noqa: PT017 - both ways out are right


@given(st.text(alphabet="<>/!&;[]-=\"' divpatlebrscx\x00é", max_size=150))
def test_any_markup_is_read_or_told(inside: str) -> None:
    try:
        page = _extract(_page(body=BODY + inside))
    except ReadError as error:
        assert str(error).startswith("the page")  # noqa: PT017 - both ways out are right
    else:
        page.text.encode("utf-8")


def test_a_page_travels_between_processes() -> None:
    page = _extract(_page())

    assert pickle.loads(pickle.dumps(page)) == page


def test_page_whose_paragraphs_are_nested_blocks_keeps_them_all() -> None:
    paragraphs = [
        "The envoy told the press on Monday that the claims have no ground in any treaty signed by both states.",
        "Officials in the capital answered that the border was marked out twenty years ago and is not disputed.",
        "The note was handed over in the afternoon, and an answer is expected before the end of the week.",
        "Historians recalled the older maps, on which neither state can be found under its present name at all.",
        "A second deputy asked for calm, and said that neighbours should speak of trade and water, not of maps.",
    ]
    blocks = "".join(f"<div><div><div>{paragraph}</div></div></div>" for paragraph in paragraphs)
    page = f"<html><head><title>Note</title></head><body><div><div>{blocks}</div></div></body></html>"

    text = extract(page.encode(), "https://a.example/x", "text/html").text

    assert [paragraph for paragraph in paragraphs if paragraph not in text] == []


def test_page_of_menus_and_footers_only_has_no_text() -> None:
    menu = "".join(f"<li><a href='/{n}'>Section number {n} of the paper</a></li>" for n in range(12))
    footer = "<footer><p>All rights reserved. Reprinting is allowed with a link to the source only.</p></footer>"
    page = (
        f"<html><head><title>Video</title></head><body><nav><ul>{menu}</ul></nav><video></video>{footer}</body></html>"
    )

    assert extract(page.encode(), "https://a.example/x", "text/html").text == ""
