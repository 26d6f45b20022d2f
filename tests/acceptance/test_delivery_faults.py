"""Receivers that refuse, ask to wait, are gone or dawdle, with the real daemon: told late or visibly not at all."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from datetime import datetime

import pytest

from claimwatch.demo.child import run_claimwatch
from claimwatch.demo.settings import ANALYST
from tests.acceptance.articles import publish_claims
from tests.acceptance.office import PATIENCE_S, Office, Row
from tests.newsroom import Newsroom

pytestmark = pytest.mark.slow  # tries are seconds apart

DESK = (ANALYST, "editor@desk.example", "archive@desk.example")


def settled(rows: Sequence[Row]) -> bool:
    """Nothing waits any more."""
    return all(row["state"] != "pending" for row in rows)


def command(office: Office, *words: str) -> subprocess.CompletedProcess[str]:
    """What a person types."""
    return run_claimwatch(*words, "--config", str(office.config), cwd=office.folder)


def send_to(office: Office, *recipients: str) -> None:
    """Let the mail go to these."""
    config = office.config.read_text("utf-8")
    listed = ", ".join(f'"{recipient}"' for recipient in recipients)
    office.config.write_text(config.replace(f'to: ["{ANALYST}"]', f"to: [{listed}]"), encoding="utf-8")


def test_recipient_that_is_refused_for_ever_is_dead_alone(office: Office, newsroom: Newsroom) -> None:
    publish_claims(newsroom, 1)
    office.configure(newsroom)
    send_to(office, *DESK)
    office.mailroom.refuse(times=1, reply="550 5.1.1 no such user")
    office.daemon()
    rows = office.wait_for_rows("deliveries", lambda rows: len(rows) == 3 and settled(rows), "--channel", "desk")
    at_first = [mail.recipients for mail in office.mailroom.mails]
    replayed = command(office, "replay", "--all")
    mended = office.mailroom.wait_until(lambda mails: len(mails) == 3, timeout_s=PATIENCE_S)

    assert sorted(row["state"] for row in rows) == ["dead", "sent", "sent"]
    assert len(set(at_first)) == len(at_first) == 2
    assert (replayed.returncode, mended) == (0, True), replayed.stderr
    assert sorted(mail.recipients for mail in office.mailroom.mails) == sorted((one,) for one in DESK)


def test_mail_server_that_was_down_gets_the_mail_later(office: Office, newsroom: Newsroom) -> None:
    claims = publish_claims(newsroom, 1)
    office.configure(newsroom)
    office.mailroom.stop()
    daemon = office.daemon()
    failed = daemon.wait_for_log("channel=desk state=pending", timeout_s=PATIENCE_S)
    office.mailroom.start()  # before the next try, which comes after four seconds at the earliest
    office.wait_for_news(claims, daemon)
    (row,) = office.wait_for_rows("deliveries", settled, "--channel", "desk")

    assert failed, daemon.log_tail()
    assert [one["accepted"] for one in row["tries"]] == [False, True]
    assert [mail.message_id.split("@")[0] for mail in office.mailroom.mails] == [f"<{row['id']}"]


def test_receiver_that_is_gone_is_disabled_and_visible_until_people_bring_it_back(
    office: Office, newsroom: Newsroom
) -> None:
    claims = publish_claims(newsroom, 1)
    office.configure(newsroom)
    office.receiver.fail(times=1, status=410)
    daemon = office.daemon()
    (dead,) = office.wait_for_rows("deliveries", settled, "--channel", "hook")
    (health,) = office.ask("health")
    tested = command(office, "test-channel", "hook")
    replayed = command(office, "replay", "--all")
    office.wait_for_news(claims, daemon)

    assert (dead["state"], dead["last_status"]) == ("dead", 410)
    assert (health["healthy"], list(health["disabled_channels"])) == (False, ["hook"])
    assert any("the channel hook is disabled" in problem for problem in health["problems"])
    assert (tested.returncode, replayed.returncode) == (0, 0), tested.stderr + replayed.stderr
    assert office.webhook_ids()[claims[0]] == [dead["id"]]
    assert len(office.mailroom.mails) == 1


def test_receiver_that_asks_to_wait_is_left_alone_with_every_message(office: Office, newsroom: Newsroom) -> None:
    claims = publish_claims(newsroom, 2)
    office.configure(newsroom)
    office.receiver.fail(times=1, status=429, headers={"Retry-After": "6"})
    office.wait_for_news(claims, office.daemon())
    rows = office.wait_for_rows("deliveries", settled, "--channel", "hook")
    tries = sorted(datetime.fromisoformat(one["started_at"]) for row in rows for one in row["tries"])

    assert [len(office.webhook_ids()[claim]) for claim in claims] == [1, 1]
    # times are listed to the second; no try of any message within the six seconds
    first, second, *_ = tries
    assert (second - first).total_seconds() >= 5


def test_receiver_that_dawdles_delays_nobody_else(office: Office, newsroom: Newsroom) -> None:
    claims = publish_claims(newsroom, 2)
    office.configure(newsroom)
    office.receiver.delay(18)  # just under a webhook's time limit
    daemon = office.daemon()
    mailed = office.mailroom.wait_until(lambda mails: len(mails) == len(claims), timeout_s=PATIENCE_S)
    called = len(office.receiver.notices)
    daemon.kill()  # rather than wait for the call in flight

    assert mailed, daemon.log_tail()
    assert called == 1
