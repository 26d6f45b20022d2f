"""The address policy, Retry-After and lanes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.hosts import is_public
from domain.net import MAX_RETRY_AFTER_S, AddressPolicy, lane_of, retry_after_s

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "fec0::1",
        "64:ff9b:1::7f00:1",
        "::7f00:1",
        "[::1]",
        "",
        "localhost",
        "127.1",
    ],
)
def test_address_that_is_not_on_the_open_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_address_on_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@given(st.text())
def test_any_text_is_public_or_not_without_an_error(text: str) -> None:
    assert is_public(text) in (True, False)


def test_policy_allows_a_private_address_only_under_the_host_and_port_that_are_listed() -> None:
    policy = AddressPolicy(allow_private=frozenset({"127.0.0.1:8080", "intranet:80"}))

    assert policy.allows("127.0.0.1", 8080, "127.0.0.1")
    assert policy.allows("INTRANET", 80, "10.0.0.1")
    assert not policy.allows("127.0.0.1", 8081, "127.0.0.1")
    assert not policy.allows("other", 80, "10.0.0.1")


def test_policy_allows_public_addresses_of_every_host() -> None:
    assert AddressPolicy().allows("example.org", 443, "8.8.8.8")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("999999999999999999999", MAX_RETRY_AFTER_S),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("Mon, 23 Nov 2026 12:01:00 GMT", 60.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2099 12:00:00 GMT", MAX_RETRY_AFTER_S),
        ("Mon, 23 Nov 2026 12:01:00 -0000", None),
        ("Mon, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_read_and_cut_to_a_day(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, NOW) == seconds


@given(st.text())
def test_any_retry_after_is_read_or_ignored(value: str) -> None:
    seconds = retry_after_s(value, NOW)

    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER_S


@pytest.mark.parametrize(
    ("url", "lane"),
    [
        ("https://www.Tass.RU/rss", "tass.ru"),
        ("http://tass.ru:80/", "tass.ru"),
        ("https://tass.ru:443/", "tass.ru"),
        ("http://tass.ru:8080/", "tass.ru:8080"),
        ("http://[::1]:8080/", "::1:8080"),
        ("http://user:pw@tass.ru/", "tass.ru"),
        ("https://tass.ru./", "tass.ru"),
        ("https://пример.қаз/", "xn--e1afmkfd.xn--80ao21a"),
        ("https://xn--e1afmkfd.xn--80ao21a/", "xn--e1afmkfd.xn--80ao21a"),
        ("https://" + "ы" * 100 + ".example/", "-"),
        ("urn:claimwatch:1", "-"),
        ("http://tass.ru:port/", "-"),
        ("http://[broken/", "-"),
        ("", "-"),
    ],
)
def test_lane_is_the_host_with_a_port_that_is_not_the_schemes_own(url: str, lane: str) -> None:
    assert lane_of(url) == lane
