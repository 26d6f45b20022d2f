"""Pure: when is a Source next due, and when is an Entry's page tried again.

Times are aware UTC, durations seconds. ``fraction`` is a number from 0 to 1 that the caller draws
at random; equal arguments give equal answers.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.net import MAX_RETRY_AFTER_S

#: Nothing is asked more seldom than once a day, however it fails.
MAX_INTERVAL_S = 86_400.0

#: Seconds until the next try of a source that gave no answer at all; each further failure doubles it.
#: A network that was away for a minute must not cost an hour.
UNREACHABLE_S = 60.0

#: Polls spread by a tenth to either side, so that sources do not march in step.
JITTER = 0.1

#: Seconds until the next try of a page that could not be had or held no text; then no more.
PAGE_RETRIES_S = (600.0, 3_600.0, 6 * 3_600.0, 24 * 3_600.0)


def next_poll(
    *,
    now: datetime,
    interval_s: float,
    failures: int = 0,
    unreachable: bool = False,
    floor_s: float | None = None,
    fraction: float,
) -> datetime:
    """When to poll a source again.

    Args:
        now: when this poll ended.
        interval_s: the catalogue's interval for the source.
        failures: polls failed in a row, this one included; each doubles the interval.
        unreachable: this poll got no answer at all (no name, no connection, no time): the doubling
            begins with ``UNREACHABLE_S``, where that is shorter.
        floor_s: what the publisher asked us to wait (Retry-After, feed ttl), cut to a day.
        fraction: 0 to 1.
    """
    backed_off = interval_s * 2 ** min(failures, 20)
    if failures and unreachable:
        backed_off = min(backed_off, UNREACHABLE_S * 2 ** min(failures - 1, 20))
    spread = min(backed_off, MAX_INTERVAL_S) * (1 + JITTER * (2 * fraction - 1))
    floor = min(floor_s or 0.0, MAX_RETRY_AFTER_S)
    return now + timedelta(seconds=max(spread, floor))


def next_page_try(
    *, now: datetime, tries: int, retryable: bool, retry_after_s: float | None = None, fraction: float
) -> datetime | None:
    """When to try an entry's page again, None for never.

    Args:
        now: when this try ended.
        tries: tries so far, this one included.
        retryable: can trying later help at all?
        retry_after_s: what the server asked us to wait.
        fraction: 0 to 1.
    """
    if not retryable or tries > len(PAGE_RETRIES_S):
        return None
    wait_s = PAGE_RETRIES_S[tries - 1] * (1 + JITTER * fraction)
    return now + timedelta(seconds=max(wait_s, retry_after_s or 0.0))


def next_job_try(*, now: datetime, attempt: int) -> datetime:
    """When a job that raised may be taken again: half a minute, doubling, at most an hour."""
    return now + timedelta(seconds=min(30.0 * 2 ** min(attempt - 1, 10), 3_600.0))
