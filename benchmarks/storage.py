"""What the stores cost on SQLite and PostgreSQL, beside one-row inserts without any of our rules.

``plain insert`` puts one article row into the same table of the same database in a transaction of its own,
through the same driver: no lease, no entry, no matches, nothing asked first. Claiming work and listing
matches are measured on large tables: entries that wait on 300 sites, and articles with a match each.
PostgreSQL is a throw-away server with its safety from power loss turned off (see tests/postgres.py); it is
left out where there is none.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from sqlalchemy import Table as SqlTable
from sqlalchemy import text as sql

from benchmarks import nouns, texts
from benchmarks.measure import Table, Took, median, run, took
from benchmarks.texts import NOW
from domain.articles import Article, EntryState, StoredEntry
from domain.jobs import Job, JobKind
from domain.matches import Decision, Match, Mention
from domain.outcomes import ArticleOutcome, PollOutcome
from domain.views import MatchFilter
from storage.database import Database
from storage.migrate import upgrade
from storage.rows import entry_row, match_row, row_of
from storage.schema import articles, entries, matches
from storage.stores import Stores
from tests.postgres import NoPostgresError, fresh_database, throwaway_postgres

#: Rows in one INSERT where tables are filled before the clock starts.
_BATCH = 5_000

#: Watches among which the matches of the large table are shared; the last one has one match in a thousand.
_WATCHES = 20


@dataclass(frozen=True, kw_only=True)
class _Size:
    """How much is done."""

    writes: int
    waiting: int
    articles: int
    rounds: int


@dataclass(frozen=True, kw_only=True)
class _Bench:
    """One database under measurement."""

    name: str
    database: Database
    stores: Stores
    size: _Size
    table: Table

    def add(self, what: str, time: Took, items: int = 1, rows: int | None = None) -> None:
        """A row of the table: the time of one of so many items."""
        self.table.add(
            f"{self.name}: {what}",
            rows=rows,
            wall_ms=time.wall_ms(items),
            cpu_ms=time.cpu_ms(items),
            per_s=time.per_second(items),
        )


def measure(*, quick: bool) -> Table:
    """Milliseconds for each write, claim and listing, on each database."""
    size = (
        _Size(writes=30, waiting=2_000, articles=1_000, rounds=1)
        if quick
        else _Size(writes=300, waiting=100_000, articles=100_000, rounds=3)
    )
    table = Table("rows", "wall_ms", "cpu_ms", "per_s")
    with tempfile.TemporaryDirectory() as folder:
        _measure(table, "sqlite", f"sqlite:///{folder}/bench.db", size)
    try:
        with throwaway_postgres() as server, fresh_database(server) as url:
            _measure(table, "postgresql", url, size)
    except NoPostgresError as error:
        table.note(f"{error}.")
    table.note("rows: in the table asked. CPU is ours, not the PostgreSQL server's. Medians.")
    return table


def _measure(table: Table, name: str, url: str, size: _Size) -> None:
    with _opened(url) as database:
        bench = _Bench(name=name, database=database, stores=Stores.over(database), size=size, table=table)
        sources = [nouns.source(number) for number in range(nouns.HOSTS)]
        lanes = {one.id: nouns.host(number) for number, one in enumerate(sources)}
        bench.stores.sources.sync(sources, lanes, NOW + timedelta(days=1))
        for part in (_plain_inserts, _polls, _articles, _claims, _listings):
            part(bench)


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database.open(url)
    try:
        upgrade(database)
        yield database
    finally:
        database.close()


def _in_rounds(works: Sequence[Callable[[], object]], rounds: int) -> tuple[Took, int]:
    """The median over rounds of different works, and how many works a round has."""
    each = len(works) // rounds
    parts = [works[start : start + each] for start in range(0, each * rounds, each)]
    return median(took(partial(_all, part)) for part in parts), each


def _all(works: Sequence[Callable[[], object]]) -> None:
    for work in works:
        work()


def _plain_inserts(bench: _Bench) -> None:
    rows = [row_of(replace(_article(number), id=f"plain-{number}")) for number in range(bench.size.writes)]

    def put(number: int) -> None:
        with bench.database.transaction() as connection:
            connection.execute(articles.insert(), rows[number])

    works = [partial(put, number) for number in range(len(rows))]
    bench.add("plain insert, one article row", *_in_rounds(works, bench.size.rounds))


def _polls(bench: _Bench) -> None:
    """Nothing new; then thirty entries of which three are new."""
    count = bench.size.writes
    quiet = [nouns.poll_outcome(number, number % nouns.HOSTS, (), NOW) for number in range(count)]
    record = bench.stores.polls.record_poll
    works = [partial(record, outcome) for outcome in quiet]
    bench.add("record_poll, nothing new", *_in_rounds(works, bench.size.rounds))
    busy = list(_busy_polls(count))
    works = [partial(record, outcome) for outcome in busy]
    works[0]()
    bench.add("record_poll, 30 entries, 3 new", *_in_rounds(works[1:], bench.size.rounds))


def _busy_polls(count: int) -> Iterator[PollOutcome]:
    """Polls of one site, each listing three more entries than the last."""
    first = 10_000_000
    for number in range(count):
        listed = [nouns.entry(first + nouns.HOSTS * (3 * number + place)) for place in range(30)]
        yield nouns.poll_outcome(20_000_000 + number, first % nouns.HOSTS, listed, NOW)


def _articles(bench: _Bench) -> None:
    """Every fifth has a match, an alert and a delivery; what is told is asked first, as the pipeline does."""
    desk = nouns.Desk()
    outcomes = [desk.outcome(texts.text(number)) for number in range(bench.size.writes)]

    def store(outcome: ArticleOutcome) -> None:
        story = bench.stores.story_index.assign(outcome.article.content_hash, outcome.article.id)
        bench.stores.story_index.told(story)
        bench.stores.articles.record_article(outcome)

    works = [partial(store, outcome) for outcome in outcomes]
    bench.add("assign, told, record_article", *_in_rounds(works, bench.size.rounds))


def _article(number: int) -> Article:
    return texts.article(texts.text(number))


def _claims(bench: _Bench) -> None:
    """Sixteen entries, as the worker asks, of all that wait."""
    count, claim = bench.size.waiting, bench.stores.leases.claim
    seen = NOW - timedelta(hours=1)
    rows = (
        entry_row(StoredEntry(entry=nouns.entry(n), state=EntryState.PENDING, tries=0, first_seen_at=seen))
        | {"lane": nouns.host(n), "retry_at": seen + timedelta(milliseconds=n)}
        for n in range(1_000_000, 1_000_000 + count)
    )
    _fill(bench, entries, rows)
    _analyze(bench)
    jobs: list[tuple[Job, ...]] = []
    for limits in ({JobKind.ENTRY: 16}, dict.fromkeys(JobKind, 16)):
        name = "claim, 16 entries" if len(limits) == 1 else "claim, 16 of each kind"
        rounds = []
        ask = partial(claim, now=NOW, owner="bench", lease_s=60.0, limits=limits)
        for _ in range(4 * bench.size.rounds):
            rounds.append(took(partial(_keep, jobs, ask)))
            for job in jobs.pop():
                assert job.lease is not None
                bench.stores.leases.release(job.lease)
        bench.add(name, median(rounds), rows=count)


def _keep(jobs: list[tuple[Job, ...]], ask: Callable[[], tuple[Job, ...]]) -> None:
    jobs.append(ask())


def _listings(bench: _Bench) -> None:
    """The newest fifty matches, by what people ask for."""
    count = bench.size.articles
    template = row_of(_article(4))
    _fill(bench, articles, (template | _named(number) for number in range(count)))
    _fill(bench, matches, map(_match_row, range(count)))
    _analyze(bench)
    asked = {
        "all": MatchFilter(),
        "a watch": MatchFilter(watch="watch-3"),
        "a rare watch": MatchFilter(watch=f"watch-{_WATCHES - 1}"),
        "a language": MatchFilter(language="kk"),
        "an outlet": MatchFilter(outlet="news77"),
        "an outlet without any": MatchFilter(outlet="nobody"),
        "a month, half a year ago": MatchFilter(
            since=NOW - timedelta(days=210), until=NOW - timedelta(days=180), watch="watch-3"
        ),
        "page 100": MatchFilter(offset=5_000),
    }
    for name, wanted in asked.items():
        ask = partial(bench.stores.matches.list, wanted)
        times = [took(ask) for _ in range(2 * bench.size.rounds)]
        bench.add(f"list matches of {name}", median(times), rows=count)


def _named(number: int) -> dict[str, object]:
    return {
        "id": f"art-big-{number}",
        "url": f"https://{nouns.host(number)}/big/{number}",
        "outlet_id": f"news{number % nouns.HOSTS}",
        "language": texts.LANGUAGES[number % len(texts.LANGUAGES)],
        "published_at": NOW - timedelta(minutes=5 * number),
        "content_hash": f"hash-{number}",
        "story_id": f"sto-{number}",
    }


def _match_row(number: int) -> dict[str, object]:
    watch = _WATCHES - 1 if number % 1_000 == 999 else number % (_WATCHES - 1)
    match = Match(
        id=f"mat-big-{number}",
        article_id=f"art-big-{number}",
        watch_id=f"watch-{watch}",
        score=1.0,
        mentions=(Mention(field="text", start=10, end=30, text="territory was a gift", term="gift"),),
        matched_at=NOW,
        decision=Decision.FIRST_IN_STORY,
    )
    return match_row(match) | {"dated_at": NOW - timedelta(minutes=5 * number)}


def _fill(bench: _Bench, table: SqlTable, rows: Iterator[dict[str, object]]) -> None:
    """Put rows into a table, many at once."""
    batch: list[dict[str, object]] = []
    with bench.database.transaction() as connection:
        for row in rows:
            batch.append(row)
            if len(batch) == _BATCH:
                connection.execute(table.insert(), batch)
                batch = []
        if batch:
            connection.execute(table.insert(), batch)


def _analyze(bench: _Bench) -> None:
    """As PostgreSQL does by itself within minutes; SQLite never does, and is left as it is in use."""
    if bench.database.dialect == "postgresql":
        with bench.database.transaction() as connection:
            connection.execute(sql("ANALYZE"))


if __name__ == "__main__":
    sys.exit(run(measure, "storage"))
