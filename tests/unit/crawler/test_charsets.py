"""Charsets: the bytes beat the declarations, a declaration that decodes beats one that does not."""

from __future__ import annotations

import codecs
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.charsets import WEB_CHARSETS, decode, decode_html, decode_xml
from crawler.extract import extract
from crawler.readers.feed import read_feed
from tests.unit.crawler.feeds import BASE, SOURCE, item, rss

RUSSIAN = "Депутат сказал, что земля соседей была подарком, и министерство ответило ему нотой."
KAZAKH = "Министрлік наразылық білдірді, өйткені жерімізді бізге ешкім сыйға тартқан жоқ."
CHINESE = "外交部发言人说，两国边界早已划定，不存在领土争议，希望各方尊重事实。"
TRADITIONAL = "外交部發言人說，兩國邊界早已劃定，不存在領土爭議，希望各方尊重事實。"


@pytest.mark.parametrize(
    ("text", "encoding", "declared"),
    [
        (RUSSIAN, "windows-1251", "windows-1251"),
        (RUSSIAN, "koi8-r", "koi8-r"),
        (RUSSIAN, "utf-8", "windows-1251"),  # a wrong declaration
        (KAZAKH, "utf-8", "iso-8859-1"),
        (CHINESE, "gb18030", "gb2312"),
        (CHINESE + "镕㐂", "gb18030", "gb2312"),  # characters that gb2312 lacks
        (CHINESE, "utf-8", "gb2312"),
        (TRADITIONAL, "big5", "big5"),
        (KAZAKH, "utf-8", "no-such-charset"),
        (RUSSIAN, "utf-8", None),
    ],
)
def test_a_declared_text_is_read(text: str, encoding: str, declared: str | None) -> None:
    assert decode(text.encode(encoding), [declared]) == text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_decides(encoding: str) -> None:
    assert decode(KAZAKH.encode(encoding), ["windows-1251"]) == KAZAKH


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_seen(encoding: str) -> None:
    document = f"<?xml version='1.0'?><rss>{KAZAKH}</rss>"

    assert decode(document.encode(encoding), ["utf-8"]) == document


def test_a_document_that_says_utf16_but_is_not_is_read() -> None:
    document = "<?xml version='1.0' encoding='utf-16'?><rss/>"

    assert decode_xml(document.encode(), "") == document


def test_the_second_declaration_counts_where_the_first_does_not_decode() -> None:
    assert decode(CHINESE.encode("gb18030"), ["utf-8", "gb2312"]) == CHINESE


def test_a_few_bad_bytes_do_not_lose_the_declared_charset() -> None:
    body = (CHINESE * 20).encode("gb18030") + b"\xff"

    assert decode(body, ["gb2312"]).startswith(CHINESE)


def test_undeclared_bytes_are_guessed() -> None:
    assert decode((RUSSIAN * 10).encode("windows-1251"), []) == RUSSIAN * 10


def test_short_text_follows_its_declaration_though_it_could_be_utf8() -> None:
    assert decode("Рё".encode("windows-1251"), ["windows-1251"]) == "Рё"


def test_anything_at_all_is_decoded_somehow() -> None:
    assert isinstance(decode(bytes(range(256)) * 4, ["utf-8", "gb2312"]), str)


def test_the_prolog_beats_the_header_for_xml() -> None:
    body = f"<?xml version='1.0' encoding='koi8-r'?><a>{RUSSIAN}</a>".encode("koi8-r")

    assert RUSSIAN in decode_xml(body, "text/xml; charset=windows-1251")


def test_the_header_beats_the_meta_element_for_pages() -> None:
    body = f"<html><meta charset='koi8-r'>{RUSSIAN}</html>".encode("windows-1251")

    assert RUSSIAN in decode_html(body, "text/html; charset=windows-1251")


def test_the_meta_element_counts_without_a_header() -> None:
    body = f"<html><meta charset='windows-1251'>{RUSSIAN}</html>".encode("windows-1251")

    assert RUSSIAN in decode_html(body, "text/html")


@pytest.mark.parametrize(
    "label",
    ["base64", "bz2", "hex", "idna", "punycode", "quopri", "raw_unicode_escape", "rot13", "undefined", "unicode_escape",
     "utf-7", "uu", "zlib", "cp037", "mbcs", "aliases", "\u0130", "x" * 1000],
)  # fmt: skip
@pytest.mark.parametrize("read", [decode_html, decode_xml])
def test_a_codec_that_is_no_charset_of_the_web_is_not_believed(label: str, read: Callable[[bytes, str], str]) -> None:
    markup = f"<a>{KAZAKH} \\u003cb\\u003e +ADw-i+AD4-</a>"

    assert read(markup.encode(), f"text/html; charset={label}") == markup
    assert read(b"<a>\xff\xfe\x80</a>", f"text/html; charset={label}").startswith("<a>")


#: Text, its encoding, and the label that tells the truth about it.
WRITTEN = [
    (RUSSIAN, "windows-1251", "windows-1251"),
    (RUSSIAN, "koi8-r", "koi8-r"),
    (RUSSIAN, "utf-8", "utf-8"),
    (RUSSIAN, "utf-16", "utf-16"),
    (RUSSIAN, "utf-16-be", "utf-16"),
    (KAZAKH, "utf-8-sig", "utf-8"),
    (KAZAKH, "utf-16-le", "utf-16le"),
    (CHINESE, "gb2312", "gb2312"),
    (CHINESE, "gbk", "gbk"),
    (CHINESE + "镕㐂", "gb18030", "gb2312"),
    (CHINESE, "utf-8", "utf-8"),
    (CHINESE, "utf-16-le", "utf-16"),
    (TRADITIONAL, "big5", "big5"),
]
#: What document and header declare, by their truth; each leaves one reading only.
DECLARED: list[tuple[str | None, str | None]] = [
    ("true", "true"),
    ("true", None),
    (None, "true"),
    (None, None),
    ("true", "utf-8"),
    ("utf-8", "true"),
    ("utf-8", None),
    (None, "utf-8"),
    ("utf-8", "utf-8"),
    ("true", "iso-8859-1"),
    ("iso-8859-1", "true"),
    ("iso-8859-1", None),
    (None, "iso-8859-1"),
    ("true", "us-ascii"),
    ("utf-16", None),
    ("no-such-charset", "true"),
]


def _feed(text: str, encoding: str, in_document: str | None, in_header: str | None) -> str:
    prolog = f"<?xml version='1.0' encoding='{in_document}'?>" if in_document else ""
    body = rss(item(1, text), prolog=prolog).encode(encoding)
    return read_feed(body, SOURCE, BASE, "text/xml" + _parameter(in_header)).entries[0].title


def _page(text: str, encoding: str, in_document: str | None, in_header: str | None) -> str:
    meta = f"<meta charset='{in_document}'>" if in_document else ""
    body = f"<!DOCTYPE html><html><head>{meta}<title>T</title></head><body><article><p>{text}</p></article>"
    return extract(body.encode(encoding), BASE, "text/html" + _parameter(in_header)).text


def _parameter(charset: str | None) -> str:
    return f"; charset={charset}" if charset else ""


@pytest.mark.parametrize("declared", DECLARED, ids=str)
@pytest.mark.parametrize(("text", "encoding", "truth"), WRITTEN)
@pytest.mark.parametrize("read", [_feed, _page])
def test_text_is_right_whatever_is_declared_where_its_bytes_allow_one_reading(
    read: Callable[..., str], text: str, encoding: str, truth: str, declared: tuple[str | None, str | None]
) -> None:
    in_document, in_header = (truth if label == "true" else label for label in declared)

    assert read(text, encoding, in_document, in_header) == text


@pytest.mark.parametrize(
    ("text", "encoding", "lie"),
    [
        (RUSSIAN, "windows-1251", "koi8-r"),
        (RUSSIAN, "koi8-r", "windows-1251"),
        (CHINESE, "gb18030", "windows-1251"),
        (TRADITIONAL, "big5", "gb2312"),
    ],
)
def test_of_two_charsets_that_decode_the_document_is_believed_for_feeds_and_the_header_for_pages(
    text: str, encoding: str, lie: str
) -> None:
    body = text.encode(encoding)

    assert (
        decode_xml(f"<?xml version='1.0' encoding='{encoding}'?>".encode() + body, f"a/b; charset={lie}")[-20:]
        == (text[-20:])
    )
    assert decode_html(f"<meta charset='{lie}'>".encode() + body, f"text/html; charset={encoding}")[-20:] == text[-20:]
    assert decode(body, [lie]) != text


def test_western_text_keeps_its_western_charset() -> None:
    text = "L\u2019été dernier, le ministre a déclaré : \u00ab Cette frontière est la nôtre. \u00bb Créé, gênés\u2026"

    assert decode(text.encode("windows-1252"), ["iso-8859-1"]) == text


@given(st.sampled_from(sorted(WEB_CHARSETS)), st.binary(max_size=200))
def test_no_charset_of_the_web_raises_on_any_bytes(charset: str, body: bytes) -> None:
    assert isinstance(decode(body, [charset]), str)


def test_the_mark_is_not_part_of_the_text() -> None:
    assert decode(codecs.BOM_UTF8 + b"<rss/>", []) == "<rss/>"
