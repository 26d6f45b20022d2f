"""The demo's newsroom: outlets on loopback, each on a port of its own, well and unwell.

The well ones serve what ``stories`` holds. The unwell ones show what a bad source looks like: one
has nobody listening, one answers with a web page, one breaks off in the middle.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from claimwatch.demo.feeds import Feed, FeedItem, FeedKind, render_feed
from claimwatch.demo.listener import LOOPBACK
from claimwatch.demo.markup import PageText, render_page
from claimwatch.demo.site import Resource, Site
from claimwatch.demo.stories import Expected, Story, load_stories

FEED_PATH = "/feed"


@dataclass(frozen=True, kw_only=True)
class House:
    """An outlet of the newsroom."""

    id: str
    name: str
    country: str
    language: str
    ownership: str
    kind: FeedKind = FeedKind.RSS
    encoding: str = "utf-8"

    @property
    def source_id(self) -> str:
        """Id of its one source."""
        return f"{self.id}/feed"


HOUSES = (
    House(id="steppe-courier", name="Steppe Courier", country="KZ", language="en", ownership="private"),
    House(id="dala-habary", name="Дала хабары", country="KZ", language="kk", ownership="state", kind=FeedKind.ATOM),
    House(
        id="vestnik-stolitsy",
        name="Вестник Столицы",
        country="RU",
        language="ru",
        ownership="private",
        encoding="windows-1251",
    ),
    House(id="yuanfang-shibao", name="远方时报", country="CN", language="zh", ownership="private", encoding="gb18030"),
    House(
        id="meridian-wire", name="Meridian Wire", country="GB", language="en", ownership="private", kind=FeedKind.JSON
    ),
)

#: Outlets that cannot be read, and what is wrong with each.
DEAD = House(id="radio-tugan", name="Radio Tugan", country="KG", language="en", ownership="public")
NOT_A_FEED = House(id="mountain-post", name="Mountain Post", country="KG", language="en", ownership="private")
BROKEN_OFF = House(id="aral-observer", name="Aral Observer", country="UZ", language="en", ownership="private")
UNWELL = {
    DEAD.id: "nobody listens at its address",
    NOT_A_FEED.id: "its feed answers with a web page",
    BROKEN_OFF.id: "its feed breaks off in the middle",
}

_CHALLENGE = (
    "<!DOCTYPE html><html><head><title>One moment</title></head><body><h1>Checking your browser</h1>"
    "<p>Switch on JavaScript and reload this page to go on reading.</p></body></html>"
)


class Newsroom:
    """All the outlets, being served; a context manager, safe from any thread."""

    def __init__(self, now: datetime) -> None:
        """Args:
        now: aware UTC; articles are dated relative to it.
        """
        self._now = now
        self._stack = ExitStack()
        self._lock = threading.Lock()
        self._sites = {house.id: Site() for house in (*HOUSES, NOT_A_FEED, BROKEN_OFF)}
        self._dead_port = 0
        self._published: list[Story] = []
        self.stories = load_stories(now)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for site in self._sites.values():
                stack.enter_context(site)
            self._dead_port = stack.enter_context(_reserved_port()).getsockname()[1]
            self._put_unwell()
            self.publish([story for story in self.stories if story.expected is not Expected.COPY], self._now)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def houses(self) -> tuple[House, ...]:
        """Every outlet, the unwell ones last."""
        return (*HOUSES, DEAD, NOT_A_FEED, BROKEN_OFF)

    def address(self, outlet: str) -> str:
        """``host:port`` of an outlet."""
        return f"{LOOPBACK}:{self._dead_port}" if outlet == DEAD.id else self._sites[outlet].address

    def feed_url(self, outlet: str) -> str:
        """The address of an outlet's feed."""
        return f"http://{self.address(outlet)}{FEED_PATH}"

    def url(self, story: Story) -> str:
        """Where a story stands in the end, after redirects."""
        return self._sites[story.outlet].url(story.path)

    def recognise(self, url: str) -> Story | None:
        """The story that stands at an address, the one before a redirect included; None if it is none of ours."""
        sites = self._sites
        return next(
            (one for one in self.stories if url in (self.url(one), sites[one.outlet].url(one.listed_path))), None
        )

    def publish(self, stories: Sequence[Story], now: datetime) -> None:
        """Put stories on their sites and at the head of their feeds."""
        with self._lock:
            self._published.extend(stories)
            self._published.sort(key=lambda story: story.published_at, reverse=True)
            for house in HOUSES:
                if any(story.outlet == house.id for story in stories):
                    self._put_house(house, now)

    def publish_copies(self, now: datetime) -> None:
        """Let the second outlets reprint what the first ones had."""
        self.publish([story for story in self.stories if story.expected is Expected.COPY], now)

    def page_requests(self, story: Story) -> int:
        """How often a story's page itself was asked for."""
        return len(self._sites[story.outlet].requests(story.path))

    def feed_requests(self, outlet: str) -> int:
        """How often an outlet's feed was asked for; of the dead one nothing is known."""
        return len(self._sites[outlet].requests(FEED_PATH)) if outlet in self._sites else 0

    def not_modified(self, outlet: str) -> int:
        """How many requests to an outlet were answered 304."""
        return self._sites[outlet].not_modified if outlet in self._sites else 0

    def _put_house(self, house: House, now: datetime) -> None:
        site, stories = self._sites[house.id], [one for one in self._published if one.outlet == house.id]
        for story in stories:
            page = Resource(
                body=render_page(_page(house, site, story, stories)),
                content_type="text/html; charset=utf-8",
                delay_s=story.delay_s,
            )
            site.put(story.path, page)
            if story.old_path is not None:
                site.redirect(story.old_path, story.path)
        feed = _feed(house, site, now)
        items = [_item(site, story) for story in stories]
        body = render_feed(feed, items)
        site.put(FEED_PATH, Resource(body=body, content_type=feed.content_type, modified_at=now, validators=True))

    def _put_unwell(self) -> None:
        page = Resource(body=_CHALLENGE.encode(), content_type="text/html; charset=utf-8")
        self._sites[NOT_A_FEED.id].put(FEED_PATH, page)
        site = self._sites[BROKEN_OFF.id]
        feed = _feed(BROKEN_OFF, site, self._now)
        item = FeedItem(
            url=site.url("/1"), title="Water returns to the northern basin", summary="Fishermen count boats."
        )
        half = render_feed(feed, [item])[:-60]
        site.put(FEED_PATH, Resource(body=half, content_type=feed.content_type))


def _reserved_port() -> socket.socket:
    """A bound socket that does not listen: connecting to it is refused, and nobody else can take the port."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.bind((LOOPBACK, 0))
    return held


def _feed(house: House, site: Site, now: datetime) -> Feed:
    return Feed(
        title=house.name,
        home=site.url("/"),
        url=site.url(FEED_PATH),
        language=house.language,
        kind=house.kind,
        encoding=house.encoding,
        updated_at=now,
    )


def _item(site: Site, story: Story) -> FeedItem:
    return FeedItem(
        url=site.url(story.listed_path),
        title=story.title,
        summary=story.lead,
        author=story.author,
        guid=f"{story.outlet}:{story.id}",
        published_at=story.published_at,
    )


def _page(house: House, site: Site, story: Story, stories: Sequence[Story]) -> PageText:
    return PageText(
        url=site.url(story.path),
        site_name=house.name,
        language=story.language,
        title=story.title,
        lead=story.lead,
        paragraphs=story.paragraphs,
        author=story.author,
        published_at=story.published_at,
        others=tuple((site.url(one.path), one.title) for one in stories if one.id != story.id),
    )
