"""What a page says about itself outside its text: title, author, date, language, address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from crawler.dates import read_date
from crawler.jsonld import ArticleData
from crawler.languages import language_tag
from crawler.plaintext import plain
from crawler.urls import absolute, same_site

MAX_TITLE_CHARS = 500
MAX_AUTHOR_CHARS = 200

_TITLES = ("og:title", "twitter:title", "dc.title")
_AUTHORS = ("author", "article:author", "dc.creator", "byl", "parsely-author")
_DATES = (
    "article:published_time", "og:article:published_time", "datepublished", "date", "pubdate", "publishdate",
    "publish-date", "dc.date", "dc.date.issued", "dcterms.created", "parsely-pub-date", "sailthru.date", "dateupdate",
)  # fmt: skip
_LANGUAGES = ("og:locale", "content-language", "language", "dc.language")


@dataclass(frozen=True, kw_only=True)
class Head:
    """The page's tree with its meta elements gathered by lower-case name or property."""

    #: An lxml HTML element; lxml has no types.
    tree: Any
    meta: Mapping[str, str]
    data: ArticleData

    def first(self, *names: str) -> str:
        """The content of the first of these meta elements that has one."""
        return next((self.meta[name] for name in names if name in self.meta), "")


def gather(tree: Any, data: ArticleData) -> Head:
    """Collect the meta elements; of several with one name the first counts."""
    meta: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
        content = (element.get("content") or "").strip()
        if name and content:
            meta.setdefault(name.strip().lower(), content)
    return Head(tree=tree, meta=meta, data=data)


def title_of(head: Head) -> str:
    """From JSON-LD, OpenGraph, the first heading, the title element; in this order."""
    candidates = (head.data.headline, head.first(*_TITLES), _heading(head.tree), _text(head.tree, "title"))
    titles = (plain(candidate, MAX_TITLE_CHARS) for candidate in candidates)
    return next((title for title in titles if title), "")


def author_of(head: Head) -> str | None:
    """Names from JSON-LD or a meta element; an address or a number is no name."""
    for candidate in (head.data.author, *(head.first(name) for name in _AUTHORS)):
        author = plain(candidate, MAX_AUTHOR_CHARS)
        if "://" not in author and any(character.isalpha() for character in author):
            return author
    return None


def published_of(head: Head, *, now: datetime) -> datetime | None:
    """The first date of publication that can be believed: JSON-LD, meta, then time elements."""
    candidates = (head.data.published, *(head.first(name) for name in _DATES), *_times(head.tree))
    dates = (read_date(candidate, now=now) for candidate in candidates)
    return next((date for date in dates if date is not None), None)


def language_of(head: Head) -> str | None:
    """As declared: the html element's lang, JSON-LD, meta."""
    declared = (head.tree.get("lang"), head.tree.get("{http://www.w3.org/XML/1998/namespace}lang"))
    candidates = (*declared, head.data.language, *(head.first(name) for name in _LANGUAGES))
    tags = (language_tag(candidate) for candidate in candidates)
    return next((tag for tag in tags if tag is not None), None)


def address_of(head: Head, url: str) -> str:
    """The address that the page claims, where it can be believed; else ``url``.

    Believed is an http(s) address on the same site that is not the site's front page: a page that
    calls another site, or the front page, its own address is mistaken or lying. Where the page came
    from no site (a saved file with a ``urn:``), any site is believed.
    """
    links = (link for link in head.tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split())
    for claim in (*(link.get("href") for link in links), head.first("og:url"), head.data.url):
        address = absolute(url, claim) if claim else None
        if address is not None and _believed(address, url):
            return address
    return url


def _believed(address: str, url: str) -> bool:
    try:
        claimed, actual = urlsplit(address), urlsplit(url)
        same = actual.hostname is None or same_site(claimed.hostname or "", actual.hostname)
    except ValueError:
        return False
    return same and (claimed.path.strip("/") != "" or claimed.query != "")


def _heading(tree: Any) -> str:
    """The text of the first h1 that has some."""
    headings = (" ".join(heading.text_content().split()) for heading in tree.iter("h1"))
    return next((heading for heading in headings if heading), "")


def _text(tree: Any, name: str) -> str:
    element = next(tree.iter(name), None)
    return "" if element is None else str(element.text_content())


def _times(tree: Any) -> Iterator[str]:
    """Dates of elements marked as the publication's, then of any time element."""
    candidates = tree.iter("time", "meta", "span", "abbr")
    elements = [element for element in candidates if element.tag == "time" or _dated(element)]
    for element in sorted(elements, key=_dated, reverse=True)[:20]:
        yield element.get("datetime") or element.get("content") or element.text_content()[:100]


def _dated(element: Any) -> bool:
    return "datepublished" in (element.get("itemprop") or "").lower()
