"""A journey counts the time of its hops and can be given up."""

from __future__ import annotations

import asyncio

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Response

from crawler.journeys import LIMITS_IN_ALL, META_KEY, Journey, journey_of

URL = "https://steppe.example/"


async def _answer(wait_s: float = 0.0) -> Response:
    await asyncio.sleep(wait_s)
    return Response(URL)


async def test_a_hop_may_take_its_limit_or_what_is_left_of_the_whole() -> None:
    journey = Journey()

    limits = [journey.hop_limit_s(0.05)]
    await journey.carry(_answer(0.07))
    limits.append(journey.hop_limit_s(99.0))

    assert limits[0] == 0.05
    assert 0 <= limits[1] < 0.05
    assert journey.total_s == LIMITS_IN_ALL * 0.05


async def test_time_between_the_hops_does_not_count() -> None:
    journey = Journey()

    journey.hop_limit_s(0.05)
    await journey.carry(_answer())
    await asyncio.sleep(0.15)

    assert not journey.is_out_of_time


async def test_a_journey_runs_out_of_time() -> None:
    journey = Journey()

    journey.hop_limit_s(0.02)
    await journey.carry(_answer(0.05))

    assert journey.is_out_of_time
    assert journey.hop_limit_s(0.02) == 0.0


async def test_giving_up_ends_the_transfer() -> None:
    journey = Journey()
    transfer = asyncio.create_task(journey.carry(_answer(60.0)))
    await asyncio.sleep(0)

    journey.give_up()

    with pytest.raises(DownloadCancelledError):
        await transfer


async def test_what_was_given_up_does_not_start() -> None:
    journey = Journey()
    journey.give_up()

    with pytest.raises(DownloadCancelledError):
        await journey.carry(_answer())


def test_a_redirected_request_goes_on_and_a_copied_one_begins_anew() -> None:
    first = Request(URL)
    journey = journey_of(first)
    journey.hop_limit_s(1.0)

    redirected = Request(URL, meta=first.meta | {"redirect_times": 1})
    copied = Request(URL, meta=first.meta)

    assert journey_of(redirected) is journey
    assert journey_of(copied) is not journey
    assert copied.meta[META_KEY] is journey_of(Request(URL, meta={META_KEY: copied.meta[META_KEY]}))
