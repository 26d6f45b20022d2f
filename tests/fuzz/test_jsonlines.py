"""Whatever a JSON line or an archive holds, it is read or told, and what is read can be analysed."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from claimwatch.texts import BadLine, read_line, result_row
from crawler.archive import ArchivedPage, read_warc
from domain.errors import ReadError
from domain.watches import ANY_LANGUAGE, Watch
from matching.matcher import Matcher
from tests.fuzz.mutations import SOUP, fuzz, mutated, result_or

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LINES = (
    json.dumps(
        {"id": 7, "url": "https://a.example/x", "lang": "ru", "title": "Земля", "text": "Земля и воля."}
    ).encode(),
    b'{"id": "a", "text": "land", "published_at": "2026-11-23T08:00:00+05:00"}',
    b'{"id": 1e3, "text": "\\ud83d\\ude00 land \\ud800", "published_at": "2026-11-23"}',
)
MATCHER = Matcher([Watch(id="w", title="W", queries={ANY_LANGUAGE: "land OR земля"})])

_BLOCK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
_PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(
    b"hello", mtime=0
)


def _record(kind: bytes, block: bytes) -> bytes:
    head = b"WARC/1.1\r\nWARC-Type: %s\r\nWARC-Date: 2026-11-20T10:00:00Z\r\nWARC-Target-URI: https://a.example/1\r\n"
    return head % kind + b"Content-Length: %d\r\n\r\n" % len(block) + block + b"\r\n\r\n"


_ARCHIVE = _record(b"warcinfo", b"software: x\r\n") + _record(b"response", _BLOCK) + _record(b"response", _PLAIN)
ARCHIVES = (
    _ARCHIVE,
    gzip.compress(_ARCHIVE, mtime=0),
    _ARCHIVE + gzip.compress(_ARCHIVE, mtime=0),
    _record(b"metadata", b"x"),
)
WARC_SOUP = (
    *SOUP,
    b"WARC/1.1\r\n",
    b"\r\n\r\n",
    b"Content-Length: ",
    b"-1",
    b"99999999999",
    b"HTTP/1.1 ",
    b"200",
    b"\x1f\x8b\x08",
)


@given(line=mutated(LINES).map(lambda raw: raw.decode("utf-8", "replace")) | st.text(st.characters(codec=None)))
@fuzz(400)
def test_any_line_is_analysed_or_told(line: str) -> None:
    read = result_or(BadLine, lambda: read_line(line))

    if isinstance(read, BadLine):
        row = read.row()
    else:
        row = result_row(read, MATCHER.analyze(read.article(NOW)), stories=True)
        assert read.page().text == read.text
        assert read.published_at is None or read.published_at.tzinfo is UTC

    assert json.loads(json.dumps(row)) == row


@given(body=mutated(ARCHIVES, WARC_SOUP) | st.binary(max_size=100))
@fuzz(250)
def test_any_archive_gives_pages_until_it_is_told_to_be_broken(body: bytes) -> None:
    pages: list[ArchivedPage] = []

    told = result_or(ReadError, lambda: pages.extend(read_warc(io.BytesIO(body), max_body_bytes=1000)))

    assert told is None or str(told).startswith("the archive")
    for page in pages:
        assert len(page.body) <= 1000
        assert page.fetched_at.tzinfo is UTC
        assert page.url
