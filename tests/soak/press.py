"""A hundred sites on loopback in one small process: most answer 304, some have news, some misbehave.

``python -m tests.soak.press`` prints its port and serves until its standard input ends. Site number n is
127.0.0.(n + 1), and what it does is ``role_of(n)``. Nothing listens on the last site's address.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import sys
from collections import Counter
from collections.abc import Callable, Mapping

from tests.newsroom.bodies import feed, item, page

SITES = 100

#: The roles of the sites after the quiet ones, which are the most.
ROLES = (
    *["same bytes"] * 8,
    *["news"] * 10,
    *["murderer"] * 2,
    *("missing", "broken", "reset", "garbage", "web page", "truncated", "cut", "silent", "too large", "bomb"),
    *("moved", "moved for good", "loop", "forbidden", "rules broken", "refusing", "nobody"),
)
QUIET = "quiet"

#: A site with news has another article after so many questions, and lists its last ten.
NEWS_EVERY = 8
#: One answer in so many of a murderer is a feed on whose reader no patience is enough.
MURDER_EVERY = 60
#: One article in so many is a claim.
CLAIM_EVERY = 2

#: What the engine of the soak takes at most.
MAX_BODY = 100_000

_FEED = "application/rss+xml"
_HTML = "text/html; charset=utf-8"


def host_of(number: int) -> str:
    """The address of a site."""
    return f"127.0.0.{number + 1}"


def role_of(number: int) -> str:
    """What a site does."""
    return ROLES[number - SITES] if number >= SITES - len(ROLES) else QUIET


def _answer(
    status: str, body: bytes = b"", kind: str = "text/plain", headers: Mapping[str, str] | None = None
) -> bytes:
    named = {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Press:
    """What stands at each address; remembers only numbers."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: Counter[int] = Counter()
        self.told: set[str] = set()
        self._roles: Mapping[str, Callable[[int, int], bytes | None]] = {
            QUIET: lambda site, _: _answer("200 OK", self._steady(site), _FEED, {"ETag": f'"{site}"'}),
            "same bytes": lambda site, _: _answer("200 OK", self._steady(site), _FEED),
            "news": self._news,
            "murderer": lambda site, nth: _answer(
                "200 OK", self._steady(site) if nth % MURDER_EVERY else _MURDER, _FEED
            ),
            "missing": lambda *_: _answer("404 Not Found", b"gone"),
            "broken": lambda *_: _answer("500 Internal Server Error", b"oops"),
            "reset": lambda *_: b"",
            "garbage": lambda _, nth: _answer("200 OK", bytes((nth * n) % 251 for n in range(2_000)), _FEED),
            "web page": lambda _, nth: _answer("200 OK", page(f"Are you a person, {nth}?"), _HTML),
            "truncated": lambda _, nth: _answer("200 OK", feed(item(f"/{nth}", "broken off"))[:-20], _FEED),
            "cut": lambda *_: _answer("200 OK", b"<rss>", _FEED, {"Content-Length": "5000"}),
            "silent": lambda *_: None,
            "too large": lambda *_: _answer("200 OK", b" " * (2 * MAX_BODY), _FEED),
            "bomb": lambda *_: _answer("200 OK", _BOMB, _FEED, {"Content-Encoding": "gzip"}),
            "moved": lambda *_: self._redirect("302 Found", 0),
            "moved for good": lambda *_: self._redirect("301 Moved Permanently", 1),
            "loop": lambda site, _: self._redirect("302 Found", site),
            "forbidden": lambda site, _: _answer("200 OK", self._steady(site), _FEED),
            "rules broken": lambda site, _: _answer("200 OK", self._steady(site), _FEED),
            "refusing": lambda *_: _answer("403 Forbidden", b"no"),
        }

    def answer(self, method: str, site: int, path: str, headers: Mapping[str, str]) -> bytes | None:
        """The bytes of the answer; none to hang up, None to say nothing for ever."""
        if method == "POST":
            self.told.add(headers.get("webhook-id", ""))
            return _answer("204 No Content")
        if path == "/told":
            return _answer("200 OK", str(len(self.told)).encode())
        if path == "/robots.txt":
            return self._robots(role_of(site))
        if path != "/feed":
            return self._page(site, path)
        self.asked[site] += 1
        if headers.get("if-none-match") == f'"{site}"':
            return _answer("304 Not Modified", headers={"ETag": f'"{site}"'})
        return self._roles[role_of(site)](site, self.asked[site])

    def _robots(self, role: str) -> bytes:
        if role == "rules broken":
            return _answer("503 Service Unavailable")
        rules = "User-agent: *\nDisallow: /" + ("" if role == "forbidden" else "private/")
        return _answer("200 OK", f"{rules}\n".encode())

    def _redirect(self, status: str, site: int) -> bytes:
        return _answer(status, headers={"Location": f"http://{host_of(site)}:{self.port}/feed"})

    def _steady(self, site: int) -> bytes:
        return feed(item(f"http://{host_of(site)}:{self.port}/a/1", f"Report 1 of {site}"))

    def _news(self, site: int, nth: int) -> bytes:
        newest = nth // NEWS_EVERY
        items = (
            item(
                f"http://{host_of(site)}:{self.port}/a/{n}", f"Report {n} of {site}", f"<description>{n}</description>"
            )
            for n in range(max(newest - 10, 0), newest)
        )
        return _answer("200 OK", feed(*items), _FEED)

    def _page(self, site: int, path: str) -> bytes:
        number = int(path.rpartition("/")[2] or 0)
        if number % 9 == 7:
            return _answer("404 Not Found")
        raised = (
            "raised territorial claims against a neighbour" if number % CLAIM_EVERY == 0 else "spoke of the weather"
        )
        words = [f"In session {number} of the assembly at number {site} a speaker {raised} of his country."] * 3
        return _answer("200 OK", page(f"Report {number} of {site}", *words), _HTML)


#: No link, so that feedparser is asked, whose search for a mail address goes by the square of the length.
_MURDER = feed(f"<title>Murder</title><author>{'a' * 90_000}</author>")
_BOMB = gzip.compress(b"\0" * 20 * MAX_BODY)


class Talk(asyncio.Protocol):
    """One connection: requests one after the other, as few bytes of state as can be."""

    def __init__(self, press: Press, talks: set[Talk]) -> None:
        self._press = press
        self._talks = talks
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._site = int(transport.get_extra_info("sockname")[0].rpartition(".")[2]) - 1
        self._talks.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._talks.discard(self)

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        head, end, body = self._waiting.partition(b"\r\n\r\n")
        if not end:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        if len(body) < int(headers.get("content-length", 0)):
            return
        self._waiting = b""
        method, path, _ = first.split(" ")
        if path == "/hang-up":
            for talk in tuple(self._talks):
                talk.transport.close()
        else:
            self._say(self._press.answer(method, self._site, path, headers))

    def _say(self, answer: bytes | None) -> None:
        if answer == b"":
            self.transport.abort()
        elif answer is not None:
            self.transport.write(answer)
            if answer.endswith(b"<rss>"):
                self.transport.close()


async def _serve() -> None:
    press, talks = Press(), set[Talk]()
    loop = asyncio.get_running_loop()
    listening = [socket.create_server((host_of(0), 0), backlog=64)]
    press.port = int(listening[0].getsockname()[1])
    listening += [socket.create_server((host_of(number), press.port)) for number in range(1, SITES - 1)]
    for one in listening:
        await loop.create_server(lambda: Talk(press, talks), sock=one)
    print(press.port, flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
