"""Jobs that fetch one page, as the monitor spider's tests need them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from domain.errors import FetchError, UsageError
from domain.fetching import FetchRequest
from domain.ports import Fetcher


class OnePageJobs:
    """Knows one outlet, whose address the environment gives."""

    async def poll_outlet(self, outlet_id: str, fetcher: Fetcher) -> Sequence[Mapping[str, object]]:
        if outlet_id != "known":
            raise UsageError(f"no such outlet: {outlet_id}")
        try:
            result = await fetcher.fetch(FetchRequest(url=os.environ["TEST_URL"]))
        except FetchError as error:
            return [{"error": str(error)}]
        return [{"status": result.status, "body": result.body.decode()}]


def make_jobs() -> OnePageJobs:
    return OnePageJobs()
