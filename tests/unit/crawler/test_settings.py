"""Every insecure or wasteful default of Scrapy is overridden, as Scrapy itself reads the settings."""

from __future__ import annotations

import pytest
from scrapy.settings import Settings, default_settings
from scrapy.utils.conf import build_component_list
from scrapy.utils.misc import load_object

from crawler.settings import CA_FILE_SETTING, scrapy_settings


@pytest.fixture
def settings() -> Settings:
    return Settings(dict(scrapy_settings(user_agent="claimwatch/1 (+https://claimwatch.example)")))


@pytest.mark.parametrize(
    "name",
    ["TELNETCONSOLE_ENABLED", "REMOTE_CONTROL_ENABLED", "COOKIES_ENABLED", "REFERER_ENABLED", "METAREFRESH_ENABLED",
     "RETRY_ENABLED", "ROBOTSTXT_OBEY", "AUTOTHROTTLE_ENABLED", "HTTPCACHE_ENABLED", "HTTPPROXY_ENABLED", "STATS_DUMP"],
)  # fmt: skip
def test_it_is_off(settings: Settings, name: str) -> None:
    assert settings.getbool(name) is False


def test_certificates_are_verified(settings: Settings) -> None:
    assert settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES") is True


def test_only_http_and_https_have_handlers(settings: Settings) -> None:
    handlers = settings.getwithbase("DOWNLOAD_HANDLERS")

    assert {scheme for scheme, handler in handlers.items() if handler is not None} == {"http", "https"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DOWNLOAD_MAXSIZE", 8 * 1024 * 1024),
        ("DOWNLOAD_TIMEOUT", 30),
        ("REDIRECT_MAX_TIMES", 5),
        ("CONCURRENT_ITEMS", 2),
        ("CONCURRENT_REQUESTS", 64),
        ("DOWNLOAD_DELAY", 0),
        ("CONCURRENT_REQUESTS_PER_DOMAIN", 2),
    ],
)
def test_the_limits_are_ours(settings: Settings, name: str, value: int) -> None:
    assert settings.getint(name) == value


def test_limits_can_be_given() -> None:
    settings = Settings(dict(scrapy_settings(user_agent="x", max_body_bytes=1000, timeout_s=2.5)))

    assert (settings.getint("DOWNLOAD_MAXSIZE"), settings.getfloat("DOWNLOAD_TIMEOUT")) == (1000, 2.5)


def test_delays_are_exact_and_let_one_request_run_at_a_time() -> None:
    given = scrapy_settings(user_agent="x", delays={"steppe.example": 2.5}, default_delay_s=1.5)
    settings = Settings(dict(given))

    assert settings.getdict("DOWNLOAD_SLOTS") == {"steppe.example": {"concurrency": 1, "delay": 2.5, "jitter": 0.0}}
    assert (settings.getfloat("DOWNLOAD_DELAY"), settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")) == (1.5, 1)
    assert settings.getfloat("DOWNLOAD_DELAY_JITTER") == 0.0


def test_we_say_who_we_are_and_no_language(settings: Settings) -> None:
    assert settings.get("USER_AGENT") == "claimwatch/1 (+https://claimwatch.example)"
    assert settings.getdict("DEFAULT_REQUEST_HEADERS") == {"Accept": "*/*"}


def test_our_middlewares_are_in_and_scrapys_redirects_are_out(settings: Settings) -> None:
    names = build_component_list(settings.getwithbase("DOWNLOADER_MIDDLEWARES"))

    assert names.index("crawler.robots.RobotsMiddleware") < names.index("crawler.guard.PlainRedirects")
    assert "crawler.guard.AddressMiddleware" in names
    assert names[-1] == "crawler.pacing.PacingMiddleware", "it must see redirects before they are followed"
    assert "scrapy.downloadermiddlewares.redirect.RedirectMiddleware" not in names


def test_the_reactor_is_asyncios_and_the_spiders_are_ours(settings: Settings) -> None:
    assert settings.get("TWISTED_REACTOR") == "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
    assert settings.getlist("SPIDER_MODULES") == ["crawler.spiders"]


def test_a_second_poll_of_an_address_is_not_dropped(settings: Settings) -> None:
    from scrapy.dupefilters import RFPDupeFilter  # noqa: PLC0415 - Scrapy is slow to import

    assert not issubclass(load_object(settings.get("DUPEFILTER_CLASS")), RFPDupeFilter)


def test_every_setting_exists_in_this_scrapy(settings: Settings) -> None:
    unknown = [name for name in scrapy_settings(user_agent="x") if not hasattr(default_settings, name)]
    unknown.remove(CA_FILE_SETTING)  # ours

    assert unknown == []
