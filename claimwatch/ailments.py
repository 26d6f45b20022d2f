"""Pure: what about the service's health needs a person, in sentences."""

from __future__ import annotations

from datetime import datetime

from domain.views import OVERDUE, HealthReport

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
    problems = [no_pulse(report, now)]
    if report.refused_at is not None:
        problems.append(
            f"the configuration on disk is refused since {report.refused_at:%Y-%m-%d %H:%M:%S} UTC, and the one "
            f"before it stays in use: {report.refused_why} (`claimwatch check` shows all)"
        )
    if failing and not report.sources.get("healthy", 0):
        tried = "the only one that was tried is" if failing == 1 else f"all {failing} that were tried are"
        problems.append(f"no source can be read: {tried} failing")
    if overdue := report.overdue_sources:
        late = "1 source waits" if overdue == 1 else f"{overdue} sources wait"
        problems.append(f"{late} to be polled more than {OVERDUE.seconds // 60} minutes after the time had come")
    if dead := report.dead_deliveries:
        given_up = "1 delivery was" if dead == 1 else f"{dead} deliveries were"
        problems.append(f"{given_up} given up (`claimwatch deliveries --state dead`)")
    problems += [
        f"the channel {name} is disabled: {why} (`claimwatch test-channel {name}` enables it again)"
        for name, why in report.disabled_channels.items()
    ]
    oldest = report.oldest_pending_delivery_at
    if oldest is not None and (now - oldest).total_seconds() > DELIVERY_LATE_S:
        pending = report.pending_deliveries
        waiting = "1 delivery waits" if pending == 1 else f"{pending} deliveries wait"
        problems.append(f"{waiting}, the oldest since {oldest:%Y-%m-%d %H:%M} UTC")
    return [problem for problem in problems if problem]


def no_pulse(report: HealthReport, now: datetime) -> str | None:
    """Why we think that no daemon runs; None when one does."""
    heard = report.heartbeat_at
    if heard is None:
        return "no daemon has ever run on this database (`claimwatch run`)"
    if report.stopped_at is not None:
        return f"no daemon is running; the last one stopped in good order at {report.stopped_at:%Y-%m-%d %H:%M:%S} UTC"
    if abs((now - heard).total_seconds()) > HEARTBEAT_FRESH_S:
        since = f"the last sign of life was at {heard:%Y-%m-%d %H:%M:%S} UTC"
        return f"no daemon is running, or it cannot write to the database; {since}"
    return None
