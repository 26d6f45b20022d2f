"""Enforces the address policy where it counts: on the numeric address, at the moment of connecting.

The reactor asks its name resolver before every connect, for names and for literals in any
notation (``0x7f.1``, ``2130706433``, ``[::ffff:127.0.0.1]``), and dials exactly what the resolver
answers; so a resolver that withholds forbidden addresses cannot be passed, by a redirect or by a
name that changes its address between two questions.

Whoever has the settings of ``crawler.settings`` has the guard, a user's own spiders too: the middleware
that is named there installs it. One policy holds in a process: the reactor has one resolver.

Where the site has a proxy, it is the proxy that looks names up and connects; what is written as a number
is refused before it is asked. The proxy's own place is dialled, and is no target.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from scrapy.http import Response
from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from crawler.settings import policy_from
from domain.errors import AddressRefused
from domain.hosts import ascii_host, destination_of, not_public
from domain.net import AddressPolicy

#: Refusals remembered, to tell "forbidden" from "no such name".
MAX_REFUSALS = 1024


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
        if self._guard.passes(self._host, self._port, str(address.host)):
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

    def passes(self, host: str, port: int, address: str) -> bool:
        """May this address be dialled: because the policy allows it, or because it is the proxy's?"""
        proxy = self.policy.proxy
        return self.policy.allows(host, port, address) or (proxy is not None and proxy.is_at(host, port))

    def remember(self, host: str, port: int, address: str | None) -> None:
        """The last answer for this host: the address that was refused, None when one was allowed or none came."""
        place = ascii_host(host), port
        self._refusals.pop(place, None)
        if address is not None:
            self._refusals[place] = address
            while len(self._refusals) > MAX_REFUSALS:
                self._refusals.popitem(last=False)

    def refused(self, host: str, port: int) -> str | None:
        """An address to which this host resolved and that was refused, if that is why it cannot be reached."""
        return self._refusals.get((ascii_host(host), port))


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
    """Refuses what can be refused before a look-up, and says of a name without allowed addresses why it has none."""

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AddressMiddleware:
        policy = policy_from(crawler.settings)
        install_guard(policy)
        return cls(policy)

    def process_request(self, request: Request) -> None:
        """Refuse what is no address of the web, and what the policy forbids as it is written.

        Raises:
            IgnoreRequest: refused; an AddressRefused is its cause.
        """
        complaint = complaint_about(request.url, self._policy)
        if complaint is not None:
            raise IgnoreRequest(complaint) from AddressRefused(request.url, complaint)

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Turn a failed look-up into a refusal where the guard withheld the addresses.

        Raises:
            IgnoreRequest: refused; an AddressRefused is its cause.
        """
        if not isinstance(exception, CannotResolveHostError):
            return
        guard, target = _reactor().nameResolver, destination_of(request.url)
        address = guard.refused(target.host, target.port) if isinstance(guard, GuardedResolver) else None
        if address is not None:
            message = not_public(target.place, [address])
            raise IgnoreRequest(message) from AddressRefused(request.url, message)


def complaint_about(url: str, policy: AddressPolicy) -> str | None:
    """Why an address is refused before any look-up; None where it is not."""
    try:
        return policy.complaint(destination_of(url))
    except ValueError as error:
        return str(error)


class PlainRedirects(RedirectMiddleware):
    """Scrapy's redirects without a Referer header and without a warning that there is none."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PlainRedirects:
        middleware = cls(crawler.settings)
        middleware.crawler = crawler
        return middleware

    def handle_referer(self, request: Request, response: Response) -> None:  # noqa: ARG002 - Scrapy's signature
        request.headers.pop("Referer", None)
