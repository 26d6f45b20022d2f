"""Enforces the address policy where it counts: on the numeric address, at the moment of connecting.

The reactor asks its name resolver before every connect, for names and for literals in any
notation (``0x7f.1``, ``2130706433``, ``[::ffff:127.0.0.1]``), and dials exactly what the resolver
answers; so a resolver that withholds forbidden addresses cannot be passed, by a redirect or by a
name that changes its address between two questions.

One policy holds in a process: the reactor has one resolver.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from scrapy.http import Response
from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from domain.errors import AddressRefused
from domain.net import AddressPolicy

#: Refusals remembered, to tell "forbidden" from "no such name".
MAX_REFUSALS = 1024

SCHEMES = ("http", "https")


@implementer(IResolutionReceiver)
class _Sieve:
    """Passes on the addresses that the policy allows, and counts the others."""

    def __init__(self, receiver: Any, guard: GuardedResolver, host: str, port: int) -> None:
        self._receiver = receiver
        self._guard = guard
        self._host = host
        self._port = port
        self._allowed = False
        self._refused: str | None = None

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802 - Twisted's name
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802 - Twisted's name
        if self._guard.policy.allows(self._host, self._port, str(address.host)):
            self._allowed = True
            self._receiver.addressResolved(address)
        else:
            self._refused = str(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802 - Twisted's name
        self._guard.remember(self._host, self._port, None if self._allowed else self._refused)
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class GuardedResolver:
    """A name resolver that withholds forbidden addresses."""

    def __init__(self, inner: Any, policy: AddressPolicy) -> None:
        self.inner = inner
        self.policy = policy
        self._refusals: OrderedDict[tuple[str, int], str] = OrderedDict()

    def resolveHostName(  # noqa: N802 - Twisted's name
        self,
        resolutionReceiver: IResolutionReceiver,  # noqa: N803 - Twisted's names
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[Any] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> IHostResolution:
        sieve = _Sieve(resolutionReceiver, self, hostName, portNumber)
        answer: IHostResolution = self.inner.resolveHostName(
            sieve, hostName, portNumber, addressTypes, transportSemantics
        )
        return answer

    def remember(self, host: str, port: int, address: str | None) -> None:
        """The last answer for this host: the address that was refused, None when one was allowed or none came."""
        self._refusals.pop((host.lower(), port), None)
        if address is not None:
            self._refusals[host.lower(), port] = address
            while len(self._refusals) > MAX_REFUSALS:
                self._refusals.popitem(last=False)

    def refused(self, host: str, port: int) -> str | None:
        """An address to which this host resolved and that was refused, if that is why it cannot be reached."""
        return self._refusals.get((host.lower(), port))


def install_guard(policy: AddressPolicy) -> GuardedResolver:
    """Put the policy between the reactor and its resolver; replaces an earlier policy."""
    reactor = _reactor()
    current = reactor.nameResolver
    inner = current.inner if isinstance(current, GuardedResolver) else current
    guard = GuardedResolver(inner, policy)
    reactor.installNameResolver(guard)
    return guard


def _reactor() -> Any:
    """Twisted's reactor; imported late, for the import installs a default one."""
    from twisted.internet import reactor  # noqa: PLC0415 - see above

    return reactor


class AddressMiddleware:
    """Refuses other schemes than http(s), and says of a name without allowed addresses why it has none."""

    @classmethod
    def from_crawler(cls, _crawler: Crawler) -> AddressMiddleware:
        return cls()

    def process_request(self, request: Request) -> None:
        """Refuse a scheme or an address without a host.

        Raises:
            IgnoreRequest: refused; an AddressRefused is its cause.
        """
        complaint = scheme_complaint(request.url)
        if complaint is not None:
            raise IgnoreRequest(complaint) from AddressRefused(request.url, complaint)

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Turn a failed look-up into a refusal where the guard withheld the addresses.

        Raises:
            IgnoreRequest: refused; an AddressRefused is its cause.
        """
        if not isinstance(exception, CannotResolveHostError):
            return
        guard = _reactor().nameResolver
        parts = urlsplit(request.url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        address = guard.refused(host, port) if isinstance(guard, GuardedResolver) else None
        if address is not None:
            message = f"{host} leads to {address}, which is not a public address"
            raise IgnoreRequest(message) from AddressRefused(request.url, message)


def scheme_complaint(url: str) -> str | None:
    """What is wrong with the address before any connect; None where nothing is."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "this is not an address"
    if parts.scheme.lower() not in SCHEMES:
        return "only http and https addresses are fetched"
    return None if parts.hostname else "the address names no host"


class PlainRedirects(RedirectMiddleware):
    """Scrapy's redirects without a Referer header and without a warning that there is none."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PlainRedirects:
        middleware = cls(crawler.settings)
        middleware.crawler = crawler
        return middleware

    def handle_referer(self, request: Request, response: Response) -> None:  # noqa: ARG002 - Scrapy's signature
        request.headers.pop("Referer", None)
