"""The tests' newsroom misbehaves as asked, and only there."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator

import feedparser
import pytest

from tests.integration.demo.web import ask
from tests.newsroom import Fault, Newsroom


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as running:
        running.add_feed()
        running.add_article("First", "One paragraph.")
        yield running


def test_newsroom_lists_new_articles_first(newsroom: Newsroom) -> None:
    newsroom.add_article("Second", "Another paragraph.")
    feed = feedparser.parse(ask(newsroom.url("/feed.xml")).body)

    assert [entry.title for entry in feed.entries] == ["Second", "First"]
    assert b"Another paragraph." in ask(feed.entries[0].link).body


def test_newsroom_recovers_after_so_many_faults(newsroom: Newsroom) -> None:
    newsroom.misbehave("/feed.xml", Fault(status=503, headers={"Retry-After": "1"}, times=2))
    answers = [ask(newsroom.url("/feed.xml")) for _ in range(3)]

    assert [answer.status for answer in answers] == [503, 503, 200]
    assert answers[0].headers["retry-after"] == "1"


def test_newsroom_behaves_again_when_told(newsroom: Newsroom) -> None:
    newsroom.misbehave("/feed.xml", Fault.empty())
    assert ask(newsroom.url("/feed.xml")).body == b""
    newsroom.behave("/feed.xml")

    assert b"First" in ask(newsroom.url("/feed.xml")).body


def test_newsroom_sends_a_web_page_for_a_feed(newsroom: Newsroom) -> None:
    newsroom.misbehave("/feed.xml", Fault.web_page())
    answer = ask(newsroom.url("/feed.xml"))

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.body.startswith(b"<!DOCTYPE html>")


def test_newsroom_ends_a_feed_early(newsroom: Newsroom) -> None:
    newsroom.misbehave("/feed.xml", Fault(truncate_to=200))

    assert len(ask(newsroom.url("/feed.xml")).body) == 200


def test_newsroom_hangs_up_in_the_middle(newsroom: Newsroom) -> None:
    newsroom.misbehave("/feed.xml", Fault(cut_after=50))

    with pytest.raises(http.client.IncompleteRead):
        ask(newsroom.url("/feed.xml"))


def test_newsroom_sends_as_much_as_asked(newsroom: Newsroom) -> None:
    newsroom.misbehave("/feed.xml", Fault.huge(3_000_000))

    assert len(ask(newsroom.url("/feed.xml")).body) == 3_000_000


def test_newsroom_holds_an_answer_until_it_is_let_go(newsroom: Newsroom) -> None:
    statuses: list[int] = []
    reader = threading.Thread(target=lambda: statuses.append(ask(newsroom.url("/feed.xml")).status))
    with newsroom.hold("/feed.xml") as hold:
        reader.start()
        assert hold.wait_until_asked()
        assert statuses == []
    reader.join()

    assert statuses == [200]


def test_newsroom_counts_requests_per_path(newsroom: Newsroom) -> None:
    for _ in range(2):
        ask(newsroom.url("/feed.xml"))

    assert (newsroom.count("/feed.xml"), newsroom.count("/articles/1")) == (2, 0)
