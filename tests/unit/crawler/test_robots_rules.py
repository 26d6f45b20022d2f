"""The cache of robots.txt rules: how old they may be, how many are kept, who asks."""

from __future__ import annotations

import asyncio
import threading

import pytest

from crawler import robots
from crawler.robots import RULES_TTL_S, UNREADABLE_TTL_S, RobotsAnswer, RobotsCache, origin_of
from domain.errors import RobotsRefused, RobotsUnreadable, Unreachable
from tests.fakes.clock import FakeClock

AGENT = "claimwatch/1 (+https://claimwatch.example)"
PAGE = "https://steppe.example/page"


class Site:
    """Answers for every robots.txt, and counts."""

    def __init__(self, body: str = "User-agent: *\nDisallow: /private", status: int = 200) -> None:
        self.answer: RobotsAnswer | Exception = RobotsAnswer(status=status, body=body.encode())
        self.asked: list[str] = []

    async def read(self, url: str) -> RobotsAnswer:
        self.asked.append(url)
        await asyncio.sleep(0)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def _cache(site: Site, clock: FakeClock | None = None) -> RobotsCache:
    return RobotsCache(user_agent=AGENT, clock=clock or FakeClock(), read=site.read)


async def test_rules_are_asked_for_once_a_day() -> None:
    site, clock = Site(), FakeClock()
    cache = _cache(site, clock)

    await cache.check(PAGE)
    clock.advance(RULES_TTL_S - 1)
    await cache.check(PAGE)
    assert len(site.asked) == 1
    clock.advance(1)
    await cache.check(PAGE)

    assert site.asked == ["https://steppe.example/robots.txt"] * 2


async def test_each_origin_has_its_own_rules() -> None:
    site = Site()
    cache = _cache(site)

    for url in ("http://steppe.example/a", "https://steppe.example/a", "https://steppe.example:8443/a"):
        await cache.check(url)

    assert len(set(site.asked)) == 3


async def test_many_who_ask_at_once_cause_one_request() -> None:
    site = Site()
    cache = _cache(site)

    await asyncio.gather(*(cache.check(PAGE) for _ in range(10)))

    assert len(site.asked) == 1


async def test_the_next_asks_when_the_first_is_cancelled() -> None:
    site = Site()
    cache = _cache(site)
    first, second = asyncio.create_task(cache.check(PAGE)), asyncio.create_task(cache.check(PAGE))
    await asyncio.sleep(0)

    first.cancel()
    await second

    assert len(site.asked) == 2


async def test_rules_that_cannot_be_read_are_asked_for_again_soon() -> None:
    site, clock = Site(), FakeClock()
    site.answer = RobotsUnreadable("https://steppe.example/robots.txt", "the answer took too long")
    cache = _cache(site, clock)

    with pytest.raises(RobotsUnreadable, match="cannot be read: the answer took too long"):
        await cache.check(PAGE)
    clock.advance(UNREADABLE_TTL_S)
    site.answer = RobotsAnswer(status=404)
    await cache.check(PAGE)

    assert len(site.asked) == 2


async def test_a_busy_server_is_left_alone_as_long_as_it_asks() -> None:
    site = Site()
    site.answer = RobotsAnswer(status=503, retry_after_s=3600.0)

    with pytest.raises(RobotsUnreadable) as caught:
        await _cache(site).check(PAGE)

    assert caught.value.retry_after_s == 3600.0


async def test_a_host_that_is_down_is_told_as_such_and_not_remembered() -> None:
    site = Site()
    site.answer = Unreachable("https://steppe.example/robots.txt", "the server refused the connection")
    cache = _cache(site)

    for _ in range(2):
        with pytest.raises(Unreachable):
            await cache.check(PAGE)

    assert len(site.asked) == 2
    assert len(cache) == 0


async def test_the_oldest_origins_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robots, "MAX_ORIGINS", 3)
    site = Site()
    cache = _cache(site)

    for number in range(5):
        await cache.check(f"https://h{number}.example/")

    assert len(cache) == 3


async def test_what_is_kept_is_bounded_by_the_text_of_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robots, "MAX_CACHED_CHARS", 25_000)
    site = Site("User-agent: *\n" + "Disallow: /x\n" * 800)  # 10 kB
    cache = _cache(site)

    for number in range(5):
        await cache.check(f"https://h{number}.example/")
    site.answer = RobotsAnswer(status=404)
    await cache.check("https://h5.example/")

    assert len(cache) == 3


async def test_rules_that_fill_the_cache_alone_are_still_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robots, "MAX_CACHED_CHARS", 10)
    site = Site()
    cache = _cache(site)

    for _ in range(2):
        await cache.check(PAGE)

    assert (len(cache), len(site.asked)) == (1, 1)


async def test_rules_for_others_take_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robots, "MAX_CACHED_CHARS", 1000)
    cache = _cache(Site("User-agent: *\nDisallow: /private\nUser-agent: other\n" + "Disallow: /x\n" * 800))

    for number in range(5):
        await cache.check(f"https://h{number}.example/")

    assert len(cache) == 5


async def test_large_rules_do_not_hold_up_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []
    real = robots.rules_from

    def spied(answer: RobotsAnswer, now: float, agent: str) -> robots.Rules:
        threads.append(threading.current_thread().name)
        return real(answer, now, agent)

    monkeypatch.setattr(robots, "rules_from", spied)
    small, large = Site("User-agent: *\nDisallow: /x"), Site("User-agent: *\n" + "Disallow: /x\n" * 2000)

    await _cache(small).check(PAGE)
    await _cache(large).check(PAGE)

    assert threads[0] == threading.current_thread().name
    assert threads[1] != threading.current_thread().name


async def test_the_crawl_delay_is_known_once_the_rules_are() -> None:
    cache = _cache(Site("User-agent: claimwatch\nCrawl-delay: 120"))

    assert cache.crawl_delay_s(PAGE) is None
    await cache.check(PAGE)

    assert cache.crawl_delay_s(PAGE) == 120.0
    assert cache.crawl_delay_s("https://other.example/") is None


@pytest.mark.parametrize("asked", ["soon", "-1", "nan", "inf", "-inf", "1e999"])
async def test_a_senseless_crawl_delay_is_none(asked: str) -> None:
    cache = _cache(Site(f"User-agent: *\nCrawl-delay: {asked}"))

    await cache.check(PAGE)

    assert cache.crawl_delay_s(PAGE) is None


@pytest.mark.parametrize("asked", ["3601", "99999999", "1e15"])
async def test_a_crawl_delay_is_an_hour_at_most(asked: str) -> None:
    cache = _cache(Site(f"User-agent: *\nCrawl-delay: {asked}"))

    await cache.check(PAGE)

    assert cache.crawl_delay_s(PAGE) == 3600.0


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ("User-agent: *\nDisallow: /private", "/private/x"),
        ("\ufeffUser-agent: *\nDisallow: /private", "/private/x"),
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf"),
        ("User-agent: ClaimWatch\nDisallow: /private", "/private"),
        ("User-agent: *\nDisallow: /жер", "/%D0%B6%D0%B5%D1%80"),
    ],
)
async def test_rules_are_understood(rules: str, path: str) -> None:
    with pytest.raises(RobotsRefused):
        await _cache(Site(rules)).check(f"https://steppe.example{path}")


@pytest.mark.parametrize(
    "rules", ["", "<html>Disallow: /</html>", "\x00\x01\x02", "Disallow: /", "User-agent: claimwatchdog\nDisallow: /"]
)
async def test_what_gives_us_no_rule_allows(rules: str) -> None:
    await _cache(Site(rules)).check(PAGE)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Steppe.Example:443/a", "https://steppe.example"),
        ("http://steppe.example.:8080/a", "http://steppe.example:8080"),
        ("http://user@[::1]:80/a", "http://[::1]"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin
