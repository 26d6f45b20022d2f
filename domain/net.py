"""The address policy: what claimwatch may connect to, decided on the address that is dialled."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

#: No server makes us wait longer than a day; a larger Retry-After is cut to this.
MAX_RETRY_AFTER_S = 86_400.0

# Prefixes whose last 32 bits are an IPv4 address: NAT64 (RFC 6052), local NAT64 (RFC 8215, as commonly
# laid out), and the old IPv4-compatible addresses.
_EMBEDDING = tuple(ipaddress.IPv6Network(prefix) for prefix in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96"))

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, kw_only=True)
class AddressPolicy:
    """Public addresses are allowed; others only when listed as ``host:port``.

    The same policy guards crawling, webhooks and mail, each with a list of its own.
    """

    #: ``host:port`` pairs, the host as written in the URL (a name or a literal without brackets).
    allow_private: frozenset[str] = field(default_factory=frozenset)

    def allows(self, host: str, port: int, address: str) -> bool:
        """May we connect to ``address``, to which ``host`` resolved?

        Args:
            host: the host of the URL, a name or a literal.
            port: the TCP port.
            address: the numeric address that will be dialled.
        """
        return is_public(address) or f"{host.strip('[]').lower()}:{port}" in self.allow_private


def is_public(address: str) -> bool:
    """Is this numeric address routed on the open internet, also once unwrapped from IPv6?

    An address that cannot be read is not public.
    """
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0].strip("[]"))
    except ValueError:
        return False
    return all(map(_is_routed, _unwrapped(ip)))


def _is_routed(ip: IPAddress) -> bool:
    site_local = isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local
    return ip.is_global and not ip.is_multicast and not site_local


def _unwrapped(ip: IPAddress) -> Iterable[IPAddress]:
    """The address and every IPv4 address hidden in it (mapped, 6to4, Teredo, NAT64)."""
    if isinstance(ip, ipaddress.IPv4Address):
        return [ip]
    if ip.ipv4_mapped is not None:
        return [ip.ipv4_mapped]
    if any(ip in prefix for prefix in _EMBEDDING):
        return [ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)]
    inner = [ip.sixtofour, *(ip.teredo or ())]
    return [ip, *(part for part in inner if part is not None)]


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Seconds to wait from a Retry-After header (RFC 9110 section 10.2.3), at most a day.

    Args:
        value: the header, seconds or an HTTP date; None where there is none.
        now: aware UTC.

    Returns:
        Seconds from 0 to 86,400, or None where the header is absent or cannot be read.
    """
    if value is None:
        return None
    seconds = _seconds(value.strip(), now)
    return None if seconds is None else min(max(seconds, 0.0), MAX_RETRY_AFTER_S)


def _seconds(value: str, now: datetime) -> float | None:
    if value.isascii() and value.isdigit():
        return float(min(int(value[:12]), 10**9))
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    return None if moment.tzinfo is None else (moment - now).total_seconds()


def lane_of(url: str) -> str:
    """The lane of an address: its host in lower case, with the port where it is not the scheme's own.

    No two jobs of one lane run at once. An address without a host has the lane ``-``.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "-").rstrip(".").removeprefix("www."), parts.port
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except ValueError:  # UnicodeError of a name that is none is one of these
        return "-"
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return host if port in (None, default) else f"{host}:{port}"
