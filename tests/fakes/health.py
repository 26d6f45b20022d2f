"""The service's pulse in memory."""

from __future__ import annotations

from datetime import datetime

from domain.alerts import DeliveryState
from domain.articles import EntryState
from domain.outlets import SourceStatus
from domain.time import as_utc
from domain.views import OVERDUE, RECENT_GAP, HealthReport
from tests.fakes.memory import Store


class MemoryHealthStore(Store):
    """``HealthStore`` in memory."""

    def beat(self, now: datetime) -> None:
        now = as_utc(now)
        with self._memory.using() as tables:
            tables.heartbeat, tables.stopped = now, None

    def rest(self, now: datetime) -> None:
        now = as_utc(now)
        with self._memory.using() as tables:
            tables.stopped = now

    def refuse_configuration(self, why: str, now: datetime) -> None:
        now = as_utc(now)
        with self._memory.using() as tables:
            since = tables.refused[0] if tables.refused else now
            tables.refused = (since, why)

    def accept_configuration(self) -> None:
        with self._memory.using() as tables:
            tables.refused = None

    def report(self) -> HealthReport:
        with self._memory.using() as tables:
            sources = [tables.states[key] for key, active in tables.active.items() if active]
            statuses = [state.status for state in sources]
            overdue = [
                state
                for state in sources
                if tables.heartbeat and state.next_poll_at and state.next_poll_at < tables.heartbeat - OVERDUE
            ]
            gaps = [
                state
                for state in sources
                if tables.heartbeat and state.gap_at and state.gap_at >= tables.heartbeat - RECENT_GAP
            ]
            states = [row.state for row in tables.deliveries.values()]
            pending = [row.id for row in tables.deliveries.values() if row.state is DeliveryState.PENDING]
            return HealthReport(
                heartbeat_at=tables.heartbeat,
                stopped_at=tables.stopped,
                refused_at=tables.refused[0] if tables.refused else None,
                refused_why=tables.refused[1] if tables.refused else None,
                sources={status.value: statuses.count(status) for status in SourceStatus},
                overdue_sources=len(overdue),
                gap_sources=len(gaps),
                pending_entries=sum(row.state is EntryState.PENDING for row in tables.entries.values()),
                pending_deliveries=len(pending),
                dead_deliveries=states.count(DeliveryState.DEAD),
                oldest_pending_delivery_at=min((tables.first_due[key] for key in pending), default=None),
                disabled_channels=dict(sorted(tables.disabled.items())),
                articles=len(tables.articles),
                matches=len(tables.matches),
            )
