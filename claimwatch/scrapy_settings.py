"""What `scrapy list` and `scrapy crawl` read: our engine's settings, and where spiders find the pipeline."""

from __future__ import annotations

import os

from claimwatch.config.load import load_settings
from claimwatch.once import OncePolls
from claimwatch.wiring import engine_settings
from crawler.settings import policy_settings

_settings = load_settings(None, environ=os.environ)


def spider_jobs() -> OncePolls:
    """The pipeline, for spiders; named by the setting CLAIMWATCH_SPIDER_JOBS."""
    return OncePolls(_settings)


globals().update(engine_settings(_settings))
globals().update(policy_settings(_settings.network.crawl))
BOT_NAME = "claimwatch"
CLAIMWATCH_SPIDER_JOBS = "claimwatch.scrapy_settings.spider_jobs"
