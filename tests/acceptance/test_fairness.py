"""An outlet whose links lead to servers that never answer delays nobody else's news."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import pytest

from tests.acceptance.articles import publish_claim
from tests.acceptance.office import PATIENCE_S, Office
from tests.newsroom import Fault, Newsroom

pytestmark = pytest.mark.slow

#: Of the 16 pages that are fetched at once, so many may be of one source.
SHARE = 4

#: Half of what one request to a tarpit takes: whoever waits for one fails.
ON_TIME_S = 15.0


@contextmanager
def _tarpits(count: int) -> Iterator[list[socket.socket]]:
    """Servers, each on a port (and so in a lane) of its own, that take connections and say nothing."""
    with ExitStack() as stack:
        yield [stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=8)) for _ in range(count)]


def _address(tarpit: socket.socket) -> str:
    host, port = tarpit.getsockname()
    return f"{host}:{port}"


def _feed_of(tarpits: Sequence[socket.socket]) -> bytes:
    items = "".join(f"<item><title>Dead end</title><link>http://{_address(one)}/</link></item>" for one in tarpits)
    return f'<rss version="2.0"><channel><title>Dead ends</title>{items}</channel></rss>'.encode()


def _allow(office: Office, tarpits: Sequence[socket.socket]) -> None:
    """Add the tarpits to the addresses that may be crawled."""
    more = ", ".join(f'"{_address(tarpit)}"' for tarpit in tarpits)
    config = office.config.read_text(encoding="utf-8")
    office.config.write_text(config.replace("crawl: [", f"crawl: [{more}, "), encoding="utf-8")


def _wait_for_visitors(tarpits: Sequence[socket.socket], count: int) -> None:
    """Wait until somebody is stuck in so many of them."""
    deadline = time.monotonic() + PATIENCE_S
    while len(select.select(tarpits, [], [], 0)[0]) < count:
        assert time.monotonic() < deadline, "nobody came"
        time.sleep(0.05)


def test_news_are_told_within_seconds_while_another_outlets_links_lead_nowhere(
    office: Office, newsroom: Newsroom
) -> None:
    with _tarpits(200) as tarpits, Newsroom(outlet="bad") as bad:
        bad.add_feed()
        bad.misbehave("/feed.xml", Fault(status=200, body=_feed_of(tarpits), content_type="application/rss+xml"))
        office.configure(newsroom, bad)
        _allow(office, tarpits)
        daemon = office.daemon()
        _wait_for_visitors(tarpits, SHARE)
        claim = publish_claim(newsroom, 1)
        office.wait_for_news([claim], daemon, timeout_s=ON_TIME_S)
        stuck = len(select.select(tarpits, [], [], 0)[0])

    assert stuck <= 2 * SHARE
