"""Which Story an article belongs to: articles of the same words are one Story."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import Connection, select

from domain.stories import story_id
from storage.database import Database
from storage.schema import alerts, articles, deliveries


class SqlStoryIndex:
    """The port ``StoryIndex`` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def assign(self, content_hash: str, article_id: str) -> str:
        """The story of these words; else of this article, whose words changed; else a new one.

        A new id is made from the words alone, so that two articles asking at once get the same.
        An article without words (an empty hash) is a story of its own.
        """
        new = story_id(content_hash, article_id)
        with self._database.read() as connection:
            return (
                (content_hash and _of_words(connection, content_hash, new))
                or _of_article(connection, article_id)
                or new
            )

    def told(self, story_id: str) -> Mapping[str, frozenset[str]]:
        """The watches that have an alert on this story, by id, each with the names of the channels told."""
        joined = select(alerts.c.watch_id, deliveries.c.channel).outerjoin(
            deliveries, deliveries.c.alert_id == alerts.c.id
        )
        channels: dict[str, set[str]] = defaultdict(set)
        with self._database.read() as connection:
            for watch_id, channel in connection.execute(joined.where(alerts.c.story_id == story_id).distinct()):
                channels[watch_id].update(() if channel is None else (channel,))
        return MappingProxyType({watch_id: frozenset(names) for watch_id, names in channels.items()})


def _of_words(connection: Connection, content_hash: str, new: str) -> str | None:
    """The words' own id wins over that of an article that came to these words from others."""
    own_first = (articles.c.story_id == new).desc()
    query = select(articles.c.story_id).where(articles.c.content_hash == content_hash, articles.c.story_id != "")
    ordered = query.order_by(own_first, articles.c.first_seen_at, articles.c.id).limit(1)
    return connection.execute(ordered).scalar_one_or_none()


def _of_article(connection: Connection, article_id: str) -> str | None:
    query = select(articles.c.story_id).where(articles.c.id == article_id)
    return connection.execute(query).scalar_one_or_none()
