from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.backoff import JITTER, SCHEDULE_S, next_attempt
from tests.unit.alerts.samples import NOW


def wait_s(attempts: int, *, retry_after_s: float | None = None, fraction: float = 0.0) -> float | None:
    at = next_attempt(attempts, now=NOW, retry_after_s=retry_after_s, fraction=fraction)
    return None if at is None else (at - NOW).total_seconds()


def test_the_schedule_is_that_of_standard_webhooks() -> None:
    hours = [wait_s(attempts) for attempts in range(11)]

    assert hours == [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, None]


def test_jitter_takes_off_up_to_a_fifth() -> None:
    assert wait_s(2, fraction=1.0) == 240


def test_a_receiver_may_ask_for_longer() -> None:
    assert wait_s(1, retry_after_s=90) == 90


def test_a_receiver_may_not_ask_for_less() -> None:
    assert wait_s(2, retry_after_s=1) == 300


def test_no_receiver_makes_us_wait_longer_than_a_day() -> None:
    assert wait_s(1, retry_after_s=10**9) == 86_400


def test_a_receiver_that_asks_after_the_last_try_is_too_late() -> None:
    assert wait_s(10, retry_after_s=60) is None


@given(st.integers(0, 9), st.one_of(st.none(), st.floats(0, 1e6)), st.floats(0, 1))
def test_a_wait_stays_within_its_bounds(attempts: int, retry_after_s: float | None, fraction: float) -> None:
    at = next_attempt(attempts, now=NOW, retry_after_s=retry_after_s, fraction=fraction)

    assert at is not None
    assert at - NOW <= timedelta(days=1)
    assert (at - NOW).total_seconds() >= SCHEDULE_S[attempts] * (1 - JITTER) - 1e-6
    assert (at - NOW).total_seconds() >= min(retry_after_s or 0.0, 86_400) - 1e-6


@pytest.mark.parametrize("attempts", [10, 11, 400])
def test_after_the_last_try_there_is_none(attempts: int) -> None:
    assert wait_s(attempts) is None
