"""A database that is lost at any step of an outcome leaves nothing of it, and doing it again is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from domain.errors import StorageError
from domain.outcomes import JobEnd
from storage.database import Database
from storage.schema import metadata
from storage.stores import Stores
from tests.contract.samples import (
    NOW,
    after,
    attempt_outcome,
    claim_one,
    entry,
    entry_outcome,
    poll_outcome,
    stored,
    sync,
    told,
)


def _poll(stores: Stores, end: JobEnd) -> None:
    stores.polls.record_poll(poll_outcome([entry("new1"), entry("new2")], name="late", end=end))


def _article(stores: Stores, end: JobEnd) -> None:
    stores.articles.record_article(told("a2", entry=stored("e1", article_id="art-a2"), end=end))


def _entry(stores: Stores, end: JobEnd) -> None:
    stores.articles.record_entry(entry_outcome("e1", end=end))


def _attempt(stores: Stores, end: JobEnd) -> None:
    stores.outbox.record_attempt(attempt_outcome(told("a1").deliveries[0], channel_disabled="gone", end=end))


@contextmanager
def _lost_at(database: Database, step: int) -> Iterator[list[str]]:
    """Lose the database before its n-th statement or COMMIT; yields the steps that were begun."""
    begun: list[str] = []

    def lose(name: str) -> None:
        begun.append(name)
        if len(begun) == step:
            raise OperationalError(name, {}, ConnectionError("the database is lost"))

    def before_statement(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        lose(statement)

    def before_commit(_connection: Any) -> None:
        lose("COMMIT")

    event.listen(database._engine, "before_cursor_execute", before_statement)
    event.listen(database._engine, "commit", before_commit)
    try:
        yield begun
    finally:
        event.remove(database._engine, "before_cursor_execute", before_statement)
        event.remove(database._engine, "commit", before_commit)


@pytest.mark.parametrize("store", [_poll, _article, _entry, _attempt])
def test_outcome_is_stored_whole_or_not_at_all(database: Database, store: Callable[[Stores, JobEnd], None]) -> None:
    stores = Stores.over(database)
    sync(stores)
    stores.polls.record_poll(poll_outcome([entry("e1")]))
    stores.sources.make_due(["steppe/main"], NOW)
    stores.articles.record_article(told("a1"))
    job, _ = claim_one(stores, poll=1)
    end = JobEnd(lease=job.lease, lane_free_at=after(4))
    before = _contents(database)

    for step in range(1, 100):
        with _lost_at(database, step) as begun, suppress(StorageError):
            store(stores, end)
            break
        assert _contents(database) == before

    assert begun[-1] == "COMMIT"
    assert step == len(begun) + 1 > 4  # it was lost once at every step
    assert _contents(database) != before


def _contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with database.read() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
            for table in metadata.sorted_tables
        }
