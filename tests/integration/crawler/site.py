"""A small web server on loopback whose pages are functions; knows how to misbehave."""

from __future__ import annotations

import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = tuple[int, Mapping[str, str], bytes]
Page = Callable[["Visit"], Answer | None]


class Visit(BaseHTTPRequestHandler):
    """One request; pages see path and headers, and may write to the socket themselves."""

    protocol_version = "HTTP/1.1"
    server: SiteServer

    def do_GET(self) -> None:
        path = self.path.split("?", 1)[0]
        self.server.visits[path] += 1
        self.server.arrivals.append((path, time.monotonic()))
        self.server.last_headers = {name.lower(): value for name, value in self.headers.items()}
        page = self.server.pages.get(path)
        answer = page(self) if page else (404, {}, b"no such page")
        if answer is None:
            self.close_connection = True
            return
        status, headers, body = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class SiteServer(ThreadingHTTPServer):
    """Keeps the pages, and counts the visits of each path."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int = 0) -> None:
        super().__init__((host, port), Visit)
        self.host = host
        self.scheme = "http"
        self.pages: dict[str, Page] = {}
        self.visits: Counter[str] = Counter()
        #: Path and monotonic seconds of every request.
        self.arrivals: list[tuple[str, float]] = []
        self.last_headers: dict[str, str] = {}
        #: Set when the test ends; slow pages wait for it.
        self.over = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"

    def url(self, path: str) -> str:
        return f"{self.scheme}://{self.place}{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is none of the server's business."""


def text(body: str, status: int = 200, **headers: str) -> Page:
    """A page that always says the same; ``retry_after="5"`` becomes a Retry-After header."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return lambda _visit: (status, {"Content-Type": "text/plain; charset=utf-8", **named}, body.encode())


@contextmanager
def serving(host: str = "127.0.0.2", context: ssl.SSLContext | None = None, port: int = 0) -> Iterator[SiteServer]:
    """A running server; 127.0.0.2 plays a host on the internet."""
    server = SiteServer(host, port)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.scheme = "https"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
