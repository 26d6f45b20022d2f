"""Bounds what a server may send before its body: headers and interim answers without end would fill the memory.

Twisted bounds the length of one header and Scrapy that of the body, but neither the number of headers.
"""

from __future__ import annotations

from typing import Any

from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientFactory, _LenientHTTP11ClientProtocol
from twisted.python.failure import Failure
from twisted.web._newclient import BODY

#: Bytes of status lines and headers of one answer, interim answers (1xx) among them; Chrome stops at the same.
MAX_HEAD_BYTES = 256 * 1024


class HeadTooLarge(Exception):
    """The headers of an answer are larger than allowed."""


def limit_heads(pool: Any) -> None:
    """Let every new connection of a Twisted connection pool end when an answer's headers grow too large."""
    pool._factory = _BoundedFactory  # noqa: SLF001 - Scrapy puts its own there in the same way


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    """Counts what comes before the body."""

    def request(self, request: Any) -> Any:
        self._head_bytes = 0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        if self._parser is not None and self._parser.state != BODY:
            self._head_bytes += len(data)
        if self._parser is not None and self._head_bytes > MAX_HEAD_BYTES:
            self._giveUp(Failure(HeadTooLarge()))  # type: ignore[no-untyped-call]  # Twisted's own gap
            return
        super().dataReceived(data)  # type: ignore[no-untyped-call]  # Twisted's own gap


class _BoundedFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: object) -> _BoundedProtocol:  # noqa: N802, ARG002 - Twisted's name and signature
        return _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]  # Twisted's own gap
