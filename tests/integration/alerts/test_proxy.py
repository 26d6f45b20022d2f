"""Webhooks behind a site's proxy: what goes through it, what is refused before, and how it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from alerts.transports.http import Answer, GuardedHttp
from alerts.transports.tls import client_context
from domain.errors import AddressRefused, Unreachable
from domain.net import AddressPolicy
from domain.proxy import DirectRule, Proxy
from tests.addresses import INSIDE_HOSTS, NO_ADDRESSES, Canary
from tests.integration.alerts.servers import Authority, answering, web_server
from tests.integration.alerts.test_address_table import Names
from tests.proxies import LocalProxy

LOGIN = "desk:hunter2"
NAMES = {"hooks.example": "127.0.0.2", "other.example": "127.0.0.2"}


@pytest.fixture
def proxy() -> Iterator[LocalProxy]:
    with LocalProxy(login=LOGIN, names=NAMES) as running:
        yield running


@pytest.fixture
def canary() -> Iterator[Canary]:
    with Canary() as listening:
        yield listening


def behind(
    proxy: LocalProxy | str,
    *allowed: str,
    direct: Sequence[str] = (),
    names: dict[str, list[list[str]]] | None = None,
    ca_file: str | None = None,
) -> GuardedHttp:
    url = proxy if isinstance(proxy, str) else proxy.url
    way = Proxy.parse(url, tuple(DirectRule.parse(text) for text in direct))
    return GuardedHttp(
        policy=AddressPolicy(allow_private=frozenset(allowed), proxy=way),
        tls=client_context(ca_file),
        user_agent="claimwatch-test",
        resolver=Names(names or {}),
    )


async def post(http: GuardedHttp, url: str) -> Answer:
    return await http.post(url, body=b"{}", headers={"webhook-id": "dlv-1"}, timeout_s=5)


async def goodbyes(proxy: LocalProxy) -> None:
    """A server of TLS waits for the other side's goodbye, which the proxy may carry after the loop has ended."""
    await asyncio.to_thread(proxy.wait_until_idle)


async def test_a_webhook_goes_through_the_proxy(proxy: LocalProxy) -> None:
    receiver = answering(204)
    async with web_server(receiver, host="127.0.0.2") as port:
        answer = await post(behind(proxy), f"http://hooks.example:{port}/hook?key=1")

    (call,) = receiver.calls
    assert (answer.status, call.path, call.body) == (204, "/hook?key=1", b"{}")
    assert call.headers["webhook-id"] == "dlv-1"
    assert "proxy-authorization" not in call.headers
    assert proxy.targets() == [f"POST http://hooks.example:{port}/hook?key=1"]


async def test_a_webhook_over_tls_goes_through_a_tunnel(proxy: LocalProxy, authority: Authority) -> None:
    receiver = answering(204)
    async with web_server(receiver, host="127.0.0.2", tls=authority.server("hooks.example")) as port:
        answer = await post(behind(proxy, ca_file=authority.ca_file), f"https://hooks.example:{port}/hook")
        await goodbyes(proxy)

    assert answer.status == 204
    assert "proxy-authorization" not in receiver.calls[0].headers
    assert proxy.targets() == [f"CONNECT hooks.example:{port}"]
    assert "webhook-id" not in proxy.asked[0].headers


async def test_a_certificate_is_checked_through_a_tunnel_too(proxy: LocalProxy, authority: Authority) -> None:
    receiver = answering(204)
    async with web_server(receiver, host="127.0.0.2", tls=authority.server("hooks.example")) as port:
        for host, ca_file in (("hooks.example", None), ("other.example", authority.ca_file)):
            with pytest.raises(Unreachable, match="its certificate is not valid"):
                await post(behind(proxy, ca_file=ca_file), f"https://{host}:{port}/")
        await goodbyes(proxy)

    assert receiver.calls == []


@pytest.mark.parametrize("host", [*INSIDE_HOSTS, "localhost", "hooks.localhost"])
async def test_a_number_inside_is_refused_before_the_proxy_is_asked(
    proxy: LocalProxy, canary: Canary, host: str
) -> None:
    with pytest.raises(AddressRefused, match=r"is not a public address|the proxy's own machine"):
        await post(behind(proxy), f"http://{host}:{canary.port}/")

    assert (proxy.asked, canary.was_connected) == ((), False)


@pytest.mark.parametrize("url", NO_ADDRESSES)
async def test_what_is_no_address_is_refused_before_the_proxy_is_asked(
    proxy: LocalProxy, canary: Canary, url: str
) -> None:
    with pytest.raises(AddressRefused):
        await post(behind(proxy), url.replace("PORT", str(canary.port)))

    assert (proxy.asked, canary.was_connected) == ((), False)


async def test_a_number_that_a_proxy_may_read_otherwise_is_refused(proxy: LocalProxy) -> None:
    with pytest.raises(AddressRefused, match=r"the proxy may read the number 010\.8\.8\.8 otherwise"):
        await post(behind(proxy), "http://010.8.8.8/")

    assert proxy.asked == ()


async def test_the_proxy_itself_is_no_target(proxy: LocalProxy) -> None:
    url = f"http://{LOGIN}@proxy.example:{proxy.port}"
    for direct in ((), ("proxy.example",)):
        http = behind(url, direct=direct, names={"proxy.example": [["127.0.0.1"]]})
        with pytest.raises(AddressRefused, match="this is the proxy itself"):
            await post(http, f"http://Proxy.example.:{proxy.port}/")

    assert proxy.asked == ()


async def test_what_needs_no_proxy_is_called_without_it_and_guarded(proxy: LocalProxy, canary: Canary) -> None:
    receiver = answering(204)
    async with web_server(receiver, host="127.0.0.2") as port:
        http = behind(
            proxy,
            f"hooks.example:{port}",
            direct=[".example"],
            names={"hooks.example": [["127.0.0.2"]], "other.example": [["127.0.0.1"]]},
        )
        assert (await post(http, f"http://hooks.example:{port}/")).status == 204
        with pytest.raises(AddressRefused, match=r"127\.0\.0\.1 is not a public address"):
            await post(http, f"http://other.example:{canary.port}/")

    assert (proxy.asked, canary.was_connected) == ((), False)
    assert "proxy-authorization" not in receiver.calls[0].headers


FAULTS = {
    "hangs up": (b"", "was lost before an answer came"),
    "garbage": (b"220 mx.example\r\n\r\n", "no usable answer through the proxy"),
    "wrong login": (b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", "does not accept our user name and password"),
}


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_proxy_that_fails_is_told_and_not_gone_round(canary: Canary, scheme: str, fault: str) -> None:
    conduct, words = FAULTS[fault]
    with LocalProxy(login=LOGIN, conduct=conduct) as proxy:
        http = behind(proxy, f"hooks.example:{canary.port}", names={"hooks.example": [["127.0.0.1"]]})
        with pytest.raises(Unreachable, match=words) as told:
            await post(http, f"{scheme}://hooks.example:{canary.port}/hook")

    assert proxy.place in str(told.value)
    assert "hunter2" not in str(told.value)
    assert not canary.was_connected


async def test_a_gateway_error_is_an_answer_or_a_closed_way(proxy: LocalProxy) -> None:
    answer = await post(behind(proxy), "http://nowhere.example/hook")
    with pytest.raises(Unreachable, match=r"the proxy 127\.0\.0\.1:[0-9]+ does not let us through \(502\)"):
        await post(behind(proxy), "https://nowhere.example/hook")

    assert answer.status == 502


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_is_down_is_told_and_not_gone_round(canary: Canary, scheme: str) -> None:
    with LocalProxy(login=LOGIN) as proxy:
        pass
    http = behind(proxy, f"hooks.example:{canary.port}", names={"hooks.example": [["127.0.0.1"]]})

    with pytest.raises(Unreachable, match=rf"no connection through the proxy {proxy.place}: "):
        await post(http, f"{scheme}://hooks.example:{canary.port}/hook")

    assert not canary.was_connected


async def test_a_proxy_whose_name_nobody_knows_is_told() -> None:
    with pytest.raises(Unreachable, match=r"no connection through the proxy proxy\.example:3128: "):
        await post(behind(f"http://{LOGIN}@proxy.example:3128"), "http://hooks.example/hook")
