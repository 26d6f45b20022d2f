"""The one guarded way out by HTTP, for everything that calls out and is not a crawl.

The address policy is asked for the very socket that is about to be connected, whatever the URL looks
like: a literal, an odd notation or a name that resolves differently each time. Redirects are never
followed, proxies from the environment are not used, certificates are always checked, and of an
answer at most 64 kB are read. Each request has a connection of its own, so that none that was
allowed for one host is used again for another.

Where the policy names a proxy, the proxy connects: what is written as a number is refused before it is
asked, and where it fails nothing is sent without it.
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

from alerts.transports.dial import reason
from domain.errors import AddressRefused, Unreachable
from domain.hosts import Destination, destination_of, not_public
from domain.net import AddressPolicy
from domain.proxy import Proxy

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
        target = _target(url, self._policy)
        guard = _Guard(self._policy, target)
        deadline = asyncio.get_running_loop().time() + timeout_s
        async with self._session(guard) as session:
            options = _proxy_options(guard.proxy, target, headers)
            response = await _ask(
                guard, session.post(_written(url, target), data=body, allow_redirects=False, **options), deadline
            )
            async with response:
                if response.status == 407 and guard.proxy is not None:
                    raise Unreachable(target.place, _proxy_words(guard.proxy, 407))
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

    def __init__(self, policy: AddressPolicy, target: Destination) -> None:
        self._policy = policy
        self.target = target
        self.proxy = policy.proxy_for(target)
        self.refused: set[str] = set()
        self.dialled = False

    def socket(self, info: tuple[Any, ...]) -> socket.socket:
        """The socket for one address; an OSError, so that the next address is tried, if it is forbidden.

        With a proxy every address is the proxy's own, which the configuration allows by naming it.
        """
        family, kind, protocol, _, address = info
        if self.proxy is None and not self._policy.allows(self.target.host, self.target.port, address[0]):
            self.refused.add(address[0])
            raise OSError(f"{address[0]} is not allowed")
        self.dialled = True
        return socket.socket(family, kind, protocol)


def _target(url: str, policy: AddressPolicy) -> Destination:
    """Where the address leads, unless the policy forbids it as it is written.

    Raises:
        AddressRefused: it does, or it is no address of the web; of the address no more is told than its place.
    """
    try:
        target = destination_of(url)
    except ValueError as error:
        raise AddressRefused("the address", str(error)) from error
    complaint = policy.complaint(target)
    if complaint is not None:
        raise AddressRefused(target.place, complaint)
    return target


def _written(url: str, target: Destination) -> URL:
    """The address as aiohttp wants it.

    Raises:
        AddressRefused: it cannot be read there.
    """
    try:
        return URL(url)
    except ValueError as error:
        raise AddressRefused(target.place, "it is not written as an address that can be checked") from error


def _proxy_options(proxy: Proxy | None, target: Destination, headers: Mapping[str, str]) -> dict[str, Any]:
    """What a request needs to go through the proxy; the password goes to the proxy, never through a tunnel."""
    if proxy is None:
        return {"headers": headers}
    ours = {"Proxy-Authorization": proxy.authorization} if proxy.authorization is not None else {}
    if target.scheme == "http":
        return {"headers": {**headers, **ours}, "proxy": proxy.url}
    return {"headers": headers, "proxy": proxy.url, "proxy_headers": ours}


async def _ask(guard: _Guard, asking: Awaitable[aiohttp.ClientResponse], deadline: float) -> aiohttp.ClientResponse:
    """Wait for status and headers until the deadline; what goes wrong comes out as one of our errors."""
    try:
        async with asyncio.timeout_at(deadline):
            return await asking
    except (aiohttp.ClientError, OSError, UnicodeError) as error:
        place = guard.target.place
        if guard.refused and not guard.dialled:
            raise AddressRefused(place, not_public(place, sorted(guard.refused))) from error
        if isinstance(error, aiohttp.InvalidURL):
            raise AddressRefused(place, "it is not written as an address that can be checked") from error
        raise Unreachable(place, _words(error, guard.proxy)) from error


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


def _words(error: Exception, proxy: Proxy | None) -> str:
    """What went wrong, without the URL, which may hold a secret."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"its certificate is not valid: {reason(error.certificate_error)}"
    if proxy is not None and isinstance(error, aiohttp.ClientHttpProxyError):
        return _proxy_words(proxy, error.status)
    by_proxy = "" if proxy is None else f" through the proxy {proxy.place}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection{by_proxy}: {reason(error.os_error)}"
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError):
        return f"the connection{by_proxy} was lost before an answer came"
    return f"no usable answer{by_proxy} ({type(error).__name__})"


def _proxy_words(proxy: Proxy, status: int) -> str:
    """What the proxy said instead of letting us through."""
    if status == 407:
        return f"the proxy {proxy.place} does not accept our user name and password (407)"
    return f"the proxy {proxy.place} does not let us through ({status})"
