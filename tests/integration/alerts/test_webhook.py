from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
import socket
from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from standardwebhooks.webhooks import Webhook

from alerts.transports.http import MAX_ANSWER, GuardedHttp
from alerts.transports.tls import client_context
from alerts.transports.webhook import WebhookTransport
from domain.alerts import Receipt, WebhookChannel
from domain.errors import AddressRefused, DeliveryError, Unreachable
from domain.net import AddressPolicy
from domain.secrets import Secret
from domain.time import SystemClock
from tests.integration.alerts.servers import Authority, Call, Receiver, answering, raw_server, web_server
from tests.unit.alerts.samples import alert, delivery

FIRST, SECOND = (f"whsec_{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))


class Names(AbstractResolver):
    """Resolves names as told, however often it is asked."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=self._addresses[host], port=port, family=socket.AF_INET, proto=0, flags=0)
        ]

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_FIRST", FIRST)
    monkeypatch.setenv("HOOK_SECOND", SECOND)
    monkeypatch.setenv("HOOK_TOKEN", "Bearer t0p-secret")


def guarded(*allowed: str, names: Mapping[str, str] | None = None, ca_file: str | None = None) -> GuardedHttp:
    return GuardedHttp(
        policy=AddressPolicy(allow_private=frozenset(allowed)),
        tls=client_context(ca_file),
        user_agent="claimwatch-test",
        resolver=Names(names) if names else None,
    )


async def send(port: int, *, http: GuardedHttp | None = None, **settings: Any) -> Receipt:
    settings = {
        "url": f"http://127.0.0.1:{port}/hook?key=t0p-secret",
        "secrets": (Secret("env:HOOK_FIRST"),),
        "timeout_s": 10.0,
        **settings,
    }
    transport = WebhookTransport(http=http or guarded(f"127.0.0.1:{port}"), clock=SystemClock())
    try:
        return await transport.send(WebhookChannel(name="hook", **settings), delivery(), alert())
    finally:
        await transport.close()


async def refusal(port: int, **settings: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as refused:
        await send(port, **settings)
    assert "t0p-secret" not in refused.value.message
    assert "whsec" not in refused.value.message or "must be whsec_" in refused.value.message
    assert "v1," not in refused.value.message
    return refused.value


def verified(call: Call, secret: str) -> Any:
    return Webhook(secret).verify(call.body, call.headers)


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_an_answer_of_success_is_acceptance(status: int) -> None:
    receiver = answering(status)
    async with web_server(receiver) as port:
        receipt = await send(port)

    (call,) = receiver.calls
    assert receipt.status == status
    assert (call.method, call.path) == ("POST", "/hook?key=t0p-secret")
    assert call.headers["content-type"] == "application/json"
    assert call.headers["user-agent"] == "claimwatch-test"


async def test_a_call_is_signed_as_standard_webhooks_says() -> None:
    receiver = answering(204)
    async with web_server(receiver) as port:
        await send(port)

    (call,) = receiver.calls
    event = verified(call, FIRST)
    assert call.headers["webhook-id"] == event["data"]["delivery_id"] == "dlv-1"
    assert event["data"]["article"]["title"] == "Снова слова о «подарке»"


async def test_two_secrets_sign_so_that_either_can_be_known() -> None:
    receiver = answering(204)
    async with web_server(receiver) as port:
        await send(port, secrets=(Secret("env:HOOK_SECOND"), Secret("env:HOOK_FIRST")))

    (call,) = receiver.calls
    assert verified(call, FIRST) == verified(call, SECOND) == json.loads(call.body)


async def test_every_try_has_the_same_id_and_body() -> None:
    receiver = answering(204)
    async with web_server(receiver) as port:
        await send(port)
        await send(port)

    first, second = receiver.calls
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])


async def test_extra_headers_are_sent_but_never_instead_of_ours() -> None:
    receiver = answering(204)
    headers = {"Authorization": Secret("env:HOOK_TOKEN"), "Webhook-Id": Secret("env:HOOK_TOKEN")}
    async with web_server(receiver) as port:
        await send(port, headers=headers)

    (call,) = receiver.calls
    assert call.headers["authorization"] == "Bearer t0p-secret"
    assert call.headers["webhook-id"] == "dlv-1"


async def test_a_header_with_a_line_break_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_TOKEN", "t0p-secret\r\nX-Other: 1")
    receiver = answering(204)
    async with web_server(receiver) as port:
        error = await refusal(port, headers={"Authorization": Secret("env:HOOK_TOKEN")})

    assert "the header Authorization" in error.message
    assert receiver.calls == []


@pytest.mark.parametrize(
    "secret",
    [
        "hunter2",
        "whsec_",
        "whsec_not base64!",
        "whsec_" + base64.b64encode(b"short").decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        base64.b64encode(b"x" * 32).decode(),
    ],
)
async def test_a_secret_of_another_form_is_a_clear_error(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_FIRST", secret)

    error = await refusal(9)

    assert error.message == "the webhook secret env:HOOK_FIRST must be whsec_ followed by base64 of 24 to 64 bytes"
    assert error.retryable


async def test_a_channel_without_a_secret_sends_nothing() -> None:
    assert (await refusal(9, secrets=())).message == "the channel hook has no secret to sign with"


@pytest.mark.parametrize("status", [400, 401, 404, 422, 500, 502])
async def test_an_answer_of_failure_is_tried_again(status: int) -> None:
    async with web_server(answering(status, body=b"t0p-secret echoed")) as port:
        error = await refusal(port)

    assert (error.status, error.retryable, error.disables) == (status, True, False)
    assert error.message == f"the receiver answered {status}"


async def test_a_redirect_is_failure_and_never_followed() -> None:
    inner = answering(200)
    async with web_server(inner, host="127.0.0.2") as inner_port:
        outer = answering(301, Location=f"http://127.0.0.2:{inner_port}/admin")
        async with web_server(outer) as port:
            error = await refusal(port)

    assert (error.status, error.retryable) == (301, True)
    assert "redirects are not followed" in error.message
    assert inner.calls == []


async def test_gone_disables_the_channel() -> None:
    async with web_server(answering(410)) as port:
        error = await refusal(port)

    assert (error.status, error.permanent, error.disables) == (410, True, True)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_receiver_says_how_long_to_wait(status: int) -> None:
    async with web_server(answering(status, Retry_After="120")) as port:
        error = await refusal(port)

    assert (error.status, error.retry_after_s) == (status, 120.0)


async def test_a_receiver_cannot_make_us_wait_for_ever() -> None:
    async with web_server(answering(429, Retry_After="99999999999")) as port:
        error = await refusal(port)

    assert error.retry_after_s == 86_400.0


async def test_a_slow_receiver_is_left_in_time() -> None:
    release = asyncio.Event()

    async def answer(_: web.Request) -> web.StreamResponse:
        await release.wait()
        return web.Response()

    async with web_server(Receiver(answer)) as port:
        error = await refusal(port, timeout_s=0.2)
        release.set()

    assert error.message == f"127.0.0.1:{port}: no answer in time"
    assert error.retryable


async def test_a_receiver_that_breaks_off_is_tried_again() -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async with raw_server(reset) as port:
        error = await refusal(port)

    assert error.message == f"127.0.0.1:{port}: the connection was lost before an answer came"
    assert error.retryable


async def test_an_answer_that_is_no_http_is_tried_again() -> None:
    async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 mx.example\r\n\r\n")
        await writer.drain()

    async with raw_server(chatter) as port:
        error = await refusal(port)

    assert "no usable answer" in error.message
    assert error.retryable


async def test_a_receiver_that_is_down_is_tried_again() -> None:
    async with web_server(answering(200)) as port:
        pass

    error = await refusal(port)

    assert "no connection" in error.message
    assert error.retryable


async def test_of_a_huge_answer_only_the_beginning_is_read() -> None:
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while sent < 1_000_000_000:
            writer.write(b"x" * 65_536)
            await writer.drain()
            sent += 65_536

    async with raw_server(endless) as port:
        answer = await guarded(f"127.0.0.1:{port}").post(
            f"http://127.0.0.1:{port}/", body=b"{}", headers={}, timeout_s=20
        )

    assert (answer.status, answer.body) == (200, b"x" * MAX_ANSWER)
    assert sent < 100_000_000


async def test_an_accepted_call_stays_accepted_when_the_answer_never_ends() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")
        await reader.read()

    async with raw_server(drip) as port:
        receipt = await send(port, timeout_s=0.3)

    assert receipt.status == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254"])
async def test_a_private_address_is_refused_for_good(host: str) -> None:
    error = await refusal(9, http=guarded(), url=f"http://{host}:9/")

    assert "is not a public address" in error.message
    assert error.permanent


@pytest.mark.parametrize("host", ["localhost", "0x7f.1", "0177.0.0.1", "2130706433", "127.1", "0"])
async def test_a_private_address_in_disguise_is_not_connected(host: str) -> None:
    receiver = answering(200)
    async with web_server(receiver) as port:
        with pytest.raises(AddressRefused):
            await guarded().post(f"http://{host}:{port}/", body=b"", headers={}, timeout_s=10)

    assert receiver.calls == []


async def test_a_name_that_resolves_to_a_private_address_is_refused_but_tried_again() -> None:
    receiver = answering(200)
    async with web_server(receiver) as port:
        http = guarded(names={"hooks.example": "127.0.0.1"})
        error = await refusal(port, http=http, url=f"http://hooks.example:{port}/")

    assert f"list hooks.example:{port} under network.allow_private" in error.message
    assert error.retryable
    assert receiver.calls == []


async def test_a_private_name_that_is_listed_is_called() -> None:
    receiver = answering(200)
    async with web_server(receiver, host="127.0.0.2") as port:
        http = guarded(f"hooks.example:{port}", names={"hooks.example": "127.0.0.2"})
        receipt = await send(port, http=http, url=f"http://hooks.example:{port}/")

    assert receipt.status == 200
    assert receiver.calls[0].headers["host"] == f"hooks.example:{port}"


async def test_a_listed_name_opens_no_other_port() -> None:
    receiver = answering(200)
    async with web_server(receiver) as port:
        error = await refusal(port, http=guarded("127.0.0.1:1"))

    assert error.permanent
    assert receiver.calls == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("file:///etc/passwd", "only http and https addresses are allowed"),
        ("unix:///run/x.sock", "only http and https addresses are allowed"),
        ("ftp://v.example/", "only http and https addresses are allowed"),
        ("http://", "it names no host"),
        ("http://[x", "this is not an address"),
    ],
)
async def test_what_is_not_of_the_web_is_refused_for_good(url: str, words: str) -> None:
    error = await refusal(9, url=url)

    assert error.message == f"the address: {words}"
    assert error.permanent


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    receiver, proxy = answering(200), answering(200)
    async with web_server(receiver) as port, web_server(proxy) as proxy_port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy_port}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy_port}")
        await send(port)

    assert (len(receiver.calls), proxy.calls) == (1, [])


async def test_tls_is_checked_against_our_authorities(authority: Authority) -> None:
    receiver = answering(200)
    async with web_server(receiver, tls=authority.server("127.0.0.1")) as port:
        http = guarded(f"127.0.0.1:{port}", ca_file=authority.ca_file)
        receipt = await send(port, http=http, url=f"https://127.0.0.1:{port}/")

    assert receipt.status == 200


@pytest.mark.parametrize("trouble", ["unknown authority", "other name", "run out"])
async def test_a_certificate_that_is_not_valid_is_refused(authority: Authority, trouble: str) -> None:
    receiver = answering(200)
    host = "other.example" if trouble == "other name" else "127.0.0.1"
    age = dt.timedelta(hours=1) if trouble == "run out" else dt.timedelta()
    ca_file = None if trouble == "unknown authority" else authority.ca_file
    async with web_server(receiver, tls=authority.server(host, age=age)) as port:
        http = guarded(f"127.0.0.1:{port}", ca_file=ca_file)
        error = await refusal(port, http=http, url=f"https://127.0.0.1:{port}/")

    assert "certificate is not valid" in error.message
    assert error.retryable
    assert receiver.calls == []


async def test_a_name_that_does_not_exist_is_unreachable() -> None:
    with pytest.raises(Unreachable, match=r"hooks\.invalid:80: no connection"):
        await guarded().post("http://hooks.invalid/", body=b"", headers={}, timeout_s=10)


async def test_of_repeated_headers_the_first_counts() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 No\r\nRetry-After: 7\r\nretry-after: 9\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with raw_server(answer) as port:
        error = await refusal(port)

    assert error.retry_after_s == 7.0
