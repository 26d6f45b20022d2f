"""robots.txt as RFC 9309 says: fetched once a day for each origin, read by Protego, obeyed at every hop.

* 4xx (but 429), or redirected for ever: there are no rules, all is allowed.
* 5xx, 429, or an answer that does not arrive whole: RobotsUnreadable, for some minutes.
* No connection at all: that failure itself, for the page would fail likewise; it is not remembered.
* Over 500 kB: the rest is not read. HTML in place of rules: no rules.

A parsed rule takes ten to forty times the memory of its text, and half a megabyte of them a second to parse: only
the groups that speak to us are parsed, large ones in a thread, and what is kept is bounded by its text.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest, ResponseDataLossError
from scrapy.http import Response

from crawler.failures import DOWNLOAD_FAILURES, fetch_error
from crawler.journeys import travel
from crawler.robotgroups import our_groups
from domain.errors import BodyTooLarge, FetchError, RobotsRefused, RobotsUnreadable
from domain.net import retry_after_s
from domain.time import Clock, SystemClock

RULES_TTL_S = 86_400.0
#: How long a robots.txt that could not be read is not asked for again.
UNREADABLE_TTL_S = 300.0
#: Origins whose rules are kept, and characters of rules in all; those asked for longest ago go first.
MAX_ORIGINS = 500
MAX_CACHED_CHARS = 2_000_000
#: Of one robots.txt, as RFC 9309 section 2.5 demands at least.
MAX_BYTES = 500_000
#: Larger ones are parsed in a thread.
MAX_BYTES_IN_LOOP = 20_000
#: A longer Crawl-delay is a mistake, or meant to keep everybody out without saying so.
MAX_CRAWL_DELAY_S = 3600.0

#: Marks the requests that fetch robots.txt itself.
META_KEY = "claimwatch_robots"

_HTML = re.compile(r"\s*<")


@dataclass(frozen=True, kw_only=True)
class RobotsAnswer:
    """What came back for a robots.txt."""

    status: int
    body: bytes = b""
    #: Seconds that the server asked us to wait.
    retry_after_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What one origin asks of us, until when; ``unreadable`` says why nobody knows."""

    rules: Protego | None = None
    unreadable: str | None = None
    #: Characters of the text that was parsed.
    size: int = 0
    #: On the clock's monotonic seconds.
    expires: float


class RobotsCache:
    """The rules of the origins visited lately; asks for each at most once at a time.

    Args:
        user_agent: our User-Agent; the name before the slash is what rules are matched with.
        clock: for the age of rules.
        read: fetches one robots.txt. Raises RobotsUnreadable when no whole answer came, another
            FetchError when there is no connection.
    """

    def __init__(self, *, user_agent: str, clock: Clock, read: Callable[[str], Awaitable[RobotsAnswer]]) -> None:
        self._agent = re.split(r"[/\s(]", user_agent.strip(), maxsplit=1)[0] or "*"
        self.clock = clock
        self._read = read
        self._known: OrderedDict[str, Rules] = OrderedDict()
        self._size = 0
        self._locks: dict[str, asyncio.Lock] = {}

    async def check(self, url: str) -> None:
        """Come back if the page may be fetched.

        Raises:
            RobotsRefused: the rules forbid it.
            RobotsUnreadable: nobody knows the rules now.
            FetchError: the origin cannot be reached.
        """
        known = await self._rules(origin_of(url))
        if known.unreadable is not None:
            wait = max(known.expires - self.clock.monotonic(), 0.0)
            raise RobotsUnreadable(url, f"robots.txt cannot be read: {known.unreadable}", retry_after_s=wait)
        if known.rules is not None and not known.rules.can_fetch(url, self._agent):
            raise RobotsRefused(url, "robots.txt forbids this address")

    def crawl_delay_s(self, url: str) -> float | None:
        """Seconds between two requests that the origin's rules ask for, at most an hour; None where unknown or unsaid.

        A delay that is negative or no finite number counts as unsaid.
        """
        known = self._fresh(origin_of(url))
        delay = known.rules.crawl_delay(self._agent) if known and known.rules else None
        return None if delay is None or not 0 <= delay < float("inf") else min(float(delay), MAX_CRAWL_DELAY_S)

    def __len__(self) -> int:
        return len(self._known)

    def _fresh(self, origin: str) -> Rules | None:
        known = self._known.get(origin)
        if known is None or known.expires <= self.clock.monotonic():
            return None
        self._known.move_to_end(origin)
        return known

    async def _rules(self, origin: str) -> Rules:
        """Known rules, or new ones; whoever asks meanwhile waits for the first who did."""
        lock = self._locks.setdefault(origin, asyncio.Lock())
        try:
            async with lock:
                known = self._fresh(origin)
                if known is None:
                    known = await self._ask(origin)
                    self._remember(origin, known)
                return known
        finally:
            if not lock.locked():
                self._locks.pop(origin, None)

    def _remember(self, origin: str, rules: Rules) -> None:
        """Keep the rules, and forget those that were asked for longest ago while there is too much; never these."""
        replaced = self._known.pop(origin, None)
        self._known[origin] = rules
        self._size += rules.size - (replaced.size if replaced else 0)
        while len(self._known) > MAX_ORIGINS or (self._size > MAX_CACHED_CHARS and len(self._known) > 1):
            _, forgotten = self._known.popitem(last=False)
            self._size -= forgotten.size

    async def _ask(self, origin: str) -> Rules:
        now = self.clock.monotonic
        try:
            answer = await self._read(f"{origin}/robots.txt")
        except RobotsUnreadable as error:
            return Rules(unreadable=error.message, expires=now() + UNREADABLE_TTL_S)
        if len(answer.body) > MAX_BYTES_IN_LOOP:
            return await asyncio.to_thread(rules_from, answer, now(), self._agent)
        return rules_from(answer, now(), self._agent)


def rules_from(answer: RobotsAnswer, now: float, agent: str) -> Rules:
    """What an answer means, as RFC 9309 section 2.3.1 says.

    Args:
        answer: what came.
        now: monotonic seconds.
        agent: our product token; rules for other agents are not kept.
    """
    if answer.status >= 500 or answer.status == 429:
        wait = max(answer.retry_after_s or 0.0, UNREADABLE_TTL_S)
        return Rules(unreadable=f"the server answered {answer.status}", expires=now + wait)
    expires = now + RULES_TTL_S
    if answer.status != 200:
        return Rules(expires=expires)
    text = answer.body[:MAX_BYTES].decode("utf-8-sig", "replace")
    ours = "" if _HTML.match(text) else our_groups(text, agent)
    return Rules(rules=Protego.parse(ours) if ours else None, size=len(ours), expires=expires)


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, such as ``https://example.org:8443``."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    default = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in (None, default) else f":{parts.port}"
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


class RobotsMiddleware:
    """Asks the rules before every request of a crawler, redirected ones and users' spiders' included."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        agent = str(crawler.settings.get("USER_AGENT"))
        self.cache = RobotsCache(user_agent=agent, clock=SystemClock(), read=self._download)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let it pass, or not.

        Raises:
            IgnoreRequest: not; the FetchError that says why is its cause.
        """
        if request.meta.get(META_KEY):
            return
        try:
            await self.cache.check(request.url)
        except FetchError as error:
            raise IgnoreRequest(error.message) from error

    async def _download(self, url: str) -> RobotsAnswer:
        request = Request(url, headers={"Accept": "text/plain, */*;q=0.5"}, meta={META_KEY: True}, dont_filter=True)
        try:
            response = await travel(self._crawler, request)
        except (DownloadTimeoutError, ResponseDataLossError) as error:
            raise RobotsUnreadable(url, fetch_error(url, error).message) from error
        except DOWNLOAD_FAILURES as error:
            return _failed(url, error)
        return self._answer(response)

    def _answer(self, response: Response) -> RobotsAnswer:
        header = response.headers.get("Retry-After")
        wait = retry_after_s(header.decode("latin-1") if header else None, self.cache.clock.now())
        return RobotsAnswer(status=response.status, body=response.body, retry_after_s=wait)


def _failed(url: str, error: Exception) -> RobotsAnswer:
    """What a failed download means where it does mean something.

    Raises:
        FetchError: there is no connection, or the body was too large to be rules.
    """
    if isinstance(error, IgnoreRequest) and "redirections" in str(error):
        return RobotsAnswer(status=404)  # RFC 9309 2.3.1.2: as if there were none
    failure = fetch_error(url, error)
    if isinstance(failure, BodyTooLarge):
        raise RobotsUnreadable(url, failure.message) from error
    raise failure from error
