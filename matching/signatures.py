"""Signatures of articles, by which equal ones are known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from matching.text.tokens import iterate


def content_hash(title: str, text: str) -> str:
    """A hash of the words, equal for equal words whatever layout, case, width or punctuation.

    Args:
        title: the headline.
        text: the body; the lead where an article has no body.

    Returns:
        64 hex digits; empty when there is no word at all.
    """
    return hash_words(token.keys[0] for part in (title, text) for token in iterate(part))


def hash_words(words: Iterable[str]) -> str:
    """The ``content_hash`` of text that is cut already: folded surfaces in reading order."""
    joined = "\x1f".join(words)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest() if joined else ""
