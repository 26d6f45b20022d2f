"""The daemon killed by SIGKILL at every step of every kind of job, and of its first start: nothing is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect

from claimwatch.demo.child import environment
from claimwatch.pipeline import JOB_STEPS
from domain.jobs import JobKind
from storage.database import Database
from storage.migrate import current, head
from tests.acceptance.articles import publish_claim, publish_ordinary
from tests.acceptance.crashing import LAST_WORDS
from tests.acceptance.crashpoints import CRASH_POINTS, CrashPoint, Moment
from tests.acceptance.ledger import assert_nothing_lost, wait_until_done
from tests.acceptance.office import PATIENCE_S, Office
from tests.newsroom import Newsroom

#: Of the life that dies, in seconds; on PostgreSQL the next one waits for it.
LEASE_S = 1.0


@pytest.mark.parametrize("kind", JobKind)
def test_every_step_of_every_job_has_a_crash_point_before_and_after_it(kind: JobKind) -> None:
    steps = [step.__name__ for step in JOB_STEPS[kind]]

    around = [(point.moment, point.step) for point in CRASH_POINTS if point.kind is kind]
    passed = [point for point in around if point[0] in {Moment.BEFORE, Moment.AFTER}]

    assert passed == [*((Moment.BEFORE, step) for step in steps), (Moment.AFTER, steps[-1])]
    assert len(set(steps)) == len(steps) >= 2
    assert [step for moment, step in around if moment is Moment.UNCOMMITTED] == steps[-1:]
    assert [step for moment, step in around if moment is Moment.COMMITTED] == steps[-1:]


@pytest.mark.slow
@pytest.mark.parametrize("point", CRASH_POINTS, ids=str)
def test_daemon_killed_at_a_step_loses_nothing(
    office: Office, newsroom: Newsroom, database_url: str, point: CrashPoint
) -> None:
    with Newsroom(outlet="test-orchard") as other:
        other.add_feed()
        claim, ordinary = publish_claim(newsroom, 1), publish_ordinary(other)
        office.configure(newsroom, other, database_url=database_url, every="30s")
        doomed = office.daemon("--point", str(point), "--lease", str(LEASE_S))
        assert doomed.wait(PATIENCE_S) == -signal.SIGKILL, doomed.log_tail()
        assert f"{LAST_WORDS}{point}" in doomed.log_tail()
        again = office.daemon()
        wait_until_done(office, database_url, claims=[claim], ordinary=[ordinary])

        assert again.stop() == 0, again.log_tail()
    assert_nothing_lost(office, database_url, claims=[claim], ordinary=[ordinary], exactly_once=not point.tells_twice)
    assert len(office.receiver.notices) + len(office.mailroom.mails) == (3 if point.tells_twice else 2)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "uncommitted", "committed"])
def test_daemon_killed_at_its_very_first_start_starts_again(
    office: Office, newsroom: Newsroom, database_url: str, moment: str
) -> None:
    claim = publish_claim(newsroom, 1)
    office.configure(newsroom, database_url=database_url)
    doomed = office.daemon("--point", f"migration/{moment}")
    assert doomed.wait(PATIENCE_S) == -signal.SIGKILL, doomed.log_tail()
    found = _schema(database_url)
    again = office.daemon()
    assert again.wait_for_log(" started", timeout_s=PATIENCE_S), again.log_tail()
    wait_until_done(office, database_url, claims=[claim])

    assert found == (head() if moment == "committed" else None)


@pytest.mark.slow
def test_migration_killed_before_each_of_its_statements_leaves_nothing(
    office: Office, newsroom: Newsroom, tmp_path: Path, sqlite_url: str
) -> None:
    office.configure(newsroom)
    statement = 1
    while _upgrade_killed_before(statement, office.config):
        assert _schema(sqlite_url) is None
        statement += 1

    assert statement > 30  # tables and indexes
    assert _schema(sqlite_url) == head()


def _upgrade_killed_before(statement: int, config: Path) -> bool:
    """Was there such a statement?"""
    command = [sys.executable, "-m", "tests.acceptance.crashing", "--point", f"migration/statement/{statement}"]
    code = subprocess.run(
        [*command, "db", "upgrade", "--config", str(config)], env=environment({}), timeout=PATIENCE_S, check=False
    ).returncode
    assert code in {0, -signal.SIGKILL}
    return code != 0


def _schema(url: str) -> str | None:
    """The schema's revision; None when there is no table at all."""
    with closing(Database.open(url)) as database:
        with database.read() as connection:
            tables = inspect(connection).get_table_names()
        return current(database) if tables else None
