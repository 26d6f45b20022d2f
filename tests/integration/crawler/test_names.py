"""Names that are not found, not answered, or answered with IPv6 alone are the trouble of their own host only."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from tests.integration.crawler.conftest import Engine, running_engine
from tests.integration.crawler.site import SiteServer, serving, text

#: More than all jobs of a daemon at once.
SLOW = 40


@contextmanager
def engine_knowing(
    names: Mapping[str, object], site: SiteServer, *allowed: str, timeout_s: float = 5.0
) -> Iterator[Engine]:
    """An engine whose look-ups give these answers, and which may reach the site under these names."""
    places = [f"{name}:{site.port}" for name in allowed]
    known = {"NAMES": json.dumps(names)}
    with running_engine(known, program="names_process", allow=places, timeout_s=timeout_s) as engine:
        yield engine


@pytest.mark.parametrize("failure", ["unknown", "broken"], ids=["NXDOMAIN", "SERVFAIL"])
def test_name_that_is_not_found_is_told_in_words_and_tried_again(failure: str) -> None:
    with serving() as site, engine_knowing({"news.example": failure}, site, "news.example") as engine:
        answer = engine.fetch(f"http://news.example:{site.port}/")

    assert (answer["error"], answer["retryable"]) == ("Unreachable", True)
    assert "no host of this name was found" in answer["message"]
    assert not site.visits


def test_look_ups_that_hang_hold_up_no_other_host() -> None:
    names = {f"slow-{number}.example": "slow" for number in range(SLOW)} | {"well.example": ["127.0.0.2"]}
    with serving() as site, engine_knowing(names, site, "well.example") as engine:
        site.pages["/"] = text("here")
        for name in names:
            if name != "well.example":
                engine.begin(f"http://{name}/")

        answer = engine.fetch(f"http://well.example:{site.port}/")

    assert answer.get("body") == "here", answer


def test_look_up_that_hangs_runs_out_of_time_and_is_tried_again() -> None:
    with serving() as site, engine_knowing({"slow.example": "slow"}, site, timeout_s=0.5) as engine:
        answer = engine.fetch("http://slow.example/")

    assert answer["retryable"]
    assert "took too long" in answer["message"]


def test_look_up_that_hangs_does_not_keep_the_process_from_its_end() -> None:
    with serving() as site, engine_knowing({"slow.example": "slow"}, site) as engine:
        engine.begin("http://slow.example/")
        engine.stop(0.1)

        assert engine.process.wait(10) == 7


def test_host_that_has_ipv6_alone_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SiteServer, "address_family", socket.AF_INET6)
    with serving("::1") as site, engine_knowing({"six.example": ["::1"]}, site, "six.example") as engine:
        site.pages["/"] = text("by six")

        assert engine.fetch(f"http://six.example:{site.port}/").get("body") == "by six"


def test_host_whose_ipv6_is_dead_is_reached_by_ipv4() -> None:
    names = {"both.example": ["::1", "127.0.0.2"]}
    with serving() as site, engine_knowing(names, site, "both.example") as engine:
        site.pages["/"] = text("by four")

        assert engine.fetch(f"http://both.example:{site.port}/").get("body") == "by four"


def test_address_of_ipv6_that_is_not_public_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SiteServer, "address_family", socket.AF_INET6)
    with serving("::1") as site, engine_knowing({"six.example": ["::1"]}, site) as engine:
        answer = engine.fetch(f"http://six.example:{site.port}/")

    assert answer["error"] == "AddressRefused"
    assert not site.visits
