from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.dispatcher import Dispatcher
from alerts.transports.registry import Transports
from alerts.view import TEST_WATCH_ID
from domain.alerts import ConsoleChannel, DeliveryState, Receipt, WebhookChannel
from domain.errors import DeliveryError, LeaseLost, StorageError
from domain.jobs import Job, JobKind, Lease
from domain.outcomes import AttemptOutcome
from domain.secrets import Secret
from tests.fakes.clock import FakeClock
from tests.fakes.outbox import FakeOutbox
from tests.fakes.transport import FakeTransport
from tests.unit.alerts.delivering import deliver
from tests.unit.alerts.samples import MAIL, NOW, alert, delivery

LEASE = Lease(kind=JobKind.DELIVERY, key="dlv-1", token="t-1", until=NOW + timedelta(minutes=1))
HOOK = WebhookChannel(name="hook", url="https://chat.example/hooks/T0/hush?key=hush", secrets=(Secret("env:HOOK"),))
JOB = Job(kind=JobKind.DELIVERY, key="dlv-1", lane="mail", attempt=1, lease=LEASE)


class Post:
    """A dispatcher over fakes, with one pending delivery by mail."""

    def __init__(self, answers: Sequence[Receipt | Exception] = ()) -> None:
        self.clock = FakeClock(NOW)
        self.outbox = FakeOutbox()
        self.outbox.add(delivery(), alert())
        self.mail = FakeTransport(answers)
        self.screen = FakeTransport()
        self.hook = FakeTransport(answers)
        self.waits: list[float] = []
        self.dispatcher = Dispatcher(
            outbox=self.outbox,
            transports=Transports(console=self.screen, email=self.mail, webhook=self.hook),
            channels={"mail": MAIL, "hook": HOOK},
            clock=self.clock,
            in_thread=asyncio.to_thread,
            random=lambda: 0.0,
            sleep=self.sleep,
        )

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def deliver(self) -> AttemptOutcome | None:
        return await deliver(self.dispatcher, JOB)


async def test_an_accepted_delivery_is_sent() -> None:
    post = Post([Receipt(status=250)])

    outcome = await post.deliver()

    assert outcome is not None
    assert post.outbox.outcomes == [outcome]
    assert (outcome.delivery.state, outcome.delivery.sent_at) == (DeliveryState.SENT, NOW)
    assert (outcome.delivery.attempts, outcome.delivery.last_status) == (1, 250)
    assert (outcome.attempt.accepted, outcome.attempt.delivery_id) == (True, "dlv-1")
    assert outcome.end.lease == LEASE


async def test_a_refused_delivery_is_tried_again_by_the_schedule() -> None:
    post = Post([DeliveryError("busy", status=451)])

    await post.deliver()

    (kept,) = post.outbox.deliveries.values()
    assert (kept.state, kept.attempts, kept.next_attempt_at) == (DeliveryState.PENDING, 1, NOW + timedelta(seconds=5))
    assert (kept.last_error, kept.last_status) == ("busy", 451)
    assert [(each.accepted, each.error) for each in post.outbox.attempts] == [(False, "busy")]


async def test_every_try_says_the_same() -> None:
    post = Post([DeliveryError("busy"), DeliveryError("busy")])

    for _ in range(3):
        await post.deliver()

    first, *others = post.mail.sent
    assert len(others) == 2
    assert {(each.delivery.id, each.alert) for each in others} == {(first.delivery.id, first.alert)}


async def test_a_permanent_refusal_is_the_end() -> None:
    post = Post([DeliveryError("no such user", permanent=True, status=550)])

    await post.deliver()

    assert post.outbox.dead() == ("dlv-1",)
    assert post.outbox.disabled == {}


async def test_the_last_try_of_the_schedule_is_the_end() -> None:
    post = Post([DeliveryError("busy")])
    post.outbox.add(delivery(attempts=9), alert())

    await post.deliver()

    assert post.outbox.dead() == ("dlv-1",)


async def test_a_receiver_that_asks_to_wait_is_left_alone() -> None:
    post = Post([DeliveryError("slow down", status=429, retry_after_s=600)])

    await post.deliver()

    (outcome,) = post.outbox.outcomes
    assert outcome.delivery.next_attempt_at == NOW + timedelta(minutes=10)
    assert outcome.end.lane_free_at == NOW + timedelta(minutes=10)


async def test_a_channel_that_asks_never_to_be_called_is_disabled() -> None:
    post = Post([DeliveryError("gone", permanent=True, status=410, disables=True)])

    await post.deliver()

    assert post.outbox.disabled == {"mail": "gone"}
    assert post.outbox.dead() == ("dlv-1",)


async def test_a_disabled_channel_is_not_called() -> None:
    post = Post()
    post.outbox.disabled["mail"] = "it answered 410"

    await post.deliver()

    (attempt,) = post.outbox.attempts
    assert post.mail.sent == []
    assert post.outbox.dead() == ("dlv-1",)
    assert attempt.error == (
        "the channel mail is disabled (it answered 410): mend the receiver, "
        "run `claimwatch test-channel mail`, then `claimwatch replay`"
    )


async def test_a_channel_that_left_the_configuration_is_named() -> None:
    post = Post()
    post.outbox.add(delivery(channel="pager"), alert())

    await post.deliver()

    (attempt,) = post.outbox.attempts
    assert attempt.error == ("the channel pager is not in the configuration: put it back, then run `claimwatch replay`")
    assert post.outbox.dead() == ("dlv-1",)


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.DEAD])
async def test_a_delivery_that_is_over_is_left_alone(state: DeliveryState) -> None:
    post = Post()
    post.outbox.add(delivery(state=state), alert())

    assert await post.deliver() is None
    assert (post.mail.sent, post.outbox.outcomes) == ([], [])


async def test_a_delivery_that_nobody_knows_is_left_alone() -> None:
    post = Post()

    assert await deliver(post.dispatcher, replace(JOB, key="dlv-9")) is None


async def test_a_bug_of_a_transport_is_tried_again() -> None:
    post = Post([RuntimeError("index out of sorts")])

    await post.deliver()

    (kept,) = post.outbox.deliveries.values()
    assert (kept.state, kept.last_error) == (DeliveryState.PENDING, "RuntimeError: index out of sorts")


async def test_a_lost_lease_is_told_to_the_caller() -> None:
    post = Post()
    post.outbox.lease = replace(LEASE, token="t-2")

    with pytest.raises(LeaseLost):
        await post.deliver()


async def test_a_database_that_is_away_for_seconds_has_nothing_sent_again() -> None:
    post = Post([Receipt(status=250)])
    post.outbox.refusals = [StorageError("away") for _ in range(4)]

    await post.deliver()

    assert len(post.mail.sent) == 1
    assert post.outbox.deliveries["dlv-1"].state is DeliveryState.SENT
    assert post.waits == [0.2, 1.0, 3.0, 8.0]


async def test_a_database_that_stays_away_is_told_to_the_caller() -> None:
    post = Post()
    post.outbox.refusals = [StorageError(f"away {number}") for number in range(5)]

    with pytest.raises(StorageError, match="away 4"):
        await post.deliver()

    assert len(post.waits) == 4


async def test_a_refusal_that_waiting_cannot_mend_is_told_at_once() -> None:
    post = Post()
    broken = StorageError("a rule of the schema was broken")
    broken.retryable = False
    post.outbox.refusals = [broken]

    with pytest.raises(StorageError, match="rule"):
        await post.deliver()

    assert post.waits == []


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, dict[str, object]]]:
    """Level, event and fields of each line of the deliveries' log."""
    names = ("delivery", "channel", "state", "attempt", "status", "error", "next_attempt_at")
    return [
        (line.levelname, line.message, {name: vars(line)[name] for name in names if name in vars(line)})
        for line in caplog.records
        if line.name == "claimwatch.delivery"
    ]


async def test_a_sent_delivery_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    await Post([Receipt(status=250)]).deliver()

    fields = {"delivery": "dlv-1", "channel": "mail", "state": "sent", "attempt": 1, "status": 250, "error": None}
    assert logged(caplog) == [("INFO", "sent", fields)]


async def test_a_delivery_that_is_tried_again_is_logged_with_the_time(caplog: pytest.LogCaptureFixture) -> None:
    await Post([DeliveryError("busy", status=451)]).deliver()

    ((level, event, fields),) = logged(caplog)
    assert (level, event) == ("WARNING", "failed")
    assert (fields["state"], fields["status"], fields["error"]) == ("pending", 451, "busy")
    assert fields["next_attempt_at"] == "2026-11-23T11:52:05Z"


async def test_a_dead_delivery_and_its_disabled_channel_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    await Post([DeliveryError("gone", permanent=True, status=410, disables=True)]).deliver()

    dead, disabled = logged(caplog)
    assert dead[:2] == ("ERROR", "given_up")
    assert (dead[2]["state"], dead[2]["error"]) == ("dead", "gone")
    assert disabled == ("ERROR", "channel_disabled", {"channel": "mail", "error": "gone"})


async def test_a_try_is_logged_although_it_cannot_be_stored(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    post = Post()
    post.outbox.refusals = [StorageError("away")]

    await post.deliver()

    assert [(level, event) for level, event, _ in logged(caplog)] == [("INFO", "sent"), ("WARNING", "record_failed")]


async def test_a_webhooks_address_is_neither_logged_nor_kept(caplog: pytest.LogCaptureFixture) -> None:
    post = Post([ValueError(f"bad port in {HOOK.url}")])
    post.outbox.add(delivery(channel="hook"), alert())

    await post.deliver()

    assert [attempt.error for attempt in post.outbox.attempts] == ["ValueError within the transport"]
    assert "hush" not in caplog.text + str([vars(line) for line in caplog.records])


async def test_an_attempt_knows_how_long_it_took() -> None:
    post = Post()

    class Slow(FakeTransport):
        async def send(self, channel: object, delivery: object, alert: object) -> Receipt:
            post.clock.advance(2.5)
            return Receipt()

    slow = Transports(console=post.screen, email=Slow(), webhook=post.screen)
    dispatcher = Dispatcher(
        outbox=post.outbox, transports=slow, channels={"mail": MAIL}, clock=post.clock, in_thread=asyncio.to_thread
    )

    await deliver(dispatcher, JOB)

    (attempt,) = post.outbox.attempts
    assert (attempt.started_at, attempt.took_s) == (NOW, 2.5)


async def test_a_test_goes_to_every_recipient_and_says_that_it_is_one() -> None:
    post = Post([Receipt(status=250), Receipt(status=251)])

    receipt = await post.dispatcher.test_channel(MAIL)

    assert receipt.status == 251
    assert [each.delivery.recipient for each in post.mail.sent] == list(MAIL.to)
    assert {each.alert.watch_id for each in post.mail.sent} == {TEST_WATCH_ID}
    assert post.outbox.outcomes == []


async def test_two_tests_of_a_channel_differ_for_the_receiver() -> None:
    post = Post()
    screen = ConsoleChannel(name="screen")

    for _ in range(2):
        await post.dispatcher.test_channel(screen)

    assert len({each.delivery.id for each in post.screen.sent}) == 2


async def test_a_test_that_fails_says_why() -> None:
    post = Post([OSError("cable cut")])

    with pytest.raises(DeliveryError, match="OSError: cable cut"):
        await post.dispatcher.test_channel(MAIL)


async def test_closing_closes_every_transport() -> None:
    parts = [FakeTransport() for _ in range(3)]

    await Transports(console=parts[0], email=parts[1], webhook=parts[2]).close()

    assert all(part.closed for part in parts)
