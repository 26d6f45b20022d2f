"""The proxy's address, and which hosts are reached without it."""

from __future__ import annotations

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.hosts import destination_of
from domain.net import AddressPolicy
from domain.proxy import DirectRule, Proxy


def _covers(rule: str, url: str) -> bool:
    return DirectRule.parse(rule).covers(destination_of(url))


@pytest.mark.parametrize(
    ("rule", "url"),
    [
        ("*", "http://news.example/"),
        ("*:8080", "http://news.example:8080/"),
        ("news.example", "http://news.example/"),
        ("NEWS.example", "http://www.news.EXAMPLE./"),
        (".example", "http://news.example/"),
        ("news.example:443", "https://news.example/"),
        ("10.1.2.3", "http://10.1.2.3/"),
        ("10.0.0.0/8", "http://10.1.2.3:81/"),
        ("10.0.0.0/8:81", "http://10.1.2.3:81/"),
        ("127.0.0.0/8", "http://127.1/"),
        ("fd00::/8", "http://[fd00::1]/"),
        ("[::1]:8080", "http://[::1]:8080/"),
        ("::1", "http://[::1]/"),
        ("қаз", "http://xn--e1afmkfd.xn--80ao21a/"),
    ],
)
def test_a_rule_covers(rule: str, url: str) -> None:
    assert _covers(rule, url)


@pytest.mark.parametrize(
    ("rule", "url"),
    [
        ("news.example", "http://badnews.example/"),
        (".news.example", "http://news.example/"),
        ("news.example:443", "http://news.example/"),
        ("10.0.0.0/8", "http://11.1.2.3/"),
        ("10.0.0.0/8", "http://ten.example/"),
        ("10.0.0.0/8", "http://256.1.1.1/"),
        ("fd00::/8", "http://10.1.2.3/"),
    ],
)
def test_a_rule_does_not_cover(rule: str, url: str) -> None:
    assert not _covers(rule, url)


@pytest.mark.parametrize("rule", ["", ".", "*.example", "a b", "http://news.example", "10.0.0.0/33", "a:0", "a:x"])
def test_what_is_no_rule_is_told(rule: str) -> None:
    with pytest.raises(ValueError, match=r"a host without proxy is|a port is"):
        DirectRule.parse(rule)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://proxy.example:3128", "only HTTP proxies"),
        ("socks5://proxy.example:1080", "only HTTP proxies"),
        ("proxy.example:3128", "only HTTP proxies"),
        ("http://proxy.example", "with the port"),
        ("http://proxy.example:0", "with the port"),
        ("http://:3128", "with the port"),
        ("http://proxy.example:3128/path", "without a path"),
        ("http://proxy.example:3128?x", "without a path"),
        ("http://pro xy:3128", "with the port"),
        ("http://proxy.example:99999", "cannot be read"),
        ("http://desk:hunter2@[x:3128", "cannot be read"),
    ],
)
def test_what_is_no_proxy_is_told_without_its_words(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as told:
        Proxy.parse(url)

    assert "hunter2" not in str(told.value)
    assert "proxy.example" not in str(told.value)


def test_a_login_is_unescaped_and_not_shown() -> None:
    proxy = Proxy.parse("http://desk:p%40ss%3Aслово@Proxy.Example:3128/")

    assert proxy.url == "http://proxy.example:3128"
    assert proxy.authorization is not None
    assert base64.b64decode(proxy.authorization.removeprefix("Basic ")).decode() == "desk:p@ss:слово"
    assert "p@ss" not in repr(proxy)
    assert Proxy.parse("http://[::1]:3128").place == "[::1]:3128"
    assert Proxy.parse("http://proxy.example:3128").authorization is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://10.0.0.9:3128/", "not a public address"),
        ("http://PROXY.example.:3128/", "the proxy itself"),
        ("http://www.localhost/", "the proxy's own machine"),
        ("http://010.8.8.8/", "may read the number 010.8.8.8 otherwise than we do; write 8.8.8.8"),
        ("http://127.1/", "not a public address"),
    ],
)
def test_a_policy_with_a_proxy_refuses(url: str, words: str) -> None:
    complaint = AddressPolicy(proxy=Proxy.parse("http://proxy.example:3128")).complaint(destination_of(url))

    assert complaint is not None
    assert words in complaint


@pytest.mark.parametrize("url", ["http://proxy.example:3129/", "http://8.8.8.8/", "http://[2606:4700::1111]/"])
def test_a_policy_with_a_proxy_lets_pass(url: str) -> None:
    policy = AddressPolicy(proxy=Proxy.parse("http://proxy.example:3128"))

    assert policy.complaint(destination_of(url)) is None
    assert policy.proxy_for(destination_of(url)) is policy.proxy


def test_what_is_listed_passes_whatever_it_is() -> None:
    listed = frozenset({"proxy.example:3128", "10.0.0.9:80", "xn--e1afmkfd.xn--80ao21a:80"})
    policy = AddressPolicy(allow_private=listed, proxy=Proxy.parse("http://proxy.example:3128"))

    for url in ("http://proxy.example:3128/", "http://10.0.0.9/", "http://пример.қаз/"):
        assert policy.complaint(destination_of(url)) is None


@given(st.text())
def test_any_text_is_a_rule_and_a_proxy_or_is_not(text: str) -> None:
    for parse in (DirectRule.parse, Proxy.parse):
        with suppress(ValueError):
            assert parse(text)
