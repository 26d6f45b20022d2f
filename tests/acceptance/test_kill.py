"""The daemon killed by SIGKILL at bad moments: nothing is lost, and nothing is told under two ids."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from claimwatch.demo.child import Daemon
from tests.acceptance.articles import publish_claim, publish_claims
from tests.acceptance.office import PATIENCE_S, Office
from tests.acceptance.processes import commands_of_session
from tests.newsroom import Newsroom

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

#: A daemon on PostgreSQL cannot know that it is alone, so a dead one's leases must run out first (60 s).
RECOVERY_S = 120.0

#: Asks for leases of 3 s: that the next daemon waits for them needs to be seen but once.
HASTY = ("--lease", "3")


@pytest.fixture
def newsrooms() -> Iterator[list[Newsroom]]:
    with ExitStack() as stack:
        sites = [stack.enter_context(Newsroom(outlet=f"gazette-{number}")) for number in range(3)]
        for site in sites:
            site.add_feed()
        yield sites


def kill(daemon: Daemon) -> None:
    """SIGKILL to the daemon alone, as the kernel does when memory runs out."""
    daemon.signal(signal.SIGKILL)
    assert daemon.wait(PATIENCE_S) == -signal.SIGKILL


def assert_whole(office: Office, claims: list[str], *, exactly_once: bool) -> None:
    """Every article stored once, every alert told under one id, every delivery done."""
    rows = office.ask("matches", "--limit", "1000")
    alerts = office.ask("alerts", "--limit", "1000")
    deliveries = office.wait_for_rows(
        "deliveries", lambda listed: {row["state"] for row in listed} == {"sent"}, "--limit", "1000"
    )
    told = office.webhook_ids()

    assert sorted(row["url"] for row in rows) == sorted(claims)
    assert office.ask("health")[0]["articles"] == len(claims)
    assert sorted(row["url"] for row in alerts) == sorted(claims)
    assert len(deliveries) == 2 * len(claims)
    assert {url: len(set(ids)) for url, ids in told.items()} == dict.fromkeys(claims, 1)
    assert {url: len(set(office.mail_ids(url))) for url in claims} == dict.fromkeys(claims, 1)
    if exactly_once:
        assert (len(office.receiver.notices), len(office.mailroom.mails)) == (len(claims), len(claims))


def test_daemon_killed_in_mid_poll_loses_nothing(office: Office, newsroom: Newsroom, database_url: str) -> None:
    claims = publish_claims(newsroom, 3)
    office.configure(newsroom, database_url=database_url)
    with newsroom.hold("/feed.xml") as hold:
        daemon = office.daemon()
        assert hold.wait_until_asked(PATIENCE_S)
        kill(daemon)
    office.wait_for_news(claims, office.daemon(), timeout_s=RECOVERY_S)

    assert_whole(office, claims, exactly_once=True)


def test_daemon_killed_with_pages_in_flight_loses_nothing(
    office: Office, newsrooms: list[Newsroom], database_url: str
) -> None:
    claims = [publish_claim(site, 10 * number + step) for number, site in enumerate(newsrooms) for step in range(3)]
    office.configure(*newsrooms, database_url=database_url)
    with ExitStack() as held:
        # Feeds list the newest first, and one host is asked for one page at a time.
        holds = [held.enter_context(site.hold(f"/articles/{page}")) for site in newsrooms for page in (1, 2, 3)]
        daemon = office.daemon(*HASTY)
        deadline = time.monotonic() + PATIENCE_S
        while sum(hold.wait_until_asked(0) for hold in holds) < len(newsrooms):
            assert time.monotonic() < deadline, daemon.log_tail()
            time.sleep(0.05)
        kill(daemon)
    office.wait_for_news(claims, office.daemon(), timeout_s=RECOVERY_S)

    assert_whole(office, claims, exactly_once=True)


def test_daemon_killed_between_acceptance_and_mark_tells_again_with_the_same_id(
    office: Office, newsroom: Newsroom, database_url: str
) -> None:
    claims = publish_claims(newsroom, 1)
    office.configure(newsroom, database_url=database_url)
    office.receiver.delay(30.0)  # the call is kept, the answer does not come
    daemon = office.daemon(*HASTY)
    assert office.receiver.wait_until(lambda notices: len(notices) == 1, timeout_s=PATIENCE_S)
    kill(daemon)
    office.receiver.delay(0.0)
    again = office.daemon()
    assert office.receiver.wait_until(lambda notices: len(notices) == 2, timeout_s=RECOVERY_S), again.log_tail()
    office.wait_for_news(claims, again)

    assert_whole(office, claims, exactly_once=False)


def test_daemon_killed_again_and_again_loses_nothing(office: Office, newsrooms: list[Newsroom]) -> None:
    claims = [publish_claim(site, 10 * number + step) for number, site in enumerate(newsrooms) for step in range(6)]
    office.configure(*newsrooms)
    for life_s in (0.2, 0.5, 0.8, 1.1, 1.4, 1.7):
        seen = sum(len(site.requests()) for site in newsrooms)
        daemon = office.daemon()
        deadline = time.monotonic() + PATIENCE_S
        while sum(len(site.requests()) for site in newsrooms) == seen and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(life_s)  # counted from its first request: what it is doing then differs from life to life
        kill(daemon)
    office.wait_for_news(claims, office.daemon(), timeout_s=RECOVERY_S)

    assert_whole(office, claims, exactly_once=False)


def test_daemon_killed_leaves_no_process_behind(office: Office, newsroom: Newsroom) -> None:
    claims = publish_claims(newsroom, 1)
    office.configure(newsroom)
    daemon = office.daemon()
    office.wait_for_news(claims, daemon)
    kill(daemon)
    deadline = time.monotonic() + PATIENCE_S
    while (left := commands_of_session(daemon.process.pid)) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert left == []
