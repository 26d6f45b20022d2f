"""Fetching with the real engine, beside plain Scrapy and aiohttp: what a 200 and a 304 cost the client.

A server in a process of its own on 127.0.0.1 answers with one feed. Every client has a process of its own,
whose CPU is told. ``ours`` is ``crawler.engine.ScrapyFetcher`` with robots.txt, address policy and limits;
``spider`` is what one writes first with Scrapy: its defaults, and a callback for every response.
"""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Mapping
from typing import Any

from benchmarks.children.start import report_of, web_server
from benchmarks.measure import Table, run

CLIENTS = {
    "ours": "ScrapyFetcher, our settings",
    "ours, 100 items": "ScrapyFetcher, CONCURRENT_ITEMS=100",
    "spider, defaults": "spider, Scrapy's defaults (CONCURRENT_ITEMS=100)",
    "spider, 2 items": "spider, defaults but CONCURRENT_ITEMS=2",
    "aiohttp": "aiohttp client",
}


def measure(*, quick: bool) -> Table:
    """Milliseconds of CPU for a 200 and a 304, by client."""
    clients = ("ours", "aiohttp") if quick else tuple(CLIENTS)
    requests, rounds, articles = (20, 1, 5) if quick else (200, 5, 30)
    table = Table("cpu_ms_per_200", "cpu_ms_per_304", "requests_per_s_200", "requests_per_s_304")
    with web_server(hosts=1, articles=articles) as port:
        url = f"http://127.0.0.1:{port}/feed.xml"
        etag, size = _validator(url)
        for client in clients:
            told: Mapping[str, Any] = report_of(
                "fetching", client=client, url=url, etag=etag, requests=requests, concurrency=4, rounds=rounds
            )
            table.add(
                CLIENTS[client],
                cpu_ms_per_200=told["200"]["cpu_ms"],
                cpu_ms_per_304=told["304"]["cpu_ms"],
                requests_per_s_200=told["200"]["per_s"],
                requests_per_s_304=told["304"]["per_s"],
            )
    table.note(f"A feed of {size} bytes; medians of {rounds} rounds of {requests} requests, 4 at once, no TLS.")
    return table


def _validator(url: str) -> tuple[str, int]:
    """The feed's ETag and its size."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as response:
        return response.headers["ETag"], len(response.read())


if __name__ == "__main__":
    sys.exit(run(measure, "polling"))
