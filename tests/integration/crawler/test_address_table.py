"""The crawler reaches nothing inside, however it is written, named or redirected to (tests/addresses.py)."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import cycle
from pathlib import Path

import pytest

from tests.addresses import INSIDE_ANSWERS, INSIDE_HOSTS, NO_ADDRESSES, WAITS, Canary
from tests.integration.crawler.certificates import make_certificate
from tests.integration.crawler.conftest import Engine, running_engine
from tests.integration.crawler.site import Answer, SiteServer, Visit, serving, text

PUBLIC = "127.0.0.2"
REDIRECTS = (301, 302, 303, 307, 308)


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    with Canary() as listening:
        yield listening


def _refused(answer: dict[str, object], canary: Canary) -> str:
    """The message of a refusal that reached nothing."""
    assert answer.get("error") == "AddressRefused", answer
    assert answer["retryable"] is False
    assert not canary.was_connected
    return str(answer["message"])


@pytest.mark.parametrize("host", INSIDE_HOSTS)
def test_a_host_inside_is_refused(engine: Engine, canary: Canary, host: str) -> None:
    message = _refused(engine.fetch(f"http://{host}:{canary.port}/"), canary)

    assert INSIDE_HOSTS[host] in message
    assert "is not a public address; if it is meant, list " in message


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST"])
def test_our_own_name_is_refused(engine: Engine, canary: Canary, name: str) -> None:
    assert "is not a public address" in _refused(engine.fetch(f"http://{name}:{canary.port}/"), canary)


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_address_is_refused(engine: Engine, canary: Canary, url: str) -> None:
    message = _refused(engine.fetch(url.replace("PORT", str(canary.port))), canary)

    assert NO_ADDRESSES[url] in message


@pytest.mark.parametrize(("host", "status"), list(zip(INSIDE_HOSTS, cycle(REDIRECTS), strict=False)))
def test_a_redirect_inside_is_refused(
    engine: Engine, internet: SiteServer, canary: Canary, host: str, status: int
) -> None:
    location = f"http://{host}:{canary.port}/".encode().decode("latin-1")
    internet.pages["/inside"] = text("", status, location=location)

    message = _refused(engine.fetch(internet.url("/inside")), canary)

    assert message.startswith(internet.url("/inside"))
    assert "is not a public address" in message


@pytest.mark.parametrize("status", REDIRECTS)
def test_no_kind_of_redirect_leads_inside(engine: Engine, internet: SiteServer, canary: Canary, status: int) -> None:
    internet.pages["/any-kind"] = text("", status, location=f"http://127.0.0.1:{canary.port}/")

    assert "is not a public address" in _refused(engine.fetch(internet.url("/any-kind")), canary)


@pytest.mark.parametrize("url", [url for url in NO_ADDRESSES if url and not url.startswith(("//", "127"))])
def test_a_redirect_to_no_address_ends_in_an_error(
    engine: Engine, internet: SiteServer, canary: Canary, url: str
) -> None:
    internet.pages["/nowhere"] = text("", 302, location=url.replace("PORT", str(canary.port)))

    answer = engine.fetch(internet.url("/nowhere"))

    assert answer["error"] in {"AddressRefused", "Unreachable", "HttpStatus"}  # or it is a path of the same site
    assert not canary.was_connected


def test_a_redirect_without_a_scheme_is_one_of_ours(engine: Engine, internet: SiteServer, canary: Canary) -> None:
    internet.pages["/bare"] = text("", 302, location=f"//127.0.0.1:{canary.port}/")

    assert "is not a public address" in _refused(engine.fetch(internet.url("/bare")), canary)


@pytest.mark.parametrize("header", ["Refresh", "Location", "Link", "Content-Location"])
def test_a_page_leads_nowhere_by_itself(engine: Engine, internet: SiteServer, canary: Canary, header: str) -> None:
    inside = f"http://127.0.0.1:{canary.port}/"
    page = f'<html><head><meta http-equiv="refresh" content="0; url={inside}"></head></html>'
    headers = {"Content-Type": "text/html", header: f"0; url={inside}"}
    internet.pages["/refresh"] = lambda _: (200, headers, page.encode())

    answer = engine.fetch(internet.url("/refresh"))

    assert (answer["status"], answer["final_url"]) == (200, internet.url("/refresh"))
    assert not canary.was_connected


def test_a_loop_of_redirects_ends(engine: Engine, internet: SiteServer) -> None:
    internet.pages["/loop"] = text("", 302, location="/loop")

    answer = engine.fetch(internet.url("/loop"))

    assert (answer["error"], internet.visits["/loop"]) == ("Unreachable", 6)
    assert "redirects too many times" in answer["message"]


def _chain(site: SiteServer, length: int) -> str:
    """The address of a page that so many redirects lead to."""
    for step in range(length):
        site.pages[f"/chain-{step}"] = text("", 302, location=f"/chain-{step + 1}")
    site.pages[f"/chain-{length}"] = text("the end")
    return site.url("/chain-0")


def test_five_redirects_are_followed_and_six_are_not(engine: Engine, internet: SiteServer) -> None:
    assert engine.fetch(_chain(internet, 5))["body"] == "the end"
    assert "redirects too many times" in engine.fetch(_chain(internet, 6))["message"]


@pytest.mark.parametrize("sent", WAITS)
def test_a_server_cannot_make_us_wait_for_ever(engine: Engine, internet: SiteServer, sent: str) -> None:
    internet.pages["/busy"] = text("", 503, retry_after=sent)

    answer = engine.fetch(internet.url("/busy"))

    assert (answer["error"], answer["retry_after_s"]) == ("HttpStatus", WAITS[sent])


def test_of_many_waits_the_first_counts(engine: Engine, internet: SiteServer) -> None:
    def busy(visit: Visit) -> Answer | None:
        visit.wfile.write(b"HTTP/1.1 429 Busy\r\nContent-Length: 0\r\n")
        visit.wfile.write(b"".join(b"Retry-After: %d\r\n" % (7 + n) for n in range(50)) + b"\r\n")
        return None

    internet.pages["/busier"] = busy

    assert engine.fetch(internet.url("/busier"))["retry_after_s"] == 7.0


@contextmanager
def _one_port() -> Iterator[tuple[SiteServer, Canary]]:
    """A site on 127.0.0.2 and a canary on 127.0.0.1 that share a port, as one name may lead to both."""
    with ExitStack() as stack:
        canary = stack.enter_context(Canary())
        yield stack.enter_context(serving(PUBLIC, port=canary.port)), canary


def _staged(*answers: Sequence[str]) -> AbstractContextManager[Engine]:
    """An engine for which 127.0.0.2 is public, and news.example has these addresses, one answer a look-up."""
    return running_engine(names={"news.example": [list(answer) for answer in answers]}, public=PUBLIC, timeout_s=2.0)


def test_a_name_of_a_place_inside_is_refused(canary: Canary) -> None:
    names = {f"n{number}.example": [list(answer)] for number, answer in enumerate(INSIDE_ANSWERS)}
    with running_engine(names=names, timeout_s=2.0) as engine:
        for name in names:
            message = _refused(engine.fetch(f"http://{name}:{canary.port}/"), canary)
            assert f"list {name}:{canary.port} under network.allow_private" in message


def test_of_a_name_of_both_worlds_only_the_public_address_is_dialled() -> None:
    answers = ((PUBLIC, "127.0.0.1"), ("127.0.0.1", PUBLIC), ("::1", "127.0.0.1", PUBLIC))
    names = {f"n{number}.example": [list(answer)] for number, answer in enumerate(answers)}
    with _one_port() as (site, canary), running_engine(names=names, public=PUBLIC, timeout_s=2.0) as engine:
        site.pages["/both"] = text("outside")

        assert [engine.fetch(f"http://{name}:{site.port}/both")["body"] for name in names] == ["outside"] * 3
        assert not canary.was_connected


def test_a_name_that_moves_inside_between_two_connects_is_refused(canary: Canary) -> None:
    with _one_port() as (site, inside), _staged((PUBLIC,), (PUBLIC,), ("127.0.0.1",)) as engine:
        site.pages["/robots.txt"] = site.pages["/moves"] = text("outside", connection="close")
        url = f"http://news.example:{site.port}/moves"

        assert engine.fetch(url)["body"] == "outside"
        _refused(engine.fetch(url), inside)


def test_a_name_that_moves_inside_after_its_robots_file_is_refused(canary: Canary) -> None:
    with _one_port() as (site, inside), _staged((PUBLIC,), ("127.0.0.1",)) as engine:
        site.pages["/robots.txt"] = text("", connection="close")

        _refused(engine.fetch(f"http://news.example:{site.port}/moves"), inside)
        assert list(site.visits) == ["/robots.txt"]


def test_a_redirect_to_a_name_inside_is_refused(canary: Canary) -> None:
    names = {"news.example": [[PUBLIC]], "intranet.example": [["127.0.0.1"]]}
    with serving() as site, running_engine(names=names, public=PUBLIC) as engine:
        site.pages["/to-name"] = text("", 302, location=f"http://intranet.example:{canary.port}/")

        message = _refused(engine.fetch(f"http://news.example:{site.port}/to-name"), canary)

    assert f"list intranet.example:{canary.port} under network.allow_private" in message


def test_https_may_lead_to_http_of_a_public_host(tmp_path: Path, internet: SiteServer) -> None:
    certificate, key = make_certificate(tmp_path, PUBLIC)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(PUBLIC, context) as site, running_engine(public=PUBLIC, ca_file=str(certificate)) as engine:
        site.pages["/secure"] = text("", 301, location=internet.url("/plain"))
        internet.pages["/plain"] = text("in the clear")

        answer = engine.fetch(site.url("/secure"))

    assert (answer["body"], answer["final_url"]) == ("in the clear", internet.url("/plain"))
