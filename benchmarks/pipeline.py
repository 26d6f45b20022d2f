"""The whole way of an article, from poll to alert, with the daemon's own parts over a local press.

Several sites, each an address of its own (127.0.0.1 and upwards, which Linux has), are polled, every
entry's page is fetched, read and matched, and alerts go to a webhook. Kinds of jobs run one after the
other, so that each has its own time; sites do not ask us to wait between two requests. CPU is told by where
it was spent: the event loop's process (Scrapy, pipeline, sending), claiming work, other storage, the
parsing processes and the analysis process.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from benchmarks.children.start import report_of, web_server
from benchmarks.measure import Table, run

#: Where CPU goes, as ``benchmarks.children.press`` tells it.
PARTS = ("loop", "claims", "storage", "parsing", "analysis")

_NAMES = {"poll": "polls", "entry": "articles", "delivery": "deliveries"}


def measure(*, quick: bool) -> Table:
    """Articles a second, and milliseconds of CPU for each by stage and part."""
    hosts, articles, watches = (2, 5, 10) if quick else (16, 25, 1_000)
    table = Table("items", "per_s", "claims_made", "cpu_ms_each", *(f"{part}_ms" for part in PARTS))
    with web_server(hosts=hosts, articles=articles) as port:
        stages: Mapping[str, Mapping[str, float]] = report_of(
            "press", port=port, hosts=hosts, articles=articles, watches=watches
        )
    for name, spent in stages.items():
        _add(table, _NAMES[name], int(spent["items"]), spent)
    whole = {key: sum(spent[key] for spent in stages.values()) for key in stages["poll"]}
    _add(table, "all, for an article", hosts * articles, whole)
    table.note(f"{hosts} sites with {articles} articles each, {watches + 1} watches, SQLite.")
    table.note("per s: wall, on this machine beside the web server. Pools' CPU is counted in ticks of 10 ms.")
    return table


def _add(table: Table, name: str, items: int, spent: Mapping[str, float]) -> None:
    cpu = {f"{part}_ms": spent[part] * 1000 / items for part in PARTS}
    table.add(
        name,
        items=items,
        per_s=items / spent["wall"],
        claims_made=int(spent["claims_made"]),
        cpu_ms_each=sum(cpu.values()),
        **cpu,
    )


if __name__ == "__main__":
    sys.exit(run(measure, "pipeline"))
