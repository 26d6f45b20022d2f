"""The connection to PostgreSQL breaks around COMMIT: whatever became of it, doing it again is harmless."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from domain.errors import LeaseLost, StorageError
from domain.outcomes import JobEnd
from storage.database import Database
from storage.impatient import ImpatientConnection
from storage.schema import metadata
from storage.stores import Stores
from tests.acceptance.wires import Wire
from tests.contract.samples import (
    NOW,
    after,
    attempt_outcome,
    claim,
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


#: How each outcome is stored, and a statement that its transaction says.
OUTCOMES = {
    "poll": (_poll, "INSERT INTO polls"),
    "article": (_article, "INSERT INTO articles"),
    "entry": (_entry, "INSERT INTO entries"),
    "attempt": (_attempt, "INSERT INTO attempts"),
}


@pytest.fixture
def wire(postgres_server: str) -> Iterator[Wire]:
    with Wire(postgres_server) as wire:
        yield wire


@pytest.fixture
def far(wire: Wire, postgres_database: Database) -> Iterator[Database]:
    """The empty database, reached through the wire."""
    near = postgres_database._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    database = Database.open(f"{wire.url(near)}?connect_timeout=2")
    yield database
    database.close()


@pytest.fixture
def end(postgres_database: Database) -> JobEnd:
    """The end of a job that is held, with an entry that waits and an article that was told."""
    stores = Stores.over(postgres_database)
    sync(stores)
    stores.polls.record_poll(poll_outcome([entry("e1")]))
    stores.sources.make_due(["steppe/main"], NOW)
    stores.articles.record_article(told("a1"))
    job, _ = claim_one(stores, poll=1)
    return JobEnd(lease=job.lease, lane_free_at=after(4))


def _contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with database.read() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
            for table in metadata.sorted_tables
        }


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_outcome_whose_commit_was_not_answered_is_stored_and_done_again_in_vain(
    wire: Wire, far: Database, postgres_database: Database, end: JobEnd, outcome: str
) -> None:
    store, statement = OUTCOMES[outcome]
    stores, before = Stores.over(far), _contents(postgres_database)
    cut = wire.lose_answer(statement)
    with pytest.raises(StorageError) as raised:
        store(stores, end)
    after_it = _contents(postgres_database)
    with pytest.raises(LeaseLost):
        store(stores, end)
    store(stores, JobEnd())

    assert cut.wait(0)
    assert raised.value.retryable
    assert after_it != before
    assert _contents(postgres_database) | {"lanes": []} == after_it | {"lanes": []}
    assert after_it["leases"] == []


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_outcome_whose_commit_did_not_arrive_is_not_stored_and_can_be_done_again(
    wire: Wire, far: Database, postgres_database: Database, end: JobEnd, outcome: str
) -> None:
    store, statement = OUTCOMES[outcome]
    stores, before = Stores.over(far), _contents(postgres_database)
    cut = wire.lose_commit(statement)
    with pytest.raises(StorageError) as raised:
        store(stores, end)
    after_it = _contents(postgres_database)
    store(stores, end)

    assert cut.wait(0)
    assert raised.value.retryable
    assert after_it == before
    assert _contents(postgres_database) != before
    assert _contents(postgres_database)["leases"] == []


def test_claim_whose_commit_was_not_answered_holds_the_job_until_its_lease_runs_out(
    wire: Wire, far: Database, postgres_database: Database
) -> None:
    near, stores = Stores.over(postgres_database), Stores.over(far)
    sync(near)
    wire.lose_answer("INSERT INTO leases")
    with pytest.raises(StorageError):
        claim_one(stores, poll=1)

    assert claim(near, now=after(59)) == ()
    assert len(claim(near, now=after(61))) == 1


@pytest.mark.parametrize("commits", [False, True], ids=["statement", "commit"])
def test_server_that_falls_silent_is_given_up_and_the_next_call_works(
    wire: Wire, far: Database, end: JobEnd, commits: bool
) -> None:
    stores, started = Stores.over(far), time.monotonic()
    with far.read() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, ImpatientConnection)
        driver.patience_s = 0.5
    if commits:
        wire.lose_answer("INSERT INTO polls", silently=True)
    else:
        wire.hang()
    with pytest.raises(StorageError, match=r"no answer from the server|connection timeout expired") as raised:
        _poll(stores, end)
    took_s = time.monotonic() - started
    wire.flow()
    _poll(stores, replace(end, lease=None))

    assert raised.value.retryable
    assert took_s < 10
    assert len(stores.sources.polls("steppe/main")) == 2
