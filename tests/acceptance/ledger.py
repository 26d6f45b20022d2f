"""What a database holds after all the crashes, read straight from its tables."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Select, select

from storage.database import Database
from storage.schema import alerts, articles, deliveries, entries, leases, matches
from tests.acceptance.office import PATIENCE_S, Office


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Sorted rows of the tables that matter; articles go by their addresses."""

    #: The address of every article; one stored twice is here twice.
    articles: tuple[str, ...]
    #: State of every entry.
    entries: tuple[tuple[str, str], ...]
    #: The article of every match.
    matches: tuple[str, ...]
    #: Article and channel of every delivery, and its state.
    deliveries: tuple[tuple[str, str, str], ...]
    #: The article of every alert.
    alerts: tuple[str, ...]
    #: The kind of every job that somebody holds.
    held: tuple[str, ...]

    @classmethod
    def read(cls, url: str) -> Self:
        """Read a database that has its schema."""
        told = select(articles.c.url, deliveries.c.channel, deliveries.c.state)
        with closing(Database.open(url)) as database, database.read() as connection:

            def rows(query: Select[Any]) -> tuple[Any, ...]:
                return tuple(sorted(tuple(row) if len(row) > 1 else row[0] for row in connection.execute(query)))

            return cls(
                articles=rows(select(articles.c.url)),
                entries=rows(select(entries.c.url, entries.c.state)),
                matches=rows(select(articles.c.url).join(matches, matches.c.article_id == articles.c.id)),
                deliveries=rows(
                    told.join_from(deliveries, alerts).join(articles, alerts.c.article_id == articles.c.id)
                ),
                alerts=rows(select(articles.c.url).join(alerts, alerts.c.article_id == articles.c.id)),
                held=rows(select(leases.c.kind).where(leases.c.token.is_not(None))),
            )

    def is_done(self, served: Iterable[str], claims: Iterable[str]) -> bool:
        """Is every article stored, and everybody told of every claim?"""
        told = {(url, channel) for url, channel, state in self.deliveries if state == "sent"}
        return set(served) <= set(self.articles) and {(url, one) for url in claims for one in ("desk", "hook")} <= told


def wait_until_done(office: Office, url: str, *, claims: list[str], ordinary: Iterable[str] = ()) -> None:
    """Wait until every article is stored and every claim told by mail and by webhook.

    Raises:
        AssertionError: they never were.
    """
    deadline = time.monotonic() + PATIENCE_S
    while not (ledger := Ledger.read(url)).is_done([*claims, *ordinary], claims):
        assert time.monotonic() < deadline, f"{ledger}\n{office.log_tail()}"
        time.sleep(0.1)


def assert_nothing_lost(
    office: Office, url: str, *, claims: list[str], ordinary: Iterable[str] = (), exactly_once: bool
) -> None:
    """Every article stored once, every match told under one id on each channel, every delivery done.

    Call it when the last daemon stopped in good order.
    """
    ledger = Ledger.read(url)
    served = sorted([*claims, *ordinary])
    mails = [office.mail_ids(claim) for claim in claims]

    assert ledger.articles == tuple(served)
    assert ledger.entries == tuple((one, "done") for one in served)
    assert ledger.matches == ledger.alerts == tuple(sorted(claims))
    assert ledger.deliveries == tuple((one, channel, "sent") for one in sorted(claims) for channel in ("desk", "hook"))
    assert ledger.held == ()
    assert {one: len(set(ids)) for one, ids in office.webhook_ids().items()} == dict.fromkeys(claims, 1)
    assert [len(set(ids)) for ids in mails] == [1] * len(claims)
    if exactly_once:
        assert (len(office.receiver.notices), len(office.mailroom.mails)) == (len(claims), len(claims))
