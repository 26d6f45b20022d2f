"""An outbox in memory: as much of the port as delivering needs, by the same rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from domain.alerts import Alert, Attempt, Delivery, DeliveryState
from domain.errors import LeaseLost, StorageError
from domain.jobs import Lease
from domain.outcomes import AttemptOutcome
from domain.views import AlertFilter, DeliveryFilter, DeliveryRow


class FakeOutbox:
    """Keeps alerts and deliveries in dictionaries."""

    def __init__(self) -> None:
        self._alerts: dict[str, Alert] = {}
        self.deliveries: dict[str, Delivery] = {}
        self.attempts: list[Attempt] = []
        self.outcomes: list[AttemptOutcome] = []
        self.disabled: dict[str, str] = {}
        #: When set, only outcomes with this lease are stored.
        self.lease: Lease | None = None
        #: What the next calls of record_attempt raise, in order.
        self.refusals: list[StorageError] = []

    def add(self, delivery: Delivery, alert: Alert) -> None:
        """Put a delivery in, as record_article would."""
        self._alerts[alert.id] = alert
        self.deliveries[delivery.id] = delivery

    def delivery(self, delivery_id: str) -> tuple[Delivery, Alert] | None:
        found = self.deliveries.get(delivery_id)
        return None if found is None else (found, self._alerts[found.alert_id])

    def record_attempt(self, outcome: AttemptOutcome) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        if self.lease is not None and outcome.end.lease != self.lease:
            raise LeaseLost("another worker holds the job")
        self.outcomes.append(outcome)
        self.attempts.append(outcome.attempt)
        self.deliveries[outcome.delivery.id] = outcome.delivery
        if outcome.channel_disabled is not None:
            self.disabled[outcome.delivery.channel] = outcome.channel_disabled

    def disabled_channels(self) -> Mapping[str, str]:
        return dict(self.disabled)

    def enable_channel(self, name: str) -> bool:
        return self.disabled.pop(name, None) is not None

    def replay(self, delivery_ids: Sequence[str], now: datetime) -> int:
        dead = [each for each in delivery_ids if each in self.dead()]
        for each in dead:
            self.deliveries[each] = replace(self.deliveries[each], state=DeliveryState.PENDING, next_attempt_at=now)
        return len(dead)

    def dead(self) -> tuple[str, ...]:
        return tuple(each.id for each in self.deliveries.values() if each.state is DeliveryState.DEAD)

    def list(self, filter: DeliveryFilter) -> tuple[DeliveryRow, ...]:
        rows = [self._row(each) for each in self.deliveries.values() if filter.state in (None, each.state)]
        return tuple(reversed(rows))[: filter.limit]

    def _row(self, delivery: Delivery) -> DeliveryRow:
        tries = tuple(each for each in self.attempts if each.delivery_id == delivery.id)
        return DeliveryRow(delivery=delivery, alert=self._alerts[delivery.alert_id], attempts=tries)

    def alerts(self, filter: AlertFilter) -> tuple[Alert, ...]:
        chosen = [each for each in self._alerts.values() if filter.watch in (None, each.watch_id)]
        return tuple(reversed(chosen))[: filter.limit]
