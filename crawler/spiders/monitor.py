"""``scrapy crawl monitor -a outlet=NAME``: a real poll of one outlet, through the daemon's own code."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from scrapy import Spider
from scrapy.exceptions import CloseSpider
from scrapy.utils.misc import load_object

from crawler.engine import ScrapyFetcher
from crawler.settings import JOBS_SETTING
from domain.errors import UsageError
from domain.ports import SpiderJobs
from domain.time import SystemClock


class MonitorSpider(Spider):
    """Polls every source of an outlet and follows its new entries; yields one summary of each."""

    name = "monitor"

    def __init__(self, outlet: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not outlet:
            raise UsageError("say which outlet: scrapy crawl monitor -a outlet=NAME")
        self.outlet = outlet

    async def start(self) -> AsyncIterator[dict[str, object]]:
        """Do the poll; the engine is this crawler's own.

        Raises:
            CloseSpider: the outlet is unknown, or the setting that names the jobs is missing.
        """
        fetcher = ScrapyFetcher.of(self.crawler, SystemClock())
        try:
            summaries = await self._jobs().poll_outlet(self.outlet, fetcher)
        except UsageError as error:
            self.logger.error("%s", error)
            raise CloseSpider("wrong_usage") from error
        for summary in summaries:
            yield dict(summary)

    def _jobs(self) -> SpiderJobs:
        path = self.settings.get(JOBS_SETTING)
        if not path:
            raise UsageError(f"the Scrapy setting {JOBS_SETTING} names no factory of jobs")
        factory: Callable[[], SpiderJobs] = load_object(path)
        return factory()
