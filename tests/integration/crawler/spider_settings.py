"""Scrapy settings of the monitor spider's tests."""

import os

from crawler.settings import scrapy_settings

globals().update(scrapy_settings(user_agent="claimwatch-test/1 (+https://claimwatch.invalid)", timeout_s=5.0))
CLAIMWATCH_SPIDER_JOBS = "tests.integration.crawler.spider_jobs.make_jobs"
CLAIMWATCH_ALLOW_PRIVATE = os.environ.get("TEST_ALLOW", "").split()
