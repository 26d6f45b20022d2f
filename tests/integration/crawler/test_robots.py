"""robots.txt is obeyed on the wire; each test has a server of its own, for rules are kept for a day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.integration.crawler.conftest import Engine, running_engine
from tests.integration.crawler.site import SiteServer, Visit, serving, text


@pytest.fixture(scope="module")
def servers() -> Iterator[list[SiteServer]]:
    """Fresh servers, more than there are tests."""
    with ExitStack() as stack:
        yield [stack.enter_context(serving()) for _ in range(24)]


@pytest.fixture(scope="module")
def engine(servers: list[SiteServer]) -> Iterator[Engine]:
    with running_engine(allow=[server.place for server in servers], timeout_s=1.5) as engine:
        yield engine


@pytest.fixture
def site(servers: list[SiteServer]) -> SiteServer:
    """A server that nobody has visited, with two pages."""
    server = servers.pop()
    server.pages["/page"] = text("a page")
    server.pages["/private/page"] = text("not for us")
    return server


def test_a_forbidden_path_is_not_asked_for(engine: Engine, site: SiteServer) -> None:
    site.pages["/robots.txt"] = text("User-agent: *\nDisallow: /private/\nCrawl-delay: 12")
    before = engine.crawl_delay(site.url("/page"))
    refused = engine.fetch(site.url("/private/page"))
    allowed = engine.fetch(site.url("/page"))

    assert (refused["error"], refused["retryable"]) == ("RobotsRefused", False)
    assert allowed["body"] == "a page"
    assert site.visits == {"/robots.txt": 1, "/page": 1}
    assert (before, engine.crawl_delay(site.url("/other"))) == (None, 12.0)


def test_rules_for_our_name_come_before_rules_for_all(engine: Engine, site: SiteServer) -> None:
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: claimwatch-test\nDisallow: /private/"
    site.pages["/robots.txt"] = text(rules)
    assert engine.fetch(site.url("/page"))["body"] == "a page"
    assert engine.fetch(site.url("/private/page"))["error"] == "RobotsRefused"


def test_a_redirect_into_a_forbidden_path_stops_there(engine: Engine, site: SiteServer) -> None:
    site.pages["/robots.txt"] = text("User-agent: *\nDisallow: /private/")
    site.pages["/door"] = text("", 302, location="/private/page")

    answer = engine.fetch(site.url("/door"))

    assert answer["error"] == "RobotsRefused"
    assert site.visits["/private/page"] == 0


@pytest.mark.parametrize("status", [500, 503, 429])
def test_rules_that_cannot_be_read_keep_us_away(engine: Engine, site: SiteServer, status: int) -> None:
    site.pages["/robots.txt"] = text("broken", status)
    first, second = engine.fetch(site.url("/page")), engine.fetch(site.url("/page"))

    assert first["error"] == second["error"] == "RobotsUnreadable"
    assert f"answered {status}" in first["message"]
    assert first["retryable"] is True
    assert 0 < first["retry_after_s"] <= 300
    assert site.visits == {"/robots.txt": 1}


def test_rules_that_do_not_arrive_in_time_keep_us_away(engine: Engine, site: SiteServer) -> None:
    def drip(visit: Visit) -> None:
        visit.server.over.wait()

    site.pages["/robots.txt"] = drip
    answer = engine.fetch(site.url("/page"))

    assert answer["error"] == "RobotsUnreadable"
    assert "took too long" in answer["message"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_no_rules_allow_everything(engine: Engine, site: SiteServer, status: int) -> None:
    site.pages["/robots.txt"] = text("Disallow: /", status)
    assert engine.fetch(site.url("/page"))["body"] == "a page"


def test_a_page_in_place_of_rules_allows_everything(engine: Engine, site: SiteServer) -> None:
    site.pages["/robots.txt"] = text("\n <html><body>User-agent: *\nDisallow: /\n</body></html>")
    assert engine.fetch(site.url("/page"))["body"] == "a page"


def test_rules_are_found_behind_redirects(engine: Engine, site: SiteServer) -> None:
    site.pages["/robots.txt"] = text("", 301, location="/rules.txt")
    site.pages["/rules.txt"] = text("User-agent: *\nDisallow: /private/")

    assert engine.fetch(site.url("/private/page"))["error"] == "RobotsRefused"


def test_rules_behind_endless_redirects_are_none(engine: Engine, site: SiteServer) -> None:
    site.pages["/robots.txt"] = text("", 301, location="/robots.txt")
    assert engine.fetch(site.url("/page"))["body"] == "a page"


def test_what_stands_after_500_kb_is_not_read(engine: Engine, site: SiteServer) -> None:
    rules = "User-agent: *\nDisallow: /private/\n" + "# filler\n" * 60_000 + "Disallow: /page\n"
    site.pages["/robots.txt"] = text(rules)
    assert engine.fetch(site.url("/page"))["body"] == "a page"
    assert engine.fetch(site.url("/private/page"))["error"] == "RobotsRefused"
