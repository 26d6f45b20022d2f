"""Fetching with the real engine, beside plain Scrapy and aiohttp: what a 200 and a 304 cost the client.

A server in a process of its own on 127.0.0.1 answers with one feed. Every client has a process of its own,
whose CPU is told. ``ours`` is ``crawler.engine.ScrapyFetcher`` with robots.txt, address policy and limits;
``spider`` is what one writes first with Scrapy: its defaults, and a callback for every response.
"""

from __future__ import annotations

import sys
import urllib.request

from benchmarks.children.start import report_of, web_server
from benchmarks.measure import Table, Took, median, run

CLIENTS = {
    "ours": "ScrapyFetcher, our settings",
    "ours, 100 items": "ScrapyFetcher, CONCURRENT_ITEMS=100",
    "spider, defaults": "spider, Scrapy's defaults (CONCURRENT_ITEMS=100)",
    "spider, 2 items": "spider, defaults but CONCURRENT_ITEMS=2",
    "aiohttp": "aiohttp client",
}

#: Rounds that one client's process does of each kind of request.
ROUNDS = 3


def measure(*, quick: bool) -> Table:
    """Milliseconds of CPU for a 200 and a 304, by client."""
    clients = ("ours", "aiohttp") if quick else tuple(CLIENTS)
    requests, passes, articles = (20, 1, 5) if quick else (200, 3, 30)
    done: dict[tuple[str, str], list[Took]] = {(client, kind): [] for client in clients for kind in ("200", "304")}
    with web_server(hosts=1, articles=articles) as port:
        url = f"http://127.0.0.1:{port}/feed.xml"
        etag, size = _validator(url)
        for _ in range(passes):
            for client in clients:
                told = report_of(
                    "fetching", client=client, url=url, etag=etag, requests=requests, concurrency=4, rounds=ROUNDS
                )
                for kind in ("200", "304"):
                    done[client, kind] += [Took(**one) for one in told[kind]]
    table = Table("cpu_ms_per_200", "cpu_ms_per_304")
    for client in clients:
        fresh, same = median(done[client, "200"]), median(done[client, "304"])
        table.add(CLIENTS[client], cpu_ms_per_200=fresh.cpu_ms(requests), cpu_ms_per_304=same.cpu_ms(requests))
    rounds = passes * ROUNDS
    table.note(f"A feed of {size} bytes; medians of {rounds} rounds of {requests} requests, 4 at once, no TLS.")
    return table


def _validator(url: str) -> tuple[str, int]:
    """The feed's ETag and its size."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as response:
        return response.headers["ETag"], len(response.read())


if __name__ == "__main__":
    sys.exit(run(measure, "polling"))
