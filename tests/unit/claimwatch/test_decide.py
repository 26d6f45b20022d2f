"""What a finished piece of work makes of source, article, entry and lane."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from claimwatch.decide import (
    article_end,
    article_of,
    entry_after,
    given_up,
    job_end,
    poll_record,
    poll_result,
    retry_at,
    state_after,
)
from domain.articles import EntryState, PageState
from domain.errors import HttpStatus, ReadError, RobotsRefused, Unreachable
from domain.outlets import PollResult, SourceState, SourceStatus
from tests.unit.claimwatch.make import (
    NOW,
    SOURCE,
    answer,
    article_work,
    entry,
    feed,
    job,
    page,
    poll_work,
    stored,
)

HEADERS = {"etag": '"v2"', "last-modified": "Mon, 23 Nov 2026 11:00:00 GMT"}


def test_state_after_a_good_poll_holds_the_validators_of_the_body_that_was_read() -> None:
    work = poll_work(response=answer(headers=HEADERS), body_sha256="abc", document=feed(entry()))

    state = state_after(work, now=NOW, fraction=0.5)

    assert (state.etag, state.last_modified, state.body_sha256) == (*HEADERS.values(), "abc")
    assert (state.status, state.failures, state.last_error) == (SourceStatus.HEALTHY, 0, None)
    assert state.next_poll_at == NOW + timedelta(seconds=SOURCE.interval_s)


def test_state_after_a_body_that_could_not_be_read_keeps_the_old_validators() -> None:
    before = SourceState(source_id=SOURCE.id, etag='"v1"', body_sha256="old")
    work = poll_work(state=before, response=answer(headers=HEADERS), body_sha256="new", problem=ReadError("is HTML"))

    state = state_after(work, now=NOW, fraction=0.5)

    assert (state.etag, state.body_sha256) == ('"v1"', "old")
    assert (state.status, state.failures, state.last_error) == (SourceStatus.FAILING, 1, "is HTML")


def test_state_after_a_304_is_healthy_and_keeps_the_validators() -> None:
    before = SourceState(source_id=SOURCE.id, etag='"v1"', failures=3, status=SourceStatus.FAILING, last_error="x")
    work = poll_work(state=before, response=answer(b"", status=304))

    state = state_after(work, now=NOW, fraction=0.5)

    assert (state.status, state.failures, state.last_error, state.etag) == (SourceStatus.HEALTHY, 0, None, '"v1"')


def test_state_after_failures_in_a_row_is_asked_more_and_more_seldom() -> None:
    work = poll_work(problem=HttpStatus(SOURCE.url, 500))
    work = replace(work, state=replace(work.state or SourceState(source_id="x"), failures=2))

    state = state_after(work, now=NOW, fraction=0.5)

    assert state.next_poll_at == NOW + timedelta(seconds=SOURCE.interval_s * 8)
    assert state.last_error == "the server answered 500"


def test_state_after_no_answer_at_all_is_tried_again_soon() -> None:
    work = poll_work(problem=Unreachable(SOURCE.url, "no answer"))

    assert state_after(work, now=NOW, fraction=0.5).next_poll_at == NOW + timedelta(seconds=60)


def test_state_after_retry_after_waits_as_asked() -> None:
    work = poll_work(problem=HttpStatus(SOURCE.url, 429, retry_after_s=9_000))

    assert state_after(work, now=NOW, fraction=0.5).next_poll_at == NOW + timedelta(seconds=9_000)


def test_state_after_remembers_the_newest_entry_ever_seen() -> None:
    newest = NOW - timedelta(hours=1)
    before = SourceState(source_id=SOURCE.id, newest_entry_at=newest)
    work = poll_work(state=before, response=answer(), document=feed(entry(published_at=NOW - timedelta(days=2))))

    assert state_after(work, now=NOW, fraction=0.5).newest_entry_at == newest


@pytest.mark.parametrize(
    ("work", "result", "status"),
    [
        (poll_work(response=answer(), document=feed()), PollResult.READ, 200),
        (poll_work(response=answer(status=304)), PollResult.UNCHANGED, 304),
        (poll_work(problem=HttpStatus(SOURCE.url, 503)), PollResult.FAILED, 503),
        (poll_work(problem=Unreachable(SOURCE.url, "x")), PollResult.FAILED, None),
    ],
)
def test_poll_record_says_how_the_visit_ended(work: object, result: PollResult, status: int | None) -> None:
    record = poll_record(work, took_s=0.5)  # type: ignore[arg-type]

    assert (record.result, record.http_status, poll_result(work)) == (result, status, result)  # type: ignore[arg-type]


def test_article_of_a_page_has_the_sources_title_and_the_pages_text() -> None:
    article = article_of(article_work(response=answer(url="https://courier.example/one"), page=page()), now=NOW)

    assert article is not None
    assert (article.title, article.text, article.page) == ("Title one", "Body of the page.", PageState.FULL)
    assert article.lead == "Lead one."


def test_article_of_a_page_that_repeats_the_lead_holds_it_once() -> None:
    article = article_of(article_work(response=answer(), page=page("Lead  one.\nAnd more.")), now=NOW)

    assert article is not None
    assert article.lead == ""


def test_article_of_a_refused_page_is_title_and_lead() -> None:
    article = article_of(article_work(problem=HttpStatus("https://courier.example/one", 403)), now=NOW)

    assert article is not None
    assert (article.text, article.lead, article.page) == ("", "Lead one.", PageState.REFUSED)


def test_article_of_a_page_without_text_is_flagged_as_empty() -> None:
    article = article_of(article_work(response=answer(), page=page("")), now=NOW)

    assert article is not None
    assert article.page is PageState.EMPTY


def test_article_of_a_source_whose_pages_are_not_fetched_is_lead_only() -> None:
    work = article_work(source=replace(SOURCE, fetch_pages=False))

    article = article_of(work, now=NOW)

    assert article is not None
    assert article.page is PageState.LEAD_ONLY


def test_article_of_nothing_at_all_is_none() -> None:
    bare = stored(entry(title="", lead=""))

    assert article_of(article_work(stored=bare, problem=Unreachable("u", "x")), now=NOW) is None


def test_articles_of_one_site_stay_apart_whatever_their_pages_call_canonical() -> None:
    front = page(canonical_url="https://courier.example/ru/")
    works = [article_work(stored=stored(entry(slug)), response=answer(), page=front) for slug in ("one", "two")]

    first, second = (article_of(work, now=NOW) for work in works)

    assert first is not None
    assert second is not None
    assert first.id != second.id
    assert (first.url, second.url) == ("https://courier.example/one", "https://courier.example/two")


def test_article_of_a_page_that_moved_for_good_is_shown_under_its_new_address() -> None:
    new = "https://courier.example/news/1"
    moved, walled = (answer(final_url=new, moved_permanently=permanent) for permanent in (True, False))

    by_moved = article_of(article_work(response=moved, page=page()), now=NOW)
    by_walled = article_of(article_work(response=walled, page=page()), now=NOW)

    assert by_moved is not None
    assert by_walled is not None
    assert (by_moved.url, by_walled.url) == (new, "https://courier.example/one")
    assert by_moved.id == by_walled.id


def test_article_of_a_source_that_left_the_catalogue_is_lead_only_and_not_fetched() -> None:
    work = article_work(source=None)

    article = article_of(work, now=NOW)

    assert not work.fetches_page
    assert article is not None
    assert article.page is PageState.LEAD_ONLY


def test_entry_that_is_given_up_says_how_often_its_job_broke() -> None:
    assert given_up(stored(), attempts=6).state is EntryState.FAILED
    assert given_up(stored(article_id="art-1"), attempts=6).state is EntryState.DONE
    assert given_up(stored(), attempts=6).note == "given up: its job broke 6 times"


def test_article_of_a_later_try_that_brings_nothing_new_is_none() -> None:
    again = stored(tries=1, article_id="art-first")

    assert article_of(article_work(stored=again, problem=Unreachable("u", "x")), now=NOW) is None


def test_retry_at_is_never_for_a_whole_page() -> None:
    assert retry_at(article_work(response=answer(), page=page()), now=NOW, fraction=0) is None


def test_retry_at_comes_for_a_page_without_text() -> None:
    assert retry_at(article_work(response=answer(), page=page("")), now=NOW, fraction=0) == NOW + timedelta(minutes=10)


def test_retry_at_is_never_where_robots_forbid_the_page() -> None:
    assert retry_at(article_work(problem=RobotsRefused("u", "forbidden")), now=NOW, fraction=0) is None


def test_entry_after_an_article_is_done() -> None:
    work = article_work(response=answer(), page=page())
    work = replace(work, article=article_of(work, now=NOW))

    after = entry_after(work)

    assert after is not None
    assert (after.state, after.tries, after.note) == (EntryState.DONE, 1, None)
    assert work.article is not None
    assert after.article_id == work.article.id


def test_entry_after_a_page_without_text_waits_and_says_why() -> None:
    work = article_work(response=answer(), page=page(""), retry_at=NOW)

    after = entry_after(work)

    assert after is not None
    assert (after.state, after.note) == (EntryState.PENDING, "the page holds no text that could be found")


def test_entry_after_the_last_try_without_any_article_has_failed() -> None:
    work = article_work(stored=stored(entry(title="", lead=""), tries=4), problem=Unreachable("u", "no answer"))

    after = entry_after(work)

    assert after is not None
    assert (after.state, after.note) == (EntryState.FAILED, "no answer")


def test_job_end_lets_the_lane_rest_for_the_longer_of_both_delays() -> None:
    by_catalogue = job_end(poll_work(), job(), delay_s=4, crawl_delay_s=None, now=NOW)
    by_robots = job_end(poll_work(), job(), delay_s=4, crawl_delay_s=120, now=NOW)

    assert by_catalogue.lane_free_at == NOW + timedelta(seconds=4)
    assert by_robots.lane_free_at == NOW + timedelta(seconds=120)


def test_job_end_lets_the_lane_rest_for_as_long_as_the_server_asks_and_a_day_at_most() -> None:
    busy = article_work(problem=HttpStatus("u", 429, retry_after_s=3600))
    absurd = article_work(problem=HttpStatus("u", 429, retry_after_s=1e12))

    assert job_end(busy, job(), delay_s=4, crawl_delay_s=None, now=NOW).lane_free_at == NOW + timedelta(hours=1)
    assert job_end(absurd, job(), delay_s=4, crawl_delay_s=1e15, now=NOW).lane_free_at == NOW + timedelta(days=1)


def test_article_end_needs_no_rest_where_the_site_was_not_asked() -> None:
    assert article_end(article_work(), now=NOW, crawl_delay_s=60).lane_free_at is None
