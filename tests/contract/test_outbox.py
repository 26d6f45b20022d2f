"""What every Outbox and HealthStore promises."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.alerts import Delivery, DeliveryState
from domain.errors import StorageError
from domain.outcomes import JobEnd
from domain.outlets import SourceState, SourceStatus
from domain.views import AlertFilter, DeliveryFilter, HealthReport
from domain.watches import Severity
from tests.contract.conftest import AnyStores
from tests.contract.samples import (
    NOW,
    after,
    alert,
    attempt_outcome,
    claim,
    delivery,
    entry,
    poll_outcome,
    sync,
    told,
)


def _told(stores: AnyStores, name: str = "a1", **changes: Any) -> Delivery:
    """Tell an article on the desk; the delivery."""
    outcome = told(name)
    decided = replace(outcome.alerts[0], **changes)
    stores.articles.record_article(replace(outcome, alerts=(decided,)))
    return outcome.deliveries[0]


def _kill(stores: AnyStores, given: Delivery) -> None:
    stores.outbox.record_attempt(attempt_outcome(replace(given, state=DeliveryState.DEAD, attempts=1)))


def test_delivery_comes_with_its_alert(stores: AnyStores) -> None:
    given = _told(stores)

    assert stores.outbox.delivery(given.id) == (given, alert())


def test_unknown_delivery_is_none(stores: AnyStores) -> None:
    assert stores.outbox.delivery("dlv-nope") is None


def test_attempt_is_stored_with_the_new_state(stores: AnyStores) -> None:
    given = _told(stores)
    sent = replace(given, state=DeliveryState.SENT, attempts=1, last_status=250, sent_at=after(1.5), last_error=None)
    outcome = attempt_outcome(sent)

    stores.outbox.record_attempt(outcome)

    (row,) = stores.outbox.list(DeliveryFilter())
    assert (row.delivery, row.alert, row.attempts) == (sent, alert(), (outcome.attempt,))
    assert claim(stores, now=after(10**6)) == ()


def test_attempt_stored_twice_leaves_one(stores: AnyStores) -> None:
    given = _told(stores)

    stores.outbox.record_attempt(attempt_outcome(given))
    stores.outbox.record_attempt(attempt_outcome(given))

    assert len(stores.outbox.list(DeliveryFilter())[0].attempts) == 1


def test_attempts_are_listed_oldest_first(stores: AnyStores) -> None:
    given = _told(stores)
    for name, seconds in (("b", 1), ("a", 2), ("c", 0)):
        outcome = attempt_outcome(given, name=name)
        stores.outbox.record_attempt(replace(outcome, attempt=replace(outcome.attempt, started_at=after(seconds))))

    (row,) = stores.outbox.list(DeliveryFilter())

    assert [attempt.id[-1] for attempt in row.attempts] == ["c", "b", "a"]


def test_attempt_at_an_unknown_delivery_is_refused(stores: AnyStores) -> None:
    with pytest.raises(StorageError):
        stores.outbox.record_attempt(attempt_outcome(delivery(alert()), channel_disabled="gone"))

    assert stores.outbox.disabled_channels() == {}


def test_delivery_is_due_again_when_its_new_state_says(stores: AnyStores) -> None:
    given = _told(stores)

    stores.outbox.record_attempt(attempt_outcome(replace(given, attempts=1, next_attempt_at=after(60))))

    assert claim(stores, now=after(59)) == ()
    assert [job.key for job in claim(stores, now=after(60))] == [given.id]


def test_attempt_disables_its_channel_and_people_enable_it(stores: AnyStores) -> None:
    given = _told(stores)

    stores.outbox.record_attempt(attempt_outcome(given, channel_disabled="it answered 410"))
    stores.outbox.record_attempt(attempt_outcome(given, name="2", channel_disabled="it answered 410 again"))

    assert stores.outbox.disabled_channels() == {"desk": "it answered 410 again"}
    assert stores.outbox.enable_channel("desk")
    assert not stores.outbox.enable_channel("desk")
    assert stores.outbox.disabled_channels() == {}


def test_replay_makes_dead_deliveries_due_and_keeps_their_attempts(stores: AnyStores) -> None:
    dead, waiting = _told(stores, "a1"), _told(stores, "a2")
    _kill(stores, dead)

    assert stores.outbox.replay([dead.id, waiting.id, "dlv-nope"], after(50)) == 1

    found = stores.outbox.delivery(dead.id)
    assert found is not None
    assert (found[0].state, found[0].attempts, found[0].next_attempt_at) == (DeliveryState.PENDING, 1, after(50))
    assert stores.outbox.dead() == ()


def test_replay_takes_as_many_as_there_are(stores: AnyStores) -> None:
    dead = _told(stores)
    _kill(stores, dead)

    assert stores.outbox.replay([dead.id, *(f"dlv-{number}" for number in range(40_000))], NOW) == 1


def test_dead_deliveries_are_listed_oldest_first(stores: AnyStores) -> None:
    later, sooner = _told(stores, "a1", created_at=after(9)), _told(stores, "a2", created_at=after(1))
    for given in (later, sooner):
        _kill(stores, given)

    assert stores.outbox.dead() == (sooner.id, later.id)


def test_deliveries_are_filtered_newest_first(stores: AnyStores) -> None:
    first, second = _told(stores, "a1", created_at=after(1)), _told(stores, "a2", created_at=after(2))
    third = _told(stores, "a3", created_at=after(3))
    _kill(stores, third)

    listed = stores.outbox.list(DeliveryFilter(state=DeliveryState.PENDING, channel="desk"))

    assert [row.delivery.id for row in listed] == [second.id, first.id]
    assert [row.delivery.id for row in stores.outbox.list(DeliveryFilter(limit=1))] == [third.id]
    assert stores.outbox.list(DeliveryFilter(channel="team")) == ()


def test_alerts_are_filtered_newest_first(stores: AnyStores) -> None:
    for name, seconds, severity in (("a1", 1, Severity.LOW), ("a2", 2, Severity.MEDIUM), ("a3", 3, Severity.HIGH)):
        _told(stores, name, created_at=after(seconds), severity=severity)

    def listed(**chosen: Any) -> list[str]:
        return [found.article_id for found in stores.outbox.alerts(replace(AlertFilter(), **chosen))]

    assert listed() == ["art-a3", "art-a2", "art-a1"]
    assert listed(min_severity=Severity.MEDIUM) == ["art-a3", "art-a2"]
    assert listed(since=after(2), limit=1) == ["art-a3"]
    assert listed(watch="border") == []


def test_health_of_an_empty_database_is_all_zero(stores: AnyStores) -> None:
    report = stores.health.report()

    assert report == HealthReport(heartbeat_at=None, sources={"new": 0, "healthy": 0, "failing": 0})


def test_health_tells_the_last_heartbeat_though_an_earlier_clock_was_wrong(stores: AnyStores) -> None:
    stores.health.beat(after(10**9))
    stores.health.beat(after(3))

    assert stores.health.report().heartbeat_at == after(3)


def test_health_tells_that_a_daemon_stopped_in_good_order(stores: AnyStores) -> None:
    stores.health.beat(after(3))
    stores.health.rest(after(4))

    report = stores.health.report()
    assert (report.heartbeat_at, report.stopped_at) == (after(3), after(4))


def test_health_forgets_the_stop_when_a_daemon_lives(stores: AnyStores) -> None:
    stores.health.rest(after(1))
    stores.health.rest(after(2))
    assert stores.health.report().stopped_at == after(2)

    stores.health.beat(after(3))

    assert stores.health.report().stopped_at is None


def test_health_tells_since_when_and_why_a_configuration_is_refused(stores: AnyStores) -> None:
    stores.health.refuse_configuration("w.yaml:1:1: no", after(1))
    stores.health.refuse_configuration("w.yaml:2:2: nor this", after(2))

    report = stores.health.report()
    assert (report.refused_at, report.refused_why) == (after(1), "w.yaml:2:2: nor this")


def test_health_forgets_the_refusal_when_a_configuration_is_accepted(stores: AnyStores) -> None:
    stores.health.refuse_configuration("w.yaml:1:1: no", after(1))

    stores.health.accept_configuration()
    stores.health.accept_configuration()

    report = stores.health.report()
    assert (report.refused_at, report.refused_why) == (None, None)


def test_health_counts_sources_that_were_due_long_before_the_heartbeat(stores: AnyStores) -> None:
    for number, seconds in enumerate((0, 1, 2)):
        sync(stores, *(f"s{each}/main" for each in range(number + 1)), now=after(seconds))
    sync(stores, "s0/main", "s1/main")

    assert stores.health.report().overdue_sources == 0
    stores.health.beat(after(900))
    assert stores.health.report().overdue_sources == 0
    stores.health.beat(after(901))
    assert stores.health.report().overdue_sources == 1
    stores.health.beat(after(903))
    assert stores.health.report().overdue_sources == 2


def test_health_counts_what_waits_and_what_is_given_up(stores: AnyStores) -> None:
    sync(stores, "steppe/main", "river/main", "hill/main")
    stores.polls.record_poll(poll_outcome([entry("e1"), entry("e2")]))
    failing = SourceState(source_id="river/main", status=SourceStatus.FAILING)
    stores.polls.record_poll(poll_outcome(name="p2", state=failing))
    dead, waiting = _told(stores, "a1"), _told(stores, "a2")
    _kill(stores, dead)
    stores.outbox.record_attempt(attempt_outcome(replace(waiting, next_attempt_at=after(600)), channel_disabled="gone"))

    assert stores.health.report() == HealthReport(
        heartbeat_at=None,
        sources={"new": 1, "healthy": 1, "failing": 1},
        pending_entries=2,
        pending_deliveries=1,
        dead_deliveries=1,
        oldest_pending_delivery_at=NOW,
        disabled_channels={"desk": "gone"},
        articles=2,
        matches=2,
    )


def test_health_counts_sources_of_the_catalogue_only(stores: AnyStores) -> None:
    sync(stores, "steppe/main", "river/main")
    sync(stores, "steppe/main")

    assert stores.health.report().sources["new"] == 1


def test_attempt_sets_the_channel_free_when_its_engine_fences_by_other_means(stores: AnyStores) -> None:
    _told(stores, "a1")
    given = _told(stores, "a2")
    sent = replace(given, state=DeliveryState.SENT)

    stores.outbox.record_attempt(attempt_outcome(sent, end=JobEnd(lane_free_at=after(4))))

    assert claim(stores, now=after(3)) == ()
    assert len(claim(stores, now=after(4))) == 1
