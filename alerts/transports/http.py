"""The one guarded way out by HTTP, for everything that calls out and is not a crawl.

The address policy is asked for the very socket that is about to be connected, whatever the URL looks
like: a literal, an odd notation or a name that resolves differently each time. Redirects are never
followed, proxies from the environment are not used, certificates are always checked, and of an
answer at most 64 kB are read. Each request has a connection of its own, so that none that was
allowed for one host is used again for another.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from alerts.transports.dial import reason, refusal
from domain.errors import AddressRefused, Unreachable
from domain.net import AddressPolicy

#: Bytes of an answer that are read.
MAX_ANSWER = 65_536


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server answered."""

    status: int
    #: Lower-case names; of repeated headers the first.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: At most 64 kB, as sent; cut short when the server broke off or time ran out.
    body: bytes = b""


class GuardedHttp:
    """Sends requests where the policy allows; usable from any one event loop.

    Args:
        policy: what may be connected to.
        tls: whom to trust.
        user_agent: how we introduce ourselves.
        resolver: who resolves names; the system by default.
    """

    def __init__(
        self,
        *,
        policy: AddressPolicy,
        tls: ssl.SSLContext,
        user_agent: str,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._policy = policy
        self._tls = tls
        self._user_agent = user_agent
        self._resolver = resolver

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str], timeout_s: float) -> Answer:
        """POST once.

        Args:
            url: http or https.
            headers: beside User-Agent and what HTTP itself needs.
            timeout_s: seconds for everything, from the name's look-up to the answer's end.

        Returns:
            Whatever was answered, redirects too: a status is an answer, even when its body is never finished.

        Raises:
            AddressRefused: the policy forbids the address, or it is not http or https.
            Unreachable: no answer. Neither message holds more of the URL than host and port.
        """
        target = _target(url)
        guard = _Guard(self._policy, target)
        deadline = asyncio.get_running_loop().time() + timeout_s
        async with self._session(guard) as session:
            response = await _ask(
                guard, session.post(target, data=body, headers=headers, allow_redirects=False), deadline
            )
            async with response:
                return Answer(status=response.status, headers=_headers(response), body=await _read(response, deadline))

    def _session(self, guard: _Guard) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=self._connector(guard),
            timeout=aiohttp.ClientTimeout(total=None),  # ours counts the look-up and the waiting too
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            headers={"User-Agent": self._user_agent, "Accept-Encoding": "identity"},
        )

    def _connector(self, guard: _Guard) -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(
            ssl=self._tls,
            use_dns_cache=False,
            force_close=True,
            socket_factory=guard.socket,
            resolver=self._resolver or aiohttp.ThreadedResolver(),
        )


class _Guard:
    """Makes the sockets of one request, and none to an address that the policy forbids."""

    def __init__(self, policy: AddressPolicy, target: URL) -> None:
        self._policy = policy
        self.host, self.port = target.host or "", target.port or 0
        self.refused: set[str] = set()
        self.dialled = False

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"

    def socket(self, info: tuple[Any, ...]) -> socket.socket:
        """The socket for one address; an OSError, so that the next address is tried, if it is forbidden."""
        family, kind, protocol, _, address = info
        if not self._policy.allows(self.host, self.port, address[0]):
            self.refused.add(address[0])
            raise OSError(f"{address[0]} is not allowed")
        self.dialled = True
        return socket.socket(family, kind, protocol)


def _target(url: str) -> URL:
    try:
        target = URL(url)
        usable = target.scheme in ("http", "https") and bool(target.host) and bool(target.port)
    except ValueError:
        usable = False
    if not usable:
        raise AddressRefused("the address", "it is not an http or https address")
    return target


async def _ask(guard: _Guard, asking: Awaitable[aiohttp.ClientResponse], deadline: float) -> aiohttp.ClientResponse:
    """Wait for status and headers until the deadline; what goes wrong comes out as one of our errors."""
    try:
        async with asyncio.timeout_at(deadline):
            return await asking
    except (aiohttp.ClientError, OSError, UnicodeError) as error:
        if guard.refused and not guard.dialled:
            raise refusal(guard.place, sorted(guard.refused)) from error
        if isinstance(error, aiohttp.InvalidURL):
            raise AddressRefused(guard.place, "it is not written as an address that can be checked") from error
        raise Unreachable(guard.place, _words(error)) from error


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        headers.setdefault(name.lower(), value)
    return headers


async def _read(response: aiohttp.ClientResponse, deadline: float) -> bytes:
    """The first 64 kB until the deadline; trouble after the status is no trouble, for the answer has been given."""
    body = bytearray()
    with contextlib.suppress(aiohttp.ClientError, OSError):
        async with asyncio.timeout_at(deadline):
            while len(body) < MAX_ANSWER and (chunk := await response.content.read(MAX_ANSWER - len(body))):
                body += chunk
    return bytes(body)


def _words(error: Exception) -> str:
    """What went wrong, without the URL, which may hold a secret."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"its certificate is not valid: {reason(error.certificate_error)}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection: {reason(error.os_error)}"
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError):
        return "the connection was lost before an answer came"
    return f"no usable answer ({type(error).__name__})"
