"""Hosts and addresses as they are written: what a web address asks for, which numbers mean what, what is public.

A host that is a number can be written in many ways (``127.1``, ``0x7f.1``, ``2130706433``, full-width digits,
IPv4 hidden in IPv6); all are read here, once for everybody.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Prefixes whose last 32 bits are an IPv4 address: NAT64 (RFC 6052), the old IPv4-compatible addresses,
# and those that SIIT translates (RFC 2765).
_EMBEDDING = tuple(ipaddress.IPv6Network(prefix) for prefix in ("64:ff9b::/96", "::/96", "::ffff:0:0:0/96"))

# Not routed on the open internet, though some releases of `ipaddress` say so: NAT64 for local use (RFC 8215),
# documentation (RFC 9637), segment identifiers (RFC 9602).
_LOCAL = tuple(ipaddress.IPv6Network(prefix) for prefix in ("64:ff9b:1::/48", "3fff::/20", "5f00::/16"))

# What IDNA takes for a dot.
_DOTS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))

# Characters of a host that is no literal in brackets; names outside ASCII are made of letters and digits too.
_HOST = re.compile(r"[\w.\u3002\uff0e\uff61-]+")
# What follows a bracket is the port, for what else may stand there is read by each program in its own way.
_NETLOC = re.compile(r"(?:\[[^\[\]]*\]|[^:\[\]]*)(?::[0-9]*)?")
_NUMBER = re.compile(r"(?P<hex>0x[0-9a-f]{0,8})|(?P<octal>0[0-7]{0,12})|(?P<decimal>[1-9][0-9]{0,9})")
_NUMERIC_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.DOTALL)

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where an http or https address leads."""

    #: ``http`` or ``https``.
    scheme: str
    #: In lower case, without brackets, otherwise as written.
    host: str
    port: int

    @property
    def place(self) -> str:
        """``host:port``, an IPv6 literal in brackets."""
        return place_of(self.host, self.port)


def destination_of(url: str) -> Destination:
    """Where an address leads, if everybody who reads it must come to the same answer.

    Raises:
        ValueError: with a sentence for people: not http(s), no host, a user name, a host that is none.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("this is not an address") from None
    if parts.scheme not in _PORTS:
        raise ValueError("only http and https addresses are allowed")
    if not host:
        raise ValueError("it names no host")
    if "@" in parts.netloc:
        raise ValueError("it holds a user name or password")
    if not _NETLOC.fullmatch(parts.netloc):
        raise ValueError("this is not an address")
    if port == 0:
        raise ValueError("there is no port 0")
    if not _is_host(host, in_brackets=parts.netloc.startswith("[")):
        raise ValueError("it names a host that cannot be one")
    return Destination(scheme=parts.scheme, host=host, port=port or _PORTS[parts.scheme])


def place_of(host: str, port: int) -> str:
    """``host:port``, an IPv6 literal in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def plain_host(host: str) -> str:
    """A host as it is compared: lower case, without brackets and trailing dots, wide letters and dots made plain."""
    return unicodedata.normalize("NFKC", host.translate(_DOTS)).strip("[]").rstrip(".").lower()


def ascii_host(host: str) -> str:
    """A plain host with its labels in Punycode, for names are known in both forms; as it is where IDNA knows none."""
    plain = plain_host(host)
    try:
        return plain if plain.isascii() else plain.encode("idna").decode("ascii")
    except UnicodeError:
        return plain


def literal_address(host: str) -> str | None:
    """The address that a host means when it is a number, in any notation; None for a name.

    Returns:
        The usual notation; a number that is no address (``256.1.1.1``) as it is, and that is not public.
    """
    plain = plain_host(host)
    try:
        return str(ipaddress.ip_address(plain.split("%", 1)[0]))
    except ValueError:
        return _old_notation(plain) if _NUMERIC_END.fullmatch(plain) else None


def is_localhost(host: str) -> bool:
    """Does this name mean the machine that looks it up (RFC 6761)?"""
    return f".{plain_host(host)}".endswith(".localhost")


def is_public(address: str) -> bool:
    """Is this numeric address routed on the open internet, also once unwrapped from IPv6?

    An address that cannot be read is not public.
    """
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0].strip("[]"))
    except ValueError:
        return False
    return all(map(_is_routed, _unwrapped(ip)))


def not_public(place: str, addresses: Iterable[str]) -> str:
    """The sentence for a host all of whose addresses are refused, with the mend.

    Args:
        place: ``host:port`` as it would have to be listed.
        addresses: the numeric addresses.
    """
    listed = ", ".join(addresses) or "no address"
    return f"{listed} is not a public address; if it is meant, list {place} under network.allow_private"


def _is_host(host: str, *, in_brackets: bool) -> bool:
    if not in_brackets:
        return _HOST.fullmatch(host) is not None and bool(plain_host(host))
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def _is_routed(ip: IPAddress) -> bool:
    if isinstance(ip, ipaddress.IPv6Address) and (ip.is_site_local or any(ip in prefix for prefix in _LOCAL)):
        return False
    return ip.is_global and not ip.is_multicast


def _unwrapped(ip: IPAddress) -> Iterable[IPAddress]:
    """The address and every IPv4 address hidden in it (mapped, translated, 6to4, Teredo, NAT64)."""
    if isinstance(ip, ipaddress.IPv4Address):
        return [ip]
    if ip.ipv4_mapped is not None:
        return [ip.ipv4_mapped]
    if any(ip in prefix for prefix in _EMBEDDING):
        return [ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)]
    inner = [ip.sixtofour, *(ip.teredo or ())]
    return [ip, *(part for part in inner if part is not None)]


def _old_notation(host: str) -> str:
    """IPv4 as inet_aton reads it: one to four numbers, decimal, octal or hexadecimal; the last fills what is left."""
    numbers = [_number(part) for part in host.split(".")]
    *head, last = numbers
    room = 4 - len(head)
    if room < 1 or None in numbers or any(number > 255 for number in head if number is not None):
        return host
    if last is None or last >= 256**room:
        return host
    value = sum((number or 0) << (24 - 8 * place) for place, number in enumerate(head)) + last
    return str(ipaddress.IPv4Address(value))


def _number(text: str) -> int | None:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    if match["hex"]:
        return int(match["hex"][2:] or "0", 16)
    return int(match["octal"], 8) if match["octal"] else int(match["decimal"])
