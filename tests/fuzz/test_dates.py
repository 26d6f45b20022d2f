"""Whatever a publisher calls a date, it is an aware UTC moment that can be believed, or none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import example, given
from hypothesis import strategies as st

from claimwatch.decide import state_after
from crawler.dates import EARLIEST, MAX_AHEAD, believable, read_date
from domain.net import MAX_RETRY_AFTER_S, retry_after_s
from domain.time import from_iso_or_day
from tests.fuzz.mutations import fuzz, texts
from tests.unit.claimwatch.make import answer, feed, poll_work

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PIECES = (
    "2026", "1970", "2099", "0000", "9999", "99999999999999", "-", "-11", "-23", "/", ".", "T", "Z", ":", "10:00",
    "24:00:00", "+05:00", "+9999", "-0000", "+24:00", "Mon, ", "23 Nov 2026", "Feb", "31", "MSK", "BST", "GMT", "PDT",
    " ", "am", "pm", "noon", "вчера", "二〇二六年", "١٢", "1e9", "nan", "inf", ",", "W01", "29", "1699999999", "\0",
    "\udcff", "(comment", ")", "\\", '"',
)  # fmt: skip
ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(text=st.none() | texts(*PIECES) | st.datetimes(timezones=ZONES).map(str))
@example(text="Mon, 01 Jan 0001 00:00:00 +2359")
@example(text="9999-12-31T23:59:59-23:59")
@fuzz(600)
def test_any_date_is_believable_or_none(text: str | None) -> None:
    moment = read_date(text, now=NOW)

    if moment is not None:
        assert moment.tzinfo is UTC
        assert EARLIEST <= moment <= NOW + MAX_AHEAD


@given(moment=st.datetimes(timezones=st.none() | ZONES))
@fuzz(200)
def test_any_moment_is_believable_or_none(moment: datetime) -> None:
    found = believable(moment, now=NOW)

    assert found is None or EARLIEST <= found <= NOW + MAX_AHEAD


@given(moment=st.datetimes(datetime(1996, 1, 1), datetime(2026, 11, 22), timezones=ZONES))  # noqa: DTZ001  the strategy adds zones
@fuzz(200)
def test_a_good_date_is_read_as_that_moment(moment: datetime) -> None:
    assert read_date(moment.isoformat(), now=NOW) == moment
    assert read_date(moment.strftime("%a, %d %b %Y %H:%M:%S %z"), now=NOW) == moment.replace(microsecond=0)


@given(header=st.none() | texts(*PIECES) | st.integers().map(str))
@fuzz(300)
def test_any_retry_after_is_a_wait_of_at_most_a_day_or_none(header: str | None) -> None:
    wait_s = retry_after_s(header, NOW)

    assert wait_s is None or 0 <= wait_s <= MAX_RETRY_AFTER_S


@given(header=texts(*PIECES) | st.datetimes().map(lambda moment: moment.strftime("%a, %d %b %Y %H:%M:%S GMT")))
@fuzz(300)
def test_any_last_modified_is_kept_as_it_came_or_not_at_all(header: str) -> None:
    work = poll_work(response=answer(headers={"last-modified": header}), document=feed(), body_sha256="0")

    state = state_after(work, now=NOW, fraction=0.5)

    assert state.last_modified in (header, None)


@given(text=texts(*PIECES))
@fuzz(200)
def test_any_iso_date_is_aware_or_refused(text: str) -> None:
    try:
        moment = from_iso_or_day(text)
    except ValueError:
        return

    assert moment.tzinfo is UTC
