"""Reading pages and feeds, beside BeautifulSoup's get_text and feedparser alone.

Pages are invented in five layouts and four languages, so the body is known: F1 is over words (single
characters where words are not spaced), each as often as it occurs. Pages and feeds captured from real
sites are read too where ``../shared/data/captures`` is; of these only the time is told.
"""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import feedparser
from bs4 import BeautifulSoup

from benchmarks import texts
from benchmarks.measure import Table, run, taking_turns
from benchmarks.pages import LAYOUTS, MadePage, feed, page
from claimwatch.demo.feeds import FeedKind
from crawler.extract import extract
from crawler.readers.feed import read_feed
from domain.errors import ReadError
from domain.outlets import Source
from matching.text.tokens import tokenize
from tests.integration.crawler.captures import captured

CAPTURES = Path(__file__).parents[2] / "shared" / "data" / "captures"
SOURCE = Source(id="courier/feed", outlet_id="courier", url="https://courier.example/feed.xml")

Reader = Callable[[bytes], object]


def measure(*, quick: bool) -> Table:
    """Milliseconds of CPU for a page and for a feed, and how well the body is found."""
    each, listed, rounds = (1, 10, 1) if quick else (6, 50, 5)
    table = Table("files", "kB_mean", "cpu_ms_each", "F1", "items")
    made = [_page(number, layout) for layout in LAYOUTS for number in range(each * len(texts.LANGUAGES))]
    for layout in LAYOUTS:
        _read_pages(table, layout, [one for one in made if one.layout == layout], rounds)
    _read_pages(table, "all layouts", made, rounds)
    feeds = [feed([texts.text(4 * n + shift) for n in range(listed)], kind) for kind, shift in _FEEDS]
    _read_feeds(table, "feeds", feeds, rounds)
    if not CAPTURES.is_dir():
        table.note("No captures here: figures of invented pages and feeds only.")
    elif not quick:
        found = list(captured(CAPTURES))
        _read_captured_pages(table, [body for name, body in found if ".html" in name], rounds)
        _read_feeds(table, "captured feeds", _readable([body for name, body in found if ".xml" in name]), rounds)
    table.note("F1: mean over pages. items: entries found in all feeds together.")
    return table


#: Kind and language (by number) of the invented feeds.
_FEEDS = [(kind, shift) for kind in (FeedKind.RSS, FeedKind.ATOM) for shift in range(len(texts.LANGUAGES))]


def _page(number: int, layout: str) -> MadePage:
    of = texts.text(number)
    others = [texts.text(number + 4 * step) for step in range(1, 9)]
    return page(of, layout, others=others)


def _ours(body: bytes) -> str:
    return extract(body, "https://courier.example/articles/1", "text/html; charset=utf-8").text


def _soup(body: bytes, parser: str) -> str:
    return BeautifulSoup(body, parser).get_text(" ")


_PAGE_READERS: dict[str, Callable[[bytes], str]] = {
    "extract": _ours,
    "get_text, lxml": partial(_soup, parser="lxml"),
    "get_text, html.parser": partial(_soup, parser="html.parser"),
}


def _read_pages(table: Table, name: str, made: Sequence[MadePage], rounds: int) -> None:
    scores = {}
    for reader, read in _PAGE_READERS.items():
        each = [f1(read(one.body), one.expected) for one in made]
        scores[reader] = {"F1": sum(each) / len(each)}
    _time(table, name, [one.body for one in made], readers=_PAGE_READERS, rounds=rounds, cells=scores)


def _read_captured_pages(table: Table, bodies: Sequence[bytes], rounds: int) -> None:
    _time(table, "captured pages", bodies, readers=_PAGE_READERS, rounds=rounds, cells={})


def _time(
    table: Table,
    name: str,
    bodies: Sequence[bytes],
    *,
    readers: Mapping[str, Reader],
    rounds: int,
    cells: Mapping[str, Mapping[str, float | int]],
) -> None:
    """A row for each reader over the same files."""
    times = taking_turns({reader: partial(_all, read, bodies) for reader, read in readers.items()}, rounds)
    size = sum(map(len, bodies)) / len(bodies) / 1000
    for reader, spent in times.items():
        files = len(bodies)
        more = cells.get(reader, {})
        table.add(f"{reader}: {name}", files=files, kB_mean=size, cpu_ms_each=spent.cpu_ms(files), **more)


def _all(read: Reader, bodies: Sequence[bytes]) -> None:
    for body in bodies:
        read(body)


def f1(found: str, expected: str) -> float:
    """How well the words agree, 0 to 1; two empty texts agree."""
    one, other = (Counter(token.keys[0] for token in tokenize(text)) for text in (found, expected))
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0


def _entries(body: bytes) -> int:
    return len(read_feed(body, SOURCE, SOURCE.url, "").entries)


def _slow_entries(body: bytes) -> int:
    return len(feedparser.parse(io.BytesIO(body)).entries)


_FEED_READERS: dict[str, Callable[[bytes], int]] = {"read_feed": _entries, "feedparser": _slow_entries}


def _read_feeds(table: Table, name: str, bodies: Sequence[bytes], rounds: int) -> None:
    items = {reader: {"items": sum(map(read, bodies))} for reader, read in _FEED_READERS.items()}
    _time(table, name, bodies, readers=_FEED_READERS, rounds=rounds, cells=items)


def _readable(bodies: Sequence[bytes]) -> list[bytes]:
    """The feeds that are no puzzles: large ones that our reader accepts."""
    return [body for body in bodies if len(body) > 2000 and _accepts(body)]


def _accepts(body: bytes) -> bool:
    try:
        return _entries(body) > 0
    except ReadError:
        return False


if __name__ == "__main__":
    sys.exit(run(measure, "extraction"))
