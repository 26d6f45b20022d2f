"""One article in full, for people: with its matches, each mention in its words, its alerts and its story."""

from __future__ import annotations

from collections.abc import Iterator

from claimwatch.cli.marks import Marks, colours, in_context, marks, with_terms
from claimwatch.cli.output import safe, shown
from claimwatch.cli.rows import article_row
from domain.alerts import Alert
from domain.articles import Article
from domain.matches import Match
from domain.views import ArticleDetails

_FACTS = ("id", "title", "url", "outlet", "author", "published_at", "first_seen_at", "language", "page", "story")
_PLACES = {"lead": "summary"}


def lines_of(details: ArticleDetails) -> Iterator[str]:
    """The lines to print; nothing that a publisher wrote commands a terminal.

    In colours every mention is marked where it stands, and names the term that asked for it. Elsewhere
    the words stay as they are, and only the matches below show mentions.
    """
    article = details.article
    row = article_row(article)
    yield from (f"{key.replace('_', ' '):>14}  {_fact(details, key, row[key])}" for key in _FACTS)
    yield from (f"\n{_words(details, name)}" for name in ("lead", "text") if article.field(name))
    yield f"\nmatches: {len(details.matches)}"
    for match in details.matches:
        yield from _match_lines(article, match, marks())
    yield f"\nalerts: {len(details.alerts)}"
    yield from map(_alert_line, details.alerts)
    yield f"\nsame story: {len(details.story)}"
    yield from map(_other_line, details.story)


def _fact(details: ArticleDetails, key: str, value: object) -> str:
    return " ".join(_words(details, "title").split()) if key == "title" and value and colours() else shown(value)


def _words(details: ArticleDetails, name: str) -> str:
    text = details.article.field(name)
    if not colours():
        return safe(text)
    # matches of a text that was replaced since may point elsewhere
    mentions = {one for match in details.matches for one in match.mentions if one.field == name}
    return with_terms(text, [one for one in mentions if text[one.start : one.end] == one.text], marks())


def _match_lines(article: Article, match: Match, marks: Marks) -> Iterator[str]:
    told = "told" if match.decision.told else "not told"
    yield f"  {match.watch_id}  score {match.score:g}  {told}: {match.decision.value.replace('_', ' ')}"
    for mention in match.mentions:
        place, words = _PLACES.get(mention.field, mention.field), in_context(article, mention, marks)
        yield f"    {place:>7}  {words}  {shown(mention.term)}"


def _alert_line(alert: Alert) -> str:
    created = f"{alert.created_at:%Y-%m-%d %H:%M}"
    return f"  {alert.id}  {created}  {alert.severity.value}  {alert.watch_id}  {alert.reason.value.replace('_', ' ')}"


def _other_line(other: Article) -> str:
    published = f"{other.published_at:%Y-%m-%d %H:%M}" if other.published_at else "-"
    return f"  {other.id}  {published}  {shown(other.outlet_id)}  {shown(other.url)}"
