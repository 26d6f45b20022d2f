"""Pure: when a delivery is tried again, by the schedule of Standard Webhooks (about three days)."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.net import MAX_RETRY_AFTER_S

_MINUTE, _HOUR = 60.0, 3600.0

#: Seconds before each try, the first included, counted from the try before it.
SCHEDULE_S = (
    0.0,
    5.0,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)
#: Jitter takes off at most this share, so that what failed together does not come back together.
JITTER = 0.2


def next_attempt(attempts: int, *, now: datetime, retry_after_s: float | None, fraction: float) -> datetime | None:
    """When to try again after so many tries.

    Args:
        attempts: tries so far, the one that just failed included.
        now: aware UTC.
        retry_after_s: seconds that the receiver asked us to wait; the longer wait wins, up to a day.
        fraction: a random number from 0 to 1, for jitter.

    Returns:
        The instant, or None when the last try has been made.
    """
    if attempts >= len(SCHEDULE_S):
        return None
    delay_s = SCHEDULE_S[attempts] * (1 - JITTER * fraction)
    return now + timedelta(seconds=min(max(delay_s, retry_after_s or 0.0), MAX_RETRY_AFTER_S))
