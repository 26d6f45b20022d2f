"""Archives give their pages back, and say when they are broken off."""

from __future__ import annotations

import gzip
import io
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from crawler.archive import ArchivedPage, read_warc
from domain.errors import ReadError

Response = tuple[str, list[tuple[str, str]], bytes]


def _record(kind: str, headers: str, block: bytes) -> bytes:
    head = f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Date: 2026-11-20T10:00:00Z\r\n{headers}"
    return f"{head}Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"


def _archive(responses: Sequence[Response], *, compressed: bool) -> bytes:
    """An archive as the standard has it, one gzip member a record."""
    records = [_record("warcinfo", "Content-Type: application/warc-fields\r\n", b"software: test\r\n")]
    for number, (status, headers, body) in enumerate(responses):
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        target = (
            f"WARC-Target-URI: https://steppe.example/{number}\r\nContent-Type: application/http; msgtype=response\r\n"
        )
        records.append(_record("response", target, f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body))
    return b"".join(gzip.compress(record) if compressed else record for record in records)


def _whole(archive: bytes) -> tuple[list[str], str]:
    """The addresses that come before the archive breaks off, and what is said then."""
    urls: list[str] = []
    try:
        urls.extend(page.url for page in read_warc(io.BytesIO(archive)))
    except ReadError as error:
        return urls, str(error)
    return urls, ""


def _page(body: bytes = b"<p>one</p>", *headers: tuple[str, str]) -> Response:
    return "200 OK", [("Content-Type", "text/html; charset=utf-8"), *headers], body


def _read(archive: bytes, **options: int) -> list[ArchivedPage]:
    return list(read_warc(io.BytesIO(archive), **options))


@pytest.mark.parametrize("compressed", [False, True])
def test_a_page_comes_back_as_it_was(compressed: bool) -> None:
    (page,) = _read(_archive([_page()], compressed=compressed))

    assert page == ArchivedPage(
        url="https://steppe.example/0",
        status=200,
        content_type="text/html; charset=utf-8",
        body=b"<p>one</p>",
        fetched_at=datetime(2026, 11, 20, 10, 0, tzinfo=UTC),
    )


def test_encodings_are_taken_off() -> None:
    zipped = _page(gzip.compress(b"inflated"), ("Content-Encoding", "gzip"))
    chunked = _page(b"4\r\njoin\r\n2\r\ned\r\n0\r\n\r\n", ("Transfer-Encoding", "chunked"))

    assert [page.body for page in _read(_archive([zipped, chunked], compressed=True))] == [b"inflated", b"joined"]


def test_only_answers_with_200_count() -> None:
    missing = ("404 Not Found", [("Content-Type", "text/html")], b"gone")

    assert len(_read(_archive([missing, _page()], compressed=False))) == 1


def test_a_body_over_the_limit_is_left_out() -> None:
    bomb = _page(gzip.compress(bytes(1_000_000)), ("Content-Encoding", "gzip"))

    pages = _read(_archive([bomb, _page()], compressed=True), max_body_bytes=10_000)

    assert [page.url for page in pages] == ["https://steppe.example/1"]


@pytest.mark.parametrize("compressed", [False, True])
def test_what_is_whole_comes_before_the_break(compressed: bool) -> None:
    archive = _archive([_page(), _page(b"<p>two</p>" * 50), _page(b"<p>three</p>" * 50)], compressed=compressed)
    whole, complaint = _whole(archive[: len(archive) // 2])

    assert whole[0] == "https://steppe.example/0"
    assert len(whole) < 3
    assert "broken off" in complaint


@pytest.mark.parametrize("junk", [b"", b"hello", b"<html>" * 100, b"\x1f\x8b\x08junk", bytes(1000), b"WARC/1.0\r\n"])
def test_what_is_no_archive_is_told_in_a_sentence(junk: bytes) -> None:
    with pytest.raises(ReadError, match="no WARC file"):
        _read(junk)
