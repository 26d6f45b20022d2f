"""A wire between a client and PostgreSQL that is cut, or falls silent, at a chosen moment."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Self
from urllib.parse import parse_qs, urlsplit, urlunsplit

from claimwatch.demo.listener import LOOPBACK

_STARTUP = 196608
_COMMIT = b"COMMIT\0"


class Cut:
    """Waits for the COMMIT of a transaction in which a text was said, and loses it or its answer."""

    def __init__(self, text: str, *, arrives: bool, silently: bool) -> None:
        self.text = text.encode()
        #: Does the server get the COMMIT?
        self.arrives = arrives
        #: Does the connection then fall silent, instead of breaking?
        self.silently = silently
        self._done = threading.Event()

    def wait(self, timeout_s: float = 30.0) -> bool:
        """Wait until it was made; False when the moment did not come."""
        return self._done.wait(timeout_s)

    def make(self) -> None:
        """Say that it was made."""
        self._done.set()


class Wire:
    """A listener on loopback in front of a server; a context manager, safe from any thread."""

    def __init__(self, server_url: str) -> None:
        self._server = urlsplit(server_url)
        self._listener = socket.create_server((LOOPBACK, 0))
        self._flowing = threading.Event()
        self._flowing.set()
        self._cuts: list[Cut] = []
        self._lines: list[_Line] = []
        self._guard = threading.Lock()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._flowing.set()
        with self._guard:
            lines = list(self._lines)
        for line in lines:
            line.hang_up()

    def url(self, database_url: str) -> str:
        """The address of one of the server's databases through this wire."""
        parts = urlsplit(database_url)
        port = self._listener.getsockname()[1]
        user = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{user}@{LOOPBACK}:{port}", query=""))

    def lose_answer(self, text: str, *, silently: bool = False) -> Cut:
        """The next COMMIT of a transaction that said the text is done, but nobody hears of it."""
        return self._cut_at(Cut(text, arrives=True, silently=silently))

    def lose_commit(self, text: str) -> Cut:
        """The next COMMIT of a transaction that said the text does not arrive."""
        return self._cut_at(Cut(text, arrives=False, silently=False))

    def hang(self) -> None:
        """From now on nothing comes through, and nobody is told; new connections are taken."""
        self._flowing.clear()

    def flow(self) -> None:
        """Let everything through again, what was kept first."""
        self._flowing.set()

    def stand(self) -> None:
        """Called before anything is passed on."""
        self._flowing.wait()

    def cut_for(self, said: bytes) -> Cut | None:
        """The cut that waits for a transaction that said this, which is then taken."""
        with self._guard:
            for cut in self._cuts:
                if cut.text in said:
                    self._cuts.remove(cut)
                    return cut
        return None

    def _cut_at(self, cut: Cut) -> Cut:
        with self._guard:
            self._cuts.append(cut)
        return cut

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # we stop
                return
            try:
                line = _Line(self, client, self._dial())
            except OSError:  # no server: the client is told by our hanging up
                client.close()
                continue
            with self._guard:
                self._lines.append(line)
            line.start()

    def _dial(self) -> socket.socket:
        folder = parse_qs(self._server.query).get("host", [""])[0]
        port = self._server.port or 5432
        if not folder.startswith("/"):
            return socket.create_connection((self._server.hostname or LOOPBACK, port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{folder}/.s.PGSQL.{port}")
        return server


class _Line:
    """One connection through the wire: a thread each way."""

    def __init__(self, wire: Wire, client: socket.socket, server: socket.socket) -> None:
        self._wire = wire
        self._client = client
        self._server = server
        self._cut: Cut | None = None

    def start(self) -> None:
        for way in (self._outward, self._homeward):
            threading.Thread(target=way, daemon=True).start()

    def hang_up(self) -> None:
        for end in (self._client, self._server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _outward(self) -> None:
        speech = _Speech()
        with suppress(OSError):
            while data := self._client.recv(65536):
                self._wire.stand()
                for message in speech.hear(data):
                    if not self._pass_on(message, speech):
                        break
        self._close(self._client)

    def _pass_on(self, message: bytes, speech: _Speech) -> bool:
        """Send a message to the server; False when the wire was cut instead."""
        if message[5:] == _COMMIT:
            cut = self._wire.cut_for(speech.said())
            if cut is not None and not cut.arrives:
                self.hang_up()
                cut.make()
                return False
            self._cut = cut
        self._server.sendall(message)
        return True

    def _homeward(self) -> None:
        with suppress(OSError):
            while data := self._server.recv(65536):
                self._wire.stand()
                if self._cut is None:
                    self._client.sendall(data)
                else:
                    if not self._cut.silently:
                        self.hang_up()
                    self._cut.make()
        self._close(self._server)

    def _close(self, end: socket.socket) -> None:
        self.hang_up()
        end.close()


class _Speech:
    """What a client says: its messages, and the statements of the transaction that is open."""

    def __init__(self) -> None:
        self._rest = b""
        self._typed = False
        self._prepared: dict[bytes, bytes] = {}
        self._said: list[bytes] = []

    def hear(self, data: bytes) -> Iterator[bytes]:
        """The messages that are whole by now."""
        self._rest += data
        while True:
            start, head = (1, 5) if self._typed else (0, 8)  # the first messages have no letter
            if len(self._rest) < head:
                return
            end = start + int.from_bytes(self._rest[start : start + 4], "big")
            if len(self._rest) < end:
                return
            message, self._rest = self._rest[:end], self._rest[end:]
            if self._typed:
                self._note(message)
            else:
                self._typed = int.from_bytes(message[4:8], "big") == _STARTUP
            yield message

    def said(self) -> bytes:
        """Every statement since the last BEGIN."""
        return b"\n".join(self._said)

    def _note(self, message: bytes) -> None:
        kind, body = message[:1], message[5:]
        if kind == b"Q" and body.startswith(b"BEGIN"):
            self._said = []
        elif kind == b"P":
            name, statement, _ = body.split(b"\0", 2)
            self._prepared[name] = statement
        elif kind == b"B":
            _, name, _ = body.split(b"\0", 2)
            self._said.append(self._prepared.get(name, b""))
