"""The demo's newsroom serves what our own readers can read, and claims stand where they should."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from claimwatch.config.load import builtin_watches, load_watches
from claimwatch.demo.newsroom import BROKEN_OFF, DEAD, HOUSES, NOT_A_FEED, House, Newsroom
from claimwatch.demo.stories import Expected, Story, load_stories
from crawler.extract import extract
from crawler.readers.feed import read_feed
from crawler.urls import canonical_url
from domain.articles import Article
from domain.errors import ReadError
from domain.fetching import FeedDocument
from domain.outlets import Source
from matching.matcher import Matcher
from tests.integration.demo.web import Answer, ask

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
STORIES = load_stories(NOW)


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    with Newsroom(NOW) as running:
        running.publish_copies(NOW)
        yield running


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    files = load_watches(str(builtin_watches()))
    return Matcher(files.watches, files.concepts)


def read(newsroom: Newsroom, house: House) -> FeedDocument:
    url = newsroom.feed_url(house.id)
    answer = ask(url)
    source = Source(id=house.source_id, outlet_id=house.id, url=url)
    return read_feed(answer.body, source, url, answer.headers["content-type"])


def page(newsroom: Newsroom, story: Story) -> Answer:
    return ask(newsroom.url(story))


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.id)
def test_newsroom_feed_lists_titles_leads_and_dates_of_its_outlet(newsroom: Newsroom, house: House) -> None:
    entries = read(newsroom, house).entries
    wanted = [story for story in newsroom.stories if story.outlet == house.id]

    assert [(entry.title, entry.lead, entry.published_at) for entry in entries] == [
        (story.title, story.lead, story.published_at) for story in wanted
    ]


@pytest.mark.parametrize("house", [NOT_A_FEED, BROKEN_OFF], ids=lambda house: house.id)
def test_newsroom_unwell_feed_cannot_be_read(newsroom: Newsroom, house: House) -> None:
    with pytest.raises(ReadError):
        read(newsroom, house)


def test_newsroom_dead_outlet_refuses_connections(newsroom: Newsroom) -> None:
    with pytest.raises(ConnectionRefusedError):
        ask(newsroom.feed_url(DEAD.id))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.id)
def test_newsroom_page_holds_the_article_and_nothing_of_its_side_columns(newsroom: Newsroom, story: Story) -> None:
    answer = page(newsroom, story)
    found = extract(answer.body, newsroom.url(story), answer.headers["content-type"])

    assert (found.canonical_url, found.title) == (canonical_url(newsroom.url(story)), story.title)
    assert [line for line in found.text.splitlines() if line.strip()] == list(story.paragraphs)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.id)
def test_newsroom_story_makes_a_claim_only_where_it_should(matcher: Matcher, story: Story) -> None:
    article = Article(
        id="art-1",
        url="https://news.example/1",
        title=story.title,
        lead="" if story.paragraphs else story.lead,
        text="\n".join(story.paragraphs),
        declared_language=story.language,
        first_seen_at=NOW,
    )
    analysis = matcher.analyze(article)

    assert analysis.language == story.language
    assert bool(analysis.hits) == (story.expected is not Expected.ORDINARY)


def test_newsroom_old_address_leads_to_the_page(newsroom: Newsroom) -> None:
    (story,) = [one for one in newsroom.stories if one.old_path]
    (old,) = [entry.url for entry in read(newsroom, HOUSES[0]).entries if entry.title == story.title]
    answer = ask(old)

    assert (answer.status, answer.headers["location"]) == (301, story.path)
    assert newsroom.recognise(old) == newsroom.recognise(newsroom.url(story)) == story


def test_newsroom_copy_says_the_same_elsewhere() -> None:
    (copy,) = [story for story in STORIES if story.expected is Expected.COPY]
    (original,) = [story for story in STORIES if story.id == copy.copy_of]

    assert (copy.title, copy.paragraphs) == (original.title, original.paragraphs)
    assert copy.outlet != original.outlet


def test_newsroom_copy_appears_only_when_it_is_published() -> None:
    with Newsroom(NOW) as newsroom:
        (copy,) = [story for story in newsroom.stories if story.expected is Expected.COPY]
        before = newsroom.feed_url(copy.outlet)
        etag = ask(before).headers["etag"]
        assert page(newsroom, copy).status == 404
        newsroom.publish_copies(NOW)

        assert page(newsroom, copy).status == 200
        assert ask(before, headers={"If-None-Match": etag}).status == 200


def test_newsroom_is_told_in_four_languages() -> None:
    told = {story.language for story in STORIES if story.expected is Expected.TOLD}

    assert told == {"en", "ru", "kk", "zh"}
