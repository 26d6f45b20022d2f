"""The crawler behind a site's proxy: what goes through it, what is refused before, and how it fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.addresses import INSIDE_HOSTS, NO_ADDRESSES, Canary
from tests.integration.alerts.servers import Authority
from tests.integration.crawler.conftest import Engine, running_engine
from tests.integration.crawler.site import SiteServer, serving, text
from tests.proxies import SILENCE, LocalProxy

LOGIN = "desk:hunter2"
NAMES = {"news.example": "127.0.0.2", "paper.example": "127.0.0.2"}


@pytest.fixture
def proxy() -> Iterator[LocalProxy]:
    with LocalProxy(login=LOGIN, names=NAMES) as running:
        yield running


@pytest.fixture
def site() -> Iterator[SiteServer]:
    with serving() as running:
        running.pages["/page"] = text("from outside")
        yield running


@pytest.fixture
def canary() -> Iterator[Canary]:
    with Canary() as listening:
        yield listening


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def behind() -> Iterator[tuple[Engine, LocalProxy]]:
    """An engine and its proxy, for tests that reach neither."""
    with LocalProxy() as proxy, running_engine(proxy=proxy.url, names={}, timeout_s=2.0) as engine:
        yield engine, proxy


def _engine(proxy: LocalProxy | str, **config: Any) -> Any:
    """An engine that resolves no name itself."""
    url = proxy if isinstance(proxy, str) else proxy.url
    return running_engine(**{"proxy": url, "names": {}, "timeout_s": 3.0, **config})


def test_an_http_page_is_asked_for_by_its_whole_address(proxy: LocalProxy, site: SiteServer) -> None:
    with _engine(proxy) as engine:
        answer = engine.fetch(f"http://news.example:{site.port}/page?x=1")

    assert (answer["status"], answer["body"]) == (200, "from outside")
    place = f"http://news.example:{site.port}"
    assert proxy.targets() == [f"GET {place}/robots.txt", f"GET {place}/page?x=1"]
    assert "proxy-authorization" not in site.last_headers


def test_an_https_page_comes_through_a_tunnel(proxy: LocalProxy, authority: Authority) -> None:
    with (
        serving("127.0.0.2", authority.server("news.example")) as site,
        _engine(proxy, ca_file=authority.ca_file) as engine,
    ):
        site.pages["/page"] = text("over TLS")
        answer = engine.fetch(f"https://news.example:{site.port}/page")

    assert answer["body"] == "over TLS"
    assert set(proxy.targets()) == {f"CONNECT news.example:{site.port}"}
    assert "proxy-authorization" not in site.last_headers


def test_a_certificate_is_checked_through_a_tunnel_too(proxy: LocalProxy, authority: Authority) -> None:
    with serving("127.0.0.2", authority.server("paper.example")) as site:
        with _engine(proxy, ca_file=authority.ca_file) as engine:
            other = engine.fetch(f"https://news.example:{site.port}/")
        with _engine(proxy) as engine:
            unknown = engine.fetch(f"https://paper.example:{site.port}/")

    assert "the TLS certificate" in other["message"]
    assert "the TLS certificate" in unknown["message"]
    assert not site.visits


def test_every_hop_asks_the_proxy(proxy: LocalProxy, site: SiteServer) -> None:
    site.pages["/old"] = text("", 301, location=f"http://paper.example:{site.port}/page")
    with _engine(proxy) as engine:
        answer = engine.fetch(f"http://news.example:{site.port}/old")

    assert answer["body"] == "from outside"
    assert proxy.targets() == [
        f"GET http://{name}.example:{site.port}{path}"
        for name, path in [("news", "/robots.txt"), ("news", "/old"), ("paper", "/robots.txt"), ("paper", "/page")]
    ]


def test_robots_are_obeyed_behind_a_proxy(proxy: LocalProxy, site: SiteServer) -> None:
    site.pages["/robots.txt"] = text("User-agent: *\nDisallow: /page\n")
    with _engine(proxy) as engine:
        assert engine.fetch(f"http://news.example:{site.port}/page")["error"] == "RobotsRefused"


def test_the_pace_is_that_of_the_site_and_not_of_the_proxy(proxy: LocalProxy, site: SiteServer) -> None:
    place = f"news.example:{site.port}"
    with _engine(proxy, delays={place: 0.5, f"paper.example:{site.port}": 0.0}) as engine:
        for path in ("/page", "/page"):
            engine.fetch(f"http://{place}{path}")
    first, second, third = (moment for _, moment in site.arrivals)

    assert second - first > 0.4
    assert third - second > 0.4


@pytest.mark.parametrize("host", [*INSIDE_HOSTS, "localhost", "news.localhost"])
def test_a_number_inside_is_refused_before_the_proxy_is_asked(
    behind: tuple[Engine, LocalProxy], canary: Canary, host: str
) -> None:
    engine, proxy = behind
    answer = engine.fetch(f"http://{host}:{canary.port}/")

    assert answer["error"] == "AddressRefused"
    assert "is not a public address" in answer["message"] or "the proxy's own machine" in answer["message"]
    assert (proxy.asked, canary.was_connected) == ((), False)


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_address_is_refused_before_the_proxy_is_asked(
    behind: tuple[Engine, LocalProxy], canary: Canary, url: str
) -> None:
    engine, proxy = behind
    answer = engine.fetch(url.replace("PORT", str(canary.port)))

    assert (answer["error"], proxy.asked, canary.was_connected) == ("AddressRefused", (), False)


@pytest.mark.parametrize("host", ["010.8.8.8", "134744072", "8.8.2056"])
def test_a_number_that_a_proxy_may_read_otherwise_is_refused(behind: tuple[Engine, LocalProxy], host: str) -> None:
    engine, proxy = behind

    assert "the proxy may read the number" in engine.fetch(f"http://{host}/")["message"]
    assert proxy.asked == ()


def test_a_redirect_inside_is_refused_behind_a_proxy(proxy: LocalProxy, site: SiteServer, canary: Canary) -> None:
    site.pages["/trap"] = text("", 302, location=f"http://127.1:{canary.port}/")
    with _engine(proxy) as engine:
        answer = engine.fetch(f"http://news.example:{site.port}/trap")

    assert answer["error"] == "AddressRefused"
    assert len(proxy.asked) == 2
    assert not canary.was_connected


def test_a_listed_number_is_asked_for_through_the_proxy(proxy: LocalProxy, site: SiteServer) -> None:
    with _engine(proxy, allow=[site.place]) as engine:
        assert engine.fetch(site.url("/page"))["body"] == "from outside"

    assert proxy.targets()[-1] == f"GET {site.url('/page')}"


def test_the_proxy_itself_is_no_target(behind: tuple[Engine, LocalProxy]) -> None:
    engine, proxy = behind
    for host in ("127.0.0.1", "127.1", "[::ffff:127.0.0.1]"):
        assert engine.fetch(f"http://{host}:{proxy.port}/")["error"] == "AddressRefused"

    assert proxy.asked == ()


@pytest.mark.parametrize("direct", [[], ["proxy.example"]])
def test_the_proxy_is_no_target_under_its_name(proxy: LocalProxy, direct: list[str]) -> None:
    url = f"http://{LOGIN}@proxy.example:{proxy.port}"
    with _engine(url, names={"proxy.example": [["127.0.0.1"]]}, no_proxy=direct) as engine:
        answer = engine.fetch(f"http://PROXY.example.:{proxy.port}/")

    assert answer["error"] == "AddressRefused"
    assert "this is the proxy itself" in answer["message"]
    assert proxy.asked == ()


def test_what_needs_no_proxy_is_reached_without_it(proxy: LocalProxy, site: SiteServer) -> None:
    names = {"news.example": [["127.0.0.2"]]}
    with _engine(proxy, no_proxy=[".example"], names=names, public="127.0.0.2") as engine:
        assert engine.fetch(f"http://news.example:{site.port}/page")["body"] == "from outside"

    assert proxy.asked == ()


def test_what_needs_no_proxy_is_guarded_as_ever(proxy: LocalProxy, canary: Canary) -> None:
    names = {"news.example": [["127.0.0.1"]]}
    with _engine(proxy, no_proxy=["news.example", "127.0.0.0/8"], names=names) as engine:
        for host in ("news.example", "127.0.0.1", "127.1"):
            assert "is not a public address" in engine.fetch(f"http://{host}:{canary.port}/")["message"]

    assert (proxy.asked, canary.was_connected) == ((), False)


def test_a_redirect_out_of_the_proxy_takes_no_password_along(proxy: LocalProxy, site: SiteServer) -> None:
    site.pages["/leave"] = text("", 302, location=site.url("/page"))
    with _engine(proxy, no_proxy=["127.0.0.2"], allow=[site.place]) as engine:
        assert engine.fetch(f"http://news.example:{site.port}/leave")["body"] == "from outside"

    assert "proxy-authorization" not in site.last_headers


def test_a_proxy_of_the_environment_is_not_used(site: SiteServer, canary: Canary) -> None:
    places = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"), f"http://127.0.0.1:{canary.port}")
    with running_engine(places, allow=[site.place]) as engine:
        assert engine.fetch(site.url("/page"))["body"] == "from outside"

    assert not canary.was_connected


FAULTS = {
    "hangs up": (b"", r"hung up without an answer|closed the connection|gave no usable answer"),
    "garbage": (b"220 mx.example\r\n\r\n", "gave no usable answer"),
    "endless": (b"x" * 70_000, "gave no usable answer"),
    "wrong login": (
        b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n",
        r"does not accept our user name and password \(407\)",
    ),
    "no way": (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", r"server \(502\)"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_proxy_that_fails_is_told_and_not_gone_round(canary: Canary, fault: str) -> None:
    conduct, words = FAULTS[fault]
    names = {"news.example": [["127.0.0.1"]]}
    with (
        LocalProxy(login=LOGIN, conduct=conduct) as proxy,
        _engine(proxy, names=names, allow=[f"news.example:{canary.port}"]) as engine,
    ):
        answers = [engine.fetch(f"{scheme}://news.example:{canary.port}/page") for scheme in ("http", "https")]

    for answer in answers:
        assert answer["error"] in {"Unreachable", "RobotsUnreadable"}
        assert answer["retryable"]
        assert re.search(words, answer["message"]), answer["message"]
        assert f"the proxy {proxy.place} " in answer["message"]
        assert "hunter2" not in answer["message"]
    assert not canary.was_connected


def test_a_proxy_that_is_down_is_told_and_not_gone_round(canary: Canary) -> None:
    with LocalProxy(login=LOGIN) as proxy:
        pass
    names = {"news.example": [["127.0.0.1"]]}
    with _engine(proxy, names=names, allow=[f"news.example:{canary.port}"]) as engine:
        answers = [engine.fetch(f"{scheme}://news.example:{canary.port}/page") for scheme in ("http", "https")]

    for answer in answers:
        assert answer["message"].endswith(f": the proxy {proxy.place} refused the connection")
        assert (answer["error"], answer["retryable"]) == ("Unreachable", True)
    assert not canary.was_connected


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_says_nothing_is_left_in_time(scheme: str) -> None:
    with LocalProxy(login=LOGIN, conduct=SILENCE) as proxy, _engine(proxy, timeout_s=0.5) as engine:
        answer = engine.fetch(f"{scheme}://news.example/page")

        assert "took too long" in answer["message"]
        assert proxy.was_left.wait(10)


def test_a_proxy_whose_name_nobody_knows_is_told() -> None:
    with _engine(f"http://{LOGIN}@proxy.example:3128") as engine:
        answers = [engine.fetch(f"{scheme}://news.example/page") for scheme in ("http", "https")]

    for answer in answers:
        assert answer["message"].endswith(": the proxy proxy.example:3128: no host of this name was found")


def test_a_wrong_password_is_told_without_it(site: SiteServer) -> None:
    with LocalProxy(login="desk:right", names=NAMES) as proxy, _engine(f"http://desk:hunter2@{proxy.place}") as engine:
        answers = [engine.fetch(f"{scheme}://news.example:{site.port}/page") for scheme in ("http", "https")]

    assert all("does not accept our user name and password (407)" in one["message"] for one in answers)
    assert not any("hunter2" in str(one) for one in answers)
    assert not site.visits
