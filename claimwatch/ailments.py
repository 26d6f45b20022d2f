"""Pure: what about the service's health needs a person, in sentences."""

from __future__ import annotations

from datetime import datetime

from domain.views import HealthReport

#: A daemon that has not been heard of for so many seconds is not running.
HEARTBEAT_FRESH_S = 60.0

#: A delivery that waits longer than this, in seconds, is in trouble.
DELIVERY_LATE_S = 900.0


def ailments(report: HealthReport, now: datetime) -> list[str]:
    """The problems of the service, worst first; empty when it is well.

    Args:
        report: what the database knows.
        now: aware UTC.
    """
    failing = report.sources.get("failing", 0)
    problems = [no_pulse(report.heartbeat_at, now)]
    if failing and not report.sources.get("healthy", 0):
        problems.append(f"no source can be read: all {failing} that were tried are failing")
    if report.dead_deliveries:
        problems.append(f"{report.dead_deliveries} deliveries were given up (`claimwatch deliveries --state dead`)")
    problems += [f"the channel {name} is disabled: {why}" for name, why in report.disabled_channels.items()]
    oldest = report.oldest_pending_delivery_at
    if oldest is not None and (now - oldest).total_seconds() > DELIVERY_LATE_S:
        problems.append(f"{report.pending_deliveries} deliveries wait, the oldest since {oldest:%Y-%m-%d %H:%M} UTC")
    return [problem for problem in problems if problem]


def no_pulse(heartbeat_at: datetime | None, now: datetime) -> str | None:
    """Why we think that no daemon runs; None when one does."""
    if heartbeat_at is None:
        return "no daemon has ever run on this database (`claimwatch run`)"
    if (now - heartbeat_at).total_seconds() > HEARTBEAT_FRESH_S:
        return f"no daemon is running; the last sign of life was at {heartbeat_at:%Y-%m-%d %H:%M:%S} UTC"
    return None
