"""A daemon that was off for days stores what it missed, tells what is still news once, and says that it missed some."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.articles import publish_claims
from tests.acceptance.office import Office
from tests.newsroom import Newsroom

pytestmark = pytest.mark.slow

#: Days since each missed claim was published; a route tells what is a week old at most.
MISSED = (0.1, 1, 2, 3, 8, 9, 30)


def publish_missed(newsroom: Newsroom, days: float) -> str:
    """A claim that was published so long ago; returns its address."""
    return newsroom.add_article(
        f"Archive {days}: another speech on borders",
        f"A delegate who spoke {days} days ago raised territorial claims once more, to the surprise of his party.",
        f"It was the speech number {days * 10:g} of a long evening, and few of the members had stayed to hear it.",
        path=f"/archive/{days}",
        published_at=datetime.now(UTC).replace(microsecond=0) - timedelta(days=days),
    )


def test_daemon_that_was_off_for_days_tells_what_is_news_once_and_stores_the_rest(
    office: Office, newsroom: Newsroom
) -> None:
    before = publish_claims(newsroom, 1)
    office.configure(newsroom)
    daemon = office.daemon()
    office.wait_for_news(before, daemon)
    daemon.stop()
    newsroom.add_feed()  # the first claim has left the feed meanwhile
    missed = {days: publish_missed(newsroom, days) for days in MISSED}
    news = [url for days, url in missed.items() if days < 7]
    again = office.daemon()
    office.wait_for_news(news, again)
    rows = office.wait_for_rows("matches", lambda rows: len(rows) == 1 + len(MISSED))
    (source,) = office.ask("sources")

    decisions = {row["url"]: row["decision"] for row in rows}
    assert {decisions[url] for url in news} == {"first_in_story"}
    assert {decisions[url] for days, url in missed.items() if days > 7} == {"too_old"}
    assert set(office.webhook_ids()) == {*before, *news}
    assert all(len(ids) == 1 for ids in office.webhook_ids().values())
    assert len(office.mailroom.mails) == len(before) + len(news)
    assert source["gap_at"] is not None
