"""JSON lines in, JSON lines out: what `analyze` reads and prints, and `ingest` reads.

A line in is ``{"id", "url"?, "lang"?, "title"?, "text", "published_at"?}``; a line out is
``{"id", "lang", "matches", "claims", "story"?}`` or, for a line that cannot be read, ``{"id"?, "error"}``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from claimwatch.decide import article_id
from domain.articles import Article, Page
from domain.errors import UsageError
from domain.ids import stable_id
from domain.matches import Analysis
from domain.stories import story_id
from domain.time import from_iso_or_day

#: Longest line that is read; the largest known article is far below it.
MAX_LINE_CHARS = 20_000_000


@dataclass(frozen=True, kw_only=True)
class TextLine:
    """One article given as a JSON line."""

    id: str | int
    url: str
    language: str | None
    title: str
    text: str
    published_at: datetime | None

    def page(self) -> Page:
        """The line as an extracted page."""
        return Page(
            canonical_url=self.url,
            title=self.title,
            text=self.text,
            published_at=self.published_at,
            language=self.language,
        )

    def article(self, seen_at: datetime) -> Article:
        """The line as an article that was never stored."""
        return Article(
            id=article_id(self.url),
            url=self.url,
            title=self.title,
            text=self.text,
            published_at=self.published_at,
            first_seen_at=seen_at,
            declared_language=self.language,
        )


class BadLine(UsageError):
    """A line that cannot be read; carries its id where that much is known."""

    def __init__(self, message: str, line_id: str | int | None = None) -> None:
        self.line_id = line_id
        super().__init__(message)

    def row(self) -> dict[str, object]:
        """The line out for it."""
        known = {} if self.line_id is None else {"id": self.line_id}
        return {**known, "error": str(self)}


def read_line(line: str) -> TextLine:
    """Read one JSON line.

    Raises:
        BadLine: it is not such a line; the message says what is wrong.
    """
    record = _object(line)
    line_id = _id(record)
    text = _text(record, "text", line_id)
    if text is None:
        raise BadLine("`text` is missing", line_id)
    title = _text(record, "title", line_id) or ""
    return TextLine(
        id=line_id,
        url=_url(record, line_id) or f"urn:claimwatch:{line_id}:{stable_id('txt', title, text)}",
        language=_text(record, "lang", line_id),
        title=title,
        text=text,
        published_at=_published(_text(record, "published_at", line_id), line_id),
    )


def _object(line: str) -> Mapping[str, object]:
    if len(line) > MAX_LINE_CHARS:
        raise BadLine(f"the line is longer than {MAX_LINE_CHARS:,} characters")
    try:
        record = json.loads(line.removeprefix("\ufeff"))  # some editors begin every file with a BOM
    except (ValueError, RecursionError) as error:
        raise BadLine(f"not JSON: {error}") from error
    if not isinstance(record, dict):
        raise BadLine("not a JSON object")
    return record


def _id(record: Mapping[str, object]) -> str | int:
    line_id = record.get("id")
    if line_id is None or line_id == "":
        raise BadLine("`id` is missing")
    if isinstance(line_id, bool) or not isinstance(line_id, (str, int)):
        raise BadLine("`id` must be a text or a number")
    return line_id


def _text(record: Mapping[str, object], key: str, line_id: str | int) -> str | None:
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise BadLine(f"`{key}` must be a text", line_id)
    return value


def _url(record: Mapping[str, object], line_id: str | int) -> str | None:
    url = _text(record, "url", line_id)
    if url and not url.startswith(("http://", "https://", "urn:")):
        raise BadLine("`url` must begin with http:// or https://", line_id)
    return url


def _published(value: str | None, line_id: str | int) -> datetime | None:
    if not value:
        return None
    try:
        return from_iso_or_day(value)
    except ValueError as error:
        raise BadLine(f"`published_at` {value!r} is not ISO 8601 with a zone", line_id) from error


def result_row(line: TextLine, analysis: Analysis, *, stories: bool) -> dict[str, object]:
    """The line out for an analysed line."""
    row: dict[str, object] = {
        "id": line.id,
        "lang": analysis.language,
        "matches": [
            {"watch": hit.watch_id, "score": hit.score, "mentions": [asdict(m) for m in hit.mentions]}
            for hit in analysis.hits
        ],
        "claims": [],
    }
    if stories:
        row["story"] = story_id(analysis.content_hash, article_id(line.url))
    return row
