"""A real HTTP proxy on loopback for tests: absolute-form and CONNECT, with a login, and with names of its own.

It connects to loopback only, and keeps what it was asked.
"""

from __future__ import annotations

import base64
import re
import select
import socket
import socketserver
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

SILENCE = b"silence"

_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request that came to the proxy."""

    method: str
    #: The absolute address, or ``host:port`` of a CONNECT.
    target: str
    #: Lower-case names.
    headers: Mapping[str, str]


class LocalProxy:
    """A context manager; safe from any thread."""

    def __init__(
        self, *, login: str | None = None, names: Mapping[str, str] | None = None, conduct: bytes | None = None
    ) -> None:
        """Args:
        login: ``user:password`` that everybody must give; None for nobody.
        names: hosts that it knows, with the loopback address of each; literals of loopback are known.
        conduct: what it answers to every request instead of doing it; nothing (``b""``) hangs up,
            ``SILENCE`` answers nothing and waits until it is left.
        """
        self.login = login
        self.names = dict(names or {})
        self.conduct = conduct
        #: Set when somebody who got no answer has gone.
        self.was_left = threading.Event()
        self._asked: list[Asked] = []
        self._open = 0
        self._changed = threading.Condition()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """With the login, if there is one."""
        return f"http://{self.login}@{self.place}" if self.login else f"http://{self.place}"

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Every request so far, those without the right login among them."""
        with self._changed:
            return tuple(self._asked)

    def targets(self) -> list[str]:
        """What it was asked for, as ``METHOD target``."""
        return [f"{one.method} {one.target}" for one in self.asked]

    def note(self, asked: Asked) -> None:
        with self._changed:
            self._asked.append(asked)

    def opened(self, change: int) -> None:
        with self._changed:
            self._open += change
            self._changed.notify_all()

    def wait_until_idle(self) -> None:
        """Until every connection through it has ended, so that a server behind it has been told.

        Raises:
            TimeoutError: not within 10 seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._open == 0, timeout=10):
                raise TimeoutError(f"{self._open} connections through {self.place} are still open")

    def knows(self, asked: Asked) -> bool:
        """Is the login right?"""
        if self.login is None:
            return True
        right = f"Basic {base64.b64encode(self.login.encode()).decode()}"
        return asked.headers.get("proxy-authorization") == right

    def dial(self, host: str, port: int) -> socket.socket:
        """A connection to a server on loopback.

        Raises:
            OSError: there is none, or it is elsewhere.
        """
        address = self.names.get(host, host.strip("[]"))
        if not (address.startswith("127.") or address == "::1"):
            raise OSError(f"{host} is not known here")
        return socket.create_connection((address, port), timeout=10)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, proxy: LocalProxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = proxy

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is none of the proxy's business."""


class _Handler(socketserver.BaseRequestHandler):
    """One connection, with one request."""

    server: _Server
    request: socket.socket

    def setup(self) -> None:
        self.server.proxy.opened(+1)

    def finish(self) -> None:
        self.server.proxy.opened(-1)

    def handle(self) -> None:
        head, rest = self._read_head()
        if not head:
            return
        asked = _parse(head)
        proxy = self.server.proxy
        proxy.note(asked)
        if proxy.conduct == SILENCE:
            with suppress(OSError):
                self.request.recv(1)
            proxy.was_left.set()
        elif proxy.conduct is not None:
            self.request.sendall(proxy.conduct)
        elif not proxy.knows(asked):
            self._answer("407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="test"\r\n')
        else:
            self._serve(proxy, asked, rest)

    def _serve(self, proxy: LocalProxy, asked: Asked, rest: bytes) -> None:
        parts = urlsplit(asked.target if asked.method != "CONNECT" else f"//{asked.target}")
        try:
            server = proxy.dial(parts.hostname or "", parts.port or 80)
        except OSError:
            self._answer("502 Bad Gateway")
            return
        with server:
            if asked.method == "CONNECT":
                self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
                server.sendall(_forwarded(asked, path) + rest)
            _pump(self.request, server)

    def _read_head(self) -> tuple[bytes, bytes]:
        heard = b""
        while _HEAD_END not in heard:
            more = self.request.recv(65_536)
            if not more:
                return b"", b""
            heard += more
        head, _, rest = heard.partition(_HEAD_END)
        return head, rest

    def _answer(self, status: str, headers: str = "") -> None:
        self.request.sendall(f"HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())


def _parse(head: bytes) -> Asked:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    pairs = (line.split(":", 1) for line in lines)
    return Asked(method=method, target=target, headers={name.lower(): value.strip() for name, value in pairs})


def _forwarded(asked: Asked, path: str) -> bytes:
    """The request as the server gets it; the connection ends with the answer."""
    kept = {name: value for name, value in asked.headers.items() if not re.match(r"proxy-|connection$", name)}
    lines = [f"{asked.method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in kept.items())]
    return "\r\n".join([*lines, "connection: close", "", ""]).encode("latin-1")


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until either side ends."""
    with suppress(OSError):
        while True:
            for ready in select.select([one, other], [], [], 30)[0]:
                data = ready.recv(65_536)
                if not data:
                    return
                (other if ready is one else one).sendall(data)
