"""Whatever an address, its canonical form exists, stands still, and is of the same host; nothing here ever raises."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimwatch.catalogue import Catalogue
from claimwatch.decide import article_id
from crawler.urls import absolute, canonical_url, entry_url, same_site
from domain.hosts import is_public
from domain.net import AddressPolicy, lane_of
from tests.fuzz.mutations import fuzz, is_text, texts
from tests.unit.claimwatch.make import OUTLET

PIECES = (
    "http://", "https://", "HTTPS://", "//", "ftp:", "javascript:", "urn:", "www.", "a.example", "A.Example.",
    "пример.рф", "例子.example", "[::1]", "[", "]", "127.0.0.2", "0x7f.1", "localhost", ":80", ":443", ":8443",
    ":99999", ":x", "@", "user:p@", "/", "/a", "/amp/", "/amp/b/c", ".amp.html", "..", "?", "utm_source=x", "&",
    "id=1", "=", "#", "#!x", "#entry-0123456789abcdef", "%", "%2", "%25", "%2525", "%D0%9F", "%ff", "%00", "+", " ",
    "\n", "\t", "\u00a0", "\u2028", "\\", "'", '"', "<", ";", "|", "^",
)  # fmt: skip
URLS = texts(*PIECES) | texts(*PIECES).map("https://a.example/".__add__) | texts(*PIECES).map("http://".__add__)


@given(url=URLS)
@fuzz(400)
def test_canonical_form_stands_still_and_can_be_stored(url: str) -> None:
    canonical = canonical_url(url)

    assert canonical_url(canonical) == canonical
    assert is_text(canonical)
    assert canonical.isascii()


@given(link=URLS, base=st.sampled_from(["https://a.example/feed", "http://b.example:8080/x/y?z", "https://[::1]/"]))
@fuzz(300)
def test_canonical_form_of_a_link_is_of_the_links_own_host(link: str, base: str) -> None:
    url = absolute(base, link)

    if url is not None and not canonical_url(url).startswith("urn:"):
        assert canonical_url(url).startswith("https://")
        assert "%" not in (urlsplit(canonical_url(url)).hostname or "%")
        assert _host_and_port(lane_of(canonical_url(url))) == _host_and_port(lane_of(url))


@pytest.mark.parametrize(
    "link",
    ["https://a.example:port/", "https://\u00ad/", "https://\u00b2../x", "http://us:secret@a.example/", 'http://a"b/'],
)
def test_a_link_to_a_host_that_cannot_be_means_no_address(link: str) -> None:
    assert absolute("https://a.example/feed", link) is None


@given(text=URLS, other=URLS)
@fuzz(200)
def test_nothing_that_reads_an_address_raises(text: str, other: str) -> None:
    absolute(text, other)
    same_site(text, other)
    entry_url(text, other)
    lane_of(text)
    article_id(text)
    is_public(text)
    AddressPolicy(allow_private=frozenset({"a:1"})).allows(text, 1, other)
    found = Catalogue([OUTLET]).outlet_of(text)

    assert found is None or found is OUTLET


def _host_and_port(lane: str) -> str:
    """Both ports of the web and both names of a site count as one."""
    return re.sub(r"^(www\.)*|:(?:80|443)$", "", lane)
