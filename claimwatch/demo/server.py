"""One HTTP server on loopback, on a port of its own: what every other part of the demo serves with.

Every answer closes its connection, so that stopping the server stops it for everybody at once.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from claimwatch.demo.listener import LOOPBACK, Listener


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a client sent."""

    method: str
    #: With the query, as sent.
    path: str
    #: Lower-case names; of repeated headers the last.
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    #: Seconds on the monotonic clock when it had been read.
    at: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the server answers."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    #: Seconds to wait before the first byte.
    delay_s: float = 0.0
    #: Announce the whole body, send only so many bytes of it and hang up; None sends all.
    cut_after: int | None = None


Responder = Callable[[Request], Reply]


class LocalServer(Listener):
    """Serves what ``respond`` returns, each request in a thread of its own; safe from any thread."""

    def __init__(self, respond: Responder, *, port: int = 0) -> None:
        """Args:
        respond: called in the request's thread, several at once.
        port: 0 lets the system choose one at the first start.
        """
        super().__init__(port=port)
        self._respond = respond
        self._requests: list[Request] = []
        self._closing = threading.Event()
        self._server: _Server | None = None

    @property
    def base_url(self) -> str:
        """``http://host:port``, without a slash at its end."""
        return f"http://{self.address}"

    def start(self) -> None:
        """Listen; does nothing when it already does."""
        if self._server is not None:
            return
        self._closing.clear()
        self._server = _Server((LOOPBACK, self._port), self._handler())
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name=f"http-{self._port}"
        )
        self._thread.start()

    def stop(self) -> None:
        """Refuse connections from now on; replies that are being delayed go out at once."""
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        self._closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
        self._server = self._thread = None

    def requests(self, path: str | None = None) -> tuple[Request, ...]:
        """Every request so far, oldest first; of one path only, if given."""
        with self._changed:
            return tuple(one for one in self._requests if path is None or one.path == path)

    def wait_for(self, path: str, *, times: int = 1, timeout_s: float = 30.0) -> bool:
        """Wait until a path was asked for so many times; False when it was not in time."""
        with self._changed:
            return self._changed.wait_for(
                lambda: sum(one.path == path for one in self._requests) >= times, timeout=timeout_s
            )

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than the server lives."""
        self._closing.wait(seconds)

    def _answer(self, request: Request) -> Reply:
        with self._changed:
            self._requests.append(request)
            self._changed.notify_all()
        return self._respond(request)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(_Handler):
            server_answer = staticmethod(outer._answer)
            server_pause = staticmethod(outer.pause)

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # joined at the end, so that no request outlives the server
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no error of ours."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    """Reads one request, writes one reply."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    server_answer: Callable[[Request], Reply]
    server_pause: Callable[[float], None]

    def do_GET(self) -> None:
        """Answer a GET."""
        self._serve()

    def do_HEAD(self) -> None:
        """Answer a HEAD."""
        self._serve()

    def do_POST(self) -> None:
        """Answer a POST."""
        self._serve()

    def version_string(self) -> str:
        """The Server header."""
        return "claimwatch-demo"

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: requests are kept, not printed."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            method=self.command,
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length) if length else b"",
            at=time.monotonic(),
        )
        reply = self.server_answer(request)
        if reply.delay_s:
            self.server_pause(reply.delay_s)
        self._write(reply, with_body=self.command != "HEAD")

    def _write(self, reply: Reply, *, with_body: bool) -> None:
        self.close_connection = True
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 304:  # RFC 9110: the length would be that of the page that is not sent
            self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if with_body and reply.status != 304:
            self.wfile.write(reply.body[: reply.cut_after])
