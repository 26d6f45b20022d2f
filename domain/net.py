"""The address policy: what claimwatch may connect to, decided on the address that is dialled; Retry-After; lanes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from domain.hosts import (
    Destination,
    ascii_host,
    is_localhost,
    is_public,
    literal_address,
    not_public,
    place_of,
    plain_host,
)
from domain.proxy import Proxy

#: No server makes us wait longer than a day; a larger Retry-After is cut to this.
MAX_RETRY_AFTER_S = 86_400.0


@dataclass(frozen=True, kw_only=True)
class AddressPolicy:
    """Public addresses are allowed; others only when listed as ``host:port``.

    The same policy guards crawling, webhooks and mail, each with a list of its own.
    """

    #: ``host:port`` pairs, the host as written in the URL (a name or a literal without brackets).
    allow_private: frozenset[str] = field(default_factory=frozenset)
    #: Who connects for us; None where we always do so ourselves.
    proxy: Proxy | None = None

    def allows(self, host: str, port: int, address: str) -> bool:
        """May we connect to ``address``, to which ``host`` resolved?

        Args:
            host: the host of the URL, a name or a literal.
            port: the TCP port.
            address: the numeric address that will be dialled.
        """
        return is_public(address) or self.lists(host, port)

    def lists(self, host: str, port: int) -> bool:
        """Is this place allowed whatever address it has?"""
        return f"{ascii_host(host)}:{port}" in self.allow_private

    def proxy_for(self, target: Destination) -> Proxy | None:
        """The proxy that is asked for a target; None where we connect ourselves."""
        return self.proxy if self.proxy is not None and self.proxy.serves(target) else None

    def complaint(self, target: Destination) -> str | None:
        """Why a target is refused before anything is looked up or connected; None where it is not.

        What is written as a number is judged here. A name that we look up ourselves is judged later, by the
        address that is dialled; one that a proxy looks up is not. The proxy itself is nobody's target.
        """
        if self.lists(target.host, target.port):
            return None
        told = self.number_complaint(target.host, target.port)
        return told if told or self.proxy is None else _complaint_with(self.proxy, target)

    def number_complaint(self, host: str, port: int) -> str | None:
        """Why a host that is written as a number is refused; None for others and for names."""
        address = literal_address(host)
        if address is None or self.allows(host, port, address):
            return None
        return not_public(place_of(host.strip("[]"), port), [address])


def _complaint_with(proxy: Proxy, target: Destination) -> str | None:
    """The same for what only a proxy makes dangerous."""
    if proxy.is_at(target.host, target.port):
        return f"this is the proxy itself; if it is meant, list {target.place} under network.allow_private"
    if not proxy.serves(target):
        return None
    if is_localhost(target.host):
        return f"{target.host} is the proxy's own machine"
    address = literal_address(target.host)
    if address is not None and ":" not in address and plain_host(target.host) != address:
        return f"the proxy may read the number {target.host} otherwise than we do; write {address}"
    return None


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
