"""Stable ids: the same facts give the same id, so that doing a thing twice stores it once."""

from __future__ import annotations

import base64
import hashlib
import secrets


def stable_id(kind: str, *facts: str) -> str:
    """An id made from the facts that identify a thing, such as ``art-k3v…`` from a canonical URL.

    Args:
        kind: a short prefix that says what the id is of (``art``, ``ent``, ``sto``, ``mat``, ``alr``, ``dlv``).
        facts: the identifying texts; their borders count, so ("ab", "c") differs from ("a", "bc").

    Returns:
        The prefix, a dash and 24 characters of a-z and 2-7 (120 bits of SHA-256).
    """
    digest = hashlib.sha256("\x1f".join(facts).encode("utf-8", "surrogatepass")).digest()
    return f"{kind}-{base64.b32encode(digest[:15]).decode('ascii').lower()}"


def random_id(kind: str) -> str:
    """An id that nothing repeats: for leases, attempts and polls."""
    return f"{kind}-{base64.b32encode(secrets.token_bytes(15)).decode('ascii').lower()}"
