"""Reads web archives (WARC, plain or gzipped) back into pages.

Only responses with status 200 count. Larger bodies than a page may have are left out, as a fetch
would have refused them.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataException
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeadersParserException

from domain.errors import ReadError
from domain.time import from_iso

MAX_BODY_BYTES = 8 * 1024 * 1024

_BLOCK = 65536
_BROKEN = (ArchiveLoadFailed, ChunkedDataException, StatusAndHeadersParserException, zlib.error, OSError, EOFError,
    ValueError, KeyError, AttributeError, TypeError)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ArchivedPage:
    """One archived answer to a GET."""

    url: str
    #: 200.
    status: int
    content_type: str
    #: Transfer and content encodings are taken off.
    body: bytes
    #: Aware UTC, when the archive fetched it.
    fetched_at: datetime


def read_warc(stream: BinaryIO, *, max_body_bytes: int = MAX_BODY_BYTES) -> Iterator[ArchivedPage]:
    """The pages of an archive, in its order; reads as it goes.

    Args:
        stream: an open .warc or .warc.gz.
        max_body_bytes: pages with larger bodies, once inflated, are left out.

    Raises:
        ReadError: the file is no archive or is broken off; what was whole came before.
    """
    found = False
    try:
        for record in ArchiveIterator(_plain(stream)):
            found = True
            page = _page(record, max_body_bytes)
            _skip_rest(record)
            if page is not None:
                yield page
    except _BROKEN:
        raise ReadError("the archive is broken off or no WARC file") from None
    if not found:
        raise ReadError("the archive is empty or no WARC file")


def _page(record: Any, limit: int) -> ArchivedPage | None:
    """The record's page; None where it is none, or too large."""
    headers = record.http_headers
    url = record.rec_headers.get_header("WARC-Target-URI")
    if record.rec_type != "response" or headers is None or not url or headers.get_statuscode() != "200":
        return None
    body = record.content_stream().read(limit + 1)
    if len(body) > limit:
        return None
    return ArchivedPage(
        url=url.strip("<>"),  # WARC 1.0 as some tools write it
        status=200,
        content_type=headers.get_header("Content-Type") or "",
        body=body,
        fetched_at=from_iso(record.rec_headers.get_header("WARC-Date")),
    )


def _skip_rest(record: Any) -> None:
    """Read to the record's end, so that a file that ends before it is noticed.

    Raises:
        ArchiveLoadFailed: it does.
    """
    while record.raw_stream.read(_BLOCK):
        pass
    if record.rec_headers.get_header("Content-Length") is None or getattr(record.raw_stream, "limit", 0) > 0:
        raise ArchiveLoadFailed("the file ends inside a record")


class _Inflating:
    """A gzip stream that says so when it is cut; warcio takes EOFError for the proper end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._file = gzip.GzipFile(fileobj=stream, mode="rb")

    def read(self, size: int = -1) -> bytes:
        try:
            return self._file.read1(size)
        except EOFError:
            raise ArchiveLoadFailed("the file ends inside a gzip member") from None

    def tell(self) -> int:
        return self._file.tell()


def _plain(stream: BinaryIO) -> Any:
    """The stream inflated, if it is gzip."""
    buffered = io.BufferedReader(stream) if not hasattr(stream, "peek") else stream  # type: ignore[type-var]
    return _Inflating(buffered) if buffered.peek(2)[:2] == b"\x1f\x8b" else buffered
