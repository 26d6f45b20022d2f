"""A tunnel through an HTTP proxy: CONNECT, then TLS with the server behind it.

Scrapy's own keeps the connection open when the proxy refuses, waits for the time-out when it hangs up,
and reads without limit while no answer comes.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure
from zope.interface import implementer

#: Bytes of an answer to CONNECT, headers and all.
MAX_ANSWER = 16_384

_END = b"\r\n\r\n"
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: |\r)")


class TunnelRefused(Exception):
    """The proxy opened no tunnel; the message continues a sentence that begins with the proxy's name."""


@implementer(IStreamClientEndpoint)
class Tunnel:
    """An endpoint whose connection goes through the proxy and is under TLS with the server.

    Args:
        dial: the endpoint of the proxy.
        host: the server.
        port: the server's.
        tls: makes the TLS connection with the server.
        authorization: value of the Proxy-Authorization header, None for none.
    """

    def __init__(self, dial: Any, host: bytes, port: int, tls: Any, authorization: str | None) -> None:
        self._dial = dial
        self._place = b"[%b]:%d" % (host, port) if b":" in host else b"%b:%d" % (host, port)
        self._tls = tls
        self._authorization = authorization

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[Any]:  # noqa: N803 - Twisted's name
        """The server's protocol once the proxy said yes; TLS begins then.

        Fails with TunnelRefused, or with what dialling the proxy raised.
        """
        tls_factory = TLSMemoryBIOFactory(self._tls, True, protocolFactory)  # noqa: FBT003 - Twisted's signature
        asking = Factory.forProtocol(partial(_Asking, self._request(), tls_factory))
        asking.noisy = False
        answer: Deferred[Any] = self._dial.connect(asking)
        return answer.addCallback(lambda protocol: protocol.opened)

    def _request(self) -> bytes:
        lines = [b"CONNECT %b HTTP/1.1" % self._place, b"Host: %b" % self._place]
        if self._authorization is not None:
            lines.append(b"Proxy-Authorization: %b" % self._authorization.encode("ascii"))
        return b"\r\n".join(lines) + _END


class _Asking(Protocol):
    """Speaks with the proxy until it opens the tunnel, then hands the connection over."""

    def __init__(self, request: bytes, tls_factory: TLSMemoryBIOFactory) -> None:
        self._request = request
        self._tls_factory = tls_factory
        self._heard = b""
        #: Fires with the server's protocol, or fails with TunnelRefused; cancelling hangs up.
        self.opened: Deferred[Any] = Deferred(lambda _: self._hang_up())

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Ask."""
        transport: Any = self.transport
        transport.write(self._request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Read the answer; what follows a yes is the server's."""
        self._heard += data
        head, end, rest = self._heard.partition(_END)
        if end:
            self._judge(head + b"\r", rest)
        elif len(self._heard) > MAX_ANSWER:
            self._refuse("gave no usable answer to CONNECT")

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802, ARG002 - Twisted's signature
        """It hung up before it answered."""
        self._refuse("hung up without an answer to CONNECT")

    def _judge(self, head: bytes, rest: bytes) -> None:
        status = _STATUS.match(head)
        if status is None:
            self._refuse("gave no usable answer to CONNECT")
        elif status[1].startswith(b"2"):
            self._open(rest)
        else:
            self._refuse(_words(int(status[1])))

    def _open(self, rest: bytes) -> None:
        transport: Any = self.transport
        protocol: Any = self._tls_factory.buildProtocol(transport.getPeer())
        transport.protocol = protocol
        protocol.makeConnection(transport)
        if rest:
            protocol.dataReceived(rest)
        self.opened.callback(protocol.wrappedProtocol)

    def _refuse(self, message: str) -> None:
        if not self.opened.called:
            self.opened.errback(TunnelRefused(message))
        self._hang_up()

    def _hang_up(self) -> None:
        transport: Any = self.transport
        transport.abortConnection()


def _words(status: int) -> str:
    if status == 407:
        return "does not accept our user name and password (407)"
    if status in (502, 503, 504):
        return f"cannot reach the server ({status})"
    return f"does not let us through to this server ({status})"
