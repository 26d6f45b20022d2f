"""What a feed says of an item, before anybody believes it; the parsers' dialects end here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RawItem:
    """One item, as strings; empty where the feed says nothing."""

    title: str = ""
    link: str = ""
    guid: str = ""
    lead: str = ""
    author: str = ""
    date: str = ""
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class RawFeed:
    """A feed, as strings."""

    title: str = ""
    language: str = ""
    #: Minutes, as the feed writes them.
    ttl: str = ""
    items: tuple[RawItem, ...] = ()

    @property
    def whole(self) -> bool:
        """Are there items, and does each have a link and a title?"""
        return bool(self.items) and all(item.link and item.title for item in self.items)


def text_of(mapping: Mapping[str, object], *names: str) -> str:
    """The first of these fields that holds text; anything but text is nothing."""
    for name in names:
        value = mapping.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""
