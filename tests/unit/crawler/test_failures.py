"""What the libraries raise becomes a domain error with words for people."""

from __future__ import annotations

from typing import Any, cast

import pytest
from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
)
from twisted.internet import error as txerror
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed

from crawler.failures import DOWNLOAD_FAILURES, fetch_error
from domain.errors import (
    AddressRefused,
    BodyTooLarge,
    FetchError,
    HttpStatus,
    RobotsRefused,
    RobotsUnreadable,
    Unreachable,
)

tx: Any = txerror  # Twisted's errors have no types
URL = "https://steppe.example/a"
#: It has another home since Python 3.14.
ZSTD_ERROR: Any = next(kind for kind in DOWNLOAD_FAILURES if kind.__name__ == "ZstdError")


def _caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("raised", "kind", "words"),
    [
        (CannotResolveHostError("<repr>"), Unreachable, "no host of this name was found"),
        (DownloadTimeoutError("Getting x took longer"), Unreachable, "the answer took too long"),
        (tx.NoRouteError("<repr>"), Unreachable, "there is no way to the server's network"),
        (tx.TCPTimedOutError(), Unreachable, "the connection took too long"),
        (tx.ConnectError("<repr>"), Unreachable, "the connection failed"),
        (DownloadFailedError("[<twisted.python.failure.Failure>]"), Unreachable, "the server closed the connection"),
        (IgnoreRequest("max redirections reached"), Unreachable, "it redirects too many times"),
        (DownloadCancelledError("Received 9 bytes"), BodyTooLarge, "the body is larger than allowed"),
        (IgnoreRequest("exceeded DOWNLOAD_MAXSIZE (1 B)"), BodyTooLarge, "the body is larger than allowed"),
        (NotSupported("Unsupported URL scheme 'ftp'"), AddressRefused, "only http and https"),
        (
            SSL.Error([("SSL routines", "", "certificate verify failed")]),
            Unreachable,
            "the TLS certificate is not valid",
        ),
        (SSL.Error([("SSL routines", "", "wrong version number")]), Unreachable, "the TLS handshake failed"),
        (ZSTD_ERROR("<repr>"), Unreachable, "the body cannot be inflated"),
        (ValueError("<repr>"), Unreachable, "the address or the answer is malformed"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_failure_is_told_in_words(raised: Exception, kind: type[FetchError], words: str) -> None:
    assert isinstance(raised, DOWNLOAD_FAILURES)

    error = fetch_error(URL, raised)

    assert type(error) is kind
    assert error.message.startswith(words)
    assert error.url == URL


def test_the_reason_is_found_inside_twisteds_bundle() -> None:
    failed, failure = cast("tuple[Any, Any]", (ResponseFailed, Failure))
    bundle = failed([failure(SSL.Error([("SSL routines", "", "certificate verify failed")]))])

    error = fetch_error(URL, _caused(DownloadFailedError(str(bundle)), bundle))

    assert "certificate" in error.message


def test_our_own_error_inside_an_ignored_request_comes_out() -> None:
    own = RobotsRefused(URL, "robots.txt forbids this address")

    assert fetch_error(URL, _caused(IgnoreRequest("x"), own)) is own


def test_an_error_of_a_later_hop_is_told_for_the_address_asked_for() -> None:
    hop = RobotsUnreadable("https://other.example/", "robots.txt cannot be read: x", retry_after_s=60.0)

    error = fetch_error(URL, _caused(IgnoreRequest("x"), hop))

    assert type(error) is RobotsUnreadable
    assert str(error) == f"{URL}: redirected to https://other.example/: robots.txt cannot be read: x"
    assert error.retry_after_s == 60.0


def test_a_status_of_another_address_stays_a_status() -> None:
    error = fetch_error(URL, HttpStatus("https://other.example/", 503))

    assert isinstance(error, HttpStatus)
    assert (error.url, error.status) == (URL, 503)
