"""Newsroom: one site whose feeds and articles tests add while it runs, and which misbehaves on demand."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from claimwatch.demo.feeds import Feed, FeedItem, FeedKind, render_feed
from claimwatch.demo.markup import PageText, render_page
from claimwatch.demo.server import Reply, Request
from claimwatch.demo.settings import OutletPlan
from claimwatch.demo.site import Resource, Site
from tests.newsroom.faults import Fault


class Hold:
    """Requests of a path that wait for their answer until they are let go."""

    def __init__(self) -> None:
        self._arrived = threading.Event()
        self._released = threading.Event()

    def wait_until_asked(self, timeout_s: float = 30.0) -> bool:
        """Wait until somebody asked for the path; False when nobody did in time."""
        return self._arrived.wait(timeout_s)

    def release(self) -> None:
        """Answer those who wait, and whoever comes later, at once."""
        self._released.set()

    def stand(self) -> None:
        """Called by the server in the request's thread."""
        self._arrived.set()
        self._released.wait()


@dataclass
class _Stream:
    """A feed and what it lists."""

    feed: Feed
    items: list[FeedItem]


class Newsroom(Site):
    """One site; a context manager, safe from any thread."""

    def __init__(self, *, outlet: str = "test-gazette", language: str = "en", port: int = 0) -> None:
        """Args:
        outlet: id that the outlet has in ``plan``.
        language: BCP 47 of the site, one of en, ru, kk, zh.
        port: 0 lets the system choose.
        """
        super().__init__(port=port)
        self.outlet = outlet
        self.language = language
        self._streams: dict[str, _Stream] = {}
        self._faults: dict[str, Fault] = {}
        self._holds: dict[str, Hold] = {}
        self._guard = threading.RLock()

    def stop(self) -> None:
        """Stop; requests that are held are answered first."""
        with self._guard:
            holds = list(self._holds.values())
        for hold in holds:
            hold.release()
        super().stop()

    def plan(self, feed: str = "/feed.xml") -> OutletPlan:
        """The outlet as a configuration names it, with one feed."""
        return OutletPlan(
            id=self.outlet,
            name=self.outlet.replace("-", " ").title(),
            country="KZ",
            language=self.language,
            address=self.address,
            feed_url=self.url(feed),
        )

    def add_feed(
        self, path: str = "/feed.xml", *, kind: FeedKind = FeedKind.RSS, encoding: str = "utf-8", title: str = ""
    ) -> str:
        """Let an empty feed stand at a path; returns its address."""
        feed = Feed(
            title=title or self.outlet,
            home=self.url("/"),
            url=self.url(path),
            language=self.language,
            kind=kind,
            encoding=encoding,
            updated_at=_now(),
        )
        with self._guard:
            self._streams[path] = _Stream(feed, [])
            self._render(path)
        return self.url(path)

    def add_article(
        self,
        title: str,
        *paragraphs: str,
        feed: str = "/feed.xml",
        lead: str | None = None,
        path: str | None = None,
        published_at: datetime | None = None,
    ) -> str:
        """Publish an article, first in its feed; returns its address.

        Args:
            title: as shown.
            paragraphs: the text; none makes a page that holds no text.
            feed: a path given to ``add_feed``.
            lead: the feed's summary, by default the first paragraph.
            path: the page's, by default ``/articles/N``.
            published_at: aware UTC, by default now.
        """
        summary = lead if lead is not None else "".join(paragraphs[:1])
        moment = published_at or _now()
        with self._guard:
            stream = self._streams[feed]
            where = path or f"/articles/{sum(len(one.items) for one in self._streams.values()) + 1}"
            page = PageText(
                url=self.url(where),
                site_name=stream.feed.title,
                language=self.language,
                title=title,
                lead=summary,
                paragraphs=paragraphs,
                author="A. Writer",
                published_at=moment,
            )
            self.put(where, Resource(body=render_page(page), content_type="text/html; charset=utf-8"))
            stream.items.insert(0, FeedItem(url=self.url(where), title=title, summary=summary, published_at=moment))
            self._render(feed)
        return self.url(where)

    def misbehave(self, path: str, fault: Fault) -> None:
        """Spoil the answers of a path from now on."""
        with self._guard:
            self._faults[path] = fault

    def behave(self, path: str) -> None:
        """Answer a path as it should be again."""
        with self._guard:
            self._faults.pop(path, None)

    @contextmanager
    def hold(self, path: str) -> Iterator[Hold]:
        """Let whoever asks for a path wait, until the block ends or ``release``."""
        hold = Hold()
        with self._guard:
            self._holds[path] = hold
        try:
            yield hold
        finally:
            with self._guard:
                del self._holds[path]
            hold.release()

    def count(self, path: str) -> int:
        """How often a path was asked for."""
        return len(self.requests(path))

    def respond(self, request: Request) -> Reply:
        """The answer, spoilt where asked."""
        with self._guard:
            hold, fault = self._holds.get(request.path), self._spoil(request.path)
        if hold is not None:
            hold.stand()
        reply = super().respond(request)
        return reply if fault is None else fault.apply(reply)

    def _spoil(self, path: str) -> Fault | None:
        """The fault of a path, counted."""
        fault = self._faults.get(path)
        if fault is None or fault.times is None:
            return fault
        if fault.times <= 1:
            del self._faults[path]
        else:
            self._faults[path] = replace(fault, times=fault.times - 1)
        return fault

    def _render(self, path: str) -> None:
        stream = self._streams[path]
        stream.feed = replace(stream.feed, updated_at=_now())
        self.put(
            path,
            Resource(
                body=render_feed(stream.feed, stream.items),
                content_type=stream.feed.content_type,
                modified_at=stream.feed.updated_at,
                validators=True,
            ),
        )


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
