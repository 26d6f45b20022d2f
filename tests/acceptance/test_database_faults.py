"""The database is full, locked, restarted, cut off or silent: nothing is lost, and nothing is told under two ids."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Literal

import pytest

from claimwatch.demo.child import Daemon, run_claimwatch
from tests.acceptance.articles import publish_claim, publish_claims
from tests.acceptance.office import PATIENCE_S, Office
from tests.acceptance.wires import Wire
from tests.newsroom import Newsroom
from tests.postgres import NoPostgresError, OwnPostgres, fresh_database, own_postgres

#: What the daemon's log says of a database that fails: a poll's or a page's outcome, an attempt's, its own pulse.
FAILURES = ("job_failed", "record_failed", "heartbeat_failed")


class Busy:
    """A daemon with a poll, a page and a delivery under way, each of another site."""

    def __init__(self, office: Office, database_url: str | None, stack: ExitStack) -> None:
        polled, read, told = (
            stack.enter_context(Newsroom(outlet=name)) for name in ("polled-post", "read-review", "told-times")
        )
        for site in (polled, read, told):
            site.add_feed()
        self.office = office
        self.claims = [publish_claim(site, number) for number, site in enumerate((polled, read, told))]
        self._holds = [stack.enter_context(polled.hold("/feed.xml")), stack.enter_context(read.hold("/articles/1"))]
        office.configure(polled, read, told, database_url=database_url)
        office.receiver.delay(3.0)  # the call is kept, and answered when the database is ill by now
        self.daemon = office.daemon()
        assert all(hold.wait_until_asked(PATIENCE_S) for hold in self._holds), self.daemon.log_tail()
        assert office.receiver.wait_until(lambda notices: len(notices) == 1, timeout_s=PATIENCE_S)

    def let_go(self) -> None:
        """Let everything under way come to its end."""
        self.office.receiver.delay(0.0)
        for hold in self._holds:
            hold.release()

    def wait_for_words(self, *words: str) -> None:
        """Wait until the daemon's log said each of them."""
        for word in words:
            assert self.daemon.wait_for_log(word, timeout_s=PATIENCE_S), (word, self.daemon.log_tail())

    def assert_whole(self) -> None:
        """Every article is stored once, and told under one id; the daemon is well, and ends when asked."""
        self.office.wait_for_news(self.claims, self.daemon)
        told = self.office.webhook_ids()
        deliveries = self.office.wait_for_rows("deliveries", lambda rows: {row["state"] for row in rows} == {"sent"})
        (health,) = self.office.ask("health")
        states = [row["status"] for row in self.office.ask("sources")]

        assert sorted(row["url"] for row in self.office.ask("matches")) == sorted(self.claims)
        assert len(deliveries) == 2 * len(self.claims)
        assert {url: len(set(ids)) for url, ids in told.items()} == dict.fromkeys(self.claims, 1)
        assert {url: len(set(self.office.mail_ids(url))) for url in self.claims} == dict.fromkeys(self.claims, 1)
        assert (health["healthy"], health["articles"], states) == (True, len(self.claims), ["healthy"] * 3)
        assert self.daemon.stop() == 0, self.daemon.log_tail()


@pytest.fixture
def busy(office: Office) -> Iterator[Callable[[str | None], Busy]]:
    with ExitStack() as stack:
        yield lambda database_url: Busy(office, database_url, stack)


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgres]:
    """A server to be stopped; in CI its absence is a failure, elsewhere a skip."""
    try:
        with own_postgres() as running:
            yield running
    except NoPostgresError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))


def ask_health(office: Office) -> tuple[int, str]:
    """Exit code and words of `claimwatch health`."""
    asked = run_claimwatch("health", "--config", str(office.config), cwd=office.folder)
    return asked.returncode, asked.stdout + asked.stderr


def refusal(office: Office) -> tuple[int, str]:
    """Exit code and words of a daemon that does not start."""
    ended = run_claimwatch("run", "--config", str(office.config), cwd=office.folder)
    return ended.returncode, ended.stdout + ended.stderr


# ---------------------------------------------------------------- SQLite


@contextmanager
def full_disk(daemon: Daemon, at: int) -> Iterator[None]:
    """For the daemon, no file can grow beyond so many bytes."""
    before = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (at, before[1]))
    try:
        yield
    finally:
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, before)


def check_file(path: Path) -> str:
    """What SQLite thinks of a file."""
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


@pytest.mark.slow
def test_daemon_outlives_a_full_disk(office: Office, busy: Callable[[str | None], Busy]) -> None:
    at_work = busy(None)
    wal = office.database.with_name("claimwatch.db-wal")
    with full_disk(at_work.daemon, wal.stat().st_size):
        at_work.let_go()
        at_work.wait_for_words(*FAILURES, "the disk could not be read or written")
        half = office.ask("matches")
        assert at_work.daemon.running

    assert [row["url"] for row in half] == at_work.claims[-1:]
    at_work.assert_whole()
    assert len(office.receiver.notices) == len(at_work.claims)
    assert check_file(office.database) == "ok"


@pytest.mark.slow
def test_daemon_outlives_a_writer_that_locks_the_file(office: Office, busy: Callable[[str | None], Busy]) -> None:
    at_work = busy(None)
    with closing(sqlite3.connect(office.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        at_work.let_go()
        at_work.wait_for_words("job_failed", "claim_failed")  # two calls that waited 5 s in vain
        assert ask_health(office)[0] == 0  # who only reads is not kept waiting
        other.execute("ROLLBACK")

    at_work.assert_whole()
    assert check_file(office.database) == "ok"


@pytest.mark.slow
def test_daemon_refuses_a_file_that_is_no_database(office: Office, newsroom: Newsroom) -> None:
    office.configure(newsroom)
    office.database.write_text("Minutes of a meeting of the garden club. " * 200, encoding="utf-8")

    code, words = refusal(office)

    assert code == 1
    assert f"{office.database}: the file is not a database; move it away, or restore it" in words
    assert newsroom.count("/feed.xml") == 0


@pytest.mark.slow
def test_daemon_refuses_a_file_with_a_damaged_page(office: Office, newsroom: Newsroom) -> None:
    claims = publish_claims(newsroom, 1)
    office.configure(newsroom)
    daemon = office.daemon()
    office.wait_for_news(claims, daemon)
    assert daemon.stop() == 0
    backup = office.database.read_bytes()
    damage(office.database, "articles")
    asked = newsroom.count("/feed.xml")

    code, words = refusal(office)

    assert code == 1
    assert f"{office.database}: the file is damaged; restore it from a backup" in words
    assert newsroom.count("/feed.xml") == asked
    office.database.write_bytes(backup)
    new = publish_claim(newsroom, 2)
    office.wait_for_news([new], office.daemon())


def damage(path: Path, table: str) -> None:
    """Spoil the first page of a table."""
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


# ---------------------------------------------------------------- PostgreSQL


@pytest.mark.slow
@pytest.mark.parametrize(("how", "outage_s"), [("fast", 6.0), ("immediate", 20.0)])
def test_daemon_outlives_a_restart_of_postgres(
    office: Office,
    busy: Callable[[str | None], Busy],
    server: OwnPostgres,
    how: Literal["fast", "immediate"],
    outage_s: float,
) -> None:
    with fresh_database(server.url) as url:
        at_work = busy(url)
        server.stop(how)
        back_at = time.monotonic() + outage_s
        at_work.let_go()
        at_work.wait_for_words("job_failed", "record_failed", "claim_failed")
        code, words = ask_health(office)
        time.sleep(max(0.0, back_at - time.monotonic()))
        server.start()

        assert code == 1
        assert "of PostgreSQL at" in words
        at_work.assert_whole()


@pytest.mark.slow
def test_daemon_without_postgres_says_so_and_ends_with_1(
    office: Office, newsroom: Newsroom, server: OwnPostgres
) -> None:
    office.configure(newsroom, database_url=server.url)
    server.stop("fast")
    code, words = refusal(office)
    server.start()

    assert code == 1
    assert "claimwatch: database postgres of PostgreSQL at" in words
    assert "connection to server on socket" in words
    assert "Traceback" not in words
    assert newsroom.count("/feed.xml") == 0


@pytest.mark.slow
def test_daemon_outlives_connections_cut_around_every_commit(
    office: Office, newsroom: Newsroom, server: OwnPostgres
) -> None:
    claims = publish_claims(newsroom, 2)
    with Wire(server.url) as wire, fresh_database(server.url) as url:
        office.configure(newsroom, database_url=wire.url(url))
        outcomes = [f"INSERT INTO {table}" for table in ("polls", "articles", "attempts")]
        cuts = [cut(said) for said in outcomes for cut in (wire.lose_commit, wire.lose_answer)]
        daemon = office.daemon()
        office.wait_for_news(claims, daemon)
        assert all(cut.wait(PATIENCE_S) for cut in cuts)
        office.wait_for_rows("deliveries", lambda rows: {row["state"] for row in rows} == {"sent"})

        assert sorted(row["url"] for row in office.ask("matches")) == claims
        assert {url: len(ids) for url, ids in office.webhook_ids().items()} == dict.fromkeys(claims, 1)
        assert [len(office.mail_ids(url)) for url in claims] == [1, 1]
        assert office.ask("health")[0]["articles"] == 2
        assert daemon.stop() == 0, daemon.log_tail()


@pytest.mark.slow
def test_daemon_outlives_a_database_that_falls_silent_and_another_ends_when_asked(
    office: Office, newsroom: Newsroom, server: OwnPostgres
) -> None:
    with Wire(server.url) as wire, fresh_database(server.url) as url:
        office.configure(newsroom, database_url=wire.url(url))
        daemons = staying, leaving = office.daemon(), office.daemon()
        assert all(daemon.wait_for_log(" started", timeout_s=PATIENCE_S) for daemon in daemons)
        assert newsroom.wait_for("/feed.xml", timeout_s=PATIENCE_S)
        wire.hang()
        leaving.signal(signal.SIGTERM)
        claims = publish_claims(newsroom, 1)
        assert staying.wait_for_log("claim_failed", timeout_s=PATIENCE_S), staying.log_tail()
        code, words = ask_health(office)
        assert leaving.wait(PATIENCE_S) == 1, leaving.log_tail()  # by force: nothing can be given back
        wire.flow()

        office.wait_for_news(claims, staying)
        assert code == 1
        assert "of PostgreSQL at 127.0.0.1" in words
        assert "connection timeout expired" in words
        assert staying.stop() == 0, staying.log_tail()
