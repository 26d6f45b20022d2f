"""A disk that is full at any page of an outcome leaves nothing of it; with room again, doing it again is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from domain.errors import StorageError
from domain.outcomes import JobEnd
from storage.database import Database
from storage.schema import metadata
from storage.stores import Stores
from tests.contract.samples import NOW, after, claim_one, entry, poll_outcome, stored, sync, told


def _poll(stores: Stores, end: JobEnd) -> None:
    stores.polls.record_poll(poll_outcome([entry(f"new{n}") for n in range(100)], name="late", end=end))


def _article(stores: Stores, end: JobEnd) -> None:
    outcome = told("a2", entry=stored("e1", article_id="art-a2"), end=end)
    stores.articles.record_article(replace(outcome, article=replace(outcome.article, text="land " * 8000)))


@contextmanager
def _room_for(database: Database, pages: int) -> Iterator[None]:
    """Let the file grow by so many pages, and no further."""
    with database.read() as connection:
        size = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={size + pages}")
    try:
        yield
    finally:
        with database.read() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=1000000")


@pytest.mark.parametrize("store", [_poll, _article])
def test_outcome_that_does_not_fit_is_not_stored(
    sqlite_database: Database, store: Callable[[Stores, JobEnd], None]
) -> None:
    stores = Stores.over(sqlite_database)
    sync(stores)
    stores.polls.record_poll(poll_outcome([entry("e1")]))
    stores.sources.make_due(["steppe/main"], NOW)
    job, _ = claim_one(stores, poll=1)
    end = JobEnd(lease=job.lease, lane_free_at=after(4))
    before = _contents(sqlite_database)

    refusals: list[StorageError] = []
    while (refusal := _refusal(sqlite_database, lambda: store(stores, end), pages=len(refusals))) is not None:
        refusals.append(refusal)
        assert _contents(sqlite_database) == before

    assert len(refusals) > 4
    assert all("the disk is full" in str(refusal) and refusal.retryable for refusal in refusals)
    assert _contents(sqlite_database) != before
    sqlite_database.check()


def _refusal(database: Database, act: Callable[[], None], *, pages: int) -> StorageError | None:
    """Why something cannot be stored where the file may grow by so many pages; None when it was stored."""
    try:
        with _room_for(database, pages):
            act()
    except StorageError as error:
        return error
    return None


def _contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with database.read() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
            for table in metadata.sorted_tables
        }
