"""HostileSite: a raw server on loopback whose answers are made to hurt whoever reads them.

An ``Attack`` writes an answer byte by byte: bombs, drips, bodies and headers without end, lengths
that lie. Every answer that has a head names the same validators (``BAD_ETAG``): who sends them back
has taken the bad body for a good one.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import socket
import socketserver
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import brotli

from claimwatch.demo.listener import LOOPBACK, Listener
from claimwatch.demo.settings import OutletPlan

BAD_ETAG = '"bad"'
#: What each bomb inflates to, in bytes.
BOMB_BYTES = 512 * 1024**2

_MIB = 1024**2
_REQUEST_BYTES = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request, as far as anybody wants to know."""

    path: str
    #: If-None-Match, empty where there was none.
    validator: str
    #: Seconds on the monotonic clock.
    at: float


class Wire:
    """A connection whose request was read; ``send`` raises OSError once the other side has had enough."""

    def __init__(self, connection: socket.socket, over: threading.Event) -> None:
        self._connection = connection
        self._over = over

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self._connection.sendall(data)

    def pause(self, seconds: float) -> bool:
        """Wait; False when the site is being closed."""
        return not self._over.wait(seconds)

    def reset(self) -> None:
        """Hang up by RST, as a crashed server's kernel does."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()


Attack = Callable[[Wire], None]


class HostileSite(Listener):
    """A site on a port of its own; answers each path as told and everything else by 404."""

    def __init__(self, outlet: str) -> None:
        super().__init__()
        self.outlet = outlet
        self._answers: dict[str, Attack] = {}
        self._asked: list[Asked] = []
        self._over = threading.Event()
        self._server: _Server | None = None

    @property
    def base_url(self) -> str:
        """``http://host:port``, without a slash at its end."""
        return f"http://{self.address}"

    def plan(self) -> OutletPlan:
        """The outlet as a configuration names it, with one feed."""
        name = self.outlet.replace("-", " ").title()
        url = f"{self.base_url}/feed.xml"
        return OutletPlan(id=self.outlet, name=name, country="KZ", language="en", address=self.address, feed_url=url)

    def put(self, path: str, attack: Attack) -> None:
        """Answer a path so, from the next request on."""
        with self._changed:
            self._answers[path] = attack

    def asked(self, path: str | None = None) -> tuple[Asked, ...]:
        """Every request so far, oldest first; of one path only, if given."""
        with self._changed:
            return tuple(one for one in self._asked if path is None or one.path == path)

    def start(self) -> None:
        """Listen."""
        self._server = _Server((LOOPBACK, self._port), functools.partial(_Handler, serve=self._serve))
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def stop(self) -> None:
        """End every answer, and listen no more."""
        if self._server is None or self._thread is None:
            return
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = self._thread = None

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(10.0)
        with contextlib.suppress(OSError):
            head = _request_head(connection)
            path = head.partition(b" ")[2].partition(b" ")[0].decode("latin-1")
            with self._changed:
                self._asked.append(Asked(path=path, validator=_validator(head), at=time.monotonic()))
                attack = self._answers.get(path)
                self._changed.notify_all()
            (attack or answer(b"nothing here", status="404 Not Found"))(Wire(connection, self._over))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = False  # joined at the end, so that no answer outlives the site
    allow_reuse_address = True
    request_queue_size = 64


class _Handler(socketserver.BaseRequestHandler):
    def __init__(self, *arguments: object, serve: Callable[[socket.socket], None]) -> None:
        self._serve = serve
        super().__init__(*arguments)  # type: ignore[arg-type]  # socketserver's own three

    def handle(self) -> None:
        self._serve(self.request)


def _request_head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _REQUEST_BYTES:
        received = connection.recv(65536)
        if not received:
            break
        head += received
    return head


def _validator(head: bytes) -> str:
    lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return next((value.strip().decode("latin-1") for name, _, value in lines if name.lower() == b"if-none-match"), "")


# ---------------------------------------------------------------- answers


def head(*headers: str, status: str = "200 OK", content_type: str = "application/rss+xml") -> bytes:
    """Status line and headers, with the bad validators."""
    fixed = (f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"ETag: {BAD_ETAG}", "Connection: close")
    return "\r\n".join([*fixed, *headers, "", ""]).encode("latin-1")


def answer(body: bytes, *headers: str, status: str = "200 OK", content_type: str = "application/rss+xml") -> Attack:
    """A well-formed answer; whatever is wrong is in its body."""
    length = f"Content-Length: {len(body)}"
    return lambda wire: wire.send(head(length, *headers, status=status, content_type=content_type) + body)


def honest(body: bytes, etag: str, content_type: str = "application/rss+xml") -> Attack:
    """A good answer with validators of its own; who sends the bad ones is told that nothing changed."""
    start = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nETag: {etag}\r\nConnection: close\r\n"
    return lambda wire: wire.send(f"{start}Content-Length: {len(body)}\r\n\r\n".encode("latin-1") + body)


def not_modified(wire: Wire) -> None:
    """304 whatever was asked."""
    wire.send(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n")


def raw(data: bytes) -> Attack:
    """These bytes and no others."""
    return lambda wire: wire.send(data)


def bomb(coding: str) -> Attack:
    """Half a gibibyte in a few kilobytes, by a Content-Encoding."""
    return answer(BOMBS[coding](), f"Content-Encoding: {coding}")


def bombs() -> dict[str, Attack]:
    """Every bomb by a name such as ``gzip-in-gzip-bomb``."""
    return {f"{coding.replace(', ', '-in-')}-bomb": bomb(coding) for coding in BOMBS}


def endless(wire: Wire) -> None:
    """A chunked body that never ends."""
    wire.send(head("Transfer-Encoding: chunked"))
    chunk = b"10000\r\n" + b"<a/> " * 13107 + b"\n" + b"\r\n"
    while wire.pause(0):
        wire.send(chunk)


def drip(wire: Wire) -> None:
    """One byte of the body a second."""
    wire.send(head("Content-Length: 1000000"))
    while wire.pause(1.0):
        wire.send(b"<")


def slow_headers(wire: Wire) -> None:
    """One byte of a header a second."""
    wire.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while wire.pause(1.0):
        wire.send(b"x")


def endless_headers(wire: Wire) -> None:
    """Header after header, as fast as they are read."""
    wire.send(b"HTTP/1.1 200 OK\r\n")
    lines = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 900) for number in range(1000))
    while wire.pause(0):
        wire.send(lines)


def interim_answers(wire: Wire) -> None:
    """``100 Continue`` again and again."""
    while wire.pause(0):
        wire.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def endless_line(wire: Wire) -> None:
    """One header without an end, as fast as it is read."""
    wire.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while wire.pause(0):
        wire.send(b"x" * _MIB)


def huge(wire: Wire) -> None:
    """A gigabyte, announced, and sent as fast as it is read."""
    wire.send(head(f"Content-Length: {1024 * _MIB}"))
    while wire.pause(0):
        wire.send(b" " * _MIB)


def silent(wire: Wire) -> None:
    """Nothing at all, for as long as somebody waits."""
    while wire.pause(5.0):
        continue


def hang_up(wire: Wire) -> None:
    """A reset in the middle of the body."""
    wire.send(head("Content-Length: 1000") + b"<rss>")
    wire.pause(0.1)
    wire.reset()


def broken_chunks(wire: Wire) -> None:
    """Chunk sizes that are no numbers."""
    wire.send(head("Transfer-Encoding: chunked") + b"5\r\n<rss>\r\nzzzz\r\nmore\r\n")


def longer_than_sent(body: bytes) -> Attack:
    """A length that promises more than comes."""
    return lambda wire: wire.send(head(f"Content-Length: {len(body) + 1000}") + body)


def shorter_than_sent(body: bytes) -> Attack:
    """A length that ends in the middle of what comes."""
    return lambda wire: wire.send(head(f"Content-Length: {len(body) // 2}") + body)


# ---------------------------------------------------------------- bombs


@functools.cache
def gzip_bomb() -> bytes:
    """One gzip member."""
    return b"".join(_deflated(zlib.compressobj(9, zlib.DEFLATED, 31)))


@functools.cache
def deflate_bomb() -> bytes:
    """One zlib stream."""
    return b"".join(_deflated(zlib.compressobj(9, zlib.DEFLATED, 15)))


def _deflated(compressor: zlib._Compress) -> Iterator[bytes]:
    """A megabyte compressed once: after a full flush its bytes may stand there any number of times."""
    yield compressor.compress(b"") + compressor.flush(zlib.Z_FULL_FLUSH)
    yield (compressor.compress(b" " * _MIB) + compressor.flush(zlib.Z_FULL_FLUSH)) * (BOMB_BYTES // _MIB)


@functools.cache
def brotli_bomb() -> bytes:
    """One brotli stream."""
    compressor = brotli.Compressor(quality=1)
    parts = [compressor.process(b" " * _MIB) for _ in range(BOMB_BYTES // _MIB)]
    return b"".join([*parts, compressor.finish()])


@functools.cache
def zstd_bomb() -> bytes:
    """One zstd frame (RFC 8878): a window of 1 MiB and blocks that each repeat one byte 128 Ki times."""
    count = BOMB_BYTES // (128 * 1024)
    blocks = [
        ((128 * 1024) << 3 | 1 << 1 | (number == count - 1)).to_bytes(3, "little") + b" " for number in range(count)
    ]
    return b"\x28\xb5\x2f\xfd" + b"\x00" + bytes([(20 - 10) << 3]) + b"".join(blocks)


@functools.cache
def nested_bomb() -> bytes:
    """A gzip bomb that was gzipped again."""
    return gzip.compress(gzip_bomb())


BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip": gzip_bomb,
    "deflate": deflate_bomb,
    "br": brotli_bomb,
    "zstd": zstd_bomb,
    "gzip, gzip": nested_bomb,
}
