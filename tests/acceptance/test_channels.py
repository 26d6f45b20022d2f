"""A channel that fails delays an alert and never loses it; every try carries the same id."""

from __future__ import annotations

import pytest

from tests.acceptance.articles import publish_claims
from tests.acceptance.office import Office
from tests.newsroom import Newsroom

pytestmark = pytest.mark.slow  # tries are seconds apart


def test_webhook_that_was_down_gets_the_alert_later_under_the_id_it_always_had(
    office: Office, newsroom: Newsroom
) -> None:
    claims = publish_claims(newsroom, 1)
    office.configure(newsroom)
    office.receiver.stop()
    daemon = office.daemon()
    (before,) = office.wait_for_rows("deliveries", lambda rows: rows[0]["attempts"] == 1, "--channel", "hook")
    office.receiver.start()
    office.wait_for_news(claims, daemon)
    (after,) = office.wait_for_rows("deliveries", lambda rows: rows[0]["state"] == "sent", "--channel", "hook")

    assert (before["state"], bool(before["last_error"])) == ("pending", True)
    assert [notice.id for notice in office.receiver.notices] == [before["id"]] == [after["id"]]
    assert [one["accepted"] for one in after["tries"]] == [False, True]
    assert len(office.mailroom.mails) == 1


def test_webhook_that_failed_once_is_called_again_with_the_same_id_and_body(office: Office, newsroom: Newsroom) -> None:
    claims = publish_claims(newsroom, 1)
    office.configure(newsroom)
    office.receiver.fail(times=1)
    office.wait_for_news(claims, office.daemon())
    calls = [request for request in office.receiver.requests() if request.method == "POST"]

    assert [notice.id for notice in office.receiver.notices] == list(office.receiver.turned_away)
    assert len({call.body for call in calls}) == 1


def test_mail_server_that_was_busy_gets_the_same_message_again(office: Office, newsroom: Newsroom) -> None:
    claims = publish_claims(newsroom, 1)
    office.configure(newsroom)
    office.mailroom.refuse(times=1)
    office.wait_for_news(claims, office.daemon())

    refused, kept = office.mailroom.refused_mails, office.mailroom.mails
    assert [mail.message_id for mail in refused] == [mail.message_id for mail in kept]
    assert len(kept) == 1


def test_mail_that_is_refused_for_ever_is_dead_and_visible(office: Office, newsroom: Newsroom) -> None:
    publish_claims(newsroom, 1)
    office.configure(newsroom)
    office.mailroom.refuse(reply="550 5.7.1 not here")
    office.daemon()
    (row,) = office.wait_for_rows("deliveries", lambda rows: rows[0]["state"] != "pending", "--channel", "desk")

    assert (row["state"], row["last_status"]) == ("dead", 550)
    assert office.ask("health")[0]["dead_deliveries"] == 1
