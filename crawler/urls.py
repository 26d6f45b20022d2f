"""Canonical URLs: one key for all the addresses under which a site shows one page.

The key is an identity, not an address to fetch: it always says https and never www, whatever the
site speaks. Making a key of a key gives the same key.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

from domain.hosts import destination_of

#: Parameters that only tell where a reader came from; unknown ones are kept.
TRACKING = frozenset({
    "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "yclid", "ysclid", "_openstat", "msclkid", "twclid",
    "ttclid", "igshid", "igsh", "li_fat_id", "mc_cid", "mc_eid", "vero_id", "_ga", "_gl", "_hsenc", "_hsmi", "mkt_tok",
    "spm", "at_medium", "at_campaign", "ns_mchannel", "ns_source", "ns_campaign", "xtor", "ref_src", "amp",
    "amp_js_v", "usqp", "outputtype",
})  # fmt: skip
TRACKING_PREFIXES = ("utm_", "at_custom", "pk_", "mtm_")

#: Fragment of an entry that has no address of its own.
ENTRY_FRAGMENT = "entry-"

_KEPT_FRAGMENT = re.compile(rf"!.*|{ENTRY_FRAGMENT}[0-9a-f]{{16}}", re.DOTALL)
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
_BLANKS = re.compile(r"[\x00-\x20\x7f-\xa0\ud800-\udfff\u2028\u2029\ufeff]+")
_TWICE_QUOTED = re.compile(r"%25(?=[89A-Fa-f][0-9A-Fa-f])")
_AMP_END = re.compile(r"(?<=[^/])/amp/?$")
_AMP_START = re.compile(r"^/amp(?=/[^/]+/[^/]+)")
_AMP_SUFFIX = re.compile(r"\.amp(?=\.html?$)")
# How often a key is made of a key before we give up on it ever standing still.
_ROUNDS = 6


def canonical_url(url: str) -> str:
    """The identity of the page at this address.

    Lower-case host without www, final dot and default port; https; sorted query without tracking
    parameters; no fragment but ``#!…`` and our own entry hashes; AMP twins folded.

    Args:
        url: any text; nothing in it makes this raise.

    Returns:
        The key. What is no http(s) address comes back percent-encoded, nothing else changed; what
        cannot be brought to a stable form becomes ``urn:sha256:…``.
    """
    current = _BLANKS.sub("", url)
    for _ in range(_ROUNDS):
        following = _once(current)
        if following == current:
            return current
        current = following
    return f"urn:sha256:{hashlib.sha256(url.encode('utf-8', 'surrogatepass')).hexdigest()}"


def absolute(base_url: str, link: str) -> str | None:
    """The http(s) address that a link on a page means; None where it means none that could be asked for."""
    try:
        url = urljoin(base_url, _BLANKS.sub("", link))
        destination_of(url)
        _identity(url)
    except (ValueError, IndexError):
        return None
    return url


def entry_url(base_url: str, fact: str) -> str:
    """A stable address for an entry that has none: its feed's, with a hash of what identifies it."""
    digest = hashlib.sha256(fact.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{base_url.split('#', 1)[0]}#{ENTRY_FRAGMENT}{digest}"


def same_site(host: str, other: str) -> bool:
    """Is one of the hosts the other, or below it, www aside?"""
    a, b = _bare_host(host), _bare_host(other)
    return bool(a and b) and (a == b or a.endswith(f".{b}") or b.endswith(f".{a}"))


def _once(url: str) -> str:
    try:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            return _quoted(url)
        return _identity(url)
    except (ValueError, IndexError):
        return _quoted(url)


def _identity(url: str) -> str:
    """One step towards the key of an http(s) address; ValueError or IndexError where its host cannot be one."""
    parts = urlsplit(canonicalize_url(_TWICE_QUOTED.sub("%", url), keep_fragments=True))
    fragment = parts.fragment if _KEPT_FRAGMENT.fullmatch(parts.fragment) else ""
    return urlunsplit(("https", _netloc(parts), _path(parts.path), _query(parts.query), fragment))


def _quoted(url: str) -> str:
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]|", errors="replace")


def _netloc(parts: SplitResult) -> str:
    host = _bare_host(parts.hostname or "")
    if not _HOST.fullmatch(host):
        raise ValueError("not a host that could be in the DNS")
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in (None, 80, 443) else f"{host}:{parts.port}"


def _bare_host(host: str) -> str:
    host = host.lower().rstrip(".")
    bare = host.removeprefix("www.")
    return bare if "." in bare else host


def _path(path: str) -> str:
    path = _AMP_SUFFIX.sub("", _AMP_START.sub("", path))
    return _AMP_END.sub("", path) or "/"


def _query(query: str) -> str:
    return "&".join(pair for pair in query.split("&") if pair and not _is_tracking(pair.partition("=")[0].lower()))


def _is_tracking(name: str) -> bool:
    return name in TRACKING or name.startswith(TRACKING_PREFIXES)
