"""A spider as a user writes one, with nothing of ours but the settings."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure


class OwnSpider(Spider):
    """Fetches the addresses of TEST_URLS, through TEST_PROXY if there is one."""

    name = "own"

    async def start(self) -> AsyncIterator[Request]:
        for url in os.environ["TEST_URLS"].split():
            meta = {"proxy": os.environ["TEST_PROXY"]} if "TEST_PROXY" in os.environ else {}
            yield Request(url, callback=self.parse, errback=self.failed, meta=meta)

    def parse(self, response: Response, **_: Any) -> Iterator[dict[str, object]]:
        yield {"url": response.url, "status": response.status}

    def failed(self, failure: Failure) -> Iterator[dict[str, object]]:
        yield {"url": failure.request.url, "error": str(failure.value)}  # type: ignore[attr-defined]
