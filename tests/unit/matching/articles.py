"""Articles and watches for the tests of matching."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.articles import Article
from domain.watches import Watch, WatchTests


def article(text: str = "", *, title: str = "", lead: str = "", outlet: str | None = None) -> Article:
    """An article of which only the words matter."""
    return Article(
        id="art-1",
        url="https://example.org/1",
        outlet_id=outlet,
        title=title,
        lead=lead,
        text=text,
        first_seen_at=datetime(2026, 11, 23, tzinfo=UTC),
    )


def watch(
    query: str = "border",
    *,
    language: str = "*",
    match: tuple[str, ...] = (),
    no_match: tuple[str, ...] = (),
    **fields: object,
) -> Watch:
    """A watch with one query."""
    tests = WatchTests(match=match, no_match=no_match)
    settings: dict[str, object] = {
        "id": "w",
        "title": "A watch",
        "queries": {language: query},
        "tests": tests,
        **fields,
    }
    return Watch(**settings)  # type: ignore[arg-type]
