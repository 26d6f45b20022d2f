"""Turns what Scrapy, Twisted and OpenSSL raise into FetchErrors with words for people."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from urllib.parse import urljoin

from brotli import error as brotli_error
from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from service_identity import VerificationError
from service_identity.exceptions import CertificateError
from twisted.internet import error as txerror
from twisted.internet.defer import CancelledError
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed

from crawler.heads import HeadTooLarge
from domain.errors import AddressRefused, BodyTooLarge, FetchError, HttpStatus, Unreachable

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdError
else:
    from backports.zstd import ZstdError

#: Everything a download may raise that is the web's fault and not ours.
DOWNLOAD_FAILURES = (
    FetchError,
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
    txerror.ConnectError,
    txerror.ConnectionLost,
    txerror.ConnectionDone,
    txerror.ConnectingCancelledError,
    CancelledError,
    ResponseFailed,
    SSL.Error,
    VerificationError,
    CertificateError,
    zlib.error,
    brotli_error,
    ZstdError,
    OSError,
    EOFError,
    ValueError,
)

_SIMPLE: tuple[tuple[type[Exception], str], ...] = (
    (CannotResolveHostError, "no host of this name was found"),
    (txerror.DNSLookupError, "no host of this name was found"),
    (DownloadConnectionRefusedError, "the server refused the connection"),
    (txerror.ConnectionRefusedError, "the server refused the connection"),
    (DownloadTimeoutError, "the answer took too long"),
    (txerror.TimeoutError, "the connection took too long"),
    (txerror.TCPTimedOutError, "the connection took too long"),
    (txerror.NoRouteError, "there is no way to the server's network"),
    (ResponseDataLossError, "the body broke off before its end"),
    (VerificationError, "the TLS certificate is for another host"),
    (CertificateError, "the TLS certificate is for another host"),
    (HeadTooLarge, "the headers are larger than allowed"),
    (zlib.error, "the body cannot be inflated"),
    (brotli_error, "the body cannot be inflated"),
    (ZstdError, "the body cannot be inflated"),
    (EOFError, "the body cannot be inflated"),
    (txerror.ConnectionLost, "the server closed the connection"),
    (txerror.ConnectionDone, "the server closed the connection"),
    (txerror.ConnectError, "the connection failed"),
    (OSError, "the body cannot be inflated or the connection failed"),
    (ValueError, "the address or the answer is malformed"),
)


def fetch_error(url: str, exception: BaseException) -> FetchError:
    """The domain's error for a failed download.

    Args:
        url: the address asked for, not the hop that failed.
        exception: one of DOWNLOAD_FAILURES.
    """
    chain = list(_chain(exception))
    known = next((cause for cause in chain if isinstance(cause, FetchError)), None)
    if known is not None:
        return known if known.url == url else _at(url, known)
    if isinstance(exception, (NotSupported, UnsupportedURLSchemeError)):
        return AddressRefused(url, "only http and https addresses are fetched")
    if _too_large(exception):
        return BodyTooLarge(url, "the body is larger than allowed")
    if isinstance(exception, IgnoreRequest) and "redirections" in str(exception):
        return Unreachable(url, "it redirects too many times")
    return Unreachable(url, _words(chain))


def _at(url: str, error: FetchError) -> FetchError:
    """The same kind of error for the address asked for, when a hop after it failed."""
    if isinstance(error, HttpStatus):
        return HttpStatus(url, error.status, retry_after_s=error.retry_after_s)
    # a site that cannot even be asked for its robots.txt has not redirected us anywhere
    asked_first = urljoin(url, "/robots.txt") == error.url
    message = error.message if asked_first else f"redirected to {error.url}: {error.message}"
    return type(error)(url, message, retry_after_s=error.retry_after_s)


def _too_large(exception: BaseException) -> bool:
    """Over the limit as announced or received (a cancelled download), or while inflating (an ignored one)."""
    if isinstance(exception, (DownloadCancelledError, CancelledError)):
        return True
    return isinstance(exception, IgnoreRequest) and "DOWNLOAD_MAXSIZE" in str(exception)


def _chain(exception: BaseException | None) -> Iterator[BaseException]:
    """The exception and what caused it, through Twisted's bundles of reasons."""
    for _ in range(8):
        if exception is None:
            return
        yield exception
        for reason in getattr(exception, "reasons", None) or ():
            if isinstance(reason, Failure) and reason.value is not None:
                yield reason.value
        exception = exception.__cause__


def _words(chain: list[BaseException]) -> str:
    for cause in chain:
        if isinstance(cause, SSL.Error):
            return _tls_words(cause)
    for cause in chain:
        for kind, words in _SIMPLE:
            if isinstance(cause, kind):
                return words
    return "the server closed the connection without an answer"


def _tls_words(error: SSL.Error) -> str:
    reasons = " ".join(str(part) for entry in error.args for part in (entry if isinstance(entry, list) else [entry]))
    if "certificate verify failed" in reasons or "certificate" in reasons:
        return "the TLS certificate is not valid or nobody we trust vouches for it"
    return "the TLS handshake failed"
