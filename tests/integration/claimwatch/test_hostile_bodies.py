"""Hostile feeds and pages through reader, pipeline and both databases: nothing is lost, and nothing is told twice."""

from __future__ import annotations

import io
import itertools
import json
import os
import random
import resource
import xml.sax
import xml.sax.handler
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from urllib.error import HTTPError

import pytest
from sqlalchemy import text

from claimwatch import pipeline
from claimwatch.pools import AnalysisFailed, AnalysisPool, ParsingPool
from crawler.extract import MAX_TEXT_CHARS, extract
from crawler.readers.feed import read_feed
from domain.articles import Article, EntryState, PageState
from domain.errors import ReadError
from domain.jobs import JobKind
from domain.matches import Analysis
from domain.outlets import SourceStatus
from domain.views import AlertFilter, MatchFilter
from storage.database import Database
from storage.stores import Stores
from tests.contract.conftest import (  # noqa: F401 - fixtures
    migrated_postgres,
    migrated_sqlite,
    postgres_database,
    sqlite_database,
)
from tests.fakes.storage import MemoryStores
from tests.newsroom import bodies
from tests.newsroom.hostile import HostileSite
from tests.unit.claimwatch.make import OUTLET, SOURCE
from tests.unit.claimwatch.test_pipeline import WATCH, World

HOME = "https://courier.example"
CLAIM = "The envoy said that the neighbour's territorial claims have no ground in any treaty. " * 4


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> Database:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Database)
    return found


@pytest.fixture
def world(database: Database) -> World:
    """The pipeline over real stores, which have the attributes of those in memory."""
    return World(stores=cast("MemoryStores", Stores.over(database)))


@pytest.fixture(scope="module")
def pool() -> Iterator[ParsingPool]:
    pool = ParsingPool(workers=1, timeout_s=5)
    yield pool
    pool.close()


@pytest.fixture
def canary() -> Iterator[HostileSite]:
    with HostileSite("canary") as site:
        yield site


def matched(world: World) -> list[Article]:
    """The article of every match."""
    return [row.article for row in world.stores.matches.list(MatchFilter(limit=10_000))]


def alerts(world: World) -> int:
    """How many there are."""
    return len(world.stores.outbox.alerts(AlertFilter(limit=10_000)))


def titles(database: Database) -> list[str]:
    """Of every stored article."""
    with database.read() as connection:
        return list(connection.execute(text("SELECT title FROM articles ORDER BY title")).scalars())


def item(slug: str, title: str, rest: str = "") -> str:
    return bodies.item(f"{HOME}/{slug}", title, rest)


def article(title: str, words: str = CLAIM) -> bytes:
    return bodies.page(title, words)


# ---------------------------------------------------------------- text


#: A title as XML or JSON may hold it, and as a person then reads it.
ODD_TITLES = {
    "nul": ("Border\\u0000 territorial claims one", "Border territorial claims one"),
    "lone-high": ("Border \\ud800territorial claims two", "Border territorial claims two"),
    "lone-low": ("Border \\udfffterritorial claims three", "Border territorial claims three"),
    "reference": ("Border &#xD800;&#0;territorial claims four", "Border \ufffd\ufffdterritorial claims four"),
    "controls": ("Border\\u0007\\u001b[31m territorial claims\\u0085five", "Border[31m territorial claims five"),
    "override": ("Border \\u202eterritorial claims\\u202c six", "Border \u202eterritorial claims\u202c six"),
    "megabyte": ("Border territorial claims seven " + "x" * 1_000_000, "Border territorial claims seven " + "x" * 468),
    "astral": ("Border \\ud83c\\uddf0 territorial claims eight", "Border \U0001f1f0 territorial claims eight"),
}


async def test_no_character_loses_an_article(world: World, database: Database) -> None:
    items = ",".join(
        f'{{"id": "{name}\\u0000", "url": "{HOME}/{name}", "title": "{title}", "content_text": "Lead\\u0000 \\udc00.",'
        f' "authors": [{{"name": "A\\u0000\\ud800"}}]}}'
        for name, (title, _) in ODD_TITLES.items()
    )
    world.serve(f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{items}]}}'.encode())

    await world.poll()
    await world.entries()

    assert titles(database) == sorted(read for _, read in ODD_TITLES.values())
    assert len(matched(world)) == alerts(world) == len(ODD_TITLES)


@pytest.mark.parametrize("reference", ["&#xD800;", "&#0;", "&#x1F;", "&#1114112;", "\0", "\ufdd0"])
async def test_no_reference_loses_an_article_of_feed_and_page(world: World, reference: str) -> None:
    odd = f"Border {reference}talks"
    world.serve(bodies.feed(item("one", odd, f"<guid>{reference}g</guid><author>{reference}</author>")))
    world.serve(article(odd, f"{reference} {CLAIM}"), url=f"{HOME}/one")

    await world.poll()
    await world.entries()

    (row,) = matched(world)
    assert (row.page, row.title.split()[0], row.title[-5:]) == (PageState.FULL, "Border", "talks")


async def test_a_very_long_address_is_stored_and_told(world: World) -> None:
    letters = random.Random(7).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=100_000)
    url = f"{HOME}/{''.join(letters)}"
    world.serve(
        bodies.feed(bodies.item(url, "Territorial claims at a distance"), item("next", "Territorial claims near"))
    )

    await world.poll()
    await world.entries()
    world.serve(bodies.feed(bodies.item(url, "Territorial claims at a distance")))
    world.clock.advance(86_400)
    again = await world.poll()

    assert {one.url for one in matched(world)} == {url, f"{HOME}/next"}
    assert (again.new_entries, alerts(world)) == (0, 2)


async def test_ten_thousand_links_to_one_article_are_one_article(world: World, database: Database) -> None:
    world.serve(bodies.feed(*[item("one?utm_source=rss", "Territorial claims")] * 10_000, item("two", "Weather")))

    poll = await world.poll()
    await world.entries()

    assert poll.new_entries == 2
    assert titles(database) == ["Territorial claims", "Weather"]
    assert alerts(world) == 1


# ---------------------------------------------------------------- dates, guids, order


@pytest.mark.parametrize(
    "date",
    ["", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2099 00:00:00 GMT", "0000-00-00T00:00:00Z", "0001-01-01",
     "yesterday at noon", "Sat, 31 Dec 2016 23:59:60 GMT", "99999999999999999999", "2026-11-20T10:00:00+99:99",
     "2026-02-30", "Mon, 00 Foo 2026"],
)  # fmt: skip
async def test_a_date_that_cannot_be_believed_gives_way_to_the_time_of_sight(world: World, date: str) -> None:
    seen = world.clock.now()
    world.serve(bodies.feed(item("one", "Territorial claims", f"<pubDate>{date}</pubDate>")))

    await world.poll()
    await world.entries()

    (row,) = matched(world)
    assert (row.published_at, row.first_seen_at) == (None, seen)
    assert count_since(world, seen) == 1


def count_since(world: World, moment: datetime) -> int:
    return len(world.stores.matches.list(MatchFilter(since=moment)))


async def test_a_zone_that_nobody_knows_counts_as_utc(world: World) -> None:
    world.serve(bodies.feed(item("one", "Territorial claims", "<pubDate>Fri, 20 Nov 2026 10:00:00 XYZ</pubDate>")))

    await world.poll()
    await world.entries()

    assert matched(world)[0].published_at == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


GUID = "<guid isPermaLink='false'>{}</guid>"
ONE = item("one", "Territorial claims", GUID.format("g-1"))
TWO = item("two", "Weather", GUID.format("g-2"))
#: What a feed that listed ONE and TWO lists next, none of which is news.
NEXT = {
    "guid-changed": (item("one", "Territorial claims", GUID.format("g-77")), TWO),
    "guid-missing": (item("one", "Territorial claims"), TWO),
    "guid-doubled": (ONE, item("two", "Weather", GUID.format("g-1"))),
    "link-changed": (item("one-moved", "Territorial claims", GUID.format("g-1")), TWO),
    "tracking": (item("one?utm_source=a&amp;fbclid=b", "Territorial claims", GUID.format("g-1")), TWO),
    "title-edited": (item("one", "Territorial claims, edited", GUID.format("g-1")), TWO),
    "date-changed": (ONE + "<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate>", TWO),
    "reordered": (TWO, ONE),
    "removed": (TWO,),
    "all-removed": (),
    "twice": (ONE, ONE, TWO, TWO),
}


@pytest.mark.parametrize("name", NEXT)
async def test_what_is_listed_in_another_way_is_neither_stored_nor_told_again(
    world: World, database: Database, name: str
) -> None:
    for slug in ("one", "one-moved", "one?utm_source=a&fbclid=b"):
        world.serve(article("Territorial claims"), url=f"{HOME}/{slug}")
    for listed in ((ONE, TWO), NEXT[name], (ONE, TWO)):
        world.serve(bodies.feed(*listed))
        await world.poll()
        await world.entries()
        world.clock.advance(86_400)

    moved = name == "link-changed"  # another address is another article, but the same story, which was told
    assert len(titles(database)) == 2 + moved
    assert alerts(world) == 1


# ---------------------------------------------------------------- bodies


BAD_FEEDS = {
    "empty": (b"", "the feed is empty"),
    "nuls": (b"\0" * 100, "the feed is empty"),
    "eleven-bytes": (b"hello world", "nothing of a feed"),
    "page": (bodies.error_page(), "HTML page"),
    "stub": (bodies.stub(), "script stub"),
    "cut": (bodies.feed(ONE, TWO)[:-30], "broken off"),
}


@pytest.mark.parametrize("name", BAD_FEEDS)
async def test_a_bad_body_leaves_validators_and_articles_as_they_were(
    world: World, database: Database, name: str
) -> None:
    body, words = BAD_FEEDS[name]
    world.serve(bodies.feed(ONE), headers={"etag": '"good"'})
    await world.poll()
    await world.entries()
    world.serve(body, headers={"etag": '"bad"', "last-modified": "today"})
    world.clock.advance(86_400)
    await world.poll()
    state = world.stores.sources.state(SOURCE.id)
    world.serve(bodies.feed(ONE, TWO), headers={"etag": '"better"'})
    world.clock.advance(86_400)
    well = await world.poll()

    assert state is not None
    assert (state.status, state.etag, state.last_modified) == (SourceStatus.FAILING, '"good"', None)
    assert words in (state.last_error or "")
    assert (well.new_entries, titles(database)) == (1, ["Territorial claims"])


BAD_PAGES = {
    "empty": (b"", PageState.REFUSED, "the page is empty"),
    "nested": (bodies.nested_page(), PageState.REFUSED, "nested too deeply"),
    "eleven-bytes": (b"hello world", PageState.REFUSED, "plain text"),
    "pdf": (b"%PDF-1.7", PageState.REFUSED, "a PDF document"),
    "captcha": (bodies.captcha(), PageState.EMPTY, "no text"),
    "stub": (bodies.stub(), PageState.EMPTY, "no text"),
}


@pytest.mark.parametrize("name", BAD_PAGES)
async def test_a_bad_page_is_title_and_lead_until_it_is_well(world: World, pool: ParsingPool, name: str) -> None:
    body, page, words = BAD_PAGES[name]
    world.serve(bodies.feed(item("one", "Territorial claims", "<description>A lead.</description>")))
    world.serve(body, url=f"{HOME}/one")
    await world.poll()
    world.clock.advance(OUTLET.delay_s)
    job = world.claim(JobKind.ENTRY)
    assert job is not None
    first = await pipeline.process_entry(replace(world.parts, parser=pool), job)
    (before,) = matched(world)
    world.serve(article("Territorial claims"), url=f"{HOME}/one")
    world.clock.advance(3600)
    await world.entries()
    (after,) = matched(world)

    assert first is not None
    assert first.stored is not None
    stored = world.stores.articles.entry(first.stored.entry.id)
    assert words in str(first.problem or "no text")
    assert (before.page, after.page) == (page, PageState.FULL)
    assert stored is not None
    assert (stored.state, alerts(world)) == (EntryState.DONE, 1)


async def test_a_page_that_takes_too_long_or_too_much_is_given_up_in_words(pool: ParsingPool) -> None:
    with pytest.raises(ReadError, match="took longer than 5 s"):
        await pool.extract(bodies.slow_page(), f"{HOME}/one", "text/html")
    with pytest.raises(ReadError, match="nested too deeply"):
        await pool.extract(bodies.nested_page(), f"{HOME}/one", "text/html")

    assert (await pool.extract(article("Well"), f"{HOME}/one", "text/html")).title == "Well"


def long_words(count: int) -> list[str]:
    """Paragraphs of about 850 characters, no two alike, for an extractor drops what comes again."""
    chance = random.Random(11)
    nouns = ["river", "road", "bridge", "paper", "market", "school", "winter", "harbour", "station", "garden"]
    return [" ".join(chance.choice(nouns) for _ in range(120)) + "." for _ in range(count)]


async def test_an_article_of_five_megabytes_is_analysed_up_to_its_limit(pool: ParsingPool) -> None:
    words = long_words(6500)
    body = bodies.page("A long read", *words[:1100], CLAIM, *words[1100:])
    analysis = AnalysisPool([WATCH])
    try:
        page = await pool.extract(body, f"{HOME}/one", "text/html")
        made = Article(id="a", url=HOME, title=page.title, text=page.text, first_seen_at=datetime.now(UTC))
        found = await analysis.analyze(made)
    finally:
        analysis.close()

    assert len(body) > 5_000_000
    assert len(page.text) == MAX_TEXT_CHARS
    assert [hit.watch_id for hit in found.hits] == [WATCH.id]
    assert found.hits[0].mentions[0].start > 800_000


class Deadly(str):
    """A text over which the process that receives it dies."""

    __slots__ = ()

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (7,)


class Poisoned:
    """A real analyser that is given one deadly article."""

    def __init__(self, pool: AnalysisPool) -> None:
        self._pool = pool

    async def analyze(self, article: Article) -> Analysis:
        deadly = article.title == "Poison"
        return await self._pool.analyze(replace(article, author=Deadly("x")) if deadly else article)


@pytest.mark.slow
async def test_an_article_over_which_the_analyser_dies_is_given_up_and_the_others_are_told(world: World) -> None:
    world.serve(bodies.feed(item("poison", "Poison"), item("one", "Territorial claims")))
    pool = AnalysisPool([WATCH])
    parts = replace(world.parts, analyzer=Poisoned(pool))
    broke = 0
    try:
        await world.poll()
        for _ in range(2 * pipeline.MOST_ATTEMPTS):
            world.clock.advance(61)
            while job := world.claim(JobKind.ENTRY):
                try:
                    await pipeline.process_entry(parts, job)
                except AnalysisFailed:
                    broke += 1
    finally:
        pool.close()

    assert broke == pipeline.MOST_ATTEMPTS
    assert poisoned_entries(world) == [(EntryState.FAILED, f"given up: its job broke {broke} times")]
    assert [one.title for one in matched(world)] == ["Territorial claims"]


def poisoned_entries(world: World) -> list[tuple[EntryState, str | None]]:
    """State and note of the entry that broke its analyser."""
    document = read_feed(bodies.feed(item("poison", "Poison")), SOURCE, SOURCE.url, "")
    stored = [world.stores.articles.entry(one.id) for one in document.entries]
    return [(one.state, one.note) for one in stored if one is not None]


# ---------------------------------------------------------------- the network


def test_the_canary_is_asked_by_a_parser_that_may(canary: HostileSite) -> None:
    """The control of the next test: the document does ask, where nothing forbids it."""
    parser = xml.sax.make_parser()
    parser.setFeature(xml.sax.handler.feature_external_ges, True)

    with pytest.raises(HTTPError, match="404"):
        parser.parse(io.BytesIO(bodies.external_entities(item("one", "Well"), [f"{canary.base_url}/x"])))

    assert [one.path for one in canary.asked()] == ["/x"]


def test_no_reader_asks_for_anything_or_inflates_anything(canary: HostileSite, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret")
    targets = [f"{canary.base_url}/x", (tmp_path / "secret").as_uri(), canary.base_url.replace("http", "ftp")]
    good = item("one", "Well")
    needs_feedparser = "<title>no link</title>"
    feeds = [bodies.external_entities(inside, targets) for inside in (good, needs_feedparser)]
    feeds += [
        make(inside) for make in (bodies.billion_laughs, bodies.quadratic_blowup) for inside in (good, needs_feedparser)
    ]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    read = [read_feed(body, SOURCE, SOURCE.url, "") for body in feeds]
    page = extract(bodies.external_page("Well", [CLAIM], targets), f"{HOME}/one", "text/html")

    assert canary.asked() == ()
    assert "the secret" not in json.dumps([repr(one) for one in itertools.chain(read, [page])])
    assert all(document.entries for document in read)
    assert "territorial claims" in page.text
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024  # KiB
