"""Canonical URLs: one key a page, stable, whatever comes in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.urls import absolute, canonical_url, entry_url, same_site

HOSTS = st.sampled_from(["www.A.kz", "a.kz.", "[::1]", "u:p@h.kz:80", "a.kz:443", "www.kz", "xn--80a", "ё.рф", "", " "])
URLS = st.one_of(
    st.text(),
    st.builds(
        lambda scheme, host, path, query, fragment: f"{scheme}://{host}/{path}?{query}#{fragment}",
        st.sampled_from(["http", "https", "HTTP", "ftp", "javascript"]),
        st.one_of(st.text(max_size=12), HOSTS),
        st.text(alphabet="/ab.%25D0;=~amphtml ё中\\", max_size=20),
        st.text(alphabet="ab=&utm_;%+25 ё", max_size=20),
        st.text(max_size=5),
    ),
)


@settings(max_examples=400, deadline=None)
@given(URLS)
def test_a_key_of_a_key_is_the_key(url: str) -> None:
    key = canonical_url(url)

    assert canonical_url(key) == key


@settings(max_examples=200, deadline=None)
@given(URLS)
def test_a_key_is_plain_ascii_without_blanks(url: str) -> None:
    key = canonical_url(url)

    assert key.isascii()
    assert not any(character.isspace() for character in key)


@pytest.mark.parametrize(
    "twin",
    [
        "https://news.example/a/1",
        "http://news.example/a/1",
        "https://www.news.example/a/1",
        "HTTPS://WWW.News.Example:443/a/1",
        "http://news.example:80/a/1",
        "http://news.example./a/1",
        "https://user:word@news.example/a/1",
        "https://news.example/a/1#comments",
        "https://news.example/a/1?utm_source=x&fbclid=y&_openstat=z&yclid=1&gclid=2",
        "https://news.example/b/../a/1",
        " https://news.example/a\t/1\n",
        "https://news.example/a/1/amp",
        "https://news.example/a/1/amp/",
        "https://news.example/amp/a/1",
        "https://news.example/a/1?amp=1",
    ],
)
def test_twins_share_one_key(twin: str) -> None:
    assert canonical_url(twin) == "https://news.example/a/1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://news.example/a?id=1", "https://news.example/a?id=2"),
        ("https://ru.news.example/a", "https://kaz.news.example/a"),
        ("https://news.example:8080/a", "https://news.example/a"),
        ("https://news.example/#!/a", "https://news.example/#!/b"),
        ("https://news.example/amp", "https://news.example/"),
        ("https://news.example/amp/a", "https://news.example/a"),
        ("https://www.kz/", "https://kz/"),
    ],
)
def test_different_pages_keep_different_keys(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


def test_the_query_is_sorted_and_unknown_parameters_stay() -> None:
    assert canonical_url("https://n.example/?z=1&ref=home&a=") == "https://n.example/?a=&ref=home&z=1"


@pytest.mark.parametrize("path", ["Жер", "%D0%96%D0%B5%D1%80", "%d0%96%d0%b5%d1%80", "%25D0%2596%25D0%25B5%25D1%2580"])
def test_raw_quoted_and_doubly_quoted_paths_share_one_key(path: str) -> None:
    assert canonical_url(f"https://n.example/{path}") == "https://n.example/%D0%96%D0%B5%D1%80"


def test_amp_suffixes_fold() -> None:
    assert canonical_url("https://n.example/a.amp.html") == "https://n.example/a.html"


def test_our_own_entry_hashes_survive() -> None:
    url = entry_url("https://n.example/feed.xml#top", "guid-1")

    assert canonical_url(url) == url
    assert url != entry_url("https://n.example/feed.xml", "guid-2")


@pytest.mark.parametrize("url", ["mailto:a@b.example", "javascript:alert(1)", "", "http://", "http://[::1"])
def test_what_is_no_web_address_comes_back_safe(url: str) -> None:
    assert canonical_url(url) == url


@pytest.mark.parametrize(
    ("link", "meant"),
    [
        ("/a", "https://n.example/a"),
        ("//o.example/a", "https://o.example/a"),
        ("http://o.example", "http://o.example"),
        (" \n/a ", "https://n.example/a"),
        ("mailto:a@b", None),
        ("javascript:void(0)", None),
        ("http://[::1", None),
    ],
)
def test_links_are_resolved_or_dropped(link: str, meant: str | None) -> None:
    assert absolute("https://n.example/feed", link) == meant


@pytest.mark.parametrize(
    ("host", "other", "same"),
    [
        ("www.n.example", "n.example", True),
        ("kaz.n.example", "n.example", True),
        ("n.example", "m.n.example.", True),
        ("n.example", "bn.example", False),
        ("n.example", "", False),
    ],
)
def test_hosts_of_one_site_are_known(host: str, other: str, same: bool) -> None:
    assert same_site(host, other) is same
