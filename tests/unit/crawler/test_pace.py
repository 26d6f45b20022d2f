"""The pace of hosts can be set while the engine runs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from crawler.engine import ScrapyFetcher
from domain.net import AddressPolicy
from domain.time import SystemClock


class Lanes:
    """What Scrapy's downloader keeps of its slots."""

    def __init__(self, **delays: float) -> None:
        self.per_slot_settings: dict[str, dict[str, float]] = {}
        self.slots = {lane: SimpleNamespace(delay=delay) for lane, delay in delays.items()}


def fetcher_over(lanes: Lanes) -> ScrapyFetcher:
    fetcher = ScrapyFetcher(settings={}, policy=AddressPolicy(), clock=SystemClock())
    crawler: Any = SimpleNamespace(engine=SimpleNamespace(downloader=lanes))
    fetcher._crawler = crawler
    return fetcher


def test_pace_holds_for_lanes_to_come() -> None:
    lanes = Lanes()

    fetcher_over(lanes).pace({"herald": 2.0})

    assert lanes.per_slot_settings == {"herald": {"concurrency": 1, "delay": 2.0, "jitter": 0.0}}


def test_pace_slows_down_a_lane_at_work_and_never_hurries_it() -> None:
    lanes = Lanes(herald=1.0, courier=9.0)

    fetcher_over(lanes).pace({"herald": 5.0, "courier": 5.0})

    assert {lane: slot.delay for lane, slot in lanes.slots.items()} == {"herald": 5.0, "courier": 9.0}
