"""Reads JSON Feed 1.0 and 1.1; a field of the wrong type counts as absent, an item that is none is skipped.

(fastfeedparser takes any JSON with a list called items for a feed, and falls over wrong types.)
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from crawler.readers.raw import RawFeed, RawItem, text_of
from domain.errors import ReadError

_VERSION = "://jsonfeed.org/version/"


def read_json_feed(text: str) -> RawFeed:
    """The feed in a JSON text.

    Raises:
        ReadError: not JSON, or JSON that is no feed.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise ReadError("the feed is broken off or not well-formed JSON") from None
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list) or _VERSION not in text_of(document, "version"):
        raise ReadError("the feed is JSON, but no JSON Feed")
    return RawFeed(
        title=text_of(document, "title"),
        language=text_of(document, "language"),
        items=tuple(_item(item) for item in items if isinstance(item, dict)),
    )


def _item(item: Mapping[str, object]) -> RawItem:
    identity = item.get("id")
    return RawItem(
        title=text_of(item, "title"),
        link=text_of(item, "url"),
        guid=str(identity) if isinstance(identity, (str, int, float)) else "",
        lead=text_of(item, "summary", "content_text", "content_html"),
        author=", ".join(_authors(item)),
        date=text_of(item, "date_published", "date_modified"),
        language=text_of(item, "language"),
    )


def _authors(item: Mapping[str, object]) -> list[str]:
    """Names from ``authors`` (1.1) or ``author`` (1.0)."""
    authors = item.get("authors")
    candidates = authors if isinstance(authors, list) else [item.get("author")]
    return [name for author in candidates if isinstance(author, dict) and (name := text_of(author, "name"))]
