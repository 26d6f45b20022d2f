"""Reads RSS, RDF and Atom: fastfeedparser first, feedparser (a hundred times slower) where that is not enough."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import fastfeedparser
import feedparser

from crawler.dates import is_full_date
from crawler.readers.balance import balanced
from crawler.readers.raw import RawFeed, RawItem, text_of
from domain.errors import ReadError

#: What the parsers raise on hostile input, as mutated feeds showed: feedparser expects earlier elements to have
#: left something behind (KeyError, IndexError, TypeError) and numbers to be numbers. Neither reads or writes files.
PARSER_FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

#: How far from the start a feed's first element may be; some servers print warnings before it.
_HEAD_CHARS = 100_000

_ROOT = re.compile(r"<(?:[A-Za-z]\w*:)?(rss|feed|RDF)(?=[\s>/])")
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body|script|meta)(?=[\s>/])", re.IGNORECASE)
_SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
_CHANNEL = re.compile(r"<(?:\w+:)?channel[\s>/]")
_CHANNEL_END = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>]")
_ITEM = re.compile(r"<(?:\w+:)?(?:item|entry)(?=[\s>])")
_DATE = re.compile(
    r"<(?:\w+:)?(?:pubDate|date|published|issued|created|updated|modified|lastBuildDate)(?=[\s>])", re.IGNORECASE
)
_LANGUAGE = re.compile(
    r"<(?:dc:)?language>\s*([A-Za-z][\w-]{1,34})\s*</|<(?:rss|feed)\b[^<>]*?xml:lang=[\"']([\w-]{2,35})"
)
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
#: A date element up to its end tag: the start tag, the text, what may be around the text.
_DATE = re.compile(
    r"(<(?:\w+:)?(?:pubDate|date|published|issued|updated|modified|lastBuildDate)(?:\s[^<>]*)?>\s{0,99}(?:<!\[CDATA\[)?)"
    r"([^<>]{0,200})(?=(?:\]\]>)?\s{0,99}</)",
    re.IGNORECASE,
)
_TTL = re.compile(r"<ttl>\s*(\d{1,7})\s*</ttl>")


def read_xml_feed(text: str) -> RawFeed:
    """The feed in an XML text; what stands before its first element is dropped.

    Raises:
        ReadError: no feed, or one that is broken off or that no parser can read.
    """
    root = _ROOT.search(text, 0, _HEAD_CHARS)
    page = _PAGE.search(text, 0, root.start() if root else _HEAD_CHARS)
    if root is None or page is not None:
        raise ReadError(_what_it_is(text, is_page=page is not None))
    document = _DATE.sub(_full, _REFERENCE.sub(_possible, text[root.start() :]))
    if f"{root[1]}>" not in document[-200:] and not _closes(document, root[1]):
        raise ReadError("the feed is broken off or not well-formed XML: its end is missing")
    if root[1] != "feed" and not _CHANNEL.search(document):
        raise ReadError("the feed has no channel in it")
    return _with_channel(_read(document), document)


def _possible(reference: re.Match[str]) -> str:
    """A character reference as it is, or U+FFFD where it means a lone surrogate or a number beyond Unicode."""
    digits = (reference[1] or reference[2]).lstrip("0")
    if len(digits) > 7:
        return "\ufffd"
    number = int(digits or "0", 16 if reference[1] else 10)
    return "\ufffd" if 0xD800 <= number <= 0xDFFF or number > 0x10FFFF else reference[0]


def _full(date: re.Match[str]) -> str:
    """A date element, emptied where its text is no full date: fastfeedparser completes it by the clock."""
    return date[0] if is_full_date(date[2].strip(" ]")) else date[1]


def _what_it_is(text: str, *, is_page: bool) -> str:
    if not is_page:
        return "the feed has nothing of a feed in it (neither RSS, RDF, Atom nor JSON Feed)"
    if _SCRIPT.search(text) and not re.search(r"<(?:p|a|h1|article|table)[\s>]", text, re.IGNORECASE):
        return "the feed is a script stub: a page that only a browser can pass"
    return "the feed is an HTML page, not a feed"


def _closes(document: str, root: str) -> bool:
    """Is the root closed at all, be it far from the end, or closed by itself?"""
    first_tag_end = document.find(">")
    return document[first_tag_end - 1] == "/" or re.search(rf"</(?:\w+:)?{root}\s*>", document) is not None


def _read(document: str) -> RawFeed:
    """What the fast parser finds, or where it finds too little, the better of both findings.

    Raises:
        ReadError: neither found a feed.
    """
    named = len(_ITEM.findall(document))
    fast = _fast(document)
    if fast is None or len(fast.items) < named:
        document = balanced(document)
        fast = _fuller(fast, _fast(document))
    if fast is not None and fast.whole and len(fast.items) >= named:
        return fast
    try:
        slow = _slow(_body(document))
    except ReadError:
        if fast is None or not fast.items:
            raise
        return fast
    return fast if fast is not None and len(fast.items) > len(slow.items) else slow


def _body(document: str) -> bytes:
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + document.encode("utf-8", "replace")


def _fuller(first: RawFeed | None, second: RawFeed | None) -> RawFeed | None:
    """The finding with more items."""
    if first is None or second is None:
        return first or second
    return second if len(second.items) > len(first.items) else first


def _fast(document: str) -> RawFeed | None:
    """None where fastfeedparser gives up."""
    body = _body(document)
    try:
        feed = _parse_fast(body, content=False)
        items = [_item(entry) for entry in feed["entries"]]
        if not all(item.lead for item in items):
            items = _with_content(items, _parse_fast(body, content=True)["entries"])
    except PARSER_FAILURES:
        return None
    return RawFeed(title=text_of(feed["feed"], "title"), items=tuple(_with_own_dates(items, document)))


def _with_own_dates(items: Sequence[RawItem], document: str) -> list[RawItem]:
    """The items, undated where no date is written: there the parser takes a guid such as ``5`` for one."""
    parts = _ITEM.split(document)[1:]
    if len(parts) != len(items):
        parts = [document] * len(items)
    return [item if _DATE.search(part) else replace(item, date="") for item, part in zip(items, parts, strict=True)]


def _parse_fast(body: bytes, *, content: bool) -> Any:
    """Content is left out at first: with it the parser makes up summaries in which style sheets count as text.

    The body must be bytes: a text that begins with http would be fetched.
    """
    return fastfeedparser.parse(
        body, include_content=content, include_tags=False, include_media=False, include_enclosures=False
    )


def _with_content(items: Sequence[RawItem], entries: Sequence[Mapping[str, object]]) -> list[RawItem]:
    """The items, with the entry's content for a lead where they have none."""
    pairs = zip(items, entries, strict=True)
    return [item if item.lead else replace(item, lead=_content(entry.get("content"))) for item, entry in pairs]


def _slow(body: bytes) -> RawFeed:
    """feedparser's reading. It must get a stream: it opens bytes or text that happen to name a file.

    Raises:
        ReadError: the XML is not well-formed and nothing could be saved of it, or the parser fell over it.
    """
    try:
        feed = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    except PARSER_FAILURES as error:
        raise ReadError("the feed is malformed: no parser can read its elements") from error
    # plain dicts, for feedparser's own warns when asked for a date that is not there
    items = tuple(_item(dict(entry)) for entry in feed["entries"])
    if not items and (feed.get("bozo") or not feed.get("version")):
        reason = feed.get("bozo_exception")
        raise ReadError(f"the feed is broken off or not well-formed XML: {_short(reason)}")
    return RawFeed(title=text_of(feed["feed"], "title"), items=items)


def _short(reason: object) -> str:
    """A parser's complaint without its class name and addresses."""
    message = getattr(reason, "getMessage", lambda: str(reason or "it has no channel"))()
    return " ".join(str(message).split())[:120]


def _item(entry: Mapping[str, object]) -> RawItem:
    return RawItem(
        title=text_of(entry, "title"),
        link=text_of(entry, "link"),
        guid=text_of(entry, "id"),
        lead=text_of(entry, "description", "summary") or _content(entry.get("content")),
        author=text_of(entry, "author"),
        date=text_of(entry, "published", "updated", "created"),
        language=text_of(entry, "language"),
    )


def _content(parts: object) -> str:
    """The first content element that holds text."""
    if not isinstance(parts, Sequence):
        return ""
    values = (text_of(part, "value") for part in parts if isinstance(part, Mapping))
    return next((value for value in values if value), "")


def _with_channel(feed: RawFeed, document: str) -> RawFeed:
    """The feed with language and ttl of the channel; the fast parser gives neither."""
    first_item = _CHANNEL_END.search(document)
    head = document[: first_item.start() if first_item else _HEAD_CHARS]
    language, ttl = _LANGUAGE.search(head), _TTL.search(head)
    return replace(feed, language=(language[1] or language[2]) if language else "", ttl=ttl[1] if ttl else "")
