"""What only PostgreSQL does: passwords, lost servers, limits, and many daemons at once."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import make_url, text

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
