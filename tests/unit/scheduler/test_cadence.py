"""When work is due: pure functions, so every case is a value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.cadence import MAX_INTERVAL_S, PAGE_RETRIES_S, next_job_try, next_page_try, next_poll

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def seconds(moment: datetime | None) -> float:
    assert moment is not None
    return (moment - NOW).total_seconds()


def test_next_poll_comes_after_the_interval_when_all_is_well() -> None:
    assert seconds(next_poll(now=NOW, interval_s=900, fraction=0.5)) == 900


def test_next_poll_is_spread_by_a_tenth_to_either_side() -> None:
    earliest = next_poll(now=NOW, interval_s=1000, fraction=0.0)
    latest = next_poll(now=NOW, interval_s=1000, fraction=1.0)

    assert (seconds(earliest), seconds(latest)) == (900, 1100)


@pytest.mark.parametrize(("failures", "expected"), [(1, 1800), (2, 3600), (4, 14400), (50, MAX_INTERVAL_S)])
def test_next_poll_backs_off_with_each_failure_to_a_day(failures: int, expected: float) -> None:
    assert seconds(next_poll(now=NOW, interval_s=900, failures=failures, fraction=0.5)) == expected


@pytest.mark.parametrize(("failures", "expected"), [(1, 60), (2, 120), (5, 960), (12, MAX_INTERVAL_S)])
def test_next_poll_of_a_source_that_gave_no_answer_begins_with_a_minute(failures: int, expected: float) -> None:
    due = next_poll(now=NOW, interval_s=900, failures=failures, unreachable=True, fraction=0.5)

    assert seconds(due) == expected


def test_next_poll_without_an_answer_never_comes_later_than_with_a_failing_one() -> None:
    due = next_poll(now=NOW, interval_s=5, failures=1, unreachable=True, fraction=0.5)

    assert seconds(due) == 10


def test_next_poll_honours_a_publisher_who_asks_for_longer() -> None:
    assert seconds(next_poll(now=NOW, interval_s=900, floor_s=7200, fraction=0.5)) == 7200


def test_next_poll_ignores_a_publisher_who_asks_for_less() -> None:
    assert seconds(next_poll(now=NOW, interval_s=900, floor_s=5, fraction=0.5)) == 900


@given(
    interval=st.floats(1, 1e6),
    failures=st.integers(0, 10_000),
    floor=st.none() | st.floats(0, 1e12),
    fraction=st.floats(0, 1),
)
def test_next_poll_always_comes_and_within_a_day_and_a_tenth(
    interval: float, failures: int, floor: float | None, fraction: float
) -> None:
    due = next_poll(now=NOW, interval_s=interval, failures=failures, floor_s=floor, fraction=fraction)

    assert NOW < due <= NOW + timedelta(seconds=MAX_INTERVAL_S * 1.1)


def test_next_page_try_follows_the_schedule_and_then_ends() -> None:
    tries = range(1, len(PAGE_RETRIES_S) + 2)

    waits = [next_page_try(now=NOW, tries=n, retryable=True, fraction=0) for n in tries]

    assert [seconds(moment) for moment in waits[:-1]] == list(PAGE_RETRIES_S)
    assert waits[-1] is None


def test_next_page_try_is_never_for_what_cannot_be_had() -> None:
    assert next_page_try(now=NOW, tries=1, retryable=False, fraction=0) is None


def test_next_page_try_waits_as_long_as_the_server_asks() -> None:
    due = next_page_try(now=NOW, tries=1, retryable=True, retry_after_s=5000, fraction=0)

    assert seconds(due) == 5000


@pytest.mark.parametrize(("attempt", "expected"), [(1, 30), (2, 60), (3, 120), (30, 3600)])
def test_next_job_try_doubles_up_to_an_hour(attempt: int, expected: float) -> None:
    assert seconds(next_job_try(now=NOW, attempt=attempt)) == expected
