"""The resolver withholds forbidden addresses, and remembers that it did."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address

from crawler import guard as guard_module
from crawler.guard import GuardedResolver, complaint_about
from domain.net import AddressPolicy

POLICY = AddressPolicy(allow_private=frozenset({"intranet.example:8080"}))


class Names:
    """A resolver that answers from a dict."""

    def __init__(self, addresses: dict[str, list[str]]) -> None:
        self.addresses = addresses

    def resolveHostName(self, receiver: Any, host: str, port: int = 0, *_: object) -> None:  # noqa: N802 - Twisted's
        receiver.resolutionBegan(None)
        for address in self.addresses.get(host, []):
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, port))
        receiver.resolutionComplete()


class Receiver:
    """Keeps what a resolver says."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def resolutionBegan(self, resolution: object) -> None:  # noqa: N802 - Twisted's name
        self.heard.append("began")

    def addressResolved(self, address: Any) -> None:  # noqa: N802 - Twisted's name
        self.heard.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802 - Twisted's name
        self.heard.append("complete")


def _ask(guard: GuardedResolver, host: str, port: int = 443) -> list[str]:
    receiver = Receiver()
    guard.resolveHostName(receiver, host, port)  # type: ignore[arg-type]
    return receiver.heard


def test_public_addresses_pass_and_private_ones_do_not() -> None:
    guard = GuardedResolver(
        Names({"n.example": ["1.1.1.1", "10.0.0.1", "::ffff:127.0.0.1", "2606:4700::1111"]}), POLICY
    )

    assert _ask(guard, "n.example") == ["began", "1.1.1.1", "2606:4700::1111", "complete"]
    assert guard.refused("n.example", 443) is None


def test_a_name_with_private_addresses_only_is_remembered() -> None:
    guard = GuardedResolver(Names({"n.example": ["10.0.0.1", "127.0.0.1"]}), POLICY)

    assert _ask(guard, "n.example") == ["began", "complete"]
    assert guard.refused("N.example", 443) == "127.0.0.1"
    assert guard.refused("n.example", 80) is None


def test_the_allow_list_names_host_and_port() -> None:
    guard = GuardedResolver(Names({"intranet.example": ["10.0.0.1"]}), POLICY)

    assert _ask(guard, "intranet.example", 8080) == ["began", "10.0.0.1", "complete"]
    assert _ask(guard, "intranet.example", 80) == ["began", "complete"]


def test_a_name_that_changes_its_address_is_judged_each_time() -> None:
    names = Names({"n.example": ["1.1.1.1"]})
    guard = GuardedResolver(names, POLICY)

    _ask(guard, "n.example")
    names.addresses["n.example"] = ["127.0.0.1"]
    assert _ask(guard, "n.example") == ["began", "complete"]
    assert guard.refused("n.example", 443) == "127.0.0.1"

    names.addresses["n.example"] = ["1.1.1.1"]
    _ask(guard, "n.example")
    assert guard.refused("n.example", 443) is None


def test_a_name_without_addresses_is_no_refusal() -> None:
    guard = GuardedResolver(Names({}), POLICY)

    _ask(guard, "gone.example")

    assert guard.refused("gone.example", 443) is None


def test_old_refusals_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_module, "MAX_REFUSALS", 2)
    guard = GuardedResolver(Names({name: ["10.0.0.1"] for name in "abc"}), POLICY)

    for name in "abc":
        _ask(guard, name)

    assert [guard.refused(name, 443) for name in "abc"] == [None, "10.0.0.1", "10.0.0.1"]


@pytest.mark.parametrize("url", ["http://n.example", "HTTPS://n.example:8443/x"])
def test_web_addresses_have_no_complaint(url: str) -> None:
    assert complaint_about(url, POLICY) is None


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://x", "n.example", "http://", "http://h:99999/", "http://[x"]
)
def test_other_addresses_have_one(url: str) -> None:
    assert complaint_about(url, POLICY)
