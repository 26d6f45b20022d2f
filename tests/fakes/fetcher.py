"""A fetcher that answers from a dict."""

from __future__ import annotations

from collections.abc import Mapping

from domain.errors import FetchError, HttpStatus
from domain.fetching import FetchRequest, FetchResult


class FakeFetcher:
    """Gives or raises what is written for an address; an address that is not answers 404.

    Args:
        answers: url to result or error; may be changed while in use.
    """

    def __init__(self, answers: Mapping[str, FetchResult | FetchError] | None = None) -> None:
        self.answers: dict[str, FetchResult | FetchError] = dict(answers or {})
        #: Url to the seconds that its robots.txt asks for.
        self.crawl_delays: dict[str, float] = {}
        #: Every request, in order.
        self.requests: list[FetchRequest] = []

    async def fetch(self, request: FetchRequest) -> FetchResult:
        self.requests.append(request)
        answer = self.answers.get(request.url)
        if isinstance(answer, FetchResult):
            return answer
        raise answer or HttpStatus(request.url, 404)

    def urls(self) -> list[str]:
        """The addresses asked for, in order."""
        return [request.url for request in self.requests]

    def crawl_delay_s(self, url: str) -> float | None:
        return self.crawl_delays.get(url)
