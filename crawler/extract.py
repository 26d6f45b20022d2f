"""Reads an article page: trafilatura for the text, JSON-LD, OpenGraph and meta elements for the rest.

Sync, picklable, and never on the network. JSON-LD's own body is often a summary, so it counts
only where the page's text is missing or much shorter.
"""

from __future__ import annotations

import copy
import logging
from typing import Any

import trafilatura
from lxml import etree  # type: ignore[import-untyped]
from lxml import html as lxml_html

from crawler.charsets import decode_html
from crawler.jsonld import article_data
from crawler.metadata import address_of, author_of, gather, language_of, published_of, title_of
from crawler.plaintext import paragraphs, plain, without_controls
from crawler.urls import canonical_url
from domain.articles import Page
from domain.errors import ReadError
from domain.time import SystemClock

MAX_BODY_BYTES = 8 * 1024 * 1024
MAX_TEXT_CHARS = 1_000_000
#: A second reading, or JSON-LD's body, is taken when it is this many times longer than the page's text.
MUCH_LONGER = 3
#: A text shorter than this, in characters, is doubted: pages whose paragraphs are bare nested blocks lose
#: most of theirs to the precise reading.
DOUBTED_CHARS = 600

_HTML_TYPES = (
    "text/html",
    "application/xhtml",
    "text/plain",
    "application/xml",
    "text/xml",
    "application/octet-stream",
)
_MAGIC = ((b"%PDF", "a PDF document"), (b"PK\x03\x04", "a ZIP archive or office document"), (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"), (b"GIF8", "an image"), (b"\x1f\x8b", "a gzip archive"))  # fmt: skip

# It reports every page without text as a warning of its own; our outcome says so already.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


def extract(body: bytes, url: str, content_type: str) -> Page:
    """Title, text and metadata of an article page.

    Args:
        body: the bytes as served, inflated.
        url: the final address; relative addresses refer to it.
        content_type: the HTTP header, empty where there was none.

    Returns:
        Plain text with one paragraph a line, empty where none is found. ``canonical_url`` is the
        identity key (crawler.urls) of the address that the page claims, or of ``url``.

    Raises:
        ReadError: empty, too large, no HTML, or nested too deeply; the message is a sentence.
    """
    tree = _tree(_checked(body, content_type), content_type)
    scripts = (script for script in tree.iter("script") if "ld+json" in (script.get("type") or "").lower())
    data = article_data(str(script.text or "") for script in scripts)
    head = gather(tree, data)
    return Page(
        canonical_url=canonical_url(address_of(head, url)),
        title=title_of(head),
        author=author_of(head),
        published_at=published_of(head, now=SystemClock().now()),
        language=language_of(head),
        text=_text(tree, url, data.body),
    )


def _checked(body: bytes, content_type: str) -> bytes:
    """The body, if it can be a page."""
    if not body.strip():
        raise ReadError(f"the page is empty ({len(body)} bytes)")
    if len(body) > MAX_BODY_BYTES:
        raise ReadError(f"the page is too large ({len(body)} bytes)")
    kind = content_type.partition(";")[0].strip().lower()
    what = next((name for magic, name in _MAGIC if body.startswith(magic)), None)
    if what is None and kind and not kind.startswith(_HTML_TYPES):
        what = kind[:60]
    if what is not None:
        raise ReadError(f"the page is {what}, not HTML")
    return body


def _tree(body: bytes, content_type: str) -> Any:
    """The root element; comments and processing instructions are gone.

    libxml2 leaves out what is nested over 256 deep, and reports it.

    Raises:
        ReadError: there is no markup in it, or too much inside itself.
    """
    text = without_controls(decode_html(body, content_type))
    if "<" not in text:
        raise ReadError("the page is plain text or data, not HTML")
    parser = lxml_html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, default_doctype=False
    )
    try:
        tree = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError, RecursionError):
        raise ReadError("the page is no HTML that can be read") from None
    if tree.tag != "html":
        raise ReadError("the page is XML or data, not HTML")
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise ReadError("the page's elements are nested too deeply")
    return tree


def _text(tree: Any, url: str, stated: str) -> str:
    """The article's own text, or nothing; where little is found, JSON-LD's body or a looser reading."""
    precise = _read(copy.deepcopy(tree), url, precise=True)
    text = _better(precise, stated)
    if not precise or len(text) >= DOUBTED_CHARS or text != precise:
        return text  # where the precise reading found nothing, a looser one finds menus and footers
    looser = _read(tree, url, precise=False)
    return looser if len(looser) > MUCH_LONGER * len(text) else text


def _read(tree: Any, url: str, *, precise: bool) -> str:
    """One reading; the tree is used up by it."""
    try:
        document = trafilatura.bare_extraction(
            tree, url=url, favor_precision=precise, include_comments=False, with_metadata=False
        )
    except (RecursionError, etree.LxmlError, ValueError, TypeError, AttributeError, KeyError, IndexError):
        return ""  # its heuristics stumbled over this page; title and metadata are still good
    text = getattr(document, "text", None) or ""
    return paragraphs(text)[:MAX_TEXT_CHARS]


def _better(text: str, stated: str) -> str:
    """The page's text, or JSON-LD's where that is much longer."""
    if len(stated) <= MUCH_LONGER * len(text):
        return text
    if "<" in stated:
        blocks = stated.replace("</p>", "\n").replace("<br", "\n<br").split("\n")
        return paragraphs("\n".join(plain(block, MAX_TEXT_CHARS) for block in blocks))[:MAX_TEXT_CHARS]
    return paragraphs(stated)[:MAX_TEXT_CHARS]
