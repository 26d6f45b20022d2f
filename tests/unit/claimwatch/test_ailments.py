"""What about the service's health needs a person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from claimwatch.ailments import ailments
from domain.views import HealthReport
from tests.unit.claimwatch.make import NOW


def test_a_service_that_is_well_has_no_ailment() -> None:
    report = HealthReport(heartbeat_at=NOW, sources={"healthy": 3, "failing": 1}, pending_deliveries=0)

    assert ailments(report, NOW) == []


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (HealthReport(heartbeat_at=None), "no daemon has ever run"),
        (HealthReport(heartbeat_at=NOW - timedelta(minutes=5)), "no daemon is running, or it cannot write"),
        (HealthReport(heartbeat_at=NOW, stopped_at=NOW), "stopped in good order at 2026-11-23 12:00:00 UTC"),
        (HealthReport(heartbeat_at=NOW, overdue_sources=2), "2 sources wait to be polled more than 15 minutes after"),
        (HealthReport(heartbeat_at=NOW, sources={"failing": 4, "healthy": 0}), "no source can be read: all 4"),
        (
            HealthReport(heartbeat_at=NOW, refused_at=NOW, refused_why="w.yaml:1:2: no"),
            "the configuration on disk is refused since 2026-11-23 12:00:00 UTC, and the one before it stays in use: w",
        ),
        (HealthReport(heartbeat_at=NOW, dead_deliveries=2), "2 deliveries were given up"),
        (HealthReport(heartbeat_at=NOW, dead_deliveries=1), "1 delivery was given up"),
        (HealthReport(heartbeat_at=NOW, sources={"failing": 1}), "no source can be read: the only one that was tried"),
        (
            HealthReport(heartbeat_at=NOW, disabled_channels={"hook": "it answered 410"}),
            "the channel hook is disabled: it answered 410 (`claimwatch test-channel hook`",
        ),
        (
            HealthReport(heartbeat_at=NOW, pending_deliveries=1, oldest_pending_delivery_at=NOW - timedelta(hours=1)),
            "1 delivery waits, the oldest since 2026-11-23 11:00 UTC",
        ),
    ],
)  # fmt: skip
def test_each_ailment_is_named_in_words(report: HealthReport, words: str) -> None:
    (problem,) = ailments(report, NOW)

    assert words in problem
