"""Tries one delivery once: loads it, sends it by the right transport, and stores how it went.

The three are separate calls, put together by ``claimwatch.pipeline``: ``load``, ``attempt``, ``record``.
A delivery is stored as sent only after the receiver accepted it. Dying in between sends it again
with the same id: at least once, and a receiver can tell. Each try is logged before it is stored, for
the log is all that is left of it where the database is lost. A webhook's address holds secrets and
comes into no message.
"""

from __future__ import annotations

import asyncio
import logging
import random as random_numbers
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from alerts.backoff import next_attempt
from alerts.transports.registry import Transports
from alerts.view import TEST_WATCH_ID
from domain.alerts import (
    Alert,
    AlertContent,
    Attempt,
    Channel,
    Delivery,
    DeliveryState,
    Quote,
    Receipt,
    WebhookChannel,
)
from domain.errors import DeliveryError, StorageError
from domain.ids import random_id
from domain.jobs import Job
from domain.matches import Decision
from domain.net import MAX_RETRY_AFTER_S
from domain.outcomes import AttemptOutcome, JobEnd
from domain.ports import Outbox
from domain.time import Clock, to_iso
from domain.watches import Severity

log = logging.getLogger("claimwatch.delivery")

InThread = Callable[..., Awaitable[Any]]
Sleep = Callable[[float], Awaitable[None]]

#: Seconds before each further time that a try is stored, when the database is away.
STORE_AGAIN_S = (0.2, 1.0, 3.0, 8.0)


class Dispatcher:
    """Delivers alerts; safe for many jobs at once on one event loop.

    Args:
        outbox: where alerts and deliveries are kept.
        transports: who speaks to the channels.
        channels: by name, as configured now; ``use`` puts others in their place.
        clock: the time.
        in_thread: ``await in_thread(function, *args)`` calls a blocking function off the loop.
        random: draws a number from 0 to 1, for jitter.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        transports: Transports,
        channels: Mapping[str, Channel],
        clock: Clock,
        in_thread: InThread,
        random: Callable[[], float] = random_numbers.random,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._outbox = outbox
        self._transports = transports
        self._channels = channels
        self._clock = clock
        self._in_thread = in_thread
        self._random = random
        self._sleep = sleep

    def use(self, channels: Mapping[str, Channel]) -> None:
        """Deliver through these channels from now on; a try that has begun ends as it began."""
        self._channels = channels

    async def load(self, job: Job) -> tuple[Delivery, Alert] | None:
        """The delivery that the job names, and what it tells.

        Returns:
            None when there is nothing to try (already sent, given up, or unknown).

        Raises:
            StorageError: the outbox could not be read.
        """
        found: tuple[Delivery, Alert] | None = await self._in_thread(self._outbox.delivery, job.key)
        if found is None or found[0].state is not DeliveryState.PENDING:
            return None
        return found

    async def attempt(self, job: Job, delivery: Delivery, alert: Alert) -> AttemptOutcome:
        """Try the delivery once, and log how it went.

        Returns:
            What is to be recorded; a refusal of the receiver is an outcome, not an error.

        Raises:
            StorageError: the outbox could not be asked which channels are disabled; nothing was sent.
        """
        outcome = await self._try(job, delivery, alert)
        _log(outcome)
        return outcome

    async def record(self, outcome: AttemptOutcome) -> None:
        """Store how a try went; a database that is away for a few seconds is waited for.

        Else a message that was accepted would be sent again.

        Raises:
            StorageError: the outbox could not be written; LeaseLost when the job is not ours any more.
        """
        for wait_s in STORE_AGAIN_S:
            if await self._stored(outcome):
                return
            await self._sleep(wait_s)
        await self._in_thread(self._outbox.record_attempt, outcome)

    async def test_channel(self, channel: Channel) -> Receipt:
        """Send a message that says it is a test to every recipient of the channel, once.

        Returns:
            What the last recipient's side said.

        Raises:
            DeliveryError: a recipient's side did not accept it; those before it did.
        """
        alert = _test_alert(channel, self._clock)
        receipt = Receipt()
        for recipient in channel.recipients:
            receipt = await self._send(channel, _test_delivery(channel, alert, recipient), alert)
        return receipt

    async def _stored(self, outcome: AttemptOutcome) -> bool:
        """False when the database is away."""
        try:
            await self._in_thread(self._outbox.record_attempt, outcome)
        except StorageError as error:
            if not error.retryable:
                raise
            fields = {"delivery": outcome.delivery.id, "channel": outcome.delivery.channel, "error": str(error)}
            log.warning("record_failed", extra=fields)
            return False
        return True

    async def _try(self, job: Job, delivery: Delivery, alert: Alert) -> AttemptOutcome:
        started, tick = self._clock.now(), self._clock.monotonic()
        attempt = Attempt(id=random_id("att"), delivery_id=delivery.id, started_at=started, took_s=0.0, accepted=False)
        try:
            channel = await self._usable(delivery.channel)
            receipt = await self._send(channel, delivery, alert)
        except DeliveryError as error:
            attempt = replace(attempt, status=error.status, error=error.message)
            outcome = self._failed(job, delivery, attempt, error)
        else:
            attempt = replace(attempt, accepted=True, status=receipt.status)
            outcome = self._sent(job, delivery, attempt)
        return replace(outcome, attempt=replace(attempt, took_s=self._clock.monotonic() - tick))

    async def _usable(self, name: str) -> Channel:
        channel = self._channels.get(name)
        if channel is None:
            message = f"the channel {name} is not in the configuration: put it back, then run `claimwatch replay`"
            raise DeliveryError(message, permanent=True)
        disabled: Mapping[str, str] = await self._in_thread(self._outbox.disabled_channels)
        if name in disabled:
            message = (
                f"the channel {name} is disabled ({disabled[name]}): mend the receiver, "
                f"run `claimwatch test-channel {name}`, then `claimwatch replay`"
            )
            raise DeliveryError(message, permanent=True)
        return channel

    async def _send(self, channel: Channel, delivery: Delivery, alert: Alert) -> Receipt:
        try:
            return await self._transports.of(channel).send(channel, delivery, alert)
        except DeliveryError:
            raise
        except Exception as error:
            # The one blind except here: a transport's bug must not lose an alert, it is tried again.
            raise DeliveryError(_bug(error, channel)) from error

    def _sent(self, job: Job, delivery: Delivery, attempt: Attempt) -> AttemptOutcome:
        sent = replace(
            delivery,
            state=DeliveryState.SENT,
            attempts=delivery.attempts + 1,
            sent_at=self._clock.now(),
            last_error=None,
            last_status=attempt.status,
        )
        return AttemptOutcome(attempt=attempt, delivery=sent, end=JobEnd(lease=job.lease))

    def _failed(self, job: Job, delivery: Delivery, attempt: Attempt, error: DeliveryError) -> AttemptOutcome:
        now, attempts = self._clock.now(), delivery.attempts + 1
        again = None
        if error.retryable:
            wait_s = error.retry_after_s
            again = next_attempt(attempts, now=now, retry_after_s=wait_s, fraction=self._random())
        failed = replace(
            delivery,
            state=DeliveryState.DEAD if again is None else DeliveryState.PENDING,
            attempts=attempts,
            next_attempt_at=again or now,
            last_error=error.message,
            last_status=error.status,
        )
        # A receiver that asks us to wait means every message, not only this one.
        free_at = now + timedelta(seconds=min(error.retry_after_s, MAX_RETRY_AFTER_S)) if error.retry_after_s else None
        return AttemptOutcome(
            attempt=attempt,
            delivery=failed,
            channel_disabled=error.message if error.disables else None,
            end=JobEnd(lease=job.lease, lane_free_at=free_at),
        )


def _bug(error: Exception, channel: Channel) -> str:
    """What is said of an error that no transport should raise; its words may hold a webhook's address."""
    name = type(error).__name__
    return f"{name} within the transport" if isinstance(channel, WebhookChannel) else f"{name}: {error}"


def _log(outcome: AttemptOutcome) -> None:
    delivery = outcome.delivery
    fields = {
        "delivery": delivery.id,
        "channel": delivery.channel,
        "state": delivery.state.value,
        "attempt": delivery.attempts,
        "status": delivery.last_status,
        "error": delivery.last_error,
    }
    if delivery.state is DeliveryState.SENT:
        log.info("sent", extra=fields)
    elif delivery.state is DeliveryState.PENDING:
        log.warning("failed", extra=fields | {"next_attempt_at": to_iso(delivery.next_attempt_at)})
    else:
        log.error("given_up", extra=fields)
    if outcome.channel_disabled is not None:
        log.error("channel_disabled", extra={"channel": delivery.channel, "error": outcome.channel_disabled})


def _test_alert(channel: Channel, clock: Clock) -> Alert:
    now = clock.now()
    words = "If you can read this, alerts reach you here."
    return Alert(
        id=random_id("alr"),
        watch_id=TEST_WATCH_ID,
        story_id="test",
        article_id="test",
        severity=Severity.LOW,
        reason=Decision.FIRST_IN_STORY,
        created_at=now,
        content=AlertContent(
            watch_title="TEST",
            title=f"Test of the channel {channel.name}",
            url="",
            outlet_name="claimwatch",
            country=None,
            language="en",
            author=None,
            published_at=now,
            first_seen_at=now,
            quotes=(Quote(field="text", start=11, end=15, text="read", term="read~", context=words),),
        ),
    )


def _test_delivery(channel: Channel, alert: Alert, recipient: str) -> Delivery:
    # A new id each time, for a receiver that knows the last test's would drop this one unseen.
    return Delivery(
        id=random_id("dlv"),
        alert_id=alert.id,
        channel=channel.name,
        recipient=recipient,
        next_attempt_at=alert.created_at,
    )
