"""Hosts as they are written: what they mean, and what is no host at all."""

from __future__ import annotations

import ipaddress
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.hosts import ascii_host, destination_of, is_localhost, is_public, literal_address
from tests.addresses import INSIDE_ANSWERS, INSIDE_HOSTS, NO_ADDRESSES


@pytest.mark.parametrize("host", INSIDE_HOSTS)
def test_a_number_inside_is_read_and_not_public(host: str) -> None:
    address = literal_address(host)

    assert address is not None
    assert address.startswith(INSIDE_HOSTS[host])
    assert not is_public(address)


@pytest.mark.parametrize("address", [address for answer in INSIDE_ANSWERS for address in answer])
def test_an_answer_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("134744072", "8.8.8.8"),
        ("8.526344", "8.8.8.8"),
        ("8.8.2056", "8.8.8.8"),
        ("0x8.0x8.010.8", "8.8.8.8"),
        ("[2606:4700::1111]", "2606:4700::1111"),
    ],
)
def test_a_public_number_is_read_in_any_notation(host: str, address: str) -> None:
    assert literal_address(host) == address
    assert is_public(address)


@pytest.mark.parametrize("host", ["news.example", "1news.example", "127.0.0.1.example", "xn--e1afmkfd.example", "0x.g"])
def test_a_name_is_no_number(host: str) -> None:
    assert literal_address(host) is None


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{:d}", "0x{:x}", "0{:o}"]))
def test_every_ipv4_number_is_read_whole(value: int, notation: str) -> None:
    assert literal_address(notation.format(value)) == str(ipaddress.IPv4Address(value))


@given(st.text())
def test_any_text_is_a_number_or_is_not(text: str) -> None:
    assert isinstance(literal_address(text), str | None)


def test_a_name_is_known_in_both_its_forms() -> None:
    assert ascii_host("Пример.ҚАЗ.") == ascii_host("xn--e1afmkfd.xn--80ao21a") == "xn--e1afmkfd.xn--80ao21a"
    assert ascii_host("ы" * 100) == "ы" * 100


@pytest.mark.parametrize(
    ("host", "is_ours"), [("localhost", True), ("LOCALHOST.", True), ("a.localhost", True), ("mylocalhost", False)]
)
def test_localhost_and_what_is_under_it_is_our_own_machine(host: str, is_ours: bool) -> None:
    assert is_localhost(host) is is_ours


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_address_is_told_in_a_sentence(url: str) -> None:
    with pytest.raises(ValueError, match=NO_ADDRESSES[url]):
        destination_of(url.replace("PORT", "8080"))


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://News.Example/x?y#z", "news.example:80"),
        ("HTTPS://news.example", "news.example:443"),
        ("http://news.example:8080/", "news.example:8080"),
        ("http://news.example:/", "news.example:80"),
        ("https://[2606:4700::1111]/", "[2606:4700::1111]:443"),
        ("https://пример.қаз/", "пример.қаз:443"),
        ("http://under_score.example/", "under_score.example:80"),
    ],
)
def test_an_address_has_a_place(url: str, place: str) -> None:
    assert destination_of(url).place == place


@given(st.text())
def test_any_text_is_an_address_or_is_not(text: str) -> None:
    with suppress(ValueError):
        assert destination_of(f"http://{text}").host
