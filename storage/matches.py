"""The stored matches, for people who ask."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from domain.articles import Article
from domain.views import MatchFilter, MatchRow
from storage.database import Database
from storage.rows import match_of, noun_of
from storage.schema import articles, matches


class SqlMatchStore:
    """The port ``MatchStore`` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, filter: MatchFilter) -> tuple[MatchRow, ...]:
        """Newest published first; where unknown, first seen counts."""
        newest = (matches.c.dated_at.desc(), matches.c.matched_at.desc(), matches.c.id)
        joined = select(matches, articles).join(articles, articles.c.id == matches.c.article_id)
        query = joined.where(*_conditions(filter)).order_by(*newest).limit(filter.limit).offset(filter.offset)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(MatchRow(match=match_of(row), article=noun_of(Article, articles, row)) for row in rows)


def _conditions(filter: MatchFilter) -> list[ColumnElement[bool]]:
    wanted = (
        (matches.c.watch_id, filter.watch),
        (articles.c.outlet_id, filter.outlet),
        (articles.c.language, filter.language),
    )
    conditions = [column == value for column, value in wanted if value is not None]
    if filter.since is not None:
        conditions.append(matches.c.dated_at >= filter.since)
    if filter.until is not None:
        conditions.append(matches.c.dated_at < filter.until)
    return conditions
