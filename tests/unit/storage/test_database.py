"""Opening, transactions, and the hold on an SQLite file."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import text

from domain.errors import StorageError
from storage.database import Database

_NOBODY = 65534


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(f"sqlite:///{tmp_path}/press.db")
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE words (word TEXT)"))
    yield database
    database.close()


def _add(database: Database, word: str) -> None:
    with database.transaction() as connection:
        connection.execute(text("INSERT INTO words VALUES (:word)"), {"word": word})


def _words(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(text("SELECT word FROM words")).scalars())


def test_open_makes_the_folders(tmp_path: Path) -> None:
    Database.open(f"sqlite:///{tmp_path}/deep/er/press.db").close()

    assert (tmp_path / "deep" / "er" / "press.db").exists()


def test_sqlite_is_set_to_survive_power_loss(database: Database) -> None:
    with database.read() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]

    assert found == ["wal", 2, 1, 5000]


def test_sqlite_has_one_worker(database: Database) -> None:
    assert (database.dialect, database.workers) == ("sqlite", 1)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
def test_sqlite_without_a_file_is_refused(url: str) -> None:
    with pytest.raises(StorageError, match="needs a file"):
        Database.open(url)


@pytest.mark.parametrize("url", ["", "not an address", "mysql://user:hunter2@db.example/press", "oracle://x"])
def test_address_of_no_use_is_refused_with_the_mend(url: str) -> None:
    with pytest.raises(StorageError, match="sqlite:///PATH or postgresql://USER@HOST/NAME") as raised:
        Database.open(url)

    assert not raised.value.retryable
    assert "hunter2" not in str(raised.value)


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Only words, and many of them. " * 100, encoding="utf-8")

    with pytest.raises(StorageError, match=r"notes\.txt: the file is not a database"):
        Database.open(f"sqlite:///{path}")


def test_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="the file cannot be opened"):
        Database.open(f"sqlite:///{tmp_path}")


def test_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StorageError, match="its folder cannot be made"):
        Database.open(f"sqlite:///{tmp_path}/file/press.db")


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder that anybody may read and nobody else may write, seen by a user who is not root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with closing(sqlite3.connect(folder / "press.db")) as connection:
            connection.execute("CREATE TABLE words (word TEXT)")
        (folder / "press.db").chmod(0o444)
        folder.chmod(0o555)
        root = os.geteuid() == 0
        if root:
            os.seteuid(_NOBODY)
        yield folder
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


def test_file_that_cannot_be_written_is_refused(as_nobody: Path) -> None:
    with pytest.raises(StorageError, match="the file or its folder cannot be written"):
        Database.open(f"sqlite:///{as_nobody}/press.db")


def test_file_in_a_folder_that_cannot_be_written_is_refused(as_nobody: Path) -> None:
    with pytest.raises(StorageError, match="the file cannot be opened"):
        Database.open(f"sqlite:///{as_nobody}/new.db")


def test_file_with_a_damaged_page_is_refused(database: Database, tmp_path: Path) -> None:
    for number in range(200):
        _add(database, f"{number} " * 200)
    database.check()
    database.close()
    with (tmp_path / "press.db").open("r+b") as file:
        file.seek(5 * 4096)
        file.write(b"\xff" * 4096)
    damaged = Database.open(f"sqlite:///{tmp_path}/press.db")

    with pytest.raises(StorageError, match=r"press\.db: the file is damaged; restore it from a backup") as raised:
        damaged.check()
    assert not raised.value.retryable
    damaged.close()


def test_transaction_that_raises_stores_nothing(database: Database) -> None:
    with pytest.raises(KeyError), database.transaction() as connection:  # noqa: PT012 - the raise is the point
        connection.execute(text("INSERT INTO words VALUES ('lost')"))
        raise KeyError

    assert _words(database) == []


def test_error_of_the_database_comes_out_as_storage_error(database: Database) -> None:
    with pytest.raises(StorageError, match="claimwatch db upgrade"), database.read() as connection:
        connection.execute(text("SELECT * FROM nowhere"))


def test_reader_waits_for_no_writer(database: Database) -> None:
    _add(database, "first")
    written, done = Event(), Event()

    def write() -> None:
        with database.transaction() as connection:
            connection.execute(text("INSERT INTO words VALUES ('second')"))
            written.set()
            done.wait(10)

    writer = Thread(target=write)
    writer.start()
    assert written.wait(10)
    seen = _words(database)
    done.set()
    writer.join()

    assert seen == ["first"]
    assert _words(database) == ["first", "second"]


def test_database_held_by_another_program_is_named(database: Database, tmp_path: Path) -> None:
    with database.read() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=1")
    with closing(sqlite3.connect(tmp_path / "press.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StorageError, match="another program holds the database") as raised:
            _add(database, "never")

    assert raised.value.retryable


def test_writer_waits_for_a_program_that_holds_the_database_for_a_moment(database: Database, tmp_path: Path) -> None:
    waiting = Event()

    def write() -> None:
        waiting.set()
        _add(database, "patience")

    with closing(sqlite3.connect(tmp_path / "press.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writer = Thread(target=write)
        writer.start()
        assert waiting.wait(10)
        writer.join(0.3)
        held_up = writer.is_alive()
        other.execute("ROLLBACK")
        writer.join(10)

    assert held_up
    assert _words(database) == ["patience"]


def test_closed_database_is_refused(database: Database) -> None:
    database.close()

    with pytest.raises(StorageError, match="it is closed"):
        _words(database)


def test_second_daemon_is_told_who_holds_the_file(database: Database) -> None:
    with (
        database.single_process_lock(),
        pytest.raises(StorageError, match=rf"another claimwatch daemon \(process {os.getpid()}\)"),
        database.single_process_lock(),
    ):
        pass


def test_file_is_free_when_the_daemon_ends(database: Database) -> None:
    with database.single_process_lock():
        pass

    with database.single_process_lock(), pytest.raises(StorageError), database.single_process_lock():
        pass


def test_file_is_free_when_the_daemon_is_killed(database: Database, tmp_path: Path) -> None:
    program = (
        "import sys, time\n"
        "from storage.database import Database\n"
        "with Database.open(sys.argv[1]).single_process_lock():\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", program, f"sqlite:///{tmp_path}/press.db"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        assert daemon.stdout.readline() == "held\n"
        with pytest.raises(StorageError, match=f"process {daemon.pid}"), database.single_process_lock():
            pass
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()

    with database.single_process_lock():
        pass


def test_child_that_outlives_the_daemon_does_not_hold_the_file(tmp_path: Path) -> None:
    program = (
        "import os, sys, time\n"
        "from storage.database import Database\n"
        "lock = Database.open(sys.argv[1]).single_process_lock()\n"
        "lock.__enter__()\n"
        "if os.fork() == 0:\n"
        "    print('child', flush=True)\n"
        "    sys.stdin.read()\n"
        "    os._exit(0)\n"
        "time.sleep(60)\n"
    )
    url = f"sqlite:///{tmp_path}/press.db"
    command = [sys.executable, "-c", program, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        assert daemon.stdout.readline() == "child\n"
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()

        database = Database.open(url)
        with database.single_process_lock():
            pass
        database.close()


def test_lock_file_that_cannot_be_made_is_explained(database: Database, tmp_path: Path) -> None:
    (tmp_path / "press.db.lock").mkdir()

    with pytest.raises(StorageError, match=r"lock file .* cannot be made"), database.single_process_lock():
        pass
