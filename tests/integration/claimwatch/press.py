"""Two newspapers as the outside world knows them: feeds that change, pages, faults, and who asked for what when.

A newspaper remembers what each version of a feed listed (by its ETag) and every request with the reading of
the monotonic clock, so that what the program stored and how fast it asked can be judged from outside.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from html import escape

from domain.errors import FetchError, HttpStatus, Unreachable
from domain.fetching import FetchRequest, FetchResult
from domain.time import Clock

#: Longer than what the extractor doubts, so that a page's text is the page's text.
LAND = "The envoy said that the neighbour's territorial claims have no ground in any treaty of either state. " * 7
TREATY = "Both sides signed the border treaty in the capital after talks of many years about the river valley. " * 7
BOTH = LAND + TREATY
NOTHING = "The harvest was good this year, and the market in the old town was full of apples and of people. " * 7
TEXTS = {"land": LAND, "treaty": TREATY, "both": BOTH, "nothing": NOTHING}
TITLES = ("The envoy answers", "A territorial claim is voiced", "The border treaty is signed", "The harvest is in", "")

#: What may stand behind a link without making it another page.
DECORATIONS = ("", "?utm_source=rss", "?fbclid=x&utm_medium=feed", "#top", "?amp=1")

FEED_FAULTS = ("well", "500", "429", "away", "wall", "cut")
PAGE_FAULTS = ("well", "404", "503", "away", "empty")

#: Seconds that a newspaper under load asks for.
PATIENCE_S = 1800.0


@dataclass(frozen=True, kw_only=True)
class Item:
    """One item as it stands in a feed now."""

    slug: str
    title: str
    #: One of TEXTS, by name.
    text: str
    guid: str = ""
    decoration: str = ""
    #: Published long ago, so that a route may find it too old.
    old: bool = False


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request that arrived."""

    url: str
    #: Monotonic seconds.
    at: float
    #: Which job asked (the number of its run).
    run: int
    #: What came back: ``well``, or the fault.
    answer: str


@dataclass
class Newspaper:
    """One host with one or more feeds over the same items."""

    host: str
    clock: Clock
    items: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    feed_fault: str = "well"
    page_fault: str = "well"
    #: ETag to the slugs that this version listed.
    versions: dict[str, frozenset[str]] = field(default_factory=dict)
    #: Slug to every (title, text) that its page or its feed ever had.
    words: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    asked: list[Asked] = field(default_factory=list)

    def answer(self, request: FetchRequest, run: int) -> FetchResult:
        """What this newspaper says now.

        Raises:
            FetchError: what the real fetcher would make of it.
        """
        path = request.url.split("/", 3)[3]
        name, is_feed = path.removeprefix("feed/"), path.startswith("feed/")
        fault = self.feed_fault if is_feed else self.page_fault
        self.asked.append(Asked(url=request.url, at=self.clock.monotonic(), run=run, answer=fault))
        _refuse(request.url, fault)
        return self._feed(name, request) if is_feed else self._page(_slug(path), request)

    def link(self, item: Item) -> str:
        """The address as the feed writes it."""
        return f"https://{self.host}/{item.slug}{item.decoration}"

    def put(self, feed: str, items: list[Item]) -> None:
        """List exactly these, and keep in mind what they said."""
        self.items[feed] = items
        for item in items:
            self.words[item.slug].add((item.title, TEXTS[item.text]))

    def _feed(self, name: str, request: FetchRequest) -> FetchResult:
        items = self.items[name]
        body = _rss(name, items, self)
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if self.feed_fault == "wall":
            return self._ok(
                request, b"<html><head></head><body><p>Are you human?</p></body></html>", "text/html", '"x"'
            )
        if self.feed_fault == "cut":
            return self._ok(request, body[: len(body) * 2 // 3], "application/rss+xml", '"y"')
        self.versions[etag] = frozenset(item.slug for item in items)
        if request.etag == etag:
            return FetchResult(url=request.url, final_url=request.url, status=304, fetched_at=self.clock.now())
        return self._ok(request, body, "application/rss+xml", etag)

    def _page(self, slug: str, request: FetchRequest) -> FetchResult:
        title, text = self._words(slug)
        page = _html(title, "" if self.page_fault == "empty" else text)
        return self._ok(request, page, "text/html; charset=utf-8", '"p"')

    def _words(self, slug: str) -> tuple[str, str]:
        """As the page stands now; it outlives its item."""
        listed = (item for items in self.items.values() for item in items if item.slug == slug)
        now = next(((item.title, TEXTS[item.text]) for item in listed), None)
        return now or min(self.words[slug])

    def _ok(self, request: FetchRequest, body: bytes, kind: str, etag: str) -> FetchResult:
        headers = {"content-type": kind, "etag": etag}
        now = self.clock.now()
        return FetchResult(
            url=request.url, final_url=request.url, status=200, headers=headers, body=body, fetched_at=now
        )


def _refuse(url: str, fault: str) -> None:
    errors: dict[str, FetchError] = {
        "429": HttpStatus(url, 429, retry_after_s=PATIENCE_S),
        "away": Unreachable(url, "the server refused the connection"),
    }
    if fault in errors:
        raise errors[fault]
    if fault.isdigit():
        raise HttpStatus(url, int(fault))


def _slug(path: str) -> str:
    return path.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0]


def _rss(name: str, items: list[Item], paper: Newspaper) -> bytes:
    body = "".join(_item(item, paper.link(item)) for item in items)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{name}</title>{body}</channel></rss>'.encode()


def _item(item: Item, link: str) -> str:
    date = "<pubDate>Mon, 01 Jan 2024 08:00:00 GMT</pubDate>" if item.old else ""
    guid = f"<guid isPermaLink='false'>{item.guid or item.slug}</guid>"
    return f"<item><title>{escape(item.title)}</title><link>{escape(link)}</link>{guid}{date}</item>"


def _html(title: str, text: str) -> bytes:
    paragraph = f"<p>{escape(text)}</p>" if text else ""
    return (
        f"<html><head><title>{escape(title)}</title></head><body><article>{paragraph}</article></body></html>".encode()
    )
