"""One article in full, for people: with its matches, each mention in its words, its alerts and its story."""

from __future__ import annotations

from collections.abc import Iterator

from alerts.text import ELLIPSIS, cut_after, cut_before
from claimwatch.cli.output import safe, shown
from claimwatch.cli.rows import article_row
from domain.alerts import Alert
from domain.articles import Article
from domain.matches import Match, Mention
from domain.views import ArticleDetails

#: Code points of the words shown on each side of a mention.
_AROUND = 60

_FACTS = ("id", "title", "url", "outlet", "author", "published_at", "first_seen_at", "language", "page", "story")
_PLACES = {"lead": "summary"}


def lines_of(details: ArticleDetails) -> Iterator[str]:
    """The lines to print; nothing in them commands a terminal."""
    article = details.article
    row = article_row(article)
    yield from (f"{key.replace('_', ' '):>14}  {shown(row[key])}" for key in _FACTS)
    yield from (f"\n{safe(text)}" for text in (article.lead, article.text) if text)
    yield f"\nmatches: {len(details.matches)}"
    for match in details.matches:
        yield from _match_lines(article, match)
    yield f"\nalerts: {len(details.alerts)}"
    yield from map(_alert_line, details.alerts)
    yield f"\nsame story: {len(details.story)}"
    yield from map(_other_line, details.story)


def _match_lines(article: Article, match: Match) -> Iterator[str]:
    told = "told" if match.decision.told else "not told"
    yield f"  {match.watch_id}  score {match.score:g}  {told}: {match.decision.value.replace('_', ' ')}"
    for mention in match.mentions:
        yield f"    {_PLACES.get(mention.field, mention.field):>7}  {in_context(article, mention)}"


def in_context(article: Article, mention: Mention) -> str:
    """The words of a mention between asterisks, with the words around them, on one line."""
    text = article.field(mention.field)
    begin = cut_after(text, max(mention.start - _AROUND, 0), ceiling=mention.start)
    finish = cut_before(text, min(mention.end + _AROUND, len(text)), floor=mention.end)
    before, after = text[begin : mention.start], text[mention.end : finish]
    words = f"{before}*{text[mention.start : mention.end]}*{after}"
    left, right = ELLIPSIS if begin > 0 else "", ELLIPSIS if finish < len(text) else ""
    return f"{left}{shown(words)}{right}"


def _alert_line(alert: Alert) -> str:
    created = f"{alert.created_at:%Y-%m-%d %H:%M}"
    return f"  {alert.id}  {created}  {alert.severity.value}  {alert.watch_id}  {alert.reason.value.replace('_', ' ')}"


def _other_line(other: Article) -> str:
    published = f"{other.published_at:%Y-%m-%d %H:%M}" if other.published_at else "-"
    return f"  {other.id}  {published}  {shown(other.outlet_id)}  {shown(other.url)}"
