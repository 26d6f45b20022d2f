"""What must not be reached is not reached: private addresses in every disguise, other schemes, untrusted TLS.

127.0.0.2 plays the internet and is on the allow-list; 127.0.0.1 plays a service of the intranet.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.crawler.certificates import make_certificate
from tests.integration.crawler.conftest import Engine, running_engine
from tests.integration.crawler.site import SiteServer, serving, text


@pytest.fixture(scope="module")
def intranet() -> Iterator[SiteServer]:
    with serving("127.0.0.1") as site:
        site.pages["/secret"] = text("the secret")
        yield site


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "0x7f000001",
        "[::ffff:127.0.0.1]",
        "[::1]",
    ],
)
def test_a_private_address_is_refused_in_any_notation(engine: Engine, intranet: SiteServer, host: str) -> None:
    answer = engine.fetch(f"http://{host}:{intranet.port}/secret")

    assert answer["error"] == "AddressRefused"
    assert "not a public address" in answer["message"]
    assert answer["retryable"] is False
    assert not intranet.visits


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "169.254.169.254", "[fe80::1]", "0.0.0.0", "100.64.0.1", "[64:ff9b::7f00:1]"]
)
def test_other_ranges_that_are_not_public_are_refused(engine: Engine, host: str) -> None:
    assert engine.fetch(f"http://{host}/")["error"] == "AddressRefused"


def test_user_information_does_not_hide_the_host(engine: Engine, internet: SiteServer, intranet: SiteServer) -> None:
    answer = engine.fetch(f"http://{internet.place}@127.0.0.1:{intranet.port}/secret")

    assert "error" in answer
    assert not intranet.visits


def test_a_redirect_to_a_private_address_is_refused(engine: Engine, internet: SiteServer, intranet: SiteServer) -> None:
    internet.pages["/trap"] = text("", 302, location=intranet.url("/secret"))

    answer = engine.fetch(internet.url("/trap"))

    assert answer["error"] == "AddressRefused"
    assert answer["message"].startswith(internet.url("/trap"))
    assert not intranet.visits


def test_the_robots_file_cannot_lead_to_a_private_address(internet: SiteServer, intranet: SiteServer) -> None:
    internet.pages["/robots.txt"] = text("", 302, location=intranet.url("/secret"))
    try:
        with running_engine(allow=[internet.place]) as engine:
            answer = engine.fetch(internet.url("/any"))
    finally:
        del internet.pages["/robots.txt"]

    assert answer["error"] == "AddressRefused"
    assert not intranet.visits


def test_a_private_address_on_the_allow_list_is_reached(intranet: SiteServer) -> None:
    with serving("127.0.0.1") as allowed, running_engine(allow=[allowed.place]) as engine:
        allowed.pages["/mine"] = text("for us")

        assert engine.fetch(allowed.url("/mine"))["body"] == "for us"
        assert engine.fetch(intranet.url("/secret"))["error"] == "AddressRefused"


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "data:text/plain,hello", "ftp://127.0.0.2/x", "s3://b/k", "//x/y", ""]
)
def test_other_schemes_are_refused(engine: Engine, url: str) -> None:
    answer = engine.fetch(url)

    assert answer["error"] == "AddressRefused"
    assert "only http and https" in answer["message"]


@pytest.mark.parametrize("target", ["file:///etc/hostname", "data:text/plain,hello", "ftp://127.0.0.2/x"])
def test_a_redirect_to_another_scheme_is_refused(engine: Engine, internet: SiteServer, target: str) -> None:
    internet.pages["/scheme"] = text("", 302, location=target)

    answer = engine.fetch(internet.url("/scheme"))

    assert answer["error"] == "AddressRefused"


@pytest.mark.parametrize("url", ["http://", "http:///path", "http://[::1", "http://host:port/"])
def test_an_address_that_is_none_is_refused_in_words(engine: Engine, url: str) -> None:
    assert engine.fetch(url)["error"] == "AddressRefused"


def test_a_refused_connection_is_told_in_words(engine: Engine) -> None:
    with serving("127.0.0.2") as gone, running_engine(allow=[gone.place]) as own:
        gone.shutdown()
        gone.server_close()

        answer = own.fetch(gone.url("/"))

    assert answer["error"] == "Unreachable"
    assert "refused the connection" in answer["message"]


def test_a_name_that_does_not_exist_is_told_in_words(engine: Engine) -> None:
    answer = engine.fetch("http://no-such-host.invalid/")

    assert answer["error"] == "Unreachable"
    assert "no host of this name" in answer["message"]


def _served_over_tls(folder: Path, host: str) -> ssl.SSLContext:
    certificate, key = make_certificate(folder, host)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def test_an_untrusted_certificate_is_refused(tmp_path: Path) -> None:
    with (
        serving("127.0.0.2", _served_over_tls(tmp_path, "127.0.0.2")) as site,
        running_engine(allow=[site.place]) as engine,
    ):
        answer = engine.fetch(site.url("/"))

    assert answer["error"] == "Unreachable"
    assert "certificate" in answer["message"]
    assert not site.visits


def test_a_certificate_for_another_host_is_refused(tmp_path: Path) -> None:
    with (
        serving("127.0.0.2", _served_over_tls(tmp_path, "127.0.0.9")) as site,
        running_engine({"SSL_CERT_FILE": str(tmp_path / "certificate.pem")}, allow=[site.place]) as engine,
    ):
        answer = engine.fetch(site.url("/"))

    assert answer["error"] == "Unreachable"
    assert "certificate" in answer["message"]
    assert not site.visits


def test_a_certificate_that_somebody_vouches_for_is_accepted(tmp_path: Path) -> None:
    with (
        serving("127.0.0.2", _served_over_tls(tmp_path, "127.0.0.2")) as site,
        running_engine({"SSL_CERT_FILE": str(tmp_path / "certificate.pem")}, allow=[site.place]) as engine,
    ):
        site.pages["/"] = text("over TLS")

        assert engine.fetch(site.url("/"))["body"] == "over TLS"
