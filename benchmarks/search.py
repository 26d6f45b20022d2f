"""What the index of keys costs an article, and what a search costs, beside indexes over the text itself.

``record_article`` stores articles of 800 words one by one, with their keys and without. The indexes beside it
(FTS5's ``trigram`` and ``unicode61``, PostgreSQL's ``tsvector`` in the form 'simple') take the text of the same
articles, one transaction each: they find neither forms of words nor, but for trigram from three characters on,
Chinese ones.
Searches ask for one page of 20 among many articles whose words are as frequent as words are (Zipf);
``planner's way`` is the same condition with ORDER BY and LIMIT, as PostgreSQL plans it by itself.
PostgreSQL is a throw-away server; it is left out where there is none.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import accumulate

from sqlalchemy import text as sql

from benchmarks import nouns, texts
from benchmarks.measure import Table, median, run, taking_turns, took
from benchmarks.texts import NOW
from domain.keys import ANYTHING, HasAll, HasAny, KeyQuery
from domain.outcomes import ArticleOutcome, JobEnd
from domain.views import ArticleFilter
from storage.database import Database
from storage.key_query import askable, for_postgres, written_keys
from storage.migrate import upgrade
from storage.rows import row_of
from storage.schema import INDEXED_KEYS, article_keys, articles
from storage.stores import Stores
from tests.postgres import NoPostgresError, fresh_database, throwaway_postgres

_VOCABULARY = 200_000
_LETTERS = "абвгдежзийклмнопрстуфхцчшщыэюя"
_BATCH = 2_000
_PAGE = 20

#: Indexes over the text: how they are made, and how a text is put in.
_BESIDE = {
    "sqlite": {
        "FTS5 unicode61 over the text": (
            "CREATE VIRTUAL TABLE beside USING fts5(body)",
            "INSERT INTO beside VALUES (:b)",
        ),
        "FTS5 trigram over the text": (
            "CREATE VIRTUAL TABLE beside USING fts5(body, tokenize='trigram')",
            "INSERT INTO beside VALUES (:b)",
        ),
    },
    "postgresql": {
        "tsvector over the text": (
            "CREATE TABLE beside (body TEXT); CREATE INDEX ON beside USING gin (to_tsvector('simple', body))",
            "INSERT INTO beside VALUES (:b)",
        )
    },
}


@dataclass(frozen=True, kw_only=True)
class _Size:
    """How much is done."""

    writes: int
    words: int
    stored: int
    rounds: int


@dataclass(frozen=True, kw_only=True)
class _Bench:
    """One database under measurement."""

    name: str
    database: Database
    stores: Stores
    size: _Size
    table: Table


class _Words:
    """Words as frequent as words are; the first is the most frequent."""

    def __init__(self) -> None:
        draw = random.Random(7)  # noqa: S311 - equal texts every time, no secret
        self._weights = list(accumulate(1 / (rank + 2) for rank in range(_VOCABULARY)))
        self._draw = draw
        self.all = ["".join(draw.choices(_LETTERS, k=draw.randint(3, 10))) for _ in range(_VOCABULARY)]

    def some(self, number: int) -> list[str]:
        return self._draw.choices(self.all, cum_weights=self._weights, k=number)


def keys_of(words: Sequence[str]) -> tuple[str, ...]:
    """Every word and its stem-like key; of every tenth word a second reading."""
    keys = {f"ru:{word}" for word in words}
    keys |= set(words) | {f"ru:{word}ь" for word in words if word < "в"}
    return tuple(sorted(keys))


def measure(*, quick: bool) -> Table:
    """Milliseconds and bytes an article, and milliseconds a search, on each database."""
    size = (
        _Size(writes=20, words=100, stored=2_000, rounds=1)
        if quick
        else _Size(writes=300, words=800, stored=200_000, rounds=5)
    )
    table = Table("rows", "found", "wall_ms", "cpu_ms", "bytes")
    with tempfile.TemporaryDirectory() as folder:
        _measure(table, "sqlite", f"sqlite:///{folder}/bench.db", size)
    try:
        with throwaway_postgres() as server, fresh_database(server) as url:
            _measure(table, "postgresql", url, size)
    except NoPostgresError as error:
        table.note(f"{error}.")
    table.note(f"Articles of {size.words} words; bytes: what the database grew by, for an article, its text among it.")
    table.note("Searches: one page of 20, the articles of it too. CPU is ours, not the PostgreSQL server's. Medians.")
    return table


def _measure(table: Table, name: str, url: str, size: _Size) -> None:
    words = _Words()
    with _opened(url) as database:
        bench = _Bench(name=name, database=database, stores=Stores.over(database), size=size, table=table)
        _writes(bench, words)
        _fill(bench, words)
        _searches(bench, words)


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database.open(url)
    try:
        upgrade(database)
        yield database
    finally:
        database.close()


def _writes(bench: _Bench, words: _Words) -> None:
    bodies = [words.some(bench.size.words) for _ in range(bench.size.writes)]
    whole = [_outcome(number, body) for number, body in enumerate(bodies)]
    bare = [replace(one, keys=(), article=replace(one.article, id=f"{one.article.id}-bare")) for one in whole]
    record = bench.stores.articles.record_article
    _written(bench, "record_article without keys", [partial(record, one) for one in bare])
    keys = sum(len(one.keys) for one in whole) // len(whole)
    _written(bench, f"record_article, {keys} keys", [partial(record, one) for one in whole])
    for name, (make, put) in _BESIDE[bench.name].items():
        _execute(bench, make, {})
        _written(bench, name, [partial(_execute, bench, put, {"b": " ".join(body)}) for body in bodies])
        _execute(bench, "DROP TABLE beside", {})


def _written(bench: _Bench, name: str, works: Sequence[Callable[[], object]]) -> None:
    before = _bytes(bench)
    each = median(map(took, works))
    grown = (_bytes(bench) - before) // len(works)
    bench.table.add(f"{bench.name}: {name}", wall_ms=each.wall_ms(), cpu_ms=each.cpu_ms(), bytes=grown)


def _outcome(number: int, body: Sequence[str]) -> ArticleOutcome:
    article = replace(texts.article(texts.text(number)), text=" ".join(body), language="ru", story_id=f"sto-{number}")
    return ArticleOutcome(article=article, keys=keys_of(body), end=JobEnd())


def _execute(bench: _Bench, statement: str, values: dict[str, str]) -> None:
    with bench.database.transaction() as connection:
        for one in statement.split("; "):
            connection.execute(sql(one), values)


def _bytes(bench: _Bench) -> int:
    pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    if bench.name == "sqlite":
        with bench.database.read() as connection:
            return int(connection.execute(sql(pages)).scalar_one())
    with bench.database.read() as connection:
        return int(connection.execute(sql("SELECT pg_database_size(current_database())")).scalar_one())


def _fill(bench: _Bench, words: _Words) -> None:
    """Short articles, one a minute, into the bare tables."""
    template = row_of(texts.article(texts.text(1)))
    for first in range(0, bench.size.stored, _BATCH):
        numbers = range(first, min(first + _BATCH, bench.size.stored))
        with bench.database.transaction() as connection:
            connection.execute(articles.insert(), [template | _row(number) for number in numbers])
            connection.execute(article_keys.insert(), [_keys_row(number, words.some(60)) for number in numbers])
    if bench.name == "postgresql":
        _execute(bench, "ANALYZE", {})


def _row(number: int) -> dict[str, object]:
    return {
        "id": f"art-big-{number}",
        "url": f"https://{nouns.host(number)}/big/{number}",
        "text": "",
        "published_at": NOW - timedelta(minutes=number),
        "content_hash": f"hash-{number}",
    }


def _keys_row(number: int, body: Sequence[str]) -> dict[str, object]:
    moment = NOW - timedelta(minutes=number)
    return {
        "article_id": f"art-big-{number}",
        "position": int(moment.timestamp()) << 16,
        "language": "ru",
        "outlet_id": f"news{number % nouns.HOSTS}",
        "indexed": written_keys((*keys_of(body), "領土") if number % 500 == 0 else keys_of(body)),
    }


def _any_of(*keys: str) -> HasAny:
    return HasAny(keys=frozenset(keys))


def _searches(bench: _Bench, words: _Words) -> None:
    ru = [f"ru:{word}" for word in words.all]
    old = ArticleFilter(until=NOW - timedelta(minutes=bench.size.stored * 3 // 4))
    asked: dict[str, tuple[KeyQuery, ArticleFilter]] = {
        "a word of every third article": (_any_of(ru[5]), ArticleFilter()),
        "a word of every 50th": (_any_of(ru[200]), ArticleFilter()),
        "a rare word": (_any_of(ru[150_000]), ArticleFilter()),
        "a frequent and a rare word": (HasAll(parts=(_any_of(ru[5]), _any_of(ru[150_000]))), ArticleFilter()),
        "two frequent words": (HasAll(parts=(_any_of(ru[5]), _any_of(ru[6]))), ArticleFilter()),
        "a frequent word, long ago": (_any_of(ru[5]), old),
        "a word of every 50th, one outlet": (_any_of(ru[200]), ArticleFilter(outlets=("news7",))),
        "two Chinese characters": (_any_of("領土"), ArticleFilter()),
        "beginning of a word": (_any_of(f"{words.all[150_000][:3]}*"), ArticleFilter()),
        "any of 2,000 words": (_any_of(*ru[20_000:22_000]), ArticleFilter()),
        "anything": (ANYTHING, ArticleFilter()),
    }
    for name, (query, wanted) in asked.items():
        works: dict[str, Callable[[], object]] = {"": partial(bench.stores.keys.candidates, query, wanted, limit=_PAGE)}
        if bench.name == "postgresql" and "word" in name and "any of" not in name and wanted == ArticleFilter():
            works[", planner's way"] = partial(_planned, bench, query)
        for how, time in taking_turns(works, bench.size.rounds).items():
            found = len(bench.stores.keys.candidates(query, wanted, limit=_PAGE).articles)
            bench.table.add(
                f"{bench.name}: {name}{how}",
                rows=bench.size.stored,
                found=found,
                wall_ms=time.wall_ms(),
                cpu_ms=time.cpu_ms(),
            )


def _planned(bench: _Bench, query: KeyQuery) -> None:
    """The plain statement: the planner chooses between the index of keys and the newest articles, one by one."""
    wanted = askable(query)
    assert wanted is not None
    page = article_keys.select().with_only_columns(article_keys.c.article_id)
    newest = page.where(for_postgres(wanted, INDEXED_KEYS)).order_by(article_keys.c.position.desc()).limit(_PAGE)
    with bench.database.read() as connection:
        ids = connection.execute(newest).scalars().all()
        connection.execute(articles.select().where(articles.c.id.in_(ids))).all()


if __name__ == "__main__":
    sys.exit(run(measure, "search"))
