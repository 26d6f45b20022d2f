"""The daemon does its work from feed to alert, and ends when it is asked to."""

from __future__ import annotations

import signal
import socket

import pytest

from claimwatch.demo.listener import LOOPBACK
from claimwatch.demo.settings import OutletPlan
from tests.acceptance.articles import publish_claims, publish_ordinary
from tests.acceptance.office import PATIENCE_S, Office
from tests.newsroom import Newsroom


def test_daemon_tells_each_claim_once_by_mail_and_webhook_and_ends_with_0(office: Office, newsroom: Newsroom) -> None:
    claims = publish_claims(newsroom, 2)
    ordinary = publish_ordinary(newsroom)
    office.configure(newsroom)
    daemon = office.daemon()
    office.wait_for_news(claims, daemon)
    assert newsroom.wait_for("/feed.xml", times=3)
    assert newsroom.wait_for(ordinary.removeprefix(newsroom.base_url))

    assert daemon.stop() == 0, daemon.log_tail()
    assert sorted(row["url"] for row in office.ask("matches")) == claims
    assert {url: len(ids) for url, ids in office.webhook_ids().items()} == dict.fromkeys(claims, 1)
    assert [len(office.mail_ids(url)) for url in claims] == [1, 1]
    assert newsroom.not_modified >= 1
    assert {row["state"] for row in office.ask("deliveries")} == {"sent"}
    assert office.receiver.refused == ()


@pytest.mark.slow
def test_daemon_finds_an_article_that_appears_while_it_runs(office: Office, newsroom: Newsroom) -> None:
    office.configure(newsroom)
    daemon = office.daemon()
    assert newsroom.wait_for("/feed.xml", timeout_s=PATIENCE_S)
    claims = publish_claims(newsroom, 1)

    office.wait_for_news(claims, daemon)


@pytest.mark.slow
def test_daemon_finishes_the_page_in_flight_when_asked_to_end(office: Office, newsroom: Newsroom) -> None:
    (claim,) = publish_claims(newsroom, 1)
    office.configure(newsroom)
    with newsroom.hold(claim.removeprefix(newsroom.base_url)) as hold:
        daemon = office.daemon()
        assert hold.wait_until_asked(PATIENCE_S)
        daemon.signal(signal.SIGTERM)
        assert daemon.wait_for_log("stopping", timeout_s=PATIENCE_S)
        assert daemon.running
    code = daemon.wait(PATIENCE_S)

    assert code == 0, daemon.log_tail()
    assert [row["url"] for row in office.ask("matches")] == [claim]


def test_daemon_ends_at_once_at_the_second_signal(office: Office, newsroom: Newsroom) -> None:
    (claim,) = publish_claims(newsroom, 1)
    office.configure(newsroom)
    with newsroom.hold(claim.removeprefix(newsroom.base_url)) as hold:
        daemon = office.daemon()
        assert hold.wait_until_asked(PATIENCE_S)
        daemon.signal(signal.SIGTERM)
        assert daemon.wait_for_log("stopping", timeout_s=PATIENCE_S)
        daemon.signal(signal.SIGTERM)
        code = daemon.wait(5.0)

    assert code == 143, daemon.log_tail()


@pytest.mark.slow
def test_daemon_does_what_was_cut_off_by_force_when_it_starts_again(office: Office, newsroom: Newsroom) -> None:
    claims = publish_claims(newsroom, 1)
    office.configure(newsroom)
    with newsroom.hold(claims[0].removeprefix(newsroom.base_url)) as hold:
        forced = office.daemon()
        assert hold.wait_until_asked(PATIENCE_S)
        forced.signal(signal.SIGTERM)
        assert forced.wait_for_log("stopping", timeout_s=PATIENCE_S)
        forced.signal(signal.SIGTERM)
        assert forced.wait(5.0) is not None

    office.wait_for_news(claims, office.daemon())


@pytest.mark.slow
def test_daemon_refuses_a_database_that_another_one_uses(office: Office, newsroom: Newsroom) -> None:
    claims = publish_claims(newsroom, 1)
    office.configure(newsroom)
    first = office.daemon()
    office.wait_for_news(claims, first)
    second = office.daemon()

    assert second.wait(PATIENCE_S) == 1, second.log_tail()
    assert "another claimwatch daemon" in "\n".join(second.log_tail())
    assert f"process {first.process.pid}" in "\n".join(second.log_tail())
    assert first.stop() == 0


def test_daemon_says_that_no_outlet_is_reached_and_names_the_demo(office: Office) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as held:
        held.bind((LOOPBACK, 0))
        address = f"{LOOPBACK}:{held.getsockname()[1]}"
        office.configure(
            OutletPlan(
                id="gone", name="Gone", country="KZ", language="en", address=address, feed_url=f"http://{address}/feed"
            )
        )
        daemon = office.daemon()

        assert daemon.wait_for_log("make demo", timeout_s=PATIENCE_S), daemon.log_tail()
        assert daemon.running


def test_daemon_refuses_an_address_of_this_machine_that_was_not_allowed(office: Office, newsroom: Newsroom) -> None:
    publish_claims(newsroom, 1)
    office.configure(newsroom)
    config = office.config.read_text("utf-8")
    office.config.write_text(config.replace(f'crawl: ["{newsroom.address}"]', "crawl: []"), encoding="utf-8")
    office.daemon()
    (row,) = office.wait_for_rows("sources", lambda rows: rows[0]["status"] == "failing")

    assert "not a public address" in row["last_error"], row
    assert newsroom.requests() == ()
