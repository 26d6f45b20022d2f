"""How the engine connects: through the site's proxy where it has one, trusting the site's authorities too.

The proxy is the setting's and nobody else's: neither the environment nor a spider chooses one, and where
it fails nothing is connected without it. Its password goes to the proxy alone: it is in no request of
Scrapy's, in no log and in no error.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography import x509
from OpenSSL import crypto
from scrapy import Request
from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler, _ScrapyAgent
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet import error as txerror
from twisted.internet._sslverify import IOpenSSLTrustRoot
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.ssl import optionsForClientTLS
from twisted.web.client import URI, Agent, ProxyAgent
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IAgentEndpointFactory
from zope.interface import implementer

from crawler.settings import CA_FILE_SETTING, policy_from
from crawler.tunnel import Tunnel, TunnelRefused
from domain.errors import Unreachable, UsageError
from domain.hosts import destination_of
from domain.proxy import Proxy

#: Seconds to connect to the proxy for a plain http request; the request's own limit holds besides.
_CONNECT_S = 10.0


class SiteHandler(HTTP11DownloadHandler):
    """Downloads as the site's network wants it."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._policy = policy_from(crawler.settings)
        self._ways = ProxiedWays(self._policy.proxy) if self._policy.proxy is not None else None
        ca_file = crawler.settings.get(CA_FILE_SETTING)
        if ca_file:
            self._contextFactory = OwnAuthorities.of(crawler, ca_file)

    async def download_request(self, request: Request) -> Response:
        """One transfer, without redirects.

        Raises:
            Unreachable: it is the proxy that failed; other failures are Scrapy's and Twisted's.
        """
        request.meta.pop("proxy", None)  # Scrapy would follow it past the address policy
        proxy = self._policy.proxy_for(destination_of(request.url))
        if proxy is None or self._ways is None:
            return await super().download_request(request)
        with _proxy_failures(request.url, proxy):
            response = await self._through(self._ways, request)
        _check_answer(request.url, proxy, response)
        return response

    async def _through(self, ways: ProxiedWays, request: Request) -> Response:
        agent = _ProxiedDownload(
            ways=ways,
            contextFactory=self._contextFactory,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
            tls_verbose_logging=False,
        )
        with wrap_twisted_exceptions():
            return await maybe_deferred_to_future(agent.download_request(request))


class ProxiedWays:
    """Makes agents that reach http addresses by asking the proxy, and https addresses by a tunnel through it."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._endpoint = HostnameEndpoint(_reactor(), proxy.host, proxy.port, _CONNECT_S)

    def plain(self, pool: Any) -> Any:
        """For http: the whole address goes to the proxy; one endpoint, so that its connections are used again."""
        make: Any = ProxyAgent
        return _AuthorizedAgent(make(self._endpoint, _reactor(), pool), self._proxy.authorization)

    def tunnelled(self, pool: Any, trust: Any, timeout_s: float) -> Any:
        """For https: CONNECT, then TLS with the server itself."""
        make: Any = Agent.usingEndpointFactory
        return make(_reactor(), _Tunnels(self._proxy, trust, timeout_s), pool)


class _ProxiedDownload(_ScrapyAgent):
    """Scrapy's limits and time-outs over our agents."""

    def __init__(self, *, ways: ProxiedWays, **rest: Any) -> None:
        super().__init__(**rest)
        self._ways = ways

    def _get_agent(self, request: Request, timeout: float) -> Any:
        if destination_of(request.url).scheme == "http":
            return self._ways.plain(self._pool)
        return self._ways.tunnelled(self._pool, self._contextFactory, timeout)


@implementer(IAgent)
class _AuthorizedAgent:
    """Says to the proxy who we are."""

    def __init__(self, inner: Any, authorization: str | None) -> None:
        self._inner = inner
        self._authorization = authorization

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: Any = None,  # noqa: N803 - Twisted's name
    ) -> Deferred[Any]:
        headers = Headers() if headers is None else headers.copy()
        headers.removeHeader(b"Proxy-Authorization")
        if self._authorization is not None:
            headers.setRawHeaders(b"Proxy-Authorization", [self._authorization.encode("ascii")])
        answer: Deferred[Any] = self._inner.request(method, uri, headers, bodyProducer)
        return answer


@implementer(IAgentEndpointFactory)
class _Tunnels:
    """Makes the tunnel to each server."""

    def __init__(self, proxy: Proxy, trust: Any, timeout_s: float) -> None:
        self._proxy = proxy
        self._trust = trust
        self._timeout_s = timeout_s

    def endpointForURI(self, uri: URI) -> Tunnel:  # noqa: N802 - Twisted's name
        dial = HostnameEndpoint(_reactor(), self._proxy.host, self._proxy.port, self._timeout_s)
        tls = self._trust.creatorForNetloc(uri.host, uri.port)
        return Tunnel(dial, uri.host, uri.port, tls, self._proxy.authorization)


class OwnAuthorities(_ScrapyClientContextFactory):
    """Scrapy's TLS with our authorities beside the system's; certificates are always checked."""

    roots: TrustRoots

    @classmethod
    def of(cls, crawler: Crawler, ca_file: str) -> Any:
        """Scrapy's own with the certificates of a PEM file.

        Raises:
            UsageError: see ``read_authorities``.
        """
        factory = cls.from_crawler(crawler)
        factory.roots = TrustRoots(read_authorities(ca_file))
        return factory

    def creatorForNetloc(self, hostname: bytes, _port: int) -> Any:  # noqa: N802 - Twisted's name
        roots: Any = self.roots
        return optionsForClientTLS(
            hostname=hostname.decode("ascii"),
            trustRoot=roots,
            extraCertificateOptions=self._get_cert_options_kwargs(),
        )


@implementer(IOpenSSLTrustRoot)
class TrustRoots:
    """The system's authorities and some more."""

    def __init__(self, authorities: tuple[crypto.X509, ...]) -> None:
        self._authorities = authorities

    def _addCACertsToContext(self, context: Any) -> None:  # noqa: N802 - Twisted's name
        context.set_default_verify_paths()
        for authority in self._authorities:
            context.get_cert_store().add_cert(authority)


def read_authorities(ca_file: str) -> tuple[crypto.X509, ...]:
    """The certificates of a PEM file.

    Raises:
        UsageError: it cannot be read or holds no certificate.
    """
    try:
        found = x509.load_pem_x509_certificates(Path(ca_file).read_bytes())
    except OSError as error:
        raise UsageError(f"the ca_file {ca_file} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise UsageError(f"the ca_file {ca_file} holds no certificate in PEM form") from error
    return tuple(crypto.X509.from_cryptography(one) for one in found)


@contextmanager
def _proxy_failures(url: str, proxy: Proxy) -> Iterator[None]:
    """Say of failures that are the proxy's that they are; a time-out keeps its meaning for robots.txt."""
    try:
        yield
    except TunnelRefused as error:
        raise Unreachable(url, f"the proxy {proxy.place} {error}") from error
    except CannotResolveHostError as error:
        raise Unreachable(url, f"the proxy {proxy.place}: no host of this name was found") from error
    except (DownloadConnectionRefusedError, txerror.ConnectionRefusedError) as error:
        raise Unreachable(url, f"the proxy {proxy.place} refused the connection") from error
    except txerror.ConnectError as error:
        raise Unreachable(url, f"the proxy {proxy.place} cannot be connected") from error
    except (DownloadFailedError, ResponseDataLossError) as error:
        if isinstance(error, ResponseDataLossError) or destination_of(url).scheme == "https":
            raise  # through a tunnel it is the server who failed
        raise Unreachable(url, f"the proxy {proxy.place} gave no usable answer") from error


def _check_answer(url: str, proxy: Proxy, response: Response) -> None:
    """Tell the proxy's own refusals from the server's answers, as far as a status tells.

    Raises:
        Unreachable: the proxy did not reach the server, or does not know us.
    """
    if destination_of(url).scheme == "https":
        return
    if response.status == 407:
        raise Unreachable(url, f"the proxy {proxy.place} does not accept our user name and password (407)")
    if response.status in (502, 504):
        raise Unreachable(url, f"the proxy {proxy.place} got no answer from the server ({response.status})")


def _reactor() -> Any:
    """Twisted's reactor; imported late, for the import installs a default one."""
    from twisted.internet import reactor  # noqa: PLC0415 - see above

    return reactor
