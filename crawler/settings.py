"""Scrapy's settings as we need them: every insecure or wasteful default is overridden here, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from scrapy.settings import BaseSettings

from domain.net import AddressPolicy

ASYNCIO_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

#: Dotted path of a callable that returns the ``domain.ports.SpiderJobs`` of `scrapy crawl monitor`.
JOBS_SETTING = "CLAIMWATCH_SPIDER_JOBS"
#: ``host:port`` pairs that may be reached though they are not public.
ALLOW_PRIVATE_SETTING = "CLAIMWATCH_ALLOW_PRIVATE"
#: A ``domain.proxy.Proxy``, or None.
PROXY_SETTING = "CLAIMWATCH_PROXY"
#: Absolute path of a PEM file of authorities to trust beside the system's, or None.
CA_FILE_SETTING = "CLAIMWATCH_CA_FILE"


_NO_DELAYS: Mapping[str, float] = MappingProxyType({})


def scrapy_settings(
    *,
    user_agent: str,
    max_body_bytes: int = 8 * 1024 * 1024,
    timeout_s: float = 30.0,
    delays: Mapping[str, float] = _NO_DELAYS,
    default_delay_s: float = 0.0,
    ca_file: str | None = None,
) -> dict[str, object]:
    """Settings for the long-lived engine and for ``scrapy crawl``.

    Args:
        user_agent: who we are, with an address where we can be asked; its first word is our name for robots.txt.
        max_body_bytes: largest body, as sent and once inflated.
        timeout_s: seconds for one request, from the first packet to the last; each redirect has its own, and all
            together have ``crawler.journeys.LIMITS_IN_ALL`` times that. Waiting for a turn does not count.
        delays: lanes (``domain.net.lane_of``) to seconds between the starts of two requests there, redirects and
            robots.txt among them; one runs at a time.
        default_delay_s: the same for other lanes; with 0 they take two requests at a time without a pause.
        ca_file: PEM file of authorities to trust beside the system's.
    """
    return {
        "BOT_NAME": "claimwatch",
        "USER_AGENT": user_agent,
        "SPIDER_MODULES": ["crawler.spiders"],
        "TWISTED_REACTOR": ASYNCIO_REACTOR,
        **_limits(max_body_bytes, timeout_s),
        **_closed_doors(),
        **_manners(),
        **_paces(delays, default_delay_s),
        **_quiet(),
        CA_FILE_SETTING: ca_file,
    }


def slots_of(delays: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Scrapy's settings for lanes with a delay of their own, in seconds."""
    return {lane: {"concurrency": 1, "delay": delay, "jitter": 0.0} for lane, delay in delays.items()}


def policy_settings(policy: AddressPolicy) -> dict[str, object]:
    """The settings that say what may be connected to and through whom; without them nothing private is, directly."""
    return {ALLOW_PRIVATE_SETTING: sorted(policy.allow_private), PROXY_SETTING: policy.proxy}


def policy_from(settings: BaseSettings) -> AddressPolicy:
    """The policy that a crawler's settings hold."""
    return AddressPolicy(
        allow_private=frozenset(settings.getlist(ALLOW_PRIVATE_SETTING)), proxy=settings.get(PROXY_SETTING)
    )


def _limits(max_body_bytes: int, timeout_s: float) -> dict[str, object]:
    return {
        "DOWNLOAD_MAXSIZE": max_body_bytes,  # Scrapy: 1 GiB; it also counts while inflating
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": timeout_s,  # Scrapy: 180 s
        "DNS_TIMEOUT": timeout_s,
        "REDIRECT_MAX_TIMES": 5,  # Scrapy: 20
        "CONCURRENT_REQUESTS": 64,
        "CONCURRENT_ITEMS": 2,  # Scrapy's 100 make 100 tasks for every response: a third to a half of its CPU
        "REACTOR_THREADPOOL_MAXSIZE": 20,
    }


def _closed_doors() -> dict[str, object]:
    return {
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,  # a local server that runs any Python it is sent
        "DOWNLOAD_HANDLERS": {
            "http": "crawler.pacing.PacedHandler",
            "https": "crawler.pacing.PacedHandler",
            **dict.fromkeys(("file", "s3", "ftp", "data")),
        },
        "HTTPPROXY_ENABLED": False,  # it takes a proxy from the environment; ours is in crawler.connecting
        "HTTPCACHE_ENABLED": False,
        "COOKIES_ENABLED": False,
        "REFERER_ENABLED": False,
        "METAREFRESH_ENABLED": False,
    }


def _manners() -> dict[str, object]:
    return {
        "ROBOTSTXT_OBEY": False,  # Scrapy's own keeps rules for ever and takes failures for leave; ours is below
        "DOWNLOADER_MIDDLEWARES": {
            "crawler.guard.AddressMiddleware": 100,
            "crawler.robots.RobotsMiddleware": 110,
            "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
            "crawler.guard.PlainRedirects": 600,
            "crawler.pacing.PacingMiddleware": 900,
        },
        "DEFAULT_REQUEST_HEADERS": {"Accept": "*/*"},  # no Accept-Language: some sites translate by it
        "RETRY_ENABLED": False,  # it repeats at once and ignores Retry-After; the scheduler decides
        "AUTOTHROTTLE_ENABLED": False,
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",  # Scrapy's remembers for ever
    }


def _paces(delays: Mapping[str, float], default_delay_s: float) -> dict[str, object]:
    return {
        "DOWNLOAD_SLOTS": slots_of(delays),
        "DOWNLOAD_DELAY": default_delay_s,
        "DOWNLOAD_DELAY_JITTER": 0.0,  # Scrapy: half of the delay, up or down
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1 if default_delay_s else 2,
    }


def _quiet() -> dict[str, object]:
    return {
        "LOG_LEVEL": "INFO",  # of `scrapy crawl` only: the long-lived engine logs to the handlers that are there
        "STATS_DUMP": False,
        "DOWNLOADER_STATS": False,
        "LOGSTATS_INTERVAL": 0,
    }
