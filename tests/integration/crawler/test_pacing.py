"""Inside one process, every request of a host keeps its distance: redirects and robots.txt as well as pages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise

import pytest

from tests.integration.crawler.conftest import running_engine
from tests.integration.crawler.site import Answer, Page, SiteServer, Visit, serving, text

#: Seconds that an arrival may seem early, for it is seen by another process.
BLUR_S = 0.05


@pytest.fixture
def hosts() -> Iterator[list[SiteServer]]:
    """Four hosts without rules."""
    with ExitStack() as stack:
        yield [stack.enter_context(serving()) for _ in range(4)]


def _places(hosts: list[SiteServer]) -> list[str]:
    return [host.place for host in hosts]


def _gaps(host: SiteServer, *, of: str = "") -> list[float]:
    """Seconds between the arrivals of requests whose path begins so."""
    return [later - earlier for earlier, later in pairwise(at for path, at in host.arrivals if path.startswith(of))]


def test_redirects_and_robots_wait_their_turn_like_pages(hosts: list[SiteServer]) -> None:
    target, *others = hosts
    for number in range(5):
        target.pages[f"/{number}"] = text("here")
    for number, other in enumerate(others):
        other.pages["/door"] = text("", 302, location=target.url(f"/{number}"))
    with running_engine(allow=_places(hosts), delays={target.place: 0.3}) as engine:
        for url in (*(other.url("/door") for other in others), target.url("/3"), target.url("/4")):
            engine.begin(url)
        ended = engine.stop(20.0)["ended"]

    assert [answer.get("body") for answer in ended] == ["here"] * 5
    assert len(target.arrivals) == 6
    assert min(_gaps(target)) > 0.3 - BLUR_S


def test_hosts_that_are_not_named_have_the_common_delay(hosts: list[SiteServer]) -> None:
    site = hosts[0]
    site.pages["/a"] = text("here")
    with running_engine(allow=_places(hosts), default_delay_s=0.3) as engine:
        engine.fetch(site.url("/a"))

    assert min(_gaps(site)) > 0.3 - BLUR_S


def test_hosts_do_not_hold_up_each_other(hosts: list[SiteServer]) -> None:
    slow, quick = hosts[:2]
    slow.pages["/page"] = quick.pages["/page"] = text("here")
    with running_engine(allow=_places(hosts), delays={slow.place: 100.0}) as engine:
        engine.begin(slow.url("/page"))
        answer = engine.fetch(quick.url("/page"))

        assert answer["body"] == "here"
        assert slow.visits["/page"] == 0


def test_without_delays_two_requests_of_a_host_run_at_once(hosts: list[SiteServer]) -> None:
    site, both = hosts[0], threading.Barrier(2)

    def page(visit: Visit) -> Answer:
        both.wait(10.0)
        return text("together")(visit) or (500, {}, b"")

    site.pages["/page"] = page
    with running_engine(allow=_places(hosts)) as engine:
        for _ in range(2):
            engine.begin(site.url("/page"))
        ended = engine.stop(15.0)["ended"]

    assert [answer.get("body") for answer in ended] == ["together"] * 2


def test_with_a_delay_one_request_of_a_host_runs_at_a_time(hosts: list[SiteServer]) -> None:
    site, running, seen = hosts[0], threading.Semaphore(1), []

    def page(visit: Visit) -> Answer:
        seen.append(running.acquire(blocking=False))
        visit.server.over.wait(0.2)
        running.release()
        return text("alone")(visit) or (500, {}, b"")

    site.pages["/page"] = page
    with running_engine(allow=_places(hosts), delays={site.place: 0.01}) as engine:
        for _ in range(3):
            engine.begin(site.url("/page"))
        engine.stop(15.0)

    assert seen == [True] * 3


def test_pages_are_as_far_apart_as_the_rules_ask(hosts: list[SiteServer]) -> None:
    site = hosts[0]
    site.pages["/robots.txt"] = text("User-agent: *\nCrawl-delay: 0.6")
    site.pages["/page"] = text("here")
    with running_engine(allow=_places(hosts)) as engine:
        for _ in range(3):
            engine.begin(site.url("/page"))
        engine.stop(15.0)

    to_the_first, *_ = _gaps(site)
    assert to_the_first < 0.6, "robots.txt itself does not count"
    assert min(_gaps(site, of="/page")) > 0.6 - BLUR_S


def test_time_does_not_run_while_a_request_waits_its_turn(hosts: list[SiteServer]) -> None:
    site = hosts[0]
    site.pages["/page"] = text("here")
    with running_engine(allow=_places(hosts), delays={site.place: 1.2}, timeout_s=0.4) as engine:
        assert engine.fetch(site.url("/page"))["body"] == "here"


def test_a_cancelled_request_frees_the_slot_at_once(hosts: list[SiteServer]) -> None:
    site, arrived = hosts[0], threading.Event()

    def hang(visit: Visit) -> None:
        arrived.set()
        visit.server.over.wait()

    site.pages["/hang"], site.pages["/page"] = hang, text("here")
    with running_engine(allow=_places(hosts), delays={site.place: 0.01}, timeout_s=100.0) as engine:
        engine.begin(site.url("/hang"))
        assert arrived.wait(10.0)
        engine.begin(site.url("/never"))
        engine.cancel(1)
        engine.cancel(0)

        assert engine.fetch(site.url("/page"))["body"] == "here"
        assert site.visits["/never"] == 0


def test_a_chain_of_redirects_has_a_time_limit_of_its_own(hosts: list[SiteServer]) -> None:
    site = hosts[0]
    for number in range(5):
        site.pages[f"/{number}"] = _slow_door(f"/{number + 1}", 0.7)
    with running_engine(allow=_places(hosts), timeout_s=1.0) as engine:
        answer = engine.fetch(site.url("/0"))

    assert (answer["error"], answer["retryable"]) == ("Unreachable", True)
    assert answer["message"].endswith("took longer than 2 s in all")
    assert site.visits["/3"] == 0


def _slow_door(target: str, wait_s: float) -> Page:
    def page(visit: Visit) -> Answer:
        visit.server.over.wait(wait_s)
        return 302, {"Location": target}, b""

    return page
