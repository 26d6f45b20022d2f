"""The HTTP proxy of a site: where it is, who we are to it, and which hosts are reached without it."""

from __future__ import annotations

import base64
import ipaddress
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from domain.hosts import Destination, ascii_host, literal_address, place_of, plain_host

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_WANTED = "a proxy is written http://host:port"


@dataclass(frozen=True, kw_only=True)
class DirectRule:
    """One entry of ``no_proxy``: hosts that are reached without the proxy.

    ``*``; ``example.org`` (it and what is under it); ``.example.org`` (only what is under it); ``10.1.2.3`` or
    ``10.0.0.0/8`` (a host that is written as a number); each with ``:port`` or without. Names are not looked up.
    """

    #: As it was written.
    text: str
    #: None where the rule is a name.
    network: IPNetwork | None = None
    #: Lower case, without the leading dot; empty for ``*``.
    name: str = ""
    under_only: bool = False
    #: None for every port.
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> DirectRule:
        """Read one entry.

        Raises:
            ValueError: with a sentence for people.
        """
        host, port = _split_port(text.strip())
        network = _network(host)
        if network is None and host != "*" and not _is_name(host.removeprefix(".")):
            raise ValueError("a host without proxy is a name, .name, an address, a network such as 10.0.0.0/8, or *")
        name = "" if network is not None or host == "*" else ascii_host(host.removeprefix("."))
        return cls(text=text, network=network, name=name, under_only=host.startswith("."), port=port)

    def covers(self, target: Destination) -> bool:
        """Is this target reached without the proxy?"""
        if self.port not in (None, target.port):
            return False
        address = literal_address(target.host)
        if self.network is not None:
            return address is not None and _contains(self.network, address)
        host = ascii_host(target.host)
        return not self.name or host.endswith(f".{self.name}") or (host == self.name and not self.under_only)


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """An HTTP proxy that connects for us; safe to print, log and compare: the password is not shown."""

    #: A name or a literal without brackets, in lower case.
    host: str
    port: int
    username: str | None = None
    password: str = field(default="", repr=False)
    direct: tuple[DirectRule, ...] = ()

    @classmethod
    def parse(cls, text: str, direct: tuple[DirectRule, ...] = ()) -> Proxy:
        """Read ``http://host:port`` or ``http://user:password@host:port``; %-escapes in user and password are undone.

        Raises:
            ValueError: with a sentence for people, which never repeats the text.
        """
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError(f"this address of a proxy cannot be read: {_WANTED}") from None
        if parts.scheme != "http":
            raise ValueError(f"only HTTP proxies are spoken to, no SOCKS and none over TLS: {_WANTED}")
        if not host or not port or not _is_name(host) or parts.path not in {"", "/"} or parts.query or parts.fragment:
            raise ValueError(f"{_WANTED}, with the port and without a path")
        user = None if parts.username is None else unquote(parts.username)
        return cls(host=host, port=port, username=user, password=unquote(parts.password or ""), direct=direct)

    @property
    def place(self) -> str:
        """``host:port``, an IPv6 literal in brackets."""
        return place_of(self.host, self.port)

    @property
    def url(self) -> str:
        """``http://host:port``, without user and password."""
        return f"http://{self.place}"

    @property
    def authorization(self) -> str | None:
        """The value of the Proxy-Authorization header (RFC 7617, in UTF-8); None without a user name."""
        if self.username is None:
            return None
        pair = f"{self.username}:{self.password}".encode()
        return f"Basic {base64.b64encode(pair).decode('ascii')}"

    def serves(self, target: Destination) -> bool:
        """Is this target asked for through the proxy?"""
        return not any(rule.covers(target) for rule in self.direct)

    def is_at(self, host: str, port: int) -> bool:
        """Is this the proxy's own place, in whatever notation?"""
        return port == self.port and _same(host) == _same(self.host)


def _same(host: str) -> str:
    return literal_address(host) or ascii_host(host)


def _split_port(text: str) -> tuple[str, int | None]:
    """Host and port; of an IPv6 literal without brackets all is host."""
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        return text, None
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536):
        raise ValueError("a port is a number from 1 to 65535")
    return host, int(port)


def _network(text: str) -> IPNetwork | None:
    try:
        return ipaddress.ip_network(text.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        return None


def _contains(network: IPNetwork, address: str) -> bool:
    try:
        return ipaddress.ip_address(address) in network
    except ValueError:
        return False


def _is_name(host: str) -> bool:
    """Could this be a host: an address, or labels of letters, digits, dashes and underscores?"""
    if ":" in host:
        return _network(host) is not None
    labels = plain_host(host).split(".")
    return all(0 < len(one) < 64 and one.replace("-", "").replace("_", "").isalnum() for one in labels)
