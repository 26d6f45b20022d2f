"""An alert made ready for people: every text clean and of bearable length, every link safe, words marked.

Mail, console and JSON are all written from this one view, so that they cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from alerts.quotes import GAP
from alerts.text import clean, is_unspaced, shorten
from domain.alerts import Alert, Quote
from domain.matches import Decision

#: The watch of a message that only tests a channel; no watch can have this id, for it is no slug.
TEST_WATCH_ID = "(test)"

_LONGEST_TITLE = 300
_LONGEST_NAME = 120
_LONGEST_QUOTE = 600
#: Longer addresses are not given: no browser and no mail program is sure to take them.
_LONGEST_URL = 4096

_LANGUAGES = {"en": "English", "ru": "Russian", "kk": "Kazakh", "zh": "Chinese"}
_PLACES = {"title": "in the title", "lead": "in the summary", "text": "in the text"}
_REASONS = {
    Decision.FIRST_IN_STORY: "first report of this story on this watch",
    Decision.OTHER_CHANNEL: "another report of a story that was not told here yet",
    Decision.SAME_STORY: "another report of a story already told",
    Decision.TOO_OLD: "published long before it was seen",
    Decision.NO_ROUTE: "selected by no route",
}


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A stretch of a quoted passage."""

    text: str
    #: Are these the words that were met?
    marked: bool = False


@dataclass(frozen=True, kw_only=True)
class QuoteView:
    """One quoted passage."""

    #: Where it stands, in words; empty where unknown.
    place: str
    pieces: tuple[Piece, ...]
    terms: tuple[str, ...]
    #: As in the domain's Quote, but clean.
    quote: Quote


@dataclass(frozen=True, kw_only=True)
class AlertView:
    """An alert in words."""

    alert: Alert
    is_test: bool
    #: ``high``, ``medium`` or ``low``.
    severity: str
    watch_title: str
    title: str
    #: Is ``title`` only what stands in for one?
    untitled: bool
    #: The outlet's name and country code; empty where not known.
    outlet: str
    country: str
    #: In English, or its BCP 47 tag; empty where it cannot be told.
    language: str
    #: For lang attributes; empty where it cannot be told.
    language_tag: str
    author: str
    #: ISO date and time to the minute in UTC; ``unknown`` where the page does not say.
    published: str
    first_seen: str
    #: An http or https address, None where the article's is not one.
    link: str | None
    #: The host of the link, for people.
    host: str
    quotes: tuple[QuoteView, ...]
    reason: str
    partial: bool

    @property
    def source(self) -> str:
        """Outlet and country as far as known, such as ``Example Times (RU)``."""
        return f"{self.outlet} ({self.country})" if self.outlet and self.country else self.outlet or self.country


def view_of(alert: Alert) -> AlertView:
    """The alert ready for people; the same alert gives the same view."""
    content = alert.content
    link = safe_link(content.url)
    title = shorten(clean(content.title), _LONGEST_TITLE)
    host = (urlsplit(link).hostname or "").removeprefix("www.") if link else ""
    return AlertView(
        alert=alert,
        is_test=alert.watch_id == TEST_WATCH_ID,
        severity=alert.severity.value,
        watch_title=shorten(clean(content.watch_title), _LONGEST_NAME) or alert.watch_id,
        title=title or host or "(without a title)",
        untitled=not title,
        outlet=shorten(clean(content.outlet_name or ""), _LONGEST_NAME),
        country=shorten(clean(content.country or ""), _LONGEST_NAME),
        language=_language(content.language),
        language_tag=_tag(content.language),
        author=shorten(clean(content.author or ""), _LONGEST_NAME),
        published=minute(content.published_at),
        first_seen=minute(content.first_seen_at),
        link=link,
        host=host,
        quotes=tuple(_quote(each) for each in content.quotes),
        reason="somebody tests this channel" if alert.watch_id == TEST_WATCH_ID else _REASONS[alert.reason],
        partial=content.partial,
    )


def minute(moment: datetime | None) -> str:
    """``2026-11-23 11:40 UTC``, or ``unknown``."""
    return "unknown" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def safe_link(url: str) -> str | None:
    """The address if a person may click it: http or https, with a host, and no character that hides another."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return None
    seen = url == clean(url) and not any(character.isspace() or character in "<>\"'`\\" for character in url)
    return url if usable and seen and len(url) <= _LONGEST_URL else None


def _tag(language: str) -> str:
    tag = clean(language)
    return tag if tag != "und" and re.fullmatch(r"[A-Za-z0-9-]{2,35}", tag) else ""


def _language(language: str) -> str:
    tag = _tag(language)
    return _LANGUAGES.get(tag.split("-", maxsplit=1)[0].lower(), tag)


def _quote(quote: Quote) -> QuoteView:
    tidy = Quote(
        field=quote.field,
        start=quote.start,
        end=quote.end,
        text=shorten(clean(quote.text), _LONGEST_QUOTE),
        term=shorten(clean(quote.term), _LONGEST_NAME),
        context=shorten(clean(quote.context), _LONGEST_QUOTE),
    )
    terms = tuple(dict.fromkeys(tidy.term.split(GAP)))
    return QuoteView(place=_PLACES.get(quote.field, ""), pieces=_pieces(tidy), terms=terms, quote=tidy)


def _pieces(quote: Quote) -> tuple[Piece, ...]:
    """The passage, with the words that were met marked wherever they stand in it as words."""
    words = sorted({word for word in quote.text.split(GAP) if word}, key=len, reverse=True)
    found = _find(quote.context, map(_as_word, words)) or _find(quote.context, map(re.escape, words))
    pieces, place = [], 0
    for start, end in found:
        pieces += [Piece(text=quote.context[place:start]), Piece(text=quote.context[start:end], marked=True)]
        place = end
    pieces.append(Piece(text=quote.context[place:]))
    return tuple(piece for piece in pieces if piece.text)


def _find(text: str, patterns: Iterable[str]) -> list[tuple[int, int]]:
    pattern = "|".join(patterns)
    return [match.span() for match in re.finditer(pattern, text)] if pattern else []


def _as_word(word: str) -> str:
    """A pattern that meets the word but not a part of a longer one, in scripts that have borders."""
    before = "" if is_unspaced(word[0]) else r"(?<!\w)"
    after = "" if is_unspaced(word[-1]) else r"(?!\w)"
    return f"{before}{re.escape(word)}{after}"
