"""``KeyIndex`` in memory: every article is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from domain.articles import Article
from domain.keys import HasAll, HasAny, KeyQuery
from domain.outcomes import Reread
from domain.time import as_utc
from domain.views import ArticleFilter, Candidates
from tests.fakes.memory import Store, Tables, stored_form

_SLOTS = 1 << 16


class MemoryKeyIndex(Store):
    """``KeyIndex`` in memory."""

    def candidates(
        self, query: KeyQuery, filter: ArticleFilter, *, before: int | None = None, limit: int = 200
    ) -> Candidates:
        for moment in (filter.since, filter.until):
            _ = moment and _second(moment)
        with self._memory.using() as tables:
            found = [
                (tables.positions[key], tables.articles[key])
                for key, keys in tables.keys.items()
                if meets(keys, query)
                and _selected(tables.articles[key], filter)
                and (before is None or tables.positions[key] < before)
            ]
        page = sorted(found, key=lambda pair: -pair[0])[:limit]
        last = page[-1][0] if len(page) == limit else None
        return Candidates(articles=tuple(article for _, article in page), before=last)

    def stale(self, analyzer_version: str, *, after: str = "", limit: int = 100) -> tuple[Article, ...]:
        with self._memory.using() as tables:
            others = [one for one in tables.articles.values() if one.analyzer_version != analyzer_version]
        return tuple(sorted((one for one in others if one.id > after), key=lambda one: one.id)[:limit])

    def count_stale(self, analyzer_version: str) -> int:
        return len(self.stale(analyzer_version, limit=1 << 30))

    def reindex(self, reread: Sequence[Reread]) -> int:
        with self._memory.using() as tables:
            return sum(_reindexed(tables, stored_form(one)) for one in reread)


def _reindexed(tables: Tables, reread: Reread) -> bool:
    known = tables.articles.get(reread.article_id)
    if known is None or known.content_hash != reread.content_hash:
        return False
    article = replace(known, language=reread.language, analyzer_version=reread.analyzer_version)
    tables.articles[article.id] = article
    put_keys(tables, article, reread.keys)
    return True


def put_keys(tables: Tables, article: Article, keys: Iterable[str]) -> None:
    """Let an article be found by these keys."""
    tables.keys[article.id] = frozenset(keys)
    first = _second(article.published_at or article.first_seen_at) * _SLOTS
    taken = {position for key, position in tables.positions.items() if key != article.id}
    tables.positions[article.id] = next(place for place in range(first, first + _SLOTS) if place not in taken)


def meets(keys: frozenset[str], query: KeyQuery) -> bool:
    """Do these keys meet a query?"""
    if isinstance(query, HasAny):
        return any(_has(keys, key) for key in query.keys)
    return (all if isinstance(query, HasAll) else any)(meets(keys, part) for part in query.parts)


def _has(keys: frozenset[str], key: str) -> bool:
    return any(one.startswith(key[:-1]) for one in keys) if key.endswith("*") else key in keys


def _selected(article: Article, filter: ArticleFilter) -> bool:
    second = _second(article.published_at or article.first_seen_at)
    return (
        (filter.since is None or second >= _second(filter.since))
        and (filter.until is None or second < _second(filter.until))
        and (not filter.outlets or article.outlet_id in filter.outlets)
        and (not filter.languages or any(f"{article.language}-".startswith(f"{one}-") for one in filter.languages))
    )


def _second(moment: datetime) -> int:
    elapsed = as_utc(moment) - datetime(1970, 1, 1, tzinfo=UTC)
    return elapsed.days * 86_400 + elapsed.seconds
