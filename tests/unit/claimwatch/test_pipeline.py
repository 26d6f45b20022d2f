"""The way of an article from poll to alert, over stores in memory and a fetcher that answers from a dict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from alerts.dispatcher import Dispatcher
from alerts.transports.registry import Transports
from claimwatch import pipeline
from claimwatch.catalogue import Catalogue
from claimwatch.pipeline import Parts
from claimwatch.pools import AnalysisFailed
from claimwatch.work import ArticleWork, PollWork
from crawler.extract import extract
from crawler.readers.feed import read_feed
from domain.alerts import ConsoleChannel
from domain.articles import Article, EntryState, Page, PageState
from domain.errors import HttpStatus, LeaseLost, ReadError, Unreachable
from domain.fetching import FeedDocument
from domain.jobs import Job, JobKind
from domain.matches import Analysis, Decision
from domain.net import lane_of
from domain.outlets import PollResult, Source, SourceStatus
from domain.views import DeliveryFilter, MatchFilter
from domain.watches import Route, Watch
from matching.matcher import Matcher
from tests.fakes.clock import FakeClock
from tests.fakes.fetcher import FakeFetcher
from tests.fakes.storage import MemoryStores
from tests.fakes.transport import FakeTransport
from tests.unit.claimwatch.make import OUTLET, SOURCE, answer

WATCH = Watch(id="land", title="Land", queries={"en": '"territorial claim" OR "territorial claims"'})
PAGE_URL = "https://courier.example/one"
CLAIM = "The envoy said that the neighbour's territorial claims have no ground in any treaty. " * 4


def feed(*items: tuple[str, str, str]) -> bytes:
    """An RSS feed of (slug, title, description)."""
    body = "".join(
        f"<item><title>{title}</title><link>https://courier.example/{slug}</link><description>{lead}</description></item>"
        for slug, title, lead in items
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>C</title>{body}</channel></rss>'.encode()


def html(title: str, text: str) -> bytes:
    """An article page."""
    paragraphs = f"<p>{text}</p>" if text else ""
    return f"<html><head><title>{title}</title></head><body><article>{paragraphs}</article></body></html>".encode()


class DirectParser:
    """Reads in this process."""

    async def read_feed(self, body: bytes, source: Source, base_url: str, content_type: str) -> FeedDocument:
        return read_feed(body, source, base_url, content_type)

    async def extract(self, body: bytes, url: str, content_type: str) -> Page:
        return extract(body, url, content_type)


class DirectAnalyzer:
    """Analyses in this process."""

    def __init__(self, *watches: Watch) -> None:
        self._matcher = Matcher(watches)

    async def analyze(self, article: Article) -> Analysis:
        return self._matcher.analyze(article)


async def directly(function: Callable[..., Any], *args: Any) -> Any:
    return function(*args)


@dataclass
class World:
    """One outlet with one source, and everything around the pipeline."""

    fetcher: FakeFetcher = field(default_factory=FakeFetcher)
    clock: FakeClock = field(default_factory=FakeClock)
    stores: MemoryStores = field(default_factory=MemoryStores)
    transport: FakeTransport = field(default_factory=FakeTransport)
    source: Source = SOURCE

    def __post_init__(self) -> None:
        self.stores.sources.sync([self.source], {self.source.id: lane_of(self.source.url)}, self.clock.now())

    @property
    def parts(self) -> Parts:
        channels = {"desk": ConsoleChannel(name="desk")}
        same = self.transport
        return Parts(
            clock=self.clock,
            catalogue=Catalogue([replace(OUTLET, sources=(self.source,))]),
            watches={WATCH.id: WATCH},
            routes=(Route(to=("desk",)),),
            channels=channels,
            fetcher=self.fetcher,
            parser=DirectParser(),
            analyzer=DirectAnalyzer(WATCH),
            sources=self.stores.sources,
            polls=self.stores.polls,
            articles=self.stores.articles,
            stories=self.stores.story_index,
            dispatcher=Dispatcher(
                outbox=self.stores.outbox,
                transports=Transports(console=same, email=same, webhook=same),
                channels=channels,
                clock=self.clock,
                in_thread=directly,
            ),
            in_thread=directly,
            fraction=lambda: 0.5,
        )

    def claim(self, kind: JobKind) -> Job | None:
        jobs = self.stores.leases.claim(now=self.clock.now(), owner="test", lease_s=60, limits={kind: 1})
        return jobs[0] if jobs else None

    async def poll(self) -> PollWork:
        job = self.claim(JobKind.POLL)
        assert job is not None, "no source is due"
        work = await pipeline.poll(self.parts, job)
        assert work is not None
        return work

    async def entries(self) -> list[ArticleWork]:
        done = []
        self.clock.advance(OUTLET.delay_s)
        while job := self.claim(JobKind.ENTRY):
            work = await pipeline.process_entry(self.parts, job)
            assert work is not None
            done.append(work)
            self.clock.advance(OUTLET.delay_s)
        return done

    async def deliver(self) -> int:
        count = 0
        while job := self.claim(JobKind.DELIVERY):
            assert await pipeline.deliver(self.parts, job) is not None
            count += 1
        return count

    def serve(self, body: bytes, url: str = SOURCE.url, **more: Any) -> None:
        self.fetcher.answers[url] = answer(body, url=url, **more)


@pytest.fixture
def world() -> World:
    world = World()
    world.serve(
        feed(("one", "Envoy answers", "Short.")), headers={"etag": '"v1"', "content-type": "application/rss+xml"}
    )
    world.serve(html("Envoy answers", CLAIM), url=PAGE_URL, headers={"content-type": "text/html"})
    return world


async def test_an_article_goes_from_poll_to_alert(world: World) -> None:
    poll = await world.poll()
    (article,) = await world.entries()
    delivered = await world.deliver()

    assert (poll.new_entries, delivered) == (1, 1)
    assert article.article is not None
    assert article.article.page is PageState.FULL
    (row,) = world.stores.matches.list(MatchFilter())
    assert (row.match.watch_id, row.match.decision) == ("land", Decision.FIRST_IN_STORY)
    (sending,) = world.transport.sent
    assert sending.alert.content.title == "Envoy answers"


async def test_a_poll_sends_back_the_validators_of_the_last_body(world: World) -> None:
    await world.poll()
    world.serve(b"", status=304)
    world.clock.advance(SOURCE.interval_s)

    work = await world.poll()

    assert world.fetcher.requests[-1].etag == '"v1"'
    assert work.document is None
    assert world.stores.sources.states()[SOURCE.id].status is SourceStatus.HEALTHY


async def test_a_poll_reads_no_body_twice(world: World) -> None:
    await world.poll()
    world.clock.advance(SOURCE.interval_s)

    again = await world.poll()

    assert again.document is None
    assert world.stores.sources.polls(SOURCE.id)[0].result is PollResult.UNCHANGED


async def test_a_poll_leaves_known_entries_alone(world: World) -> None:
    await world.poll()
    await world.entries()
    world.serve(feed(("two", "Other", "x"), ("one", "Envoy answers", "Short.")))
    world.clock.advance(SOURCE.interval_s)

    work = await world.poll()

    assert (work.new_entries, len(work.document.entries if work.document else ())) == (1, 2)


async def test_a_feed_that_cannot_be_read_marks_the_source_in_words_and_keeps_its_validators(world: World) -> None:
    await world.poll()
    world.serve(b"<html><body>Are you human?</body></html>", headers={"etag": '"bad"'})
    world.clock.advance(SOURCE.interval_s)

    work = await world.poll()

    state = world.stores.sources.states()[SOURCE.id]
    assert isinstance(work.problem, ReadError)
    assert (state.status, state.etag) == (SourceStatus.FAILING, '"v1"')
    assert "HTML" in (state.last_error or "")


async def test_a_site_that_does_not_answer_is_a_value_not_an_exception(world: World) -> None:
    world.fetcher.answers[SOURCE.url] = Unreachable(SOURCE.url, "the server refused the connection")

    work = await world.poll()

    assert work.problem is not None
    assert world.stores.sources.states()[SOURCE.id].last_error == "the server refused the connection"


async def test_a_refused_page_is_told_by_its_headline_at_once_and_tried_again(world: World) -> None:
    world.serve(feed(("one", "New territorial claim", "Short.")))
    world.fetcher.answers[PAGE_URL] = HttpStatus(PAGE_URL, 503)

    await world.poll()
    (first,) = await world.entries()
    await world.deliver()
    world.serve(html("New territorial claim", CLAIM), url=PAGE_URL)
    world.clock.advance(1000)
    (second,) = await world.entries()

    assert first.article is not None
    assert second.article is not None
    assert (first.article.page, second.article.page) == (PageState.REFUSED, PageState.FULL)
    stored = world.stores.articles.article(first.article.id)
    assert stored is not None
    assert (stored.page, stored.id) == (PageState.FULL, second.article.id)
    assert len(world.transport.sent) == 1
    assert await world.deliver() == 0


async def test_a_page_without_text_is_title_and_lead_and_flagged(world: World) -> None:
    world.serve(html("Envoy answers", ""), url=PAGE_URL)

    await world.poll()
    (work,) = await world.entries()

    assert work.article is not None
    assert (work.article.page, work.article.lead) == (PageState.EMPTY, "Short.")
    entry = world.stores.articles.entry(work.stored.entry.id if work.stored else "")
    assert entry is not None
    assert (entry.state, entry.note) == (EntryState.PENDING, "the page holds no text that could be found")


async def test_a_copy_in_the_same_words_is_stored_but_not_told_again(world: World) -> None:
    world.serve(feed(("one", "Envoy answers", "Short."), ("copy", "Envoy answers", "Short.")))
    world.serve(html("Envoy answers", CLAIM), url="https://courier.example/copy")

    await world.poll()
    await world.entries()

    rows = world.stores.matches.list(MatchFilter())
    assert sorted(row.match.decision for row in rows) == [Decision.FIRST_IN_STORY, Decision.SAME_STORY]
    assert len({row.article.story_id for row in rows}) == 1
    assert len(world.stores.outbox.list(DeliveryFilter())) == 1


async def test_a_source_whose_pages_are_not_fetched_is_read_from_its_feed() -> None:
    world = World(source=replace(SOURCE, fetch_pages=False))
    world.serve(feed(("one", "New territorial claim", "Short.")))

    await world.poll()
    (work,) = await world.entries()

    assert world.fetcher.urls() == [SOURCE.url]
    assert work.article is not None
    assert work.article.page is PageState.LEAD_ONLY


async def test_an_entry_with_nothing_to_read_fails_in_the_end_and_says_why(world: World) -> None:
    world.serve(b'{"version": "https://jsonfeed.org/version/1.1", "title": "C", "items": '
                b'[{"id": "1", "url": "https://courier.example/one"}]}')  # fmt: skip
    world.fetcher.answers[PAGE_URL] = HttpStatus(PAGE_URL, 404)

    await world.poll()
    tries = []
    for _ in range(6):
        tries += await world.entries()
        world.clock.advance(2 * 86_400)

    entry = world.stores.articles.entry(tries[0].stored.entry.id if tries[0].stored else "")
    assert entry is not None
    assert (entry.state, entry.note) == (EntryState.FAILED, "the server answered 404")


async def test_a_lane_rests_between_two_requests(world: World) -> None:
    await world.poll()

    assert world.claim(JobKind.ENTRY) is None
    world.clock.advance(OUTLET.delay_s)
    assert world.claim(JobKind.ENTRY) is not None


async def test_a_poll_whose_lease_was_lost_stores_nothing(world: World) -> None:
    job = world.claim(JobKind.POLL)
    assert job is not None
    world.clock.advance(61)
    assert world.claim(JobKind.POLL) is not None  # another worker has it now

    with pytest.raises(LeaseLost):
        await pipeline.poll(world.parts, job)

    assert world.stores.sources.polls(SOURCE.id) == ()


async def test_a_source_that_left_the_catalogue_is_not_polled(world: World) -> None:
    job = world.claim(JobKind.POLL)
    assert job is not None

    assert await pipeline.poll(replace(world.parts, catalogue=Catalogue([])), job) is None
    assert world.fetcher.requests == []


async def test_pages_behind_one_consent_page_are_as_many_articles_and_alerts(world: World) -> None:
    slugs = ("one", "two", "three")
    world.serve(feed(*((slug, f"Territorial claims, part {slug}", "Short.") for slug in slugs)))
    wall = html("Before you read", "We value your privacy and would like your consent to cookies. " * 8)
    for slug in slugs:
        url = f"https://courier.example/{slug}"
        world.serve(wall, url=url, final_url="https://courier.example/consent")

    await world.poll()
    await world.entries()

    rows = world.stores.matches.list(MatchFilter())
    assert sorted(row.article.url for row in rows) == sorted(f"https://courier.example/{slug}" for slug in slugs)
    assert {row.match.decision for row in rows} == {Decision.FIRST_IN_STORY}


async def test_a_site_that_asks_for_patience_is_left_alone_with_all_its_pages(world: World) -> None:
    world.serve(feed(("one", "One", "x"), ("two", "Two", "x")))
    for slug in ("one", "two"):
        url = f"https://courier.example/{slug}"
        world.fetcher.answers[url] = HttpStatus(url, 429, retry_after_s=3600)

    await world.poll()
    await world.entries()

    assert len(world.fetcher.requests) == 2  # the feed, and one page


async def test_an_entry_whose_job_breaks_again_and_again_is_given_up(world: World) -> None:
    class Broken:
        async def analyze(self, article: Article) -> Analysis:
            raise AnalysisFailed("it died")

    await world.poll()
    world.clock.advance(OUTLET.delay_s)
    for _ in range(pipeline.MOST_ATTEMPTS):
        job = world.claim(JobKind.ENTRY)
        assert job is not None
        with pytest.raises(AnalysisFailed):
            await pipeline.process_entry(replace(world.parts, analyzer=Broken()), job)
        world.clock.advance(61)
    (work,) = await world.entries()

    assert work.stored is not None
    entry = world.stores.articles.entry(work.stored.entry.id)
    assert entry is not None
    assert (entry.state, entry.note) == (EntryState.FAILED, f"given up: its job broke {pipeline.MOST_ATTEMPTS} times")


async def test_an_entry_of_a_source_that_was_switched_off_is_not_fetched(world: World) -> None:
    await world.poll()
    world.clock.advance(OUTLET.delay_s)
    job = world.claim(JobKind.ENTRY)
    assert job is not None

    work = await pipeline.process_entry(replace(world.parts, catalogue=Catalogue([])), job)

    assert world.fetcher.urls() == [SOURCE.url]
    assert work is not None
    assert work.article is not None
    assert work.article.page is PageState.LEAD_ONLY


async def test_a_poll_now_and_then_sends_no_validators(world: World) -> None:
    await world.poll()
    world.clock.advance(SOURCE.interval_s)
    job = world.claim(JobKind.POLL)
    assert job is not None

    await pipeline.poll(replace(world.parts, fraction=lambda: 0.0), job)

    assert world.fetcher.requests[-1].etag is None
