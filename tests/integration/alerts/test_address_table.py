"""Webhooks and mail reach nothing inside, however it is written or named (tests/addresses.py)."""

from __future__ import annotations

import base64
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator, Mapping, Sequence

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from alerts.transports.dial import dial
from alerts.transports.http import GuardedHttp
from alerts.transports.tls import client_context
from claimwatch.config.fields import is_host
from domain.errors import AddressRefused, FetchError
from domain.hosts import is_public
from domain.net import AddressPolicy
from tests.addresses import INSIDE_ANSWERS, INSIDE_HOSTS, NO_ADDRESSES, WAITS, Canary
from tests.integration.alerts.servers import answering, raw_server, web_server
from tests.integration.alerts.test_webhook import refusal

PUBLIC = "127.0.0.2"
REDIRECTS = (301, 302, 303, 307, 308)

#: Hosts of the table that a configuration takes for a mail server.
MAIL_HOSTS = [host for host in INSIDE_HOSTS if is_host(host.strip("[]").lower())]


class Names(AbstractResolver):
    """Gives each name its answers, the next one every time; the last stays."""

    def __init__(self, answers: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._answers = {name: list(each) for name, each in answers.items()}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host not in self._answers:
            raise OSError("no such name")
        answers = self._answers[host]
        return [_result(host, port, one) for one in (answers.pop(0) if len(answers) > 1 else answers[0])]

    async def close(self) -> None:
        """Nothing is open."""


def _result(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)


class Staged(AddressPolicy):
    """127.0.0.2 is public."""

    def allows(self, host: str, port: int, address: str) -> bool:
        return address == PUBLIC or super().allows(host, port, address)


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_FIRST", f"whsec_{base64.b64encode(bytes(32)).decode()}")


@pytest.fixture
def canary() -> Iterator[Canary]:
    with Canary() as listening:
        yield listening


def client(policy: AddressPolicy | None = None, *answers: Sequence[str]) -> GuardedHttp:
    """A client for which hooks.example has these addresses, one answer a look-up."""
    return GuardedHttp(
        policy=policy or AddressPolicy(),
        tls=client_context(),
        user_agent="claimwatch-test",
        resolver=Names({"hooks.example": answers}) if answers else None,
    )


async def refused(http: GuardedHttp, url: str, canary: Canary) -> str:
    """The message of a refusal that reached nothing."""
    with pytest.raises(AddressRefused) as told:
        await http.post(url, body=b"{}", headers={}, timeout_s=5)
    assert not canary.was_connected
    return str(told.value)


@pytest.mark.parametrize("host", INSIDE_HOSTS)
async def test_a_webhook_inside_is_refused(canary: Canary, host: str) -> None:
    message = await refused(client(), f"http://{host}:{canary.port}/", canary)

    assert INSIDE_HOSTS[host] in message
    assert "is not a public address; if it is meant, list " in message


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST"])
async def test_a_webhook_to_our_own_name_is_refused(canary: Canary, name: str) -> None:
    message = await refused(client(), f"http://{name}:{canary.port}/", canary)

    assert f"list localhost:{canary.port} under network.allow_private" in message


@pytest.mark.parametrize("url", NO_ADDRESSES)
async def test_a_webhook_to_no_address_is_refused(canary: Canary, url: str) -> None:
    message = await refused(client(), url.replace("PORT", str(canary.port)), canary)

    assert NO_ADDRESSES[url] in message


@pytest.mark.parametrize("answer", INSIDE_ANSWERS)
async def test_a_webhook_to_a_name_inside_is_refused(canary: Canary, answer: Sequence[str]) -> None:
    message = await refused(client(None, answer), f"http://hooks.example:{canary.port}/", canary)

    assert f"list hooks.example:{canary.port} under network.allow_private" in message


@pytest.mark.parametrize("answer", [(PUBLIC, "127.0.0.1"), ("127.0.0.1", PUBLIC), ("::1", "127.0.0.1", PUBLIC)])
async def test_of_a_webhook_in_both_worlds_only_the_public_address_is_dialled(answer: Sequence[str]) -> None:
    receiver = answering(204)
    async with web_server(receiver, host=PUBLIC) as port:
        with Canary(port) as canary:
            await client(Staged(), answer).post(f"http://hooks.example:{port}/", body=b"{}", headers={}, timeout_s=5)
            assert not canary.was_connected

    assert len(receiver.calls) == 1


async def test_a_webhook_that_moves_inside_between_two_calls_is_refused() -> None:
    receiver = answering(204)
    async with web_server(receiver, host=PUBLIC) as port:
        with Canary(port) as canary:
            http, url = client(Staged(), (PUBLIC,), ("127.0.0.1",)), f"http://hooks.example:{port}/"
            await http.post(url, body=b"{}", headers={}, timeout_s=5)
            await refused(http, url, canary)

    assert len(receiver.calls) == 1


@pytest.mark.parametrize("status", REDIRECTS)
async def test_a_webhook_follows_no_redirect(canary: Canary, status: int) -> None:
    async with web_server(answering(status, Location=f"http://127.0.0.1:{canary.port}/")) as port:
        error = await refusal(port)

    assert (error.status, error.retryable) == (status, True)
    assert "redirects are not followed" in error.message
    assert not canary.was_connected


@pytest.mark.parametrize("sent", WAITS)
async def test_a_webhook_cannot_make_us_wait_for_ever(sent: str) -> None:
    async with web_server(answering(503, Retry_After=sent)) as port:
        error = await refusal(port)

    assert error.retry_after_s == WAITS[sent]


async def test_of_many_waits_of_a_webhook_the_first_counts() -> None:
    async def busy(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        waits = b"".join(b"Retry-After: %d\r\n" % (7 + n) for n in range(50))
        writer.write(b"HTTP/1.1 429 Busy\r\nContent-Length: 0\r\n" + waits + b"\r\n")
        await writer.drain()

    async with raw_server(busy) as port:
        error = await refusal(port)

    assert error.retry_after_s == 7.0


@pytest.mark.parametrize("host", MAIL_HOSTS)
async def test_a_mail_server_inside_is_refused(canary: Canary, host: str) -> None:
    with pytest.raises(AddressRefused, match=r"is not a public address; if it is meant, list ") as told:
        await dial(host.strip("[]"), canary.port, AddressPolicy())

    assert INSIDE_HOSTS[host] in str(told.value)
    assert not canary.was_connected


async def test_a_listed_place_is_open_to_its_own_purpose_only(canary: Canary) -> None:
    place = f"127.0.0.1:{canary.port}"
    smtp, webhook = AddressPolicy(allow_private=frozenset({place})), AddressPolicy()
    (await dial("127.0.0.1", canary.port, smtp)).close()

    assert canary.was_connected
    await refused(client(webhook), f"http://{place}/", canary)


def test_the_table_has_what_is_inside_and_the_stage_has_not() -> None:
    assert not any(is_public(address) for answer in INSIDE_ANSWERS for address in answer)
    assert issubclass(AddressRefused, FetchError)
    assert len(MAIL_HOSTS) > 20
