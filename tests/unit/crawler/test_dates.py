"""Dates: read what publishers write, believe what can be."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dates import believable, read_date

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TEN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T10:00:00Z",
        "2026-11-20T15:00:00+05:00",
        "2026-11-20T10:00:00.000Z",
        "2026-11-20 10:00",
        "20261120T100000Z",
        "Fri, 20 Nov 2026 10:00:00 GMT",
        "Fri, 20 Nov 2026 13:00:00 +0300",
        "Fri, 20 Nov 2026 13:00:00 MSK",
        "Fri, 20 Nov 2026 05:00:00 EST",
        "Mon, 20 Nov 2026 10:00:00 GMT",  # the wrong weekday
        "20 Nov 2026 10:00:00 +0000",
        "Fri, 20 Nov 26 10:00:00 GMT",
        "  Fri,  20 Nov 2026\n10:00:00 GMT ",
        "Fri, 20 November 2026 10:00:00 GMT",
        "November 20, 2026 10:00 AM",
        "Fri, 20 Nov 2026 10:00:00 XYZ",  # a zone that nobody knows counts as UTC
    ],
)
def test_a_date_is_read(text: str) -> None:
    assert read_date(text, now=NOW) == TEN


def test_a_day_alone_is_its_midnight_in_utc() -> None:
    assert read_date("2026-11-20", now=NOW) == datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [None, "", "soon", "Yesterday", "10:00", "Nov 2026", "Friday", "20 Nov", "2026", "0000-00-00T00:00:00", "9" * 200,
     "2026-02-31T10:00:00Z", "Fri, 99 Nov 2026 10:00:00 GMT", "1 августа 2026 года", "(" * 90],
)  # fmt: skip
def test_what_is_no_full_date_is_none(text: str | None) -> None:
    assert read_date(text, now=NOW) is None


@pytest.mark.parametrize(
    "text", ["1970-01-01T00:00:00Z", "1994-12-31T23:59:59Z", "2026-11-25T12:00:01Z", "2062-11-20T10:00:00Z"]
)
def test_a_date_that_cannot_be_believed_is_none(text: str) -> None:
    assert read_date(text, now=NOW) is None


def test_a_clock_that_runs_a_little_ahead_is_believed() -> None:
    assert read_date("2026-11-25T12:00:00Z", now=NOW) == datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@given(st.text(max_size=120))
def test_any_text_is_a_date_in_utc_or_none(text: str) -> None:
    moment = read_date(text, now=NOW)

    assert moment is None or moment.tzinfo is UTC


@given(st.datetimes())
def test_naive_moments_are_taken_as_utc(moment: datetime) -> None:
    believed = believable(moment, now=NOW)

    assert believed is None or believed.replace(tzinfo=None) == moment
