"""Entry (what a Source told us) and Article (one published page)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One item of a Source: a link with what the source says about it."""

    #: ``ent-…``, made from the canonical URL.
    id: str
    source_id: str
    #: The link as served, absolute.
    url: str
    canonical_url: str
    guid: str | None = None
    #: Plain text, never markup.
    title: str = ""
    #: Summary or first words, plain text.
    lead: str = ""
    author: str | None = None
    #: Aware UTC, None where the source gives none that can be believed.
    published_at: datetime | None = None
    #: BCP 47 as the source declares it.
    language: str | None = None


class EntryState(StrEnum):
    """Where an Entry stands."""

    PENDING = "pending"  # its page is still to be fetched, or to be tried again
    DONE = "done"
    FAILED = "failed"  # given up; the note says why


@dataclass(frozen=True, kw_only=True)
class StoredEntry:
    """An Entry with how far we got with it."""

    entry: Entry
    state: EntryState
    #: Tries of its page so far.
    tries: int
    first_seen_at: datetime
    #: The article made from it, once there is one.
    article_id: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Page:
    """What extraction finds in one fetched page; text fields are plain text."""

    #: The address the page says it has (rel=canonical), else the final address.
    canonical_url: str
    title: str = ""
    text: str = ""
    author: str | None = None
    published_at: datetime | None = None
    #: BCP 47 as the page declares it; matching decides the real one.
    language: str | None = None


class PageState(StrEnum):
    """How much of a published page an Article holds."""

    FULL = "full"
    EMPTY = "empty"  # the page came but held no text: title and lead are the Article
    REFUSED = "refused"  # the page was not to be had: title and lead are the Article
    LEAD_ONLY = "lead_only"  # the source's pages are not fetched, by the catalogue


@dataclass(frozen=True, kw_only=True)
class Article:
    """One published page, as stored."""

    #: ``art-…``, made from the canonical URL.
    id: str
    url: str
    #: None for what was ingested from no known outlet.
    outlet_id: str | None = None
    source_id: str | None = None
    title: str = ""
    #: The source's own summary, plain text; empty when the text contains it.
    lead: str = ""
    text: str = ""
    author: str | None = None
    published_at: datetime | None = None
    first_seen_at: datetime
    #: BCP 47, decided by analysis; ``und`` when it cannot be told.
    language: str = "und"
    #: BCP 47 as page or source declare it.
    declared_language: str | None = None
    page: PageState = PageState.FULL
    #: Equal for equal words; see ``matching.signatures``.
    content_hash: str = ""
    #: The Story it belongs to.
    story_id: str = ""
    #: Version of the analyser that last read it.
    analyzer_version: str = ""

    def field(self, name: str) -> str:
        """The text of ``title``, ``lead`` or ``text``, to which Mention offsets refer."""
        return {"title": self.title, "lead": self.lead, "text": self.text}[name]


#: The fields of an Article that are matched, in reading order.
TEXT_FIELDS = ("title", "lead", "text")
