"""What only PostgreSQL does: passwords, lost servers, limits, and many daemons at once."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Connection, make_url, text

from domain.errors import StorageError
from storage import migrate
from storage.database import Database
from storage.impatient import ANSWER_S, ImpatientConnection


def test_server_that_is_not_there_is_named_without_the_password() -> None:
    with socket.socket() as reserved:  # bound, but nobody listens
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]

        with pytest.raises(StorageError, match=f"press of PostgreSQL at 127.0.0.1:{port}") as raised:
            Database.open(f"postgresql://user:hunter2@127.0.0.1:{port}/press")

    assert raised.value.retryable
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_the_scheme_is_read(postgres_server: str, scheme: str) -> None:
    database = Database.open(postgres_server.replace("postgresql", scheme, 1))

    assert (database.dialect, database.workers) == ("postgresql", 4)
    database.close()


def test_connection_lost_within_a_transaction_is_explained_and_replaced(postgres_database: Database) -> None:
    with pytest.raises(StorageError) as raised, postgres_database.transaction() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    assert raised.value.retryable
    with postgres_database.read() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_connection_ended_while_it_rests_is_not_noticed(postgres_database: Database, postgres_server: str) -> None:
    with postgres_database.read() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    other = Database.open(postgres_server)
    with other.read() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    other.close()

    with postgres_database.read() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_statements_and_waits_are_limited(postgres_database: Database) -> None:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "TimeZone")

    with postgres_database.read() as connection:
        found = [connection.execute(text(f"SHOW {name}")).scalar_one() for name in names]

    assert found == ["30s", "10s", "1min", "UTC"]


def test_server_that_vanishes_is_noticed(postgres_database: Database) -> None:
    with postgres_database.read() as connection:
        asked = connection.connection.dbapi_connection.info.get_parameters()  # type: ignore[union-attr]

    names = ("connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout")
    assert [asked.get(name) for name in names] == ["10", "30", "10", "3", "30000"]


def test_what_the_address_says_goes_before_our_limits(postgres_server: str) -> None:
    url = make_url(postgres_server).update_query_dict({"tcp_user_timeout": "5000"})
    database = Database.open(url.render_as_string(hide_password=False))

    with database.read() as connection:
        asked = connection.connection.dbapi_connection.info.get_parameters()  # type: ignore[union-attr]
    database.close()

    assert asked["tcp_user_timeout"] == "5000"


def test_many_daemons_share_a_database(postgres_database: Database) -> None:
    held = 0

    with postgres_database.single_process_lock(), postgres_database.single_process_lock():
        held = 2

    assert held == 2


def test_upgrade_waits_for_another_upgrade_however_long(postgres_database: Database, postgres_server: str) -> None:
    name = postgres_database._engine.url.database
    other = Database.open(make_url(postgres_server).set(database=name).render_as_string(hide_password=False))
    with other.read() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, ImpatientConnection)
        driver.patience_s = 0.2
    with ThreadPoolExecutor(1) as pool, postgres_database.transaction() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(7262615802)"))
        upgrade = pool.submit(migrate.upgrade, other)
        with pytest.raises(TimeoutError):
            upgrade.result(1.0)
        connection.rollback()

        assert upgrade.result(30) == ()
    assert driver.patience_s == ANSWER_S
    other.close()


@pytest.fixture
def two_rows(postgres_database: Database) -> Iterator[Database]:
    with postgres_database.transaction() as connection:
        connection.execute(text("CREATE TABLE pairs AS SELECT n, 0 AS x FROM generate_series(1, 2) AS n"))
    yield postgres_database
    with postgres_database.transaction() as connection:
        connection.execute(text("DROP TABLE pairs"))


def _write(connection: Connection, row: int) -> None:
    connection.execute(text("UPDATE pairs SET x = x + 1 WHERE n = :row"), {"row": row})


def test_deadlock_lets_one_transaction_through_and_the_other_may_try_again(two_rows: Database) -> None:
    both_hold = Barrier(2)

    def work(first: int, second: int) -> StorageError | None:
        try:
            with two_rows.transaction() as connection:
                _write(connection, first)
                both_hold.wait(30)
                _write(connection, second)
        except StorageError as error:
            return error
        return None

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(work, (1, 2), (2, 1)))

    (refused,) = [error for error in ended if error is not None]
    assert "it gave way to another transaction" in str(refused)
    assert refused.retryable


def test_transaction_that_cannot_be_put_in_order_may_try_again(two_rows: Database) -> None:
    def work() -> None:
        with two_rows.transaction() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            connection.execute(text("SELECT sum(x) FROM pairs"))
            with two_rows.transaction() as other:
                _write(other, 1)
            _write(connection, 1)

    with pytest.raises(StorageError, match="it gave way to another transaction") as raised:
        work()

    assert raised.value.retryable


def test_row_that_somebody_holds_for_too_long_may_be_tried_again(two_rows: Database) -> None:
    def work() -> None:
        with two_rows.transaction() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '100ms'"))
            _write(connection, 1)

    with two_rows.transaction() as holder:
        _write(holder, 1)
        with pytest.raises(StorageError, match="holds a lock for too long") as raised:
            work()

    assert raised.value.retryable


def test_statement_that_takes_too_long_may_be_tried_again(postgres_database: Database) -> None:
    def work() -> None:
        with postgres_database.transaction() as connection:
            connection.execute(text("SET LOCAL statement_timeout = '50ms'"))
            connection.execute(text("SELECT pg_sleep(30)"))

    with pytest.raises(StorageError, match="took too long") as raised:
        work()

    assert raised.value.retryable
