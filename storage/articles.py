"""Entries and the articles made from them, with all that follows from an article."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, or_, select, update

from domain.articles import Article, PageState, StoredEntry
from domain.matches import Decision, Match
from domain.net import lane_of
from domain.outcomes import ArticleOutcome, EntryOutcome
from domain.views import ArticleDetails
from storage.database import Database
from storage.fencing import bounded_lane, end_lease, free_lane
from storage.key_index import put_keys
from storage.rows import (
    Row,
    alert_of,
    alert_row,
    entry_of,
    entry_row,
    insert,
    match_of,
    match_row,
    noun_of,
    row_of,
)
from storage.schema import alerts, articles, deliveries, entries, matches

#: What an article keeps for ever, also when its full page comes after its lead.
_FIRST = frozenset({"id", "first_seen_at", "story_id"})

#: What of a known match changes with the article's text.
_FOLLOWS_TEXT = ("score", "mentions", "watch_version")


class SqlArticleStore:
    """The port ``ArticleStore`` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entry(self, entry_id: str) -> StoredEntry | None:
        """One entry, None if unknown."""
        query = select(entries).where(entries.c.id == entry_id)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else entry_of(row)

    def record_article(self, outcome: ArticleOutcome) -> None:
        """Store an article with its matches, alerts and deliveries, and its entry's new state."""
        article = outcome.article
        with self._database.transaction() as connection:
            held = end_lease(connection, outcome.end)
            put = _put_article(connection, article)
            if put:
                put_keys(connection, article, outcome.keys)
            _put_matches(connection, article, outcome.matches, _tell(connection, outcome), moved=put)
            if outcome.entry is not None:
                _put_entry(connection, outcome.entry, outcome.retry_at)
            lane = held or bounded_lane(lane_of(outcome.entry.entry.url if outcome.entry else article.url))
            free_lane(connection, lane, outcome.end)

    def record_entry(self, outcome: EntryOutcome) -> None:
        """Store how a try of an entry without an article ended."""
        with self._database.transaction() as connection:
            held = end_lease(connection, outcome.end)
            _put_entry(connection, outcome.entry, outcome.retry_at)
            free_lane(connection, held or bounded_lane(lane_of(outcome.entry.entry.url)), outcome.end)

    def article(self, article_id: str) -> Article | None:
        """One article by id, None if unknown."""
        with self._database.read() as connection:
            return _one(connection, articles.c.id == article_id)

    def details(self, id_or_url: str) -> ArticleDetails | None:
        """An article by id, url, or the link or canonical url of its entry, with all around it."""
        with self._database.read() as connection:
            article = _find(connection, id_or_url)
            if article is None:
                return None
            same_story = and_(articles.c.story_id == article.story_id, articles.c.id != article.id)
            story = _articles(connection, same_story) if article.story_id else ()
            own_matches = select(matches).where(matches.c.article_id == article.id)
            own_alerts = select(alerts).where(alerts.c.article_id == article.id)
            by_match = own_matches.order_by(matches.c.matched_at, matches.c.id)
            by_alert = own_alerts.order_by(alerts.c.created_at, alerts.c.id)
            return ArticleDetails(
                article=article,
                matches=tuple(map(match_of, connection.execute(by_match).mappings())),
                alerts=tuple(map(alert_of, connection.execute(by_alert).mappings())),
                story=story,
            )


def _find(connection: Connection, id_or_url: str) -> Article | None:
    """By article first: an entry may name another article's url when a page says its address is another."""
    link = or_(entries.c.url == id_or_url, entries.c.canonical_url == id_or_url)
    linked = select(entries.c.article_id).where(link, entries.c.article_id.is_not(None))
    for condition in (articles.c.id == id_or_url, articles.c.url == id_or_url, articles.c.id.in_(linked)):
        found = _one(connection, condition)
        if found is not None:
            return found
    return None


def _one(connection: Connection, condition: ColumnElement[bool]) -> Article | None:
    return next(iter(_articles(connection, condition, limit=1)), None)


def _articles(connection: Connection, condition: ColumnElement[bool], limit: int | None = None) -> tuple[Article, ...]:
    query = select(articles).where(condition).order_by(articles.c.first_seen_at, articles.c.id).limit(limit)
    return tuple(noun_of(Article, articles, row) for row in connection.execute(query).mappings())


def _put_article(connection: Connection, article: Article) -> bool:
    """Insert; where only a part was known and the page is full now, update all but what came first.

    Returns:
        Whether the article as given is now the one stored.
    """
    statement = insert(connection, articles)
    new = statement.excluded
    better = and_(articles.c.page != PageState.FULL, new.page == PageState.FULL)
    changed = {column.name: new[column.name] for column in articles.c if column.name not in _FIRST}
    put = statement.on_conflict_do_update(index_elements=["id"], set_=changed, where=better).returning(articles.c.id)
    stored = connection.execute(put, row_of(article)).one_or_none() is not None
    if stored:
        moved = update(matches).where(matches.c.article_id == article.id)
        connection.execute(moved.values(dated_at=_dated_at(article)))
    return stored


def _dated_at(article: Article) -> datetime:
    return article.published_at or article.first_seen_at


def _add(connection: Connection, table: Table, rows: Iterable[Row]) -> frozenset[str]:
    """Add the rows whose ids are unknown, by rising id; returns the ids added."""
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    if not ordered:
        return frozenset()
    statement = insert(connection, table).on_conflict_do_nothing().returning(table.c.id)
    return frozenset(connection.execute(statement, ordered).scalars())


def _tell(connection: Connection, outcome: ArticleOutcome) -> Mapping[str, Decision]:
    """Add the alerts and deliveries that are unknown.

    Returns:
        The decision that came true for each watch whose alert was already known from another
        article. An alert known from this very article means that we do the same work again.
    """
    new_alerts = _add(connection, alerts, map(alert_row, outcome.alerts))
    rows = [row_of(delivery) | {"first_due_at": delivery.next_attempt_at} for delivery in outcome.deliveries]
    added = _add(connection, deliveries, rows)
    reached = {delivery.alert_id for delivery in outcome.deliveries if delivery.id in added}
    named = {alert.id for alert in outcome.alerts} | {delivery.alert_id for delivery in outcome.deliveries}
    known = named - new_alerts
    if not known:
        return {}
    elsewhere = alerts.c.article_id != outcome.article.id
    query = select(alerts.c.id, alerts.c.watch_id).where(alerts.c.id.in_(known), elsewhere)
    return {
        watch_id: Decision.OTHER_CHANNEL if alert_id in reached else Decision.SAME_STORY
        for alert_id, watch_id in connection.execute(query)
    }


def _put_matches(
    connection: Connection, article: Article, found: tuple[Match, ...], told: Mapping[str, Decision], *, moved: bool
) -> None:
    """Add the matches that are unknown; where the text moved under the known ones, update their places."""
    rows = []
    for match in found:
        row: dict[str, Any] = match_row(match) | {"dated_at": _dated_at(article)}
        if match.decision.told:
            row["decision"] = told.get(match.watch_id, match.decision)
        rows.append(row)
    added = _add(connection, matches, rows)
    for row in rows:
        if moved and row["id"] not in added:
            known = update(matches).where(matches.c.id == row["id"])
            connection.execute(known.values({name: row[name] for name in _FOLLOWS_TEXT}))


def _put_entry(connection: Connection, stored: StoredEntry, retry_at: datetime | None) -> None:
    row = entry_row(stored) | {"lane": bounded_lane(lane_of(stored.entry.url)), "retry_at": retry_at}
    statement = insert(connection, entries)
    changed = {name: statement.excluded[name] for name in ("state", "tries", "article_id", "note", "retry_at")}
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed), row)
