"""Feeds written for the tests."""

from __future__ import annotations

from domain.outlets import Source

SOURCE = Source(id="steppe/main", outlet_id="steppe", url="https://steppe.example/feed")
BASE = "https://steppe.example/feed"


def rss(*items: str, prolog: str = "", channel: str = "<title>Steppe Herald</title>") -> str:
    """An RSS 2.0 document around items."""
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'{prolog}<rss version="2.0"><channel>{channel}{body}</channel></rss>'


def item(number: int = 1, title: str = "A border talk", rest: str = "") -> str:
    """The inside of an RSS item with an address of its own."""
    return f"<title>{title}</title><link>https://steppe.example/a/{number}</link>{rest}"
