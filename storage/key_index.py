"""The keys of articles, and the articles that may meet a query by their keys.

Every article has a position: the second in which it was published (where unknown, first seen), and a
number that tells it from others of that second. Pages are cut by it, and it is the row number of SQLite's
index, which so gives the newest first without sorting. PostgreSQL's planner does not know how dear it is to
look at the keys of a row, nor how rare most keys are, so its index is made the only way.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)

from domain.articles import Article
from domain.keys import KeyQuery
from domain.outcomes import Reread
from domain.time import as_utc
from domain.views import ArticleFilter, Candidates
from storage.database import Database
from storage.key_query import NOTHING, askable, for_postgres, for_sqlite, written_keys
from storage.rows import insert, noun_of
from storage.schema import INDEXED_KEYS, KEY_INDEX, article_keys, articles

#: Bits of a position that tell articles of one second apart.
_SLOT_BITS = 16
_SLOTS = 1 << _SLOT_BITS
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: On PostgreSQL so many pages of the newest articles are asked first: enough for what is frequent.
_WINDOW_PAGES = 20

_ONLY_BITMAPS = ("seqscan", "indexscan", "indexonlyscan")

#: Position and id of an article.
_Place = tuple[int, str]
_PLACES = select(article_keys.c.position, article_keys.c.article_id)


class SqlKeyIndex:
    """The port ``KeyIndex`` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def candidates(
        self, query: KeyQuery, filter: ArticleFilter, *, before: int | None = None, limit: int = 200
    ) -> Candidates:
        """A page of the articles whose keys meet a query, newest first."""
        wanted = askable(query)
        if wanted == NOTHING:
            return Candidates()
        with self._database.read() as connection:
            if wanted is None:
                found = _newest(connection, filter, before, limit)
            else:
                found = _asking(connection, wanted, filter, before, limit)
            listed = _by_id(connection, [article_id for _, article_id in found])
        last = found[-1][0] if len(found) >= limit else None
        return Candidates(articles=tuple(listed[key] for _, key in found if key in listed), before=last)

    def stale(self, analyzer_version: str, *, after: str = "", limit: int = 100) -> tuple[Article, ...]:
        """Articles that another version of the analyser read last, by rising id, ids after ``after`` only."""
        others = select(articles).where(articles.c.analyzer_version != analyzer_version, articles.c.id > after)
        with self._database.read() as connection:
            rows = connection.execute(others.order_by(articles.c.id).limit(limit)).mappings()
            return tuple(noun_of(Article, articles, row) for row in rows)

    def count_stale(self, analyzer_version: str) -> int:
        """How many articles another version of the analyser read last."""
        query = select(func.count()).select_from(articles).where(articles.c.analyzer_version != analyzer_version)
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def reindex(self, reread: Sequence[Reread]) -> int:
        """Store keys, language and analyser version of articles that were read again."""
        with self._database.transaction() as connection:
            return sum(_reindexed(connection, one) for one in sorted(reread, key=lambda one: one.article_id))


def put_keys(connection: Connection, article: Article, keys: Sequence[str]) -> None:
    """Let an article that is stored be found by these keys, and by no others."""
    statement = insert(connection, article_keys)
    changed = {name: statement.excluded[name] for name in ("position", "language", "outlet_id", "indexed")}
    row = {
        "article_id": article.id,
        "position": _position(connection, article),
        "language": article.language,
        "outlet_id": article.outlet_id,
        "indexed": written_keys(keys),
    }
    connection.execute(statement.on_conflict_do_update(index_elements=["article_id"], set_=changed), row)


def _reindexed(connection: Connection, reread: Reread) -> bool:
    unchanged = (articles.c.id == reread.article_id, articles.c.content_hash == reread.content_hash)
    values = {"language": reread.language, "analyzer_version": reread.analyzer_version}
    put = update(articles).where(*unchanged).values(values).returning(*articles.c)
    row = connection.execute(put).mappings().one_or_none()
    if row is not None:
        put_keys(connection, noun_of(Article, articles, row), reread.keys)
    return row is not None


def _position(connection: Connection, article: Article) -> int:
    """The article's own, as long as its date stays; else a free one.

    Two PostgreSQL transactions side by side may take the same, which is borne: see ``_page``.
    """
    first = _first_position(article.published_at or article.first_seen_at)
    own = select(article_keys.c.position).where(article_keys.c.article_id == article.id)
    known: int | None = connection.execute(own).scalar_one_or_none()
    if known is not None and first <= known < first + _SLOTS:
        return known
    position = first + zlib.crc32(article.id.encode("utf-8", "surrogatepass")) % _SLOTS
    while connection.execute(select(exists().where(article_keys.c.position == position))).scalar_one():
        position += 1
    return position


def _first_position(moment: datetime) -> int:
    """The first position of a second; before 1970 it is negative."""
    elapsed = as_utc(moment) - _EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * _SLOTS


def _bounds(filter: ArticleFilter, before: int | None, position: ColumnElement[int]) -> list[ColumnElement[bool]]:
    ends = [] if before is None else [before]
    if filter.until is not None:
        ends.append(_first_position(filter.until))
    bounds = [position < min(ends)] if ends else []
    if filter.since is not None:
        bounds.append(position >= _first_position(filter.since))
    return bounds


def _others(filter: ArticleFilter) -> list[ColumnElement[bool]]:
    language, conditions = article_keys.c.language, []
    if filter.languages:
        each = (or_(language == one, language.startswith(f"{one}-", autoescape=True)) for one in filter.languages)
        conditions.append(or_(*each))
    if filter.outlets:
        conditions.append(article_keys.c.outlet_id.in_(filter.outlets))
    return conditions


def _asking(
    connection: Connection, wanted: KeyQuery, filter: ArticleFilter, before: int | None, limit: int
) -> Sequence[_Place]:
    """Those that the index gives, and those that it does not know."""
    ask = _of_postgres if connection.dialect.name == "postgresql" else _of_sqlite
    unknown = _newest(connection, filter, before, limit, article_keys.c.indexed.is_(None))
    indexed = ask(connection, wanted, filter, before, limit)
    if not unknown:
        return indexed
    both: list[_Place] = sorted(chain(unknown, indexed), key=lambda place: (-place[0], place[1]))
    return [place for place in both if len(both) <= limit or place[0] >= both[limit - 1][0]]


def _newest(
    connection: Connection, filter: ArticleFilter, before: int | None, limit: int, *conditions: ColumnElement[bool]
) -> Sequence[_Place]:
    bounds = _bounds(filter, before, article_keys.c.position)
    return _page(connection, _PLACES.where(*conditions, *bounds, *_others(filter)), article_keys.c.position, limit)


def _of_sqlite(
    connection: Connection, wanted: KeyQuery, filter: ArticleFilter, before: int | None, limit: int
) -> Sequence[_Place]:
    """The index walks from the newest article on, and stops when the page is full."""
    position: ColumnElement[int] = literal_column(f"{KEY_INDEX}.rowid", BigInteger)
    by_keys = _PLACES.select_from(text(KEY_INDEX)).where(
        text(f"{KEY_INDEX} MATCH :wanted").bindparams(wanted=for_sqlite(wanted)),
        article_keys.c.position == position,
        *_bounds(filter, before, position),
        *_others(filter),
    )
    return _page(connection, by_keys, position, limit)


def _of_postgres(
    connection: Connection, wanted: KeyQuery, filter: ArticleFilter, before: int | None, limit: int
) -> Sequence[_Place]:
    """The index gives all that it has, unsorted; so the newest are asked for first, then all if these are too few."""
    position = article_keys.c.position
    bounds = _bounds(filter, before, position)
    floor = select(position).where(*bounds).order_by(position.desc()).offset(_WINDOW_PAGES * limit).limit(1)
    lowest = connection.execute(floor).scalar_one_or_none()
    for kind in _ONLY_BITMAPS:
        connection.execute(text(f"SET LOCAL enable_{kind} = off"))
    by_keys = _PLACES.where(for_postgres(wanted, INDEXED_KEYS), *bounds, *_others(filter))
    if lowest is not None:
        newest = _page(connection, by_keys.where(position >= lowest), position, limit)
        if len(newest) >= limit:
            return newest
    return _page(connection, by_keys, position, limit)


def _page(
    connection: Connection, query: Select[int, str], position: ColumnElement[int], limit: int
) -> Sequence[_Place]:
    """The first of them, and on PostgreSQL whatever shares the last one's position."""
    newest = query.order_by(position.desc())
    cut = newest.limit(limit) if connection.dialect.name == "sqlite" else newest.fetch(limit, with_ties=True)
    return [(row[0], row[1]) for row in connection.execute(cut)]


def _by_id(connection: Connection, ids: Sequence[str]) -> Mapping[str, Article]:
    rows = connection.execute(select(articles).where(articles.c.id.in_(ids))).mappings()
    return {row[articles.c.id]: noun_of(Article, articles, row) for row in rows}
