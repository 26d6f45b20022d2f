"""What every ArticleStore promises of alerts: a story is told once on each channel, whoever plans it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.alerts import DeliveryState
from domain.errors import StorageError
from domain.matches import Decision
from domain.outcomes import ArticleOutcome
from domain.views import AlertFilter, DeliveryFilter, MatchFilter
from tests.contract.conftest import AnyStores
from tests.contract.samples import NOW, alert, attempt_outcome, delivery, match, told


def _deliveries(stores: AnyStores) -> list[str]:
    return sorted(row.delivery.id for row in stores.outbox.list(DeliveryFilter()))


def _decisions(stores: AnyStores) -> dict[str, Decision]:
    return {row.match.id: row.match.decision for row in stores.matches.list(MatchFilter())}


def test_alert_known_from_another_article_is_not_told_again(stores: AnyStores) -> None:
    stores.articles.record_article(told("a1", story="sto-1", channels=("desk", "team")))

    stores.articles.record_article(told("a2", story="sto-1", channels=("team", "desk")))

    assert _decisions(stores) == {"mat-a1-gift": Decision.FIRST_IN_STORY, "mat-a2-gift": Decision.SAME_STORY}
    assert _deliveries(stores) == ["dlv-alr-gift-sto-1-desk", "dlv-alr-gift-sto-1-team"]


def test_first_report_planned_beside_another_is_told_to_channels_that_the_other_did_not_tell(
    stores: AnyStores,
) -> None:
    stores.articles.record_article(told("a1", story="sto-1", channels=("desk",)))

    stores.articles.record_article(told("a2", story="sto-1", channels=("desk", "team")))

    assert _decisions(stores) == {"mat-a1-gift": Decision.FIRST_IN_STORY, "mat-a2-gift": Decision.OTHER_CHANNEL}
    assert _deliveries(stores) == ["dlv-alr-gift-sto-1-desk", "dlv-alr-gift-sto-1-team"]
    assert [known.article_id for known in stores.outbox.alerts(AlertFilter())] == ["art-a1"]


def _also_told(name: str, *channels: str) -> ArticleOutcome:
    """Another report of the story sto-1, whose alert is known, for channels that seemed not to have it."""
    outcome = told(name, story="sto-1", channels=channels)
    return replace(outcome, matches=(match(name, decision=Decision.OTHER_CHANNEL),), alerts=())


def test_known_alert_is_delivered_to_another_channel(stores: AnyStores) -> None:
    stores.articles.record_article(told("a1", story="sto-1"))

    stores.articles.record_article(_also_told("a2", "team"))

    assert _decisions(stores)["mat-a2-gift"] is Decision.OTHER_CHANNEL
    found = stores.outbox.delivery("dlv-alr-gift-sto-1-team")
    assert found is not None
    assert found[1].article_id == "art-a1"


def test_known_alert_is_delivered_to_another_channel_once(stores: AnyStores) -> None:
    stores.articles.record_article(told("a1", story="sto-1"))

    for name in ("a2", "a3", "a2"):
        stores.articles.record_article(_also_told(name, "team"))

    decisions = _decisions(stores)
    assert (decisions["mat-a2-gift"], decisions["mat-a3-gift"]) == (Decision.OTHER_CHANNEL, Decision.SAME_STORY)
    assert _deliveries(stores) == ["dlv-alr-gift-sto-1-desk", "dlv-alr-gift-sto-1-team"]


def test_delivery_that_was_sent_is_not_made_pending_again(stores: AnyStores) -> None:
    outcome = told("a1", story="sto-1")
    stores.articles.record_article(outcome)
    sent = replace(outcome.deliveries[0], state=DeliveryState.SENT, attempts=1, sent_at=NOW)
    stores.outbox.record_attempt(attempt_outcome(sent))

    stores.articles.record_article(told("a2", story="sto-1"))

    assert stores.outbox.delivery(sent.id) == (sent, outcome.alerts[0])


def test_delivery_of_an_alert_that_nobody_knows_is_refused(stores: AnyStores) -> None:
    with pytest.raises(StorageError):
        stores.articles.record_article(_also_told("a2", "team"))

    assert stores.articles.article("art-a2") is None


def test_alert_known_from_another_article_silences_its_own_watch_only(stores: AnyStores) -> None:
    stores.articles.record_article(told("a1", story="sto-1"))
    border = alert("a2", "border", "sto-1")
    outcome = told("a2", story="sto-1")

    stores.articles.record_article(
        replace(
            outcome,
            matches=(*outcome.matches, match("a2", "border"), match("a2", "old", decision=Decision.TOO_OLD)),
            alerts=(*outcome.alerts, border),
            deliveries=(*outcome.deliveries, delivery(border)),
        )
    )

    assert _decisions(stores) == {
        "mat-a1-gift": Decision.FIRST_IN_STORY,
        "mat-a2-gift": Decision.SAME_STORY,
        "mat-a2-border": Decision.FIRST_IN_STORY,
        "mat-a2-old": Decision.TOO_OLD,
    }
    assert _deliveries(stores) == ["dlv-alr-border-sto-1-desk", "dlv-alr-gift-sto-1-desk"]


def test_article_done_again_for_one_channel_more_stays_first(stores: AnyStores) -> None:
    stores.articles.record_article(told())

    stores.articles.record_article(told(channels=("desk", "team")))

    assert _decisions(stores) == {"mat-a1-gift": Decision.FIRST_IN_STORY}
    assert _deliveries(stores) == ["dlv-alr-gift-sto-a1-desk", "dlv-alr-gift-sto-a1-team"]


def test_match_that_comes_after_its_own_alert_stays_told(stores: AnyStores) -> None:
    stores.articles.record_article(told(matches=()))

    stores.articles.record_article(told())

    assert _decisions(stores) == {"mat-a1-gift": Decision.FIRST_IN_STORY}
