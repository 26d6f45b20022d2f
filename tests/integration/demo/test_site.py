"""A site answers as web servers do: validators, 304s, redirects, robots.txt."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from claimwatch.demo.site import Resource, Site
from tests.integration.demo.web import ask

CHANGED = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
FEED = Resource(body=b"<rss/>", content_type="application/rss+xml", modified_at=CHANGED, validators=True)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        running.put("/feed", FEED)
        yield running


def test_site_gives_validators_with_a_feed(site: Site) -> None:
    answer = ask(site.url("/feed"))

    assert (answer.status, answer.body) == (200, b"<rss/>")
    assert answer.headers["etag"] == FEED.etag
    assert answer.headers["last-modified"] == "Fri, 20 Nov 2026 08:00:00 GMT"


def test_site_answers_304_without_a_body_to_its_own_etag(site: Site) -> None:
    answer = ask(site.url("/feed"), headers={"If-None-Match": FEED.etag})

    assert (answer.status, answer.body, site.not_modified) == (304, b"", 1)


def test_site_answers_304_to_the_date_of_the_last_change(site: Site) -> None:
    answer = ask(site.url("/feed"), headers={"If-Modified-Since": format_datetime(CHANGED, usegmt=True)})

    assert answer.status == 304


def test_site_answers_200_to_an_earlier_date(site: Site) -> None:
    earlier = format_datetime(CHANGED - timedelta(seconds=1), usegmt=True)

    assert ask(site.url("/feed"), headers={"If-Modified-Since": earlier}).status == 200


def test_site_believes_the_etag_rather_than_the_date(site: Site) -> None:
    headers = {"If-None-Match": '"another"', "If-Modified-Since": format_datetime(CHANGED, usegmt=True)}

    assert ask(site.url("/feed"), headers=headers).status == 200


def test_site_gives_a_changed_feed_a_new_etag(site: Site) -> None:
    before = ask(site.url("/feed")).headers["etag"]
    site.put("/feed", Resource(body=b"<rss>1</rss>", content_type="application/rss+xml", validators=True))

    assert ask(site.url("/feed"), headers={"If-None-Match": before}).status == 200


def test_site_redirects_an_old_address_for_ever(site: Site) -> None:
    answer = ask(site.redirect("/old", "/feed"))

    assert (answer.status, answer.headers["location"]) == (301, "/feed")


def test_site_has_rules_for_robots(site: Site) -> None:
    assert b"User-agent: *" in ask(site.url("/robots.txt")).body


def test_site_knows_nothing_of_other_paths(site: Site) -> None:
    assert ask(site.url("/nowhere")).status == 404


def test_site_keeps_what_it_was_asked(site: Site) -> None:
    ask(site.url("/feed"), headers={"User-Agent": "claimwatch/1"})

    assert [request.headers["user-agent"] for request in site.requests("/feed")] == ["claimwatch/1"]


def test_site_keeps_its_port_when_it_starts_again(site: Site) -> None:
    port = site.port
    site.stop()
    with pytest.raises(ConnectionRefusedError):
        ask(site.url("/feed"))
    site.start()

    assert site.port == port
    assert ask(site.url("/feed")).status == 200


def test_site_stops_at_once_though_a_page_is_slow(site: Site) -> None:
    site.put("/slow", Resource(body=b"", content_type="text/html", delay_s=60.0))
    reader = threading.Thread(target=ask, args=(site.url("/slow"),))
    reader.start()
    assert site.wait_for("/slow")
    before = time.monotonic()
    site.stop()
    reader.join()

    assert time.monotonic() - before < 30
