"""The engine fetches from a real server on loopback."""

from __future__ import annotations

import gzip

import pytest

from tests.integration.crawler.conftest import Engine
from tests.integration.crawler.site import Answer, SiteServer, Visit, text


def test_a_page_comes_with_its_body_and_headers(engine: Engine, internet: SiteServer) -> None:
    internet.pages["/page"] = text("words", etag='"v1"')

    answer = engine.fetch(internet.url("/page"))

    assert (answer["status"], answer["body"], answer["headers"]["etag"]) == (200, "words", '"v1"')
    assert answer["final_url"] == answer["url"] == internet.url("/page")
    assert answer["fetched_at"].endswith("+00:00")


def test_a_request_says_who_we_are_and_nothing_else(engine: Engine, internet: SiteServer) -> None:
    internet.pages["/who"] = text("hello")

    engine.fetch(internet.url("/who"), accept="application/rss+xml")

    sent = internet.last_headers
    assert sent["user-agent"].startswith("claimwatch-test/1 (+https://")
    assert sent["accept"] == "application/rss+xml"
    assert not {"cookie", "referer", "accept-language"} & set(sent)


def test_validators_go_back_unchanged_and_a_304_has_no_body(engine: Engine, internet: SiteServer) -> None:
    seen: list[tuple[str | None, str | None]] = []

    def page(visit: Visit) -> Answer:
        seen.append((visit.headers["If-None-Match"], visit.headers["If-Modified-Since"]))
        return 304, {"ETag": 'W/"odd,tag"'}, b""

    internet.pages["/feed"] = page

    answer = engine.fetch(internet.url("/feed"), etag='W/"odd,tàg"', last_modified="yesterday at noon")

    assert seen == [('W/"odd,tàg"', "yesterday at noon")]
    assert (answer["status"], answer["size"]) == (304, 0)


def test_a_304_to_an_unconditional_request_is_a_failure(engine: Engine, internet: SiteServer) -> None:
    internet.pages["/odd304"] = lambda _: (304, {}, b"")

    answer = engine.fetch(internet.url("/odd304"))

    assert (answer["error"], answer["status"]) == ("HttpStatus", 304)


def test_permanent_redirects_are_followed_and_told(engine: Engine, internet: SiteServer) -> None:
    internet.pages["/old"] = text("", 301, location="/older")
    internet.pages["/older"] = text("", 308, location="/new")
    internet.pages["/new"] = text("here")

    answer = engine.fetch(internet.url("/old"))

    assert (answer["body"], answer["final_url"]) == ("here", internet.url("/new"))
    assert answer["url"] == internet.url("/old")
    assert answer["moved_permanently"] is True


def test_one_temporary_redirect_makes_the_move_temporary(engine: Engine, internet: SiteServer) -> None:
    internet.pages["/t1"] = text("", 301, location="/t2")
    internet.pages["/t2"] = text("", 302, location="/t3")
    internet.pages["/t3"] = text("here")

    answer = engine.fetch(internet.url("/t1"))

    assert answer["body"] == "here"
    assert answer["moved_permanently"] is False


def test_a_redirect_loop_ends(engine: Engine, internet: SiteServer) -> None:
    internet.pages["/loop"] = text("", 302, location="/loop")

    answer = engine.fetch(internet.url("/loop"))

    assert answer["error"] == "Unreachable"
    assert "redirects too many times" in answer["message"]
    assert internet.visits["/loop"] == 6


def test_statuses_are_errors_with_the_wait_that_was_asked_for(engine: Engine, internet: SiteServer) -> None:
    internet.pages["/busy"] = text("slow down", 429, retry_after="120")

    answer = engine.fetch(internet.url("/busy"))

    assert (answer["error"], answer["status"], answer["retry_after_s"]) == ("HttpStatus", 429, 120.0)
    assert answer["retryable"] is True
    assert internet.visits["/busy"] == 1


@pytest.mark.parametrize("status", [204, 206, 300, 404, 410, 500, 503])
def test_any_other_status_is_an_error(engine: Engine, internet: SiteServer, status: int) -> None:
    internet.pages[f"/s{status}"] = text("", status)

    answer = engine.fetch(internet.url(f"/s{status}"))

    assert (answer["error"], answer["status"]) == ("HttpStatus", status)


def test_gzip_is_inflated(engine: Engine, internet: SiteServer) -> None:
    internet.pages["/gz"] = lambda _: (200, {"Content-Encoding": "gzip"}, gzip.compress(b"small" * 100))

    answer = engine.fetch(internet.url("/gz"))

    assert (answer["size"], answer["body"][:5]) == (500, "small")


def test_a_gzip_bomb_is_stopped(engine: Engine, internet: SiteServer) -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    internet.pages["/bomb"] = lambda _: (200, {"Content-Encoding": "gzip"}, bomb)

    answer = engine.fetch(internet.url("/bomb"))

    assert answer["error"] == "BodyTooLarge"


def test_an_announced_body_over_the_limit_is_not_loaded(engine: Engine, internet: SiteServer) -> None:
    internet.pages["/big"] = lambda _: (200, {}, bytes(1_500_000))

    answer = engine.fetch(internet.url("/big"))

    assert answer["error"] == "BodyTooLarge"


def test_an_endless_body_is_cut_off(engine: Engine, internet: SiteServer) -> None:
    def endless(visit: Visit) -> None:
        visit.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n")
        while not visit.server.over.is_set():
            visit.wfile.write(bytes(65536))

    internet.pages["/endless"] = endless

    answer = engine.fetch(internet.url("/endless"))

    assert answer["error"] == "BodyTooLarge"


def test_a_dripping_body_runs_out_of_time(engine: Engine, internet: SiteServer) -> None:
    def drip(visit: Visit) -> None:
        visit.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not visit.server.over.wait(0.1):
            visit.wfile.write(b".")

    internet.pages["/drip"] = drip

    answer = engine.fetch(internet.url("/drip"))

    assert answer["error"] == "Unreachable"
    assert "took too long" in answer["message"]


def test_a_body_that_breaks_off_is_not_taken_for_whole(engine: Engine, internet: SiteServer) -> None:
    def half(visit: Visit) -> None:
        visit.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\nhalf")

    internet.pages["/half"] = half

    answer = engine.fetch(internet.url("/half"))

    assert answer["error"] == "Unreachable"
    assert "broke off" in answer["message"]


def test_a_broken_gzip_is_told_in_words(engine: Engine, internet: SiteServer) -> None:
    internet.pages["/badgz"] = lambda _: (200, {"Content-Encoding": "gzip"}, b"this is no gzip")

    answer = engine.fetch(internet.url("/badgz"))

    assert answer["error"] == "Unreachable"
    assert "cannot be inflated" in answer["message"]


def test_no_answer_at_all_is_told_in_words(engine: Engine, internet: SiteServer) -> None:
    internet.pages["/silent"] = lambda _: None

    answer = engine.fetch(internet.url("/silent"))

    assert answer["error"] == "Unreachable"
    assert "closed the connection" in answer["message"]
